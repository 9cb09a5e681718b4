-- A partner is not late with an order that it has not been given.

create or replace view partner_exception as
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
    select 'partner.not_accepted'::text as kind, 'not_accepted'::text as rule_kind, id, partner,
        node, greatest(planned_at, (
            select max(lifted_at) from order_hold where order_hold.order_id = open_leg.order_id
        )) as since
    from open_leg
    where not is_answered and picked_at is null and shipped_at is null
    union all
    select 'partner.not_shipped'::text as kind, 'not_shipped'::text as rule_kind, id, partner, node,
        leaves_at as since
    from open_leg
    where shipped_at is null
    union all
    select 'partner.not_delivered'::text as kind, 'not_delivered'::text as rule_kind, id, partner,
        node, (arrives_on + 1)::timestamptz as since
    from open_leg
    where shipped_at is not null
)
select due.kind, 'leg:' || due.id as subject, due.node::text as node,
    due.since + make_interval(mins => rule.minutes) as since,
    due.partner || ': ' || rule.reason as detail, (
        select sum((leg_line.quantity - leg_line.gone) * order_line.price_cents)::bigint
        from leg_line
        join leg on leg.id = leg_line.leg_id
        join order_line on order_line.order_id = leg.order_id and order_line.line = leg_line.line
        where leg_line.leg_id = due.id
    ) as money_cents, rule.owner_role as owner
from due
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
union all
select 'feed.silent'::text as kind, 'partner:' || pulse.partner as subject, place.node::text as node,
    last.counted_at + make_interval(secs => 90 * pulse.every_minutes) as since,
    'counted last at ' || to_char(last.counted_at, 'YYYY-MM-DD HH24:MI') || ' UTC; expected every '
        || round(pulse.every_minutes::numeric) || ' minutes' as detail, (
        select sum(balance.quantity * sku.price_cents)::bigint
        from balance
        join sku on sku.code = balance.sku
        where balance.node = place.node and balance.state = 'available'
    ) as money_cents, 'operations'::text as owner
from partner_pulse as pulse
join partner_node as place on place.partner = pulse.partner
cross join lateral (
    select max(feed.counted_at) as counted_at
    from feed
    where feed.partner = pulse.partner and feed.state = 'booked'
) as last
where noria_now() > last.counted_at + make_interval(secs => 90 * pulse.every_minutes)
union all
select 'feed.held'::text as kind, 'feed:' || feed.id as subject, place.node::text as node,
    feed.state_since as since, feed.partner || ' would lose ' || feed.units_lost || ' of '
        || feed.units_before || ' units' as detail, null::bigint as money_cents,
    'operations'::text as owner
from feed
join partner_node as place on place.partner = feed.partner
where feed.state = 'held';
comment on view partner_exception is 'breaches of partners, feeds that stopped or are held: gone when their cause is';
