"""A policy that one process activates is what every other one decides by: heard, or asked for.

Two processes are two databases' worth of connections and memories. Time is given to them.
"""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

import world
from noria.kit import clock
from noria.kit.db import Database
from noria.kit.feed import STALE_S
from noria.policies import actions as policies
from noria.policies.model import Content, Draft, Settings
from noria.promise.delivery import scenes
from noria.promise.matrix import Matrix
from world import ACTOR, MONDAY

PATIENCE_S = 20
SECOND = timedelta(seconds=1)


class Timer:
    """The time of a process: it stands still, and whoever asks can be kept waiting."""

    def __init__(self):
        self.now = 100.0
        self.is_stopped = threading.Event()
        self._stops = False
        self._goes_on = threading.Event()

    def __call__(self):
        if self._stops and threading.current_thread().name == "noria-feed":
            self.is_stopped.set()
            self._goes_on.wait()
        return self.now

    @contextmanager
    def deaf(self):
        """The feed of this process hears nothing, as if its line were cut and nobody said so."""
        self._stops = True
        try:
            assert self.is_stopped.wait(PATIENCE_S)
            yield
        finally:
            self._stops = False
            self._goes_on.set()


def publish(tx, key, *, starts_at=None, now):
    content = Content(settings=Settings(promised_chance=0.8))
    policies.save_draft(
        tx, Draft(id=key, based_on=None, changed_at=now, author=ACTOR, content=content)
    )
    policies.publish(tx, key, key, believed=1, reason="a test", actor=ACTOR, now=now)
    policies.activate(tx, key, key, starts_at=starts_at, reason="a test", actor=ACTOR, now=now)


@pytest.fixture
def here(db):
    """The process in which a policy is activated."""
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=20)
    return db


@pytest.fixture
def there(here):
    """Another one: its connections, its matrix, and what it keeps of the network."""
    with Process(Database(here.url)) as made:
        yield made


class Begun(Matrix):
    """A matrix that says when it has been loaded: it listens by then."""

    def __init__(self, url, timer):
        super().__init__(url, timer=timer)
        self.is_loaded = threading.Event()

    def load(self, tx):
        super().load(tx)
        self.is_loaded.set()


class Process:
    def __init__(self, db):
        self.db, self.timer, self.kept = db, Timer(), scenes.kept({})
        self.matrix = Begun(db.url, self.timer)

    def __enter__(self):
        self.matrix.feed.start()
        assert self.matrix.is_loaded.wait(PATIENCE_S)
        self.catch_up()
        self.catch_up()  # the first mark may be heard in the very moment before it is in sync
        self.by_database()
        return self

    def __exit__(self, *_):
        self.matrix.feed.close()
        self.db.close()

    def catch_up(self):
        """All that was committed until now has been heard."""
        mark = self.db.run(self.matrix.feed.send_mark)
        assert mark.wait(PATIENCE_S) is not None

    def by_memory(self):
        """The version that it promises by without asking the database; None: it has to ask."""
        table = self.matrix.table(["mug"])
        if table is None:
            return None
        found = scenes.fresh(self.kept, self.kept.outlook.scene.as_of, policy=table.policy)
        return found and found.policy.id

    def by_database(self):
        with self.db.transaction() as tx:
            now = clock.now(tx)
            return scenes.outlook(tx, self.kept, lambda _: {}, now=now).policy.id


def activate(db, key="v2"):
    with db.transaction() as tx:
        publish(tx, key, now=clock.now(tx))


def test_it_is_heard_and_nobody_waits_for_the_network_to_be_looked_at_again(here, there):
    before = there.by_memory()
    assert before is not None
    activate(here)
    there.catch_up()
    assert there.by_memory() is None, "what it keeps is of another version: it has to ask"
    assert there.by_database() == "v2"
    assert there.by_memory() == "v2"


def test_what_is_not_heard_is_asked_for_before_five_seconds_are_over(here, there):
    before = there.by_memory()
    with there.timer.deaf():
        activate(here)
        there.timer.now += STALE_S - 0.001
        assert there.by_memory() == before, "it was told nothing"
        there.timer.now += 0.001
        assert there.by_memory() is None, "it believes nothing any more"
        assert there.by_database() == "v2"
        assert there.by_memory() is None
    assert STALE_S <= 5


def test_whoever_asks_the_database_decides_by_what_is_live_there_at_once(here, there):
    with there.timer.deaf():
        activate(here)
        assert there.by_database() == "v2"
        with there.kept.lock:
            activate(here, "v3")
            assert there.by_database() == "v3", "also while somebody else looks at the network"


def test_an_activation_at_a_time_holds_from_that_instant_on(here, there, monkeypatch):
    nine = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    before = there.by_memory()
    with here.transaction() as tx:
        publish(tx, "v2", starts_at=nine, now=clock.now(tx))
    there.catch_up()
    monkeypatch.setattr(there.matrix.feed, "time_there", lambda: nine - SECOND)
    assert there.by_memory() == before
    monkeypatch.setattr(there.matrix.feed, "time_there", lambda: nine)
    assert there.by_memory() is None, "it has begun: who has only memory asks"


@pytest.mark.parametrize(
    ("because", "at", "live"),
    [
        ("it has not begun", MONDAY - SECOND, "expected-2"),
        ("it begins at that very instant", MONDAY, "v2"),
        ("it goes on", MONDAY + SECOND, "v2"),
    ],
)
def test_who_decides_at_that_time_decides_by_it_though_the_network_was_just_looked_at(
    because, at, live, retail
):
    before = MONDAY - 2 * SECOND
    clock.start_driving(retail, before)
    publish(retail, "v2", starts_at=MONDAY, now=before)
    kept = scenes.kept({})
    scenes.outlook(retail, kept, lambda _: {}, now=before)
    clock.drive(retail, at)
    found = scenes.outlook(retail, kept, lambda _: {}, now=at)
    assert found.policy.id == live, because
    assert found.scene.as_of == before, "the network is not looked at again for it"
