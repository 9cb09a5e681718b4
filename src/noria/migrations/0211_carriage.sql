-- A box that left under a label that was taken back is still somebody's to see to: nothing follows it.

create or replace view carriage_exception as
select case trouble.kind
        when 'kept' then 'label.kept'
        when 'outdated' then 'label.outdated'
        when 'unprinted' then 'label.unprinted'
        when 'doubled' then 'label.doubled'
        else 'label.unlinked'
    end as kind,
    'leg:' || label.leg_id as subject, label.node::text as node,
    trouble.since, label.account || ' ' || label.number || ': ' || trouble.detail as detail,
    case when trouble.kind in ('kept', 'doubled') then label.cents else worth.cents end
        as money_cents,
    worth.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id,
        'box', label.box, 'carrier', label.account, 'number', label.number,
        'says', trouble.detail, 'is_kept', label.state = 'bought') as facts
from label_trouble as trouble
join label on label.id = trouble.label
join leg on leg.id = label.leg_id
join leg_worth as worth on worth.leg_id = label.leg_id
left join node on node.code = label.node
where trouble.settled_at is null and case trouble.kind
        when 'kept' then label.state = 'bought' and leg.withdrawn_at is not null
        when 'outdated' then leg.withdrawn_at is null and leg.delivered_at is null
            and (label.state = 'cancelled' or label.state = 'bought' and exists (
                select from label_trouble as kept where kept.label = label.id and kept.kind = 'kept'
            ))
        when 'unprinted' then label.state = 'bought' and leg.withdrawn_at is null
            and leg.shipped_at is null
        when 'unlinked' then leg.delivered_at is null and leg.withdrawn_at is null
        else true
    end
union all
select case label.state when 'stuck' then 'label.stuck' else 'label.declined' end,
    'leg:' || label.leg_id, label.node::text, label.state_since,
    coalesce(label.account || ': ', '') || label.detail, worth.cents, worth.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id,
        'box', label.box, 'carrier', label.account, 'says', label.detail, 'packed', label.packed,
        'is_cancel', exists (
            select from carrier_call
            where carrier_call.kind = 'cancel' and subject = label.id
                and carrier_call.state = 'stuck'
        ))
from label
join leg on leg.id = label.leg_id
join leg_worth as worth on worth.leg_id = label.leg_id
left join node on node.code = label.node
where label.state in ('stuck', 'declined') and (
    label.state = 'stuck' or leg.withdrawn_at is null and leg.shipped_at is null and not exists (
        select from label as other
        where other.leg_id = label.leg_id and other.box = label.box and other.id <> label.id and (
            other.state not in ('declined', 'cancelled')
            or (other.asked_at, other.id) > (label.asked_at, label.id)
        )
    )
)
union all
select case pickup.state when 'stuck' then 'pickup.stuck' else 'pickup.declined' end,
    'pickup:' || pickup.id, pickup.node::text, pickup.asked_at,
    pickup.account || ' on ' || pickup.day || ': ' || pickup.detail, null, null,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('pickup', pickup.id, 'carrier', pickup.account, 'day', pickup.day,
        'ready_from', pickup.ready_from, 'ready_until', pickup.ready_until, 'boxes', pickup.boxes,
        'weight_g', pickup.weight_g, 'says', pickup.detail)
from pickup
left join node on node.code = pickup.node
where pickup.state in ('stuck', 'declined') and pickup.day >= noria_now()::date
    and (pickup.state = 'stuck' or not exists (
        select from pickup as other
        where other.account = pickup.account and other.node = pickup.node
            and other.day = pickup.day and other.id <> pickup.id and (
                other.state <> 'declined'
                or (other.asked_at, other.id) > (pickup.asked_at, pickup.id)
            )
    ))
union all
select case manifest.state when 'stuck' then 'manifest.stuck' else 'manifest.declined' end,
    'manifest:' || manifest.id, manifest.node::text, manifest.asked_at,
    manifest.account || ': ' || manifest.detail, null, null,
    case when node.kind = 'store' then 'store_manager' else 'operations' end,
    jsonb_build_object('manifest', manifest.id, 'carrier', manifest.account,
        'says', manifest.detail)
from manifest
left join node on node.code = manifest.node
where manifest.state in ('stuck', 'declined') and (manifest.state = 'stuck'
    or manifest.asked_at > noria_now() - interval '7 days' and not exists (
        select from manifest as other
        where other.account = manifest.account and other.node = manifest.node
            and other.id <> manifest.id
            and (other.asked_at, other.id) > (manifest.asked_at, manifest.id)
    ));
