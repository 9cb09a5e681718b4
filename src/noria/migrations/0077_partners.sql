-- When each partner's feed was fetched last, and what carriers dated ahead of the clock.

create table feed_pull (
    partner code primary key references partner,
    asked_at timestamptz not null
);
comment on table feed_pull is 'when a feed was last asked for where it is fetched; times are the machine''s';

create index tracking_event_ahead on tracking_event (happened_at) where happened_at > recorded_at;
create index feed_by_time on feed (sent_at desc, id desc);
