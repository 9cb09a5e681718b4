"""A carrier killed in mid-call: no label is bought twice, and none is lost.

The carrier is a process that kills itself with signal 9 in the middle of a call, before it has
booked, after it has, or half through its answer; now and then it answers nonsense. The worker dies
too: after an answer came, and before it was written down. Machine time leaps between rounds, so
that leases and pauses end.
"""

import logging
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from noria.carriage import actions, views
from noria.carriage.model import Account, AskLabel, Connector, Label, LabelState, Sender
from noria.carriage.port import Bought, Consignment
from noria.connectors.carriers.calls import drain
from noria.connectors.carriers.webhook import WebhookCarrier
from noria.connectors.carriers.wire import Wire
from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.kit.egress import Rules
from noria.lab.torture import carrier, ground
from noria.lab.torture.model import Place, Tally, tally
from noria.lab.torture.servers import free_port
from noria.orders import actions as orders
from noria.orders.model import Destination, NewLine, NewOrder, Recipient

ACCOUNT, SKU = "killed", "torture-mug"
AT_ONCE, PERCENT = 6, 30
LEAP = timedelta(hours=1)
MOST_ROUNDS = 60
SECRET = "whsec_" + "bm9yaWEtbm9yaWEtbm9yaWEtbm9yaWE="
WORKER_DIES = 8
"""Once in so many answers."""


class Died(BaseException):
    """The worker is gone: nothing after this line of it happens."""


def run(place: Place, first: int, trials: int) -> Tally:
    """So many deaths of the carrier, then calm until nothing is due any more."""
    logging.getLogger("noria.carriers").setLevel(logging.ERROR)  # troubles are what it is about
    chance = random.Random(f"labels {first}")
    found = tally(kills=0, worker_deaths=0, labels=0, rounds=0)
    journal = place.home / f"carrier-{first}.journal"
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    with place.database() as url:
        db = Database(url, pool_size=AT_ONCE + 4)
        try:
            _trials(db, journal, first, trials, chance, found)
            found.faults += judged(db, journal)
        finally:
            db.close()
    return found


def _trials(
    db: Database, journal: Path, first: int, trials: int, chance: random.Random, found: Tally
) -> None:
    port = free_port()
    db.run(lambda tx: _build(tx, port, 30 * (trials + 1)))
    wall = clock.wall()
    while found.counts["kills"] < trials:
        found.counts["rounds"] += 1
        seed = f"{first} {found.counts['rounds']}"
        with _carrier(port, journal, seed, PERCENT) as process:
            wall = _round(db, found, chance, wall, asks=AT_ONCE)
            if process.poll() is None:
                wall = _round(db, found, chance, wall, asks=0)
            found.counts["kills"] += process.poll() is not None
    with _carrier(port, journal, "calm", 0):
        for _ in range(MOST_ROUNDS):
            wall = _round(db, found, None, wall, asks=0)
            with db.transaction() as tx:
                if not views.due(tx, now=wall + LEAP):
                    return


def _round(
    db: Database, found: Tally, chance: random.Random | None, wall: datetime, *, asks: int
) -> datetime:
    """Ask for labels, and let a worker make what calls are due; when it is afterwards."""
    if asks:
        db.run(lambda tx: _ask(tx, found.counts["labels"], asks))
        found.counts["labels"] += asks
    try:
        drain(db, ACCOUNT, lambda account: _Mortal(account, chance), wall=lambda: wall)
    except Died:
        found.counts["worker_deaths"] += 1
    return wall + LEAP


class _Mortal(WebhookCarrier):
    """The connector, in a worker that may die with an answer in its hands."""

    def __init__(self, account: Account, chance: random.Random | None) -> None:
        super().__init__(Wire(rules=Rules(is_open=True, timeout_s=5), base=account.url), SECRET)
        self._chance = chance

    def buy(self, box: Consignment, /) -> Bought:
        made = super().buy(box)
        if self._chance is not None and self._chance.randrange(WORKER_DIES) == 0:
            raise Died
        return made


def judged(db: Database, journal: Path) -> list[str]:
    """Whatever is wrong between what the carrier booked and what we know of it."""
    booked = carrier.booked(journal)
    with db.transaction() as tx:
        known = {one.id: one for one in views.labels(tx, limit=100_000)}
        calls = dict(tx.execute("select reference, subject from carrier_call").fetchall())
    return [
        *(
            f"bought twice: {reference} as {numbers}"
            for reference, numbers in sorted(booked.items())
            if len(numbers) > 1
        ),
        *(
            f"lost: {reference} is {numbers[0]} at the carrier, here it is {_known(label)}"
            for reference, numbers in sorted(booked.items())
            if (label := known.get(calls.get(reference, ""))) is None or label.number != numbers[0]
        ),
        *(
            f"never bought: {key} is {label.state.value}, {label.detail}"
            for key, label in sorted(known.items())
            if label.state is not LabelState.BOUGHT
        ),
    ]


def _known(label: Label | None) -> str:
    return "nothing" if label is None else f"{label.number} ({label.state.value})"


def _build(tx: Connection, port: int, units: int) -> None:
    ground.build(tx)
    ground.name(tx, [SKU])
    ground.fill(tx, "labels", {(SKU, ground.NODES[0]): units})
    actions.save_account(
        tx,
        Account(
            code=ACCOUNT,
            connector=Connector.WEBHOOK,
            url=f"http://127.0.0.1:{port}",
            services={ground.SERVICE: "standard"},
            sender=Sender(name="Torture", street="1 rue du Quai"),
            at_once=AT_ONCE,
            settle_s=0,
        ),
        actor=ground.ACTOR,
        now=ground.NOW,
    )


def _ask(tx: Connection, first: int, count: int) -> None:
    """Orders for somebody with an address, and a label for each of their legs."""
    taken = [
        NewOrder(
            id=f"label-{first + place}",
            channel=ground.CHANNEL,
            customer="c",
            placed_at=ground.NOW,
            destination=Destination(postcode="75001", town="Paris", latitude=48.86, longitude=2.34),
            recipient=Recipient(name="Camille Martin", street="3 rue des Lilas"),
            lines=(NewLine(sku=SKU, quantity=1),),
        )
        for place in range(count)
    ]
    orders.accept(tx, taken, actor=ground.ACTOR, now=ground.NOW)
    asks = [
        AskLabel(id=f"{one.id}.box", leg=f"{one.id}.1", account=ACCOUNT, service=ground.SERVICE)
        for one in taken
    ]
    actions.ask(tx, asks, actor=ground.ACTOR, now=ground.NOW)


@contextmanager
def _carrier(
    port: int, journal: Path, seed: str, percent: int
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, carrier.__file__, str(port), str(journal), seed, str(percent)]
    process = subprocess.Popen(command)  # noqa: S603 - our own file, our own arguments
    try:
        _wait_for(port)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the carrier does not start")
