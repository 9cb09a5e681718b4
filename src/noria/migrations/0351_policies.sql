-- Which activation is in force, beside the version that it made live.

set local lock_timeout = '3s';

create function live_activation(at timestamptz default noria_now()) returns code
language sql stable return (
    select id
    from policy_activation
    where starts_at <= at
        and not exists (select from policy_withdrawal where activation = policy_activation.id)
    order by starts_at desc, number desc
    limit 1
);
comment on function live_activation is 'the last to begin of those that nobody took back';
