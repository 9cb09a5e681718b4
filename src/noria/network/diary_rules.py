"""Which day a node of known capacity has room on: not today if today is full, but then tomorrow.

Each day has its capacity, none when the node is shut, less what is used up of it. What is due by a
day is handled on that day or before it, what is due first comes first. So what can still be begun
by the end of a day is, over that day and all that come after it, the least of: capacity from the
first day until then, less what is due until then and does not fit in before. It never falls from
one day to the next, so an order is begun on the first day that has room for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import accumulate, count
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.network import rules as network
from noria.network.diary_model import ENDLESS, Agenda, Diary, Workload
from noria.network.model import Node

ROOM_DAYS = 60
"""So far ahead it is looked for room; a node that has none until then is full."""
NOTHING = Workload()
FREE = Agenda()


def has_capacity(node: Node) -> bool:
    """Whether it is known how much the node can handle."""
    return bool(node.units_per_day or node.orders_per_day or node.capacities)


def diaries(
    nodes: Mapping[str, Node],
    load: Mapping[str, Agenda],
    *,
    holidays: Mapping[str, frozenset[date]],
    now: datetime,
) -> dict[str, Diary]:
    """The diary of each node of which it is known how much it can handle."""
    return {
        code: diary(node, load.get(code, FREE), holidays=holidays[code], now=now)
        for code, node in nodes.items()
        if has_capacity(node)
    }


def diary(node: Node, agenda: Agenda, *, holidays: frozenset[date], now: datetime) -> Diary:
    """The diary of a node as it stands."""
    zone = ZoneInfo(node.time_zone)

    def opens(at: datetime) -> date:
        return network.opens_at(node, at, holidays).astimezone(zone).date()

    first = opens(network.begins_at(node, now, holidays))
    since = opens(now) if node.lead_days else first
    return Diary(node=node, holidays=holidays, since=since, first=first, agenda=agenda)


def opening(known: Diary) -> tuple[date, int, int]:
    """The first day with room, and for how many units and orders; none at all: `first`, 0, 0."""
    return _first(known, 1) or (known.first, 0, 0)


def first_day(known: Diary, units: int) -> date | None:
    """The first day by whose end an order of so many units can be begun; None: it is full."""
    found = _first(known, units)
    return None if found is None else found[0]


def room_by(known: Diary, day: date) -> int:
    """Units that can still be begun by the end of a day; none where no order can."""
    return _room_from(known, known.first, day)


def begun_by(known: Diary, units: int, day: date) -> date:
    """The last day from which on so many units can still be begun by a day, and all else in time.

    Until then the node handles what is due; it is not before `first`.
    """
    start = day
    while start > known.first and _room_from(known, start, day) < units:
        start -= network.DAY
    return max(start, known.first)


def noted(known: Diary, units: int, day: date) -> Diary:
    """The diary with another order of so many units, which has to be begun by a day."""
    return structs.replace(known, agenda=more(known.agenda, units, day))


def more(agenda: Agenda, units: int, day: date) -> Agenda:
    """The agenda with another order of so many units, which has to be begun by a day."""
    before = agenda.due.get(day, NOTHING)
    after = Workload(units=before.units + units, orders=before.orders + 1)
    return structs.replace(agenda, due={**agenda.due, day: after})


def worked_off(known: Diary, day: date) -> Agenda:
    """What is still due once a day is over: its capacity went to what is due first."""
    units, orders = _capacity(known, day)
    left: dict[date, Workload] = {}
    for due, work in sorted(known.agenda.due.items()):
        done, sent = min(units, work.units), min(orders, work.orders)
        units, orders = units - done, orders - sent
        rest = Workload(units=work.units - done, orders=work.orders - sent)
        if rest != NOTHING:
            left[due] = rest
    return Agenda(due=left)


def _first(known: Diary, units: int) -> tuple[date, int, int] | None:
    """The first day by whose end so many units can be begun; how many can, and how many orders."""
    for day, some, orders in _room(known, known.first):
        if some >= units and orders:
            return day, some, orders
        if (day - known.first).days >= ROOM_DAYS:
            break
    return None


def _room_from(known: Diary, start: date, day: date) -> int:
    """Units that can be begun from a day on by the end of another; none where no order can."""
    one = next(one for one in _room(known, start) if one[0] >= day)
    return one[1] if one[2] else 0


def _room(known: Diary, start: date) -> Iterator[tuple[date, int, int]]:
    """Day by day, units and orders that can be begun by its end, by who begins none before."""
    last = max((*known.agenda.due, known.first, start))
    days = [known.first + at * network.DAY for at in range((last - known.first).days + 1)]
    each = [_capacity(known, day) for day in days]
    before = (start - known.first).days
    given = _given(known)
    units = _left(before, [some for some, _ in each], _until(given, days, "units"))
    orders = _left(before, [most for _, most in each], _until(given, days, "orders"))
    for day, some, most in zip(days[before:], _least(units), _least(orders), strict=True):
        yield day, _bounded(some), _bounded(most)
    some, most = units[-1], orders[-1]
    for at in count(1):
        day = last + at * network.DAY
        further = _capacity(known, day)
        some, most = some + further[0], most + further[1]
        yield day, _bounded(some), _bounded(most)


def _bounded(value: int) -> int:
    """What is due takes nothing off what has no end, and nobody has less than nothing."""
    return ENDLESS if value > ENDLESS // 2 else max(value, 0)


def _given(known: Diary) -> list[tuple[date, Workload]]:
    """What is due from the first day on, in order; what does not fit in before is due on it.

    While lead days last, only what is due within them is handled: the rest may have its own.
    """
    due = sorted(known.agenda.due.items())
    if not due or due[0][0] >= known.first:
        return due
    early = [work for day, work in due if day < known.first]
    days = [known.since + at * network.DAY for at in range((known.first - known.since).days)]
    each = [_capacity(known, day) for day in days]
    units = sum(work.units for work in early) - sum(some for some, _ in each)
    orders = sum(work.orders for work in early) - sum(most for _, most in each)
    late = Workload(units=max(units, 0), orders=max(orders, 0))
    return [(known.first, late), *((day, work) for day, work in due if day >= known.first)]


def _capacity(known: Diary, day: date) -> tuple[int, int]:
    """Units, overtime among them, and orders that can still be handled on a day."""
    if not network.working_day(known.node, day, known.holidays):
        return 0, 0
    units, orders = network.capacity(known.node, day)
    used = known.agenda.used.get(day, NOTHING)
    return (
        ENDLESS if units is None else max(_with_overtime(known.node, units) - used.units, 0),
        ENDLESS if orders is None else max(orders - used.orders, 0),
    )


def _with_overtime(node: Node, units: int) -> int:
    """On a day off nobody works overtime."""
    return units + node.overtime_units if units else 0


def _until(given: Sequence[tuple[date, Workload]], days: Sequence[date], name: str) -> list[int]:
    """What is due by the end of each of these days."""
    return [sum(getattr(work, name) for due, work in given if due <= day) for day in days]


def _left(before: int, each: Sequence[int], due: Sequence[int]) -> list[int]:
    """What is left by the end of each day from one on; what is due goes into those before it."""
    fits = sum(each[:before])
    capacity = accumulate(each[before:])
    return [some - max(asked - fits, 0) for some, asked in zip(capacity, due[before:], strict=True)]


def _least(values: Sequence[int]) -> list[int]:
    """Of each and all that come after it, the least."""
    return list(accumulate(reversed(values), min))[::-1]
