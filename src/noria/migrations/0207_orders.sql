create index leg_open on leg (node) where withdrawn_at is null and delivered_at is null;
comment on index leg_open is 'what partners have still to do: few of all the legs there were';
