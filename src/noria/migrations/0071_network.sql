-- How far ahead the capacity of a node that makes to order may be given away.

alter table node add column booking_days int not null default 1
    constraint capacity_is_booked_for_days check (booking_days between 1 and 366);
comment on column node.booking_days is 'of so many days of a maker''s capacity orders may be taken; 1: no more than a day''s';
