"""An order from acceptance to its end, on a real database."""

from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import pytest
from msgspec import structs

import world
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import Deliver, Pick, Ship, ShortLine, ShortReason
from noria.kit.db import savepoint
from noria.kit.errors import IdReused, NotFound, UnknownCodes
from noria.network.model import UnknownPostcode
from noria.orders import actions, jobs, search_views, views
from noria.orders.model import (
    CancelLine,
    Destination,
    NewLine,
    NothingToCancel,
    NotInOrder,
    Stage,
    WrongStage,
)
from noria.promise import views as promises
from noria.promise.model import NotEnough
from noria.sourcing import telling
from noria.sourcing import views as sourcing
from noria.stock.model import FromTheFuture
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    return retail


def accept(tx, *orders):
    return actions.accept(tx, orders, actor=ACTOR, now=MONDAY)


def in_agreement(tx):
    assert world.audit(tx) == []
    return True


def test_an_order_goes_all_the_way(tx):
    world.shelve(tx, "PAR", mug=5, cup=2)
    taken = accept(tx, world.order(mug=2, cup=1))["o1"]
    assert [(leg.node, leg.id) for leg in taken.legs] == [("PAR", "o1.1")]
    assert taken.stage is Stage.SOURCED
    assert taken.promised_from <= taken.promised_to
    assert world.levels(tx)["mug", "PAR", "reserved"] == 2
    fulfilment.pick(tx, [Pick(id="o1.1")], actor=ACTOR, now=MONDAY)
    shipment = fulfilment.ship(tx, [Ship(id="o1.1", parcels=2)], actor=ACTOR, now=MONDAY)["o1.1"]
    assert len({parcel.sscc for parcel in shipment.parcels}) == 2
    assert sum(parcel.weight_g for parcel in shipment.parcels) == 900
    assert ("mug", "PAR", "reserved") not in world.levels(tx)
    later = MONDAY + timedelta(days=1)
    fulfilment.deliver(tx, [Deliver(id="o1.1", delivered_at=later)], actor=ACTOR, now=later)
    order = views.order(tx, "o1")
    assert order.stage is Stage.DELIVERED
    assert [entry.kind for entry in order.timeline] == [
        "accepted", "sourced", "picked", "shipped", "delivered",
    ]  # fmt: skip
    assert promises.promises(tx, ["o1"])["o1"].is_kept
    assert in_agreement(tx)


def test_what_nobody_has_waits_and_goes_when_stock_comes(tx):
    world.shelve(tx, "PAR", mug=1)
    taken = accept(tx, world.order(mug=3))["o1"]
    assert (taken.stage, taken.waiting) == (Stage.WAITING, 2)
    assert taken.promised_to is None, "no date is promised while something waits"
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY) == 0
    assert len(sourcing.decisions(tx, "o1", "EUR")) == 1, "looking in vain is not kept"
    world.shelve(tx, "LYS", mug=9)
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY) == 1
    order = views.order(tx, "o1")
    assert [leg.node for leg in order.legs] == ["PAR", "LYS"]
    assert order.stage is Stage.SOURCED
    assert order.promised_to is not None
    assert in_agreement(tx)


@pytest.mark.parametrize(
    ("because", "reason", "after"),
    [
        ("what is not there is lost", ShortReason.NOT_FOUND, {}),
        ("what is broken stays, damaged", ShortReason.DAMAGED, {("mug", "PAR", "damaged"): 2}),
        ("who is busy keeps the units", ShortReason.TOO_BUSY, {("mug", "PAR", "available"): 2}),
    ],
)
def test_a_short_pick_is_sourced_elsewhere(tx, because, reason, after):
    world.shelve(tx, "PAR", mug=2)
    world.shelve(tx, "LYS", mug=2)
    accept(tx, world.order(mug=2))
    short = ShortLine(sku="mug", quantity=2, reason=reason)
    done = fulfilment.pick(tx, [Pick(id="o1.1", short=(short,))], actor=ACTOR, now=MONDAY)["o1.1"]
    assert (done.units, done.short) == (0, 2)
    order = views.order(tx, "o1")
    assert [(leg.node, leg.withdrawn_at is None) for leg in order.legs] == [
        ("PAR", False), ("LYS", True),
    ], because  # fmt: skip
    expected = after | {("mug", "LYS", "reserved"): 2}
    assert world.levels(tx) == expected, because
    assert in_agreement(tx)


