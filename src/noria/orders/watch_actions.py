"""Verbs that watch over open promises: late is known before it is, and something follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.network import reliability_rules
from noria.network import rules as network
from noria.network.calendar import rests_at
from noria.orders import (
    foreseen_actions,
    hold_views,
    pace_actions,
    pace_rules,
    pace_views,
    reroute_actions,
    rules,
    store,
    views,
    watch_rules,
    watch_store,
    watch_views,
    windows,
)
from noria.orders.model import TimelineEntry
from noria.orders.watch_model import Course, Watched, Watching
from noria.partners import views as partners
from noria.policies.model import Settings
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.delivery import views as delivery
from noria.promise.delivery.legs import region
from noria.promise.model import Promise
from noria.sourcing import actions as sourcing

EVERY = timedelta(minutes=10)
AT_ONCE = 200
PACKED_LATELY = timedelta(days=30)
LEFT_LATELY = timedelta(days=20)
"""How far back days on which a store or relay point was shut still count: most has come then."""
MISSED = "its departure was missed"
DELAYED = "it is on its way, and will come later"
UNSURE = "it will hardly come as promised, and nobody can say when"


def watch(
    tx: Connection, *, actor: str = SYSTEM.id, now: datetime, limit: int = AT_ONCE
) -> Watching:
    """Look at open promises, those longest not looked at first, and do what can be done.

    A leg that nobody picked for its departure is planned anew, wherever that keeps the promise.
    Where the promise is likely to be broken all the same, the customer is told another window now,
    and not when it has passed; where nobody can say when, or somebody holds the order for too long,
    they are told that. What is left is an exception with an owner, until it is done.
    """
    pace_actions.measure(tx, now=now)
    orders = watch_store.to_look_at(tx, before=now - EVERY, limit=limit)
    if not orders:
        return Watching(looked_at=0, planned_anew=0, delayed=0)
    store.lock(tx, orders)
    held = hold_views.open_kinds(tx, orders)
    free = [order for order in orders if order not in held]
    anew = _plan_anew(tx, free, actor=actor, now=now)
    settings = _settings(tx, free, now=now)
    courses = {one.order: one for one in gather(tx, free, now=now)}
    delayed = _tell_later(tx, courses, settings, actor=actor, now=now)
    courses |= {one.order: one for one in gather(tx, delayed, now=now)}
    watched = [_watched(one, settings[order], now=now) for order, one in sorted(courses.items())]
    watched += [watch_rules.held(one, now=now) for one in gather(tx, sorted(held), now=now)]
    unsure = _tell_unsure(tx, watched, actor=actor, now=now)
    watch_store.save(tx, watched, now=now)
    return Watching(looked_at=len(orders), planned_anew=anew, delayed=len(delayed), unsure=unsure)


def look(tx: Connection, order: str, *, now: datetime) -> Watched | None:
    """An open promise as it is now; None: nothing is promised, or it is settled."""
    courses = gather(tx, [order], now=now)
    if not courses:
        return None
    return _watched(courses[0], _settings(tx, [order], now=now)[order], now=now)


def _watched(course: Course, under: Settings, *, now: datetime) -> Watched:
    return watch_rules.watched(
        course,
        promised_chance=under.promised_chance,
        told_below=under.late_told_below,
        now=now,
    )


def gather(tx: Connection, orders: Sequence[str], *, now: datetime) -> list[Course]:
    """What the open promises of these orders depend on."""
    told = watch_views.told(tx, orders)
    if not told:
        return []
    ids = [one.order for one in told]
    legs, lines = views.legs(tx, ids), views.lines(tx, ids)
    grouped = watch_views.in_window(tx, ids, now=now)
    waiting = [order for order in ids if rules.wanted(lines[order]) and order not in grouped]
    coming = foreseen_actions.legs(tx, waiting, now=now) if waiting else {}
    every = [leg for order in ids for leg in (*legs[order], *coming.get(order, ()))]
    codes = sorted({leg.node for leg in every})
    known = sourcing.stage(tx, codes, [], now)
    accepted = watch_views.accepted(tx, ids)
    foresight = delivery.foresight(tx)
    pace = pace_rules.pace(pace_views.cells(tx))
    years = (now.year, now.year + 1)
    points = windows.points(tx, [one.point for one in told])
    rests = windows.rests_at(points, now - LEFT_LATELY)
    carriers = {code: service.carrier for code, service in known.services.items()}
    rounds = {code: network.rounds(service) for code, service in known.services.items()}
    minutes = {
        code: reliability_rules.handling_minutes(known.known, node)
        for code, node in known.nodes.items()
    }
    closed = {code: frozenset(days) for code, days in known.holidays.items()}
    ours = frozenset(partners.owners(tx, codes))
    packing = watch_views.packing(tx, codes, since=now - PACKED_LATELY)
    return [
        Course(
            order=one.order,
            promised_from=one.promised_from,
            promised_to=one.promised_to,
            waits=bool(rules.wanted(lines[one.order])),
            is_in_window=one.order in grouped,
            legs=legs[one.order],
            nodes=known.nodes,
            carriers=carriers,
            rounds=rounds,
            minutes=minutes,
            closed=closed,
            rests_there=rests[one.point]
            if one.point in rests
            else rests_at(one.country, one.postcode, years),
            region=region(one.country, one.postcode),
            accepted=accepted,
            partners=ours,
            packing=packing,
            foresight=foresight,
            pace=pace,
            foreseen=coming.get(one.order, ()),
        )
        for one in told
    ]


def _plan_anew(tx: Connection, orders: Sequence[str], *, actor: str, now: datetime) -> int:
    """Choose again for legs whose departure nobody met; of how many orders."""
    legs = views.legs(tx, orders)
    late = [leg for order in orders for leg in watch_rules.missed_departures(legs[order], now=now)]
    if late:
        reroute_actions.plan_anew(tx, late, reason=MISSED, actor=actor, now=now)
    return len({leg.order for leg in late})


def _tell_later(
    tx: Connection,
    courses: Mapping[str, Course],
    settings: Mapping[str, Settings],
    *,
    actor: str,
    now: datetime,
) -> list[str]:
    """Tell customers of promises that are likely to be broken when it comes instead."""
    news = []
    for order, course in sorted(courses.items()):
        if watch_rules.chance(course, now=now) >= settings[order].late_told_below:
            continue
        found = _later(tx, course, settings[order], now=now)
        if found is not None and found.promised_to > course.promised_to:
            news.append(found)
    tell(tx, courses, news, actor=actor, now=now)
    return [one.order_id for one in news]


def _tell_unsure(tx: Connection, watched: Sequence[Watched], *, actor: str, now: datetime) -> int:
    """Tell customers that it will hardly come as promised, where no other day can be told."""
    unsure = [one for one in watched if one.is_unsure]
    known = watch_views.unsure_of(tx, [one.order for one in unsure])
    news = [one for one in unsure if known.get(one.order) != one.promised_to]
    entry = TimelineEntry(at=now, kind="unsure", actor=actor, reason=UNSURE)
    store.note(tx, [(one.order, entry) for one in news])
    events.publish(
        tx,
        [
            Event(
                type="order.unsure",
                subject=f"order:{one.order}",
                data={
                    "order": one.order,
                    "promised_to": one.promised_to.isoformat(),
                    "chance": one.chance,
                },
            )
            for one in news
        ],
    )
    return len(news)


def later(tx: Connection, course: Course, *, now: datetime) -> Promise | None:
    """The window that keeps an open promise, with the chance that is promised; None: unknown."""
    return _later(tx, course, _settings(tx, [course.order], now=now)[course.order], now=now)


def _later(tx: Connection, course: Course, under: Settings, *, now: datetime) -> Promise | None:
    window = watch_rules.later_window(
        course,
        promised_chance=under.promised_chance,
        told_below=under.late_told_below,
        now=now,
    )
    if window is None:
        return None
    first = promise_views.promises(tx, [course.order])[course.order]
    return Promise(
        order_id=course.order,
        node=first.node,
        service=first.service,
        made_at=now,
        promised_from=window.first,
        promised_to=window.last,
        chance=window.chance,
    )


def tell(
    tx: Connection,
    courses: Mapping[str, Course],
    news: Sequence[Promise],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Customers are told these windows instead of those of the courses."""
    promises.change(tx, news, reason=DELAYED)
    entry = TimelineEntry(at=now, kind="delayed", actor=actor, reason=DELAYED)
    store.note(tx, [(one.order_id, entry) for one in news])
    events.publish(
        tx,
        [
            Event(
                type="order.delayed",
                subject=f"order:{one.order_id}",
                data={
                    "order": one.order_id,
                    "was_promised_to": courses[one.order_id].promised_to.isoformat(),
                    "promised_from": one.promised_from.isoformat(),
                    "promised_to": one.promised_to.isoformat(),
                    "chance": one.chance,
                },
            )
            for one in news
        ],
    )


def _settings(tx: Connection, orders: Sequence[str], *, now: datetime) -> dict[str, Settings]:
    """What the live policy says of the promise of each order."""
    goes = {one.order: (one.channel, one.country) for one in watch_views.told(tx, orders)}
    return windows.settings(tx, goes, of=("promised_chance", "late_told_below"), now=now)
