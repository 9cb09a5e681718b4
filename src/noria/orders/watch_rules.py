"""Milestones, from the promise backwards, and the chance that it is still kept."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from noria.kit.auth import Role
from noria.network import rules as network
from noria.network.model import OWN_WAYS, PICK_UP, USUAL_ROUNDS, Node, NodeKind, Rounds
from noria.orders import pace_rules
from noria.orders.carried_model import Progress
from noria.orders.model import Leg
from noria.orders.watch_model import Course, Danger, Milestone, Step, Watched
from noria.promise.delivery.legs import curve, groups, window
from noria.promise.delivery.model import LegPlan, Numbers, Window

PACKING = timedelta(minutes=30)
"""What is left between a pick and its departure."""

CLOSING = timedelta(minutes=15)
"""What is left between a packed leg and its departure, where packing is a step of its own."""

BACKWARDS = 60
"""How many hours of a node's work are looked back for the moment at which it has to begin."""

LATER_DEPARTURES = 14
FORESEEN_DAYS, SURE_ENOUGH = 30, 1e-4
WIDEST_DAYS, LIKELY = 7, 0.3
COMES_BACK = frozenset({Progress.RETURNING.value, Progress.RETURNED.value, Progress.LOST.value})
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def watched(course: Course, *, promised_chance: float, told_below: float, now: datetime) -> Watched:
    """An open promise as it is now; in danger when a step was missed, or its chance is too low."""
    found = milestones(course)
    sure = chance(course, now=now)
    return Watched(
        order=course.order,
        promised_to=course.promised_to,
        chance=sure,
        milestones=found,
        danger=_danger(course, found, sure, told_below=told_below, now=now),
        is_unsure=sure < told_below
        and _may_be_unsure(course, now=now)
        and later_window(course, promised_chance=promised_chance, told_below=told_below, now=now)
        is None,
    )


def held(course: Course, *, now: datetime) -> Watched:
    """An open promise of an order that is held: its hold is the danger, and has a list of its own.

    Its customer hears that it will hardly come as promised once the last departure is missed by
    which it could; nobody knows when the hold is lifted.
    """
    is_unsure = now.date() <= course.promised_to and _is_missed_while_held(course, now=now)
    return Watched(
        order=course.order,
        promised_to=course.promised_to,
        chance=0.0 if is_unsure else chance(course, now=now),
        milestones=milestones(course),
        danger=None,
        is_unsure=is_unsure,
    )


def _is_missed_while_held(course: Course, *, now: datetime) -> bool:
    here = [leg for leg in _live(course.legs) if leg.shipped_at is None]
    if course.waits and now.date() >= course.promised_to - DAY:
        return True
    return any(
        now >= leg.leaves_at and now.date() >= course.promised_to
        if leg.service == PICK_UP
        else now >= _last_departure(leg, course.nodes[leg.node], course)
        for leg in here
    )


def _may_be_unsure(course: Course, *, now: datetime) -> bool:
    """Whether its customer hears by this that it is late, and by nothing else, before it is.

    What carriers lost or bring back is told as that. Units that wait may still be found, until the
    last day on which they could leave; those that wait to be decided with others will be.
    """
    if any(leg.carrier_says in COMES_BACK for leg in _live(course.legs)):
        return False
    if course.waits:
        is_last = now.date() >= course.promised_to - DAY
        return is_last and not course.is_in_window and now.date() <= course.promised_to
    return now.date() <= course.promised_to


def milestones(course: Course) -> list[Milestone]:
    """What has to be done by when at the latest, for units that wait and for each leg.

    What is picked leaves with the departure that it was picked for; until then any one will do that
    still comes in time. Without a leg, units have to have one a day before the window opens: what
    comes on its first day leaves the day before.
    """
    found = []
    if course.waits:
        due = datetime.combine(course.promised_from - DAY, time.min, ZoneInfo("UTC"))
        found.append(Milestone(step=Step.SOURCE, leg=None, node=None, due_at=due, done_at=None))
    for leg in _live(course.legs):
        found += _of_leg(leg, course)
    return found


