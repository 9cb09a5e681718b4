-- A leg that a partner accepted, or whose pick somebody has taken, has begun: it is not looked at again
-- for a cheaper plan. The previous release leaves the column empty, and looks again until the pick.
alter table leg add column begun_at timestamptz;
comment on column leg.begun_at is 'when a partner said that it sends it, or somebody took its pick';
