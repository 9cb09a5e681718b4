"""Several orders want the last place of a node's day at once: real threads, real commits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import world
from crowd import (
    CALLERS,
    PATIENCE_S,
    accepts,
    ask,
    attempt,
    audited,
    emptied,
    race,
    refusals,
    shelve,
    until_somebody_waits,
)
from noria.kit.db import tried
from noria.network import actions
from noria.network import views as network
from noria.network.diary_model import Agenda, Workload
from noria.orders import capacity_store, capacity_views, jobs
from noria.supply import actions as supply
from world import MONDAY

TODAY = MONDAY.date()
DAY = timedelta(days=1)


@pytest.fixture
def db(crowded):
    """Emptied before; after it, nodes can do again what they could: others share them."""
    with crowded.transaction() as tx:
        before = network.nodes(tx)
    yield emptied(crowded)
    with crowded.transaction() as tx:
        actions.save_nodes(tx, [*before.values()], actor=world.ACTOR, now=MONDAY)


def amended(db, node, **changes):
    with db.transaction() as tx:
        world.amend(tx, node, **changes)


def begun(db, node="PAR"):
    """By day, the orders and units that a node has to begin by its end."""
    found = ask(
        db,
        lambda tx: tx.execute(
            """
            select begun_by, count(distinct leg.id), sum(quantity)
            from leg
            join leg_line on leg_line.leg_id = leg.id
            where node = %s
            group by begun_by
            order by begun_by
            """,
            [node],
        ).fetchall(),
    )
    return [(day, legs, int(units)) for day, legs, units in found]


@pytest.mark.parametrize(
    ("because", "changes", "units", "days"),
    [
        ("one order a day", {"orders_per_day": 1}, 1, [TODAY, TODAY + DAY]),
        ("units for one of them", {"units_per_day": 3}, 2, [TODAY, TODAY + DAY]),
        ("the weekday has one place", {"capacities": [world.Capacity(weekday=0, orders=1)]}, 1, [TODAY, TODAY + DAY]),
        ("there is room for both", {"orders_per_day": 2}, 1, [TODAY, TODAY]),
    ],
)  # fmt: skip
def test_who_comes_second_waits_and_begins_on_the_next_day(db, because, changes, units, days):
    """Forced: both saw the last place free; no shelf is common to them, only the day is."""
    amended(db, "PAR", **changes)
    shelve(db, "PAR", mug=9, cup=9)
    with audited(db), ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            first = world.accept(tx, world.order("o1", mug=units))
            slower = pool.submit(attempt, db, accepts(world.order("o2", cup=units)))
            until_somebody_waits(db)
        second = slower.result(PATIENCE_S)
    legs = [*first["o1"].legs, *second["o2"].legs]
    assert [leg.begun_by for leg in legs] == days, because
    assert [leg.leaves_at.date() for leg in legs] == days, because


def test_who_waited_for_a_day_that_was_given_back_gets_it(db):
    amended(db, "PAR", orders_per_day=1)
    shelve(db, "PAR", mug=9, cup=9)
    with audited(db), ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx, tried(tx):
            world.accept(tx, world.order("o1", mug=1))
            slower = pool.submit(attempt, db, accepts(world.order("o2", cup=1)))
            until_somebody_waits(db)
        assert slower.result(PATIENCE_S)["o2"].legs[0].begun_by == TODAY


def test_a_crowd_never_overfills_a_day_and_nobody_waits_in_a_circle(db, monkeypatch):
    """Each wants units of two nodes that count their orders, in either order, and some of one.

    What changes is added up all the time.
    """
    monkeypatch.setattr(capacity_store, "FEW", 1)
    for node in ("PAR", "LYS"):
        amended(db, node, orders_per_day=6)
    shelve(db, "PAR", mug=99)
    shelve(db, "LYS", cup=99)
    wanted = [{"mug": 1}, {"cup": 1, "mug": 1}, {"cup": 1}, {"mug": 1, "cup": 1}]
    with audited(db):
        outcomes = race(
            db,
            *(
                accepts(world.order(f"o{number}", **wanted[number % 4]))
                for number in range(CALLERS)
            ),
        )
    assert refusals(outcomes) == []
    for node in ("PAR", "LYS"):
        days = begun(db, node)
        assert sum(legs for _, legs, _ in days) == CALLERS * 3 // 4
        assert all(legs == 6 for _, legs, _ in days), "each day is full before the next begins"


def test_who_picks_waits_for_nobody_who_picks_at_the_same_node(db, monkeypatch):
    """Both use up its day; `lock_timeout` refuses whoever has to wait at all."""
    monkeypatch.setattr(capacity_store, "FEW", 0)
    amended(db, "PAR", orders_per_day=2)
    shelve(db, "PAR", mug=1, cup=1)
    with audited(db):
        ask(db, accepts(world.order("o1", mug=1), world.order("o2", cup=1)))
        with db.transaction() as tx, db.transaction() as other:
            world.pick(tx, "o1.1")
            other.execute("set local lock_timeout = '1s'")
            world.pick(other, "o2.1")
    agenda = ask(db, capacity_views.load)["PAR"]
    assert agenda == Agenda(used={TODAY: Workload(units=2, orders=2)})
    with audited(db), db.transaction() as tx:
        capacity_store.add_up(tx, ["PAR"])
        assert capacity_views.load(tx)["PAR"] == agenda
        kept = "select count(*) from capacity_due where node = 'PAR'"
        assert tx.execute(kept).fetchone() == (0,), "a day with nothing left to begin is not kept"


def test_what_a_node_picks_while_it_books_nothing_is_added_up_by_the_worker(db, monkeypatch):
    monkeypatch.setattr(capacity_store, "FEW", 2)
    amended(db, "PAR", orders_per_day=2)
    shelve(db, "PAR", mug=1, cup=1)
    with audited(db):
        ask(db, accepts(world.order("o1", mug=1), world.order("o2", cup=1)))
        with db.transaction() as tx:
            world.pick(tx, "o1.1")
            world.pick(tx, "o2.1")
        agenda = ask(db, capacity_views.load)["PAR"]
        assert jobs.add_up_days(db) == 1
        assert ask(db, capacity_store.scattered) == []
        assert ask(db, capacity_views.load)["PAR"] == agenda, "and it is as full as before"
        assert jobs.add_up_days(db) == 0


def test_a_printer_that_counts_its_orders_begins_no_more_of_them_a_day(db):
    amended(db, "PRINT", orders_per_day=2, booking_days=20)
    ask(db, supply.set_made, "PRINT", ["bowl", "poster"])
    made = ["bowl", "poster"] * 4
    with audited(db):
        outcomes = race(
            db, *(accepts(world.order(f"o{number}", **{sku: 1})) for number, sku in enumerate(made))
        )
    assert refusals(outcomes) == []
    assert [legs for _, legs, _ in begun(db, "PRINT")] == [2, 2, 2, 2]
