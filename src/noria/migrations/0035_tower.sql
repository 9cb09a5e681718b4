-- What the auditor found is something that a person must look at.

create view audit_difference as
select audit_run.began_at, audit_finding.*
from audit_finding
join (
    (
        select id, began_at
        from audit_run
        where ended_at is not null and failure is null
        order by began_at desc, id desc
        limit 1
    )
    union
    (
        select id, began_at
        from audit_run
        where ended_at is not null and failure is null and is_full
        order by began_at desc, id desc
        limit 1
    )
) as audit_run on audit_run.id = audit_finding.run;
comment on view audit_difference is 'what the last audit found, and the last one that compared everything';

create or replace view exception as
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
where receipt.recorded_at > noria_now() - interval '7 days'
union all
select 'count.unusual', 'count:' || count_line.task, count_task.node, count_line.booked_at,
    difference || ' of ' || sku || ' against the book: chance hardly explains it'
from count_line
join count_task on count_task.id = count_line.task
where count_line.is_unusual and count_line.booked_at > noria_now() - interval '7 days'
union all
select 'count.held_short', 'count:' || count_line.task, count_task.node, count_line.booked_at,
    held_short || ' of ' || sku || ' are held for somebody and were not found'
from count_line
join count_task on count_task.id = count_line.task
where count_line.held_short > 0 and count_line.booked_at > noria_now() - interval '7 days'
union all
select 'audit.difference', subject, node, min(began_at),
    name || ': ' || expected || ' expected, ' || found || ' found'
from audit_difference
group by name, subject, node, expected, found;
