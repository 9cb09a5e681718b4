-- Each exception says what is at risk in which currency, whose it is, and its facts: what is told of
-- it in words, in any language, and what can be done about it, follows from them.

create view order_worth as
select id as order_id, currency, (
    select sum((quantity - cancelled) * price_cents)::bigint
    from order_line
    where order_line.order_id = customer_order.id
) as cents
from customer_order;
comment on view order_worth is 'what is still wanted of an order, at its prices';

create view leg_worth as
select leg.id as leg_id, leg.order_id, leg.node, leg.picked_at, currency, (
    select sum((leg_line.quantity - gone) * price_cents)::bigint
    from leg_line
    join order_line on order_line.order_id = leg.order_id and order_line.line = leg_line.line
    where leg_line.leg_id = leg.id
) as cents
from leg
join customer_order on customer_order.id = leg.order_id;
comment on view leg_worth is 'what a leg sends, at the prices of its order';

drop view exception;
create view exception as
select 'order.waiting' as kind, 'order:' || customer_order.id as subject, null::text as node,
    stage_since as since, line.units || ' units wait for stock' as detail,
    line.cents as money_cents, currency, 'operations' as owner,
    jsonb_build_object('order', id, 'units', line.units) as facts
from customer_order
cross join lateral (
    select sum(waiting) as units, sum(waiting * price_cents)::bigint as cents
    from order_line
    where order_id = customer_order.id
) as line
where stage = 'waiting' and stage_since < noria_now() - interval '24 hours'
    and exists (
        select from demand_cover where demand = 'order:' || customer_order.id and uncovered > 0
    )
union all
select 'promise.late', 'order:' || promise.order_id, promise.node,
    told.day::timestamptz, 'promised for ' || told.day, worth.cents, worth.currency,
    'operations', jsonb_build_object('order', promise.order_id, 'day', told.day)
from promise
join order_worth as worth on worth.order_id = promise.order_id
cross join lateral (
    select coalesce(
        (
            select change.promised_to
            from promise_change as change
            where change.order_id = promise.order_id
            order by number desc
            limit 1
        ),
        promise.promised_to
    ) as day
) as told
where settled_at is null and withdrawn_at is null and promised_to < noria_now()::date
    and told.day < noria_now()::date
union all
select 'stock.gap', movement.cause, move.target_node, movement.recorded_at,
    move.quantity || ' of ' || move.sku || ' were not in the book',
    move.quantity * price_cents, currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('sku', move.sku, 'units', move.quantity)
from movement
join move on move.movement_id = movement.id
join sku on sku.code = move.sku
left join node on node.code = move.target_node
where movement.kind = 'found' and movement.reason = 'not in the book'
    and movement.recorded_at > noria_now() - interval '7 days'
    and not exists (
        select from count_line
        join count_task on count_task.id = count_line.task
        where count_line.sku = move.sku and count_task.node = move.target_node
            and booked_at > movement.recorded_at
    )
union all
select 'pick.short', 'leg:' || pick.leg_id, pick.node, pick.picked_at,
    short_pick.quantity || ' of ' || short_pick.sku || ': ' || short_pick.reason,
    short_pick.quantity * line.price_cents, customer_order.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('order', leg.order_id, 'leg', pick.leg_id, 'sku', short_pick.sku,
        'units', short_pick.quantity, 'reason', short_pick.reason,
        'waits', line.waiting > 0)
from short_pick
join pick on pick.leg_id = short_pick.leg_id
join leg on leg.id = pick.leg_id
join customer_order on customer_order.id = leg.order_id
join order_line as line on line.order_id = leg.order_id and line.line = short_pick.line
join node on node.code = pick.node
where pick.picked_at > noria_now() - interval '7 days'
    and (line.waiting > 0 or short_pick.reason <> 'too_busy')
    and (line.waiting > 0 or not exists (
        select from count_line
        join count_task on count_task.id = count_line.task
        where count_line.sku = short_pick.sku and count_task.node = pick.node
            and booked_at > pick.picked_at
    ))
union all
select 'receipt.discrepancy', 'receipt:' || receipt.id, receipt.node, receipt.recorded_at,
    discrepancy.sku || ': ' || discrepancy.received || ' of ' || discrepancy.expected || ', '
        || discrepancy.reason,
    abs(discrepancy.expected - discrepancy.received)
        * coalesce(nullif(bought.cost_cents, 0), sku.cost_cents),
    sku.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('receipt', receipt.id, 'sku', discrepancy.sku,
        'received', discrepancy.received, 'expected', discrepancy.expected,
        'reason', discrepancy.reason)
from discrepancy
join receipt on receipt.id = discrepancy.receipt
join sku on sku.code = discrepancy.sku
join node on node.code = receipt.node
left join purchase_line as bought
    on bought.purchase_order = receipt.purchase_order and bought.sku = discrepancy.sku
