-- What somebody said of a receipt that differed: it is looked after, and needs nobody any more.

create table receipt_settlement (
    receipt code primary key references receipt,
    outcome text not null constraint a_settlement_has_an_outcome check (
        outcome in ('accepted', 'claimed', 'replaced')
    ),
    words text not null default '' constraint a_settlement_is_short check (length(words) <= 500),
    actor text not null,
    settled_at timestamptz not null
);
comment on table receipt_settlement is 'discrepancies of a receipt that somebody has settled, and how';
