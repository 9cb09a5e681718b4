-- What needs a person is asked for by every page of exceptions, whole. The time is asked once for a
-- question: asked row by row it took longer than reading the rows, for it looks at the clock that may be
-- driven. And whether a shelf was counted since is asked by the counts of its SKU, of which there are few,
-- not by those of its node.

do $$
declare
    told text;
begin
    foreach told in array array[
        'supply_on_time', 'order_exception', 'work_exception', 'collect_exception', 'partner_exception'
    ] loop
        execute 'create or replace view ' || told || ' as '
            || replace(rtrim(pg_get_viewdef(told::regclass), ';'), 'noria_now()', '(select noria_now())');
    end loop;
end
$$;

create or replace view exception as
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
cross join lateral (
    select cents, currency from order_worth where order_id = promise.order_id offset 0
) as worth
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
        where count_line.sku = move.sku and booked_at > movement.recorded_at
            and move.target_node = (select node from count_task where id = count_line.task)
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
        where count_line.sku = short_pick.sku and booked_at > pick.picked_at
            and pick.node = (select node from count_task where id = count_line.task)
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
