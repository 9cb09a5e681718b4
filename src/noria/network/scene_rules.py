"""Decisions about the network at an instant: departures, what may go where, who has hands free."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.network import reliability_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import Node, NodeKind, Service
from noria.network.reliability_model import Reliability
from noria.network.scene_model import Exit, Scene, Traits, Workload
from noria.network.tariff_model import Book

Days = frozenset[date]
MAKERS = (NodeKind.PRINTER, NodeKind.MAKER)


def scene(
    nodes: Mapping[str, Node],
    services: Mapping[str, Service],
    *,
    books: Sequence[Book],
    known: Reliability,
    holidays: Mapping[str, Days],
    now: datetime,
    taken: Mapping[str, Mapping[date, int]] = MappingProxyType({}),
) -> Scene:
    """The network at an instant; `holidays` are those of each node's region.

    `taken` is what nodes that make to order have to make already, by day.
    """
    ready = {
        code: network.ready_at(
            node,
            now,
            holidays=holidays[code],
            handling_minutes=reliability_rules.handling_minutes(known, node),
        )
        for code, node in nodes.items()
        if node.is_open and node.kind is not NodeKind.DIGITAL
    }
    return Scene(
        as_of=now,
        nodes=nodes,
        exits={
            code: _exits(
                node,
                services,
                books,
                holidays[code],
                now,
                ready.get(code),
                partial(order_by, node, known, holidays[code]),
            )
            for code, node in nodes.items()
        },
        known=known,
        ready_at=ready,
        services=services,
        books=books,
        holidays=holidays,
        taken=taken,
    )


def _exits(
    node: Node,
    services: Mapping[str, Service],
    books: Sequence[Book],
    holidays: Days,
    now: datetime,
    ready: datetime | None,
    latest: Callable[[datetime], datetime],
) -> list[Exit]:
    """Its departures after `ready`; `latest` says until when one accepts what catches one."""
    if not node.is_open or not node.does_ship:
        return []
    codes = sorted({departure.service for departure in node.departures} & services.keys())
    zone = ZoneInfo(node.time_zone)
    if ready is None:
        today = now.astimezone(zone).date()
        return [
            Exit(service=services[code], leaves_at=now, day=today, prices=None, order_by=now)
            for code in codes
        ]
    exits = []
    for code in codes:
        leaves = network.departs_at(node, code, ready, holidays=holidays)
        if leaves is not None:
            day = leaves.astimezone(zone).date()
            exits.append(
                Exit(
                    service=services[code],
                    leaves_at=leaves,
                    day=day,
                    prices=tariff_rules.in_force(books, day).get(code),
                    order_by=max(latest(leaves), now),
                )
            )
    return exits


def order_by(node: Node, known: Reliability, holidays: Days, leaves_at: datetime) -> datetime:
    """The last instant at which what is accepted is handled in time for a departure."""
    minutes = reliability_rules.handling_minutes(known, node)
    begins = network.begins_by(node, leaves_at, holidays=holidays, handling_minutes=minutes)
    return network.accepted_by(node, begins, holidays)


def made_order_by(
    node: Node,
    units: int,
    taken: Mapping[date, int],
    known: Reliability,
    holidays: Days,
    now: datetime,
    leaves_at: datetime,
) -> datetime:
    """The last instant at which a maker has days enough for so many units before a departure.

    The days that `schedule` would take are walked back from the last one that is handled in time;
    on the first of them the order has to be there, its lead days over. Not before `now`.
    """
    minutes = reliability_rules.handling_minutes(known, node)
    begins = network.begins_by(node, leaves_at, holidays=holidays, handling_minutes=minutes)
    zone = ZoneInfo(node.time_zone)
    day, today = begins.astimezone(zone).date(), now.astimezone(zone).date()
    while (units := units - free_on(node, day, taken, holidays)) > 0:
        day -= network.DAY
        if day < today:
            return now
    if node.lead_days:
        return network.accepted_by(node, datetime.combine(day, time.min, zone), holidays)
    if not network.working_day(node, day, holidays):
        return begins
    return min(begins, network.last_closes_at(node, day) - network.MOMENT)


def is_maker(node: Node) -> bool:
    """Whether a node makes to order, so much a day."""
    return node.kind in MAKERS and node.units_per_day is not None


def made(scene: Scene, code: str, units: int) -> tuple[datetime, list[Exit]]:
    """When a maker could hand over so many units that are ordered now, and its departures then."""
    node, holidays = scene.nodes[code], scene.holidays[code]
    days = schedule(node, units, scene.taken[code], holidays, scene.as_of)
    ready = made_by(node, days[-1][0], scene.known, holidays, scene.as_of)
    latest = partial(
        made_order_by, node, units, scene.taken[code], scene.known, holidays, scene.as_of
    )
    exits = _exits(node, scene.services, scene.books, holidays, scene.as_of, ready, latest)
    return ready, exits


def made_by(node: Node, day: date, known: Reliability, holidays: Days, now: datetime) -> datetime:
    """When what a maker makes on a day is ready."""
    starts = datetime.combine(day, time.min, ZoneInfo(node.time_zone)).astimezone(UTC)
    return network.ready_at(
        structs.replace(node, lead_days=0),
        max(starts, now),
        holidays=holidays,
        handling_minutes=reliability_rules.handling_minutes(known, node),
    )


def schedule(
    node: Node, units: int, taken: Mapping[date, int], holidays: Days, now: datetime
) -> list[tuple[date, int]]:
    """On which days a maker makes so many units: the earliest that have capacity left.

    Work begins when its lead days are over. What no day of the next 400 has room for is made on
    the last of them: a date is told, however far.
    """
    found: list[tuple[date, int]] = []
    day = first = begins_on(node, holidays, now)
    for count in range(network.FARTHEST_DEPARTURE_DAYS):
        if units <= 0:
            break
        day = first + count * network.DAY
        made = min(free_on(node, day, taken, holidays), units)
        if made:
            found.append((day, made))
            units -= made
    return [*found, (day, units)] if units or not found else found


def free_on(node: Node, day: date, taken: Mapping[date, int], holidays: Days) -> int:
    """What a maker can still make on a day."""
    if not network.working_day(node, day, holidays):
        return 0
    return max((network.capacity(node, day)[0] or 0) - taken.get(day, 0), 0)


def free_days(
    node: Node, taken: Mapping[date, int], holidays: Days, *, now: datetime, until: date
) -> list[tuple[date, int]]:
    """What a maker can still make on each day, from the first one that is not too soon."""
    first = begins_on(node, holidays, now)
    days = (first + count * network.DAY for count in range((until - first).days + 1))
    return [(day, free) for day in days if (free := free_on(node, day, taken, holidays))]


def begins_on(node: Node, holidays: Days, now: datetime) -> date:
    """The first day on which a maker works on what is ordered now: its lead days are over."""
    begins = network.begins_at(node, now, holidays)
    return network.opens_at(node, begins, holidays).astimezone(ZoneInfo(node.time_zone)).date()


def with_loose(
    node: Node, taken: Mapping[date, int], loose: int, holidays: Days, now: datetime
) -> dict[date, int]:
    """What is taken of each day, with units that are held and not booked on the first free days."""
    found = dict(taken)
    if loose > 0:
        for day, units in schedule(node, loose, taken, holidays, now):
            found[day] = found.get(day, 0) + units
    return found


def barred(node: Node, goods: Traits) -> str | None:
    """Why a node may not send such goods, as the code of a fence; None: it may."""
    if goods.is_digital is not (node.kind is NodeKind.DIGITAL):
        return "digital" if goods.is_digital else "not-digital"
    if goods.is_hazardous and not node.takes_hazardous:
        return "hazardous"
    if goods.is_bulky and not node.takes_bulky:
        return "bulky"
    if goods.is_wrapped and not node.does_gift_wrap:
        return "no-gift-wrap"
    if goods.needs_own_packaging and not node.has_own_packaging:
        return "no-own-packaging"
    return None


def keeps(relay: Node, goods: Traits) -> bool:
    """Whether a relay point keeps such goods for customers."""
    return goods.is_bulky <= relay.takes_bulky and goods.is_hazardous <= relay.takes_hazardous


def refuses(service: Service, goods: Traits) -> bool:
    """Whether a carrier's service does not take such goods."""
    return goods.is_bulky > service.takes_bulky or goods.is_hazardous > service.takes_hazardous


