-- What the stock is worth: an append-only ledger of value that follows the ledger of units.

create table cost_balance (
    sku code not null references sku,
    node code not null references node,
    units bigint not null,
    value_cents bigint not null,
    last_units bigint not null default 0,
    last_value_cents bigint not null default 0,
    primary key (sku, node),
    constraint value_is_never_negative check (value_cents >= 0 and last_value_cents >= 0),
    constraint no_units_no_value check (units > 0 or value_cents = 0)
) with (fillfactor = 70);
comment on table cost_balance is 'units inside our walls at a node, and their value: a cache of value_entry';
comment on column cost_balance.last_units is 'units when there were any last, and their value: the last average';
create index cost_balance_by_node on cost_balance (node, sku);

create table value_entry (
    seq bigint generated always as identity primary key,
    move_seq bigint,
    movement_id text,
    line smallint,
    cause text not null,
    sku code not null,
    node code not null,
    units bigint not null,
    value_cents bigint not null,
    cost_from text not null constraint a_cost_is_from_somewhere_known check (
        cost_from in (
            'purchase', 'left_at', 'mirrored', 'carried', 'average', 'last_average', 'catalog',
            'landed'
        )
    ),
    units_after bigint not null,
    value_after_cents bigint not null,
    at timestamptz not null,
    constraint only_a_landed_cost_moves_nothing check ((move_seq is null) = (cost_from = 'landed'))
);
comment on table value_entry is 'what each move that crosses our walls, or goes from node to node, was worth';
comment on column value_entry.at is 'when in the book; it never falls from one entry to the next';
create unique index value_entry_of_move on value_entry (move_seq, node) where move_seq is not null;
create index value_entry_by_place on value_entry (sku, node, at, seq);
create index value_entry_by_cause on value_entry (cause, sku) where units < 0;
create index value_entry_by_movement on value_entry (movement_id) where movement_id is not null;
create trigger values_are_only_added before update or delete or truncate on value_entry
    for each statement execute function refuse_to_change_the_book();
alter table value_entry enable always trigger values_are_only_added;

create table value_cursor (
    only_one boolean primary key default true constraint there_is_one_cursor check (only_one),
    seq bigint not null,
    at timestamptz not null
);
comment on table value_cursor is 'moves up to this seq have their value booked';
insert into value_cursor (seq, at) values (0, '-infinity');

create table landed_cost (
    id code primary key,
    receipt code not null references receipt,
    kind text not null constraint a_landed_cost_is_of_a_known_kind check (
        kind in ('freight', 'duty', 'handling', 'insurance', 'other')
    ),
    amount_cents bigint not null constraint a_landed_cost_costs_something check (amount_cents > 0),
    spread_by text not null constraint a_cost_is_spread_by_something check (
        spread_by in ('value', 'weight', 'units')
    ),
    recorded_at timestamptz not null,
    actor text not null
);
create index landed_cost_by_receipt on landed_cost (receipt);

create table landed_cost_line (
    landed_cost code not null references landed_cost,
    sku code not null references sku,
    amount_cents bigint not null,
    in_stock_cents bigint not null,
    primary key (landed_cost, sku),
    constraint a_share_is_not_negative check (amount_cents >= 0),
    constraint in_stock_is_part_of_the_share check (in_stock_cents between 0 and amount_cents)
);
comment on column landed_cost_line.in_stock_cents is 'added to the value of units still there; the rest was an expense, for units that are gone';

create table grade_worth (
    grade text primary key constraint a_grade_of_worth_is_a_to_d check (grade in ('A', 'B', 'C', 'D')),
    percent smallint not null constraint worth_is_part_of_cost check (percent between 0 and 100)
);
comment on table grade_worth is 'what a returned unit of a condition is worth, in percent of its cost';
insert into grade_worth (grade, percent) values ('A', 100), ('B', 70), ('C', 40), ('D', 0);

