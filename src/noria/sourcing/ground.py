"""The network at an instant as columns: from it, the field of each order that is decided then.

Says of all nodes at once what laying candidates out one by one would. What is alike is worked out
once: the options of nodes that are as far, close as early and are as reliable.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from msgspec import Struct

from noria.catalog.model import Sku
from noria.network import reliability_rules, scene_rules, tariff_rules
from noria.network import rules as network
from noria.network.model import NO_RESTS, NodeKind, Rests, Spot
from noria.network.reliability_model import Reliability, Topic
from noria.network.scene_model import Exit, Later, Scene, Traits
from noria.policies.model import Settings
from noria.sourcing.candidates import DECLINED, option_of, options_of, traits_of
from noria.sourcing.field import MOST_COUNTED, Field, Outlet, alike
from noria.sourcing.model import Option, Wish
from noria.sourcing.offers import NEVER_CENTS, Packs, Truth, Whole

MOST_KEPT = 50_000

Trusted = tuple[float, tuple[float, ...]]
"""The chance that a leg is on time, and the days that it is expected to be late, by grace."""


class Fleet(Struct, frozen=True, kw_only=True, eq=False):
    """Exits of one service under one tariff, each with its node; `leaves` groups those alike."""

    exits: Sequence[Exit]
    nodes: Whole
    leaves: Whole
    first: Sequence[Exit]


class Shelves(Struct, frozen=True, kw_only=True, eq=False):
    """What is known of the shelves of an order's lines: [line, node of the ground]; -1: nothing.

    `barred` and `reasons` are by the place of the node.
    """

    units: Whole
    worth_cents: Whole
    sold_units: Whole
    goods_cents: Whole
    packs: Packs | None
    shipping_cents: Whole
    free_from_cents: Whole
    barred: Mapping[int, Mapping[str, str]]
    reasons: Mapping[int, Mapping[str, str]]


class Hands(Struct, frozen=True, kw_only=True, eq=False):
    """What people can still handle [node], and the settings that hold at each node.

    Nodes that are `later`, by their place, begin this order on another day than the scene says.
    """

    free_units: Whole
    settings: Sequence[Settings | None]
    setting: Whole
    later: Mapping[int, Later] = {}


class Register:
    """Options and outlets by what they are made of; kept for as long as anybody likes."""

    def __init__(self) -> None:
        self.options: dict[Any, tuple[Option | None, Any]] = {}
        self.outlets: dict[tuple[int, ...], Outlet] = {}
        self.known: Reliability | None = None
        self.ground: Any = None
        self.trust: dict[tuple[str, str, tuple[str, ...]], tuple[Whole, list[Trusted]]] = {}

    def tidy(self, known: Reliability) -> None:
        """Forget what is too much, or was learned from other measures."""
        if known is not self.known:
            self.known, self.trust = known, {}
        if len(self.options) > MOST_KEPT or len(self.outlets) > MOST_KEPT:
            self.options, self.outlets = {}, {}
        if len(self.trust) > MOST_KEPT:
            self.trust = {}

    def outlet(self, options: Sequence[Option]) -> Outlet:
        key = tuple(id(one) for one in options)
        found = self.outlets.get(key)
        if found is None:
            found = self.outlets[key] = Outlet(options)
        return found


class Ground:
    """A scene as columns, its nodes in key order."""

    def __init__(self, scene: Scene, register: Register) -> None:
        register.tidy(scene.known)
        self.scene = scene
        self.nodes = tuple(sorted(scene.nodes))
        self.place = {code: place for place, code in enumerate(self.nodes)}
        every = [scene.nodes[code] for code in self.nodes]
        self._register = register
        self._north = np.radians([one.latitude for one in every])
        self._east = np.radians([one.longitude for one in every])
        self._handling = np.array([one.handling_cents for one in every], np.int64)
        self._does_ship = np.array([one.does_ship for one in every], np.bool_)
        self._is_open = np.array([one.is_open for one in every], np.bool_)
        self._overtime = np.array([one.overtime_units for one in every], np.int64)
        self._overtime_cents = np.array([one.overtime_cents for one in every], np.int64)
        self._found = np.array(
            [reliability_rules.found_chance(scene.known, code) for code in self.nodes], np.float64
        )
        apart = [place for place, code in enumerate(self.nodes) if self._is_apart(code)]
        self._apart = apart
        self._fleets = _fleets(scene, self.place, set(apart))
        self._barred: dict[Traits, list[tuple[int, str]]] = {}

    def _is_apart(self, code: str) -> bool:
        """Whether its options hang on the order: who makes to order, and who sends no parcels."""
        return self.scene.nodes[code].kind is NodeKind.DIGITAL or code in self.scene.taken

    def field(
        self, wish: Wish, shelves: Shelves, hands: Hands, *, skus: Mapping[str, Sku],
        rests: Rests = NO_RESTS,
    ) -> Field:  # fmt: skip
        """Every node that has something of the order, or is kept off it by a rule."""
        units, barred = self.within_fences(wish, shelves, skus)
        is_there: Truth = np.asarray((shelves.units > 0).any(axis=0))
        is_there[list(shelves.barred)] = True
        here = np.flatnonzero(is_there)
        outlet, outlets, km = self._outlets(wish, shelves.units, is_there, hands.later, skus, rests)
        free = hands.free_units[here]
        number = {place: at for at, place in enumerate(here.tolist())}
        return Field(
            nodes=[self.nodes[place] for place in number],
            km=km[here],
            units=units[:, here],
            outlets=outlets,
            outlet=outlet,
            settings=hands.settings,
            setting=hands.setting[here],
            handling_cents=self._handling[here],
            free_units=free,
            does_ship=self._does_ship[here] | (wish.store is not None),
            is_open=self._is_open[here],
            found_chance=self._found[here],
            overtime_units=np.minimum(
                self._overtime[here], np.where(free < NEVER_CENTS, np.maximum(free, 0), 0)
            ),
            overtime_cents=self._overtime_cents[here],
            worth_cents=shelves.worth_cents[:, here],
            sold_units=shelves.sold_units[:, here],
            goods_cents=shelves.goods_cents[:, here],
            packs=None if shelves.packs is None else shelves.packs.at(slice(None), here),
            shipping_cents=shelves.shipping_cents[here],
            free_from_cents=shelves.free_from_cents[here],
            barred={number[place]: why for place, why in barred.items() if place in number},
            reasons={
                number[place]: why for place, why in shelves.reasons.items() if place in number
            },
        )

    def within_fences(
        self, wish: Wish, shelves: Shelves, skus: Mapping[str, Sku]
    ) -> tuple[Whole, dict[int, dict[str, str]]]:
        """Units that nodes may send, and what bars the others, by the place of the node."""
        barred: dict[int, dict[str, str]] = {}
        for line, sku in enumerate(wish.wanted):
            row = shelves.units[line]
            for place, why in self._bars(traits_of(skus[sku], wish)):
                if row[place] or sku in shelves.barred.get(place, ()):
                    barred.setdefault(place, {})[sku] = why
        for place, rules in shelves.barred.items():
            barred[place] = {**barred.get(place, {}), **rules}
        for place, gone in self._declined(wish, shelves):
            barred[place] = {**barred.get(place, {}), **gone}
        if not barred:
            return shelves.units, barred
        units = shelves.units.copy()
        for place, whys in barred.items():
            for line, sku in enumerate(wish.wanted):
                if sku in whys:
                    units[line, place] = 0
        return units, barred

    def _declined(self, wish: Wish, shelves: Shelves) -> Iterator[tuple[int, dict[str, str]]]:
        """What the nodes that the order goes without would have had for it."""
        for place in sorted(self.place[code] for code in wish.without if code in self.place):
            has, kept = shelves.units[:, place].tolist(), shelves.barred.get(place, ())
            for sku, units in zip(wish.wanted, has, strict=True):
                if units or sku in kept:
                    yield place, {sku: DECLINED}

    def _bars(self, traits: Traits) -> list[tuple[int, str]]:
        """Which nodes may not send such goods, and why."""
        found = self._barred.get(traits)
        if found is None:
            found = self._barred[traits] = [
                (place, why)
                for place, code in enumerate(self.nodes)
                if (why := scene_rules.barred(self.scene.nodes[code], traits))
            ]
        return found

    def _km(self, spot: Spot) -> Whole:
        """Whole kilometres to each node."""
        north, east = np.radians(spot.latitude), np.radians(spot.longitude)
        across = np.sin((north - self._north) / 2) ** 2
        along = np.sin((east - self._east) / 2) ** 2
        share = across + np.cos(self._north) * np.cos(north) * along
        km = 2 * network.EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(share)))
        return np.asarray(np.rint(km).astype(np.int64))

    def _outlets(
        self, wish: Wish, units: Whole, is_here: Truth, later: Mapping[int, Later],
        skus: Mapping[str, Sku], rests: Rests,
    ) -> tuple[Whole, list[Outlet], Whole]:  # fmt: skip
        """Which outlet each of these nodes has, the outlets, and how far nodes are."""
        km, here = self._km(wish.spot), np.flatnonzero(is_here)
        if wish.store is not None:
            own = [
                self._own_options(place, wish, units, km, later.get(place), skus, rests)
                for place in here.tolist()
            ]
            return np.arange(len(here)), [Outlet(options) for options in own], km
        code, below = np.zeros(len(self.nodes), np.int64), 1
        columns: list[tuple[Whole, list[Option | None]]] = []
        for fleet in self._fleets:
            if fleet.first[0].service.goes_to_relays is not wish.is_to_relay:
                continue
            which, options = self._options(fleet, wish, km, skus, rests)
            column = np.zeros(len(self.nodes), np.int64)
            column[fleet.nodes] = which + 1
            columns.append((column, [None, *options]))
            code = code * (len(options) + 1) + column
            below *= len(options) + 1
            if below > MOST_COUNTED:
                _, each, code = alike(code, below)
                below = len(each)
        apart = [place for place in sorted({*self._apart, *later}) if is_here[place]]
        for number, place in enumerate(apart):
            code[place] = below + number
        first, _, which = alike(code[here], below + len(apart))
        outlets = []
        for place in here[first].tolist():
            if place in apart:
                then = later.get(place)
                outlets.append(Outlet(self._own_options(place, wish, units, km, then, skus, rests)))
                continue
            options = [some[column.item(place)] for column, some in columns]
            outlets.append(self._register.outlet([one for one in options if one is not None]))
        return which, outlets, km

    def _own_options(
        self, place: int, wish: Wish, units: Whole, km: Whole, then: Later | None,
        skus: Mapping[str, Sku], rests: Rests,
    ) -> list[Option]:  # fmt: skip
        """The options of a node whose departures hang on how much is asked of it."""
        code, scene = self.nodes[place], self.scene
        exits, ready = scene.exits[code], scene.ready_at.get(code)
        if then is not None:
            exits, ready = then.exits, then.ready_at
        if code in scene.taken:
            has = units[:, place].tolist()
            asked = sum(min(*both) for both in zip(has, wish.wanted.values(), strict=True))
            _, exits = scene_rules.made(scene, code, asked)
        return options_of(scene, scene.nodes[code], exits, wish, km.item(place), skus, rests, ready)

    def _options(
        self, fleet: Fleet, wish: Wish, km: Whole, skus: Mapping[str, Sku], rests: Rests
    ) -> tuple[Whole, list[Option | None]]:
        """Which option each exit of a fleet gives for an order, and the options; None: no such."""
        service, prices = fleet.first[0].service, fleet.first[0].prices
        limits = tariff_rules.distances(service, prices, wish.country, wish.postcode)
        step = np.searchsorted(np.array(limits, np.int64), km[fleet.nodes])
        trust, kinds = self._trust(service.code, wish)
        code = (step * len(fleet.first) + fleet.leaves) * len(kinds) + trust[fleet.nodes]
        below = (len(limits) + 1) * len(fleet.first) * len(kinds)
        first, _, which = alike(code, below)
        wanted = [skus[sku] for sku in wish.wanted]
        traits = (
            frozenset(one.code for one in wanted if one.is_bulky),
            frozenset(one.code for one in wanted if one.is_hazardous),
            frozenset(
                one.code for one in wanted if scene_rules.refuses(service, traits_of(one, wish))
            ),
        )
        options: list[Option | None] = []
        for place in first.tolist():
            way, node = fleet.exits[place], self.nodes[fleet.nodes.item(place)]
            far = [*limits, tariff_rules.FARTHEST_KM][step.item(place)]
            zone: Any = None
            if prices is not None:
                zone = tariff_rules.zone(prices, wish.country, wish.postcode, far)
            priced = id(zone) if prices is not None else (id(service), far)
            key = (
                service.code, priced, way.leaves_at, way.day, kinds[trust.item(fleet.nodes[place])],
                traits, rests, network.rounds(service),
            )  # fmt: skip
            found = self._register.options.get(key)
            if found is None:
                here = self.scene.nodes[node]
                option = option_of(self.scene, here, way, wish, far, skus, rests)
                found = self._register.options[key] = (option, (zone, service))
            options.append(found[0])
        return which, options

    def _trust(self, service: str, wish: Wish) -> tuple[Whole, list[Trusted]]:
        """How far each node is trusted with a service to where an order goes: [node], and by it."""
        area = reliability_rules.area(wish.country, wish.postcode)
        known, key = self.scene.known, (service, area, self.nodes)
        found = self._register.trust.get(key)
        if found is not None:
            return found
        kinds: dict[Trusted, int] = {}
        seen: dict[Any, int] = {}
        which = []
        for node in self.nodes:
            leaves = reliability_rules.node_shares(known, Topic.DEPARTURE, node)
            travels = reliability_rules.lane_shares(known, Topic.TRANSIT, service, node, area)
            if (leaves, travels) not in seen:
                trusted = (
                    reliability_rules.on_time_chance(known, service, node, area),
                    reliability_rules.late_days(known, service, node, area),
                )
                seen[leaves, travels] = kinds.setdefault(trusted, len(kinds))
            which.append(seen[leaves, travels])
        found = self._register.trust[key] = (np.array(which, np.int64), list(kinds))
        return found


def ground_of(scene: Scene, register: Register) -> Ground:
    """The ground of a scene, the one before if it is the same scene."""
    found: Ground | None = register.ground
    if found is None or found.scene is not scene:
        found = register.ground = Ground(scene, register)
    return found


def _fleets(scene: Scene, place: Mapping[str, int], apart: AbstractSet[int]) -> list[Fleet]:
    """Exits by service and tariff, in the order of services; those of nodes apart are left out."""
    found: dict[tuple[str, str], list[tuple[int, Exit]]] = {}
    for code in sorted(scene.exits):
        if place[code] in apart:
            continue
        for one in scene.exits[code]:
            key = (one.service.code, one.prices.code if one.prices else "")
            found.setdefault(key, []).append((place[code], one))
    fleets = []
    for _, exits in sorted(found.items()):
        groups: dict[Any, int] = {}
        leaves = [groups.setdefault((one.leaves_at, one.day), len(groups)) for _, one in exits]
        first: list[Exit] = []
        for number, (_, one) in zip(leaves, exits, strict=True):
            if number == len(first):
                first.append(one)
        fleets.append(
            Fleet(
                exits=[one for _, one in exits],
                nodes=np.array([at for at, _ in exits], np.int64),
                leaves=np.array(leaves, np.int64),
                first=first,
            )
        )
    return fleets
