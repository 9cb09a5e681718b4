"""Questions to the ledger."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.stock.model import Balance, Disagreement

Shape = TypeVar("Shape", bound=Struct)


def balances(
    tx: Connection,
    *,
    skus: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[object] | None = None,
    limit: int = 100,
) -> list[Balance]:
    """Balances that are not zero, in key order; `after` is the (sku, node, state) to go on from."""
    return rows(
        tx,
        _shaped(Balance),
        """
        select sku, node, state::text, quantity
        from balance
        where quantity <> 0
            and (%(skus)s::text[] is null or sku = any(%(skus)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(after)s::text[] is null
                 or (sku, node, state::text) > (%(after)s[1], %(after)s[2], %(after)s[3]))
        order by sku, node, state::text
        limit %(limit)s
        """,
        {
            "skus": None if skus is None else list(skus),
            "nodes": None if nodes is None else list(nodes),
            "after": None if after is None else [str(part) for part in after],
            "limit": limit,
        },
    )


def units_by_state(tx: Connection) -> dict[str, int]:
    """How many units are in each state, over all nodes; outside is left out."""
    found = tx.execute(
        """
        select states.state::text, coalesce(sum(quantity), 0)::bigint
        from unnest(enum_range(null::stock_state)) as states (state)
        left join balance on balance.state = states.state
        where states.state <> 'outside'
        group by states.state
        order by states.state
        """
    )
    return dict(found.fetchall())


def disagreements(tx: Connection, limit: int = 1000) -> list[Disagreement]:
    """Balances that are not what the moves add up to, with the last movement that touched each."""
    return rows(
        tx,
        _shaped(Disagreement),
        """
        select sku, node, state::text, balance, moves, (
            select movement_id
            from entry
            where (entry.sku, entry.node, entry.state) = (wrong.sku, wrong.node, wrong.state)
            order by seq desc
            limit 1
        ) as last_movement
        from (
            select sku, node, state, coalesce(balance.quantity, 0) as balance,
                coalesce(replayed.quantity, 0)::bigint as moves
            from balance
            full join (
                select sku, node, state, sum(change) as quantity
                from entry
                group by sku, node, state
            ) as replayed using (sku, node, state)
            where coalesce(balance.quantity, 0) <> coalesce(replayed.quantity, 0)
        ) as wrong
        order by sku, node, state
        limit %s
        """,
        [limit],
    )


def unbalanced(tx: Connection) -> list[tuple[str, int]]:
    """SKUs whose units, over every place, do not add up to zero. There are none."""
    return tx.execute(
        "select sku, sum(quantity)::bigint from balance group by sku having sum(quantity) <> 0"
        " order by sku"
    ).fetchall()


def all_balances(tx: Connection) -> list[tuple[str, str, str, int]]:
    """Every balance that is not zero, in key order: what a digest is taken over."""
    return tx.execute(
        "select sku, node, state::text, quantity from balance where quantity <> 0"
        " order by sku, node, state::text"
    ).fetchall()


def accuracy(tx: Connection) -> dict[str, tuple[float, float, float]]:
    """The share of right records at each node that was sampled, and its 95 % interval: the last.

    As (estimate, lower, upper), by node.
    """
    found = tx.execute(
        "select distinct on (node) node, estimate, lower, upper from accuracy_sample"
        " order by node, measured_at desc, task desc"
    )
    return {node: (estimate, lower, upper) for node, estimate, lower, upper in found}


def _shaped(shape: type[Shape]) -> Callable[..., Shape]:
    """`shape` made of columns, its states and kinds from their names."""

    def make(**columns: Any) -> Shape:
        return msgspec.convert(columns, shape)

    return make


def taken_since(
    tx: Connection, nodes: Sequence[str], since: datetime, *, includes_held: bool
) -> dict[tuple[str, str], int]:
    """Units by (SKU, node) to take off what somebody counted there at `since`.

    A count of free units knows nothing of what was reserved after it. One that includes what is
    held counts reserved units too, and knows nothing of what was shipped after it.
    """
    found = tx.execute(
        """
        select sku, node, sum(units)::bigint
        from (
            select sku, source_node as node,
                case source_state when 'available' then quantity else -quantity end as units
            from movement
            join move on move.movement_id = movement.id
            where not %(includes_held)s and movement.kind in ('reserved', 'released')
                and movement.recorded_at > %(since)s and source_node = any(%(nodes)s)
                and (source_state, target_state)
                    in (('available', 'reserved'), ('reserved', 'available'))
            union all
            select sku, source_node, quantity
            from movement
            join move on move.movement_id = movement.id
            where %(includes_held)s and movement.kind = 'shipped'
                and movement.recorded_at > %(since)s and source_node = any(%(nodes)s)
                and (source_state, target_state) = ('reserved', 'outside')
            union all
            select sku, node, quantity
            from balance
            where %(includes_held)s and node = any(%(nodes)s) and state = 'reserved'
                and quantity > 0
        ) as part
        group by sku, node
        having sum(units) <> 0
        """,
        {"nodes": list(nodes), "since": since, "includes_held": includes_held},
    )
    return {(sku, node): units for sku, node, units in found}
