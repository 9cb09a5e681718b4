-- What to count next at a large node is chosen among a few shelves that are kept, not among all of its shelves each
-- time somebody asks. Shelves where something showed that the book is wrong are looked up beside them.

set local lock_timeout = '5s';
set local statement_timeout = '300s';

create table count_shortlist (
    node code primary key references node,
    looked_at timestamptz not null,
    skus code[],
    rate double precision not null constraint rate_is_positive check (rate > 0),
    off_units double precision not null constraint off_is_positive check (off_units > 0),
    signal_right double precision not null constraint signal_is_a_chance check (signal_right between 0 and 1)
);
comment on table count_shortlist is 'the shelves of a node that are most worth a count, as the worker saw them; what is told of them is asked anew';
comment on column count_shortlist.looked_at is 'on the clock of the business';
comment on column count_shortlist.skus is 'null: a small node, of which all shelves are looked at';
comment on column count_shortlist.rate is 'wrong records per exposure at the node';
comment on column count_shortlist.off_units is 'by how many units a wrong record is usually off';
comment on column count_shortlist.signal_right is 'how often a signal was right';

create index shelf_record_with_signals on shelf_record (node) where refused > 0 or gaps > 0;
