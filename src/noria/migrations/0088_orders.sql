-- Legs that were taken back lately are counted by why, on the first page of the tower.

create index leg_withdrawn on leg (withdrawn_at) where withdrawn_at is not null;
