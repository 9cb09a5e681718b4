"""From what somebody asks to the ways that there are: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct, structs

from noria.catalog.model import Sku
from noria.network.calendar import rests_at
from noria.network.model import NodeKind, Spot
from noria.network.scene_model import Traits
from noria.partners import rules as partners
from noria.policies import rules as policies
from noria.policies.model import Scope, Settings, Split
from noria.promise.cells import Units
from noria.promise.delivery.model import Basket, OptionKind, RelayPoint, Way
from noria.promise.delivery.outlook import MOST_PARTS, Goal, Outlook, Terms
from noria.promise.delivery.points import goal_at_relay, relays_near
from noria.promise.delivery.ways import digital, ways

RELAYS_LOOKED_AT = 3
RELAY_KM = 30.0
"""How far customers go for a parcel, at most."""


class Question(Struct, frozen=True, kw_only=True):
    """A basket, and where it might go; `relays` None: those near the postcode."""

    wanted: Mapping[str, int]
    wrapped: frozenset[str] = frozenset()
    own_packaging: bool = False
    country: str = "FR"
    postcode: str | None = None
    stores: tuple[str, ...] = ()
    relays: tuple[str, ...] | None = None
    channel: str | None = None
    value_cents: int | None = None


class Found(Struct, frozen=True, kw_only=True):
    """The ways, the relay points that were looked at, and SKUs that nobody has enough of."""

    ways: Sequence[Way]
    relays: Sequence[RelayPoint]
    missing: Sequence[str]


def found(
    outlook: Outlook,
    question: Question,
    goods: Mapping[str, Sku],
    units: Units,
    spot: Spot | None,
    now: datetime,
) -> Found:
    """Every way there is for a question, by what the network is and what lies where.

    `units` are [SKU, node of the grid], in key order.
    """
    units = as_sold(outlook, question.wanted, units)
    asked = basket(question, goods, units)
    missing = _missing(question.wanted, units)
    every: list[Way] = []
    if asked.wanted:
        places = goals(outlook, question, asked, spot, now)
        every = ways(outlook, asked, places, terms(outlook, question, goods))
    elif not missing and _is_sent_digitally(outlook, units):
        every = [digital(now)]
    return Found(
        ways=[_within(way, now) for way in every],
        relays=_relays(outlook, question, asked, spot),
        missing=missing,
    )


def as_sold(outlook: Outlook, wanted: Mapping[str, int], units: Units) -> Units:
    """The units of a question in the amounts in which partners send them to a customer."""
    odd = [
        (line, outlook.grid.place[term.node], term)
        for line, sku in enumerate(sorted(wanted))
        for term in outlook.refusing.get(sku, ())
        if term.node in outlook.grid.place
    ]
    if not odd:
        return units
    units, asked = units.copy(), sorted(wanted.items())
    for line, place, term in odd:
        has = min(units.item(line, place), asked[line][1])
        units[line, place] = partners.sent_units(has, term) if has > 0 else units[line, place]
    return units


def basket(question: Question, goods: Mapping[str, Sku], units: Units) -> Basket:
    """What of the question needs parcels."""
    is_sent = [not goods[sku].is_digital for sku in sorted(question.wanted)]
    physical = {
        sku: count for sku, count in sorted(question.wanted.items()) if not goods[sku].is_digital
    }
    return Basket(
        wanted=physical,
        weights={sku: goods[sku].weight_g for sku in physical},
        volumes={sku: goods[sku].volume_cm3 for sku in physical},
        traits={
            sku: Traits(
                is_hazardous=goods[sku].is_hazardous,
                is_bulky=goods[sku].is_bulky,
                is_wrapped=sku in question.wrapped,
                needs_own_packaging=question.own_packaging,
            )
            for sku in physical
        },
        units=units[is_sent],
        stores=question.stores,
    )


def goals(
    outlook: Outlook, question: Question, asked: Basket, spot: Spot | None, now: datetime
) -> list[Goal]:
    """The customer's door, and the relay points that might keep the parcel."""
    if spot is None or question.postcode is None:
        return []
    years = (now.year, now.year + 1)
    home = Goal(
        country=question.country,
        postcode=question.postcode,
        spot=spot,
        rests=rests_at(question.country, question.postcode, years),
    )
    points = _relays(outlook, question, asked, spot)
    return [home, *(goal_at_relay(outlook, one.node, now) for one in points)]


def _relays(
    outlook: Outlook, question: Question, asked: Basket, spot: Spot | None
) -> list[RelayPoint]:
    if spot is None or not outlook.relays or not asked.wanted:
        return []
    near = relays_near(
        outlook,
        asked,
        spot,
        within_km=RELAY_KM if question.relays is None else np.inf,
        most=RELAYS_LOOKED_AT if question.relays is None else len(outlook.relays),
    )
    return [one for one in near if question.relays is None or one.node in question.relays]


def terms(outlook: Outlook, question: Question, goods: Mapping[str, Sku]) -> Terms:
    """What the live policy says of such an order: its chance, its splits, who sends nothing."""
    categories = frozenset(goods[sku].category for sku in question.wanted) - {""}
    scope = Scope(channel=question.channel, country=question.country, categories=categories)
    settings = policies.applied(outlook.book, scope).settings
    excluded: frozenset[str] = frozenset()
    if policies.has_nodes(outlook.book):
        excluded = frozenset(
            code
            for code, node in outlook.scene.nodes.items()
            if _at_node(outlook, scope, code, node.kind).is_excluded
        )
    value = question.value_cents
    if value is None:
        value = sum(goods[sku].price_cents * units for sku, units in question.wanted.items())
    is_whole = settings.split is Split.NEVER or (
        settings.split is Split.BY_VALUE and value < settings.split_value_cents
    )
    return Terms(
        chance=settings.promised_chance,
        most_parts=1 if is_whole else min(settings.most_legs, MOST_PARTS),
        excluded=excluded,
    )


def _at_node(outlook: Outlook, scope: Scope, code: str, kind: NodeKind) -> Settings:
    return policies.applied(
        outlook.book, structs.replace(scope, node=code, node_kind=kind)
    ).settings


def _missing(wanted: Mapping[str, int], units: Units) -> list[str]:
    there = units.sum(axis=1).tolist()
    return [sku for sku, count in zip(sorted(wanted), there, strict=True) if count < wanted[sku]]


def _is_sent_digitally(outlook: Outlook, units: Units) -> bool:
    """Whether a digital node delivers each of these SKUs."""
    scene = outlook.scene
    delivers = [
        scene.nodes[code].kind is NodeKind.DIGITAL and bool(scene.exits[code])
        for code in outlook.grid.nodes
    ]
    return bool((units[:, delivers] > 0).any(axis=1).all())


def _within(way: Way, now: datetime) -> Way:
    """With how long there is left to order."""
    if way.order_by is None or way.option is OptionKind.DIGITAL:
        return way
    return structs.replace(way, order_within=left_to_order(way.order_by - now))


def left_to_order(left: timedelta) -> str:
    """How long that is, in whole minutes: 2 h 14; never zero, for an instant is left."""
    minutes = int(left.total_seconds() // 60)
    hours, rest = divmod(max(minutes, 0), 60)
    return f"{hours} h {rest:02d}" if hours else f"{rest or '< 1'} min"
