-- What a partner's shelves are worth is added up once a minute, and only where it is at stake: asked with
-- the list of what needs a person, it took longer than everything else in it.

create table partner_stake (
    node code primary key references node on delete cascade,
    cents bigint,
    currency text
);
comment on table partner_stake is 'what is for sale at nodes whose feed stopped or is held, as measured last; no cents where there are several currencies';

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
    stake.cents, stake.currency, 'operations',
    jsonb_build_object('partner', pulse.partner, 'at', last.counted_at,
        'minutes', round(pulse.every_minutes::numeric))
from partner_pulse as pulse
join partner_node as place on place.partner = pulse.partner
cross join lateral (
    select max(feed.counted_at) as counted_at
    from feed
    where feed.partner = pulse.partner and feed.state = 'booked'
) as last
left join partner_stake as stake on stake.node = place.node
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
    stake.cents * feed.units_lost / nullif(feed.units_before, 0), stake.currency, 'operations',
    jsonb_build_object('feed', feed.id, 'partner', feed.partner, 'lost', feed.units_lost,
        'before', feed.units_before)
from feed
join partner_node as place on place.partner = feed.partner
left join partner_stake as stake on stake.node = place.node
where feed.state = 'held';
