"""A small retailer for tests: two warehouses, a shop, a printer, and the SKUs they sell."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

from msgspec import structs

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import Deliver, Delivered, Pick, Picked, Ship, Shipment, ShortLine
from noria.kit import checks
from noria.kit.db import Connection
from noria.network import actions as network
from noria.network.model import Area, Capacity, Departure, Hours, Node, NodeKind, Rate, Service
from noria.orders import actions as order_actions
from noria.orders import capacity_views
from noria.orders import views as orders
from noria.orders.model import (
    Accepted,
    Cancelled,
    CancelLine,
    Destination,
    Leg,
    Line,
    NewLine,
    NewOrder,
    Stage,
)
from noria.promise import views as promises
from noria.promise.model import Promise
from noria.stock import actions as stock
from noria.stock import views as stock_views
from noria.stock.model import Counted
from noria.supply import actions as supply
from noria.tower.checks import CHECKS

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACTOR = "person:claire"
WORKDAYS = range(6)


def node(code, kind=NodeKind.WAREHOUSE, *, at=(48.85, 2.35), **more):
    return Node(
        code=code,
        name=code.title(),
        kind=kind,
        country="FR",
        postcode="75001",
        town="Paris",
        latitude=at[0],
        longitude=at[1],
        hours=tuple(Hours(weekday=day, opens=time(6), closes=time(22)) for day in WORKDAYS),
        departures=tuple(
            Departure(service="HOME", weekday=day, cut_off=time(16)) for day in WORKDAYS
        ),
        **more,
    )


NODES = (
    node("PAR", does_take_returns=True),
    node("LYS", at=(45.76, 4.86), does_take_returns=True),
    node("SHOP", NodeKind.STORE, at=(43.3, 5.37), does_hand_over=True, does_take_returns=True),
    node("PRINT", NodeKind.PRINTER, at=(50.69, 3.17), units_per_day=10, lead_days=1),
)
NO_HANDS = tuple(Capacity(weekday=day, units=0) for day in range(7))
"""The capacity of a node that is never able to handle anything."""
SKUS = tuple(
    Sku(code=code, name=code.title(), weight_g=300, price_cents=990, cost_cents=400)
    for code in ("bowl", "cup", "mug", "poster")
)
RATES = (
    Rate(max_km=300, max_weight_g=30_000, cents=600, transit_days=1),
    Rate(max_km=1500, max_weight_g=30_000, cents=900, transit_days=2),
    Rate(max_km=1500, max_weight_g=1_000_000, cents=9_000, transit_days=3),
)
HOME = Service(code="HOME", carrier="Poste", name="Home", chance=0.9, rates=RATES)
PARIS = Destination(postcode="75001", town="Paris", latitude=48.86, longitude=2.34)


def build(tx: Connection, *, now: datetime = MONDAY) -> None:
    """The retailer, with nothing on its shelves."""
    catalog.save(tx, SKUS, actor=ACTOR, now=now)
    catalog.save_channel(tx, Channel(code="web", name="Web shop"), actor=ACTOR)
    network.save_services(tx, [HOME], actor=ACTOR, now=now)
    network.save_nodes(tx, NODES, actor=ACTOR, now=now)
    area = Area(
        country="FR", code="75001", town="Paris", latitude=48.86, longitude=2.34, population=1
    )
    network.save_areas(tx, [area], actor=ACTOR, now=now)
    supply.set_made(tx, "PRINT", ["poster"])


def shelve(tx: Connection, node: str, *, now: datetime = MONDAY, **units: int) -> None:
    """Put units on a node's shelf, as a count."""
    lines = [Counted(sku=sku, quantity=count) for sku, count in units.items()]
    number = tx.execute("select count(*) from movement").fetchone()[0]
    stock.count(tx, f"open-{number}", node, lines, counted_at=now, actor=ACTOR, now=now)


