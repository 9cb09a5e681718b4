-- What comes back: leave to return, reception, grade and disposition.

create table rma (
    id code primary key,
    order_id code not null,
    node code not null references node,
    reason text not null,
    asked_at timestamptz not null,
    received_at timestamptz,
    closed_at timestamptz,
    constraint what_is_closed_was_received check (closed_at is null or received_at is not null)
);
create index rma_by_order on rma (order_id);
create index rma_open on rma (node, asked_at) where closed_at is null;

create table rma_line (
    rma_id code not null references rma,
    sku code not null references sku,
    quantity bigint not null constraint a_return_has_units check (quantity > 0),
    received bigint not null default 0 constraint received_is_not_negative check (received >= 0),
    primary key (rma_id, sku)
);

create table inspection (
    rma_id code not null references rma,
    sku code not null,
    grade text not null constraint a_grade_is_a_to_d check (grade in ('A', 'B', 'C', 'D')),
    disposition text not null constraint a_disposition_is_known check (
        disposition in ('restock', 'outlet', 'repair', 'recycle', 'donate')
    ),
    quantity bigint not null constraint an_inspection_has_units check (quantity > 0),
    primary key (rma_id, sku, grade, disposition)
);
