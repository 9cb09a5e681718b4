"""Figures of orders and of their audit, on the demonstration's network with plenty of stock."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.ids import uuid7
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED, pick
from noria.lab.figures import Bench, Figure, compared
from noria.lab.setup import CHANNEL
from noria.network import actions as network
from noria.orders import actions as orders
from noria.orders.model import Destination, NewLine, NewOrder
from noria.stock import actions as stock
from noria.stock import views as stock_views
from noria.stock.model import Counted

SKUS, UNITS = 200, 100_000_000
ORDERS, LINES, AT_ONCE = 100, 3, 25
PARIS = Destination(postcode="75011", town="Paris", latitude=48.86, longitude=2.38)


def _orders(db: Database, rounds: int) -> Iterator[Figure]:
    """Orders of three lines accepted, sourced, reserved, promised: batches against one by one."""
    _build(db)
    yield compared(
        "orders_batch", rounds, lambda: _accept(db, AT_ONCE), lambda: _accept(db, 1), "orders/s"
    )


def _audits(db: Database, rounds: int) -> Iterator[Figure]:
    """Audit of the ledger: moves compared a second, against adding them up in Python."""
    _build(db)
    yield compared(
        "audit_moves", rounds, lambda: _audit(db), lambda: _audit_in_python(db), "moves/s"
    )


BENCHES: Mapping[str, Bench] = {"audit": _audits, "orders": _orders}


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


def _build(db: Database) -> None:
    with db.transaction() as tx:
        _stock_up(tx, clock.now(tx))


def _stock_up(tx: Connection, now: datetime) -> None:
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
