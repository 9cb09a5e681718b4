"""A small retailer to torture: three warehouses, one service, and fresh SKUs for every trial."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

from msgspec import structs

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.db import Connection
from noria.network import actions as network
from noria.network.model import Departure, Hours, Node, NodeKind, Rate, Service
from noria.orders.model import Destination, NewLine, NewOrder
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State

ACTOR = "machine:torture"
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""The driven clock: far from what the machine thinks, so that whoever asks that is found out."""
NODES = ("T1", "T2", "T3")
CHANNEL, SERVICE = "torture", "TORTURE"
WEEK = range(7)
PARIS = Destination(postcode="75001", town="Paris", latitude=48.86, longitude=2.34)
TOWNS = {"T1": (48.85, 2.35), "T2": (45.76, 4.86), "T3": (43.3, 5.37)}

Shelves = Mapping[tuple[str, str], int]
"""Units by SKU and node."""


def build(tx: Connection) -> None:
    """The retailer, on a clock that stands still; done once in a database."""
    if tx.execute("select 1 from node where code = %s", [NODES[0]]).fetchone():
        return
    clock.start_driving(tx, NOW)
    catalog.save_channel(tx, Channel(code=CHANNEL, name="Torture"), actor=ACTOR)
    rates = (Rate(max_km=2000, max_weight_g=1_000_000, cents=600, transit_days=1),)
    service = Service(code=SERVICE, carrier="Nobody", name="Home", chance=0.9, rates=rates)
    network.save_services(tx, [service], actor=ACTOR, now=NOW)
    network.save_nodes(tx, [_node(code) for code in NODES], actor=ACTOR, now=NOW)


def _node(code: str) -> Node:
    latitude, longitude = TOWNS[code]
    return Node(
        code=code,
        name=code,
        kind=NodeKind.WAREHOUSE,
        country="FR",
        postcode="75001",
        town="Paris",
        latitude=latitude,
        longitude=longitude,
        does_take_returns=True,
        hours=tuple(Hours(weekday=day, opens=time(0), closes=time(23)) for day in WEEK),
        departures=tuple(Departure(service=SERVICE, weekday=day, cut_off=time(16)) for day in WEEK),
    )


def keep_back(tx: Connection, code: str, units: int) -> None:
    """So many units of each SKU are kept back at a warehouse."""
    kept = structs.replace(_node(code), buffer_units=units)
    network.save_nodes(tx, [kept], actor=ACTOR, now=NOW)


def name(tx: Connection, skus: Sequence[str]) -> None:
    """Make these SKUs known."""
    new = [Sku(code=sku, name=sku, weight_g=300, price_cents=990, cost_cents=400) for sku in skus]
    catalog.save(tx, new, actor=ACTOR, now=NOW)


def fill(tx: Connection, key: str, shelves: Shelves) -> None:
    """Receive units on shelves, as one movement."""
    fill_all(tx, {key: shelves})


def fill_all(tx: Connection, received: Mapping[str, Shelves]) -> None:
    """Receive units on shelves, as one movement for each key."""
    told = [
        Movement(
            id=key, kind=MovementKind.RECEIVED, cause=f"torture:{key}", happened_at=NOW, moves=moves
        )
        for key, shelves in received.items()
        if (moves := _moves(shelves))
    ]
    if told:
        stock.book(tx, told, actor=ACTOR, now=NOW)


def sell(tx: Connection, key: str, shelves: Shelves) -> None:
    """Sell units from shelves over a counter, as one movement."""
    moves = _moves(shelves, State.AVAILABLE, State.OUTSIDE)
    sale = Movement(
        id=key, kind=MovementKind.SOLD, cause=f"torture:{key}", happened_at=NOW, moves=moves
    )
    stock.book(tx, [sale], actor=ACTOR, now=NOW)


def _moves(
    shelves: Shelves, source: State = State.OUTSIDE, target: State = State.AVAILABLE
) -> tuple[Move, ...]:
    return tuple(
        Move(sku=sku, quantity=units, source=Place(node, source), target=Place(node, target))
        for (sku, node), units in shelves.items()
        if units
    )


def order(key: str, wanted: Sequence[tuple[str, int]]) -> NewOrder:
    """An order for lines in this very sequence."""
    return NewOrder(
        id=key,
        channel=CHANNEL,
        customer="torture",
        placed_at=NOW,
        destination=PARIS,
        lines=tuple(NewLine(sku=sku, quantity=units, price_cents=990) for sku, units in wanted),
    )


def on_shelves(tx: Connection, skus: Sequence[str], state: State) -> dict[tuple[str, str], int]:
    """Units by SKU and node in a state; zeros are left out."""
    found = tx.execute(
        "select sku, node, quantity from balance"
        " where sku = any(%s) and state = %s::stock_state and quantity <> 0",
        [list(skus), state.value],
    )
    return {(sku, node): units for sku, node, units in found}
