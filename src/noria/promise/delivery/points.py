"""Stores and relay points where a customer fetches a basket, and how it comes there."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from noria.network import reliability_rules, scene_rules
from noria.network import rules as network
from noria.network.model import Node, Spot
from noria.promise.delivery.grid import Truth, Whole
from noria.promise.delivery.legs import curve, window
from noria.promise.delivery.model import Basket, Numbers, OptionKind, Part, RelayPoint, Way
from noria.promise.delivery.outlook import Goal, Outlook, Seen, Terms, largest, named, plan_of


def at_store(outlook: Outlook, basket: Basket, seen: Seen, store: str, terms: Terms) -> list[Way]:
    """Picked up where it lies; else sent there from the node whose lane brings it first.

    Where no node has all of it, several send their parts, and the store keeps what it has.
    """
    scene = outlook.scene
    here = scene.nodes[store]
    whole = np.asarray((seen.units >= seen.wanted[:, None]).all(axis=0))
    whole &= outlook.grid.free_units >= seen.wanted.sum()
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
                order_by=_order_by(outlook, store, basket.wanted),
                ready_at=ready,
                store=store,
                parts=(Part(node=store, service="", units=basket.wanted, cents=0),),
            )
        ]
    goal = Goal(
        country=here.country,
        postcode=here.postcode,
        spot=Spot(here.latitude, here.longitude),
        rests=network.rests(here, outlook.holidays[store], scene.as_of.date()),
    )
    nodes = np.asarray(~seen.makes)
    legs = _fastest(outlook, goal, store, seen.wanted, whole & nodes, seen)
    if not legs:
        legs = _together(outlook, goal, store, seen, terms)
    return [_brought(outlook, legs, store, terms)] if legs else []


class Brought(Struct, frozen=True, kw_only=True):
    """A part of what is collected: brought by a lane, or there already."""

    part: Part
    leaves: date
    reached: Numbers


def _brought(outlook: Outlook, legs: Sequence[Brought], store: str, terms: Terms) -> Way:
    """All of it is there once the last part is, if the store finds its own."""
    told = window([(leg.leaves, leg.reached) for leg in legs], terms.chance)
    here = sum(len(leg.part.units) for leg in legs if leg.part.node == store)
    finds = reliability_rules.all_found_chance(outlook.scene.known, store, here) if here else 1.0
    return Way(
        option=OptionKind.SHIP_TO_STORE,
        first=told.first,
        last=told.last,
        chance=round(told.chance * finds, 4),
        cents=0,
        order_by=min(_order_by(outlook, leg.part.node, leg.part.units) for leg in legs),
        parts=tuple(leg.part for leg in legs),
        store=store,
    )


def _order_by(outlook: Outlook, code: str, units: Mapping[str, int]) -> datetime:
    """Until when what is ordered is ready on the day on which it would be now."""
    scene, node = outlook.scene, outlook.scene.nodes[code]
    holidays, zone = scene.holidays[code], ZoneInfo(node.time_zone)
    day = scene.ready_at[code].astimezone(zone).date()
    closes = network.last_closes_at(node, day)
    if closes.astimezone(zone).date() != day:
        closes -= network.MOMENT
    minutes = reliability_rules.handling_minutes(scene.known, node)
    begins = network.begins_by(node, closes, holidays=holidays, handling_minutes=minutes)
    diary = outlook.grid.diaries.get(code)
    if diary is None:
        latest = network.accepted_by(node, begins, holidays)
    else:
        latest = scene_rules.order_by(diary, sum(units.values()), begins)
    return max(latest, scene.as_of)


def _together(outlook: Outlook, goal: Goal, store: str, seen: Seen, terms: Terms) -> list[Brought]:
    """What the store has itself, then of whoever can bring most of the rest the first to come."""
    grid, missing = outlook.grid, seen.wanted.copy()
    left = np.array(
        [(code, store) in outlook.lanes and code in outlook.scene.ready_at for code in grid.nodes]
    )
    left &= ~seen.makes
    own = np.zeros(len(grid.nodes), np.bool_)
    own[grid.place[store]] = True
    legs: list[Brought] = []
    parts = largest(grid, seen, missing, own) or largest(grid, seen, missing, left)
    while parts and len(legs) < terms.most_parts:
        units, nodes = parts[0]
        [leg] = _fastest(outlook, goal, store, units, nodes, seen)
        legs.append(leg)
        missing = missing - units
        left[grid.place[leg.part.node]] = False
        if not missing.any():
            return legs
        parts = largest(grid, seen, missing, left)
    return []


def _fastest(
    outlook: Outlook, goal: Goal, store: str, units: Whole, nodes: Truth, seen: Seen
) -> list[Brought]:
    """Of these nodes the one whose part is in the store first; none if no lane comes from them."""
    wanted = named(seen, units)
    every = (
        _one(outlook, goal, store, outlook.grid.nodes[number], wanted)
        for number in np.flatnonzero(nodes).tolist()
    )
    found = [one for one in every if one is not None]
    return sorted(found, key=lambda one: (one.part.planned_on or one.leaves, one.part.node))[:1]


def _one(
    outlook: Outlook, goal: Goal, store: str, code: str, units: Mapping[str, int]
) -> Brought | None:
    """A part of a node as it comes to the store: by a lane, or once the store has it ready."""
    scene, days = outlook.scene, outlook.lanes.get((code, store))
    if code not in scene.ready_at or (days is None and code != store):
        return None
    at = scene.nodes[code]
    leaves = scene.ready_at[code].astimezone(ZoneInfo(at.time_zone)).date()
    if days is None:
        part = Part(node=code, service="", units=units, cents=0)
        return Brought(part=part, leaves=leaves, reached=np.ones(1))
    arrives = network.arrives_on(leaves, days, goal.rests)
    return Brought(
        part=Part(
            node=code, service="", units=units, cents=0, departs_on=leaves, planned_on=arrives
        ),
        leaves=leaves,
        reached=curve(outlook.foresight, plan_of(at, "", "", goal, leaves, arrives), goal.rests),
    )


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
        rests=network.rests(node, outlook.holidays[code], now.date()),
        relay=code,
    )