def order(key="o1", *, to=PARIS, due: date | None = None, at=MONDAY, **units: int) -> NewOrder:
    return NewOrder(
        id=key,
        channel="web",
        customer="c1",
        placed_at=at,
        destination=to,
        due=due,
        lines=tuple(
            NewLine(sku=sku, quantity=count, price_cents=990) for sku, count in units.items()
        ),
    )


def levels(tx: Connection) -> dict[tuple[str, str, str], int]:
    """Every balance that is not zero, outside left out."""
    return {
        (sku, place, state): units
        for sku, place, state, units in tx.execute(
            "select sku, node, state::text, quantity from balance where quantity <> 0"
        )
        if state != "outside"
    }


def amend(tx: Connection, code: str, **changes) -> None:
    """Change what is known of a node."""
    known = next(node for node in NODES if node.code == code)
    network.save_nodes(tx, [structs.replace(known, **changes)], actor=ACTOR, now=MONDAY)


def load_of(tx: Connection, node: str) -> tuple[int, int]:
    """Units that a node of known capacity has still to handle, and those that it has used up."""
    agenda = capacity_views.load(tx)[node]
    due, used = ((*part.values(),) for part in (agenda.due, agenda.used))
    return sum(one.units for one in due), sum(one.units for one in used)


@contextmanager
def behind_the_book(tx: Connection) -> Iterator[None]:
    """Let a test change what the book never lets anybody change."""
    book = {
        "movement": "movements",
        "move": "moves",
        "move_lot": "lots_moved",
        "move_serial": "serials_moved",
    }
    for table in book:
        tx.execute(f"alter table {table} disable trigger user")
    yield
    for table, trigger in book.items():
        tx.execute(f"alter table {table} enable always trigger {trigger}_are_only_added")


def audit(tx: Connection) -> list[str]:
    """All that does not agree, in words: what the auditor says, and what it does not look at."""
    return [
        *(f"the moves say otherwise: {one}" for one in stock_views.disagreements(tx)),
        *(f"does not add up to zero: {one}" for one in stock_views.unbalanced(tx)),
        *(f"held otherwise than reserved: {one}" for one in promises.mismatches(tx)),
        *asked(tx, "demand.waiting"),
        *_below_zero(tx),
        *_faults_of_orders(tx),
    ]


def asked(tx: Connection, *names: str) -> list[str]:
    """What these checks of the auditor find, in words."""
    wanted = [check for check in CHECKS if check.name in names]
    assert len(wanted) == len(names), names
    return [f"{one.check}: {one}" for one in checks.ask(tx, wanted, checks.Scope())[1]]


def _below_zero(tx: Connection) -> list[str]:
    found = tx.execute(
        "select sku, node, state::text, quantity from balance"
        " where quantity < 0 and state <> 'outside'"
    )
    return [f"less than nothing: {row}" for row in found]


def _faults_of_orders(tx: Connection) -> list[str]:
    ids = [key for (key,) in tx.execute("select id from customer_order order by id")]
    lines, legs, stages = orders.lines(tx, ids), orders.legs(tx, ids), orders.stages(tx, ids)
    told = promises.promises(tx, ids)
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for one in promises.held_for(tx, [f"order:{key}" for key in ids]):
        held[one.demand][one.id] = one.held
    return [
        f"order {key}: {fault}"
        for key in ids
        for fault in (
            *_faults_of_lines(lines[key], legs[key]),
            *_faults_of_stage(stages[key], lines[key], legs[key]),
            *_faults_of_holds(legs[key], held[f"order:{key}"]),
            *_faults_of_promise(stages[key], told.get(key)),
        )
    ]


def _faults_of_lines(lines: Sequence[Line], legs: Sequence[Leg]) -> list[str]:
    """Each unit of a line waits, was cancelled, or is some leg's to send; no leg is empty."""
    faults = []
    for line in lines:
        parts = [part for leg in legs for part in leg.lines if part.line == line.line]
        if line.waiting + line.cancelled + sum(part.due_units for part in parts) != line.quantity:
            faults.append(f"{line} does not add up with {parts}")
    return faults + [
        f"withdrawn means that nothing is left to send: {leg}"
        for leg in legs
        if (leg.withdrawn_at is None) is not any(part.due_units for part in leg.lines)
        and leg.shipped_at is None
    ]