def _of_leg(leg: Leg, course: Course) -> list[Milestone]:
    node = course.nodes[leg.node]
    is_packed_for_it = leg.picked_at is not None and leg.shipped_at is None
    last = leg.leaves_at if is_packed_for_it else _last_departure(leg, node, course)
    begins = _begins_by(node, last, course)
    zone = ZoneInfo(node.time_zone)
    if leg.service == PICK_UP:
        done_at = leg.ready_at or leg.shipped_at
        return [
            Milestone(step=step, leg=leg.id, node=leg.node, due_at=due, done_at=done)
            for step, due, done in (
                (Step.SOURCE, begins, leg.planned_at),
                (Step.PICK, leg.leaves_at, done_at),
            )
        ]
    arrives = datetime.combine(course.promised_to + DAY, time.min, zone).astimezone(ZoneInfo("UTC"))
    accepted = leg.picked_at or course.accepted.get(leg.id)
    steps = [
        (Step.SOURCE, begins, leg.planned_at),
        *([(Step.ACCEPT, begins, accepted)] if leg.node in course.partners else []),
        (Step.PICK, last - PACKING, leg.picked_at),
        *(
            [(Step.PACK, last - CLOSING, leg.packed_at or leg.shipped_at)]
            if leg.node in course.packing
            else []
        ),
        (Step.HAND_OVER, last, leg.shipped_at),
        (Step.DELIVER, arrives, leg.delivered_at),
    ]
    return [
        Milestone(step=step, leg=leg.id, node=leg.node, due_at=due, done_at=done)
        for step, due, done in steps
    ]


def _last_departure(leg: Leg, node: Node, course: Course) -> datetime:
    """The last departure by which it still comes as promised; the planned one where none is."""
    last = leg.leaves_at
    for _ in range(LATER_DEPARTURES):
        later = _departure(leg, node, course, last + MINUTE)
        if later is None or _arrival(leg, later, node, course) > course.promised_to:
            return last
        last = later
    return last


def _arrival(leg: Leg, leaves_at: datetime, node: Node, course: Course) -> date:
    """When it would come by plan, if it left then."""
    zone = ZoneInfo(node.time_zone)
    rounds = _rounds(leg, course)
    days = network.delivery_days(
        leg.leaves_at.astimezone(zone).date(), leg.arrives_on, course.rests_there, rounds
    )
    day = leaves_at.astimezone(zone).date()
    return network.arrives_on(day, days, course.rests_there, rounds)


def _departure(leg: Leg, node: Node, course: Course, ready: datetime) -> datetime | None:
    """The first departure of its service that what is ready then leaves with."""
    return network.departs_at(
        node,
        leg.service,
        ready,
        holidays=course.closed[leg.node],
        closures=_rounds(leg, course).closures,
    )


def _rounds(leg: Leg, course: Course) -> Rounds:
    return course.rounds.get(leg.service, USUAL_ROUNDS)


def _begins_by(node: Node, last: datetime, course: Course) -> datetime:
    """The last hour from which a node is ready by then, by how long it usually takes."""
    minutes = course.minutes[node.code]
    since = last - timedelta(minutes=minutes) - node.lead_days * DAY
    for _ in range(BACKWARDS):
        ready = network.ready_at(
            node, since, holidays=course.closed[node.code], handling_minutes=minutes
        )
        if ready <= last:
            return since
        since -= HOUR
    return since


def chance(course: Course, *, now: datetime) -> float:
    """The chance that all of it comes by the last day promised, by where each leg is now."""
    if course.waits and not course.foreseen:
        return 0.0
    sure = 1.0
    for leg in (*_live(course.legs), *course.foreseen):
        if leg.delivered_at is None:
            since, reached = _reached(leg, course, now=now)
            days = (course.promised_to - since).days
            sure *= float(reached[min(days, len(reached) - 1)]) if days >= 0 else 0.0
            sure *= leg.carrier_says not in COMES_BACK
    return min(max(sure, 0.0), 1.0)


def later_window(
    course: Course, *, promised_chance: float, told_below: float, now: datetime
) -> Window | None:
    """When all of it comes instead, with that chance; None: nobody can say.

    A few of what is overdue never come, which would draw a window out over weeks: a customer is
    told a week at most, and none in which it hardly comes: they would be told anew each day.
    What waits comes by what is foreseen for it.
    """
    is_unknown = course.waits and not course.foreseen
    if is_unknown or any(leg.carrier_says in COMES_BACK for leg in _live(course.legs)):
        return None
    open_ = [leg for leg in (*_live(course.legs), *course.foreseen) if leg.delivered_at is None]
    if not open_:
        return None
    reached = [_reached(leg, course, now=now) for leg in open_]
    later = window(reached, promised_chance, widest_days=WIDEST_DAYS)
    return later if later.chance >= max(LIKELY, told_below) else None


