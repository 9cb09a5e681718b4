"""Lots and serials at the door: what is where, what to take, when a lot expires."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.kit.ids import LARGEST_QUANTITY
from noria.stock.tracked import actions, rules, views
from noria.stock.tracked.api_paths import PathLot
from noria.stock.tracked.model import Lot, LotStatus, Picking, UnitAt

QueryLot = Annotated[str | None, QueryParameter(max_length=64, description="Only this lot.")]
QuerySerial = Annotated[str | None, QueryParameter(max_length=64, description="Only this serial.")]
QueryUnits = Annotated[
    int, QueryParameter(ge=1, le=LARGEST_QUANTITY, description="How many units are to be taken.")
]


class ExpiryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last day on which a lot is good; null if it never expires."""

    expires_on: date | None


@reads("/lots", Permission.STOCK_READ)
def get_lots(
    door: NamedDependency[Door],
    sku: QueryCodes = None,
    node: QueryCodes = None,
    lot: QueryLot = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Lot]:
    """Units of lots inside our walls, the first to expire first; lot `?` is what nobody told."""
    after = cursor(page_cursor, 5)
    nodes = door.nodes(Permission.STOCK_READ, node)
    found = door.read(
        lambda tx: views.lots(tx, skus=sku, nodes=nodes, lot=lot, after=after, limit=limit + 1)
    )
    return page(
        found,
        limit,
        lambda one: (
            one.sku,
            one.node,
            (one.expires_on or date.max).isoformat(),
            one.lot,
            one.state.value,
        ),
    )


@reads("/skus/{sku:str}/lots/{lot:str}", Permission.STOCK_READ)
def get_lot(sku: PathCode, lot: PathLot, door: NamedDependency[Door]) -> LotStatus:
    """A lot: when it expires, and how much of it is inside our walls, at all nodes together."""
    found = door.read(lambda tx: views.lot(tx, sku, lot))
    if found is None:
        raise NotFound(what="lot", id=f"{sku}/{lot}")
    return found


@puts("/skus/{sku:str}/lots/{lot:str}", Permission.STOCK_WRITE)
def put_lot(
    sku: PathCode, lot: PathLot, data: JSONBody[ExpiryBody], door: NamedDependency[Door]
) -> Response[LotStatus]:
    """Say, or correct, when a lot expires; it is so at every node from now on."""
    door.actor.must_everywhere(Permission.STOCK_WRITE)

    def expire(tx: Connection, _: datetime) -> LotStatus:
        return actions.set_expiry(
            tx,
            sku,
            lot,
            data.expires_on,
            actor=door.actor.id,
            request_id=door.request_id,
        )

    return door.act((sku, lot, data), expire)


@reads("/skus/{sku:str}/nodes/{node:str}/lots/next", Permission.STOCK_READ)
def get_next_lots(
    sku: PathCode, node: PathCode, quantity: QueryUnits, door: NamedDependency[Door]
) -> Picking:
    """Which lots to take from a shelf: the first to expire first, and none that may not be sent."""
    door.actor.must(Permission.STOCK_READ, node)

    def propose(tx: Connection) -> Picking:
        earliest = views.earliest_of(tx, [sku], node).get(sku)
        if earliest is None:
            raise NotFound(what="SKU at a node", id=f"{sku}/{node}")
        there = views.on_shelves(tx, [sku], node).get(sku, [])
        taken = rules.propose(there, quantity, earliest=earliest)
        short = quantity - sum(one.quantity for one in taken)
        return Picking(sku=sku, node=node, lots=tuple(taken), short=short)

    return door.read(propose)


@reads("/serials", Permission.STOCK_READ)
def get_serials(
    door: NamedDependency[Door],
    sku: QueryCodes = None,
    node: QueryCodes = None,
    serial: QuerySerial = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[UnitAt]:
    """Units by SKU and serial, each where it is now; those that have left only if asked by name."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.STOCK_READ, node)
    found = door.read(
        lambda tx: views.serials(
            tx,
            skus=sku,
            nodes=nodes,
            serial=serial,
            is_inside=serial is None,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.sku, one.serial))


routes = [get_lots, get_lot, put_lot, get_next_lots, get_serials]
