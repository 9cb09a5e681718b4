-- Purchase orders and transfers are changed and called off, by whom and why.

create table supply_change (
    id code primary key,
    purchase_order code references purchase_order,
    transfer code references transfer,
    content jsonb not null,
    actor text not null,
    changed_at timestamptz not null,
    constraint a_change_is_of_one_thing check (num_nonnulls(purchase_order, transfer) = 1)
);
create index supply_change_of_purchase on supply_change (purchase_order);
create index supply_change_of_transfer on supply_change (transfer);
comment on table supply_change is 'what somebody wanted otherwise of a purchase order or a transfer';

create table supply_cancellation (
    purchase_order code unique references purchase_order,
    transfer code unique references transfer,
    reason text not null,
    actor text not null,
    cancelled_at timestamptz not null,
    constraint a_cancellation_is_of_one_thing check (num_nonnulls(purchase_order, transfer) = 1),
    constraint a_cancellation_says_why check (length(reason) between 1 and 200)
);
comment on table supply_cancellation is 'purchase orders of which nothing more comes, transfers that never leave, and why';

create or replace view work_task as
select ('leg:' || leg.id) collate "default" as task, leg.id::text collate "default" as leg, null::text as transfer,
    leg.order_id::text collate "default" as "order", leg.node::text collate "default" as node,
    leg.service::text collate "default" as service, leg.planned_at as since, leg.leaves_at as deadline,
    customer_order.option in ('pick_up', 'ship_to_store')
        and coalesce(customer_order.store, leg.node) = leg.node as is_pickup
from leg
join customer_order on customer_order.id = leg.order_id
join node on node.code = leg.node
where leg.picked_at is null and leg.withdrawn_at is null
    and node.kind in ('warehouse', 'store', 'dark_store')
    and not exists (
        select from order_hold
        where order_hold.order_id = leg.order_id and lifted_at is null
    )
union all
select ('transfer:' || transfer.id) collate "default", null, transfer.id::text collate "default", null,
    transfer.source::text collate "default", null, planned_at,
    (expected_on - coalesce(lane.transit_days, 0))::timestamp at time zone node.time_zone, false
from transfer
join node on node.code = transfer.source
left join lane on (lane.source, lane.target) = (transfer.source, transfer.target)
where dispatched_at is null
    and node.kind in ('warehouse', 'store', 'dark_store')
    and not exists (
        select from supply_cancellation where supply_cancellation.transfer = transfer.id
    );
