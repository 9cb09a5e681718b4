-- What was graded of a node's stock, and its share of the value: whoever looks at stock by condition would
-- else divide every shelf there is. Few shelves have something that came back, so only these are written,
-- by the follower of value in its transactions, as far as the cursor says. While that is not where value is
-- (after this migration, after another version followed, or far behind the book) nobody reads them, and the
-- worker finds all graded parts anew. value_parts_at is asked by the version before this one alone.

set local lock_timeout = '3s';

create table graded_part (
    sku code not null references sku,
    node code not null references node,
    state stock_state not null,
    grade text not null references grade_worth,
    units bigint not null,
    value_cents bigint not null,
    primary key (sku, node, state, grade),
    constraint a_graded_part_has_units check (units > 0)
);
comment on table graded_part is
    'units of a SKU at a node in a state that were graded, and their value: cost_balance divided over its parts';

create table graded_cursor (
    only_one boolean primary key default true,
    seq bigint not null,
    constraint there_is_one_cursor check (only_one)
);
comment on table graded_cursor is
    'graded_part holds while seq is that of value_cursor; -1 is never';
insert into graded_cursor (seq)
select case when exists (select from inspection) then -1 else seq end from value_cursor;

create index inspection_by_sku on inspection (sku);
