"""What lots and serials say twice: the units of a place, and the moves that named them."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text

LOTS = "select count(*) from lot_balance where within(sku)"
SERIALS = "select count(*) from serial where within(sku)"

CHECKS = (
    Check(
        name="lot.units",
        question=Text(
            "Are the lots and serials at each place as many units as its balance?",
            "Les lots et numéros de série de chaque lieu font-ils son solde\u202f?",
        ),
        of="lots and serials",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'lots:' || sku || ':' || node || ':' || state as subject, sku, node,
                state::text as state, sum(balance)::text as expected, sum(units)::text as found
            from (
                select balance.sku, node, tracked_state(state) as state, quantity as balance,
                    0 as units
                from balance
                join sku on sku.code = balance.sku
                where tracking <> 'untracked' and state <> 'outside' and within(balance.sku)
                union all
                select sku, node, state, 0, quantity
                from lot_balance
                where state <> 'outside' and within(sku)
                union all
                select sku, node, state, 0, 1 from serial where state <> 'outside' and within(sku)
            ) as stands
            group by sku, node, state
            having sum(balance) <> sum(units)
        """,
        compared="""
            select (select count(*) from lot_balance where within(sku))
                + (select count(*) from serial where within(sku))
        """,
    ),
    Check(
        name="lot.moves",
        question=Text(
            "Are the units of each lot what the moves that name it add up to?",
            "Les unités de chaque lot sont-elles la somme des mouvements qui le nomment\u202f?",
        ),
        of="lots",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'lot:' || sku || ':' || lot || ':' || node || ':' || state as subject, sku, node,
                coalesce(replayed.quantity, 0)::text as expected,
                coalesce(kept.quantity, 0)::text as found, (
                    select move.movement_id
                    from move_lot
                    join move using (movement_id, line)
                    where (move_lot.sku, move_lot.lot) = (kept.sku, kept.lot)
                        or (move_lot.sku, move_lot.lot) = (replayed.sku, replayed.lot)
                    order by move.seq desc
                    limit 1
                ) as movement
            from (
                select sku, lot, node, state, quantity from lot_balance where within(sku)
            ) as kept
            full join (
                select sku, lot, node, state, sum(change) as quantity
                from lot_entry
                where within(sku)
                group by sku, lot, node, state
            ) as replayed using (sku, lot, node, state)
            where coalesce(kept.quantity, 0) <> coalesce(replayed.quantity, 0)
        """,
        compared=LOTS,
    ),
    Check(
        name="serial.place",
        question=Text(
            "Is each unit with a serial in one place, the one where its moves left it?",
            "Chaque unité numérotée est-elle en un seul lieu, celui de ses mouvements\u202f?",
        ),
        of="serials",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'serial:' || sku || ':' || serial || ':' || node || ':' || state as subject,
                sku, node, coalesce(replayed.units, 0)::text as expected,
                case when kept.sku is null then '0' else '1' end as found,
                coalesce(kept.movement_id, replayed.movement_id) as movement
            from (
                select sku, code as serial, node, state, movement_id
                from serial
                where state <> 'outside' and within(sku)
            ) as kept
            full join (
                select sku, serial, node, state, sum(change)::bigint as units,
                    max(movement_id) as movement_id
                from serial_entry
                where state <> 'outside' and within(sku)
                group by sku, serial, node, state
                having sum(change) <> 0
            ) as replayed using (sku, serial, node, state)
            where kept.sku is null or replayed.units is distinct from 1
        """,
        compared=SERIALS,
    ),
)
