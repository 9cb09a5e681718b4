-- Customer orders, the legs that send them, and their timeline.

create table customer_order (
    id code primary key constraint an_order_id_leaves_room_for_legs check (length(id) <= 40),
    channel code not null references channel,
    customer text not null,
    placed_at timestamptz not null,
    accepted_at timestamptz not null,
    currency text not null,
    country text not null,
    postcode text not null,
    town text not null,
    latitude double precision not null,
    longitude double precision not null,
    due date,
    stage text not null constraint a_stage_is_known check (
        stage in ('waiting', 'sourced', 'picked', 'shipped', 'delivered', 'cancelled')
    ),
    stage_since timestamptz not null
);
comment on column customer_order.stage is 'how far its slowest wanted unit has come; set with each change, audited';
create index customer_order_by_stage on customer_order (stage, stage_since);
create index customer_order_by_time on customer_order (placed_at, id);

create table recipient (
    order_id code primary key references customer_order,
    name text not null,
    street text not null,
    email text not null,
    phone text not null
);
comment on table recipient is 'personal data, apart, so that it can be erased';

create table order_line (
    order_id code not null references customer_order,
    line smallint not null,
    sku code not null references sku,
    quantity bigint not null constraint a_line_wants_units check (quantity > 0),
    price_cents bigint not null,
    waiting bigint not null constraint waiting_is_part_of_it check (waiting between 0 and quantity),
    cancelled bigint not null default 0 constraint cancelled_is_not_negative check (cancelled >= 0),
    primary key (order_id, line),
    constraint nothing_is_wanted_twice check (waiting + cancelled <= quantity)
);
create index order_line_waiting on order_line (sku) where waiting > 0;

create table leg (
    id code primary key,
    order_id code not null references customer_order,
    node code not null references node,
    service code not null,
    planned_at timestamptz not null,
    leaves_at timestamptz not null,
    arrives_on date not null,
    cost_cents bigint not null,
    picked_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    withdrawn_at timestamptz,
    constraint what_is_shipped_was_picked check (shipped_at is null or picked_at is not null),
    constraint what_arrived_was_shipped check (delivered_at is null or shipped_at is not null),
    constraint what_is_shipped_stays check (withdrawn_at is null or shipped_at is null)
);
create index leg_by_order on leg (order_id);
create index leg_to_pick on leg (node, leaves_at) where picked_at is null and withdrawn_at is null;
create index leg_to_ship on leg (node, leaves_at)
    where picked_at is not null and shipped_at is null and withdrawn_at is null;
create index leg_under_way on leg (arrives_on) where shipped_at is not null and delivered_at is null;

create table leg_line (
    leg_id code not null references leg,
    line smallint not null,
    sku code not null,
    quantity bigint not null constraint a_leg_line_has_units check (quantity > 0),
    gone bigint not null default 0 constraint gone_is_part_of_it check (gone between 0 and quantity),
    primary key (leg_id, line)
);

create table timeline (
    order_id code not null references customer_order,
    number bigint generated always as identity,
    at timestamptz not null,
    kind text not null,
    actor text not null,
    leg text,
    reason text not null default '',
    primary key (order_id, number)
);
