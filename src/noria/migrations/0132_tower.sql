-- The same of partners, of work in nodes, and of what customers collect.

drop view partner_exception;
create view partner_exception as
with open_leg as (
    select leg.*, partner_node.partner, leg_answer.leg is not null as is_answered
    from leg
    join partner_node on partner_node.node = leg.node
    left join leg_answer on leg_answer.leg = leg.id
    where leg.withdrawn_at is null and leg.delivered_at is null
        and not exists (
            select from order_hold where order_hold.order_id = leg.order_id and lifted_at is null
        )
), due as (
    select 'partner.not_accepted' as kind, 'not_accepted' as rule_kind, id, partner, node,
        greatest(planned_at, (
            select max(lifted_at) from order_hold where order_hold.order_id = open_leg.order_id
        )) as since
    from open_leg
    where not is_answered and picked_at is null and shipped_at is null
    union all
    select 'partner.not_shipped' as kind, 'not_shipped' as rule_kind, id, partner, node,
        leaves_at as since
    from open_leg
    where shipped_at is null
    union all
    select 'partner.not_delivered' as kind, 'not_delivered' as rule_kind, id, partner, node,
        (arrives_on + 1)::timestamptz as since
    from open_leg
    where shipped_at is not null
)
select due.kind, 'leg:' || due.id as subject, due.node::text as node,
    breach_at(due.rule_kind, due.node, due.since, rule.minutes) as since,
    due.partner || ': ' || rule.reason as detail, worth.cents as money_cents, worth.currency,
    rule.owner_role as owner,
    jsonb_build_object('order', worth.order_id, 'leg', due.id, 'partner', due.partner,
        'reason', rule.reason, 'is_picked', worth.picked_at is not null) as facts
from due
join leg_worth as worth on worth.leg_id = due.id
cross join lateral (
    select minutes, reason, owner_role
    from breach_rule
    where breach_rule.kind = due.rule_kind
        and (breach_rule.partner is null or breach_rule.partner = due.partner)
        and noria_now()::date between coalesce(valid_from, '-infinity') and coalesce(valid_until, 'infinity')
    order by breach_rule.partner is null, valid_from desc nulls last, id desc
    limit 1
) as rule
where due.since + make_interval(mins => rule.minutes) < noria_now()
    and breach_at(due.rule_kind, due.node, due.since, rule.minutes) < noria_now()
union all
select 'feed.silent', 'partner:' || pulse.partner, place.node::text,
    last.counted_at + make_interval(secs => 90 * pulse.every_minutes),
    'counted last at ' || to_char(last.counted_at, 'YYYY-MM-DD HH24:MI') || ' UTC; expected every '
        || round(pulse.every_minutes::numeric) || ' minutes',
    worth.cents, worth.currency, 'operations',
    jsonb_build_object('partner', pulse.partner, 'at', last.counted_at,
        'minutes', round(pulse.every_minutes::numeric))
from partner_pulse as pulse
join partner_node as place on place.partner = pulse.partner
cross join lateral (
    select max(feed.counted_at) as counted_at
    from feed
    where feed.partner = pulse.partner and feed.state = 'booked'
) as last
cross join lateral (
    select case when min(currency) = max(currency) then
            sum(balance.quantity * sku.price_cents)::bigint end as cents,
        case when min(currency) = max(currency) then min(currency) end as currency
    from balance
    join sku on sku.code = balance.sku
    where balance.node = place.node and balance.state = 'available'
) as worth
where noria_now() > last.counted_at + make_interval(secs => 90 * pulse.every_minutes)
    and not exists (
        select from keep_back
        where keep_back.node = place.node and purpose = 'buffer' and sku is null
            and category is null and channel is null and below_accuracy is null
            and units >= 1000000
            and noria_now()::date between coalesce(valid_from, '-infinity') and coalesce(valid_until, 'infinity')
    )
