"""The ways in which a basket can reach a customer: each a window, a chance, a cost, a cut-off."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.network import rules as network
from noria.network import tariff_rules
from noria.network.model import Node, NodeKind, Service, Spot
from noria.network.tariff_model import Book, Load
from noria.promise.delivery.legs import curve, groups, region, window
from noria.promise.delivery.model import (
    Basket,
    Foresight,
    LegPlan,
    Numbers,
    OptionKind,
    Part,
    Way,
)

CHANCE = 0.95
MOST_PARTS = 3
LOOKED_AT = 4
"""Of the cheapest, and of those that are planned to come first, so many are foreseen."""
MAKERS = (NodeKind.PRINTER, NodeKind.MAKER)
FOUND_CHANCE = 0.97
"""That a store finds what its shelf says, before anybody measured it."""


class Exit(Struct, frozen=True, kw_only=True):
    """A service's next departure from a node, and until when an order still catches it."""

    service: Service
    prices: Book | None
    departs_on: date
    order_by: datetime


class Stand(Struct, frozen=True, kw_only=True):
    """A node as it stands: its next departures, and when what is ordered now would be ready."""

    node: Node
    exits: tuple[Exit, ...]
    ready_at: datetime


class Scene(Struct, frozen=True, kw_only=True):
    """The network at an instant, the same for everybody who asks."""

    as_of: datetime
    stands: Mapping[str, Stand]
    lanes: Mapping[tuple[str, str], int]
    foresight: Foresight


class _Quoted(Struct, frozen=True, kw_only=True):
    part: Part
    exit: Exit
    arrives_on: date


class _Leg(Struct, frozen=True, kw_only=True):
    part: Part
    departs_on: date
    reached: Numbers
    order_by: datetime


def stand(
    node: Node,
    services: Mapping[str, Service],
    books: Sequence[Book],
    holidays: AbstractSet[date],
    now: datetime,
) -> Stand:
    """A node with its next departures; what is ordered until `order_by` still leaves with each."""
    ready = network.ready_at(node, now, holidays=holidays)
    works = ready - network.begins_at(node, now, holidays)
    exits = []
    for code in sorted({one.service for one in node.departures} & services.keys()):
        leaves = network.departs_at(node, code, ready, holidays=holidays)
        if leaves is not None and node.does_ship:
            day = leaves.astimezone(ZoneInfo(node.time_zone)).date()
            exits.append(
                Exit(
                    service=services[code],
                    prices=tariff_rules.in_force(books, day).get(code),
                    departs_on=day,
                    order_by=max(leaves - works, now),
                )
            )
    return Stand(node=node, exits=tuple(exits), ready_at=ready)


def ways(scene: Scene, basket: Basket, closed: AbstractSet[date]) -> list[Way]:
    """Every way there is, in the order of OptionKind: the cheapest of each, and the fastest home.

    `basket.units` is what each node may give of each SKU; `closed` are days without delivery where
    the customer is.
    """
    if basket.is_digital:
        return [_digital(scene)]
    known = {node: units for node, units in basket.units.items() if node in scene.stands}
    made = {node: units for node, units in known.items() if _kind(scene, node) in MAKERS}
    ours = {node: units for node, units in known.items() if node not in made}
    found = []
    if basket.spot is not None:
        home = _sent(scene, basket, ours, closed, lambda service: not service.goes_to_relays)
        found += _cheapest(home, OptionKind.HOME_STANDARD)
        fastest = min(home, key=lambda way: (way.last, way.cents, way.nodes), default=None)
        if fastest is not None and fastest.last < found[0].last:
            found.append(_as(fastest, OptionKind.HOME_EXPRESS))
        relay = _sent(scene, basket, ours, closed, lambda service: service.goes_to_relays)
        found += _cheapest(relay, OptionKind.RELAY)
    for store in basket.stores:
        if store in scene.stands and scene.stands[store].node.does_hand_over:
            found += _at_store(scene, basket, ours, store)
    if basket.spot is not None and made:
        anyhow = _sent(scene, basket, known, closed, lambda service: not service.goes_to_relays)
        by_makers = [way for way in anyhow if made.keys() & set(way.nodes)]
        found += _cheapest(by_makers, OptionKind.MADE_FOR_YOU)
    order = list(OptionKind)
    return sorted(found, key=lambda way: (order.index(way.option), way.nodes))


def _kind(scene: Scene, node: str) -> NodeKind:
    return scene.stands[node].node.kind


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
        parts=way.parts,
    )


def _digital(scene: Scene) -> Way:
    today = scene.as_of.date()
    return Way(
        option=OptionKind.DIGITAL,
        first=today,
        last=today,
        chance=0.995,
        cents=0,
        order_by=scene.as_of,
        parts=(),
    )


def _sent(
    scene: Scene,
    basket: Basket,
    shelves: Mapping[str, Mapping[str, int]],
    closed: AbstractSet[date],
    fits: Callable[[Service], bool],
) -> list[Way]:
    """By one node that has it all, each of its services; else by few nodes, each the cheapest."""
    whole = [
        node for node in sorted(shelves) if _covered(shelves[node], basket.wanted) == basket.wanted
    ]
    quoted = [
        one for node in whole for one in _quoted(scene, basket, node, basket.wanted, closed, fits)
    ]
    cheapest = sorted(quoted, key=lambda one: (one.part.cents, one.arrives_on, one.part.node))
    fastest = sorted(quoted, key=lambda one: (one.arrives_on, one.part.cents, one.part.node))
    worth_a_look = dict.fromkeys(map(id, [*cheapest[:LOOKED_AT], *fastest[:LOOKED_AT]]))
    found = [_way([_leg(scene, basket, one, closed)]) for one in quoted if id(one) in worth_a_look]
    return found or _split(scene, basket, shelves, closed, fits)


