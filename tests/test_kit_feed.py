"""The feed: a copy that is loaded once and then kept, with no gap and nothing twice."""

import time
from collections import deque

import pytest

from noria.kit import feed as kit_feed
from noria.kit.feed import Feed, LoadAgain, heard, snapshot

CHANNEL = "noria_test"
PATIENCE_S = 20

SEEN = [
    ("it ended before any that ran", "100:100:", 99, True),
    ("it ran when the snapshot was taken", "100:103:100,102", 102, False),
    ("it ended between two that ran", "100:103:100,102", 101, True),
    ("the oldest that ran", "100:103:100,102", 100, False),
    ("it began after the snapshot", "100:103:100,102", 103, False),
    ("long after", "100:100:", 5000, False),
]


@pytest.mark.parametrize(("because", "written", "transaction", "saw"), SEEN)
def test_which_transactions_a_snapshot_saw(because, written, transaction, saw):
    assert snapshot(written).saw(transaction) is saw, because


class Followed:
    """Keeps what it heard, after how many rows there were when it was loaded."""

    def __init__(self):
        self.bodies = []
        self.loaded = []
        self.looked = 0

    def load(self, tx):
        (number,) = tx.execute("select count(*) from sku").fetchone()
        self.loaded.append(number)
        self.bodies = []

    def hear(self, told):
        body = told.body
        if body == "again":
            raise LoadAgain("it was told to")
        self.bodies.append(body)
        return body == "look"

    def look(self, tx):
        self.looked += 1

    def is_due(self, now):
        return False


class Deaf(Feed):
    """A feed without a thread or a connection: what it takes is applied by hand."""

    def __init__(self, follower):
        super().__init__("", CHANNEL, follower)


NUMBERS = [
    ("a session that is new to us may have told much before", [(1, 7)], True),
    ("one after the other", [(1, 7), (1, 8), (1, 9)], True),
    ("sessions count by themselves", [(1, 7), (2, 3), (1, 8), (2, 4)], True),
    ("one is missing", [(1, 7), (1, 9)], False),
    ("the same one again", [(1, 7), (1, 7)], False),
    ("another session with the number of one that ended", [(1, 7), (1, 1), (1, 2)], True),
]


@pytest.mark.parametrize(("because", "told", "is_whole"), NUMBERS)
def test_a_missing_notification_is_noticed(because, told, is_whole):
    follower = Followed()
    deaf = Deaf(follower)
    deaf._waiting = deque(heard(sender, f"{number} 5000\nx") for sender, number in told)
    try:
        deaf._apply(None, snapshot("100:100:"))
        was_whole = True
    except LoadAgain:
        was_whole = False
    assert was_whole is is_whole, because
    assert (len(follower.bodies) == len(told)) is is_whole


def test_what_the_snapshot_saw_is_not_applied_again():
    follower = Followed()
    deaf = Deaf(follower)
    told = [(1, 99), (2, 100), (3, 101), (4, 103)]
    deaf._waiting = deque(heard(7, f"{number} {xid}\n{xid}") for number, xid in told)
    deaf._apply(None, snapshot("100:103:100,102"))
    assert follower.bodies == ["100", "103"], "99 and 101 had ended when it was loaded"


@pytest.fixture
def followed(db):
    follower = Followed()
    made = Feed(db.url, CHANNEL, follower)
    made.start()
    until(lambda: made.is_in_sync)
    yield made, follower
    made.close()


def until(comes_true):
    deadline = time.monotonic() + PATIENCE_S
    while not comes_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def tell(db, *bodies, last=None):
    """Told by one session, one after the other; the `last` may have another number than its turn."""
    with db.transaction() as tx:
        for turn, body in enumerate(bodies, 1):
            number = last if turn == len(bodies) else None
            tx.execute(
                "select set_config('noria.told',"
                " coalesce(%s, coalesce(nullif(current_setting('noria.told', true), ''), '0')::int + 1)::text, false)",
                [number],
            )
            tx.execute(
                "select pg_notify(%s, current_setting('noria.told') || ' ' || pg_current_xact_id() || e'\n' || %s)",
                [CHANNEL, body],
            )


def test_it_hears_in_order_and_looks_when_told(db, followed):
    feed, follower = followed
    tell(db, "a", "look", "b")
    until(lambda: follower.looked == 1)
    assert follower.bodies == ["a", "look", "b"]
    assert feed.loads == 1


@pytest.mark.parametrize("body", ["again", "gap"])
def test_it_loads_again_when_it_has_to(db, followed, body):
    feed, follower = followed
    tell(db, "a", body, last=50 if body == "gap" else None)
    until(lambda: feed.loads == 2)
    assert feed.misses == 1
    until(lambda: feed.is_in_sync)
    tell(db, "c")
    until(lambda: follower.bodies == ["c"])


def test_a_killed_listener_comes_back(db, followed):
    feed, _ = followed
    with db.transaction() as tx:
        tx.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'noria-feed' and datname = current_database()"
        )
    until(lambda: feed.loads == 2)
    until(lambda: feed.is_in_sync)


def test_silence_is_not_believed(followed, monkeypatch):
    feed, _ = followed
    monkeypatch.setattr(kit_feed, "STALE_S", 0.0)
    assert not feed.is_in_sync, "nothing was heard of the database for too long"


def test_it_ends_at_once(db):
    feed = Feed(db.url, CHANNEL, Followed())
    feed.start()
    until(lambda: feed.is_in_sync)
    began = time.monotonic()
    feed.close()
    feed.close()
    assert time.monotonic() - began < 0.5
    assert not feed.is_in_sync
