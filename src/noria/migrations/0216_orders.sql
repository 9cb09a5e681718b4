-- After whose turn the worker goes on to look for nodes for what waits: a look that was cut short, or
-- that failed, ends where the next one begins.

create table source_turn (
    only_one boolean primary key default true constraint there_is_only_one_row check (only_one),
    has_none boolean not null,
    below float8 not null,
    since timestamptz not null,
    order_id code not null
);
comment on table source_turn is 'whose turn came last when nodes were looked for: one row, and none where the next look begins with the first';
