"""What of a place's stock was graded, and how its value is divided over it: SQL, written once."""

from typing import LiteralString


def graded(at: LiteralString, skus: LiteralString, places: LiteralString) -> LiteralString:
    """What each SKU is worth at each node by state and grade, where something is graded.

    At an instant or, for null, where value is now. `skus` narrows by `sku`, `places` by `sku` and
    `node`. What is not graded of such a place has its share of the value, and no line.
    """
    return f"""
        with told as ({_told(at, skus, places)}),
        inspected as materialized ({_inspected(at, skus, places)}),
        worth as materialized (
            select sku, node, there.units, there.value_cents
            from (select sku, node from told union select sku, node from inspected) as known
            cross join lateral (
                select * from value_at({at}) as value
                where value.sku = known.sku and value.node = known.node and value.units > 0
                offset 0
            ) as there (of_sku, of_node, units, value_cents)
        ), place as materialized (
            select sku, node, coalesce(there.state, 'available') as state,
                coalesce(there.units, worth.units) as units
            from worth
            left join lateral (
                select state, units from units_at({at}) as shelf
                where shelf.sku = worth.sku and shelf.node = worth.node and shelf.units > 0
                offset 0
            ) as there on true
        ), {PARTS}
    """  # noqa: S608 - ours


def _told(at: LiteralString, skus: LiteralString, places: LiteralString) -> LiteralString:
    """Units with serials that were inspected, each by its last grade, where it is."""
    return f"""
        select sku, node, state, grade, count(*) as units
        from (
            select unit.sku, there.node, there.state, unit.grade
            from (
                select distinct on (sku, serial) sku, serial, grade
                from inspected_unit
                join rma on rma.id = rma_id
                where ({at} is null or closed_at <= {at}) and {skus}
                order by sku, serial, closed_at desc, rma_id desc
            ) as unit
            cross join lateral (
                select target_node as node, tracked_state(target_state) as state
                from move_serial
                join move using (movement_id, line)
                join movement on movement.id = movement_id
                where (move_serial.sku, serial) = (unit.sku, unit.serial)
                    and case when {at} is null then move.seq <= (select seq from value_cursor)
                        else recorded_at <= {at} end
                order by move.seq desc
                limit 1
            ) as there
        ) as unit
        where {places}
        group by sku, node, state, grade
    """  # noqa: S608 - ours


def _inspected(at: LiteralString, skus: LiteralString, places: LiteralString) -> LiteralString:
    """Units without serials that were inspected, with how many came back after them."""
    return f"""
        select sku, node, state, grade, quantity, sum(quantity) over (
            partition by sku, node, state order by closed_at desc, id desc, grade
        ) - quantity as newer
        from (
            select sku, rma.node, rma.id, rma.closed_at, grade, quantity - (
                select count(*)
                from inspected_unit as unit
                where (unit.rma_id, unit.sku, unit.grade, unit.disposition)
                    = (rma.id, inspection.sku, inspection.grade, inspection.disposition)
            ) as quantity, (
                case disposition when 'restock' then 'available' else 'damaged' end
            )::stock_state as state
            from inspection
            join rma on rma.id = inspection.rma_id
            where disposition in ('restock', 'repair') and {skus}
                and ({at} is null or rma.closed_at <= {at})
        ) as closed
        where {places}
    """  # noqa: S608 - ours


PARTS: LiteralString = """
    others as (
        select sku, node, state, shelf.units - coalesce(known.units, 0) as units
        from (
            select sku, node, tracked_state(state) as state, sum(units) as units
            from place
            group by sku, node, tracked_state(state)
        ) as shelf
        left join (
            select sku, node, state, sum(units) as units from told group by sku, node, state
        ) as known using (sku, node, state)
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
    ), graded as materialized (
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
    select sku, node, state, grade, units::bigint, cents::bigint as value_cents
    from shared
    where grade is not null
"""
"""Of a place's units those that came back last are there, those told by their serials aside."""

NOW: LiteralString = graded("null::timestamptz", "true", "true")
