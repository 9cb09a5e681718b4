-- Value by grade, unit by unit where units are told apart by serial.

-- The value of each SKU at each node, divided by units over its states and conditions, into whole
-- cents that add up: the largest remainders first. A unit with a serial has the grade that was found
-- last, wherever it went since; of other units, those that came back are the newest on a shelf.
-- Units that are held lie on the shelf as well: those that are free have their grades first.
create or replace function value_parts_at(until timestamptz, the_nodes text[])
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
    ), shelf as (
        select sku, node, tracked_state(state) as state, sum(units) as units
        from place
        group by sku, node, tracked_state(state)
    ), told as (
        select unit.sku, at.node, at.state, unit.grade, count(*) as units
        from (
            select distinct on (sku, serial) sku, serial, grade
            from inspected_unit
            join rma on rma.id = rma_id
            where until is null or closed_at <= until
            order by sku, serial, closed_at desc, rma_id desc
        ) as unit
        cross join lateral (
            select target_node as node, tracked_state(target_state) as state
            from move_serial
            join move using (movement_id, line)
            join movement on movement.id = movement_id
            where (move_serial.sku, serial) = (unit.sku, unit.serial)
                and case when until is null then move.seq <= (select seq from value_cursor)
                    else recorded_at <= until end
            order by move.seq desc
            limit 1
        ) as at
        group by unit.sku, at.node, at.state, unit.grade
    ), others as (
        select sku, node, state, shelf.units - coalesce(known.units, 0) as units
        from shelf
        left join (
            select sku, node, state, sum(units) as units from told group by sku, node, state
        ) as known using (sku, node, state)
    ), inspected as (
        select sku, node, state, grade, quantity, sum(quantity) over (
            partition by sku, node, state order by closed_at desc, id desc, grade
        ) - quantity as newer
        from (
            select inspection.sku, rma.node, rma.id, rma.closed_at, grade, quantity - (
                select count(*)
                from inspected_unit as unit
                where (unit.rma_id, unit.sku, unit.grade, unit.disposition)
                    = (rma.id, inspection.sku, inspection.grade, inspection.disposition)
            ) as quantity, (
                case disposition when 'restock' then 'available' else 'damaged' end
            )::stock_state as state
            from inspection
            join rma on rma.id = inspection.rma_id
            where disposition in ('restock', 'repair')
                and (until is null or rma.closed_at <= until)
        ) as closed
    ), known as (
        select sku, node, state, grade, sum(units) as units,
            sum(sum(units)) over (partition by sku, node, state order by grade) as high
        from (
            select sku, node, state, grade, units from told
            union all
            select sku, node, state, grade, least(quantity, others.units - newer)
            from others
            join inspected using (sku, node, state)
            where newer < others.units and quantity > 0
        ) as found
        group by sku, node, state, grade
    ), graded as (
        select place.sku, place.node, place.state, grade,
            least(known.high, place.high)
                - greatest(known.high - known.units, place.high - place.units) as units
        from (
            select *, sum(units) over (
                partition by sku, node, tracked_state(state) order by state
            ) as high
            from place
        ) as place
        join known on (known.sku, known.node, known.state)
            = (place.sku, place.node, tracked_state(place.state))
        where known.high > place.high - place.units and known.high - known.units < place.high
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
