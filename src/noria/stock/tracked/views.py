"""Questions about lots and serials."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, row, rows
from noria.stock.model import LotUnits
from noria.stock.tracked.model import (
    Expired,
    Lot,
    LotStatus,
    UnitAt,
)

Shape = TypeVar("Shape", bound=Struct)


def lots(
    tx: Connection,
    *,
    skus: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    lot: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Lot]:
    """Units of lots at places inside our walls, by SKU and node the first to expire first.

    `after` is (sku, node, expires_on or 9999-12-31 as text, lot, state).
    """
    return rows(
        tx,
        _shaped(Lot),
        """
        select sku, lot, node, state::text, quantity, nullif(until, date '9999-12-31')
                as expires_on,
            case when until < date '9999-12-31' then until - today end as days_left,
            until < today + minimum_days as is_barred
        from (
            select lot_balance.*, coalesce(lot.expires_on, date '9999-12-31') as until,
                (noria_now() at time zone node.time_zone)::date as today, minimum_days
            from lot_balance
            join lot on (lot.sku, lot.code) = (lot_balance.sku, lot_balance.lot)
            join sku on sku.code = lot_balance.sku
            join node on node.code = lot_balance.node
            where quantity <> 0 and state <> 'outside'
                and (%(skus)s::text[] is null or lot_balance.sku = any(%(skus)s))
                and (%(nodes)s::text[] is null or lot_balance.node = any(%(nodes)s))
                and (%(lot)s::text is null or lot_balance.lot = %(lot)s)
        ) as there
        where %(after)s::text[] is null or (sku, node, until, lot, state::text)
            > (%(after)s[1], %(after)s[2], %(after)s[3]::date, %(after)s[4], %(after)s[5])
        order by sku, node, until, lot, state::text
        limit %(limit)s
        """,
        {
            "skus": None if skus is None else list(skus),
            "nodes": None if nodes is None else list(nodes),
            "lot": lot,
            "after": None if after is None else [str(part) for part in after],
            "limit": limit,
        },
    )


def on_shelves(
    tx: Connection, skus: Sequence[str], node: str
) -> dict[str, list[tuple[str, date | None, int]]]:
    """Of SKUs tracked by lot, the lots on a node's shelf that nobody has named: expiry, units."""
    found = tx.execute(
        """
        select lot_balance.sku, lot, expires_on, lot_balance.quantity - (
            select coalesce(sum(live_claim.quantity), 0)::bigint
            from live_claim
            where (live_claim.sku, live_claim.code, live_claim.node)
                = (lot_balance.sku, lot_balance.lot, lot_balance.node)
        )
        from lot_balance
        join lot on (lot.sku, lot.code) = (lot_balance.sku, lot_balance.lot)
        join sku on sku.code = lot_balance.sku
        where lot_balance.sku = any(%s) and node = %s and state = 'available' and quantity > 0
            and tracking = 'lot'
        order by lot_balance.sku, lot
        """,
        [list(skus), node],
    )
    there: dict[str, list[tuple[str, date | None, int]]] = defaultdict(list)
    for sku, lot, expires_on, units in found:
        there[sku].append((lot, expires_on, max(units, 0)))
    return dict(there)


def earliest_of(tx: Connection, skus: Sequence[str], node: str) -> dict[str, date]:
    """By SKU, the day up to which a lot has to last to be sent today from a node, if both are."""
    found = tx.execute(
        """
        select sku.code, (noria_now() at time zone node.time_zone)::date + minimum_days
        from sku, node
        where sku.code = any(%s) and node.code = %s
        """,
        [list(skus), node],
    )
    return dict(found.fetchall())


