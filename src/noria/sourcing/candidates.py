"""From the network as it is to candidates for one order: who has what, and how it could travel."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.catalog.model import Sku
from noria.network import reliability_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import Node, NodeKind, Service, Spot
from noria.network.reliability_model import Reliability
from noria.network.tariff_model import Book, ZonePrices
from noria.sourcing.model import (
    Candidate,
    Extra,
    Option,
    PlannedLeg,
    Step,
    Units,
    Wish,
    Workload,
)

Days = frozenset[date]


class Exit(Struct, frozen=True, kw_only=True):
    """A service's next departure from a node, and its tariff then: the same for every order."""

    service: Service
    leaves_at: datetime
    day: date
    prices: Book | None


class Scene(Struct, frozen=True, kw_only=True):
    """All that does not depend on the order: nodes, their exits, and how reliable they are."""

    nodes: Mapping[str, Node]
    exits: Mapping[str, Sequence[Exit]]
    known: Reliability


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
    return Scene(
        nodes=nodes,
        exits={
            code: _exits(node, services, books, known, holidays[code], now)
            for code, node in nodes.items()
        },
        known=known,
    )


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


def candidates(
    scene: Scene,
    wish: Wish,
    stock: Mapping[str, Units],
    free: Mapping[str, int],
    *,
    skus: Mapping[str, Sku],
    holidays: Days = frozenset(),
) -> list[Candidate]:
    """Every node that has something of the order; `stock` is node to SKU to units.

    `holidays` are those of where the order goes.
    """
    found = []
    for code in sorted(stock):
        node = scene.nodes.get(code)
        units = {sku: stock[code].get(sku, 0) for sku in wish.wanted}
        if node is None or code in wish.without or not any(units.values()):
            continue
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        barred = {sku: why for sku in wish.wanted if (why := _barred(node, skus[sku], wish))}
        free_here = free.get(code)
        found.append(
            Candidate(
                node=code,
                km=km,
                units={sku: 0 if sku in barred else count for sku, count in units.items()},
                handling_cents=node.handling_cents,
                options=[
                    option
                    for way in scene.exits[code]
                    if (option := _option(scene, node, way, wish, km, skus, holidays))
                ],
                free_units=free_here,
                does_ship=node.does_ship,
                is_open=node.is_open,
                barred={sku: why for sku, why in barred.items() if units[sku]},
                found_chance=reliability_rules.found_chance(scene.known, code),
                overtime_units=min(node.overtime_units, free_here or 0),
                overtime_cents=node.overtime_cents,
            )
        )
    return found


def _barred(node: Node, sku: Sku, wish: Wish) -> str | None:
    """Why a node may not send a SKU for an order, or None."""
    if sku.is_digital is not (node.kind is NodeKind.DIGITAL):
        return "digital" if sku.is_digital else "not-digital"
    if sku.is_hazardous and not node.takes_hazardous:
        return "hazardous"
    if sku.is_bulky and not node.takes_bulky:
        return "bulky"
    if sku.code in wish.wrapped and not node.does_gift_wrap:
        return "no-gift-wrap"
    if wish.own_packaging and not node.has_own_packaging:
        return "no-own-packaging"
    return None


def still_leaves(
    node: Node, leg: PlannedLeg, accepted_at: datetime, known: Reliability, holidays: Days
) -> bool:
    """Whether what is accepted then would leave with the same departure."""
    minutes = reliability_rules.handling_minutes(known, node)
    ready = network.ready_at(node, accepted_at, holidays=holidays, handling_minutes=minutes)
    return network.departs_at(node, leg.service, ready, holidays=holidays) == leg.leaves_at


