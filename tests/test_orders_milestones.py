"""Milestones from the promise backwards: late is known before it is, and something follows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs
from msgspec.structs import astuple

import work_list
import world
from caller import calling
from noria.kit.auth import Role
from noria.messages import views as customers
from noria.network.model import NO_RESTS, NodeKind
from noria.orders import (
    hold_actions,
    pace_rules,
    pace_store,
    views,
    watch_actions,
    watch_rules,
    watch_views,
)
from noria.orders.hold_model import HoldBody, HoldKind
from noria.orders.model import Leg, LegLine
from noria.orders.pace_model import HOURS, LATEST, SOONEST, UNHEARD, Cell
from noria.orders.watch_model import Course, Step
from noria.promise import views as promises
from noria.promise.delivery.legs import believed
from noria.promise.model import Promise
from world import ACTOR, MONDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CUT_OFF = datetime(2026, 11, 23, 15, tzinfo=UTC)
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def tx(retail):
    return retail


def leg(*, leaves=CUT_OFF, arrives=WEDNESDAY, picked=None, shipped=None, delivered=None, says=None):
    return Leg(
        id="o1.1", order="o1", node="PAR", service="HOME", planned_at=MONDAY, leaves_at=leaves,
        arrives_on=arrives, cost_cents=1, picked_at=picked, shipped_at=shipped,
        delivered_at=delivered, carrier_says=says, carrier_since=says and MONDAY,
        lines=[LegLine(line=1, sku="mug", quantity=1)],
    )  # fmt: skip


def course(
    *legs,
    to=WEDNESDAY,
    waits=False,
    window=False,
    kind=NodeKind.WAREHOUSE,
    partners=(),
    accepted=None,
    rounds=None,
):
    return Course(
        order="o1", promised_from=to, promised_to=to, waits=waits, is_in_window=window, legs=legs,
        nodes={"PAR": world.node("PAR", kind)}, carriers={"HOME": "Poste"}, rounds=rounds or {},
        minutes={"PAR": 60}, closed={"PAR": frozenset()}, rests_there=NO_RESTS,
        region="FR-75", accepted=accepted or {}, partners=frozenset(partners), packing=frozenset(), foresight=believed(),
    )  # fmt: skip


def due(found):
    return {one.step: one.due_at for one in found}


@pytest.mark.parametrize(
    ("because", "to", "hand_over"),
    [
        ("just in time: the departure that was planned", WEDNESDAY, CUT_OFF),
        ("a day to spare: the next departure will do too", WEDNESDAY + DAY, CUT_OFF + DAY),
        ("Sunday brings nothing, so Sunday's promise is Saturday's", date(2026, 11, 29), CUT_OFF + 3 * DAY),
        ("late by plan already: the planned one, for there is no better", WEDNESDAY - DAY, CUT_OFF),
    ],
)  # fmt: skip
def test_from_the_promise_backwards(because, to, hand_over):
    found = due(watch_rules.milestones(course(leg(), to=to)))
    assert found[Step.HAND_OVER] == hand_over, because
    assert found[Step.PICK] == hand_over - timedelta(minutes=30), because
    assert found[Step.SOURCE] == hand_over - HOUR, "an hour of work before it"
    assert found[Step.DELIVER] == datetime(to.year, to.month, to.day, 23, tzinfo=UTC), (
        "midnight there"
    )
    assert Step.ACCEPT not in found, "who is ours need not say so"


def test_a_node_that_is_closed_at_night_begins_the_day_before():
    early = leg(leaves=datetime(2026, 11, 24, 5, 30, tzinfo=UTC))
    found = due(watch_rules.milestones(course(early, to=WEDNESDAY - DAY)))
    assert found[Step.SOURCE] <= datetime(2026, 11, 23, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("because", "found", "now", "step", "is_missed", "owner"),
    [
        ("all in time", course(leg()), MONDAY, None, None, None),
        ("not picked half an hour before it leaves", course(leg()), CUT_OFF - timedelta(minutes=20),
         Step.PICK, True, Role.OPERATIONS),
        ("in a store, its manager sees to it", course(leg(), kind=NodeKind.STORE), CUT_OFF - timedelta(minutes=20),
         Step.PICK, True, Role.STORE_MANAGER),
        ("picked, but it did not leave", course(leg(picked=MONDAY)), CUT_OFF + HOUR,
         Step.HAND_OVER, True, Role.OPERATIONS),
        ("a partner has not said that it sends it", course(leg(), partners=["PAR"]), CUT_OFF - timedelta(minutes=40),
         Step.ACCEPT, True, Role.OPERATIONS),
        ("a partner said so", course(leg(), partners=["PAR"], accepted={"o1.1": MONDAY}), CUT_OFF - timedelta(minutes=40),
         None, None, None),
        ("no node has it, a day before its window", course(waits=True), datetime(2026, 11, 24, 1, tzinfo=UTC),
         Step.SOURCE, True, Role.PLANNER),
        ("no node has it, and there is time", course(waits=True), MONDAY, None, None, None),
        ("on its way, and lost: late before it is late", course(leg(picked=MONDAY, shipped=CUT_OFF, says="lost")),
         CUT_OFF + HOUR, Step.DELIVER, False, Role.OPERATIONS),
        ("its day has passed", course(leg(picked=MONDAY, shipped=CUT_OFF)), CUT_OFF + 3 * DAY,
         Step.DELIVER, True, Role.OPERATIONS),
        ("it has come", course(leg(picked=MONDAY, shipped=CUT_OFF, delivered=CUT_OFF + DAY)), CUT_OFF + 3 * DAY,
         None, None, None),
    ],
)  # fmt: skip
def test_what_endangers_a_promise(because, found, now, step, is_missed, owner):
    danger = watch_rules.watched(found, promised_chance=0.95, told_below=0.1, now=now).danger
    told = (danger.step, danger.is_missed, danger.owner) if danger else (None, None, None)
    assert told == (step, is_missed, owner), because


def test_the_chance_falls_as_days_pass_without_it():
    sent = course(leg(picked=MONDAY, shipped=CUT_OFF))
    chances = [watch_rules.chance(sent, now=CUT_OFF + days * DAY) for days in range(4)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.8
    assert chances[3] == 0, "the window is over"
    later = watch_rules.later_window(
        sent, promised_chance=0.95, told_below=0.05, now=CUT_OFF + 3 * DAY
    )
    assert later.first >= WEDNESDAY + DAY, "knowing that it has not come yet"


SENT = leg(picked=MONDAY, shipped=CUT_OFF)
A_MONTH = WEDNESDAY + 30 * DAY
NEVER_SEEN_AGAIN = [
    Cell(service="HOME", says=UNHEARD, overdue=overdue, hour=hour, seen=400, came=1)
    for overdue in range(SOONEST, LATEST + 1)
    for hour in HOURS
]


@pytest.mark.parametrize(
    ("because", "found", "now", "is_unsure"),
    [
        ("on its way, and in time", course(SENT), CUT_OFF, False),
        ("late, and it comes tomorrow", course(SENT), CUT_OFF + 2 * DAY + 8 * HOUR, False),
        ("silent for weeks: it may never come", structs.replace(course(SENT, to=A_MONTH), pace=pace_rules.pace(NEVER_SEEN_AGAIN)),
         CUT_OFF + 31 * DAY, True),
        ("lost: that is told as such", course(leg(picked=MONDAY, shipped=CUT_OFF, says="lost")),
         CUT_OFF, False),
        ("units that wait may still be found", course(waits=True, to=A_MONTH), MONDAY, False),
        ("they wait to be decided with others, and will be", course(waits=True, window=True),
         CUT_OFF + DAY, False),
        ("the day is over: that is told by itself", structs.replace(course(SENT), pace=pace_rules.pace(NEVER_SEEN_AGAIN)),
         CUT_OFF + 3 * DAY, False),
        ("they would have to leave today", course(waits=True), CUT_OFF + DAY, True),
    ],
)  # fmt: skip
def test_when_nobody_can_say_that_is_said(because, found, now, is_unsure):
    watched = watch_rules.watched(found, promised_chance=0.95, told_below=0.05, now=now)
    assert watched.is_unsure is is_unsure, because


def test_who_waits_for_a_silent_parcel_hears_once_that_no_day_is_known(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    tx.execute("update promise set promised_to = %s", [A_MONTH])
    silent = CUT_OFF + 31 * DAY
    pace_store.move_through(tx, silent.date())
    for cell in NEVER_SEEN_AGAIN:
        tx.execute("insert into arrival_pace values (%s, %s, %s, %s, %s, %s)", astuple(cell))
    assert watch_actions.watch(tx, now=silent).unsure == 1
    assert watch_actions.watch(tx, now=silent + HOUR).unsure == 0, "once"
    assert [one.kind for one in views.order(tx, "o1").timeline].count("unsure") == 1
    assert watch_views.unsure(tx, ["o1"]) == {"o1"}
    tx.execute("update order_watch set is_unsure = false")
    assert watch_actions.watch(tx, now=silent + 2 * HOUR).unsure == 0, "not again for that day"
    assert customers.facts(tx, "o1", now=silent).is_unsure
    tell_a_new_day(tx, silent + 3 * HOUR)
    assert watch_views.unsure(tx, ["o1"]) == frozenset(), "a day is known again"


def tell_a_new_day(tx, now):
    [known] = watch_actions.gather(tx, ["o1"], now=now)
    day = known.promised_to + 7 * DAY
    new = Promise(
        order_id="o1", node="PAR", service="HOME", made_at=now, promised_from=day,
        promised_to=day, chance=0.9,
    )  # fmt: skip
    watch_actions.tell(tx, {"o1": known}, [new], actor=ACTOR, now=now)


def test_a_missed_departure_is_planned_anew_and_told(tx):
    world.shelve(tx, "PAR", mug=2)
    before = world.accept(tx, world.order(mug=2))["o1"]
    leaves = before.legs[0].leaves_at
    assert watch_actions.watch(tx, now=MONDAY).looked_at == 1
    assert watch_actions.watch(tx, now=MONDAY).looked_at == 0, "not again at once"
    later = before.legs[0].leaves_at + (before.promised_to - leaves.date()) * 1
    done = watch_actions.watch(tx, now=later)
    assert done.planned_anew == 1
    order = views.order(tx, "o1")
    old, new = order.legs
    assert (old.withdrawn_at, new.withdrawn_at) == (later, None)
    assert new.leaves_at > later
    assert promises.last_told(tx, ["o1"])["o1"] >= new.arrives_on
    assert "promise_changed" in [entry.kind for entry in order.timeline]
    assert watch_actions.look(tx, "o1", now=later).danger is None, "nothing is missed any more"
    assert world.audit(tx) == []


def test_who_waits_for_a_late_parcel_is_told_before_the_window_ends(tx):
    world.shelve(tx, "PAR", mug=2)
    before = world.accept(tx, world.order(mug=2))["o1"]
    world.pick(tx, "o1.1")
    days = (before.promised_to - MONDAY.date()).days
    shipped = MONDAY + (days - 1) * DAY + 12 * HOUR
    world.ship(tx, "o1.1", now=shipped)
    assert shipped.date() < before.promised_to
    done = watch_actions.watch(tx, now=shipped + HOUR)
    told = promises.last_told(tx, ["o1"])["o1"]
    watched = watch_actions.look(tx, "o1", now=shipped + HOUR)
    assert (done.delayed == 1) is (told > before.promised_to)
    assert watched.promised_to == told
    assert watched.chance >= 0.1, "what is told now is likely"
    again = watch_actions.watch(tx, now=shipped + 2 * HOUR)
    assert again.delayed == 0, "once"
    kinds = [entry.kind for entry in views.order(tx, "o1").timeline]
    assert kinds.count("delayed") == done.delayed


def test_a_missed_step_is_an_exception_with_an_owner_until_it_is_done(tx):
    world.shelve(tx, "PAR", mug=2)
    leaves = world.accept(tx, world.order(mug=2))["o1"].legs[0].leaves_at
    world.pick(tx, "o1.1")
    late = leaves + 5 * DAY
    tx.execute("insert into driven_clock (at) values (%s)", [late])
    watch_actions.watch(tx, now=late)
    [found] = work_list.exceptions(tx, kind="milestone.missed")
    assert (found.subject, found.node, found.owner) == ("order:o1", "PAR", "operations")
    assert found.detail.startswith("hand_over o1.1 by ")
    assert found.money_cents == 1980
    world.send_picked(tx, "o1.1", now=late)
    assert work_list.exceptions(tx, kind="milestone.missed") == []


def test_what_is_held_is_not_late(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    hold = HoldBody(order="o1", kind=HoldKind.MANUAL, reason="asked")
    hold_actions.place(tx, "h1", hold, actor=ACTOR, now=MONDAY)
    done = watch_actions.watch(tx, now=MONDAY + 9 * DAY)
    assert (done.planned_anew, done.delayed, done.unsure) == (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "told"), [(HoldKind.FRAUD, 1), (HoldKind.MANUAL, 1), (HoldKind.PAYMENT, 0)]
)
def test_who_is_kept_waiting_by_a_hold_hears_it_once_it_breaks_the_promise(tx, kind, told):
    world.shelve(tx, "PAR", mug=1)
    last = world.accept(tx, world.order(mug=1))["o1"].promised_to
    wanted = HoldBody(order="o1", kind=kind, reason="looked into")
    hold_actions.place(tx, "h1", wanted, actor=ACTOR, now=MONDAY)
    assert watch_actions.watch(tx, now=MONDAY + HOUR).unsure == 0, "it may still leave in time"
    late = datetime(last.year, last.month, last.day, 8, tzinfo=UTC)
    assert watch_actions.watch(tx, now=late).unsure == told
    assert customers.facts(tx, "o1", now=late).is_unsure is bool(told)
    assert watch_actions.watch(tx, now=late + HOUR).unsure == 0, "once"
    dangers = "select kind from order_exception where kind like 'milestone%'"
    assert tx.execute(dangers).fetchall() == []


def test_through_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.accept(tx, structs.replace(world.order(mug=2)))
    with calling(db) as client:
        shown = client.get("/v1/orders/o1/milestones").json()
        steps = [one["step"] for one in shown["milestones"]]
        assert steps == ["source", "pick", "hand_over", "deliver"]
        assert client.post("/v1/orders/milestones", json={}).json()["looked_at"] == 1
        assert client.get("/v1/orders/none/milestones").status_code == 404