-- What each SKU was worth at each node by the book of that instant; null is now. One look a place.
create function value_at(until timestamptz)
returns table (sku code, node code, units bigint, value_cents bigint) language sql stable as $$
    select sku, node, units, value_cents from cost_balance where until is null
    union all
    select place.sku, place.node, was.units_after, was.value_after_cents
    from cost_balance as place
    cross join lateral (
        select units_after, value_after_cents
        from value_entry
        where value_entry.sku = place.sku and value_entry.node = place.node
            and value_entry.at <= until
        order by value_entry.at desc, value_entry.seq desc
        limit 1
    ) as was
    where until is not null
$$;

-- Units at each place as the book stood then, or, for null, as far as value is booked now.
create function units_at(until timestamptz)
returns table (sku code, node code, state stock_state, units bigint) language sql stable as $$
    select place.sku, place.node, place.state, place.quantity - coalesce(to_come.change, 0)::bigint
    from balance as place
    left join (
        select sku, node, state, sum(change) as change
        from entry
        where seq > (select seq from value_cursor)
        group by sku, node, state
    ) as to_come using (sku, node, state)
    where until is null and place.state <> 'outside'
    union all
    select place.sku, place.node, place.state, coalesce((
        select quantity
        from balance_snapshot as kept
        where (kept.sku, kept.node, kept.state) = (place.sku, place.node, place.state)
            and kept.seq <= (select high from ledger_stretches(until, until, true) where low is null)
        order by kept.seq desc
        limit 1
    ), 0) + coalesce((
        select sum(part.change)
        from ledger_stretches(until, until, true) as stretch
        cross join changes_at_node(place.sku, place.node, stretch.low, stretch.high) as part
        join movement on movement.id = part.movement_id
        where part.state = place.state and movement.recorded_at <= until
    ), 0)::bigint
    from balance as place
    where until is not null and place.state <> 'outside'
$$;

-- The value of each SKU at each node, divided by units over its states and conditions, into whole
-- cents that add up: the largest remainders first. Units that came back are the newest in a state.
create function value_parts_at(until timestamptz, the_nodes text[])
returns table (
    sku code, node code, state stock_state, grade text, units bigint, value_cents bigint
) language sql stable as $$
    with worth as (
        select * from value_at(until) as value
        where value.units > 0 and (the_nodes is null or node = any(the_nodes))
    ), place as (
        select sku, node, coalesce(there.state, 'available') as state,
            coalesce(there.units, worth.units) as units
        from worth
        left join (select * from units_at(until) where units > 0) as there using (sku, node)
    ), inspected as (
        select sku, node, state, grade, quantity, sum(quantity) over (
            partition by sku, node, state order by closed_at desc, id desc, grade
        ) - quantity as newer
        from (
            select inspection.sku, rma.node, rma.id, rma.closed_at, grade, quantity, (
                case disposition when 'restock' then 'available' else 'damaged' end
            )::stock_state as state
            from inspection
            join rma on rma.id = inspection.rma_id
            where disposition in ('restock', 'repair')
                and (until is null or rma.closed_at <= until)
        ) as closed
    ), graded as (
        select sku, node, state, grade, sum(least(quantity, place.units - newer)) as units
        from place
        join inspected using (sku, node, state)
        where newer < place.units
        group by sku, node, state, grade
    ), part as (
        select sku, node, state, grade, units from graded
        union all
        select sku, node, state, null, place.units - coalesce(known.units, 0)
        from place
        left join (
            select sku, node, state, sum(units) as units from graded group by sku, node, state
        ) as known using (sku, node, state)
    ), weighed as (
        select part.*, value_cents, div(value_cents * part.units, total) as whole,
            mod(value_cents * part.units, total) as rest
        from (
            select *, sum(units) over (partition by sku, node) as total
            from part
            where units > 0
        ) as part
        join worth using (sku, node)
    ), shared as (
        select *, whole + case when row_number() over (
            partition by sku, node order by rest desc, state, grade nulls first
        ) <= value_cents - sum(whole) over (partition by sku, node) then 1 else 0 end as cents
        from weighed
    )
    select sku, node, state, grade, units::bigint, cents::bigint from shared
$$;
