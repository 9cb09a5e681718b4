"""The ledger's SQL that writes. The guard against overselling sits here, at the lowest write."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import LiteralString

from noria.kit.burst import Ask
from noria.kit.db import Connection, array, columns, rows
from noria.stock.model import NAMES, Aside, Key, Locked, Mark, Movement, State


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
    given = _columns(_sorted(keys))
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


def ask_lock(keys: Iterable[Key]) -> Ask[dict[Key, Locked]]:
    """Lock these balances in key order, and open none; those that are open.

    Nested, the rows are locked one by one in the order in which they are given.
    """
    places = _sorted(keys)
    return Ask(
        """
        select given.place, balance.quantity, balance.ctid
        from unnest($1::text[], $2::text[], $3::stock_state[])
            with ordinality as given (sku, node, state, place)
        cross join lateral (
            select quantity, ctid
            from balance
            where (balance.sku, balance.node, balance.state)
                = (given.sku, given.node, given.state)
            for no key update
        ) as balance
        """,
        _columns(places),
        lambda found: {
            places[int(place) - 1]: Locked(int(quantity), row) for place, quantity, row in found
        },
    )


PUT_ASIDE: LiteralString = """
    booked as (
        insert into movement (id, kind, cause, actor, happened_at, recorded_at)
        select id, 'reserved', cause, actor, now, now
        from moment
        cross join unnest($12::text[], $13::text[], $14::text[]) as given (id, cause, actor)
    ), moved as (
        insert into move
            (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state,
                own_cause, causes, parts)
        select movement, line, sku, quantity, node, 'available', node, 'reserved',
            nullif(cause, ''), nullif(causes, '')::text[], nullif(parts, '')::bigint[]
        from unnest($15::text[], $16::smallint[], $17::text[], $18::text[], $19::bigint[],
            $20::text[], $21::text[], $22::text[])
            as given (movement, line, sku, node, quantity, cause, causes, parts)
    )
"""
"""Part of a statement: movements that take units from available to reserved.

Out of `moment` (now), and the values of `put_aside` as `$12` to `$22`.
"""


def put_aside(asides: Sequence[Aside], prefix: str, shared: str | None) -> list[str]:
    """Movements as `PUT_ASIDE` writes them; `prefix` begins their ids.

    They have one cause, `shared`, or are for several: then each move says its own.
    """
    actors = {one.number: one.actor for one in asides}
    several = [shared is None and len(one.causes) > 1 for one in asides]
    return [
        array([f"{prefix}-{number}" for number in actors]),
        array([shared or f"wishes:{prefix}-{number}" for number in actors]),
        array(actors.values()),
        array([f"{prefix}-{one.number}" for one in asides]),
        array([one.line for one in asides]),
        array([one.sku for one in asides]),
        array([one.node for one in asides]),
        array([sum(one.parts) for one in asides]),
        array(
            ["" if many or shared else one.causes[0]
             for one, many in zip(asides, several, strict=True)]
        ),
        array(
            [array(one.causes) if many else "" for one, many in zip(asides, several, strict=True)]
        ),
        array(
            [array(one.parts) if many else "" for one, many in zip(asides, several, strict=True)]
        ),
    ]  # fmt: skip


TAKE: LiteralString = """
    taken as (
        update balance
        set quantity = balance.quantity + given.change
        from unnest($28::text[], $29::text[], $30::stock_state[], $31::bigint[])
            as given (sku, node, state, change)
        where (balance.sku, balance.node, balance.state) = (given.sku, given.node, given.state)
        returning balance.sku, balance.node, balance.state, balance.quantity
    )
"""
"""Part of a statement: signed changes of balances, locked one by one as they are given.

Out of the values of `take` as `$28` to `$31`. A connection for bursts knows no other way to join.
"""


def take(change: Mapping[Key, int]) -> list[str]:
    """Changes as `TAKE` does them, in the order in which balances are locked."""
    places = _sorted(change)
    return [*_columns(places), array([change[place] for place in places])]


def ask_shift(change: Mapping[Key, int], levels: Mapping[Key, Locked]) -> Ask[None]:
    """Add signed changes to balances that stay locked as they were read, found by their rows.

    A row that is not there any more breaks it, and so does a place with less than nothing.
    """
    return Ask(
        """
        with shifted as (
            update balance
            set quantity = balance.quantity + given.change
            from unnest($1::tid[], $2::bigint[]) as given (place, change)
            where balance.ctid = given.place
            returning 1
        )
        select all_there(count(*), cardinality($1::tid[])) from shifted
        """,
        [array([levels[key].row for key in change]), array(change.values())],
        lambda _: None,
    )


def shift(tx: Connection, change: Mapping[Key, int]) -> dict[Key, int]:
    """Add signed changes to locked balances; return what they are now.

    The constraint `only_outside_may_be_negative` refuses whatever a caller failed to check.
    """
    shifted = tx.execute(
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
    ).fetchall()
    levels = {(sku, node, State(state)): quantity for sku, node, state, quantity in shifted}
    assert len(levels) == sum(map(bool, change.values())), "only balances that are open can shift"
    return levels


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


def _sorted(keys: Iterable[Key]) -> list[Key]:
    """Each key once, in the order in which balances are locked."""
    return sorted(set(keys), key=lambda key: (key[0], key[1], NAMES[key[2]]))


def _columns(places: Sequence[Key]) -> list[str]:
    """Keys as three arrays."""
    return [
        array([sku for sku, _, _ in places]),
        array([node for _, node, _ in places]),
        array([NAMES[state] for _, _, state in places]),
    ]
