-- Stock under way: purchase orders, transfers, and what was received of them.

create table purchase_order (
    id code primary key,
    supplier text not null,
    node code not null references node,
    ordered_at timestamptz not null,
    expected_on date not null,
    closed_at timestamptz
);
create index purchase_order_open on purchase_order (expected_on) where closed_at is null;

create table purchase_line (
    purchase_order code not null references purchase_order,
    sku code not null references sku,
    quantity bigint not null constraint a_purchase_line_has_units check (quantity > 0),
    received bigint not null default 0 constraint received_is_not_negative check (received >= 0),
    cost_cents bigint not null default 0,
    primary key (purchase_order, sku)
);
create index purchase_line_by_sku on purchase_line (sku);

create table transfer (
    id code primary key,
    source code not null references node,
    target code not null references node,
    planned_at timestamptz not null,
    expected_on date not null,
    dispatched_at timestamptz,
    received_at timestamptz,
    constraint a_transfer_goes_somewhere check (source <> target),
    constraint what_arrives_has_left check (received_at is null or dispatched_at is not null)
);
create index transfer_open on transfer (expected_on) where received_at is null;

create table transfer_line (
    transfer code not null references transfer,
    sku code not null references sku,
    planned bigint not null constraint a_transfer_line_has_units check (planned > 0),
    dispatched bigint not null default 0 constraint dispatched_is_not_negative check (dispatched >= 0),
    received bigint not null default 0 constraint received_is_not_negative check (received >= 0),
    primary key (transfer, sku)
);

create table receipt (
    id code primary key,
    purchase_order code references purchase_order,
    transfer code references transfer,
    node code not null references node,
    received_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    constraint a_receipt_is_of_one_thing check (num_nonnulls(purchase_order, transfer) = 1)
);

create table discrepancy (
    receipt code not null references receipt,
    sku code not null references sku,
    expected bigint not null,
    received bigint not null,
    reason text not null constraint a_discrepancy_has_a_reason check (length(reason) > 0),
    primary key (receipt, sku),
    constraint a_discrepancy_differs check (expected <> received)
);

create table made_here (
    node code not null references node,
    sku code not null references sku,
    primary key (node, sku)
);
comment on table made_here is 'what a node makes to order: it has capacity a day rather than units';
create index made_here_by_sku on made_here (sku);