def test_part_of_a_pick_is_short(tx):
    world.shelve(tx, "PAR", mug=3, cup=1)
    accept(tx, world.order(mug=3, cup=1))
    short = ShortLine(sku="mug", quantity=1, reason=ShortReason.NOT_FOUND)
    fulfilment.pick(tx, [Pick(id="o1.1", short=(short,))], actor=ACTOR, now=MONDAY)
    fulfilment.ship(tx, [Ship(id="o1.1")], actor=ACTOR, now=MONDAY)
    order = views.order(tx, "o1")
    assert order.stage is Stage.WAITING, "the slowest unit decides"
    assert sum(line.waiting for line in order.lines) == 1
    assert in_agreement(tx)


def test_two_lines_of_one_sku_are_added_up(tx):
    world.shelve(tx, "PAR", mug=3)
    one = world.order(mug=2)
    taken = actions.accept(
        tx,
        [structs.replace(one, lines=one.lines * 2)],
        actor=ACTOR,
        now=MONDAY,
    )["o1"]
    assert taken.waiting == 1, "two lines of two meet a shelf of three"
    assert in_agreement(tx)


def test_orders_of_one_batch_do_not_take_the_same_unit(tx):
    world.shelve(tx, "PAR", mug=3)
    taken = accept(tx, world.order("a", mug=2), world.order("b", mug=2))
    assert (taken["a"].waiting, taken["b"].waiting) == (0, 1)
    assert in_agreement(tx)


def test_a_printer_makes_within_its_capacity(tx):
    taken = accept(tx, world.order("a", poster=8), world.order("b", poster=8))
    assert [leg.node for leg in taken["a"].legs] == ["PRINT"]
    assert taken["b"].waiting == 6, "ten a day, eight are taken"
    assert world.levels(tx) == {("poster", "PRINT", "reserved"): 10}
    actions.cancel(tx, "a", None, reason="test", actor=ACTOR, now=MONDAY)
    assert world.levels(tx) == {("poster", "PRINT", "reserved"): 2}, "nothing goes on its shelf"
    assert in_agreement(tx)


def test_cancelling_takes_what_waits_first(tx):
    world.shelve(tx, "PAR", mug=3)
    accept(tx, world.order(mug=5))
    some = actions.cancel(
        tx, "o1", [CancelLine(sku="mug", quantity=3)], reason="r", actor=ACTOR, now=MONDAY
    )
    assert (some.units, some.stage) == (3, Stage.SOURCED)
    assert world.levels(tx) == {
        ("mug", "PAR", "available"): 1,
        ("mug", "PAR", "reserved"): 2,
    }
    rest = actions.cancel(tx, "o1", None, reason="r", actor=ACTOR, now=MONDAY)
    assert (rest.units, rest.stage) == (2, Stage.CANCELLED)
    assert in_agreement(tx)


def test_what_has_left_cannot_be_cancelled(tx):
    world.shelve(tx, "PAR", mug=3)
    accept(tx, world.order(mug=3))
    fulfilment.pick(tx, [Pick(id="o1.1")], actor=ACTOR, now=MONDAY)
    fulfilment.ship(tx, [Ship(id="o1.1")], actor=ACTOR, now=MONDAY)
    with pytest.raises(NothingToCancel):
        actions.cancel(tx, "o1", None, reason="r", actor=ACTOR, now=MONDAY)
    with pytest.raises(NotInOrder):
        actions.cancel(
            tx, "o1", [CancelLine(sku="cup", quantity=1)], reason="r", actor=ACTOR, now=MONDAY
        )


def test_steps_follow_each_other_once(tx):
    world.shelve(tx, "PAR", mug=3)
    accept(tx, world.order(mug=3))
    with pytest.raises(WrongStage):
        fulfilment.ship(tx, [Ship(id="o1.1")], actor=ACTOR, now=MONDAY)
    fulfilment.pick(tx, [Pick(id="o1.1")], actor=ACTOR, now=MONDAY)
    with pytest.raises(WrongStage):
        fulfilment.pick(tx, [Pick(id="o1.1")], actor=ACTOR, now=MONDAY)


def test_an_order_id_names_one_order_for_ever(tx):
    accept(tx, world.order(mug=1))
    with pytest.raises(IdReused):
        accept(tx, world.order(mug=1))


def test_the_decision_says_why(tx):
    world.shelve(tx, "PAR", mug=1)
    world.shelve(tx, "LYS", mug=2, cup=1)
    accept(tx, world.order(mug=2, cup=1))
    why = sourcing.decisions(tx, "o1", "EUR")[0].explanation
    assert list(why.chosen.nodes) == ["LYS"], "one parcel beats two"
    assert telling.sentence(why, "EUR").en.startswith("LYS sends it for ")
    assert {fence.code for fence in why.fences} <= {"no-stock"}


