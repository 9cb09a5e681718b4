"""Many people at once: works that begin at the same moment, each in a transaction of its own.

A work is run once, and not again after a deadlock: here one would show.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import world
from noria.kit import clock, idempotency
from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal
from noria.promise import actions as promises
from noria.promise.model import Hold
from noria.promise.wish_model import Asked, WishBody, WishLine
from noria.supply import actions as supply
from world import ACTOR, MONDAY

CALLERS = 32
PATIENCE_S = 60
TABLES = """
    accuracy_sample, answer, balance, balance_snapshot, capacity_change, capacity_due, capacity_lost, capacity_used, count_line,
    count_reading, count_task, customer_order, decision, delivery, discrepancy, expected_demand, inspection, landed_cost,
    landed_cost_line, ledger_cut, leg, leg_line, lot, lot_balance, move, move_lot, move_serial,
    missing, movement, order_line, order_look, order_window, packed_box, packing, parcel, pick, picked_weight, production,
    node_refused, promise, promise_change, purchase_line, purchase_order, receipt, receipt_line, recipient,
    reservation, rma, rma_line, scan, serial, shelf_doubt, shelf_mark, shelf_record, shipment, short_pick,
    staging, timeline, transfer, transfer_line, unit_claim, wave, wave_claim, wave_task, work_conflict, work_setting
"""


def settle(tx: Connection) -> None:
    """The small retailer, on a clock that stands still."""
    clock.start_driving(tx, MONDAY)
    world.build(tx)


def emptied(database: Database) -> Database:
    """Nothing has happened yet."""
    with database.transaction() as tx:
        with world.behind_the_book(tx):
            tx.execute(f"truncate {TABLES} cascade")
        world.amend(tx, "PAR")
        supply.set_made(tx, "PRINT", ["poster"])
    return database


def race(db, *works):
    """Every work begins at the same moment; what each of them answered, or was refused with."""
    start = threading.Barrier(len(works))

    def one(work):
        start.wait(PATIENCE_S)
        return attempt(db, work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def attempt(db, work):
    try:
        with db.transaction() as tx:
            return work(tx)
    except Refusal as refusal:
        return refusal


def done(outcomes):
    return [one for one in outcomes if not isinstance(one, Refusal)]


def refusals(outcomes):
    return [type(one) for one in outcomes if isinstance(one, Refusal)]


@contextmanager
def audited(db):
    """After whatever happens inside, everything agrees."""
    yield
    with db.transaction() as tx:
        assert world.audit(tx) == []


def ask(db, question, *arguments, **named):
    """As at the door: a tie that PostgreSQL broke in another's favour is tried again."""
    return db.run(lambda tx: question(tx, *arguments, **named))


def asked(db, work):
    """What was answered, or the refusal."""
    try:
        return ask(db, work)
    except Refusal as refusal:
        return refusal


def shelve(db, node, **units):
    ask(db, world.shelve, node, **units)


def hold(key, units, *, node="PAR", sku="mug", expires_at=None):
    return Hold(
        id=key, demand=f"cart:{key}", sku=sku, node=node, quantity=units, expires_at=expires_at
    )


def wish(key, units=1, *others, sku="mug", demand=None, channel=None):
    """A wish as it is handed to the engine, with its fingerprint; one unit each of the others."""
    wanted = {sku: units, **dict.fromkeys(others, 1)}
    lines = tuple(WishLine(sku=sku, node="PAR", quantity=much) for sku, much in wanted.items())
    body = WishBody(id=key, demand=demand or f"cart:{key}", lines=lines, channel=channel)
    return Asked(body=body, actor=ACTOR, digest=idempotency.digest(body))


def reserves(*holds, now=MONDAY):
    return lambda tx: promises.reserve(tx, holds, actor=ACTOR, now=now)


def accepts(*new):
    return lambda tx: world.accept(tx, *new)


def does(verb, *arguments, **named):
    return lambda tx: verb(tx, *arguments, **named)


def until_somebody_waits(db):
    """Until a transaction of this database waits for a lock that another holds."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = ask(
            db,
            lambda tx: tx.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone(),
        )
        if found[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
