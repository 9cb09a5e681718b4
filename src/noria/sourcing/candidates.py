"""From the network as it is to candidates for one order: who has what, and how it could travel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.catalog.model import Sku
from noria.network import reliability_rules, scene_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import LANE, PICK_UP, Node, NodeKind, Spot
from noria.network.scene_model import Exit, Later, Scene, Traits
from noria.network.tariff_model import ZonePrices
from noria.partners import rules as partners
from noria.partners.model import OddAmounts, PriceAt
from noria.promise import fence_rules
from noria.promise.fence_model import Barred
from noria.sourcing.model import Candidate, Extra, Option, Step, Units, Wish

Days = frozenset[date]
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


NOTHING_MORE = Around()


def candidates(
    scene: Scene,
    wish: Wish,
    stock: Mapping[str, Units],
    free: Mapping[str, int],
    *,
    skus: Mapping[str, Sku],
    holidays: Days = frozenset(),
    around: Around = NOTHING_MORE,
    later: Mapping[str, Later] = MappingProxyType({}),
) -> list[Candidate]:
    """Every node that has something of the order, as tests ask the columns of `ground` to hold it.

    `stock` is node to SKU to units, `holidays` are days on which nothing comes to where it goes;
    nodes that are `later` begin it on another day than the scene says.
    """
    found = []
    traits = {sku: traits_of(skus[sku], wish) for sku in wish.wanted}
    rules_of = _rules_of(wish, around)
    for code in sorted({*stock, *rules_of}):
        node = scene.nodes.get(code)
        units, odd = _as_sold(code, wish, stock.get(code, {}), around)
        kept = rules_of.get(code, {})
        if node is None or not (any(units.values()) or kept):
            continue
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        barred = {sku: why for sku in wish.wanted if (why := scene_rules.barred(node, traits[sku]))}
        barred = {sku: why for sku, why in barred.items() if units[sku] or sku in kept}
        barred |= {sku: ODD_AMOUNT for sku in odd if sku not in barred}
        barred |= {sku: rule.purpose for sku, rule in kept.items()}
        if code in wish.without:
            barred |= {sku: DECLINED for sku, count in units.items() if count or sku in kept}
        free_here = free.get(code)
        exits, ready = scene.exits[code], scene.ready_at.get(code)
        if code in later:
            exits, ready = later[code].exits, later[code].ready_at
        if code in scene.taken:
            asked = sum(min(count, wish.wanted[sku]) for sku, count in units.items())
            _, exits = scene_rules.made(scene, code, asked)
        found.append(
            Candidate(
                node=code,
                km=km,
                units={sku: 0 if sku in barred else count for sku, count in units.items()},
                handling_cents=node.handling_cents,
                options=options_of(scene, node, exits, wish, km, skus, holidays, ready),
                free_units=free_here,
                does_ship=node.does_ship or wish.store is not None,
                is_open=node.is_open,
                barred=barred,
                reasons={rule.purpose: rule.reason for _, rule in sorted(kept.items())}
                | ({ODD_AMOUNT: odd[max(odd)]} if odd else {}),
                found_chance=reliability_rules.found_chance(scene.known, code),
                overtime_units=min(node.overtime_units, free_here or 0),
                overtime_cents=node.overtime_cents,
                **_shelf_facts(code, wish, around),
                **_partner_terms(code, wish, around),
            )
        )
    return found


def odd_reason(term: PriceAt) -> str:
    """The amounts that a term lets be sent, as a reason is stored."""
    return fence_rules.reason(
        fence_rules.TERMS, minimum_units=term.minimum_units, pack_units=term.pack_units
    )


def _as_sold(
    code: str, wish: Wish, shelf: Units, around: Around
) -> tuple[dict[str, int], dict[str, str]]:
    """What a node has of an order, in amounts that it sends; of what it sends none, why."""
    units = {sku: shelf.get(sku, 0) for sku in wish.wanted}
    odd = {}
    for sku, asked in wish.wanted.items():
        term = around.prices.get((sku, code))
        if term is None or units[sku] <= 0:
            continue
        if sent := partners.sent_units(min(units[sku], asked), term):
            units[sku] = units[sku] if term.odd_amounts is not OddAmounts.REFUSED else sent
        else:
            odd[sku] = odd_reason(term)
    return units, odd


def _rules_of(wish: Wish, around: Around) -> dict[str, dict[str, Barred]]:
    """The rules that keep a channel off shelves that the order asks for, by node."""
    found: dict[str, dict[str, Barred]] = defaultdict(dict)
    for (sku, code), rule in around.barred.items():
        if sku in wish.wanted:
            found[code][sku] = rule
    return found


def _shelf_facts(code: str, wish: Wish, around: Around) -> dict[str, Any]:
    """What a node's shelves are worth and have sold; who makes to order has no shelf."""
    is_maker = any((sku, code) in around.made for sku in wish.wanted)
    sold = {sku: around.sold_units.get((sku, code), 0) for sku in wish.wanted}
    worth = None if around.worth_cents is None else around.worth_cents.get(code, {})
    return {"worth_cents": worth, "sold_units": None if is_maker else sold}