union all
select 'feed.held', 'feed:' || feed.id, place.node::text, feed.state_since,
    feed.partner || ' would lose ' || feed.units_lost || ' of ' || feed.units_before || ' units',
    worth.cents * feed.units_lost / nullif(feed.units_before, 0), worth.currency, 'operations',
    jsonb_build_object('feed', feed.id, 'partner', feed.partner, 'lost', feed.units_lost,
        'before', feed.units_before)
from feed
join partner_node as place on place.partner = feed.partner
cross join lateral (
    select case when min(currency) = max(currency) then
            sum(balance.quantity * sku.price_cents)::bigint end as cents,
        case when min(currency) = max(currency) then min(currency) end as currency
    from balance
    join sku on sku.code = balance.sku
    where balance.node = place.node and balance.state = 'available'
) as worth
where feed.state = 'held';
comment on view partner_exception is 'breaches of partners, feeds that stopped or are held: gone when their cause is';

drop view work_exception;
create view work_exception as
select case when work_task.deadline < noria_now() then 'task.late' else 'task.untaken' end as kind,
    work_task.task as subject, work_task.node,
    case when work_task.deadline < noria_now() then work_task.deadline
        else work_task.deadline - ahead.span end as since,
    'to be picked by ' || to_char(work_task.deadline at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        || ' UTC, ' || coalesce(wave.taken_by || ' has it', 'nobody has it') as detail,
    coalesce(worth.cents, goods.cents) as money_cents,
    coalesce(worth.currency, goods.currency) as currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner,
    jsonb_build_object('order', work_task."order", 'leg', work_task.leg, 'task', work_task.task,
        'by', work_task.deadline, 'who', wave.taken_by) as facts
from work_task
join node on node.code = work_task.node
left join leg_worth as worth on worth.leg_id = work_task.leg
left join lateral (
    select case when min(currency) = max(currency) then sum(planned * price_cents)::bigint end
            as cents,
        case when min(currency) = max(currency) then min(currency) end as currency
    from transfer_line
    join sku on sku.code = transfer_line.sku
    where transfer_line.transfer = work_task.transfer
) as goods on work_task.transfer is not null
left join work_setting on work_setting.node = work_task.node
left join wave_task on wave_task.task = work_task.task
left join wave on wave.id = wave_task.wave and closed_at is null and taken_until > noria_now()
cross join lateral (
    select make_interval(mins => coalesce((content ->> 'untaken_minutes')::int, 60)) as span
) as ahead
where (work_task.deadline < noria_now())
    or (wave.id is null and work_task.deadline - ahead.span < noria_now())
union all
select 'work.conflict', coalesce(task, 'fact:' || conflict.id), conflict.node::text, recorded_at,
    conflict.id || ': ' || en, worth.cents, worth.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('order', worth.order_id, 'fact', conflict.id, 'en', en, 'fr', fr)
from work_conflict as conflict
left join node on node.code = conflict.node
left join leg_worth as worth on 'leg:' || worth.leg_id = conflict.task
where settled_at is null;
comment on view work_exception is 'tasks that are late, that nobody took in time, and facts that clash: gone when their cause is';

create or replace view collect_inbound as
select leg.id as leg_id, leg.order_id, customer_order.store as node, leg.node as source, leg.service,
    leg.shipped_at, leg.arrives_on, leg.carrier_says, leg.carrier_since
from leg
join customer_order on customer_order.id = leg.order_id
where customer_order.store is not null and leg.shipped_at is not null
    and leg.delivered_at is null and leg.withdrawn_at is null and leg.service <> 'pick-up';

drop view collect_exception;
create view collect_exception as
select case when due_at < noria_now() then 'collect.late' else 'collect.endangered' end as kind,
    'order:' || due.order_id as subject, due.node::text as node, due.due_at as since,
    due.leg_id || ' by ' || to_char(due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
        || coalesce('; expected ' || to_char(expected_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
        as detail,
    worth.cents as money_cents, worth.currency, 'store_manager' as owner,
    jsonb_build_object('order', due.order_id, 'leg', due.leg_id, 'by', due_at,
        'expected_at', expected_at, 'is_picked', due.picked_at is not null) as facts
from collect_due as due
join leg_worth as worth on worth.leg_id = due.leg_id
left join collect_watch on collect_watch.leg_id = due.leg_id
where due_at < noria_now() or expected_at > due_at
union all
select 'collect.to_receive', 'order:' || inbound.order_id, inbound.node::text,
    coalesce(carrier_since, (arrives_on + 1)::timestamptz),
    inbound.leg_id || ' of ' || source || ' by ' || service, worth.cents, worth.currency,
    'store_manager',
    jsonb_build_object('order', inbound.order_id, 'leg', inbound.leg_id, 'source', source,
        'service', service)
from collect_inbound as inbound
join leg_worth as worth on worth.leg_id = inbound.leg_id
where carrier_says = 'delivered' or (arrives_on + 1)::timestamptz < noria_now()
union all
select 'collect.to_put_back', 'order:' || back.order_id, back.node::text, since,
    back.leg_id || coalesce(' at ' || spot_kind || ' ' || spot, '') || coalesce(' ' || compartment, ''),
    (
        select sum(leg_line.quantity * price_cents)::bigint
        from leg_line
        join order_line on order_line.order_id = back.order_id and order_line.line = leg_line.line
        where leg_line.leg_id = back.leg_id
    ), customer_order.currency, 'store_manager',
    jsonb_build_object('order', back.order_id, 'leg', back.leg_id,
        'spot', concat_ws(' ', spot, compartment))
from collect_to_put_back as back
join customer_order on customer_order.id = back.order_id
union all
select 'collect.code_tried', 'node:' || tried.node, tried.node::text, tried.since,
    tried.count || ' wrong codes', ready.cents, ready.currency, 'store_manager',
    jsonb_build_object('count', tried.count)
from (
    select node, min(tried_at) as since, count(*) as count
    from collect_wrong_code
    where tried_at > noria_now() - interval '15 minutes' and settled_at is null
    group by node
    having count(*) >= 5
) as tried
cross join lateral (
    select case when min(currency) = max(currency) then sum(cents)::bigint end as cents,
        case when min(currency) = max(currency) then min(currency) end as currency
    from collect_leg
    join leg on leg.id = collect_leg.leg_id and shipped_at is null and withdrawn_at is null
    join leg_worth on leg_worth.leg_id = collect_leg.leg_id
    where collect_leg.node = tried.node
) as ready
union all
select case when is_late then 'collect.handed_over_late' else 'collect.unproven' end,
    'order:' || hand_over.order_id, hand_over.node::text, recorded_at,
    hand_over.id || ' by ' || way, (
        select sum(quantity * price_cents)::bigint
        from order_line
        where order_line.order_id = hand_over.order_id
    ), customer_order.currency, 'store_manager',
    jsonb_build_object('order', hand_over.order_id, 'hand_over', hand_over.id, 'way', way)
from hand_over
join customer_order on customer_order.id = hand_over.order_id
where (is_late or not is_proven) and recorded_at > noria_now() - interval '14 days'
    and not exists (
        select from hand_over_settlement where hand_over_settlement.hand_over_id = hand_over.id
    )
union all
select 'collect.unpaid', 'order:' || hand_over.order_id, hand_over.node::text, min(recorded_at),
    'handed over by ' || min(hand_over.id), (
        select sum(quantity * price_cents)::bigint
        from order_line
        where order_line.order_id = hand_over.order_id
    ), min(customer_order.currency), 'store_manager',
    jsonb_build_object('order', hand_over.order_id, 'hand_over', min(hand_over.id))
from hand_over
join customer_order on customer_order.id = hand_over.order_id
where payment = 'in_store' and exists (
    select from hand_over_leg where hand_over_id = hand_over.id
)
group by hand_over.order_id, hand_over.node;
comment on view collect_exception is 'what stores keep for customers and is not as it should be: gone when its cause is';

create view every_exception as
select * from exception
union all
select * from partner_exception
union all
select * from parcel_exception
union all
select * from order_exception
union all
select * from customer_exception
union all
select * from work_exception
union all
select * from collect_exception;
comment on view every_exception is 'what needs a person, in whatever room it came up';
