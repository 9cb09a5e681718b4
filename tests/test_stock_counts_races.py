"""Counts against sales, holds, approvals and other phones, at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import crowd
import world
from counting import LATER, approve, book, fact, line, plan, read, tell
from crowd import PATIENCE_S, ask, asked, attempt, done, race, refusals, until_somebody_waits
from noria.kit.errors import IdReused
from noria.stock.counts import views
from noria.stock.counts.model import Stage


@pytest.fixture
def busy(crowded):
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=10, cup=5, bowl=40)
    return db


@pytest.mark.parametrize("minute", [5, 15])
def test_a_sale_that_waits_for_a_count_finds_the_truth(busy, minute):
    """Forced: the count holds the shelf, and the sale of before or after it waits."""
    ask(busy, plan, "mug")
    ask(busy, read, "mug", 9, minute=10)
    with crowd.audited(busy), ThreadPoolExecutor(1) as pool:
        with busy.transaction() as tx:
            book(tx)
            sale = pool.submit(attempt, busy, lambda tx: tell(tx, fact("f1", -1, minute)))
            until_somebody_waits(busy)
        assert sale.result(PATIENCE_S) == ()
    assert ask(busy, world.levels)["mug", "PAR", "available"] == (9 if minute < 10 else 8)


@pytest.mark.parametrize("minute", [5, 15])
def test_a_count_that_waits_for_a_sale_finds_the_truth(busy, minute):
    ask(busy, plan, "mug")
    ask(busy, read, "mug", 9, minute=10)
    with crowd.audited(busy), ThreadPoolExecutor(1) as pool:
        with busy.transaction() as tx:
            tell(tx, fact("f1", -1, minute))
            count = pool.submit(attempt, busy, book)
            until_somebody_waits(busy)
        assert count.result(PATIENCE_S).stages == {"booked": 1}
    assert ask(busy, world.levels)["mug", "PAR", "available"] == (9 if minute < 10 else 8)


@pytest.mark.parametrize("round_", range(4))
def test_counts_raced_against_sales_and_holds_agree(busy, round_):
    ask(busy, plan, "mug")
    ask(busy, read, "mug", 9, minute=10)
    sales = [fact(f"f{minute}", -1, minute) for minute in (1, 5, 15, 20)]
    with crowd.audited(busy):
        outcomes = race(
            busy, book,
            *((lambda tx, one=one: tell(tx, one)) for one in sales),
            *(crowd.reserves(crowd.hold(f"h{number}", 1)) for number in range(3)),
        )  # fmt: skip
    assert refusals(outcomes) == []
    state = ask(busy, lambda tx: line(tx, "mug").stage)
    if state is Stage.RECOUNT:  # facts of before made it two too many, so somebody looks again
        ask(busy, read, "mug", 9, minute=11)
        ask(busy, book)
    levels = ask(busy, world.levels)
    assert levels["mug", "PAR", "available"] + levels["mug", "PAR", "reserved"] == 9 - 2


def test_the_last_two_approvals_end_the_task(busy):
    """Forced: neither sees the other's line booked, unless the second one waits."""
    ask(busy, plan, "mug", "bowl", approval_cents=0)
    for sku, units in (("mug", 5), ("bowl", 30)):
        for minute in (1, 2):
            ask(busy, read, sku, units, minute=minute)
    with crowd.audited(busy), ThreadPoolExecutor(1) as pool:
        with busy.transaction() as tx:
            approve(tx, "mug", -5)
            second = pool.submit(attempt, busy, lambda tx: approve(tx, "bowl", -10))
            until_somebody_waits(busy)
        assert second.result(PATIENCE_S).stage is Stage.BOOKED
    assert ask(busy, views.task, "t1").ended_at == LATER


def test_many_phones_read_at_once_and_each_reading_is_taken_once(busy):
    ask(busy, plan, "mug", "cup", "bowl")
    units = {"mug": 10, "cup": 5, "bowl": 40}
    works = [
        lambda tx, sku=sku, number=number: read(
            tx, sku, 0, key=f"{sku}-{number}", location=f"p{number}", is_last=False, minute=number
        )
        for sku in units
        for number in range(8)
    ]
    outcomes = race(busy, *works, *works)
    assert len(done(outcomes)) == 24
    assert set(refusals(outcomes)) == {IdReused}, "at the door the second gets the first answer"
    for sku, count in units.items():
        assert asked(busy, lambda tx: read(tx, sku, count, minute=30)).stage is Stage.SETTLED  # noqa: B023
    assert ask(busy, book).stages == {"booked": 3}
    assert ask(busy, views.learned).wrong == 0
