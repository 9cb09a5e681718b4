-- When a partner last counted, and which feeds wait for a person, are found without all the others.

create index feed_counted on feed (partner, counted_at) where state = 'booked';
create index feed_held on feed (partner) where state = 'held';