def _partner_terms(code: str, wish: Wish, around: Around) -> dict[str, Any]:
    """What a partner asks for its goods and its parcel, where the node is a partner's."""
    terms = {
        sku: term for sku in wish.wanted if (term := around.prices.get((sku, code))) is not None
    }
    if not terms:
        return {}
    first = next(iter(terms.values()))
    return {
        "goods_cents": {sku: term.price_cents for sku, term in terms.items()},
        "surplus_cents": {
            sku: partners.surplus_cents(wish.wanted[sku], term) for sku, term in terms.items()
        },
        "shipping_cents": first.shipping_cents,
        "free_from_cents": first.free_from_cents,
    }


def freight_cents(
    scene: Scene, wish: Wish, skus: Mapping[str, Sku], holidays: Days = frozenset()
) -> dict[str, int]:
    """What one parcel with all of it would cost from each node, by the cheapest way, if by any."""
    grams = sum(skus[sku].weight_g * units for sku, units in wish.wanted.items())
    cm3 = sum(skus[sku].volume_cm3 * units for sku, units in wish.wanted.items())
    found: dict[str, int] = {}
    for code, node in scene.nodes.items():
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        for way in scene.exits[code]:
            option = option_of(scene, node, way, wish, km, skus, holidays)
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
    holidays: Days,
    ready: datetime | None,
) -> list[Option]:
    """How the order could travel from a node: to its store by our own ways too, else by services.

    What lies in the store where it is collected goes nowhere. It is `ready` there then.
    """
    own = _own_way(scene, node, wish, holidays, ready) if wish.store is not None else None
    if own is not None and node.code == wish.store:
        return [own]
    return [
        *([own] if own is not None else []),
        *(
            option
            for way in exits
            if way.service.goes_to_relays is wish.is_to_relay
            and (option := option_of(scene, node, way, wish, km, skus, holidays))
        ),
    ]


def _own_way(
    scene: Scene, node: Node, wish: Wish, holidays: Days, ready: datetime | None
) -> Option | None:
    """Collected where it lies, once it is ready; or sent to the store by a lane, if there is one.

    It comes on no day of `holidays`, when the store is shut.
    Who makes to order, or sends files, does neither.
    """
    is_here = node.code == wish.store
    days = 0 if is_here else wish.lanes.get(node.code)
    if ready is None or days is None or node.code in scene.taken:
        return None
    day = ready.astimezone(ZoneInfo(node.time_zone)).date()
    arrives_on = day if is_here else _arrives_on(day, days, holidays)
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
    holidays: Days,
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
        steps=_zone_steps(way, zone, holidays) if zone else _rate_steps(way, km, holidays),
        volume_divisor=zone.volume_divisor if zone else 0,
        extras=[extra for extra in extras if extra.skus and extra.cents],
        refused=frozenset(
            sku.code for sku in wanted if scene_rules.refuses(service, traits_of(sku, wish))
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
    return _arrives_on(way.day, transit_days, holidays, network.rounds(way.service))


_arrives_on = lru_cache(10_000)(network.arrives_on)
