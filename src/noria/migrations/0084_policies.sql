-- The policy that is shipped counts what is expected: coming late, not being found, what a unit is
-- worth where it lies. Where orders were decided already, what was live stays live.

set local lock_timeout = '3s';

insert into policy_version (id, content, author, reason, made_at)
values ('expected-1',
    '{"settings": {"split_cents": 250, "waiting_day_cents": 80, "late_day_cents": 200,
        "not_found_cents": 500, "opportunity_percent": 100, "missed_cents": 900}}',
    'system:noria', 'shipped: what is expected to be paid and lost, in cents',
    '2026-11-28T00:00:00Z');

insert into policy_activation (id, policy, starts_at, asked_at, author, reason)
select 'shipped-expected', 'expected-1', '-infinity', '2026-11-28T00:00:00Z', 'system:noria',
    'live until another one is'
where not exists (select from decision);
