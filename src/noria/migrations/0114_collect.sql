-- Orders that customers collect in a store: where they lie ready, until when, and who took them.

create table collect_secret (
    only_one boolean primary key default true,
    secret bytea not null,
    constraint there_is_one_collect_secret check (only_one)
);
comment on table collect_secret is 'what pickup codes are made with; drawn once, at installation';
insert into collect_secret (secret)
values (sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));

create table collection (
    order_id code not null references customer_order,
    node code not null references node,
    code text,
    ready_at timestamptz not null,
    keep_until timestamptz not null,
    remind_at timestamptz not null,
    reminded_at timestamptz,
    extended integer not null default 0,
    expired_at timestamptz,
    primary key (order_id, node),
    constraint it_is_kept_for_a_while check (keep_until > ready_at)
);
create index collection_by_code on collection (node, code) where code is not null;
create index collection_by_end on collection (keep_until) where expired_at is null;
create index collection_to_remind on collection (remind_at) where reminded_at is null and expired_at is null;
comment on table collection is 'what waits for a customer in a store: until when, and by which code it is handed over';
comment on column collection.code is 'null once it was handed over or given up, or its customer was erased';

create table collect_leg (
    leg_id code primary key references leg,
    order_id code not null,
    node code not null,
    due_at timestamptz not null,
    ready_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    spot_kind text not null constraint a_spot_is_of_a_kind check (
        spot_kind in ('shelf', 'locker', 'drive', 'counter')
    ),
    spot text not null,
    compartment text,
    put_back_at timestamptz,
    put_back_by text,
    constraint a_compartment_is_one_of_a_locker check (compartment is null or spot_kind = 'locker'),
    constraint who_put_it_back_is_known check ((put_back_at is null) = (put_back_by is null))
);
create index collect_leg_by_order on collect_leg (order_id, node);
create index collect_leg_by_day on collect_leg (node, ready_at);
comment on table collect_leg is 'where a leg lies ready for its customer, and whether that was in time';

create table collect_arrival (
    leg_id code primary key references leg,
    order_id code not null,
    node code not null,
    arrived_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    into_leg code
);
comment on table collect_arrival is 'legs that came to the store where they are collected, and the leg of the store that took over';

create table compartment (
    node code not null references node,
    locker text not null,
    name text not null,
    volume_cm3 bigint not null constraint a_compartment_has_room check (volume_cm3 > 0),
    most_g bigint not null constraint a_compartment_bears_something check (most_g > 0),
    primary key (node, locker, name)
);
comment on table compartment is 'what lockers at a node hold';

create table collect_proxy (
    order_id code primary key references customer_order,
    name text not null,
    allowed_at timestamptz not null,
    actor text not null
);
comment on table collect_proxy is 'who may collect an order instead of its customer: personal data, erased with it';

create table collect_notice (
    order_id code not null references customer_order,
    node code not null,
    arrives_at timestamptz not null,
    told_at timestamptz not null,
    vehicle text not null,
    bay text not null,
    primary key (order_id, node)
);
comment on column collect_notice.vehicle is 'plate or colour, as the customer wrote it: personal data, erased with it';

create table hand_over (
    id code primary key,
    order_id code not null references customer_order,
    node code not null,
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    way text not null constraint a_hand_over_is_proven_somehow check (
        way in ('scan', 'code', 'identity', 'proxy')
    ),
    is_proven boolean not null,
    is_late boolean not null default false
);
create index hand_over_by_order on hand_over (order_id);
create index hand_over_doubtful on hand_over (recorded_at) where not is_proven or is_late;
comment on column hand_over.is_late is 'it was given up and back on sale when the store told that it had been handed over';

create table hand_over_leg (
    leg_id code primary key references leg,
    hand_over_id code not null references hand_over
);
comment on table hand_over_leg is 'each leg is handed over once';

create table collect_refusal (
    hand_over_id code not null references hand_over,
    leg_id code not null,
    line smallint not null,
    sku code not null,
    quantity bigint not null constraint a_refusal_is_of_units check (quantity > 0),
    grade text not null constraint a_refusal_is_graded check (grade in ('A', 'B', 'C', 'D')),
    reason text not null,
    primary key (hand_over_id, leg_id, line, grade)
);
comment on table collect_refusal is 'units that a customer did not want when they saw them';

create table collect_wrong_code (
    node code not null,
    tried_at timestamptz not null,
    actor text not null
);
create index collect_wrong_code_by_node on collect_wrong_code (node, tried_at);

create table collect_watch (
    leg_id code primary key references leg,
    expected_at timestamptz not null,
    looked_at timestamptz not null
) with (fillfactor = 80);
comment on table collect_watch is 'when a leg that is not ready yet is expected to be, as of the last look';

create view collect_due as
select leg.id as leg_id, leg.order_id, leg.node, leg.picked_at, leg.planned_at,
    coalesce(customer_order.told_ready_at, leg.leaves_at) as due_at
from leg
join customer_order on customer_order.id = leg.order_id
where leg.service = 'pick-up' and leg.ready_at is null and leg.shipped_at is null
    and leg.withdrawn_at is null and not exists (
        select from order_hold
        where order_hold.order_id = leg.order_id and lifted_at is null
    );
comment on view collect_due is 'legs that a store has to make ready, and by when that was told';

create view collect_inbound as
select leg.id as leg_id, leg.order_id, customer_order.store as node, leg.node as source,
    leg.service, leg.shipped_at, leg.arrives_on, leg.carrier_says, leg.carrier_since
from leg
join customer_order on customer_order.id = leg.order_id
where customer_order.store is not null and leg.shipped_at is not null and leg.delivered_at is null
    and leg.service <> 'pick-up';
comment on view collect_inbound is 'legs under way to the store where they are collected';

create view collect_exception as
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
select 'collect.to_put_back', 'order:' || collect_leg.order_id, collect_leg.node::text collate "default",
    leg.withdrawn_at, (leg_id || ' at ' || spot_kind || ' ' || spot || coalesce(' ' || compartment, ''))
        collate "default", null, 'store_manager'
from collect_leg
join leg on leg.id = collect_leg.leg_id
where leg.withdrawn_at is not null and put_back_at is null
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
where (is_late or not is_proven) and recorded_at > noria_now() - interval '14 days';
comment on view collect_exception is 'what stores keep for customers and is not as it should be: gone when its cause is';
