-- Of what has left and has not come: the few legs that are under way, by their index.

create or replace view unheard_exception as
select 'parcel.silent' as kind, 'leg:' || shipment.id as subject, shipment.node::text as node,
    parcel_number.unheard_since as since,
    parcel_number.carrier || ' ' || parcel_number.number || ': nothing was ever said of it'
        as detail,
    coalesce(inside.cents, worth.cents) as money_cents, worth.currency, 'operations' as owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id, 'parcel', parcel.sscc,
        'is_known', inside.is_known, 'carrier', parcel_number.carrier,
        'number', parcel_number.number, 'progress', 'unheard') as facts
from parcel_number
join parcel on parcel.sscc = parcel_number.sscc
join shipment on shipment.id = parcel.shipment_id
join leg on leg.id = shipment.id
cross join lateral (
    select order_id, cents, currency from leg_worth where leg_id = shipment.id offset 0
) as worth
cross join lateral (
    select is_known, cents from parcel_worth where sscc = parcel.sscc offset 0
) as inside
where parcel_number.unheard_since is not null and leg.withdrawn_at is null
    and leg.shipped_at is not null and leg.delivered_at is null
    and not exists (
        select from parcel_number as its
        join parcel_progress using (carrier, number)
        where its.sscc = parcel.sscc
    )
    and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
    and not exists (select from delivery where delivery.shipment_id = shipment.id);
