-- After how many days a refund that nobody told as paid is for a person, the policy says.

create or replace view order_exception as
select 'order.held' as kind, 'order:' || hold.order_id as subject, null::text as node,
    hold.placed_at as since, hold.kind || ': ' || hold.reason as detail, worth.cents as money_cents,
    worth.currency, 'operations' as owner,
    jsonb_build_object('order', hold.order_id, 'hold', hold.id, 'held_for', hold.kind,
        'reason', hold.reason) as facts
from order_hold as hold
join order_worth as worth on worth.order_id = hold.order_id
where lifted_at is null and placed_at < noria_now() - interval '24 hours'
union all
select case when is_missed then 'milestone.missed' else 'milestone.endangered' end,
    'order:' || order_watch.order_id, order_watch.node::text, order_watch.since,
    step || coalesce(' ' || leg, '') || ' by '
        || to_char(due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC; promised for '
        || promised_to || ', chance ' || round(chance::numeric, 2),
    worth.cents, worth.currency, order_watch.owner,
    jsonb_build_object('order', order_watch.order_id, 'step', step, 'leg', leg, 'by', due_at,
        'day', promised_to, 'percent', round(chance * 100))
from order_watch
join order_worth as worth on worth.order_id = order_watch.order_id
join customer_order on customer_order.id = order_watch.order_id
where step is not null and customer_order.stage not in ('delivered', 'cancelled')
union all
select 'refund.overdue', 'refund:' || id, null, due_at, reason, cents, currency, 'operations',
    jsonb_build_object('order', order_id, 'refund', id, 'reason', reason, 'at', due_at,
        'by', coalesce(pay_by, due_at + interval '14 days'),
        'is_reminded', reminded_at is not null)
from refund
where made_at is null
    and noria_now() > least(
        due_at + make_interval(days => (select live_setting('refund_overdue_days', 3))),
        coalesce(pay_by, due_at + interval '14 days'));
comment on view order_exception is 'orders that are held for longer than a day, promises that are in danger, refunds that nobody told as paid: gone when their cause is';
