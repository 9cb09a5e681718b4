-- Units of a node in a state, added up: what would else be counted over every shelf each time that
-- somebody looks. Followed from the book, as value is; it begins at nothing, and until it has come
-- near the end of the book the shelves are counted as before.

create table level_total (
    node code not null references node,
    state stock_state not null,
    units bigint not null,
    primary key (node, state),
    constraint outside_is_not_added_up check (state <> 'outside')
);
comment on table level_total is
    'units at nodes by state up to the move of level_total_cursor; later moves are added when read';

create table level_total_cursor (
    only_one boolean primary key default true,
    seq bigint not null,
    constraint there_is_one_cursor check (only_one)
);
insert into level_total_cursor (seq) values (0);