def expired(
    tx: Connection, *, limit: int, pairs: Sequence[tuple[str, str]] | None = None
) -> list[Expired]:
    """Expired lots on shelves that have available units, in key order; at these (SKU, node)."""
    return rows(
        tx,
        Expired,
        """
        select barred_lot.sku, lot, barred_lot.node, expires_on,
            barred_lot.quantity - claimed.units as units
        from barred_lot
        join node on node.code = barred_lot.node
        join balance on (balance.sku, balance.node) = (barred_lot.sku, barred_lot.node)
            and balance.state = 'available' and balance.quantity > 0
        cross join lateral (
            select coalesce(sum(live_claim.quantity), 0)::bigint as units
            from live_claim
            where (live_claim.sku, live_claim.code, live_claim.node)
                = (barred_lot.sku, barred_lot.lot, barred_lot.node)
        ) as claimed
        where barred_lot.quantity > claimed.units
            and expires_on < (noria_now() at time zone node.time_zone)::date
            and (%(skus)s::text[] is null or (barred_lot.sku, barred_lot.node)
                in (select * from unnest(%(skus)s::text[], %(nodes)s::text[])))
        order by barred_lot.sku, barred_lot.node, expires_on, lot
        limit %(limit)s
        """,
        {
            "skus": None if pairs is None else [sku for sku, _ in pairs],
            "nodes": None if pairs is None else [node for _, node in pairs],
            "limit": limit,
        },
    )


def lot(tx: Connection, sku: str, code: str) -> LotStatus | None:
    """A lot, with the units of it inside our walls and those that have left them."""
    return row(
        tx,
        LotStatus,
        """
        select sku, code as lot, expires_on, first_seen_at, (
            select coalesce(sum(quantity) filter (where state <> 'outside'), 0)::bigint
            from lot_balance
            where (lot_balance.sku, lot_balance.lot) = (lot.sku, lot.code)
        ) as inside
        from lot
        where sku = %s and code = %s
        """,
        [sku, code],
    )


def serials(
    tx: Connection,
    *,
    skus: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    serial: str | None = None,
    is_inside: bool = True,
    after: Sequence[str] | None = None,
    limit: int = 100,
) -> list[UnitAt]:
    """Units by SKU and serial, where each is now; with `is_inside` those within our walls."""
    return rows(
        tx,
        _shaped(UnitAt),
        """
        select serial.sku, code as serial, node, state::text, movement_id as movement,
            movement.happened_at as since
        from serial
        left join movement on movement.id = movement_id
        where (%(skus)s::text[] is null or serial.sku = any(%(skus)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(serial)s::text is null or code = %(serial)s)
            and (not %(is_inside)s or state <> 'outside')
            and (%(after)s::text[] is null
                or (serial.sku, code) > (%(after)s[1], %(after)s[2]))
        order by serial.sku, code
        limit %(limit)s
        """,
        {
            "skus": None if skus is None else list(skus),
            "nodes": None if nodes is None else list(nodes),
            "serial": serial,
            "is_inside": is_inside,
            "after": None if after is None else [str(part) for part in after],
            "limit": limit,
        },
    )


def named(
    tx: Connection, movement_id: str
) -> tuple[dict[int, list[LotUnits]], dict[int, list[str]]]:
    """The lots and the serials that a movement named, line by line; what was untold is left out."""
    lots: dict[int, list[LotUnits]] = defaultdict(list)
    serials: dict[int, list[str]] = defaultdict(list)
    for line, lot, quantity in tx.execute(
        "select line, lot, quantity from move_lot where movement_id = %s and lot <> '?'"
        " order by line, lot",
        [movement_id],
    ):
        lots[line].append(LotUnits(lot=lot, quantity=quantity))
    for line, serial in tx.execute(
        "select line, serial from move_serial where movement_id = %s order by line, serial",
        [movement_id],
    ):
        serials[line].append(serial)
    return lots, serials


def unbalanced(tx: Connection) -> list[tuple[str, str]]:
    """Lots and units that, over every place, do not add up to zero. There are none."""
    return tx.execute(
        """
        select sku, lot from lot_balance group by sku, lot having sum(quantity) <> 0
        union all
        select sku, serial from serial_entry group by sku, serial having sum(change) <> 0
        order by 1, 2
        """
    ).fetchall()


def _shaped(shape: type[Shape]) -> Callable[..., Shape]:
    """`shape` made of columns, its states from their names."""

    def make(**columns: Any) -> Shape:
        return msgspec.convert(columns, shape)

    return make
