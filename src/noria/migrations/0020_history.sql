-- History: the order in which moves were booked, what balances were, and a book only ever added to.

alter table move add column seq bigint generated always as identity;
comment on column move.seq is 'the order in which moves were booked; at one place, the order of its locks';

-- Rows lie in the order of seq, so ranges of it are found without an index entry for each row.
create index move_by_seq on move using brin (seq) with (autosummarize = on);

-- Every move at a node is found by its target, or, where it came from another node, by its source.
-- What stays in its node, as nearly all do, is in one index alone.
create index move_to_node on move (sku, target_node, seq);
create index move_from_node on move (sku, source_node, seq) where source_node <> target_node;
drop index move_by_sku;

create or replace view entry as
select movement_id, line, sku, source_node as node, source_state as state, -quantity as change, seq
from move
union all
select movement_id, line, sku, target_node, target_state, quantity, seq
from move;

-- One movement corrects another at most once.
create unique index movement_corrected_once on movement (cause)
    where kind = 'corrected' and cause like 'movement:%';

create function refuse_to_change_the_book() returns trigger language plpgsql as $$
begin
    raise exception 'the book is only ever added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger movements_are_only_added before update or delete or truncate on movement
    for each statement execute function refuse_to_change_the_book();
create trigger moves_are_only_added before update or delete or truncate on move
    for each statement execute function refuse_to_change_the_book();
alter table movement enable always trigger movements_are_only_added;
alter table move enable always trigger moves_are_only_added;

-- Up to this seq no move can appear any more, or null if somebody is still at it after so long.
-- A seq is taken under the lock on the table that every writer holds until its transaction ends:
-- once those who hold it now are gone, whoever took a seq up to the highest is committed or undone.
create function move_horizon(patience interval) returns bigint language plpgsql as $$
declare
    highest bigint := coalesce(pg_sequence_last_value('move_seq_seq'), 0);
    gives_up_at timestamptz := clock_timestamp() + patience;
    writers text[];
begin
    loop
        select array_agg(virtualtransaction)
        into writers
        from pg_locks
        where locktype = 'relation' and relation = 'move'::regclass and mode = 'RowExclusiveLock'
            and database = (select oid from pg_database where datname = current_database())
            and granted and pid <> pg_backend_pid()
            and (writers is null or virtualtransaction = any(writers));
        exit when writers is null;
        if clock_timestamp() > gives_up_at then
            return null;
        end if;
        perform pg_sleep(0.005);
    end loop;
    return highest;
end
$$;

-- What balances were: cuts through the book, and a row where a place changed since the cut before.
create table ledger_cut (
    seq bigint primary key,
    previous_seq bigint not null,
    made_at timestamptz not null,
    first_happened_at timestamptz not null,
    first_recorded_at timestamptz not null,
    happened_by timestamptz not null,
    recorded_by timestamptz not null,
    constraint a_cut_holds_moves check (seq > previous_seq)
);
comment on table ledger_cut is 'moves up to seq; the first times are of those after previous_seq';
comment on column ledger_cut.happened_by is 'no move up to seq happened later; recorded_by likewise';

create table balance_snapshot (
    sku code not null,
    node code not null,
    state stock_state not null,
    seq bigint not null references ledger_cut,
    quantity bigint not null,
    primary key (sku, node, state, seq)
);
comment on table balance_snapshot is 'what a balance was after every move up to seq, until its next row';

-- The last cut before `since` as the stretch that ends there, from null; then each stretch after it
-- that holds moves of up to `until`, by either clock; at last the open end, which may.
create function ledger_stretches(since timestamptz, until timestamptz, is_recorded boolean)
returns table (low bigint, high bigint) language sql stable as $$
    with base as (
        select coalesce(max(seq), 0) as seq
        from ledger_cut
        where case when is_recorded then recorded_by else happened_by end <= since
    )
    select null::bigint, seq from base
    union all
    select previous_seq, ledger_cut.seq
    from ledger_cut
    where ledger_cut.seq > (select seq from base)
        and case when is_recorded then first_recorded_at else first_happened_at end <= until
    union all
    select coalesce(max(ledger_cut.seq), 0), 9223372036854775807 from ledger_cut
$$;

-- Both ends of the moves at a node within a stretch, from the two indexes that hold each move once.
create function changes_at_node(the_sku text, the_node text, low bigint, high bigint)
returns table (seq bigint, movement_id text, state stock_state, change bigint)
language sql stable as $$
    select seq, movement_id, target_state, quantity
    from move
    where sku = the_sku and target_node = the_node and seq > low and seq <= high
    union all
    select seq, movement_id, source_state, -quantity
    from move
    where sku = the_sku and target_node = the_node and source_node = target_node
        and seq > low and seq <= high
    union all
    select seq, movement_id, source_state, -quantity
    from move
    where sku = the_sku and source_node = the_node and source_node <> target_node
        and seq > low and seq <= high
$$;
