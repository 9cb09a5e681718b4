-- What a parcel holds: as it was packed, or all of its leg where it is the only one.

create view parcel_content as
select parcel.sscc, shipment.leg_id, content.sku, content.units
from parcel
join shipment on shipment.id = parcel.shipment_id
left join packed_box on packed_box.sscc = parcel.sscc
cross join lateral (
    select key as sku, value::bigint as units
    from jsonb_each_text(packed_box.units)
    union all
    select leg_line.sku::text, sum(quantity - gone)::bigint
    from leg_line
    where leg_line.leg_id = shipment.leg_id and packed_box.sscc is null and not exists (
        select from parcel as other
        where other.shipment_id = shipment.id and other.sscc <> parcel.sscc
    )
    group by leg_line.sku
) as content
where content.units > 0;
comment on view parcel_content is 'what lies in each parcel that left; none where nobody said it of one of several';

create view parcel_worth as
select parcel.sscc, shipment.leg_id, shipment.order_id, customer_order.currency,
    coalesce(inside.units > 0, false) as is_known, inside.cents
from parcel
join shipment on shipment.id = parcel.shipment_id
join customer_order on customer_order.id = shipment.order_id
left join lateral (
    select sum(content.units) as units, round(sum(content.units * price.cents))::bigint as cents
    from parcel_content as content
    cross join lateral (
        select sum(leg_line.quantity * price_cents)::numeric / sum(leg_line.quantity) as cents
        from leg_line
        join order_line on order_line.order_id = shipment.order_id
            and order_line.line = leg_line.line
        where leg_line.leg_id = shipment.leg_id and leg_line.sku = content.sku
    ) as price
    where content.sscc = parcel.sscc
) as inside on true;
comment on view parcel_worth is 'what a parcel is worth at the prices of its order; of lines of one SKU, at their average';

create or replace view parcel_exception as
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
    coalesce(inside.cents, worth.cents) as money_cents, worth.currency, 'operations' as owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id, 'parcel', parcel.sscc,
        'is_known', inside.is_known, 'carrier', parcel_number.carrier, 'number', parcel_number.number,
        'says', coalesce(nullif(parcel_progress.label, ''), parcel_progress.code)) as facts
from parcel_progress
join parcel_number using (carrier, number)
join parcel on parcel.sscc = parcel_number.sscc
join shipment on shipment.id = parcel.shipment_id
join leg on leg.id = shipment.id
join leg_worth as worth on worth.leg_id = shipment.id
join parcel_worth as inside on inside.sscc = parcel.sscc
where (progress in ('failed', 'returning', 'returned', 'lost') or silent_since is not null)
    and leg.withdrawn_at is null
    and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
    and not exists (select from delivery where delivery.shipment_id = shipment.id)
union all
select 'carrier.unreadable', 'reply:' || id, null, received_at,
    carrier || ': ' || coalesce(nullif(detail, ''), outcome), null, null, 'integrator',
    jsonb_build_object('reply', id, 'carrier', carrier,
        'says', coalesce(nullif(detail, ''), outcome))
from carrier_reply
where outcome = 'unreadable' and settled_at is null;
comment on view parcel_exception is 'parcels that are silent, lost, on their way back or could not be delivered, and replies that nobody could read';
