"""Decisions of the network: distances, calendars in each node's own time, what a parcel costs."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import islice, pairwise
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, available_timezones

from msgspec import structs

from noria.network.model import (
    DAILY_ROUNDS,
    USUAL_ROUNDS,
    Capacity,
    CapacityUnclear,
    HandlingTooLong,
    Hours,
    HoursOverlap,
    Lane,
    LaneToItself,
    Node,
    OpenAndClosed,
    Opening,
    Rate,
    Rests,
    Rounds,
    Service,
    Spot,
    TwiceGiven,
    UnknownTimeZone,
)

EARTH_RADIUS_KM = 6371.0088
SUNDAY = 6
DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)
"""What is too late at an instant is in time so much earlier."""
FARTHEST_DEPARTURE_DAYS = 400
RESTS_DAYS = 60
"""So far ahead the days are looked up on which a store or a relay point is shut."""
FARTHEST_CLOSING = timedelta(days=31)
LONGEST_HANDLING_WEEKS = 52


def great_circle_km(a: Spot, b: Spot) -> float:
    """Kilometres between two spots over the ground of a sphere (haversine, mean earth radius)."""
    north_a, north_b = radians(a.latitude), radians(b.latitude)
    across = sin((north_b - north_a) / 2) ** 2
    along = sin(radians(b.longitude - a.longitude) / 2) ** 2
    share = across + cos(north_a) * cos(north_b) * along
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(share)))


def working_day(node: Node, day: date, holidays: AbstractSet[date]) -> bool:
    """Whether anybody works at the node on that day; `holidays` are those of its region.

    An exceptional opening or closure says so. Else a node with hours rests on weekdays without
    hours and, if it keeps them, on public holidays; one without hours is always open.
    """
    if any(closure.day == day for closure in node.closures):
        return False
    if not node.hours or any(opening.day == day for opening in node.openings):
        return True
    if node.keeps_holidays and day in holidays:
        return False
    return any(hours.weekday == day.weekday() for hours in node.hours)


def rests(node: Node, holidays: frozenset[date], since: date) -> Rests:
    """Days on which nothing comes to a node: public holidays there, and those when it is shut.

    The next `RESTS_DAYS` from `since` on are looked up.
    """
    ahead = (since + count * DAY for count in range(RESTS_DAYS))
    return Rests(holidays, frozenset(day for day in ahead if not working_day(node, day, holidays)))


def ready_at(
    node: Node,
    accepted_at: datetime,
    *,
    holidays: AbstractSet[date],
    handling_minutes: int | None = None,
) -> datetime:
    """When what was accepted then can be handed to a carrier, UTC.

    First `lead_days` working days pass, not counting the day of acceptance: work begins when the
    last of them opens. Then minutes of open time pass, the node's own unless others are given; an
    hour that daylight saving skips or repeats is not worked or worked twice.
    """
    minutes = node.handling_minutes if handling_minutes is None else handling_minutes
    left = timedelta(minutes=minutes)
    for opens, closes in _open_spans(node, begins_at(node, accepted_at, holidays), holidays):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    raise AssertionError("hours come back every week, closures and holidays end")


def begins_at(node: Node, accepted_at: datetime, holidays: AbstractSet[date]) -> datetime:
    """When handling may begin, if the node is open then: once its lead days are over."""
    zone = ZoneInfo(node.time_zone)
    day = accepted_at.astimezone(zone).date()
    for _ in range(node.lead_days):
        day = next(day for day in _days(day + DAY) if working_day(node, day, holidays))
    return max(_instant(day, time.min, zone), accepted_at.astimezone(UTC))


def begins_by(
    node: Node, ready_by: datetime, *, holidays: AbstractSet[date], handling_minutes: int
) -> datetime:
    """The last instant at which handling may begin so that it is done by then, UTC.

    So many open minutes are walked back; without any, somebody has to be there.
    """
    left = timedelta(minutes=handling_minutes)
    for opens, closes in _open_spans_back(node, ready_by.astimezone(UTC), holidays):
        if not left:
            return ready_by.astimezone(UTC) if closes > ready_by else closes - MOMENT
        done = min(closes, ready_by)
        if done - left >= opens:
            return done - left
        left -= done - opens
    raise AssertionError("hours came back every week, closures and holidays began")


def accepted_by(node: Node, begins: datetime, holidays: AbstractSet[date]) -> datetime:
    """The last instant at which an order's lead days are over by `begins`, UTC.

    They are over when the last of them begins; the day of acceptance is none of them.
    """
    if not node.lead_days:
        return begins.astimezone(UTC)
    zone = ZoneInfo(node.time_zone)
    days = _days_back(begins.astimezone(zone).date())
    works = (day for day in days if working_day(node, day, holidays))
    first = next(islice(works, node.lead_days - 1, None))
    return _instant(first, time.min, zone) - MOMENT


def last_closes_at(node: Node, day: date) -> datetime:
    """When a node closes for the last time on a day on which it works, UTC."""
    return _spans_of(node, day, ZoneInfo(node.time_zone))[-1][1]


def opens_at(node: Node, since: datetime, holidays: AbstractSet[date]) -> datetime:
    """The first instant from `since` on at which somebody is there, UTC."""
    return next(opens for opens, _ in _open_spans(node, since.astimezone(UTC), holidays))


def span_at(
    node: Node, at: datetime, holidays: AbstractSet[date]
) -> tuple[datetime, datetime | None]:
    """The hours that are under way at an instant, or come next, UTC; None: it never closes.

    Spans that meet at midnight are one.
    """
    if not node.hours and not node.closures:
        return at.astimezone(UTC), None
    spans = _open_spans(node, at.astimezone(UTC), holidays)
    opens, closes = next(spans)
    horizon = opens + FARTHEST_CLOSING
    for next_opens, next_closes in spans:
        if next_opens > closes:
            return opens, closes
        if next_closes > horizon:
            break
        closes = next_closes
    return opens, None


def open_minutes(
    node: Node, since: datetime, until: datetime, holidays: AbstractSet[date], *, most: int
) -> int:
    """Whole minutes of open time between two instants, counted no further than `most`."""
    total = timedelta()
    for opens, closes in _open_spans(node, since.astimezone(UTC), holidays):
        if opens >= until or total >= timedelta(minutes=most):
            break
        total += min(closes, until) - opens
    return min(int(total.total_seconds() // 60), most)


def capacity(node: Node, day: date) -> tuple[int | None, int | None]:
    """Units and orders that the node can handle on a day; None: no limit is known."""
    units, orders = node.units_per_day, node.orders_per_day
    by_weekday = [one for one in node.capacities if one.weekday == day.weekday()]
    by_day = [one for one in node.capacities if one.day == day]
    for one in (*by_weekday, *by_day):
        units = units if one.units is None else one.units
        orders = orders if one.orders is None else one.orders
    return units, orders


def _open_spans(
    node: Node, since: datetime, holidays: AbstractSet[date]
) -> Iterator[tuple[datetime, datetime]]:
    """When the node is open from `since` on, as UTC instants in order."""
    zone = ZoneInfo(node.time_zone)
    for day in _days(since.astimezone(zone).date()):
        if not working_day(node, day, holidays):
            continue
        for opens, closes in _spans_of(node, day, zone):
            if closes > max(opens, since):
                yield max(opens, since), closes


def _open_spans_back(
    node: Node, until: datetime, holidays: AbstractSet[date]
) -> Iterator[tuple[datetime, datetime]]:
    """When the node is open, from the span that `until` is in or after backwards, whole, UTC."""
    zone = ZoneInfo(node.time_zone)
    for day in _days_back(until.astimezone(zone).date()):
        if not working_day(node, day, holidays):
            continue
        for opens, closes in reversed(_spans_of(node, day, zone)):
            if opens <= until:
                yield opens, closes


def _spans_of(node: Node, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    usual = [hours for hours in node.hours if hours.weekday == day.weekday()]
    spans: Sequence[Hours | Opening] = [one for one in node.openings if one.day == day] or usual
    if not spans:
        return [(_instant(day, time.min, zone), _instant(day + DAY, time.min, zone))]
    return sorted(
        (_instant(day, one.opens, zone), _instant(day, one.closes, zone)) for one in spans
    )


def departs_at(
    node: Node,
    service: str,
    ready: datetime,
    *,
    holidays: AbstractSet[date],
    closures: AbstractSet[date] = frozenset(),
) -> datetime | None:
    """The first departure of a service whose cut-off is not before `ready`, UTC.

    Nothing leaves on public holidays, on `closures` of the service, nor on days when nobody works
    at the node. None: the service does not call there, or not within 400 days.
    """
    zone = ZoneInfo(node.time_zone)
    cut_offs = {
        departure.weekday: departure.cut_off
        for departure in node.departures
        if departure.service == service
    }
    if not cut_offs:
        return None
    first = ready.astimezone(zone).date()
    for day in _days(first, FARTHEST_DEPARTURE_DAYS):
        cut_off = cut_offs.get(day.weekday())
        if cut_off is None or day in holidays or day in closures:
            continue
        if not working_day(node, day, holidays):
            continue
        leaves_at = _instant(day, cut_off, zone)
        if leaves_at >= ready:
            return leaves_at
    return None


def rounds(service: Service | None) -> Rounds:
    """The days on which a service delivers; those of a lane of our own, or of one not known."""
    if service is None:
        return USUAL_ROUNDS
    if not service.delivers_on and not service.closures:
        return DAILY_ROUNDS if service.delivers_daily else USUAL_ROUNDS
    closures = tuple(one.day for one in service.closures)
    return rounds_of(service.delivers_on, closures, is_daily=service.delivers_daily)


@lru_cache(1000)
def rounds_of(weekdays: Sequence[int], closures: Sequence[date], *, is_daily: bool) -> Rounds:
    """The days on which a service delivers, by its own weekdays and days of rest, if it has any."""
    usual = DAILY_ROUNDS if is_daily else USUAL_ROUNDS
    if not weekdays and not closures:
        return usual
    return Rounds(frozenset(weekdays) or usual.weekdays, usual.keeps_holidays, frozenset(closures))


def arrives_on(
    departure_day: date,
    transit_days: int,
    rests: Rests,
    rounds: Rounds = USUAL_ROUNDS,
) -> date:
    """The day of delivery: so many delivery days after departure.

    0 days is the day of departure, or the first delivery day after it.
    """
    if rounds is DAILY_ROUNDS and not rests.shut:
        return departure_day + transit_days * DAY
    if transit_days == 0:
        return next(day for day in _days(departure_day) if is_delivery_day(day, rests, rounds))
    day = departure_day
    for _ in range(transit_days):
        day = next(day for day in _days(day + DAY) if is_delivery_day(day, rests, rounds))
    return day


def delivery_days(since: date, until: date, rests: Rests, rounds: Rounds = USUAL_ROUNDS) -> int:
    """How many delivery days after one day another is: what `arrives_on` asks to get there."""
    return sum(
        is_delivery_day(since + count * DAY, rests, rounds)
        for count in range(1, (until - since).days + 1)
    )


def is_delivery_day(day: date, rests: Rests, rounds: Rounds = USUAL_ROUNDS) -> bool:
    """Whether parcels come on that day to where they go, which `rests` on some."""
    if day.weekday() not in rounds.weekdays or day in rounds.closures or day in rests.shut:
        return False
    return not rounds.keeps_holidays or day not in rests.holidays


def rate(service: Service, km: float, weight_g: int) -> Rate | None:
    """The cheapest rate for one parcel of that weight over that distance; the faster of equals."""
    fitting = [
        rate for rate in service.rates if rate.max_km >= km and rate.max_weight_g >= weight_g
    ]
    return min(
        fitting,
        key=lambda rate: (rate.cents, rate.transit_days, rate.max_km, rate.max_weight_g),
        default=None,
    )


def _days(first: date, number: int = 10_000) -> Iterator[date]:
    for count in range(number):
        yield first + count * DAY


def _days_back(last: date, number: int = 10_000) -> Iterator[date]:
    for count in range(number):
        yield last - count * DAY


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That time of that day, UTC; the first one where daylight saving repeats it."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def normal_node(node: Node) -> Node:
    """The node as it is kept: hours, closures, openings, capacities and departures in order.

    Raises:
        UnknownTimeZone: there is no such zone.
        HoursOverlap: two openings of a day overlap, or one ends before it begins.
        HandlingTooLong: a year's hours would not do for one order.
        OpenAndClosed: a day has an opening and a closure.
        CapacityUnclear: a capacity is for no day, or for two.
        TwiceGiven: a closure, a capacity or a departure is there twice.
    """
    if node.time_zone not in _zones():
        raise UnknownTimeZone(zone=node.time_zone)
    hours = sorted(node.hours, key=lambda hours: (hours.weekday, hours.opens))
    openings = sorted(node.openings, key=lambda one: (one.day, one.opens))
    _check_spans(node.code, [(one.weekday, one.opens, one.closes) for one in hours])
    _check_spans(node.code, [(one.day, one.opens, one.closes) for one in openings])
    if hours and node.handling_minutes > LONGEST_HANDLING_WEEKS * _open_minutes(node):
        raise HandlingTooLong(node=node.code, weeks=LONGEST_HANDLING_WEEKS)
    _check_days(node)
    return structs.replace(
        node,
        hours=tuple(hours),
        openings=tuple(openings),
        capacities=tuple(sorted(node.capacities, key=_capacity_key)),
        closures=tuple(sorted(node.closures, key=lambda closure: closure.day)),
        departures=tuple(sorted(node.departures, key=lambda one: (one.service, one.weekday))),
    )


def _check_days(node: Node) -> None:
    """Refuse what is said twice of a day, or of none."""
    closed = [closure.day for closure in node.closures]
    both = sorted({opening.day for opening in node.openings}.intersection(closed))
    if both:
        raise OpenAndClosed(node=node.code, day=both[0])
    for one in node.capacities:
        if (one.weekday is None) is (one.day is None) or one.units is one.orders is None:
            raise CapacityUnclear(node=node.code)
    _check_once(closed, "closures", node.code)
    _check_once(((one.service, one.weekday) for one in node.departures), "departures", node.code)
    _check_once(((one.weekday, one.day) for one in node.capacities), "capacities", node.code)


def _check_spans(node: str, spans: Sequence[tuple[int | date, time, time]]) -> None:
    """Refuse spans, in order, that overlap on their day or end before they begin."""
    if any(opens >= closes for _, opens, closes in spans) or any(
        day == other and closes > opens for (day, _, closes), (other, opens, _) in pairwise(spans)
    ):
        raise HoursOverlap(node=node)


def _capacity_key(one: Capacity) -> tuple[int, date]:
    """Weekdays first, then days."""
    return (7 if one.weekday is None else one.weekday), one.day or date.min


def _open_minutes(node: Node) -> float:
    """In an ordinary week."""
    return sum(_minutes(one.closes) - _minutes(one.opens) for one in node.hours)


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def normal_service(service: Service) -> Service:
    """The service as it is kept: rates in order of distance, then weight; days in order.

    Raises:
        TwiceGiven: two rates have the same limits, or a weekday or a closure is there twice.
    """
    limits = [(rate.max_km, rate.max_weight_g) for rate in service.rates]
    _check_once(limits, "rates", service.code)
    _check_once(service.delivers_on, "delivers_on", service.code)
    _check_once((one.day for one in service.closures), "closures", service.code)
    by_limits: Sequence[Rate] = sorted(
        service.rates, key=lambda rate: (rate.max_km, rate.max_weight_g)
    )
    return structs.replace(
        service,
        rates=tuple(by_limits),
        delivers_on=tuple(sorted(service.delivers_on)),
        closures=tuple(sorted(service.closures, key=lambda closure: closure.day)),
    )


def check_lane(lane: Lane) -> None:
    """Refuse a lane that ends where it begins."""
    if lane.source == lane.target:
        raise LaneToItself(node=lane.source)


def _check_once(keys: Iterable[object], what: str, code: str) -> None:
    given = list(keys)
    if len(set(given)) < len(given):
        raise TwiceGiven(what=what, code=code)


def hours_on(node: Node, day: date, holidays: AbstractSet[date]) -> list[tuple[time, time]]:
    """When a node is open on a day, by its own clock; one without hours is open all day."""
    if not working_day(node, day, holidays):
        return []
    usual = [hours for hours in node.hours if hours.weekday == day.weekday()]
    spans: Sequence[Hours | Opening] = [one for one in node.openings if one.day == day] or usual
    return sorted((one.opens, one.closes) for one in spans) or [(time.min, time.max)]
