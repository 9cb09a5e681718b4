-- Orders that change after they were taken: edited, divided, put together.

alter table customer_order
    add column store code,
    add column edited_at timestamptz;
comment on column customer_order.store is 'where the customer collects it; null: it is brought to them, or to a relay point';
comment on column customer_order.edited_at is 'when it was last made other than it was handed over; null: never';

create table order_edit (
    id code primary key,
    order_id code not null references customer_order,
    edited_at timestamptz not null,
    actor text not null,
    changes text[] not null,
    reason text not null
);
comment on table order_edit is 'what of an order was changed, by whom and why; what it was before is not kept, for it may be personal';
create index order_edit_by_order on order_edit (order_id);

create table order_transfer (
    id code not null,
    from_order code not null references customer_order,
    from_line smallint not null,
    to_order code not null references customer_order,
    to_line smallint not null,
    units bigint not null constraint a_transfer_moves_units check (units > 0),
    kind text not null constraint a_transfer_splits_or_merges check (kind in ('split', 'merge')),
    moved_at timestamptz not null,
    actor text not null,
    reason text not null,
    primary key (id, from_order, from_line),
    constraint units_go_to_another_order check (from_order <> to_order)
);
comment on table order_transfer is 'units that one order gave to another: there they are wanted, here they count as cancelled';
create index order_transfer_from on order_transfer (from_order, from_line);
create index order_transfer_to on order_transfer (to_order, to_line);
