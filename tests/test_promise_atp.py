"""What can be promised, as it is shown and as it is held: rules, demand that waits, own holds."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import units
import world
from noria.catalog.model import Tracking
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit import clock
from noria.orders import actions as orders
from noria.orders.model import CancelLine
from noria.promise import actions, atp_views, views
from noria.promise import keep_back_actions as keeping
from noria.promise.keep_back_model import KeepBack, Purpose
from noria.promise.model import Hold, NotEnough
from noria.stock.model import MovementKind
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    retail.execute("insert into channel (code, name) values ('tills', 'Tills')")
    return retail


def keep(tx, key, units, purpose=Purpose.BUFFER, **more):
    rule = KeepBack(id=key, purpose=purpose, units=units, reason="because", **more)
    keeping.save(tx, rule, actor=ACTOR, now=clock.now(tx))


def hold(key, units, **more):
    over = MONDAY + timedelta(minutes=15)
    kept = {"demand": f"cart:{key}", "sku": "mug", "node": "PAR", "expires_at": over}
    return Hold(id=key, quantity=units, **(kept | more))


def reserve(tx, *holds):
    with tx.transaction():
        actions.reserve(tx, holds, actor=ACTOR, now=clock.now(tx))


def seen(tx, sku="mug", **asked):
    return {one.node: one.units for one in atp_views.visible(tx, [sku], **asked)}


def planned(tx, channel, sku="mug"):
    return {one.node: one.units for one in views.available(tx, [sku], channel=channel)}


def test_what_is_protected_is_shown_to_its_channel_and_held_for_it(tx):
    world.shelve(tx, "PAR", mug=10)
    keep(tx, "tills", 7, Purpose.PROTECTION, channel="tills", node="PAR")
    for channel, left in (("web", 3), ("tills", 10), (None, 3)):
        assert seen(tx, channel=channel) == planned(tx, channel) == {"PAR": left}
    for channel in ("web", None):
        with pytest.raises(NotEnough) as refused:
            reserve(tx, hold("h1", 4, channel=channel))
        assert refused.value.details["available"] == 3
    reserve(tx, hold("h1", 3, channel="web"), hold("h2", 7, channel="tills"))
    assert seen(tx, channel="tills") == {}
    assert world.audit(tx) == []


def test_an_order_is_sourced_from_what_its_channel_may_have(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", mug=5)
    keep(tx, "tills", 4, Purpose.PROTECTION, channel="tills", node="PAR")
    [accepted] = world.accept(tx, world.order(mug=5)).values()
    assert [leg.node for leg in accepted.legs] == ["LYS"], "near, but kept for the tills"
    [second] = world.accept(tx, world.order("o2", mug=3)).values()
    assert ([leg.node for leg in second.legs], second.waiting) == (["PAR"], 2)
    assert world.audit(tx) == []


def test_channels_in_one_batch_share_one_shelf(tx):
    world.shelve(tx, "PAR", mug=5)
    keep(tx, "tills", 3, Purpose.PROTECTION, channel="tills")
    at_till = structs.replace(world.order("o1", mug=4), channel="tills")
    taken = world.accept(tx, at_till, world.order("o2", mug=1))
    assert [one.waiting for one in taken.values()] == [0, 1], "one is left, and not for the web"
    assert world.audit(tx) == []


def test_a_threshold_hides_and_does_not_hold_back(tx):
    world.shelve(tx, "PAR", mug=3)
    world.shelve(tx, "LYS", mug=2)
    keep(tx, "few", 3, Purpose.THRESHOLD, channel="web", node="LYS")
    assert seen(tx, channel="web") == {"PAR": 3}
    assert seen(tx, channel="tills") == {"PAR": 3, "LYS": 2}, "it is about the web"
    keep(tx, "fewer", 6, Purpose.THRESHOLD, channel="tills")
    assert seen(tx, channel="tills") == {}, "who names no place looks at the sum"
    reserve(tx, hold("h1", 2, node="LYS", channel="web"))
    assert seen(tx, channel=None) == {"PAR": 3}


def test_demand_that_waits_is_not_sold_again(tx):
    world.shelve(tx, "PAR", mug=1)
    world.accept(tx, world.order(mug=5))
    assert seen(tx) == {}
    world.shelve(tx, "PAR", mug=2)
    world.shelve(tx, "LYS", mug=6)
    [row] = atp_views.visible(tx, ["mug"], ["LYS"])
    assert (row.units, row.unsourced) == (4, 4), "8 are there, and 4 of them are wanted already"
    assert planned(tx, "web") == {"PAR": 2, "LYS": 6}, "who serves that demand may take all"
    assert world.audit(tx) == []
    orders.cancel(tx, "o1", [CancelLine(sku="mug", quantity=3)], reason="", actor=ACTOR, now=MONDAY)
    assert seen(tx) == {"PAR": 2, "LYS": 6}, "7 in all: no node has as many"
    assert world.audit(tx) == []
    assert orders.source_waiting(tx, actor=ACTOR, now=MONDAY) == 1
    assert tx.execute("select count(*) from expected_demand").fetchone() == (0,)
    assert world.audit(tx) == []


def test_a_short_pick_waits_again_and_counts(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    world.pick(tx, "o1.1", ShortLine(sku="mug", quantity=1, reason=ShortReason.NOT_FOUND))
    world.shelve(tx, "LYS", mug=1)
    assert seen(tx) == {}
    assert world.audit(tx) == []


def test_a_shopper_is_not_blocked_by_their_own_hold(tx):
    world.shelve(tx, "PAR", mug=3)
    reserve(tx, hold("h1", 2, shopper="s1"), hold("h2", 1, shopper="s2"))
    assert seen(tx) == {}
    assert seen(tx, shopper="s1") == {"PAR": 2}
    clock.drive(tx, MONDAY + timedelta(minutes=15))
    assert seen(tx, shopper="s1") == {"PAR": 3}, "what is over is free to all, and counted once"


def test_lots_that_are_too_old_are_neither_shown_nor_held(tx):
    units.track(tx, "mug", Tracking.LOT, minimum_days=5)
    old, new = units.lot("OLD", 4, date(2026, 11, 27)), units.lot("NEW", 3, date(2027, 1, 1))
    arrives = units.move(7, units.OUT, units.SHELF, lots=[old, new])
    units.shift(tx, units.movement("m1", arrives, kind=MovementKind.RECEIVED))
    assert seen(tx) == planned(tx, "web") == {"PAR": 3}
    assert views.kept_back(tx, [("mug", "PAR"), ("cup", "PAR")]) == {("mug", "PAR"): 4}
    with pytest.raises(NotEnough):
        reserve(tx, hold("h1", 4))
    reserve(tx, hold("h1", 3))
    assert seen(tx) == {}
    assert world.audit(tx) == []
