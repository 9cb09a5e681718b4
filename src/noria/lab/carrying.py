"""What a story does with carriers: labels before boxes leave, and then all that is told of them.

What a carrier tells, and when, follows from the seed and the box. What is under way is read from
the server when a story begins or goes on; the worker's part is played here, on the story's clock.
"""

import heapq
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from noria.carriage import actions as carriage
from noria.carriage import call_actions, views
from noria.connectors.carriers.calls import drain
from noria.connectors.carriers.ports import connect
from noria.fulfilment import tracking_actions as tracking
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.ids import uuid7
from noria.lab import hauliers
from noria.lab.client import Client
from noria.lab.ending import Ending, ending, touched_now
from noria.lab.hauliers import BY_SERVICE, HAULIERS, Haulier
from noria.lab.journeys import Box, Fate, Scan, Shares, fate, journey
from noria.tower import actions as tower

LABELS_AT_ONCE, UNITS_A_PARCEL = 100, 400
AFTERWARDS = timedelta(days=6)
"""How long a story goes on after the last word of a carrier: silence takes time to be noticed."""


class Carrying:
    """Carriers of one story, and what they have still to tell."""

    def __init__(
        self, client: Client, db: Database, shares: Shares, seed: int, environ: dict[str, str]
    ) -> None:
        self._client = client
        self._db = db
        self._shares = shares
        self._seed = seed
        self._environ = environ
        self._due: list[tuple[Scan, str, str, str]] = []
        self._numbers: dict[str, str] = {}
        self._last = datetime.min.replace(tzinfo=UTC)
        self._touched: dict[str, set[str]] = {}
        self.planted: set[str] = set()

    def open(self, port: int, at: datetime) -> None:
        """Have accounts with carriers that answer there, and go on with what is under way."""
        with self._db.transaction() as tx:
            for account in hauliers.accounts(port):
                carriage.save_account(tx, account, actor=SYSTEM.id, now=clock.now(tx))
        for leg in self._client.every("/v1/work/deliver"):
            self._follow(leg, leg["shipped_at"], at)

    def is_over(self, at: datetime) -> bool:
        """Whether nobody has anything to tell any more, and silence was noticed."""
        return not self._due and at > self._last + AFTERWARDS

    def label(self, legs: Sequence[dict[str, Any]], at: datetime) -> None:
        """Labels for the boxes of legs that are about to leave."""
        items = [
            {
                "id": f"{leg['id']}.box{box}",
                "leg": leg["id"],
                "box": box,
                "account": BY_SERVICE[leg["service"]].account,
            }
            for leg in legs
            if leg["service"] in BY_SERVICE
            for box in range(1, boxes(leg) + 1)
        ]
        self._client.batch("/v1/labels/batch", items, LABELS_AT_ONCE)
        self._call(at)

    def left(self, legs: Sequence[dict[str, Any]], at: datetime) -> None:
        """These legs have left: their carriers have something to tell from now on."""
        for leg in legs:
            self._follow(leg, at.isoformat(), at)

    def live(self, at: datetime) -> None:
        """What carriers tell in a step that ends then, and what the worker does about carriers."""
        self._call(at)
        with self._db.transaction() as tx:
            is_to_link = bool(views.to_link(tx, limit=1))
        while is_to_link and self._db.run(lambda tx: call_actions.link(tx, now=at)):
            pass
        told: dict[str, list[tuple[str, Scan]]] = {}
        while self._due and self._due[0][0].told_at <= at:
            scan, leg, key, service = heapq.heappop(self._due)
            number = self._number(leg, key)
            if number is None:  # the label is not bought yet
                later = Scan(
                    told_at=at + timedelta(minutes=15),
                    happened_at=scan.happened_at,
                    progress=scan.progress,
                    again=scan.again,
                )
                self._push(later, leg, key, service)
                continue
            told.setdefault(BY_SERVICE[service].account, []).append((number, scan))
        for one in HAULIERS:
            if one.account in told:
                self._tell(one, told[one.account])

    def listen(self, at: datetime) -> None:
        """Notice who has been silent for too long."""
        while self._db.run(lambda tx: tracking.catch_up(tx, now=at)):
            pass
        self._db.run(lambda tx: tracking.listen_for_silence(tx, now=at))

    def look(self) -> None:
        """Note which orders wait for a person."""
        touched_now(self._client.every("/v1/exceptions"), self._touched)

    def ending(self) -> Ending:
        """How it ended, with an audit of everything."""
        audit = tower.audit(
            self._db, uuid7(int(clock.wall().timestamp() * 1000)), is_full=True, asked_by=SYSTEM.id
        )
        with self._db.transaction() as tx:
            planted = frozenset(self.planted)
            return ending(tx, self._touched, planted, faults=audit.differences)

    def _call(self, at: datetime) -> None:
        """Make the calls to carriers that are due, as the worker would."""
        with self._db.transaction() as tx:
            waiting = views.due(tx, now=at)
        for account in waiting:
            drain(self._db, account, lambda one: connect(one, self._environ), wall=lambda: at)

    def _follow(self, leg: dict[str, Any], left_at: str, at: datetime) -> None:
        """Know what will be told of the boxes of a leg; what was due before `at` has been told."""
        if leg["service"] not in BY_SERVICE:
            return
        left = datetime.fromisoformat(left_at).astimezone(UTC)
        due_on = datetime.fromisoformat(leg["arrives_on"]).date()
        for number in range(1, boxes(leg) + 1):
            box = Box(key=f"{leg['id']}.box{number}", left_at=left, due_on=due_on)
            if fate(box.key, self._shares, self._seed) is not Fate.FINE:
                self.planted.add(leg["order"])
            for scan in journey(box, self._shares, self._seed):
                if scan.told_at > at - timedelta(minutes=15):
                    self._push(scan, leg["id"], box.key, leg["service"])

    def _push(self, scan: Scan, leg: str, key: str, service: str) -> None:
        heapq.heappush(self._due, (scan, leg, key, service))
        self._last = max(self._last, scan.told_at)

    def _number(self, leg: str, key: str) -> str | None:
        """What the carrier calls a box; None: not yet known."""
        if key not in self._numbers:
            for label in self._client.every("/v1/labels", leg=leg):
                if label["number"] is not None:
                    self._numbers[label["id"]] = label["number"]
        return self._numbers.get(key)

    def _tell(self, haulier: Haulier, told: list[tuple[str, Scan]]) -> None:
        name = "plain" if haulier.speaks is None else haulier.speaks.value
        self._client.post_raw(f"/v1/carriers/{name}/replies", hauliers.said(haulier, told))


def boxes(leg: dict[str, Any]) -> int:
    """In how many boxes a leg leaves."""
    return min(1 + int(leg["units"]) // UNITS_A_PARCEL, 1000)