def _exits(
    node: Node,
    services: Mapping[str, Service],
    books: Sequence[Book],
    known: Reliability,
    holidays: Days,
    now: datetime,
) -> list[Exit]:
    if not node.is_open or not node.does_ship:
        return []
    if node.kind is NodeKind.DIGITAL:
        return _at_once(node, services, now)
    minutes = reliability_rules.handling_minutes(known, node)
    ready = network.ready_at(node, now, holidays=holidays, handling_minutes=minutes)
    exits = []
    for code in sorted({departure.service for departure in node.departures} & services.keys()):
        leaves = network.departs_at(node, code, ready, holidays=holidays)
        if leaves is not None and not services[code].goes_to_relays:
            day = leaves.astimezone(ZoneInfo(node.time_zone)).date()
            prices = tariff_rules.in_force(books, day).get(code)
            exits.append(Exit(service=services[code], leaves_at=leaves, day=day, prices=prices))
    return exits


def _at_once(node: Node, services: Mapping[str, Service], now: datetime) -> list[Exit]:
    """What is digital leaves and arrives when it is ordered, whatever day and hour it is."""
    today = now.astimezone(ZoneInfo(node.time_zone)).date()
    codes = sorted({departure.service for departure in node.departures} & services.keys())
    return [Exit(service=services[code], leaves_at=now, day=today, prices=None) for code in codes]


def _option(
    scene: Scene,
    node: Node,
    way: Exit,
    wish: Wish,
    km: int,
    skus: Mapping[str, Sku],
    holidays: Days,
) -> Option | None:
    """How the order could travel that way; None: the service does not go there."""
    service = way.service
    if node.kind is NodeKind.DIGITAL:
        steps = [Step(max_weight_g=sys.maxsize, cents=0, arrives_on=way.day)]
        return Option(service=service.code, leaves_at=way.leaves_at, chance=1.0, steps=steps)
    wanted = [skus[sku] for sku in wish.wanted]
    bulky = frozenset(sku.code for sku in wanted if sku.is_bulky)
    hazardous = frozenset(sku.code for sku in wanted if sku.is_hazardous)
    zone = None
    if way.prices is not None:
        zone = tariff_rules.zone(way.prices, wish.country, wish.postcode, km)
        if zone is None:
            return None
    extras = []
    if zone is not None:
        extras = [
            Extra(skus=bulky, cents=zone.bulky_cents),
            Extra(skus=hazardous, cents=zone.hazardous_cents),
        ]
    return Option(
        service=service.code,
        leaves_at=way.leaves_at,
        chance=reliability_rules.on_time_chance(
            scene.known,
            service.code,
            node.code,
            reliability_rules.area(wish.country, wish.postcode),
        ),
        steps=_zone_steps(way, zone, holidays) if zone else _rate_steps(way, km, holidays),
        volume_divisor=zone.volume_divisor if zone else 0,
        extras=[extra for extra in extras if extra.skus and extra.cents],
        refused=(frozenset() if service.takes_bulky else bulky)
        | (frozenset() if service.takes_hazardous else hazardous),
    )


def _rate_steps(way: Exit, km: int, holidays: Days) -> list[Step]:
    steps = [
        Step(
            max_weight_g=rate.max_weight_g,
            cents=rate.cents,
            arrives_on=_arrives(way, rate.transit_days, holidays),
        )
        for rate in way.service.rates
        if rate.max_km >= km
    ]
    return sorted(steps, key=lambda step: (step.max_weight_g, step.cents, step.arrives_on))


def _zone_steps(way: Exit, zone: ZonePrices, holidays: Days) -> list[Step]:
    arrives_on = _arrives(way, zone.transit_days, holidays)
    return [
        Step(
            max_weight_g=band.max_weight_g,
            max_volume_cm3=band.max_volume_cm3,
            cents=band.cents,
            arrives_on=arrives_on,
        )
        for band in zone.bands
    ]


def _arrives(way: Exit, transit_days: int, holidays: Days) -> date:
    return _arrives_on(way.day, transit_days, holidays, is_daily=way.service.delivers_daily)


_arrives_on = lru_cache(10_000)(network.arrives_on)
