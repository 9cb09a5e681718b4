-- The live version is that of the activation in force: one rule says which.

set local lock_timeout = '3s';

create or replace function live_policy(at timestamptz default noria_now()) returns code
language sql stable return (
    select policy from policy_activation where id = live_activation(at)
);
