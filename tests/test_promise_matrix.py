"""The matrix says what the database says: after any history, however the feed was hurt."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

import crowd
import world
from noria.kit import clock
from noria.kit.errors import Refusal
from noria.promise import actions, atp_views, matrix_views
from noria.promise.cells import Filled
from noria.promise.matrix import Matrix
from noria.promise.matrix_book import Book, Change, What
from noria.promise.matrix_views import microseconds
from noria.promise.model import Available, Draw
from noria.stock.model import MovementKind, State
from world import ACTOR

PATIENCE_S = 20
SKUS = ["bowl", "cup", "mug"]


@pytest.fixture
def shop(db):
    """The small retailer in real time, with something on its shelves."""
    with db.transaction() as tx:
        world.build(tx)
        for node in ("PAR", "LYS", "SHOP"):
            world.shelve(tx, node, mug=20, cup=5)
    return db


@pytest.fixture(params=["dense", "sparse"])
def matrix(request, shop):
    made = Matrix(shop.url, **({} if request.param == "dense" else {"dense_cells": 0}))
    made.feed.start()
    until(lambda: made.is_in_sync)
    yield made
    made.feed.close()


def until(comes_true, patience_s=PATIENCE_S):
    deadline = time.monotonic() + patience_s
    while not comes_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def in_database(db, skus=SKUS):
    return db.run(lambda tx: atp_views.visible(tx, skus))


def agrees(db, matrix, skus=SKUS):
    answer = matrix.available(skus)
    return answer is not None and answer[0] == in_database(db, skus)


def at_paris(matrix):
    """The mugs in Paris; by asking for all nodes, so that nobody doubts that there are none."""
    nothing = Available(
        sku="mug", node="PAR", units=0, on_shelf=0, expired=0, buffer=0, is_made=False
    )
    return next((one for one in matrix.available(["mug"])[0] if one.node == "PAR"), nothing)


def keep(db, key, units, *, sku="mug", node="PAR", seconds=None):
    now = db.run(clock.now)
    ends = None if seconds is None else now + timedelta(seconds=seconds)
    hold = crowd.hold(key, units, sku=sku, node=node, expires_at=ends)
    db.run(lambda tx: actions.reserve(tx, [hold], actor=ACTOR, now=now))


def test_it_says_what_the_database_says(shop, matrix):
    assert agrees(shop, matrix)
    answer = matrix.available(["mug", "mug"], ["PAR"])
    assert [(one.sku, one.node, one.units) for one in answer[0]] == [("mug", "PAR", 20)]
    assert answer[1] == shop.run(matrix_views.sequence)
    table = matrix.table(["nothing", "mug"])
    place = table.nodes.index("LYS")
    assert table.units[:, place].tolist() == [0, 20]


def test_it_hears_of_every_change(shop, matrix):
    keep(shop, "h1", 4)
    keep(shop, "h2", 3, seconds=3600)
    until(lambda: at_paris(matrix).units == 13)
    shop.run(lambda tx: actions.release(tx, "h2", actor=ACTOR, now=clock.now(tx)))
    now = shop.run(clock.now)
    shop.run(
        lambda tx: actions.draw(
            tx,
            [Draw(reservation="h1", units=1)],
            to=State.OUTSIDE,
            kind=MovementKind.SHIPPED,
            actor=ACTOR,
            now=now,
        )
    )
    until(lambda: at_paris(matrix).units == 16)
    assert agrees(shop, matrix)


def test_two_equal_changes_in_one_transaction_are_both_heard(shop, matrix):
    with shop.transaction() as tx:
        for _ in range(2):
            tx.execute(
                "update balance set quantity = quantity + 1 where (sku, node) = ('mug', 'PAR') and state = 'available'"
            )
    until(lambda: at_paris(matrix).units == 22)


def test_what_was_rolled_back_is_not_heard_and_is_no_gap(shop, matrix):
    with shop.transaction() as tx:
        with tx.transaction():
            tx.execute("update balance set quantity = quantity + 100 where state = 'available'")
            raise psycopg.Rollback
        tx.execute(
            "update balance set quantity = quantity + 1 where (sku, node) = ('mug', 'PAR') and state = 'available'"
        )
    until(lambda: at_paris(matrix).units == 21)
    assert (matrix.feed.loads, matrix.feed.misses) == (1, 0)


def test_a_hold_is_free_at_its_instant_and_counts_once_when_it_is_swept(shop, matrix):
    keep(shop, "h1", 20, seconds=0.4)
    until(lambda: at_paris(matrix).units == 0)
    until(lambda: at_paris(matrix).units > 0)
    found = at_paris(matrix)
    assert (found.units, found.on_shelf, found.expired) == (20, 0, 20)
    assert agrees(shop, matrix)
    assert shop.run(lambda tx: actions.expire(tx, actor=ACTOR, now=clock.now(tx))) == 1
    until(lambda: at_paris(matrix).expired == 0)
    assert agrees(shop, matrix)


DRAINED = [
    ("a hold that runs holds", [("hold", 5, 100)], 50, 0),
    ("it is free at its very instant", [("hold", 5, 100)], 100, 5),
    ("drawn before its end, it is never free", [("hold", 5, 100), ("hold", -5, 100)], 200, 0),
    ("drawn in part, the rest is", [("hold", 5, 100), ("hold", -2, 100)], 100, 3),
    ("swept after it was judged", [("hold", 5, 100), ("judge", 150), ("hold", -5, 100)], 150, 0),
    ("heard of when it is over already", [("judge", 150), ("hold", 5, 100)], 150, 5),
    ("extended before its end", [("hold", 5, 100), ("hold", -5, 100), ("hold", 5, 300)], 200, 0),
    ("two that end together", [("hold", 5, 100), ("hold", 1, 100)], 100, 6),
    ("swept in two parts", [("hold", 5, 9), ("judge", 9), ("hold", -2, 9), ("hold", -3, 9)], 9, 0),
]


@pytest.mark.parametrize(("because", "history", "at", "over"), DRAINED)
def test_what_is_over(because, history, at, over):
    book = Book(Filled().laid_out(1), {}, {})
    for what, *numbers in history:
        if what == "hold":
            book.apply(Change(What.HELD, "mug", "PAR", *numbers))
        else:
            book.judge(*numbers)
    book.judge(at)
    assert book.over.get(0, {}).get(0, 0) == over, because
    assert over or not book.over, "nothing is left behind"


def test_it_is_exact_after_many_writers_and_a_lost_connection(shop, matrix):
    stop = threading.Event()

    def write(seed):
        chance = random.Random(seed)
        for number in range(25):
            try:
                keep(
                    shop,
                    f"h{seed}-{number}",
                    chance.randint(1, 3),
                    sku=chance.choice(["mug", "cup"]),
                    node=chance.choice(["PAR", "LYS", "SHOP"]),
                    seconds=chance.choice([None, 0.05, 0.2, 60]),
                )
            except Refusal:
                give_back(f"h{seed}-{number // 2}")
            if chance.random() < 0.3:
                give_back(f"h{seed}-{number // 3}")

    def give_back(key):
        shop.run(lambda tx: actions.release(tx, key, actor=ACTOR, now=clock.now(tx)))

    def hurt():
        while not stop.wait(0.15):
            shop.run(
                lambda tx: tx.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'noria-feed' and datname = current_database()"
                ).fetchall()
            )

    hurting = threading.Thread(target=hurt)
    hurting.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    stop.set()
    hurting.join()
    until(lambda: matrix.is_in_sync)
    until(lambda: agrees(shop, matrix))
    assert matrix.feed.loads > 1, "it was hurt, and loaded again"


def test_it_is_exact_when_it_loads_while_others_write(shop):
    stop = threading.Event()

    def write(sku):
        while not stop.is_set():
            with shop.transaction() as tx:
                tx.execute(
                    "update balance set quantity = quantity + 1 where sku = %s and state = 'available'",
                    [sku],
                )

    writers = [threading.Thread(target=write, args=[sku]) for sku in ("mug", "cup")]
    for writer in writers:
        writer.start()
    made = [Matrix(shop.url) for _ in range(6)]
    for one in made:
        one.feed.start()
        time.sleep(0.03)
    for one in made:
        until(lambda one=one: one.is_in_sync)
    stop.set()
    for writer in writers:
        writer.join()
    for one in made:
        until(lambda one=one: agrees(shop, one), patience_s=5)
        assert one.feed.loads == 1
        one.feed.close()


@pytest.mark.parametrize(
    ("because", "change"),
    [
        ("a buffer", "update node set buffer_units = 3 where code = 'PAR'"),
        ("a node closes", "update node set is_open = false where code = 'PAR'"),
        ("a balance is gone", "delete from balance where sku = 'mug' and node = 'PAR'"),
        ("all balances are gone", "truncate balance"),
        (
            "somebody waits for it",
            "insert into expected_demand (demand, line, sku, units, channel, since) values ('order:o1', 1, 'mug', 2, 'web', now())",
        ),
        (
            "a rule keeps some back",
            "insert into keep_back (id, purpose, sku, units, reason, changed_at) values ('r1', 'buffer', 'mug', 2, 'thefts', now())",
        ),
        (
            "a pick missed some there",
            "insert into shelf_doubt (sku, node, units, since) values ('mug', 'PAR', 2, now())",
        ),
    ],
)
def test_it_hears_of_whatever_else_changes_the_answer(shop, matrix, because, change):
    with shop.transaction() as tx:
        tx.execute(change)
    until(lambda: agrees(shop, matrix))


@pytest.mark.parametrize(
    ("because", "change"),
    [
        ("it is made to order", "insert into made_here (sku, node) values ('mug', 'PRINT')"),
        (
            "its lots grow too old",
            "delete from balance where sku = 'mug'; update sku set tracking = 'lot' where code = 'mug'",
        ),
        (
            "a rule keeps days of sales back",
            "insert into keep_back (id, purpose, sku, days, reason, changed_at) values ('r1', 'buffer', 'mug', 2, 'thefts', now())",
        ),
    ],
)
def test_what_is_beyond_it_is_left_to_the_database(shop, matrix, because, change):
    with shop.transaction() as tx:
        tx.execute(change)
    until(lambda: matrix.available(["mug"]) is None)
    assert agrees(shop, matrix, ["cup"]), "of other SKUs it knows as much as before"


def test_too_much_to_tell_is_loaded_anew(shop, matrix):
    with shop.transaction() as tx:
        tx.execute(
            "insert into sku (code, name) select 'S' || n, 'S' from generate_series(1, 50001) n"
        )
        tx.execute(
            "insert into balance select code, 'PAR', 'available', 1 from sku where code like 'S%'"
        )
    until(lambda: matrix.feed.loads == 2)
    until(lambda: agrees(shop, matrix, ["S1", "S50001", "mug"]))


def test_many_changes_fit_into_several_notifications(shop, matrix):
    with shop.transaction() as tx:
        tx.execute(
            "insert into sku (code, name) select 'S' || n, 'S' from generate_series(1, 3000) n"
        )
        tx.execute(
            "insert into balance select code, 'PAR', 'available', 1 from sku where code like 'S%'"
        )
    until(lambda: agrees(shop, matrix, ["S1", "S1500", "S3000"]))
    assert matrix.feed.loads == 1


def test_with_a_driven_clock_it_stays_off(shop, matrix):
    with shop.transaction() as tx:
        clock.start_driving(tx, world.MONDAY)
    until(lambda: matrix.available(["mug"]) is None)
    until(lambda: matrix.feed.loads == 2)
    assert not matrix.is_in_sync


def test_a_refusal_near_zero_asks_the_database_now_and_then(shop, matrix):
    assert matrix.available(["bowl", "mug"], ["PAR"]) is None, "no bowls: the first one asks"
    assert matrix.available(["bowl"], ["PAR"])[0] == [], "the others are told so"
    assert matrix.available(["mug"], ["PAR"]) is not None, "there are mugs: nobody doubts that"
    assert matrix.available(["bowl"], ["LYS"]) is None, "another shelf"
    assert matrix.available(["bowl"], ["nowhere"])[0] == [], "no shelf"
    time.sleep(0.12)
    assert matrix.available(["bowl"], ["PAR"]) is None, "after a while, one asks again"


def test_before_it_is_loaded_and_after_it_is_closed_the_database_is_asked(shop):
    made = Matrix(shop.url)
    assert made.available(["mug"]) is None
    made.feed.start()
    until(lambda: made.is_in_sync)
    made.feed.close()
    assert made.available(["mug"]) is None
    assert made.table(["mug"]) is None


def test_microseconds_are_whole():
    assert microseconds(world.MONDAY) % 1_000_000 == 0
