"""From the network as it is to candidates for one order: who has what, and how it could travel."""

import sys
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from noria.catalog.model import Sku
from noria.network import reliability_rules, scene_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import Node, NodeKind, Spot
from noria.network.scene_model import Exit, Scene, Traits
from noria.network.tariff_model import ZonePrices
from noria.sourcing.model import Candidate, Extra, Option, Step, Units, Wish

Days = frozenset[date]


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
    traits = {sku: _traits(skus[sku], wish) for sku in wish.wanted}
    for code in sorted(stock):
        node = scene.nodes.get(code)
        units = {sku: stock[code].get(sku, 0) for sku in wish.wanted}
        if node is None or code in wish.without or not any(units.values()):
            continue
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        barred = {sku: why for sku in wish.wanted if (why := scene_rules.barred(node, traits[sku]))}
        free_here = free.get(code)
        exits = scene.exits[code]
        if code in scene.taken:
            asked = sum(min(count, wish.wanted[sku]) for sku, count in units.items())
            _, exits = scene_rules.made(scene, code, asked)
        found.append(
            Candidate(
                node=code,
                km=km,
                units={sku: 0 if sku in barred else count for sku, count in units.items()},
                handling_cents=node.handling_cents,
                options=[
                    option
                    for way in exits
                    if way.service.goes_to_relays is wish.is_to_relay
                    and (option := _option(scene, node, way, wish, km, skus, holidays))
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


def _traits(sku: Sku, wish: Wish) -> Traits:
    return Traits(
        is_digital=sku.is_digital,
        is_hazardous=sku.is_hazardous,
        is_bulky=sku.is_bulky,
        is_wrapped=sku.code in wish.wrapped,
        needs_own_packaging=wish.own_packaging,
    )


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
        refused=frozenset(
            sku.code for sku in wanted if scene_rules.refuses(service, _traits(sku, wish))
        ),
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
