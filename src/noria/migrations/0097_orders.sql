-- What has to be done by when for a promise to be kept, and what will not be.

create table order_watch (
    order_id code primary key references customer_order,
    looked_at timestamptz not null,
    chance double precision not null constraint a_chance_is_between_0_and_1 check (chance between 0 and 1),
    promised_to date not null,
    step text constraint a_step_is_known check (
        step in ('source', 'accept', 'pick', 'hand_over', 'deliver')
    ),
    leg code,
    node code,
    due_at timestamptz,
    is_missed boolean not null,
    owner text,
    since timestamptz,
    constraint what_is_late_says_what_and_for_whom check (num_nonnulls(step, due_at, owner, since) in (0, 4))
) with (fillfactor = 80);
comment on table order_watch is 'when an open promise was looked at last, the chance it has now, and the step that endangers it';
create index order_watch_endangered on order_watch (since) where step is not null;

create or replace view order_exception as
select 'order.held'::text as kind, 'order:' || order_hold.order_id as subject, null::text as node,
    placed_at as since, order_hold.kind || ': ' || order_hold.reason as detail, (
        select sum((quantity - cancelled) * price_cents)::bigint
        from order_line
        where order_line.order_id = order_hold.order_id
    ) as money_cents, 'operations'::text as owner
from order_hold
where lifted_at is null and placed_at < noria_now() - interval '24 hours'
union all
select case when is_missed then 'milestone.missed' else 'milestone.endangered' end,
    'order:' || order_watch.order_id, order_watch.node::text collate "default", order_watch.since,
    (order_watch.step || coalesce(' ' || order_watch.leg, '') || ' by '
        || to_char(due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC; promised for '
        || order_watch.promised_to || ', chance ' || round(chance::numeric, 2)) collate "default", (
        select sum((quantity - cancelled) * price_cents)::bigint
        from order_line
        where order_line.order_id = order_watch.order_id
    ), order_watch.owner collate "default"
from order_watch
join customer_order on customer_order.id = order_watch.order_id
where step is not null and stage not in ('delivered', 'cancelled');
comment on view order_exception is 'orders that are held for longer than a day, and promises that are in danger: gone when their cause is';
