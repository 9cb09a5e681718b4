"""Counts of very many shelves at once: the SQL that locks, reads and writes them as sets."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection, array, savepoint
from noria.kit.events import PUBLISH
from noria.stock.model import Shelves, Shift

LEVELS = """
    moment as (select noria_now() as now),
    happened as (
        select 'stock.level.changed' as type, sku::text as subject, null as node,
            '{"levels":[{"node":' || to_json(node::text) || ',"state":"available","quantity":'
            || quantity || '}]}' as told
        from shelf
        order by place
    )
"""
"""Parts of a statement: an event a shelf, its level as it is now; out of `shelf`."""

OPEN_FILLED = f"""
    with given as (
        select *
        from unnest(%(skus)s::text[], %(nodes)s::text[], %(quantities)s::bigint[])
            with ordinality as given (sku, node, quantity, place)
    ), shelf as materialized (
        select place, sku.code as sku, node.code as node, quantity
        from given
        join sku on sku.code = given.sku
        join node on node.code = given.node
        where quantity > 0 and tracking = 'untracked' and not exists (
            select from balance
            where (balance.sku, balance.node) = (sku.code, node.code)
                and balance.state in ('available', 'outside')
        )
    ), opened as (
        insert into balance (sku, node, state, quantity)
        select sku, node, state, sign * quantity
        from shelf
        cross join (values ('available'::stock_state, 1), ('outside', -1)) as ends (state, sign)
        order by sku, node, state::text collate "C"
        on conflict do nothing
        returning state
    ), movement as (
        insert into movement (id, kind, cause, actor, happened_at, recorded_at)
        select %(movement)s, 'found', %(cause)s, %(actor)s, %(happened_at)s, %(now)s
        where exists (select from shelf)
        returning id
    ), moved as (
        insert into move
            (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select movement.id, place - 1, sku, quantity, node, 'outside', node, 'available'
        from shelf
        cross join movement
        order by place
    ), {LEVELS}, told as ({PUBLISH})
    select (select count(*) from opened), count(*), coalesce(sum(quantity), 0)::bigint,
        array(select place from given where place not in (select place from shelf) order by place)
    from shelf
"""  # noqa: S608 - texts of ours
"""Values come out of tables of ours, typed: what is only cast to a code is checked row by row."""


def open_filled(
    tx: Connection,
    lines: Shelves,
    movement: str,
    cause: str,
    *,
    happened_at: datetime,
    actor: str,
    now: datetime,
) -> tuple[int, Shelves]:
    """Open shelves that there were not, with what lies on them, and book that as found.

    Returns the units found, and the other shelves: those that are there, that stay empty, or whose
    units are told apart. If somebody opens one of them at this moment, none is opened.
    """
    given = {
        "skus": array(lines.skus),
        "nodes": array(lines.nodes),
        "quantities": array(lines.quantities),
        "movement": movement,
        "cause": cause,
        "happened_at": happened_at,
        "actor": actor,
        "now": now,
    }
    try:
        with savepoint(tx):
            found = tx.execute(OPEN_FILLED, given).fetchone()
            assert found is not None
            ends, opened, units, rest = found
            if ends != 2 * opened:
                raise _Taken  # noqa: TRY301 - it ends the savepoint
    except _Taken:
        return 0, lines
    places = [place - 1 for place in rest]
    return units, Shelves(
        skus=[lines.skus[place] for place in places],
        nodes=[lines.nodes[place] for place in places],
        quantities=[lines.quantities[place] for place in places],
    )


class _Taken(Exception):  # noqa: N818 - it takes back a savepoint
    """A shelf was opened by somebody else."""


def lock(tx: Connection, lines: Shelves) -> None:
    """Lock both ends of these shelves in key order, opening at zero what is new."""
    tx.execute(
        """
        insert into balance (sku, node, state, quantity)
        select sku.code, node.code, state, 0
        from unnest(%s::text[], %s::text[]) as given (sku, node)
        join sku on sku.code = given.sku
        join node on node.code = given.node
        cross join (values ('available'::stock_state), ('outside'::stock_state)) as ends (state)
        order by sku.code, node.code, state::text collate "C"
        on conflict (sku, node, state) do update set quantity = balance.quantity where false
        """,
        [array(lines.skus), array(lines.nodes)],
    )


def known(tx: Connection, lines: Shelves) -> list[int]:
    """Sellable units on these shelves, in their order; ask when they are locked.

    A shelf that could not be opened is of a SKU or a node that nobody knows: a bug of ours.
    """
    found = tx.execute(
        """
        select array_agg(balance.quantity order by place)
        from unnest(%s::text[], %s::text[]) with ordinality as given (sku, node, place)
        left join balance
            on (balance.sku, balance.node, balance.state) = (given.sku, given.node, 'available')
        """,
        [array(lines.skus), array(lines.nodes)],
    ).fetchone()
    assert found is not None
    units: list[int | None] = found[0]
    assert None not in units, "a SKU or a node is not known"
    return [count for count in units if count is not None]


def write(
    tx: Connection,
    movement: str,
    kind: str,
    cause: str,
    shifts: Sequence[Shift],
    *,
    happened_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """Write one movement of found or lost units, all of the same sign; shift its balances; tell."""
    tx.execute(
        f"""
        with shelf as materialized (
            select place, sku.code as sku, node.code as node, change, before + change as quantity
            from unnest(%(skus)s::text[], %(nodes)s::text[], %(before)s::bigint[],
                %(changes)s::bigint[]) with ordinality as given (sku, node, before, change, place)
            join sku on sku.code = given.sku
            join node on node.code = given.node
        ), movement as (
            insert into movement (id, kind, cause, actor, happened_at, recorded_at)
            values (%(movement)s, %(kind)s, %(cause)s, %(actor)s, %(happened_at)s, %(now)s)
            returning id
        ), moved as (
            insert into move (movement_id, line, sku, quantity, source_node, source_state,
                target_node, target_state)
            select movement.id, place - 1, sku, abs(change),
                node, case when change > 0 then 'outside'::stock_state else 'available' end,
                node, case when change > 0 then 'available'::stock_state else 'outside' end
            from shelf
            cross join movement
            order by place
        ), shifted as (
            update balance
            set quantity = balance.quantity
                + case state when 'available' then change else -change end
            from shelf
            where (balance.sku, balance.node) = (shelf.sku, shelf.node)
                and state in ('available', 'outside')
        ), {LEVELS}
        {PUBLISH}
        """,  # noqa: S608 - texts of ours
        {
            "movement": movement,
            "kind": kind,
            "cause": cause,
            "actor": actor,
            "happened_at": happened_at,
            "now": now,
            "skus": array(one.sku for one in shifts),
            "nodes": array(one.node for one in shifts),
            "before": array(one.before for one in shifts),
            "changes": array(one.change for one in shifts),
        },
    )