def missed_departures(legs: Sequence[Leg], *, now: datetime) -> list[Leg]:
    """Legs that nobody has picked, and whose departure is gone: they need another plan.

    What goes to a store by no carrier misses none: it is late, and who works there hears of it.
    """
    return [
        leg
        for leg in _live(legs)
        if leg.picked_at is None and leg.leaves_at < now and leg.service not in OWN_WAYS
    ]


def _reached(leg: Leg, course: Course, *, now: datetime) -> tuple[date, Numbers]:
    """By day since its departure, the chance that a leg has come, by all that is known of it now.

    What has not left leaves with the next departure there is. Of what has left, it counts what its
    carrier said last and how late in the day it is; plans hold for the days up to the planned one.
    """
    node = course.nodes[leg.node]
    zone = ZoneInfo(node.time_zone)
    leaves = leg.shipped_at or leg.leaves_at
    if leg.shipped_at is None and leaves < now:
        leaves = _departure(leg, node, course, now) or now
    departs_on = leaves.astimezone(zone).date()
    if leg.service == PICK_UP:
        return departs_on, np.ones(1)
    plan = LegPlan(
        departs_on=departs_on,
        arrives_on=max(_arrival(leg, leaves, node, course), departs_on),
        groups=groups(
            node=leg.node,
            kind=node.kind.value,
            service=leg.service,
            carrier=course.carriers.get(leg.service, ""),
            region=course.region,
        ),
    )
    reached = curve(course.foresight, plan, course.rests_there, _rounds(leg, course))
    if leg.shipped_at is None:
        return departs_on, reached
    return departs_on, _as_known(leg, course, departs_on, reached, now.astimezone(zone))


def _as_known(
    leg: Leg, course: Course, departs_on: date, reached: Numbers, now: datetime
) -> Numbers:
    """The curve of a leg that has left, day by day from today, knowing that it has not come."""
    today = max((now.date() - departs_on).days, 0)
    known = np.zeros(max(len(reached), today + FORESEEN_DAYS))
    open_ = 1.0
    for place in range(today, len(known)):
        day = departs_on + place * DAY
        open_ *= 1 - _comes_on(leg, course, day, reached, place, now)
        known[place] = 1 - open_
        if open_ < SURE_ENOUGH:
            known[place:] = 1 - open_
            break
    return known


def _comes_on(
    leg: Leg, course: Course, day: date, reached: Numbers, place: int, now: datetime
) -> float:
    """The chance that a leg comes on a day, if it has not come before."""
    if not network.is_delivery_day(day, course.rests_there, _rounds(leg, course)):
        return 0.0
    planned = _by_plan(reached, place) if day <= leg.arrives_on else None
    if planned is not None and day > now.date():
        return planned
    return pace_rules.comes_today(
        course.pace,
        leg.service,
        leg.carrier_says,
        pace_rules.overdue(leg.arrives_on, day, course.rests_there, _rounds(leg, course)),
        now.hour if day <= now.date() else 0,
        planned=planned,
    )


def _by_plan(reached: Numbers, place: int) -> float:
    """The chance that it comes on that day after its departure, if it has not before."""
    before = float(reached[place - 1]) if place else 0.0
    return (float(reached[place]) - before) / (1 - before) if before < 1 else 0.0


def _danger(
    course: Course, found: Sequence[Milestone], sure: float, *, told_below: float, now: datetime
) -> Danger | None:
    """The first step that was missed; else, of an unlikely promise, the next one to be done.

    What waits for stock is in danger once it should have a node, and not before.
    """
    is_unlikely = sure < told_below and not course.waits
    open_ = sorted(
        (one for one in found if one.done_at is None),
        key=lambda one: (one.due_at, one.leg or "", list(Step).index(one.step)),
    )
    missed = [one for one in open_ if one.due_at < now]
    if not missed and not (is_unlikely and open_):
        return None
    first = (missed or open_)[0]
    return Danger(
        step=first.step,
        leg=first.leg,
        node=first.node,
        due_at=first.due_at,
        is_missed=bool(missed),
        owner=_owner(first, course),
    )


def _owner(one: Milestone, course: Course) -> Role:
    """Who can do something about it: whoever runs the shop, or who watches over all of them."""
    if one.step in {Step.PICK, Step.PACK, Step.HAND_OVER} and one.node is not None:
        kind = course.nodes[one.node].kind
        return Role.STORE_MANAGER if kind is NodeKind.STORE else Role.OPERATIONS
    return Role.PLANNER if one.step is Step.SOURCE else Role.OPERATIONS


def _live(legs: Sequence[Leg]) -> list[Leg]:
    return [leg for leg in legs if leg.withdrawn_at is None]