def _faults_of_stage(stage: Stage, lines: Sequence[Line], legs: Sequence[Leg]) -> list[str]:
    ought = stage_of(lines, [leg for leg in legs if leg.withdrawn_at is None])
    return [] if stage is ought else [f"it is {stage}, but ought to be {ought}"]


def stage_of(lines: Sequence[Line], legs: Sequence[Leg]) -> Stage:  # noqa: PLR0911 - a table
    """How far an order has come, told from its lines and its legs that were not withdrawn."""
    if all(line.cancelled == line.quantity for line in lines):
        return Stage.CANCELLED
    if any(line.waiting for line in lines):
        return Stage.WAITING
    if any(leg.picked_at is None for leg in legs):
        return Stage.SOURCED
    if any(leg.packed_at is None and leg.shipped_at is None for leg in legs):
        return Stage.PICKED
    if any(leg.shipped_at is None for leg in legs):
        return Stage.PACKED
    if any(leg.delivered_at is None for leg in legs):
        return Stage.SHIPPED
    return Stage.DELIVERED


def _faults_of_holds(legs: Sequence[Leg], held: Mapping[str, int]) -> list[str]:
    """What a leg has still to send is held for it, and nothing else is."""
    due = {
        f"{leg.id}.{part.line}": part.due_units
        for leg in legs
        if leg.shipped_at is None
        for part in leg.lines
        if part.due_units
    }
    return [] if held == due else [f"{due} is to be sent, but {held} is held"]


def _faults_of_promise(stage: Stage, told: Promise | None) -> list[str]:
    """A promise is made once nothing waits, and settled when everything wanted has arrived."""
    if told is None:
        is_due = stage in {Stage.SOURCED, Stage.PICKED, Stage.SHIPPED}
        return [f"it is {stage}, and nobody told its customer when it comes"] if is_due else []
    if (told.settled_at is not None) is not (stage is Stage.DELIVERED):
        return [f"it is {stage}, but its promise was settled at {told.settled_at}"]
    return []


def accept(tx: Connection, *new: NewOrder, now: datetime = MONDAY) -> dict[str, Accepted]:
    return order_actions.accept(tx, new, actor=ACTOR, now=now)


def pick(tx: Connection, leg: str, *short: ShortLine, now: datetime = MONDAY) -> Picked:
    return fulfilment.pick(tx, [Pick(id=leg, short=short)], actor=ACTOR, now=now)[leg]


def ship(tx: Connection, leg: str, *, parcels: int = 1, now: datetime = MONDAY) -> Shipment:
    return fulfilment.ship(tx, [Ship(id=leg, parcels=parcels)], actor=ACTOR, now=now)[leg]


def deliver(tx: Connection, leg: str, *, now: datetime = MONDAY) -> Delivered:
    arrived = [Deliver(id=leg, delivered_at=now)]
    return fulfilment.deliver(tx, arrived, actor=ACTOR, now=now)[leg]


def send(tx: Connection, leg: str, *, now: datetime = MONDAY) -> None:
    """Pick it, ship it, and hand it to its customer."""
    pick(tx, leg, now=now)
    send_picked(tx, leg, now=now)


def send_picked(tx: Connection, leg: str, *, now: datetime = MONDAY) -> None:
    ship(tx, leg, now=now)
    deliver(tx, leg, now=now)


def cancel(tx: Connection, key: str, *, now: datetime = MONDAY, **units: int) -> Cancelled:
    """These units of an order, or all that can be stopped."""
    asked = [CancelLine(sku=sku, quantity=count) for sku, count in units.items()] or None
    return order_actions.cancel(tx, key, asked, reason="changed", actor=ACTOR, now=now)
