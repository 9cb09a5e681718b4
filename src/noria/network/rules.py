"""Decisions of the network: distances, calendars in each node's own time, what a parcel costs."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, available_timezones

from msgspec import structs

from noria.network.model import (
    HandlingTooLong,
    HoursOverlap,
    Lane,
    LaneToItself,
    Node,
    Rate,
    Service,
    Spot,
    TwiceGiven,
    UnknownTimeZone,
)

EARTH_RADIUS_KM = 6371.0088
SUNDAY = 6
DAY = timedelta(days=1)
FARTHEST_DEPARTURE_DAYS = 400
LONGEST_HANDLING_WEEKS = 52


def great_circle_km(a: Spot, b: Spot) -> float:
    """Kilometres between two spots over the ground of a sphere (haversine, mean earth radius)."""
    north_a, north_b = radians(a.latitude), radians(b.latitude)
    across = sin((north_b - north_a) / 2) ** 2
    along = sin(radians(b.longitude - a.longitude) / 2) ** 2
    share = across + cos(north_a) * cos(north_b) * along
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(share)))


def working_day(node: Node, day: date, holidays: AbstractSet[date]) -> bool:
    """Whether anybody works at the node on that day.

    A node with hours rests on public holidays and on weekdays without hours; one without hours is
    always open. Closures hold for both.
    """
    if any(closure.day == day for closure in node.closures):
        return False
    if not node.hours:
        return True
    return day not in holidays and any(hours.weekday == day.weekday() for hours in node.hours)


def ready_at(node: Node, accepted_at: datetime, *, holidays: AbstractSet[date]) -> datetime:
    """When what was accepted then can be handed to a carrier, UTC.

    First `lead_days` working days pass, not counting the day of acceptance: work begins when the
    last of them opens. Then `handling_minutes` of open time pass; an hour that daylight saving
    skips or repeats is not worked or worked twice.
    """
    left = timedelta(minutes=node.handling_minutes)
    for opens, closes in _open_spans(node, _begins_at(node, accepted_at, holidays), holidays):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    raise AssertionError("hours come back every week, closures and holidays end")


def _begins_at(node: Node, accepted_at: datetime, holidays: AbstractSet[date]) -> datetime:
    zone = ZoneInfo(node.time_zone)
    day = accepted_at.astimezone(zone).date()
    for _ in range(node.lead_days):
        day = next(day for day in _days(day + DAY) if working_day(node, day, holidays))
    begins_at = _instant(day, time.min, zone)
    return max(begins_at, accepted_at.astimezone(UTC))


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


def _spans_of(node: Node, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    if not node.hours:
        return [(_instant(day, time.min, zone), _instant(day + DAY, time.min, zone))]
    return sorted(
        (_instant(day, hours.opens, zone), _instant(day, hours.closes, zone))
        for hours in node.hours
        if hours.weekday == day.weekday()
    )


def departs_at(
    node: Node, service: str, ready: datetime, *, holidays: AbstractSet[date]
) -> datetime | None:
    """The first departure of a service whose cut-off is not before `ready`, UTC.

    Nothing leaves on public holidays, nor on days when nobody works at the node. None: the service
    does not call there, or not within 400 days.
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
        if cut_off is None or day in holidays or not working_day(node, day, holidays):
            continue
        leaves_at = _instant(day, cut_off, zone)
        if leaves_at >= ready:
            return leaves_at
    return None


def arrives_on(departure_day: date, transit_days: int, holidays: AbstractSet[date]) -> date:
    """The day of delivery: so many delivery days after departure.

    Parcels are delivered from Monday to Saturday, not on public holidays; 0 days is the day of
    departure, or the first delivery day after it.
    """
    if transit_days == 0:
        return next(day for day in _days(departure_day) if _is_delivery_day(day, holidays))
    day = departure_day
    for _ in range(transit_days):
        day = next(day for day in _days(day + DAY) if _is_delivery_day(day, holidays))
    return day


def _is_delivery_day(day: date, holidays: AbstractSet[date]) -> bool:
    return day.weekday() != SUNDAY and day not in holidays


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


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That time of that day, UTC; the first one where daylight saving repeats it."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def normal_node(node: Node) -> Node:
    """The node as it is kept: hours, closures and departures in order.

    Raises:
        UnknownTimeZone: there is no such zone.
        HoursOverlap: two openings of a weekday overlap, or one ends before it begins.
        HandlingTooLong: a year's hours would not do for one order.
        TwiceGiven: a closure or a departure is there twice.
    """
    if node.time_zone not in _zones():
        raise UnknownTimeZone(zone=node.time_zone)
    hours = sorted(node.hours, key=lambda hours: (hours.weekday, hours.opens))
    if any(one.opens >= one.closes for one in hours) or any(
        one.weekday == other.weekday and one.closes > other.opens for one, other in pairwise(hours)
    ):
        raise HoursOverlap(node=node.code)
    if hours and node.handling_minutes > LONGEST_HANDLING_WEEKS * _open_minutes(node):
        raise HandlingTooLong(node=node.code, weeks=LONGEST_HANDLING_WEEKS)
    _check_once((closure.day for closure in node.closures), "closures", node.code)
    _check_once(((one.service, one.weekday) for one in node.departures), "departures", node.code)
    return structs.replace(
        node,
        hours=tuple(hours),
        closures=tuple(sorted(node.closures, key=lambda closure: closure.day)),
        departures=tuple(sorted(node.departures, key=lambda one: (one.service, one.weekday))),
    )


def _open_minutes(node: Node) -> float:
    """In an ordinary week."""
    return sum(_minutes(one.closes) - _minutes(one.opens) for one in node.hours)


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def normal_service(service: Service) -> Service:
    """The service as it is kept: rates in order of distance, then weight.

    Raises:
        TwiceGiven: two rates have the same limits.
    """
    limits = [(rate.max_km, rate.max_weight_g) for rate in service.rates]
    _check_once(limits, "rates", service.code)
    by_limits: Sequence[Rate] = sorted(
        service.rates, key=lambda rate: (rate.max_km, rate.max_weight_g)
    )
    return structs.replace(service, rates=tuple(by_limits))


def check_lane(lane: Lane) -> None:
    """Refuse a lane that ends where it begins."""
    if lane.source == lane.target:
        raise LaneToItself(node=lane.source)


def _check_once(keys: Iterable[object], what: str, code: str) -> None:
    given = list(keys)
    if len(set(given)) < len(given):
        raise TwiceGiven(what=what, code=code)
