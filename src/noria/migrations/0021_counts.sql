-- What was counted, when, and by whom: the last word on each shelf.

create table shelf_mark (
    sku code not null references sku,
    node code not null references node,
    cause text not null constraint a_mark_names_its_cause check (length(cause) between 3 and 130),
    counted_at timestamptz not null,
    quantity bigint not null constraint a_shelf_holds_nothing_negative check (quantity >= 0),
    recorded_at timestamptz not null,
    primary key (sku, node)
);
comment on table shelf_mark is 'when somebody last said what a shelf holds: a fact from before then, told later, is in that figure already';
