-- The ledger: movements of units between places, and the balances they add up to.

create type stock_state as enum (
    'available', 'reserved', 'hold', 'damaged', 'in_transit', 'returning', 'outside'
);

create type movement_kind as enum (
    'received', 'sold', 'shipped', 'returned', 'reserved', 'released', 'transferred', 'counted',
    'found', 'lost', 'produced', 'inspected', 'damaged', 'scrapped', 'donated', 'corrected'
);

create table movement (
    id code primary key,
    kind movement_kind not null,
    cause text not null constraint a_cause_is_short check (length(cause) between 1 and 130),
    actor text not null,
    reason text not null default '',
    happened_at timestamptz not null,
    recorded_at timestamptz not null
);
comment on column movement.cause is 'what it is for, as kind:id - order:536365, count:2011-W44, transfer:T12';
create index movement_by_cause on movement (cause);
create index movement_by_time on movement using brin (recorded_at);

create table move (
    movement_id code not null references movement,
    line smallint not null,
    sku code not null,
    quantity bigint not null constraint a_move_takes_units check (quantity > 0),
    source_node code not null,
    source_state stock_state not null,
    target_node code not null,
    target_state stock_state not null,
    primary key (movement_id, line),
    constraint a_move_goes_somewhere
        check ((source_node, source_state) <> (target_node, target_state))
);
create index move_by_sku on move (sku, movement_id);

create table balance (
    sku code not null references sku,
    node code not null references node,
    state stock_state not null,
    quantity bigint not null,
    primary key (sku, node, state),
    constraint only_outside_may_be_negative check (quantity >= 0 or state = 'outside')
) with (fillfactor = 50);
comment on table balance is 'units at a place now: a cache of the moves, which `noria audit` compares';
create index balance_by_node on balance (node, sku);

create view entry as
select movement_id, line, sku, source_node as node, source_state as state, -quantity as change
from move
union all
select movement_id, line, sku, target_node, target_state, quantity
from move;
comment on view entry is 'both ends of every move, as signed changes';
