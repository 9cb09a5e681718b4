"""Counts of very many shelves at once: the SQL that locks, reads and writes them as sets."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection, array, savepoint
from noria.stock.model import Shift


def lock(tx: Connection, skus: Sequence[str], nodes: Sequence[str]) -> None:
    """Lock both ends of these shelves in key order, opening at zero what is new."""
    tx.execute(
        """
        insert into balance (sku, node, state, quantity)
        select sku, node, state, 0
        from unnest(%s::text[], %s::text[]) as given (sku, node)
        cross join (values ('available'::stock_state), ('outside'::stock_state)) as ends (state)
        order by sku collate "C", node collate "C", state::text collate "C"
        on conflict (sku, node, state) do update set quantity = balance.quantity where false
        """,
        [array(skus), array(nodes)],
    )


def open_filled(
    tx: Connection, skus: Sequence[str], nodes: Sequence[str], quantities: Sequence[int]
) -> set[tuple[str, str]]:
    """Open shelves that there were not, with what lies on them at once; which they are.

    Their moves are still to be written. If somebody opens one of them at this moment, none is.
    """
    opened: dict[str, set[tuple[str, str]]] = {"available": set(), "outside": set()}
    try:
        with savepoint(tx):
            for sku, node, state in tx.execute(
                """
                insert into balance (sku, node, state, quantity)
                select sku, node, state, sign * quantity
                from unnest(%s::text[], %s::text[], %s::bigint[]) as given (sku, node, quantity)
                cross join (values ('available'::stock_state, 1), ('outside', -1))
                    as ends (state, sign)
                where quantity > 0 and not exists (
                    select from balance
                    where (balance.sku, balance.node) = (given.sku, given.node)
                        and balance.state in ('available', 'outside')
                )
                order by sku collate "C", node collate "C", state::text collate "C"
                on conflict do nothing
                returning sku, node, state::text
                """,
                [array(skus), array(nodes), array(quantities)],
            ):
                opened[state].add((sku, node))
            if opened["available"] != opened["outside"]:
                raise _Taken  # noqa: TRY301 - it ends the savepoint
    except _Taken:
        return set()
    return opened["available"]


class _Taken(Exception):  # noqa: N818 - it takes back a savepoint
    """Half of a shelf was opened by somebody else."""


def known(tx: Connection, skus: Sequence[str], nodes: Sequence[str]) -> list[int]:
    """Sellable units on these shelves, in their order; ask when they are locked."""
    found = tx.execute(
        """
        select coalesce(balance.quantity, 0)
        from unnest(%s::text[], %s::text[]) with ordinality as given (sku, node, place)
        left join balance
            on (balance.sku, balance.node, balance.state) = (given.sku, given.node, 'available')
        order by place
        """,
        [array(skus), array(nodes)],
    )
    return [quantity for (quantity,) in found]


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
    is_shifted: bool = False,
) -> None:
    """Write one movement of found or lost units, all of the same sign, and shift its balances.

    `is_shifted`: the shelves were opened with what lies on them.
    """
    tx.execute(
        """
        insert into movement (id, kind, cause, actor, happened_at, recorded_at)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [movement, kind, cause, actor, happened_at, now],
    )
    given = [
        array(one.sku for one in shifts),
        array(one.node for one in shifts),
        array(one.change for one in shifts),
    ]
    tx.execute(
        """
        insert into move
            (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select %s, place - 1, sku, abs(change),
            node, case when change > 0 then 'outside'::stock_state else 'available' end,
            node, case when change > 0 then 'available'::stock_state else 'outside' end
        from unnest(%s::text[], %s::text[], %s::bigint[]) with ordinality
            as given (sku, node, change, place)
        """,
        [movement, *given],
    )
    if is_shifted:
        return
    tx.execute(
        """
        update balance
        set quantity = quantity + case state when 'available' then change else -change end
        from unnest(%s::text[], %s::text[], %s::bigint[]) as given (sku, node, change)
        where (balance.sku, balance.node) = (given.sku, given.node)
            and state in ('available', 'outside')
        """,
        given,
    )
