"""What is known of shelves around an order, and how it could travel from a node."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.catalog.model import Sku
from noria.network import reliability_rules, scene_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import LANE, NO_RESTS, PICK_UP, Node, NodeKind, Rests, Spot
from noria.network.scene_model import Exit, Scene, Traits
from noria.network.tariff_model import ZonePrices
from noria.partners.model import PriceAt
from noria.promise import fence_rules
from noria.promise.fence_model import Barred
from noria.sourcing.model import Extra, Option, Step, Wish

ENDLESS_G = 10**12
DECLINED = "declined"
"""The fence of nodes that an order goes `without`."""

ODD_AMOUNT = "odd-amount"
"""The fence of a partner that does not send so few of a SKU, or no part of a pack."""


class Around(Struct, frozen=True, kw_only=True):
    """What is known of shelves beside what lies on them, by (SKU, node).

    `worth_cents` are opportunity prices that are fresh (None: there are none), `sold_units` what
    went in 28 days, `prices` what partners ask, `barred` which rule keeps a channel off a shelf,
    `made` who makes to order.
    """

    worth_cents: Mapping[str, Mapping[str, int]] | None = None
    sold_units: Mapping[tuple[str, str], int] = {}
    prices: Mapping[tuple[str, str], PriceAt] = {}
    barred: Mapping[tuple[str, str], Barred] = {}
    made: AbstractSet[tuple[str, str]] = frozenset()


def odd_reason(term: PriceAt) -> str:
    """The amounts that a term lets be sent, as a reason is stored."""
    return fence_rules.reason(
        fence_rules.TERMS, minimum_units=term.minimum_units, pack_units=term.pack_units
    )


def freight_cents(
    scene: Scene, wish: Wish, skus: Mapping[str, Sku], rests: Rests = NO_RESTS
) -> dict[str, int]:
    """What one parcel with all of it would cost from each node, by the cheapest way, if by any."""
    grams = sum(skus[sku].weight_g * units for sku, units in wish.wanted.items())
    cm3 = sum(skus[sku].volume_cm3 * units for sku, units in wish.wanted.items())
    found: dict[str, int] = {}
    for code, node in scene.nodes.items():
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        for way in scene.exits[code]:
            option = option_of(scene, node, way, wish, km, skus, rests)
            if option is None or way.service.goes_to_relays is not wish.is_to_relay:
                continue
            charged = tariff_rules.charged_weight_g(grams, cm3, option.volume_divisor)
            heaviest = max((step.max_weight_g for step in option.steps), default=0)
            for step in option.steps:
                if step.max_weight_g >= min(charged, heaviest):
                    found[code] = min(step.cents, found.get(code, step.cents))
    return found


def traits_of(sku: Sku, wish: Wish) -> Traits:
    return Traits(
        is_digital=sku.is_digital,
        is_hazardous=sku.is_hazardous,
        is_bulky=sku.is_bulky,
        is_wrapped=sku.code in wish.wrapped,
        needs_own_packaging=wish.own_packaging,
    )


def options_of(
    scene: Scene,
    node: Node,
    exits: Sequence[Exit],
    wish: Wish,
    km: int,
    skus: Mapping[str, Sku],
    rests: Rests,
    ready: datetime | None,
) -> list[Option]:
    """How the order could travel from a node: to its store by our own ways too, else by services.

    What lies in the store where it is collected goes nowhere. It is `ready` there then.
    """
    own = _own_way(scene, node, wish, rests, ready) if wish.store is not None else None
    if own is not None and node.code == wish.store:
        return [own]
    return [
        *([own] if own is not None else []),
        *(
            option
            for way in exits
            if way.service.goes_to_relays is wish.is_to_relay
            and (option := option_of(scene, node, way, wish, km, skus, rests))
        ),
    ]


def _own_way(
    scene: Scene, node: Node, wish: Wish, rests: Rests, ready: datetime | None
) -> Option | None:
    """Collected where it lies, once it is ready; or sent to the store by a lane, if there is one.

    It comes on no day of `rests`, when the store is shut.
    Who makes to order, or sends files, does neither.
    """
    is_here = node.code == wish.store
    days = 0 if is_here else wish.lanes.get(node.code)
    if ready is None or days is None or node.code in scene.taken:
        return None
    day = ready.astimezone(ZoneInfo(node.time_zone)).date()
    arrives_on = day if is_here else _arrives_on(day, days, rests)
    return Option(
        service=PICK_UP if is_here else LANE,
        leaves_at=ready,
        chance=1.0,
        steps=[Step(max_weight_g=ENDLESS_G, cents=0, arrives_on=arrives_on)],
    )


def option_of(
    scene: Scene,
    node: Node,
    way: Exit,
    wish: Wish,
    km: int,
    skus: Mapping[str, Sku],
    rests: Rests,
) -> Option | None:
    """How the order could travel that way; None: the service does not go there."""
    service = way.service
    if node.kind is NodeKind.DIGITAL:
        steps = [Step(max_weight_g=ENDLESS_G, cents=0, arrives_on=way.day)]
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
    area = reliability_rules.area(wish.country, wish.postcode)
    return Option(
        service=service.code,
        leaves_at=way.leaves_at,
        chance=reliability_rules.on_time_chance(scene.known, service.code, node.code, area),
        late_days=reliability_rules.late_days(scene.known, service.code, node.code, area),
        steps=_zone_steps(way, zone, rests) if zone else _rate_steps(way, km, rests),
        volume_divisor=zone.volume_divisor if zone else 0,
        extras=[extra for extra in extras if extra.skus and extra.cents],
        refused=frozenset(
            sku.code for sku in wanted if scene_rules.refuses(service, traits_of(sku, wish))
        ),
    )


def _rate_steps(way: Exit, km: int, rests: Rests) -> list[Step]:
    steps = [
        Step(
            max_weight_g=rate.max_weight_g,
            cents=rate.cents,
            arrives_on=_arrives(way, rate.transit_days, rests),
        )
        for rate in way.service.rates
        if rate.max_km >= km
    ]
    return sorted(steps, key=lambda step: (step.max_weight_g, step.cents, step.arrives_on))


def _zone_steps(way: Exit, zone: ZonePrices, rests: Rests) -> list[Step]:
    arrives_on = _arrives(way, zone.transit_days, rests)
    return [
        Step(
            max_weight_g=band.max_weight_g,
            max_volume_cm3=band.max_volume_cm3,
            cents=band.cents,
            arrives_on=arrives_on,
        )
        for band in zone.bands
    ]


def _arrives(way: Exit, transit_days: int, rests: Rests) -> date:
    return _arrives_on(way.day, transit_days, rests, network.rounds(way.service))


_arrives_on = lru_cache(10_000)(network.arrives_on)
