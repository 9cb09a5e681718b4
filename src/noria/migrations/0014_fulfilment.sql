-- Work in the node: what was picked, what was short, what left in which parcel, what arrived.

create table pick (
    leg_id code primary key,
    node code not null,
    picked_at timestamptz not null,
    actor text not null
);

create table short_pick (
    leg_id code not null references pick,
    line smallint not null,
    sku code not null,
    quantity bigint not null constraint a_short_pick_misses_units check (quantity > 0),
    reason text not null constraint a_short_pick_says_why check (
        reason in ('not_found', 'damaged', 'too_busy')
    ),
    primary key (leg_id, line)
);

create table shipment (
    id code primary key,
    leg_id code not null unique,
    order_id code not null,
    node code not null,
    service code not null,
    shipped_at timestamptz not null,
    actor text not null
);
create index shipment_by_order on shipment (order_id);

create sequence parcel_serial;

create table parcel (
    sscc text primary key constraint an_sscc_has_18_digits check (sscc ~ '^[0-9]{18}$'),
    shipment_id code not null references shipment,
    weight_g bigint not null constraint a_parcel_weighs_something check (weight_g >= 0)
);
create index parcel_by_shipment on parcel (shipment_id);

create table delivery (
    shipment_id code primary key references shipment,
    delivered_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null
);
