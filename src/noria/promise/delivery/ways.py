"""The ways in which a basket can reach a customer: each a window, a chance, a cost, a cut-off."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct, structs

from noria.network import reliability_rules, scene_rules
from noria.network import rules as network
from noria.network.model import Node, Spot
from noria.network.scene_model import Exit, Scene
from noria.network.tariff_model import Load
from noria.partners.model import PriceAt
from noria.policies.model import Policy
from noria.policies.rules import Rulebook
from noria.promise.delivery import grid as grids
from noria.promise.delivery.grid import Grid, Truth, Whole
from noria.promise.delivery.legs import curve, groups, region, window
from noria.promise.delivery.model import (
    Basket,
    Foresight,
    LegPlan,
    Numbers,
    OptionKind,
    Part,
    RelayPoint,
    Way,
)

MOST_PARTS = 3
LOOKED_AT = 4
"""Of the cheapest, and of those that are planned to come first, so many are foreseen."""


class Outlook(Struct, frozen=True, kw_only=True, eq=False):
    """The network at an instant, the same for everybody who asks, and what was learned of it."""

    grid: Grid
    policy: Policy
    book: Rulebook
    lanes: Mapping[tuple[str, str], int]
    relays: Mapping[str, Node]
    foresight: Foresight
    holidays: Mapping[str, frozenset[date]]
    next_cut_off: datetime
    refusing: Mapping[str, Sequence[PriceAt]] = {}
    """By SKU, the terms of partners that do not send every amount to a customer."""

    @property
    def scene(self) -> Scene:
        return self.grid.scene


class Goal(Struct, frozen=True, kw_only=True):
    """Where parcels go: a door, or a relay point."""

    country: str
    postcode: str
    spot: Spot
    closed: AbstractSet[date]
    relay: str | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What the live policy says: the chance that is promised, how far an order may be split.

    `excluded` are nodes that send nothing of such goods.
    """

    chance: float = 0.95
    most_parts: int = MOST_PARTS
    excluded: frozenset[str] = frozenset()


class Leg(Struct, frozen=True, kw_only=True):
    """A part of a way as it is foreseen."""

    part: Part
    exit: Exit
    plan: LegPlan
    reached: Numbers


class Seen(Struct, frozen=True, kw_only=True, eq=False):
    """What nodes could give of a basket: units by SKU and node, where fences let them."""

    skus: tuple[str, ...]
    wanted: Whole
    units: Whole
    makes: Truth


def ways(outlook: Outlook, basket: Basket, goals: Sequence[Goal], terms: Terms) -> list[Way]:
    """Every way there is, in the order of OptionKind: the cheapest of each, and the fastest home.

    `goals` are the customer's door and the relay points near it.
    """
    if not basket.wanted:
        return []
    outlook, seen = made_for(outlook, basket, terms)
    found: list[Way] = []
    for goal in goals:
        ours = _at(seen, ~seen.makes)
        option = OptionKind.RELAY if goal.relay else OptionKind.HOME_STANDARD
        sent = _sent(outlook, basket, ours, goal, terms)
        best = _cheapest(sent, option)
        found += best
        if goal.relay is None:
            fastest = min(sent, key=lambda way: (way.last, way.cents, way.nodes), default=None)
            if fastest is not None and fastest.last < best[0].last:
                found.append(_as(fastest, OptionKind.HOME_EXPRESS))
            if (seen.units[:, seen.makes] > 0).any():
                anyhow = _sent(outlook, basket, seen, goal, terms)
                makers = set(np.array(outlook.grid.nodes)[seen.makes].tolist())
                found += _cheapest(
                    [way for way in anyhow if makers & set(way.nodes)], OptionKind.MADE_FOR_YOU
                )
    for store in basket.stores:
        at = outlook.scene.nodes.get(store)
        if at is not None and at.does_hand_over and store in outlook.scene.ready_at:
            found += _at_store(outlook, basket, seen, store, terms)
    order = list(OptionKind)
    return sorted(found, key=lambda way: (order.index(way.option), way.relay or "", way.nodes))


def made_for(outlook: Outlook, basket: Basket, terms: Terms) -> tuple[Outlook, Seen]:
    """What nodes could give, with the days on which they would: full ones later, makers too."""
    seen = look(outlook.grid, basket, terms)
    grid = grids.begun(outlook.grid, np.minimum(seen.units, seen.wanted[:, None]).sum(axis=0))
    if grid is not outlook.grid:
        outlook = structs.replace(outlook, grid=grid)
        seen = look(grid, basket, terms)
    makes = np.flatnonzero(seen.makes & (seen.units > 0).any(axis=0))
    made = {
        grid.nodes[at]: (
            int(np.minimum(seen.units[:, at], seen.wanted).sum()),
            int(seen.units[:, at].max()),
        )
        for at in makes.tolist()
        if grid.nodes[at] in grid.scene.taken
    }
    if not made:
        return outlook, seen
    outlook = structs.replace(outlook, grid=grids.remade(grid, made))
    return outlook, look(outlook.grid, basket, terms)


