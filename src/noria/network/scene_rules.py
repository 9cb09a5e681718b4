"""Decisions about the network at an instant: departures, what may go where, who has hands free."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.network import diary_rules, reliability_rules, tariff_rules
from noria.network import rules as network
from noria.network.diary_model import Agenda, Diary
from noria.network.model import Node, NodeKind, Service
from noria.network.reliability_model import Reliability
from noria.network.scene_model import Exit, Later, Scene, Traits
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
                reliability_rules.handling_minutes(known, node),
                partial(network.accepted_by, node, holidays=holidays[code]),
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
    minutes: int,
    latest: Callable[[datetime], datetime],
) -> list[Exit]:
    """Its departures after `ready`; `latest` says until when one accepts what is begun then."""
    if not node.is_open or not node.does_ship:
        return []
    codes = sorted({departure.service for departure in node.departures} & services.keys())
    zone = ZoneInfo(node.time_zone)
    if ready is None:
        today = now.astimezone(zone).date()
        return [
            Exit(
                service=services[code],
                leaves_at=now,
                day=today,
                prices=None,
                order_by=now,
                begun_by=today,
            )
            for code in codes
        ]
    exits = []
    for code in codes:
        closures = network.rounds(services[code]).closures
        leaves = network.departs_at(node, code, ready, holidays=holidays, closures=closures)
        if leaves is not None:
            day = leaves.astimezone(zone).date()
            begins = network.begins_by(node, leaves, holidays=holidays, handling_minutes=minutes)
            exits.append(
                Exit(
                    service=services[code],
                    leaves_at=leaves,
                    day=day,
                    prices=tariff_rules.in_force(books, day).get(code),
                    order_by=max(latest(begins), now),
                    begun_by=begins.astimezone(zone).date(),
                )
            )
    return exits


def made_order_by(
    node: Node,
    units: int,
    taken: Mapping[date, int],
    holidays: Days,
    now: datetime,
    begins: datetime,
) -> datetime:
    """The last instant at which a maker has days enough for so many units, the last begun then.

    The days that `schedule` would take are walked back from the last one; on the first of them the
    order has to be there, its lead days over. Not before `now`.
    """
    zone = ZoneInfo(node.time_zone)
    day, today = begins.astimezone(zone).date(), now.astimezone(zone).date()
    while (units := units - free_on(node, day, taken, holidays)) > 0:
        day -= network.DAY
        if day < today:
            return now
    return _there_on(node, day, holidays, begins)


def _there_on(node: Node, day: date, holidays: Days, begins: datetime) -> datetime:
    """The last instant at which an order is there on a day, its lead days over, to `begin` then."""
    if node.lead_days:
        zone = ZoneInfo(node.time_zone)
        return network.accepted_by(node, datetime.combine(day, time.min, zone), holidays)
    if not network.working_day(node, day, holidays):
        return begins
    return min(begins, network.last_closes_at(node, day) - network.MOMENT)


def diaries(
    nodes: Mapping[str, Node],
    load: Mapping[str, Agenda],
    *,
    holidays: Mapping[str, Days],
    now: datetime,
) -> dict[str, Diary]:
    """The diary of each node of which it is known how much it can handle.

    Units of who makes to order are booked day by day: its diary has its orders alone.
    """
    handling = {code: _handling(node) for code, node in nodes.items()}
    return diary_rules.diaries(handling, load, holidays=holidays, now=now)


def diaries_on(
    nodes: Mapping[str, Node],
    load: Mapping[str, Agenda],
    *,
    holidays: Mapping[str, Days],
    day: date,
) -> dict[str, Diary]:
    """The same of nodes with a load, as they stand at the beginning of a day."""
    return {
        code: Diary(
            node=_handling(nodes[code]),
            holidays=holidays[code],
            since=day,
            first=day,
            agenda=agenda,
        )
        for code, agenda in load.items()
    }


def _handling(node: Node) -> Node:
    """A node with the capacity that its diary goes by."""
    if not is_maker(node):
        return node
    orders = [structs.replace(one, units=None) for one in node.capacities if one.orders is not None]
    return structs.replace(node, units_per_day=None, overtime_units=0, capacities=tuple(orders))


def is_maker(node: Node) -> bool:
    """Whether a node makes to order, so much a day."""
    return node.kind in MAKERS and node.units_per_day is not None


def made(scene: Scene, code: str, units: int) -> tuple[datetime, list[Exit]]:
    """When a maker could hand over so many units that are ordered now, and its departures then."""
    node, holidays = scene.nodes[code], scene.holidays[code]
    since = scene.not_before.get(code)
    days = schedule(node, units, scene.taken[code], holidays, scene.as_of, since=since)
    ready = made_by(node, days[-1][0], scene.known, holidays, scene.as_of)
    latest = partial(made_order_by, node, units, scene.taken[code], holidays, scene.as_of)
    return ready, _exits_after(scene, code, ready, latest)


def _exits_after(
    scene: Scene, code: str, ready: datetime, latest: Callable[[datetime], datetime]
) -> list[Exit]:
    node = scene.nodes[code]
    minutes = reliability_rules.handling_minutes(scene.known, node)
    return _exits(
        node,
        scene.services,
        scene.books,
        scene.holidays[code],
        scene.as_of,
        ready,
        minutes,
        latest,
    )


def later(scene: Scene, diary: Diary, day: date, units: int) -> Later:
    """When a node that begins so many units on a day has them ready, and its departures then."""
    node, holidays = diary.node, diary.holidays
    ready = scene.ready_at[node.code]
    if day != diary.first:
        ready = made_by(node, day, scene.known, holidays, scene.as_of)
    latest = partial(order_by, diary, units)
    return Later(day=day, ready_at=ready, exits=_exits_after(scene, node.code, ready, latest))


def order_by(diary: Diary, units: int, begins: datetime) -> datetime:
    """The last instant at which a node still has room for so many units before it has to begin."""
    node = diary.node
    last = begins.astimezone(ZoneInfo(node.time_zone)).date()
    day = diary_rules.begun_by(diary, units, last)
    if day == last:
        return network.accepted_by(node, begins, diary.holidays)
    return _there_on(node, day, diary.holidays, begins)


def begun_on(scene: Scene, diaries: Mapping[str, Diary], days: Mapping[str, date]) -> Scene:
    """The scene with nodes that begin what is ordered now, be it one unit, on these days."""
    makers = {code: day for code, day in days.items() if code in scene.taken}
    found = {
        code: later(scene, diaries[code], day, 1)
        for code, day in days.items()
        if code not in makers
    }
    return on_days(scene, found, makers)


def on_days(
    scene: Scene, found: Mapping[str, Later], makers: Mapping[str, date] = MappingProxyType({})
) -> Scene:
    """The scene with nodes, and `makers`, that begin what is ordered now on other days."""
    if not found and not makers:
        return scene
    return structs.replace(
        scene,
        not_before={**scene.not_before, **makers},
        exits={**scene.exits, **{code: one.exits for code, one in found.items()}},
        ready_at={**scene.ready_at, **{code: one.ready_at for code, one in found.items()}},
    )


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
    node: Node,
    units: int,
    taken: Mapping[date, int],
    holidays: Days,
    now: datetime,
    *,
    since: date | None = None,
) -> list[tuple[date, int]]:
    """On which days a maker makes so many units: the earliest that have capacity left.

    Work begins when its lead days are over, and not before `since`. What no day of the next 400
    has room for is made on the last of them: a date is told, however far.
    """
    found: list[tuple[date, int]] = []
    first = begins_on(node, holidays, now)
    day = first = first if since is None else max(first, since)
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


def still_leaves(
    node: Node,
    leaves_at: datetime,
    accepted_at: datetime,
    known: Reliability,
    holidays: AbstractSet[date],
    *,
    code: str,
    service: Service | None,
) -> bool:
    """Whether what is accepted then would leave with that departure, or an earlier one.

    `code` is that of its service, which may be none of a carrier.
    """
    minutes = reliability_rules.handling_minutes(known, node)
    ready = network.ready_at(node, accepted_at, holidays=holidays, handling_minutes=minutes)
    closures = network.rounds(service).closures
    leaves = network.departs_at(node, code, ready, holidays=holidays, closures=closures)
    return leaves is not None and leaves <= leaves_at
