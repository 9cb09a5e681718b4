"""Decisions about the network at an instant: departures, what may go where, who has hands free."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from zoneinfo import ZoneInfo

from noria.network import reliability_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import Node, NodeKind, Service
from noria.network.reliability_model import Reliability
from noria.network.scene_model import Exit, Scene, Traits, Workload
from noria.network.tariff_model import Book

Days = frozenset[date]


def scene(
    nodes: Mapping[str, Node],
    services: Mapping[str, Service],
    *,
    books: Sequence[Book],
    known: Reliability,
    holidays: Mapping[str, Days],
    now: datetime,
) -> Scene:
    """The network at an instant; `holidays` are those of each node's region."""
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
            code: _exits(node, services, books, holidays[code], now, ready.get(code))
            for code, node in nodes.items()
        },
        known=known,
        ready_at=ready,
    )


def _exits(
    node: Node,
    services: Mapping[str, Service],
    books: Sequence[Book],
    holidays: Days,
    now: datetime,
    ready: datetime | None,
) -> list[Exit]:
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
    works = ready - network.begins_at(node, now, holidays)
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
                    order_by=max(leaves - works, now),
                )
            )
    return exits


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