def digital(now: datetime) -> Way:
    """What needs no parcel is there at once."""
    return Way(
        option=OptionKind.DIGITAL,
        first=now.date(),
        last=now.date(),
        chance=0.995,
        cents=0,
        order_by=now,
        parts=(),
    )


def look(grid: Grid, basket: Basket, terms: Terms) -> Seen:
    """Units by SKU and node; none where a fence of sourcing stands: goods, hands, the policy."""
    skus = tuple(sorted(basket.wanted))
    units = basket.units.copy()
    for line, sku in enumerate(skus):
        units[line] *= grids.takes(grid, basket.traits[sku])
    units *= grid.free_units > 0
    for node in terms.excluded:
        if node in grid.place:
            units[:, grid.place[node]] = 0
    return Seen(
        skus=skus,
        wanted=np.array([basket.wanted[sku] for sku in skus], np.int64),
        units=units,
        makes=grid.makes,
    )


def _at(seen: Seen, nodes: Truth) -> Seen:
    """The same, of these nodes alone."""
    return Seen(skus=seen.skus, wanted=seen.wanted, units=seen.units * nodes, makes=seen.makes)


def _cheapest(found: Sequence[Way], option: OptionKind) -> list[Way]:
    best = min(found, key=lambda way: (way.cents, way.last, way.nodes), default=None)
    return [] if best is None else [_as(best, option)]


def _as(way: Way, option: OptionKind) -> Way:
    return Way(
        option=option,
        first=way.first,
        last=way.last,
        chance=way.chance,
        cents=way.cents,
        order_by=way.order_by,
        relay=way.relay,
        parts=way.parts,
    )


def _sent(outlook: Outlook, basket: Basket, seen: Seen, goal: Goal, terms: Terms) -> list[Way]:
    """By one node that has it all, each of its services; else by few nodes, each the cheapest."""
    grid = outlook.grid
    whole = (seen.units >= seen.wanted[:, None]).all(axis=0)
    whole &= grid.free_units >= seen.wanted.sum()
    km = grids.km_to(grid, goal.spot)
    offers = grids.offers(
        grid,
        whole,
        km,
        load_of(basket, basket.wanted),
        country=goal.country,
        postcode=goal.postcode,
        closed=goal.closed,
        to_relay=goal.relay is not None,
        most=LOOKED_AT,
    )
    found = [_way([_leg(outlook, goal, basket.wanted, offer)], goal, terms) for offer in offers]
    return found or _split(outlook, basket, seen, goal, terms, km)


def _split(
    outlook: Outlook,
    basket: Basket,
    seen: Seen,
    goal: Goal,
    terms: Terms,
    km: Numbers,
) -> list[Way]:
    """Who can give most of the rest comes next, each by its cheapest service."""
    grid, missing = outlook.grid, seen.wanted.copy()
    legs: list[Leg] = []
    left = np.asarray((seen.units > 0).any(axis=0))
    while missing.any() and left.any() and len(legs) < terms.most_parts:
        covered = np.minimum(seen.units * left, missing[:, None])
        node = int(np.argmax(np.minimum(covered.sum(axis=0), grid.free_units)))
        units = _within(covered[:, node], int(grid.free_units[node]))
        if not units.any():
            break
        left[node] = False
        only = np.zeros(len(grid.nodes), np.bool_)
        only[node] = True
        named = {sku: int(count) for sku, count in zip(seen.skus, units, strict=True) if count}
        offers = grids.offers(
            grid,
            only,
            km,
            load_of(basket, named),
            country=goal.country,
            postcode=goal.postcode,
            closed=goal.closed,
            to_relay=goal.relay is not None,
            most=1,
        )
        if offers:
            legs.append(_leg(outlook, goal, named, offers[0]))
            missing = missing - units
    return [] if missing.any() or not legs else [_way(legs, goal, terms)]


def _within(covered: Whole, free: int) -> Whole:
    """As many units, line by line, as hands are left for."""
    before = np.concatenate([[0], np.cumsum(covered)[:-1]])
    within: Whole = np.clip(free - before, 0, covered)
    return within


def load_of(basket: Basket, units: Mapping[str, int]) -> Load:
    """What a parcel with these units is to a carrier."""
    return Load(
        weight_g=sum(basket.weights.get(sku, 0) * count for sku, count in units.items()),
        volume_cm3=sum(basket.volumes.get(sku, 0) * count for sku, count in units.items()),
        is_bulky=any(basket.traits[sku].is_bulky for sku in units),
        is_hazardous=any(basket.traits[sku].is_hazardous for sku in units),
    )