def test_what_was_planned_earlier_counts_in_the_promise(tx):
    """The leg that was planned first may well be the slowest: the promise waits for it."""
    world.shelve(tx, "LYS", mug=1)
    first = accept(tx, world.order(mug=3))["o1"].legs[0]
    world.shelve(tx, "PAR", mug=9)
    actions.source_waiting(tx, actor=ACTOR, now=MONDAY)
    order = views.order(tx, "o1")
    second = order.legs[1]
    assert (first.node, second.node) == ("LYS", "PAR")
    assert first.arrives_on > second.arrives_on
    assert order.promised_from <= first.arrives_on <= order.promised_to
    assert 0.95 <= order.chance < 1, "both together, and a day in reserve"
    assert in_agreement(tx)


def test_what_has_arrived_already_is_not_waited_for(tx):
    world.shelve(tx, "LYS", mug=1)
    accept(tx, world.order(mug=3))
    world.send(tx, "o1.1")
    world.shelve(tx, "PAR", mug=9)
    actions.source_waiting(tx, actor=ACTOR, now=MONDAY)
    order = views.order(tx, "o1")
    assert order.promised_from == order.legs[1].arrives_on
    assert 0.95 <= order.chance < 1
    assert in_agreement(tx)


def test_who_cancels_what_waits_is_told_when_the_rest_comes(tx):
    world.shelve(tx, "PAR", mug=1)
    assert accept(tx, world.order(mug=3))["o1"].promised_to is None
    assert world.cancel(tx, "o1", mug=2).stage is Stage.SOURCED
    order = views.order(tx, "o1")
    assert order.promised_from == order.legs[0].arrives_on
    assert in_agreement(tx)


def test_cancelling_the_last_unit_that_had_not_come_settles_the_promise(tx):
    world.shelve(tx, "PAR", mug=1)
    world.shelve(tx, "LYS", cup=1)
    taken = accept(tx, world.order(mug=1, cup=1))["o1"]
    assert len(taken.legs) == 2
    world.send(tx, "o1.1")
    assert promises.promises(tx, ["o1"])["o1"].settled_at is None
    assert world.cancel(tx, "o1").stage is Stage.DELIVERED
    assert promises.promises(tx, ["o1"])["o1"].is_kept
    assert in_agreement(tx)


def test_looking_in_vain_is_not_kept_however_often(tx):
    """The shop has mugs, but nothing of its ships so far: each look finds the same fence."""
    world.amend(tx, "SHOP", does_ship=False)
    world.shelve(tx, "SHOP", mug=5)
    accept(tx, world.order(mug=1))
    for _ in range(3):
        assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY) == 0
    [decision] = sourcing.decisions(tx, "o1", "EUR")
    assert [(fence.node, fence.code) for fence in decision.explanation.fences] == [
        ("SHOP", "does-not-ship")
    ]
    assert in_agreement(tx)


def test_a_picked_order_can_still_be_cancelled(tx):
    world.shelve(tx, "PAR", mug=3)
    accept(tx, world.order(mug=3))
    world.pick(tx, "o1.1")
    assert world.cancel(tx, "o1", mug=1).stage is Stage.PICKED
    assert world.levels(tx) == {("mug", "PAR", "available"): 1, ("mug", "PAR", "reserved"): 2}
    assert world.cancel(tx, "o1").stage is Stage.CANCELLED
    with pytest.raises(WrongStage):
        world.ship(tx, "o1.1")
    assert in_agreement(tx)


class _Here:
    """As the worker's database, in the transaction of a test."""

    def __init__(self, tx):
        self.tx = tx

    def transaction(self):
        return nullcontext(self.tx)

    def run(self, work):
        with savepoint(self.tx):
            return work(self.tx)


@pytest.fixture
def look(tx, monkeypatch):
    """The worker's look of a minute, in slices of one order; who was looked at, and how it went."""
    take, source, seen = actions.take_turns, actions.source_turns, []

    def sources(tx, turns, **more):
        seen.extend(order for *_, order in turns)
        if "broken" in seen[-1:]:
            raise NotEnough(sku="cup", node="SHOP", available=0, asked=1)
        return source(tx, turns, **more)

    monkeypatch.setattr(actions, "take_turns", partial(take, limit=1))
    monkeypatch.setattr(actions, "source_turns", sources)
    monkeypatch.setattr(jobs.clock, "now", lambda _tx: MONDAY + timedelta(hours=1))

    def looked(*, seconds):
        seen.clear()
        monkeypatch.setattr(jobs, "LOOKS_FOR", timedelta(seconds=seconds))
        try:
            return jobs.source_waiting(_Here(tx)), list(seen)
        except NotEnough:
            return None, list(seen)

    return looked


