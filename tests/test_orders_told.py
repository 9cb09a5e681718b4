"""The day that a customer was told at checkout is the order's promise, from the first moment on."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from noria.network.model import Departure
from noria.orders import actions, views
from noria.orders.model import Delivery, Stage, Told
from noria.policies import actions as policies
from noria.policies.model import Content, Draft, Settings
from noria.promise import views as promises
from noria.promise.delivery.model import OptionKind
from world import ACTOR, MONDAY

DAY = timedelta(days=1)
TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)
WEDNESDAY, NEXT_FRIDAY = date(2026, 11, 25), date(2026, 12, 4)


@pytest.fixture
def tx(retail):
    return retail


def accept(tx, last, *, key="o1", now=MONDAY, **units):
    way = Delivery(
        option=OptionKind.HOME_EXPRESS, told=Told(first=last - DAY, last=last, chance=0.93)
    )
    new = structs.replace(world.order(key, **units or {"mug": 1}), delivery=way)
    return actions.accept(tx, [new], actor=ACTOR, now=now)[key]


def promise(tx, key="o1"):
    return promises.promises(tx, [key])[key]


def changes(tx):
    return tx.execute(
        "select promised_to, reason from promise_change order by order_id, number"
    ).fetchall()


def nodes(tx, key="o1"):
    return [leg.node for leg in views.legs(tx, [key])[key] if leg.withdrawn_at is None]


def test_it_stands_before_anybody_has_the_goods_and_while_they_come(tx):
    assert accept(tx, NEXT_FRIDAY).stage is Stage.WAITING
    told = promise(tx)
    assert (told.promised_from, told.promised_to) == (NEXT_FRIDAY - DAY, NEXT_FRIDAY)
    assert (told.chance, OptionKind(told.option)) == (0.93, OptionKind.HOME_EXPRESS)
    assert told.node is None
    world.shelve(tx, "PAR", mug=1)
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY + DAY) == 1
    again = promise(tx)
    assert again == structs.replace(told, node="PAR", service="HOME"), "who it depends on is known"
    assert changes(tx) == []
    assert views.order(tx, "o1").promised_to == NEXT_FRIDAY


def test_nodes_are_chosen_by_it(tx):
    """The near node sends on Fridays alone: cheaper, and too late for who was told Wednesday."""
    world.amend(
        tx, "PAR", departures=(Departure(service="HOME", weekday=4, cut_off=world.time(16)),)
    )
    world.shelve(tx, "PAR", mug=1)
    world.shelve(tx, "LYS", mug=1)
    assert accept(tx, NEXT_FRIDAY).stage is Stage.SOURCED
    accept(tx, WEDNESDAY, key="o2")
    assert (nodes(tx), nodes(tx, "o2")) == (["PAR"], ["LYS"])
    assert changes(tx) == []


def test_who_cannot_be_kept_to_it_is_told_another_and_judged_by_the_first(tx):
    world.shelve(tx, "PAR", mug=1)
    sourced = accept(tx, TUESDAY - DAY)
    assert sourced.stage is Stage.SOURCED, "late is better than never"
    assert promise(tx).promised_to == TUESDAY - DAY
    [(later, reason)] = changes(tx)
    assert (later > TUESDAY - DAY, reason) == (True, "no node can keep the day told at checkout")
    [leg] = views.legs(tx, ["o1"])["o1"]
    world.send(tx, leg.id, now=MONDAY + DAY)
    assert promise(tx).is_kept is False


def test_it_is_not_made_anew_for_what_comes_from_two_nodes(tx):
    world.shelve(tx, "PAR", mug=1)
    world.shelve(tx, "LYS", cup=1)
    accept(tx, FRIDAY, mug=1, cup=1)
    assert sorted(nodes(tx)) == ["LYS", "PAR"]
    assert (promise(tx).promised_to, promise(tx).chance) == (FRIDAY, 0.93)


def test_it_stands_while_the_order_waits_for_others(tx):
    content = Content(settings=Settings(window_minutes=60))
    draft = Draft(id="w", based_on=None, changed_at=MONDAY, author=ACTOR, content=content)
    policies.save_draft(tx, draft)
    policies.publish(tx, "w", "w", believed=1, reason="a test", actor=ACTOR, now=MONDAY)
    policies.activate(tx, "w", "w", starts_at=None, reason="a test", actor=ACTOR, now=MONDAY)
    world.shelve(tx, "PAR", mug=1)
    held = accept(tx, FRIDAY)
    assert held.stage is Stage.WAITING
    assert (promise(tx).promised_to, promise(tx).chance) == (FRIDAY, 0.93)


def test_who_was_told_nothing_is_promised_what_the_legs_make_of_it(tx):
    assert promises.promises(tx, ["o1"]) == {}
    assert world.accept(tx, world.order(mug=1))["o1"].stage is Stage.WAITING
    assert promises.promises(tx, ["o1"]) == {}, "nobody knows when it comes"