def free_units(
    nodes: Mapping[str, Node],
    load: Mapping[str, Workload],
    *,
    holidays: Mapping[str, Days],
    now: datetime,
) -> tuple[dict[str, int], dict[str, int]]:
    """What nodes with a known capacity can still take on: units, and orders.

    It is that of the day on which work would begin, less what they have yet to pick. A node that
    has no end of something is left out there.
    """
    units, orders = {}, {}
    for code, node in nodes.items():
        if not (node.units_per_day or node.orders_per_day or node.capacities):
            continue
        begins = network.begins_at(node, now, holidays[code])
        opens = network.opens_at(node, begins, holidays[code])
        day = opens.astimezone(ZoneInfo(node.time_zone)).date()
        given = load.get(code, Workload())
        free, _ = network.free_units(node, day, given.units, given.orders)
        if free is not None:
            units[code] = free
        most_orders = network.capacity(node, day)[1]
        if most_orders is not None:
            orders[code] = max(most_orders - given.orders, 0)
    return units, orders


def still_leaves(
    node: Node,
    service: str,
    leaves_at: datetime,
    accepted_at: datetime,
    known: Reliability,
    holidays: AbstractSet[date],
) -> bool:
    """Whether what is accepted then would leave with that departure."""
    minutes = reliability_rules.handling_minutes(known, node)
    ready = network.ready_at(node, accepted_at, holidays=holidays, handling_minutes=minutes)
    return network.departs_at(node, service, ready, holidays=holidays) == leaves_at
