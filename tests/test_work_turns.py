"""Waves at the times that a node sets, made by the worker."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import world
from noria.work import actions, rules, views
from noria.work.model import WorkSetting
from world import ACTOR, MONDAY


def test_the_worker_makes_waves_at_the_times_that_a_node_sets_once_each(retail):
    tx = retail
    setting = WorkSetting(wave_times=(time(11), time(9)))  # Paris: an hour before UTC in November
    actions.save_setting(tx, "PAR", setting, actor=ACTOR, request_id="", check=lambda _: None)
    world.shelve(tx, "PAR", mug=9)
    world.accept(tx, world.order("w1", mug=1))
    early = MONDAY.replace(hour=7, minute=59)
    assert actions.plan_in_turn(tx, now=early) == 0, "it is not nine there yet"
    assert actions.plan_in_turn(tx, now=MONDAY.replace(hour=8, minute=3)) == 1
    world.accept(tx, world.order("w2", mug=1))
    assert actions.plan_in_turn(tx, now=MONDAY.replace(hour=8, minute=8)) == 0, "once"
    assert actions.plan_in_turn(tx, now=MONDAY.replace(hour=15)) == 1, "eleven was slept through"
    assert len(views.waves(tx, now=MONDAY)) == 2


def test_the_last_time_that_has_come():
    def here(hour):
        return datetime(2026, 11, 23, hour, 30, tzinfo=ZoneInfo("Europe/Paris"))

    times = (time(14), time(9))
    assert rules.last_turn(times, here(8)) is None
    assert rules.last_turn(times, here(13)) == here(9).replace(minute=0)
    assert rules.last_turn(times, here(23)) == here(14).replace(minute=0)
