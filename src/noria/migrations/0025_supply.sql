-- What each receipt held: who spreads freight and duty over it later has to know.

create table receipt_line (
    receipt code not null references receipt,
    sku code not null references sku,
    quantity bigint not null constraint a_receipt_line_has_units check (quantity > 0),
    primary key (receipt, sku)
);