def _leg(outlook: Outlook, goal: Goal, units: Mapping[str, int], offer: grids.Offer) -> Leg:
    exit_ = outlook.grid.exits[offer.exit]
    node = outlook.grid.nodes[offer.node]
    plan = plan_of(
        outlook.scene.nodes[node],
        exit_.service.code,
        exit_.service.carrier,
        goal,
        exit_.day,
        offer.arrives_on,
    )
    return Leg(
        part=Part(
            node=node,
            service=exit_.service.code,
            units=units,
            cents=offer.cents,
            departs_on=exit_.day,
            planned_on=offer.arrives_on,
        ),
        exit=exit_,
        plan=plan,
        reached=curve(outlook.foresight, plan, goal.closed, network.rounds(exit_.service)),
    )


def plan_of(
    node: Node, service: str, carrier: str, goal: Goal, departs_on: date, arrives_on: date
) -> LegPlan:
    """A leg as calendars plan it, with the groups that it belongs to."""
    return LegPlan(
        departs_on=departs_on,
        arrives_on=max(arrives_on, departs_on),
        groups=groups(
            node=node.code,
            kind=node.kind.value,
            service=service,
            carrier=carrier,
            region=region(goal.country, goal.postcode),
        ),
    )


def _way(legs: Sequence[Leg], goal: Goal, terms: Terms) -> Way:
    told = window([(leg.plan.departs_on, leg.reached) for leg in legs], terms.chance)
    return Way(
        option=OptionKind.HOME_STANDARD,
        first=told.first,
        last=told.last,
        chance=told.chance,
        cents=sum(leg.part.cents for leg in legs),
        order_by=min(leg.exit.order_by for leg in legs),
        relay=goal.relay,
        parts=tuple(leg.part for leg in legs),
    )


def _at_store(outlook: Outlook, basket: Basket, seen: Seen, store: str, terms: Terms) -> list[Way]:
    """Picked up where it lies; else sent there from the node whose lane brings it first."""
    scene = outlook.scene
    here = scene.nodes[store]
    whole = np.asarray((seen.units >= seen.wanted[:, None]).all(axis=0))
    if whole[outlook.grid.place[store]]:
        ready = scene.ready_at[store]
        day = ready.astimezone(ZoneInfo(here.time_zone)).date()
        return [
            Way(
                option=OptionKind.PICK_UP,
                first=day,
                last=day,
                chance=reliability_rules.all_found_chance(scene.known, store, len(basket.wanted)),
                cents=0,
                ready_at=ready,
                store=store,
                parts=(Part(node=store, service="", units=basket.wanted, cents=0),),
            )
        ]
    goal = Goal(
        country=here.country,
        postcode=here.postcode,
        spot=Spot(here.latitude, here.longitude),
        closed=network.rests(here, outlook.holidays[store], scene.as_of.date()),
    )
    found = []
    for number in np.flatnonzero(whole & ~seen.makes).tolist():
        code = outlook.grid.nodes[number]
        days = outlook.lanes.get((code, store))
        if days is None or code not in scene.ready_at:
            continue
        at = scene.nodes[code]
        leaves = scene.ready_at[code].astimezone(ZoneInfo(at.time_zone)).date()
        arrives = network.arrives_on(leaves, days, goal.closed)
        plan = plan_of(at, "", "", goal, leaves, arrives)
        told = window([(leaves, curve(outlook.foresight, plan, goal.closed))], terms.chance)
        found.append(
            Way(
                option=OptionKind.SHIP_TO_STORE,
                first=told.first,
                last=told.last,
                chance=told.chance,
                cents=0,
                parts=(
                    Part(
                        node=code,
                        service="",
                        units=basket.wanted,
                        cents=0,
                        departs_on=leaves,
                        planned_on=arrives,
                    ),
                ),
                store=store,
            )
        )
    return sorted(found, key=lambda way: (way.last, way.nodes))[:1]


def relays_near(
    outlook: Outlook, basket: Basket, spot: Spot, *, within_km: float, most: int
) -> list[RelayPoint]:
    """Open relay points that take all of a basket, the nearest first."""
    found = []
    for code, node in sorted(outlook.relays.items()):
        km = network.great_circle_km(Spot(node.latitude, node.longitude), spot)
        if km <= within_km and takes_all(node, basket):
            found.append(RelayPoint(node=code, name=node.name, km=round(km, 1), hours=node.hours))
    return sorted(found, key=lambda one: (one.km, one.node))[:most]


def takes_all(relay: Node, basket: Basket) -> bool:
    """Whether a relay point keeps such goods for customers."""
    return all(scene_rules.keeps(relay, goods) for goods in basket.traits.values())


def goal_at_relay(outlook: Outlook, code: str, now: datetime) -> Goal:
    """Where parcels to a relay point go; nothing comes on days when it is shut."""
    node = outlook.relays[code]
    return Goal(
        country=node.country,
        postcode=node.postcode,
        spot=Spot(node.latitude, node.longitude),
        closed=network.rests(node, outlook.holidays[code], now.date()),
        relay=code,
    )
