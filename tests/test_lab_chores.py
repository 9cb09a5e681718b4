"""What the worker leaves to replays, replays do."""

from datetime import timedelta

import world
from crowd import hold
from noria.kit import clock, jobs_run
from noria.kit.jobs import PERIODIC
from noria.lab import chores
from noria.promise import actions as promises
from world import ACTOR, MONDAY


def test_nothing_that_the_worker_leaves_to_replays_is_forgotten():
    jobs_run.load()
    left = {name for name, each in PERIODIC.items() if each.is_left_to_replays}
    assert left == {*chores.HOURLY, *chores.DAILY, *chores.OTHERWISE}


def test_a_hold_that_is_over_ends_in_the_hour_of_the_story(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        over = hold("h1", 2, expires_at=MONDAY + timedelta(minutes=30))
        promises.reserve(tx, [over], actor=ACTOR, now=MONDAY)
    part = chores.Chores(db, lambda step: step())
    part.hourly()
    assert held(db) == 2, "it is still held"
    with db.transaction() as tx:
        clock.drive(tx, MONDAY + timedelta(hours=1))
    part.hourly()
    assert held(db) == 0


def held(db):
    with db.transaction() as tx:
        return tx.execute("select sum(held) from reservation").fetchone()[0]
