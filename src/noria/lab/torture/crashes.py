"""A server process is killed under load: each request takes effect once, whoever answers it.

Callers send reservations over HTTP to several servers on one database, one at a time or up to
`MOST` in a batch. One server after the other is killed with signal 9, and started again; half of
the kills wait until a batch is under way at their victim. Who gets no answer sends the same
requests, with the same ids, to the next server, while the first may still be at work on them in the
database.
"""

import random
import threading
import time
from collections.abc import Sequence
from contextlib import closing

import httpx2

from noria.kit.auth import Permission
from noria.kit.db import Connection, Database
from noria.lab import setup
from noria.lab.torture import books, ground
from noria.lab.torture.ledger import Told, missing, untold
from noria.lab.torture.model import Tally, tally
from noria.lab.torture.servers import Door, Server, Wish, serving

CALLERS = 6
SERVERS = 3
SKUS = 4
PATIENCE_S = 120.0
LIFE_S = 0.5
MOST, BATCHES = 200, 0.6
"""The largest batch, and how many of all requests are one."""
SOON_S = 2.0
AGAIN = {429, 502, 503, 504}


def run(url: str, first: int, trials: int) -> Tally:
    """So many kills, on the database at `url`."""
    told, over = Told(), threading.Event()
    found = tally(kills=trials)
    with closing(Database(url, pool_size=4)) as db, serving(url, SERVERS) as servers:
        db.run(_prepare)
        token = setup.make_key(db, "torture", (Permission.RESERVE, Permission.PROMISE_READ))
        callers = [
            _Caller(servers, token, f"c{first}w{who}", told, over, found) for who in range(CALLERS)
        ]
        for caller in callers:
            caller.start()
        try:
            for number in range(first, first + trials):
                time.sleep(LIFE_S * 2 * random.Random(number).random())
                victim = servers[number % SERVERS]
                if number % 2:
                    found.counts["in the middle of a batch"] += _under_way(callers, victim)
                victim.kill()
                victim.start()
                _until_more(told)
        finally:
            over.set()
            for caller in callers:
                caller.join(PATIENCE_S)
        answered = told.answered()
        found.faults += missing(db, answered) + untold(db, answered) + books.checked(db)
    found.counts.update(answered=len(told), not_answered=told.unknown, refused=told.refused)
    return found


def _prepare(tx: Connection) -> None:
    ground.build(tx)
    ground.name(tx, [f"c{number}" for number in range(SKUS)])
    ground.fill(tx, "c", {(f"c{number}", "T1"): 10**6 for number in range(SKUS)})


def _until_more(told: Told) -> None:
    """Until some other server has answered something since."""
    before, until = len(told), time.monotonic() + PATIENCE_S
    while len(told) <= before + CALLERS:
        assert time.monotonic() < until, "nobody answers any more"
        time.sleep(0.01)


class _Caller(threading.Thread):
    """Sends one request after the other; `waits_for` is the server that has a batch of it."""

    def __init__(
        self,
        servers: list[Server],
        token: str,
        name: str,
        told: Told,
        over: threading.Event,
        found: Tally,
    ) -> None:
        super().__init__(name=name)
        self.waits_for: Server | None = None
        self._servers, self._told, self._over, self._found = servers, told, over, found
        self._door = Door(token)
        self._chance = random.Random(name)

    def run(self) -> None:
        number = 0
        with closing(self._door):
            while not self._over.is_set():
                many = self._chance.randint(2, MOST) if self._chance.random() < BATCHES else 1
                wishes = [
                    (f"{self.name}-{number + one}", f"c{(number + one) % SKUS}", 1 + one % 3)
                    for one in range(many)
                ]
                number += many
                self._insist(wishes)

    def _insist(self, wishes: list[Wish]) -> None:
        """Send them, with the same ids, until somebody answers."""
        until, turn = time.monotonic() + PATIENCE_S, self._chance.randrange(SERVERS)
        while time.monotonic() < until:
            answer = self._send(self._servers[turn % SERVERS], wishes)
            turn += 1
            if answer is not None and answer.status_code not in AGAIN:
                self._hear(wishes, answer)
                return
            self._told.lose(len(wishes))
            time.sleep(0.02)

    def _send(self, server: Server, wishes: list[Wish]) -> httpx2.Response | None:
        if len(wishes) == 1:
            return self._door.hold(server.address, *wishes[0])
        self.waits_for = server
        try:
            return self._door.hold_many(server.address, wishes)
        finally:
            self.waits_for = None

    def _hear(self, wishes: list[Wish], answer: httpx2.Response) -> None:
        """A batch answers each of its wishes; each of them counts."""
        items = answer.json().get("items", []) if len(wishes) > 1 else []
        said = [one["status"] for one in items] if items else [answer.status_code] * len(wishes)
        for (key, _, units), status in zip(wishes, said, strict=True):
            if status == 200:
                self._told.answer({key: units})
            else:
                self._found.faults.append(f"{key} was answered {status}: {answer.text[:300]}")


def _under_way(callers: Sequence[_Caller], victim: Server) -> bool:
    """Wait until a batch is under way at this server; whether one came soon enough."""
    until = time.monotonic() + SOON_S
    while time.monotonic() < until:
        if any(caller.waits_for is victim for caller in callers):
            time.sleep(0.002 * random.Random(victim.port).random())
            return True
        time.sleep(0.001)
    return False
