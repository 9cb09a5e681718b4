"""The ways in which a basket can reach a customer: each a window, a chance, a cost, a cut-off."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct, structs

from noria.network import rules as network
from noria.network.scene_model import Exit
from noria.network.tariff_model import Load
from noria.promise.delivery import grid as grids
from noria.promise.delivery.grid import Truth, Whole
from noria.promise.delivery.legs import curve, window
from noria.promise.delivery.model import Basket, LegPlan, Numbers, OptionKind, Part, Way
from noria.promise.delivery.outlook import Goal, Outlook, Seen, Terms, largest, named, plan_of
from noria.promise.delivery.points import at_store

LOOKED_AT = 4
"""Of the cheapest, and of those that are planned to come first, so many are foreseen."""
FIRST_PARTS = 4
"""Where no node has all of a basket, so many of the largest parts are tried first."""


class Leg(Struct, frozen=True, kw_only=True):
    """A part of a way as it is foreseen."""

    part: Part
    exit: Exit
    plan: LegPlan
    reached: Numbers


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
            found += at_store(outlook, basket, seen, store, terms)
    order = list(OptionKind)
    return sorted(found, key=lambda way: (order.index(way.option), way.relay or "", way.nodes))


def made_for(outlook: Outlook, basket: Basket, terms: Terms) -> tuple[Outlook, Seen]:
    """What nodes could give, with the days on which they would: full ones later, makers too."""
    seen = look(outlook, basket, terms)
    grid = grids.begun(outlook.grid, np.minimum(seen.units, seen.wanted[:, None]).sum(axis=0))
    if grid is not outlook.grid:
        outlook = structs.replace(outlook, grid=grid)
        seen = look(outlook, basket, terms)
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
    return outlook, look(outlook, basket, terms)


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


def look(outlook: Outlook, basket: Basket, terms: Terms) -> Seen:
    """Units by SKU and node; none where a fence of sourcing stands: goods, hands, the policy."""
    grid, skus = outlook.grid, tuple(sorted(basket.wanted))
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
        packed=[
            (line, grid.place[term.node], term)
            for line, sku in enumerate(skus)
            for term in outlook.refusing.get(sku, ())
            if term.node in grid.place
        ],
    )


def _at(seen: Seen, nodes: Truth) -> Seen:
    """The same, of these nodes alone."""
    return structs.replace(seen, units=seen.units * nodes)


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
        rests=goal.rests,
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
    """By few nodes: each of the largest parts first, then whoever can give most of the rest.

    Once each leg goes by the cheapest way, and once by the one that is planned to come first.
    """
    left = np.asarray((seen.units > 0).any(axis=0))
    firsts = largest(outlook.grid, seen, seen.wanted, left)[:FIRST_PARTS]
    return [
        _way(legs, goal, terms)
        for first in firsts
        for is_fast in (False, True)
        if (legs := _completed(outlook, basket, seen, goal, terms, km, first, is_fast=is_fast))
    ]


def _completed(
    outlook: Outlook,
    basket: Basket,
    seen: Seen,
    goal: Goal,
    terms: Terms,
    km: Numbers,
    first: tuple[Whole, Truth],
    *,
    is_fast: bool,
) -> list[Leg]:
    """Legs that send all of it, the first of them this part; none if too few would do."""
    grid, missing, part = outlook.grid, seen.wanted.copy(), first
    left = np.asarray((seen.units > 0).any(axis=0))
    legs: list[Leg] = []
    while True:
        units, nodes = part
        wanted = named(seen, units)
        offers = grids.offers(
            grid,
            nodes,
            km,
            load_of(basket, wanted),
            country=goal.country,
            postcode=goal.postcode,
            rests=goal.rests,
            to_relay=goal.relay is not None,
            most=1,
        )
        if offers:
            offer = offers[-1 if is_fast else 0]  # the cheapest, and the one that comes first
            legs.append(_leg(outlook, goal, wanted, offer))
            missing = missing - units
            left[offer.node] = False
        else:
            left &= ~nodes
        if not missing.any():
            return legs
        parts = largest(grid, seen, missing, left)
        if not parts or len(legs) >= terms.most_parts:
            return []
        part = parts[0]


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
        reached=curve(outlook.foresight, plan, goal.rests, network.rounds(exit_.service)),
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