def _split(
    scene: Scene,
    basket: Basket,
    shelves: Mapping[str, Mapping[str, int]],
    closed: AbstractSet[date],
    fits: Callable[[Service], bool],
) -> list[Way]:
    missing = dict(basket.wanted)
    legs: list[_Leg] = []
    left = {
        node for node in shelves if any(fits(exit_.service) for exit_ in scene.stands[node].exits)
    }
    while missing and left and len(legs) < MOST_PARTS:
        node = min(left, key=lambda one: (-sum(_covered(shelves[one], missing).values()), one))
        left.discard(node)
        covered = _covered(shelves[node], missing)
        if not covered:
            break
        quoted = _quoted(scene, basket, node, covered, closed, fits)
        if quoted:
            best = min(quoted, key=lambda one: (one.part.cents, one.part.service))
            legs.append(_leg(scene, basket, best, closed))
            missing = {
                sku: units - covered.get(sku, 0)
                for sku, units in missing.items()
                if units > covered.get(sku, 0)
            }
    return [] if missing or not legs else [_way(legs)]


def _covered(shelf: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    return {sku: min(units, shelf[sku]) for sku, units in wanted.items() if shelf.get(sku, 0) > 0}


def _quoted(
    scene: Scene,
    basket: Basket,
    code: str,
    units: Mapping[str, int],
    closed: AbstractSet[date],
    fits: Callable[[Service], bool],
) -> list[_Quoted]:
    """The services that take these units from a node, with their price and planned day."""
    assert basket.spot is not None
    at = scene.stands[code]
    km = network.great_circle_km(Spot(at.node.latitude, at.node.longitude), basket.spot)
    load = Load(weight_g=sum(basket.weights.get(sku, 0) * count for sku, count in units.items()))
    found = []
    for exit_ in at.exits:
        quote = fits(exit_.service) and tariff_rules.quote(
            exit_.service,
            exit_.prices,
            country=basket.country,
            postcode=basket.postcode,
            km=km,
            load=load,
        )
        if quote:
            found.append(
                _Quoted(
                    part=Part(
                        node=code, service=exit_.service.code, units=units, cents=quote.cents
                    ),
                    exit=exit_,
                    arrives_on=_arrives_on(exit_.departs_on, quote.transit_days, closed),
                )
            )
    return found


_arrives_on = lru_cache(10_000)(network.arrives_on)


def _leg(scene: Scene, basket: Basket, quoted: _Quoted, closed: AbstractSet[date]) -> _Leg:
    way = quoted.exit
    plan = _plan(scene, basket, quoted.part, way.service.carrier, way.departs_on, quoted.arrives_on)
    return _Leg(
        part=quoted.part,
        departs_on=way.departs_on,
        reached=curve(scene.foresight, plan, closed),
        order_by=way.order_by,
    )


def _plan(
    scene: Scene, basket: Basket, part: Part, carrier: str, departs_on: date, arrives_on: date
) -> LegPlan:
    return LegPlan(
        departs_on=departs_on,
        arrives_on=arrives_on,
        groups=groups(
            node=part.node,
            kind=_kind(scene, part.node).value,
            service=part.service,
            carrier=carrier,
            region=region(basket.country, basket.postcode),
        ),
    )


def _way(legs: Sequence[_Leg]) -> Way:
    told = window([(leg.departs_on, leg.reached) for leg in legs], CHANCE)
    return Way(
        option=OptionKind.HOME_STANDARD,
        first=told.first,
        last=told.last,
        chance=told.chance,
        cents=sum(leg.part.cents for leg in legs),
        order_by=min(leg.order_by for leg in legs),
        parts=tuple(leg.part for leg in legs),
    )


def _at_store(
    scene: Scene, basket: Basket, shelves: Mapping[str, Mapping[str, int]], store: str
) -> list[Way]:
    """Picked up where it lies; else sent there from the node whose lane brings it first."""
    here = scene.stands[store]
    if _covered(shelves.get(store, {}), basket.wanted) == basket.wanted:
        day = here.ready_at.astimezone(ZoneInfo(here.node.time_zone)).date()
        part = Part(node=store, service="", units=basket.wanted, cents=0)
        return [
            Way(
                option=OptionKind.PICK_UP,
                first=day,
                last=day,
                chance=FOUND_CHANCE,
                cents=0,
                ready_at=here.ready_at,
                parts=(part,),
            )
        ]
    found = []
    for code in sorted(shelves):
        days = scene.lanes.get((code, store))
        if days is None or _covered(shelves[code], basket.wanted) != basket.wanted:
            continue
        at = scene.stands[code]
        leaves = at.ready_at.astimezone(ZoneInfo(at.node.time_zone)).date()
        part = Part(node=code, service="", units=basket.wanted, cents=0)
        arrives = network.arrives_on(leaves, days, frozenset())
        plan = _plan(scene, basket, part, "", leaves, arrives)
        told = window([(leaves, curve(scene.foresight, plan, frozenset()))], CHANCE)
        found.append(
            Way(
                option=OptionKind.SHIP_TO_STORE,
                first=told.first,
                last=told.last,
                chance=told.chance,
                cents=0,
                parts=(part,),
                store=store,
            )
        )
    return sorted(found, key=lambda way: (way.last, way.nodes))[:1]