where receipt.recorded_at > noria_now() - interval '7 days'
    and not exists (
        select from receipt_settlement where receipt_settlement.receipt = receipt.id
    )
union all
select counted.kind, 'count:' || counted.task, counted.node, counted.booked_at, counted.detail,
    counted.units * sku.price_cents, sku.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('count', counted.task, 'sku', counted.sku, 'units', counted.said)
from (
    select 'count.unusual' as kind, count_line.task, count_task.node, count_line.sku, booked_at,
        difference || ' of ' || sku || ' against the book: chance hardly explains it' as detail,
        abs(difference) as units, difference as said
    from count_line
    join count_task on count_task.id = count_line.task
    where is_unusual and booked_at > noria_now() - interval '7 days'
    union all
    select 'count.held_short' as kind, count_line.task, count_task.node, count_line.sku, booked_at,
        held_short || ' of ' || sku || ' are held for somebody and were not found',
        held_short, held_short
    from count_line
    join count_task on count_task.id = count_line.task
    where held_short > 0 and booked_at > noria_now() - interval '7 days'
) as counted
join sku on sku.code = counted.sku
join node on node.code = counted.node
where not exists (
    select from count_line as later
    join count_task on count_task.id = later.task
    where later.sku = counted.sku and count_task.node = counted.node
        and later.booked_at > counted.booked_at
)
union all
select 'audit.difference', found.subject, found.node, min(found.began_at),
    found.name || ': ' || found.expected || ' expected, ' || found.found || ' found',
    case when found.expected ~ '^-?[0-9]{1,15}$' and found.found ~ '^-?[0-9]{1,15}$'
        then (abs(found.expected::numeric - found.found::numeric) * max(sku.price_cents))::bigint
    end,
    max(sku.currency), 'auditor',
    jsonb_build_object('check', found.name, 'expected', found.expected, 'found', found.found)
from audit_difference as found
left join sku on sku.code = found.sku
group by found.name, found.subject, found.node, found.expected, found.found;
comment on view exception is 'what a person must look at; gaps, short picks and discrepancies for seven days at most';

drop view customer_exception;
create view customer_exception as
select 'order.reported' as kind, 'order:' || report.order_id as subject, null::text as node,
    reported_at as since, trouble || ': ' || left(words, 200) as detail, worth.cents as money_cents,
    worth.currency, 'operations' as owner,
    jsonb_build_object('order', report.order_id, 'report', report.id, 'trouble', trouble,
        'words', left(words, 200)) as facts
from customer_report as report
join order_worth as worth on worth.order_id = report.order_id
where settled_at is null;
comment on view customer_exception is 'what customers have reported, and nobody has looked after';

drop view order_exception;
create view order_exception as
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
where step is not null and customer_order.stage not in ('delivered', 'cancelled');
comment on view order_exception is 'orders that are held for longer than a day, and promises that are in danger: gone when their cause is';

drop view parcel_exception;
create view parcel_exception as
select case progress
        when 'lost' then 'parcel.lost'
        when 'returning' then 'parcel.returning'
        when 'returned' then 'parcel.returned'
        when 'failed' then 'parcel.failed'
        else 'parcel.silent'
    end as kind,
    'leg:' || shipment.id as subject, shipment.node::text as node,
    coalesce(case when progress <> 'failed' then silent_since end, parcel_progress.since) as since,
    parcel_number.carrier || ' ' || parcel_number.number || ': '
        || coalesce(nullif(parcel_progress.label, ''), parcel_progress.code) as detail,
    worth.cents as money_cents, worth.currency, 'operations' as owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id,
        'carrier', parcel_number.carrier, 'number', parcel_number.number,
        'says', coalesce(nullif(parcel_progress.label, ''), parcel_progress.code)) as facts
from parcel_progress
join parcel_number using (carrier, number)
join parcel on parcel.sscc = parcel_number.sscc
join shipment on shipment.id = parcel.shipment_id
join leg on leg.id = shipment.id
join leg_worth as worth on worth.leg_id = shipment.id
where (progress in ('failed', 'returning', 'returned', 'lost') or silent_since is not null)
    and leg.withdrawn_at is null
    and not exists (select from delivery where delivery.shipment_id = shipment.id)
union all
select 'carrier.unreadable', 'reply:' || id, null, received_at,
    carrier || ': ' || coalesce(nullif(detail, ''), outcome), null, null, 'integrator',
    jsonb_build_object('reply', id, 'carrier', carrier,
        'says', coalesce(nullif(detail, ''), outcome))
from carrier_reply
where outcome = 'unreadable' and settled_at is null;
comment on view parcel_exception is 'parcels that are silent, lost, on their way back or could not be delivered, and replies that nobody could read';