def test_who_cannot_be_sent_keeps_nobody_waiting_behind_them(tx, look):
    """The shop sends nothing, so the cups stay there; each slice takes one order, and goes on."""
    world.amend(tx, "SHOP", does_ship=False)
    for minute, key in enumerate(("broken", "cups", "vases")):
        accept(tx, world.order(key, at=MONDAY + timedelta(minutes=minute), cup=1))
    accept(tx, world.order("mugs", at=MONDAY + timedelta(minutes=3), mug=1))
    world.shelve(tx, "SHOP", cup=5)
    world.shelve(tx, "PAR", mug=5)
    assert look(seconds=9) == (None, ["broken"]), "it fails, and ends"
    assert look(seconds=0) == (0, ["cups"]), "the next minute goes on behind it, as long as it may"
    assert look(seconds=9) == (1, ["vases", "mugs"]), "from there to the end"
    assert look(seconds=0) == (None, ["broken"]), "then the first come again"
    assert in_agreement(tx)


def test_first_come_first_served(tx):
    accept(tx, world.order("late", at=MONDAY + timedelta(hours=1), mug=2))
    accept(tx, world.order("early", mug=2))
    world.shelve(tx, "PAR", mug=3)
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY) == 2
    assert {key: views.accepted(tx, [key])[key].waiting for key in ("early", "late")} == {
        "early": 0, "late": 1,
    }  # fmt: skip
    assert in_agreement(tx)


def test_a_buffer_is_not_sold(tx):
    world.amend(tx, "PAR", buffer_units=2)
    world.shelve(tx, "PAR", mug=3)
    taken = accept(tx, world.order("a", mug=1), world.order("b", mug=1))
    assert (taken["a"].waiting, taken["b"].waiting) == (0, 1)
    assert in_agreement(tx)


@pytest.mark.parametrize(
    ("because", "change", "refusal"),
    [
        ("a SKU nobody sells", {"lines": (NewLine(sku="spoon", quantity=1),)}, UnknownCodes),
        ("a channel nobody has", {"channel": "fair"}, UnknownCodes),
        (
            "a place nobody knows",
            {"destination": Destination(postcode="99999", town="?")},
            UnknownPostcode,
        ),
    ],
)
def test_what_cannot_be_an_order(tx, because, change, refusal):
    with pytest.raises(refusal), tx.transaction():
        accept(tx, structs.replace(world.order(mug=1), **change))
    assert views.order(tx, "o1") is None, because


def test_a_postcode_is_place_enough(tx):
    world.shelve(tx, "PAR", mug=1)
    taken = accept(tx, world.order(mug=1, to=Destination(postcode="75001", town="Paris")))["o1"]
    assert [leg.node for leg in taken.legs] == ["PAR"]


def test_an_order_nobody_knows(tx):
    assert views.order(tx, "o9") is None
    with pytest.raises(NotFound):
        world.cancel(tx, "o9")
    with pytest.raises(NotFound):
        actions.legs(tx, ["o9.1"])


def test_orders_are_listed_youngest_first_and_in_pages(tx):
    for hour in range(4):
        accept(tx, world.order(f"o{hour}", at=MONDAY + timedelta(hours=hour), mug=1))
    everything = search_views.orders(tx)
    assert [one.id for one in everything] == ["o3", "o2", "o1", "o0"]
    first = search_views.orders(tx, limit=3)
    rest = search_views.orders(tx, after=[first[-1].placed_at.isoformat(), first[-1].id])
    assert [*first, *rest] == everything
    assert search_views.orders(tx, stage=Stage.SHIPPED) == []
    assert views.by_stage(tx)["waiting"] == 4


def test_what_was_promised_for_a_cancelled_order_is_withdrawn(retail):
    world.shelve(retail, "PAR", mug=1)
    world.accept(retail, world.order(mug=1))
    actions.cancel(retail, "o1", None, reason="r", actor=ACTOR, now=MONDAY)
    assert promises.score(retail) == {"open": 0, "kept": 0, "broken": 0, "late": 0}


def test_nothing_is_delivered_tomorrow(retail):
    world.shelve(retail, "PAR", mug=1)
    world.accept(retail, world.order(mug=1))
    fulfilment.pick(retail, [Pick(id="o1.1")], actor=ACTOR, now=MONDAY)
    fulfilment.ship(retail, [Ship(id="o1.1")], actor=ACTOR, now=MONDAY)
    tomorrow = Deliver(id="o1.1", delivered_at=MONDAY + timedelta(days=1))
    with pytest.raises(FromTheFuture):
        fulfilment.deliver(retail, [tomorrow], actor=ACTOR, now=MONDAY)
