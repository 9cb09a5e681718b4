-- What parcels under way need of a person; each row is gone when its cause is.

create view parcel_exception as
with wanting as (
    select case
            when progress in ('lost', 'returning', 'returned') then 'parcel.' || progress
            when progress = 'failed' then 'parcel.failed'
            else 'parcel.silent'
        end as kind,
        shipment.id as shipment, shipment.node,
        coalesce(case when progress = 'failed' then null else silent_since end, since) as since,
        parcel_number.carrier || ' ' || parcel_number.number || ': '
            || coalesce(nullif(label, ''), parcel_progress.code) as detail
    from parcel_progress
    join parcel_number using (carrier, number)
    join parcel on parcel.sscc = parcel_number.sscc
    join shipment on shipment.id = parcel.shipment_id
    where (progress in ('failed', 'returning', 'returned', 'lost') or silent_since is not null)
        and not exists (select from delivery where delivery.shipment_id = shipment.id)
)
select kind, 'leg:' || shipment as subject, node::text as node, since, detail, (
        select sum((leg_line.quantity - leg_line.gone) * order_line.price_cents)::bigint
        from leg_line
        join leg on leg.id = leg_line.leg_id
        join order_line on order_line.order_id = leg.order_id and order_line.line = leg_line.line
        where leg_line.leg_id = wanting.shipment
    ) as money_cents, 'operations'::text as owner
from wanting
union all
select 'carrier.unreadable', 'reply:' || id, null, received_at,
    carrier || ': ' || coalesce(nullif(detail, ''), outcome), null, 'integrator'
from carrier_reply
where outcome = 'unreadable' and settled_at is null;
comment on view parcel_exception is 'parcels that are silent, lost, on their way back or could not be delivered, and replies that nobody could read';
