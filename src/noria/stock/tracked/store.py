"""Lots and serials: the SQL that writes. One row a serial: two movements never both have it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from noria.kit.db import Connection
from noria.stock.model import Key, Movement, Place, State
from noria.stock.tracked.model import LotKey, Unit


def lots_at(tx: Connection, places: Iterable[Key]) -> list[tuple[str, str, str, State]]:
    """The lots that have units at these places; nothing is locked."""
    found = tx.execute(
        """
        select sku, lot, node, state::text
        from lot_balance
        join unnest(%s::text[], %s::text[], %s::stock_state[]) as given (sku, node, state)
            using (sku, node, state)
        where quantity <> 0
        """,
        _columns(sorted(_text(places)), 3),
    )
    return [(sku, lot, node, State(state)) for sku, lot, node, state in found]


def serials_at(tx: Connection, places: Mapping[Key, int]) -> list[tuple[str, str, str]]:
    """SKU, serial and node of the units at places with no more than so many; nothing is locked."""
    found = tx.execute(
        """
        select sku, unit.code, node
        from unnest(%s::text[], %s::text[], %s::stock_state[], %s::bigint[])
            as given (sku, node, state, most)
        cross join lateral (
            select serial.code, count(*) over () as units
            from (
                select serial.code
                from serial
                where (serial.sku, serial.node, serial.state)
                    = (given.sku, given.node, given.state)
                limit given.most + 1
            ) as serial
        ) as unit
        where unit.units <= given.most
        """,
        [
            [sku for sku, _, _ in places],
            [node for _, node, _ in places],
            [state.value for _, _, state in places],
            list(places.values()),
        ],
    )
    return found.fetchall()


def open_lots(
    tx: Connection, lots: Mapping[tuple[str, str], date | None], *, now: datetime
) -> dict[tuple[str, str], date]:
    """Write lots that are new, or whose expiry is told for the first time; every expiry known.

    What was told first stands: two labels that differ are for a person to look at.
    """
    keys = sorted(lots)
    tx.execute(
        """
        insert into lot (sku, code, expires_on, first_seen_at)
        select sku, code, expires_on, %s
        from unnest(%s::text[], %s::text[], %s::date[]) as given (sku, code, expires_on)
        where not exists (
            select from lot
            where (lot.sku, lot.code) = (given.sku, given.code)
                and (lot.expires_on is not null or given.expires_on is null)
        )
        order by sku, code
        on conflict (sku, code) do update
        set expires_on = coalesce(lot.expires_on, excluded.expires_on)
        """,
        [
            now,
            [sku for sku, _ in keys],
            [lot for _, lot in keys],
            [lots[key] for key in keys],
        ],
    )
    found = tx.execute(
        """
        select sku, code, expires_on
        from lot
        where (sku, code) in (select * from unnest(%s::text[], %s::text[]))
            and expires_on is not null
        """,
        [[sku for sku, _ in keys], [lot for _, lot in keys]],
    )
    return {(sku, lot): expires_on for sku, lot, expires_on in found}


def lock_lots(tx: Connection, keys: Iterable[LotKey]) -> dict[LotKey, int]:
    """Open these at zero where they are new, lock them in key order, and read them: in one go."""
    found = tx.execute(
        """
        insert into lot_balance (sku, lot, node, state, quantity)
        select sku, lot, node, state, 0
        from unnest(%s::text[], %s::text[], %s::text[], %s::stock_state[])
            as given (sku, lot, node, state)
        order by sku, lot, node, state::text
        on conflict (sku, lot, node, state) do update set quantity = lot_balance.quantity
        returning sku, lot, node, state, quantity
        """,
        _columns(sorted(_text(keys)), 4),
    )
    return {(sku, lot, node, State(state)): units for sku, lot, node, state, units in found}


def set_expiry(tx: Connection, sku: str, lot: str, expires_on: date | None) -> bool:
    """Say when a lot expires; whether there is such a lot."""
    written = tx.execute(
        "update lot set expires_on = %s where sku = %s and code = %s", [expires_on, sku, lot]
    )
    return written.rowcount == 1


def barred(tx: Connection, skus: Sequence[str], nodes: Sequence[str]) -> set[LotKey]:
    """Lots on shelves that are not sent to customers any more."""
    found = tx.execute(
        "select sku, lot, node, state::text from barred_lot where sku = any(%s) and node = any(%s)",
        [list(skus), list(nodes)],
    )
    return {(sku, lot, node, State(state)) for sku, lot, node, state in found}


def places(tx: Connection, units: Iterable[Unit]) -> dict[Unit, Place]:
    """Where units are that were ever here; nothing is locked."""
    found = tx.execute(
        """
        select sku, code, node, state::text
        from serial
        where (sku, code) in (select * from unnest(%s::text[], %s::text[]))
        """,
        _columns(sorted(set(units)), 2),
    )
    return {(sku, code): Place(node, State(state)) for sku, code, node, state in found}


def lock_serials(tx: Connection, units: Mapping[Unit, str]) -> dict[Unit, Place]:
    """Lock units in key order and read their places; a new one begins outside the node given."""
    keys = sorted(units)
    found = tx.execute(
        """
        insert into serial (sku, code, node, state)
        select sku, code, node, 'outside'
        from unnest(%s::text[], %s::text[], %s::text[]) as given (sku, code, node)
        order by sku, code
        on conflict (sku, code) do update set node = serial.node
        returning sku, code, node, state
        """,
        [[sku for sku, _ in keys], [code for _, code in keys], [units[key] for key in keys]],
    )
    return {(sku, code): Place(node, State(state)) for sku, code, node, state in found}


def write(
    tx: Connection,
    movements: Sequence[Movement],
    changes: Mapping[LotKey, int],
    units: Mapping[Unit, tuple[Place, str]],
) -> None:
    """Write which lots and serials moved, and where that leaves them; all of these are locked."""
    lines = [
        (movement.id, line, move)
        for movement in movements
        for line, move in enumerate(movement.moves)
    ]
    tx.execute(
        """
        insert into move_lot (movement_id, line, sku, lot, quantity, is_assumed)
        select * from unnest(%s::text[], %s::smallint[], %s::text[], %s::text[], %s::bigint[],
            %s::boolean[])
        """,
        _columns(
            [
                (movement, line, move.sku, lot.lot, lot.quantity, lot.is_assumed)
                for movement, line, move in lines
                for lot in move.lots
            ],
            6,
        ),
    )
    tx.execute(
        """
        insert into move_serial (movement_id, line, sku, serial)
        select * from unnest(%s::text[], %s::smallint[], %s::text[], %s::text[])
        """,
        _columns(
            [
                (movement, line, move.sku, serial)
                for movement, line, move in lines
                for serial in move.serials
            ],
            4,
        ),
    )
    _shift(tx, changes)
    _place(tx, units)


def _shift(tx: Connection, changes: Mapping[LotKey, int]) -> None:
    shifted = tx.execute(
        """
        update lot_balance
        set quantity = lot_balance.quantity + given.change
        from unnest(%s::text[], %s::text[], %s::text[], %s::stock_state[], %s::bigint[])
            as given (sku, lot, node, state, change)
        where (lot_balance.sku, lot_balance.lot, lot_balance.node, lot_balance.state)
                = (given.sku, given.lot, given.node, given.state)
            and given.change <> 0
        """,
        _columns(
            [
                (sku, lot, node, state.value, units)
                for (sku, lot, node, state), units in changes.items()
            ],
            5,
        ),
    )
    assert shifted.rowcount == sum(map(bool, changes.values())), "only lots that are open can shift"


def _place(tx: Connection, units: Mapping[Unit, tuple[Place, str]]) -> None:
    placed = tx.execute(
        """
        update serial
        set node = given.node, state = given.state, movement_id = given.movement
        from unnest(%s::text[], %s::text[], %s::text[], %s::stock_state[], %s::text[])
            as given (sku, code, node, state, movement)
        where (serial.sku, serial.code) = (given.sku, given.code)
        """,
        _columns(
            [
                (sku, code, place.node, place.state.value, movement)
                for (sku, code), (place, movement) in units.items()
            ],
            5,
        ),
    )
    assert placed.rowcount == len(units), "only units that are locked can be placed"


def _text(keys: Iterable[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """Keys whose last part is a state, by its name."""
    return [(*key[:-1], key[-1].value) for key in keys]


def _columns(found: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[position] for row in found] for position in range(width)]
