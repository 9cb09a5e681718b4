"""Figures: each measured beside a baseline in the same run, alternating, as medians of rounds.

A figure stands only if the rows it counts are in the database afterwards.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import uuid7
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED, pick
from noria.lab.setup import CHANNEL, InUse
from noria.network import actions as network
from noria.orders import actions as orders
from noria.orders.model import Destination, NewLine, NewOrder
from noria.stock import actions as stock
from noria.stock import views as stock_views
from noria.stock.model import Counted

SKUS, UNITS = 200, 100_000_000
ORDERS, LINES, AT_ONCE = 100, 3, 25
PARIS = Destination(postcode="75011", town="Paris", latitude=48.86, longitude=2.38)


class Figure(Struct, frozen=True, kw_only=True):
    """One figure, its unit, and how it compares with a baseline of the same run."""

    figure: str
    value: float
    unit: str
    baseline: float
    ratio: float
    rounds: int


class UnknownFigure(Refusal):
    code = "unknown-figure"
    kind = Kind.NOT_FOUND
    says = Text(
        "There is no benchmark “{name}”.", "Il n'existe pas de mesure «\u202f{name}\u202f»."
    )
    do = Text("Choose one of: {known}.", "Choisissez parmi\u202f: {known}.")


def measure(name: str, db: Database, *, rounds: int = 5) -> Iterator[Figure]:
    """Run a benchmark on an installation that is empty, or was made by one.

    Raises:
        UnknownFigure: there is none of this name.
        InUse: the installation holds something else.
    """
    if name not in BENCHES:
        raise UnknownFigure(name=name, known=", ".join(sorted(BENCHES)))
    with db.transaction() as tx:
        _build(tx, clock.now(tx))
    yield from BENCHES[name](db, rounds)


def _orders(db: Database, rounds: int) -> Iterator[Figure]:
    """Orders of three lines accepted, sourced, reserved, promised: batches against one by one."""
    yield _compared(
        "orders_batch", rounds, lambda: _accept(db, AT_ONCE), lambda: _accept(db, 1), "orders/s"
    )


def _audits(db: Database, rounds: int) -> Iterator[Figure]:
    """Audit of the ledger: moves compared a second, against adding them up in Python."""
    yield _compared(
        "audit_moves", rounds, lambda: _audit(db), lambda: _audit_in_python(db), "moves/s"
    )


BENCHES: dict[str, Callable[[Database, int], Iterator[Figure]]] = {
    "audit": _audits,
    "orders": _orders,
}


def _compared(
    figure: str,
    rounds: int,
    ours: Callable[[], float],
    baseline: Callable[[], float],
    unit: str,
) -> Figure:
    """Both alternate, so that a slow minute of the machine meets both."""
    pairs = [(ours(), baseline()) for _ in range(rounds)]
    value = statistics.median(one for one, _ in pairs)
    base = statistics.median(other for _, other in pairs)
    ratio = statistics.median(one / other for one, other in pairs)
    return Figure(
        figure=figure,
        value=round(value, 1),
        unit=unit,
        baseline=round(base, 1),
        ratio=round(ratio, 2),
        rounds=rounds,
    )


def _accept(db: Database, at_once: int) -> float:
    """Orders accepted a second, `at_once` in a transaction; counted in the table afterwards."""
    wanted = [_order(number) for number in range(ORDERS)]
    before = _count(db)
    began = time.monotonic()
    for start in range(0, len(wanted), at_once):
        _accept_some(db, wanted[start : start + at_once])
    seconds = time.monotonic() - began
    assert _count(db) - before == ORDERS, "every order that was answered is there"
    return ORDERS / seconds


def _accept_some(db: Database, wanted: Sequence[NewOrder]) -> None:
    db.run(lambda tx: orders.accept(tx, wanted, actor=SYSTEM.id, now=clock.now(tx)))


def _audit(db: Database) -> float:
    with db.transaction() as tx:
        began = time.monotonic()
        assert not stock_views.disagreements(tx)
        return _moves(tx) / (time.monotonic() - began)


def _audit_in_python(db: Database) -> float:
    """The same question as a program would ask it that reads the rows and adds them up."""
    with db.transaction() as tx:
        began = time.monotonic()
        sums: dict[tuple[str, str, str], int] = {}
        for sku, node, state, change in tx.execute("select sku, node, state, change from entry"):
            sums[sku, node, state] = sums.get((sku, node, state), 0) + change
        for sku, node, state, units in tx.execute("select sku, node, state, quantity from balance"):
            assert sums.get((sku, node, state), 0) == units
        return _moves(tx) / (time.monotonic() - began)


def _moves(tx: Connection) -> int:
    found = tx.execute("select count(*) from move").fetchone()
    assert found is not None
    return int(found[0])


def _count(db: Database) -> int:
    with db.transaction() as tx:
        found = tx.execute("select count(*) from customer_order").fetchone()
    assert found is not None
    return int(found[0])


def _order(number: int) -> NewOrder:
    now = clock.wall()
    key = uuid7(int(now.timestamp() * 1000))
    skus = {f"BENCH-{pick(SEED, key, line, below=SKUS):03}" for line in range(LINES)}
    return NewOrder(
        id=key,
        channel=CHANNEL,
        customer=f"bench-{number}",
        placed_at=now,
        destination=PARIS,
        lines=tuple(NewLine(sku=sku, quantity=1, price_cents=990) for sku in sorted(skus)),
    )


def _build(tx: Connection, now: datetime) -> None:
    """The demonstration's network with plenty of a few SKUs; built once."""
    if tx.execute("select 1 from sku where code = 'BENCH-000'").fetchone():
        return
    if tx.execute("select 1 from sku limit 1").fetchone():
        raise InUse
    actor = SYSTEM.id
    skus = [Sku(code=f"BENCH-{n:03}", name=f"Bench {n}", weight_g=250) for n in range(SKUS)]
    catalog.save(tx, skus, actor=actor, now=now)
    catalog.save_channel(tx, Channel(code=CHANNEL, name="Web shop"), actor=actor)
    network.save_services(tx, services(), actor=actor, now=now)
    made = chain(SEED)
    nodes = [node for node in made.nodes if node.units_per_day is None or node.does_hand_over]
    network.save_nodes(tx, nodes, actor=actor, now=now)
    for node in nodes:
        lines = [Counted(sku=sku.code, quantity=UNITS // len(nodes)) for sku in skus]
        stock.count(
            tx, f"bench-{node.code}", node.code, lines, counted_at=now, actor=actor, now=now
        )
