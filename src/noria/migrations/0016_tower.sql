-- What needs a person, derived: an exception is gone when its cause is.

create view exception as
select 'order.waiting' as kind, 'order:' || customer_order.id as subject, null::text as node,
    stage_since as since, line.units || ' units wait for stock' as detail
from customer_order
cross join lateral (
    select sum(waiting) as units from order_line where order_id = customer_order.id
) as line
where stage = 'waiting' and stage_since < noria_now() - interval '24 hours'
union all
select 'promise.late', 'order:' || order_id, node, promised_to::timestamptz,
    'promised for ' || promised_to
from promise
where settled_at is null and withdrawn_at is null and promised_to < noria_now()::date
union all
select 'stock.gap', movement.cause, move.target_node, movement.recorded_at,
    move.quantity || ' of ' || move.sku || ' were not in the book'
from movement
join move on move.movement_id = movement.id
where movement.kind = 'found' and movement.reason = 'not in the book'
    and movement.recorded_at > noria_now() - interval '7 days'
union all
select 'pick.short', 'leg:' || pick.leg_id, pick.node, pick.picked_at,
    short_pick.quantity || ' of ' || short_pick.sku || ': ' || short_pick.reason
from short_pick
join pick on pick.leg_id = short_pick.leg_id
where pick.picked_at > noria_now() - interval '7 days'
union all
select 'receipt.discrepancy', 'receipt:' || receipt.id, receipt.node, receipt.recorded_at,
    discrepancy.sku || ': ' || discrepancy.received || ' of ' || discrepancy.expected || ', '
        || discrepancy.reason
from discrepancy
join receipt on receipt.id = discrepancy.receipt
where receipt.recorded_at > noria_now() - interval '7 days';
comment on view exception is 'what a person must look at; gaps, short picks and discrepancies for seven days';
