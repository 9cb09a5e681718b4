"""The ledger's SQL that writes. The guard against overselling sits here, at the lowest write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from noria.kit.db import Connection, array, columns, rows
from noria.stock.model import Aside, Key, Mark, Movement, State

STATES = {state.value: state for state in State}


def insert(tx: Connection, movements: Sequence[Movement], *, actor: str, now: datetime) -> set[str]:
    """Write movements and their moves; return the ids that were new."""
    new = {
        row[0]
        for row in tx.execute(
            """
            insert into movement (id, kind, cause, actor, reason, happened_at, recorded_at)
            select id, kind, cause, %s, reason, happened_at, %s
            from unnest(%s::text[], %s::movement_kind[], %s::text[], %s::text[], %s::timestamptz[])
                as given (id, kind, cause, reason, happened_at)
            on conflict do nothing
            returning id
            """,
            [
                actor,
                now,
                [movement.id for movement in movements],
                [movement.kind.value for movement in movements],
                [movement.cause for movement in movements],
                [movement.reason for movement in movements],
                [movement.happened_at for movement in movements],
            ],
        )
    }
    lines = [
        (movement.id, line, move)
        for movement in movements
        if movement.id in new
        for line, move in enumerate(movement.moves)
    ]
    tx.execute(
        """
        insert into move
            (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select * from unnest(%s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::text[],
            %s::stock_state[], %s::text[], %s::stock_state[])
        """,
        [
            [movement for movement, _, _ in lines],
            [line for _, line, _ in lines],
            [move.sku for _, _, move in lines],
            [move.quantity for _, _, move in lines],
            [move.source.node for _, _, move in lines],
            [move.source.state.value for _, _, move in lines],
            [move.target.node for _, _, move in lines],
            [move.target.state.value for _, _, move in lines],
        ],
    )
    return new


def lock(tx: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    """Lock these balances in key order, opening at zero what is new; return what they are.

    One statement opens and locks: with two, somebody else could come in between, and each would
    then wait for the other. A condition that is never true makes `on conflict` lock and no more.
    """
    given = _columns(keys)
    with tx.pipeline():
        tx.execute(
            """
            insert into balance (sku, node, state, quantity)
            select sku, node, state, 0
            from unnest(%s::text[], %s::text[], %s::stock_state[]) as given (sku, node, state)
            order by sku collate "C", node collate "C", state::text collate "C"
            on conflict (sku, node, state) do update set quantity = balance.quantity where false
            """,
            given,
        )
        found = tx.execute(
            """
            select given.sku, given.node, given.state, balance.quantity
            from unnest(%s::text[], %s::text[], %s::stock_state[]) as given (sku, node, state)
            cross join lateral (
                select quantity
                from balance
                where (balance.sku, balance.node, balance.state)
                    = (given.sku, given.node, given.state)
                limit 1
            ) as balance
            """,
            given,
        ).fetchall()
    return {(sku, node, State(state)): quantity for sku, node, state, quantity in found}


def ask_lock(tx: Connection, keys: Iterable[Key]) -> Callable[[], dict[Key, int]]:
    """Lock these balances in key order, and open none; what they are is read when called for.

    Nested, the rows are locked one by one in the order in which they are given.
    """
    asked = tx.execute(
        """
        select given.sku, given.node, given.state, balance.quantity
        from unnest(%s::text[], %s::text[], %s::stock_state[]) as given (sku, node, state)
        cross join lateral (
            select quantity
            from balance
            where (balance.sku, balance.node, balance.state)
                = (given.sku, given.node, given.state)
            for no key update
        ) as balance
        """,
        _columns(keys),
    )
    return lambda: {
        (sku, node, STATES[state]): quantity for sku, node, state, quantity in asked.fetchall()
    }


def put_aside(tx: Connection, units: Sequence[Aside], *, now: datetime) -> None:
    """Write movements that take units from available to reserved, one move a line."""
    tx.execute(
        """
        with given as materialized (
            select *
            from unnest(%s::text[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::bigint[])
                as given (movement, line, cause, actor, sku, node, quantity)
        ), booked as (
            insert into movement (id, kind, cause, actor, happened_at, recorded_at)
            select movement, 'reserved', cause, actor, now, now
            from given
            cross join (select %s::timestamptz) as clock (now)
            where line = 0
        )
        insert into move
            (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select movement, line, sku, quantity, node, 'available', node, 'reserved'
        from given
        """,
        [
            array([one.movement for one in units]),
            array([one.line for one in units]),
            array([one.cause for one in units]),
            array([one.actor for one in units]),
            array([one.sku for one in units]),
            array([one.node for one in units]),
            array([one.quantity for one in units]),
            now,
        ],
    )


def shift(tx: Connection, change: Mapping[Key, int]) -> dict[Key, int]:
    """Add signed changes to locked balances; return what they are now.

    The constraint `only_outside_may_be_negative` refuses whatever a caller failed to check.
    """
    shifted = ask_shift(tx, change).fetchall()
    levels = {(sku, node, State(state)): quantity for sku, node, state, quantity in shifted}
    assert len(levels) == sum(map(bool, change.values())), "only balances that are open can shift"
    return levels


def ask_shift(tx: Connection, change: Mapping[Key, int]) -> psycopg.Cursor[tuple[Any, ...]]:
    """As `shift`, but what they are now is there to be fetched."""
    return tx.execute(
        """
        update balance
        set quantity = balance.quantity + given.change
        from unnest(%s::text[], %s::text[], %s::stock_state[], %s::bigint[])
            as given (sku, node, state, change)
        where (balance.sku, balance.node, balance.state) = (given.sku, given.node, given.state)
            and given.change <> 0
        returning balance.sku, balance.node, balance.state, balance.quantity
        """,
        [
            array([sku for sku, _, _ in change]),
            array([node for _, node, _ in change]),
            array([state.value for _, _, state in change]),
            array(change.values()),
        ],
    )


def marks(tx: Connection, shelves: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mark]:
    """When these shelves, as (SKU, node), were last counted. Ask when their balances are locked."""
    asked = sorted(set(shelves))
    found = rows(
        tx,
        Mark,
        """
        select sku, node, cause, counted_at, quantity
        from shelf_mark
        join unnest(%s::text[], %s::text[]) as given (sku, node) using (sku, node)
        """,
        [[sku for sku, _ in asked], [node for _, node in asked]],
    )
    return {(mark.sku, mark.node): mark for mark in found}


def save_marks(tx: Connection, new: Sequence[Mark], *, now: datetime) -> None:
    """Write when shelves were counted; an older count never replaces a newer one."""
    tx.execute(
        """
        insert into shelf_mark (sku, node, cause, counted_at, quantity, recorded_at)
        select sku, node, cause, counted_at, quantity, %s
        from unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
            as given (sku, node, cause, counted_at, quantity)
        order by sku, node
        on conflict (sku, node) do update
        set cause = excluded.cause, counted_at = excluded.counted_at,
            quantity = excluded.quantity, recorded_at = excluded.recorded_at
        where shelf_mark.counted_at <= excluded.counted_at
        """,
        [now, *(columns(new) or [[]] * 5)],
    )


def _columns(keys: Iterable[Key]) -> list[str]:
    """Keys in order, as three arrays."""
    places = sorted({(sku, node, state.value) for sku, node, state in keys})
    return [array([place[position] for place in places]) for position in range(3)]
