"""Picking, shipping, delivering, on a real database."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import counting
import world
from noria.fulfilment import actions, views
from noria.fulfilment.model import (
    Deliver,
    DeliveredBeforeShipped,
    Pick,
    Ship,
    ShortLine,
    ShortReason,
    ShortTooMuch,
)
from noria.kit.errors import NotFound
from noria.network.diary_model import Workload
from noria.network.model import NodeKind
from noria.orders import actions as order_actions
from noria.orders import capacity_views, replan_actions
from noria.orders import reroute_actions as reroutes
from noria.orders import views as orders
from noria.orders.model import Reroute, Stage, WrongStage
from noria.partners import actions as partners
from noria.partners.model import Partner, PartnerKind
from noria.promise import views as promises
from noria.stock.counts import actions as counts
from noria.stock.counts import views as count_views
from world import ACTOR, MONDAY

LATER = MONDAY + timedelta(hours=3)


@pytest.fixture
def tx(retail):
    """Order o1 waits to be picked at PAR: three mugs and a cup."""
    world.shelve(retail, "PAR", mug=3, cup=1)
    world.accept(retail, world.order(mug=3, cup=1))
    return retail


def short(sku, quantity, reason=ShortReason.NOT_FOUND):
    return ShortLine(sku=sku, quantity=quantity, reason=reason)


def test_several_reasons_for_one_line(tx):
    done = world.pick(
        tx, "o1.1", short("mug", 1), short("mug", 1, ShortReason.DAMAGED), short("cup", 1, ShortReason.TOO_BUSY)
    )  # fmt: skip
    assert (done.units, done.short) == (1, 3)
    assert world.levels(tx) == {
        ("cup", "PAR", "available"): 1, ("mug", "PAR", "damaged"): 1, ("mug", "PAR", "reserved"): 1,
    }  # fmt: skip
    world.ship(tx, "o1.1")
    order = orders.order(tx, "o1")
    assert (order.stage, [line.waiting for line in order.lines]) == (Stage.WAITING, [2, 1])
    assert world.audit(tx) == []


def test_a_node_that_was_short_is_not_asked_again_at_once(tx):
    world.shelve(tx, "LYS", mug=1)
    world.pick(tx, "o1.1", short("mug", 1, ShortReason.TOO_BUSY))
    order = orders.order(tx, "o1")
    assert [(leg.node, sum(part.due_units for part in leg.lines)) for leg in order.legs] == [
        ("PAR", 3), ("LYS", 1),
    ]  # fmt: skip
    assert order.stage is Stage.SOURCED, "the second leg is still to be picked"
    assert world.audit(tx) == []


def busy(tx):
    world.pick(tx, "o1.1", short("mug", 3, ShortReason.TOO_BUSY))


def taken_from(tx):
    reroutes.reroute(tx, Reroute(legs=["o1.1"], reason="flood"), actor=ACTOR, now=MONDAY)


def closed(tx):
    asked = Reroute(node="PAR", reason="flood", closes_node=True)
    reroutes.reroute(tx, asked, actor=ACTOR, now=MONDAY)
    world.amend(tx, "PAR", is_open=True)


def gone(tx):
    world.pick(tx, "o1.1", short("mug", 3, ShortReason.DAMAGED))
    world.shelve(tx, "PAR", mug=3)


def not_there(tx):
    world.amend(tx, "PAR", kind=NodeKind.SUPPLIER)
    world.pick(tx, "o1.1", short("mug", 3))
    world.shelve(tx, "PAR", mug=3)


def not_there_at_a_partners(tx):
    whose = Partner(code="HOUSE", name="House", kind=PartnerKind.SUPPLIER, nodes=("PAR",))
    partners.save(tx, whose, actor=ACTOR, now=MONDAY)
    world.pick(tx, "o1.1", short("mug", 3))
    world.shelve(tx, "PAR", mug=3)
    shelf = [one.units for one in promises.available(tx, ["mug"])]
    assert (shelf, count_views.tasks(tx, nodes=["PAR"])) == ([3], []), "no doubt, and no count"


@pytest.mark.parametrize(
    ("because", "happens", "same_day"),
    [
        ("who was too busy is so for the day", busy, 0),
        ("what was taken from a node on purpose does not return at once", taken_from, 0),
        ("nobody of ours counts there: it is as good as declined", not_there, 0),
        ("nor in a warehouse that is a partner's", not_there_at_a_partners, 0),
        ("a node that is open again has its orders back", closed, 1),
        ("who could not send what was broken may send what is new", gone, 1),
    ],
)
def test_a_node_that_refused_has_its_peace_until_midnight(tx, because, happens, same_day):
    happens(tx)
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("Europe/Paris"))
    sourced = [
        order_actions.source_waiting(tx, actor=ACTOR, now=at)
        for at in (LATER, midnight - timedelta(minutes=1))
    ]
    assert sourced == [same_day, 0], because
    assert order_actions.source_waiting(tx, actor=ACTOR, now=midnight) == 1 - same_day, because
    assert {leg.node for leg in orders.order(tx, "o1").legs} == {"PAR"}
    assert world.audit(tx) == []


def test_a_node_that_refused_is_left_out_while_others_send_what_they_have(tx):
    busy(tx)
    world.shelve(tx, "LYS", mug=1)
    assert order_actions.source_waiting(tx, actor=ACTOR, now=LATER) == 1
    order = orders.order(tx, "o1")
    assert [(leg.node, sum(part.due_units for part in leg.lines)) for leg in order.legs] == [
        ("PAR", 1), ("LYS", 1),
    ], "the cup, and the one mug that somebody else has"  # fmt: skip
    assert [line.waiting for line in order.lines] == [2, 0]
    asked = {"actor": ACTOR, "now": LATER}
    assert replan_actions.source(tx, ["o1"], **asked).sourced == []
    agreed = replan_actions.source(tx, ["o1"], asks_refusing=True, **asked)
    assert (agreed.sourced, agreed.waiting) == (["o1"], []), "they have spoken to each other"


def booked(tx, count):
    counting.book(tx, count)


def given_up(tx, count):
    counts.cancel(tx, count, actor=counting.OPS, now=LATER)


@pytest.mark.parametrize("ends", [booked, given_up])
def test_a_shelf_where_units_were_missed_promises_less_until_it_is_counted(tx, ends):
    def free():
        return sum(one.units for one in promises.available(tx, ["mug"]))

    world.shelve(tx, "PAR", mug=40)
    assert free() == 40
    world.pick(tx, "o1.1", short("mug", 1))
    assert free() == 30, "ten fewer: they may be in another location"
    world.accept(tx, world.order("o2", mug=15))
    world.pick(tx, "o2.1", short("mug", 15))
    assert free() == 0, "as many again as were missed, and those before"
    assert world.levels(tx)["mug", "PAR", "available"] == 25
    assert order_actions.source_waiting(tx, actor=ACTOR, now=LATER) == 0, "not sold once more"
    [count] = count_views.tasks(tx, nodes=["PAR"])
    counting.read(tx, "mug", 27, task=count.id)
    assert free() == 0, "read, and not booked yet"
    ends(tx, count.id)
    assert free() == 25
    assert order_actions.source_waiting(tx, actor=ACTOR, now=LATER) == 2
    assert world.audit(tx) == []


def test_more_cannot_be_short_than_was_due(tx):
    with pytest.raises(ShortTooMuch), tx.transaction():
        world.pick(tx, "o1.1", short("mug", 4))
    world.pick(tx, "o1.1", short("mug", 3))
    assert world.levels(tx) == {("cup", "PAR", "reserved"): 1}
    assert world.audit(tx) == []


def test_a_short_print_is_never_put_on_a_shelf(tx):
    world.accept(tx, world.order("o2", poster=4))
    world.pick(tx, "o2.1", short("poster", 3, ShortReason.TOO_BUSY))
    assert world.levels(tx)["poster", "PRINT", "reserved"] == 1
    assert ("poster", "PRINT", "available") not in world.levels(tx)
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "done", "verb"),
    [
        ("shipped before it was picked", [], world.ship),
        ("delivered before it was picked", [], world.deliver),
        ("delivered before it was shipped", [world.pick], world.deliver),
        ("picked twice", [world.pick], world.pick),
        ("shipped twice", [world.pick, world.ship], world.ship),
        ("picked after it left", [world.pick, world.ship], world.pick),
        ("delivered twice", [world.pick, world.ship, world.deliver], world.deliver),
        ("shipped after it arrived", [world.pick, world.ship, world.deliver], world.ship),
    ],
)
def test_steps_follow_each_other_once(tx, because, done, verb):
    for step in done:
        step(tx, "o1.1")
    before = world.levels(tx)
    with pytest.raises(WrongStage), tx.transaction():
        verb(tx, "o1.1")
    assert world.levels(tx) == before, because
    assert world.audit(tx) == []


@pytest.mark.parametrize("verb", [world.pick, world.ship, world.deliver])
def test_a_leg_nobody_knows(tx, verb):
    with pytest.raises(NotFound):
        verb(tx, "o9.1")


@pytest.mark.parametrize("verb", [world.pick, world.ship])
def test_a_leg_that_was_withdrawn(tx, verb):
    world.cancel(tx, "o1")
    with pytest.raises(WrongStage) as refused:
        verb(tx, "o1.1")
    assert refused.value.details["stage"] == "withdrawn"


def test_a_batch_is_done_whole_or_not_at_all(tx):
    world.shelve(tx, "LYS", mug=1)
    world.accept(tx, world.order("o2", mug=1))
    actions.pick(tx, [Pick(id="o1.1"), Pick(id="o2.1")], actor=ACTOR, now=MONDAY)
    with pytest.raises(WrongStage), tx.transaction():
        actions.pick(tx, [Pick(id="o1.1"), Pick(id="o2.1")], actor=ACTOR, now=MONDAY)
    shipped = actions.ship(
        tx, [Ship(id="o1.1", parcels=3), Ship(id="o2.1")], actor=ACTOR, now=MONDAY
    )
    codes = [parcel.sscc for one in shipped.values() for parcel in one.parcels]
    assert len(set(codes)) == len(codes) == 4
    assert [one.id for one in views.shipments(tx, orders=["o1", "o2"])] == ["o1.1", "o2.1"]
    assert world.audit(tx) == []


def test_what_arrives_has_left_before(tx):
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1", now=LATER)
    with pytest.raises(DeliveredBeforeShipped):
        actions.deliver(tx, [Deliver(id="o1.1", delivered_at=MONDAY)], actor=ACTOR, now=LATER)


@pytest.mark.parametrize(
    ("because", "days", "is_kept"),
    [
        ("on the first day of the window", 1, True),
        ("on the last", 2, True),
        ("a day after", 3, False),
    ],
)
def test_a_promise_is_judged_by_the_last_parcel(tx, because, days, is_kept):
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    at = MONDAY + timedelta(days=days)
    world.deliver(tx, "o1.1", now=at)
    told = promises.promises(tx, ["o1"])["o1"]
    assert (told.is_kept, told.settled_at) == (is_kept, at), because
    assert views.shipments(tx, ids=["o1.1"])[0].delivered_at == at


def test_the_day_of_arrival_is_the_customers(tx):
    """Half past eleven at night in Paris, at the end of the window, is not the day after yet."""
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    window = promises.promises(tx, ["o1"])["o1"]
    late = MONDAY.replace(day=window.promised_to.day, hour=22, minute=30)
    world.deliver(tx, "o1.1", now=late)
    assert promises.promises(tx, ["o1"])["o1"].is_kept
    world.shelve(tx, "PAR", bowl=1)
    world.accept(tx, world.order("o2", bowl=1))
    world.pick(tx, "o2.1")
    world.ship(tx, "o2.1")
    world.deliver(tx, "o2.1", now=late + timedelta(minutes=30))
    assert not promises.promises(tx, ["o2"])["o2"].is_kept, "midnight in Paris"


def test_work_comes_most_urgent_first_step_by_step(tx):
    world.shelve(tx, "LYS", mug=9)
    world.accept(tx, world.order("o2", mug=2), world.order("o3", mug=1))

    def waits(step, **asked):
        return [(one.id, one.units) for one in orders.work(tx, step, nodes=None, **asked)]

    assert waits("pick") == [("o1.1", 4), ("o2.1", 2), ("o3.1", 1)]
    assert [one.id for one in orders.work(tx, "pick", nodes=["LYS"])] == ["o2.1", "o3.1"]
    assert waits("pick", before=MONDAY) == []
    world.pick(tx, "o2.1")
    world.pick(tx, "o3.1")
    world.ship(tx, "o3.1")
    assert (waits("pick"), waits("ship"), waits("deliver")) == (
        [("o1.1", 4)], [("o2.1", 2)], [("o3.1", 1)],
    )  # fmt: skip
    assert capacity_views.load(tx) == {}, "whose capacity nobody knows is never too busy"
    world.amend(tx, "PAR", units_per_day=50)
    [due] = capacity_views.load(tx)["PAR"].due.values()
    assert due == Workload(units=4, orders=1)
    assert orders.nodes_of(tx, ["o1.1", "o2.1", "o3.1"]) == ["LYS", "PAR"]
    assert orders.shipped_units(tx, "o3") == {"mug": 1}
