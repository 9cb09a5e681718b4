-- The policy that is shipped compares what partners ask with what it costs to buy our own again, too.
-- Where orders were decided already, or somebody chose a version, what was live stays live.

set local lock_timeout = '3s';

insert into policy_version (id, content, author, reason, made_at)
select 'expected-2',
    '{"settings": {"split_cents": 250, "waiting_day_cents": 80, "late_day_cents": 200,
        "not_found_cents": 500, "opportunity_percent": 100, "missed_cents": 900,
        "weighs_own_goods": true}}',
    'system:noria', 'shipped: our own units count what it costs to buy them again',
    '2026-11-29T00:00:00Z'
where not exists (select from policy_version where id = 'expected-2');  -- one of somebody's own

insert into policy_activation (id, policy, starts_at, asked_at, author, reason)
select 'shipped-own-goods', 'expected-2', '-infinity', '2026-11-29T00:00:00Z', 'system:noria',
    'live until another one is'
where exists (select from policy_version where id = 'expected-2' and author = 'system:noria')
    and not exists (select from decision)
    and not exists (select from policy_activation where author <> 'system:noria');
