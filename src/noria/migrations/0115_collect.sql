-- What lies in the bags of orders that wait in a store, and what of it is to go back on its shelf.

create table collect_line (
    leg_id code not null references collect_leg,
    line smallint not null,
    sku code not null,
    quantity bigint not null constraint something_lies_there check (quantity > 0),
    put_back bigint not null default 0 constraint put_back_is_part_of_it check (
        put_back between 0 and quantity
    ),
    primary key (leg_id, line)
);
comment on table collect_line is 'units that were laid ready of a leg; those put back were taken out of it again while it waited';
insert into collect_line (leg_id, line, sku, quantity)
select leg_line.leg_id, line, sku, case when withdrawn_at is null then quantity - gone else quantity end
from leg_line
join collect_leg on collect_leg.leg_id = leg_line.leg_id
join leg on leg.id = leg_line.leg_id
where withdrawn_at is not null or quantity > gone;

create table collect_put_back (
    leg_id code primary key references leg,
    put_back_at timestamptz not null,
    put_back_by text not null
);
comment on table collect_put_back is 'legs that were picked to be collected, were wanted no more before they lay ready, and are on their shelf again';
create index leg_picked_in_vain on leg (withdrawn_at)
where service = 'pick-up' and withdrawn_at is not null and picked_at is not null and ready_at is null;

create view collect_to_put_back as
select leg_id, collect_leg.order_id, collect_leg.node, withdrawn_at as since, spot_kind, spot,
    compartment
from collect_leg
join leg on leg.id = leg_id
where withdrawn_at is not null and put_back_at is null
union all
select id, order_id, node, withdrawn_at, null, null, null
from leg
where service = 'pick-up' and withdrawn_at is not null and picked_at is not null
    and ready_at is null and not exists (
        select from collect_put_back where leg_id = leg.id
    )
union all
select collect_leg.leg_id, collect_leg.order_id, collect_leg.node, coalesce((
        select max(at) from timeline
        where timeline.order_id = collect_leg.order_id and kind in ('cancelled', 'edited')
    ), collect_leg.ready_at), spot_kind, spot, compartment
from collect_leg
join leg on leg.id = leg_id
where shipped_at is null and withdrawn_at is null and exists (
    select from collect_line
    join leg_line on (leg_line.leg_id, leg_line.line) = (collect_line.leg_id, collect_line.line)
    where collect_line.leg_id = leg.id
        and collect_line.quantity - put_back > leg_line.quantity - gone
);
comment on view collect_to_put_back is 'what lies where customers collect, or was picked for it, and is on sale again or goes elsewhere';

create or replace view collect_exception as
select case when due_at < noria_now() then 'collect.late' else 'collect.endangered' end as kind,
    'order:' || due.order_id as subject, due.node::text collate "default" as node, due.due_at as since,
    (due.leg_id || ' by ' || to_char(due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
        || coalesce('; expected ' || to_char(expected_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
    ) collate "default" as detail, (
        select sum((leg_line.quantity - gone) * price_cents)::bigint
        from leg_line
        join order_line on order_line.order_id = due.order_id and order_line.line = leg_line.line
        where leg_line.leg_id = due.leg_id
    ) as money_cents, 'store_manager'::text as owner
from collect_due as due
left join collect_watch on collect_watch.leg_id = due.leg_id
where due_at < noria_now() or expected_at > due_at
union all
select 'collect.to_receive', 'order:' || order_id, node::text collate "default",
    coalesce(carrier_since, (arrives_on + 1)::timestamptz),
    (leg_id || ' of ' || source || ' by ' || service) collate "default", null, 'store_manager'
from collect_inbound
where carrier_says = 'delivered' or (arrives_on + 1)::timestamptz < noria_now()
union all
select 'collect.to_put_back', 'order:' || order_id, node::text collate "default", since,
    (leg_id || coalesce(' at ' || spot_kind || ' ' || spot, '') || coalesce(' ' || compartment, ''))
        collate "default", null, 'store_manager'
from collect_to_put_back
union all
select 'collect.code_tried', 'node:' || node, node::text collate "default", min(tried_at),
    count(*) || ' wrong codes', null, 'store_manager'
from collect_wrong_code
where tried_at > noria_now() - interval '15 minutes'
group by node
having count(*) >= 5
union all
select case when is_late then 'collect.handed_over_late' else 'collect.unproven' end,
    'order:' || order_id, node::text collate "default", recorded_at,
    (id || ' by ' || way) collate "default", (
        select sum(quantity * price_cents)::bigint
        from order_line
        where order_line.order_id = hand_over.order_id
    ), 'store_manager'
from hand_over
where (is_late or not is_proven) and recorded_at > noria_now() - interval '14 days'
union all
select 'collect.unpaid', 'order:' || hand_over.order_id, hand_over.node::text collate "default",
    min(recorded_at), ('handed over by ' || min(hand_over.id)) collate "default", (
        select sum(quantity * price_cents)::bigint
        from order_line
        where order_line.order_id = hand_over.order_id
    ), 'store_manager'
from hand_over
join customer_order on customer_order.id = hand_over.order_id
where payment = 'in_store' and exists (
    select from hand_over_leg where hand_over_id = hand_over.id
)
group by hand_over.order_id, hand_over.node;
comment on view collect_exception is 'what stores keep for customers and is not as it should be: gone when its cause is';
