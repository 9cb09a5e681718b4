"""A server process is killed under load: each request takes effect once, whoever answers it.

Callers send reservations over HTTP to several servers on one database. One server after the other
is killed with signal 9, and started again. Who gets no answer sends the same request, with the
same id, to the next server, while the first may still be at work on it in the database.
"""

import random
import threading
import time
from contextlib import closing

from noria.kit.auth import Permission
from noria.kit.db import Connection, Database
from noria.lab import setup
from noria.lab.torture import books, ground
from noria.lab.torture.ledger import Told, missing, untold
from noria.lab.torture.model import Tally, tally
from noria.lab.torture.servers import Door, Server, serving

CALLERS = 6
SERVERS = 3
SKUS = 4
PATIENCE_S = 120.0
LIFE_S = 0.5
AGAIN = {429, 502, 503, 504}


def run(url: str, first: int, trials: int) -> Tally:
    """So many kills, on the database at `url`."""
    told, over = Told(), threading.Event()
    found = tally(kills=trials)
    with closing(Database(url, pool_size=4)) as db, serving(url, SERVERS) as servers:
        db.run(_prepare)
        token = setup.make_key(db, "torture", (Permission.RESERVE, Permission.PROMISE_READ))
        callers = [
            threading.Thread(
                target=_call, args=(servers, token, f"c{first}w{who}", told, over, found.faults)
            )
            for who in range(CALLERS)
        ]
        for caller in callers:
            caller.start()
        try:
            for number in range(first, first + trials):
                time.sleep(LIFE_S * 2 * random.Random(number).random())
                victim = servers[number % SERVERS]
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


def _call(
    servers: list[Server],
    token: str,
    name: str,
    told: Told,
    over: threading.Event,
    faults: list[str],
) -> None:
    chance, number = random.Random(name), 0
    with closing(Door(token)) as door:
        while not over.is_set():
            key, units = f"{name}-{number}", chance.randint(1, 3)
            number += 1
            until = time.monotonic() + PATIENCE_S
            turn = chance.randrange(SERVERS)
            while time.monotonic() < until:
                answer = door.hold(servers[turn % SERVERS].address, key, f"c{number % SKUS}", units)
                turn += 1
                if answer is None or answer.status_code in AGAIN:
                    told.lose()
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    told.answer({key: units})
                else:
                    faults.append(f"{key} was answered {answer.status_code}: {answer.text[:300]}")
                break
