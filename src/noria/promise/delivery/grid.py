"""The network at an instant as arrays, so that a basket is priced at every node at once.

What a parcel costs by a service falls into steps of distance: a ladder. It is made with the same
`tariff_rules.quote` that answers for one parcel, once a step, and then looked up for each exit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from noria.network import diary_rules, scene_rules, tariff_rules
from noria.network import rules as network
from noria.network.diary_model import ENDLESS, Diary
from noria.network.model import Rests, Rounds, Service, Spot
from noria.network.scene_model import Exit, Scene, Traits
from noria.network.tariff_model import Book, Load, Quote

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]

MOST_VARIANTS = 200
MOST_DAYS = 1000
"""More working days than any service says."""


class Fleet(Struct, frozen=True, kw_only=True, eq=False):
    """Exits of one service under one tariff, by their number."""

    service: Service
    prices: Book | None
    exits: Whole


class Grid(Struct, frozen=True, kw_only=True, eq=False):
    """Nodes in key order, their exits, and what each can begin by the day on which it would.

    `begins` are the days of nodes that are full until then; `variants` are the same with some nodes
    that begin on a later day.
    """

    scene: Scene
    nodes: tuple[str, ...]
    place: Mapping[str, int]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    exits: tuple[Exit, ...]
    exit_node: Whole
    exit_day: Whole
    exit_rounds: Whole
    rounds: tuple[Rounds, ...]
    fleets: tuple[Fleet, ...]
    free_units: Whole
    makes: Truth
    diaries: Mapping[str, Diary] = {}
    begins: Mapping[str, date] = {}
    takes: dict[Traits, Truth] = {}
    variants: dict[frozenset[tuple[str, date, int]], "Grid"] = {}


class Offer(Struct, frozen=True, kw_only=True):
    """One parcel from one exit: what it costs, and the day that calendars plan."""

    exit: int
    node: int
    cents: int
    arrives_on: date


def grid(scene: Scene, diaries: Mapping[str, Diary]) -> Grid:
    """The scene as arrays; nodes of which the days are full begin on their first day with room.

    What is due at a node, though its first day has room, may leave less time to order.
    """
    openings = {code: diary_rules.opening(diary) for code, diary in diaries.items()}
    begins = {code: day for code, (day, _, _) in openings.items() if day != diaries[code].first}
    busy = {
        code: diary.first
        for code, diary in diaries.items()
        if diary.agenda.due and code not in scene.taken
    }
    ends = {code: units for code, (_, units, _) in openings.items()}
    return _laid(scene_rules.begun_on(scene, diaries, busy | begins), diaries, ends, begins)


def _laid(
    scene: Scene,
    diaries: Mapping[str, Diary],
    free: Mapping[str, int],
    begins: Mapping[str, date],
) -> Grid:
    nodes = tuple(sorted(scene.nodes))
    place = {code: number for number, code in enumerate(nodes)}
    exits = [(place[code], exit_) for code in nodes for exit_ in scene.exits[code]]
    driven = [network.rounds(exit_.service) for _, exit_ in exits]
    rounds = {one: number for number, one in enumerate(dict.fromkeys(driven))}
    fleets: dict[tuple[str, str], list[int]] = {}
    for number, (_, exit_) in enumerate(exits):
        key = (exit_.service.code, exit_.prices.code if exit_.prices else "")
        fleets.setdefault(key, []).append(number)
    return Grid(
        scene=scene,
        nodes=nodes,
        place=place,
        latitude=np.radians([scene.nodes[code].latitude for code in nodes]),
        longitude=np.radians([scene.nodes[code].longitude for code in nodes]),
        exits=tuple(exit_ for _, exit_ in exits),
        exit_node=np.array([node for node, _ in exits], np.int64),
        exit_day=np.array([exit_.day.toordinal() for _, exit_ in exits], np.int64),
        exit_rounds=np.array([rounds[one] for one in driven], np.int64),
        rounds=tuple(rounds),
        fleets=tuple(
            Fleet(
                service=exits[numbers[0]][1].service,
                prices=exits[numbers[0]][1].prices,
                exits=np.array(numbers, np.int64),
            )
            for numbers in fleets.values()
        ),
        free_units=np.array([free.get(code, ENDLESS) for code in nodes], np.int64),
        makes=np.array([scene.nodes[code].kind in scene_rules.MAKERS for code in nodes], np.bool_),
        diaries=diaries,
        begins=begins,
        takes={},
        variants={},
    )


def begun(known: Grid, asked: Whole) -> Grid:
    """The grid for a basket of which nodes are asked so many units [node].

    One that has no room for them on the day on which it would begin one begins on the first day
    that has; one that never has, gives what it can.
    """
    tight = [known.nodes[at] for at in np.flatnonzero(asked > known.free_units).tolist()]
    days = {
        code: day
        for code in tight
        if code in known.diaries
        and (day := diary_rules.first_day(known.diaries[code], asked.item(known.place[code])))
    }
    if not days:
        return known
    key = frozenset((code, day, asked.item(known.place[code])) for code, day in days.items())
    found = known.variants.get(key)
    if found is None:
        if len(known.variants) >= MOST_VARIANTS:
            known.variants.clear()
        found = known.variants[key] = _varied(known, days, asked)
    return found


def _varied(known: Grid, days: Mapping[str, date], asked: Whole) -> Grid:
    scene = known.scene
    then = {
        code: scene_rules.later(scene, known.diaries[code], day, asked.item(known.place[code]))
        for code, day in days.items()
    }
    free = dict(zip(known.nodes, known.free_units.tolist(), strict=True)) | {
        code: diary_rules.room_by(known.diaries[code], day) for code, day in days.items()
    }
    begins = {**known.begins, **days}
    return _laid(scene_rules.on_days(scene, then), known.diaries, free, begins)


def remade(known: Grid, made: Mapping[str, tuple[int, int]]) -> Grid:
    """The grid for a basket of which makers make so many units, and could make so many at most."""
    scene = known.scene
    exits, ready = dict(scene.exits), dict(scene.ready_at)
    for code, (units, _) in made.items():
        ready[code], exits[code] = scene_rules.made(scene, code, units)
    free = {
        code: units
        for code, units in zip(known.nodes, known.free_units.tolist(), strict=True)
        if units < ENDLESS
    } | {code: most for code, (_, most) in made.items()}
    scene = structs.replace(scene, exits=exits, ready_at=ready)
    return _laid(scene, known.diaries, free, known.begins)


def takes(grid: Grid, goods: Traits) -> Truth:
    """Which nodes may send such goods: the fence that sourcing asks, asked of each node once."""
    known = grid.takes.get(goods)
    if known is None:
        nodes = grid.scene.nodes
        known = grid.takes[goods] = np.array(
            [scene_rules.barred(nodes[code], goods) is None for code in grid.nodes], np.bool_
        )
    return known


def km_to(grid: Grid, spot: Spot) -> NDArray[np.float64]:
    """Whole kilometres from every node to a spot, as sourcing rounds them."""
    north, east = np.radians(spot.latitude), np.radians(spot.longitude)
    across = np.sin((north - grid.latitude) / 2) ** 2
    along = np.sin((east - grid.longitude) / 2) ** 2
    share = across + np.cos(grid.latitude) * np.cos(north) * along
    whole: NDArray[np.float64] = np.rint(
        2 * network.EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(share)))
    )
    return whole


def offers(
    grid: Grid,
    nodes: Truth,
    km: NDArray[np.float64],
    load: Load,
    *,
    country: str,
    postcode: str,
    rests: Rests,
    to_relay: bool,
    most: int,
) -> list[Offer]:
    """Of all parcels of this load from these nodes: the cheapest, and those planned to come first.

    `most` of each, by price, day and key.
    """
    exits, cents, days = _quoted(
        grid, nodes, km, load, country=country, postcode=postcode, to_relay=to_relay
    )
    if not len(exits):
        return []
    arrives = _arrivals(grid, exits, days, rests)
    keys = grid.exit_node[exits]
    cheapest = np.lexsort((exits, keys, arrives, cents))[:most]
    fastest = np.lexsort((exits, keys, cents, arrives))[:most]
    return [
        Offer(
            exit=int(exits[one]),
            node=int(keys[one]),
            cents=int(cents[one]),
            arrives_on=date.fromordinal(int(arrives[one])),
        )
        for one in dict.fromkeys([*cheapest.tolist(), *fastest.tolist()])
    ]


def _quoted(
    grid: Grid,
    nodes: Truth,
    km: NDArray[np.float64],
    load: Load,
    *,
    country: str,
    postcode: str,
    to_relay: bool,
) -> tuple[Whole, Whole, Whole]:
    """Exits of these nodes that take the parcel, with its price and working days."""
    found: list[tuple[Whole, Whole, Whole]] = []
    for fleet in grid.fleets:
        if fleet.service.goes_to_relays is not to_relay:
            continue
        mine = fleet.exits[nodes[grid.exit_node[fleet.exits]]]
        if not len(mine):
            continue
        limits, cents, days = _ladder(fleet.service, fleet.prices, country, postcode, load)
        step = np.searchsorted(limits, km[grid.exit_node[mine]])
        goes = cents[step] >= 0
        found.append((mine[goes], cents[step][goes], days[step][goes]))
    if not found:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    exits, prices, lasts = (np.concatenate(column) for column in zip(*found, strict=True))
    return exits, prices, lasts


def _arrivals(grid: Grid, exits: Whole, days: Whole, rests: Rests) -> Whole:
    """The day of delivery of each; many share their day of departure and their days."""
    kinds = len(grid.rounds)
    codes = (grid.exit_day[exits] * MOST_DAYS + days) * kinds + grid.exit_rounds[exits]
    each, which = np.unique(codes, return_inverse=True)
    arrives = [
        _arrives_on(
            date.fromordinal(code // kinds // MOST_DAYS),
            code // kinds % MOST_DAYS,
            rests,
            grid.rounds[code % kinds],
        ).toordinal()
        for code in each.tolist()
    ]
    return np.array(arrives, np.int64)[which]


_KEPT: dict[tuple[str, str, str, str, Load], tuple[Service, tuple[Whole, Whole, Whole]]] = {}
MOST_KEPT = 20_000


def _ladder(
    service: Service, prices: Book | None, country: str, postcode: str, load: Load
) -> tuple[Whole, Whole, Whole]:
    """Up to which distances a parcel costs what and takes how long; -1 cents: not taken there."""
    key = (service.code, prices.code if prices else "", country, postcode, load)
    known = _KEPT.get(key)
    if known is not None and known[0] == service:
        return known[1]
    limits = tariff_rules.distances(service, prices, country, postcode)
    quotes: list[Quote | None] = [
        tariff_rules.quote(service, prices, country=country, postcode=postcode, km=km, load=load)
        for km in (*limits, tariff_rules.FARTHEST_KM)
    ]
    made = (
        np.array(limits, np.int64),
        np.array([one.cents if one else -1 for one in quotes], np.int64),
        np.array([one.transit_days if one else 0 for one in quotes], np.int64),
    )
    if len(_KEPT) >= MOST_KEPT:
        _KEPT.clear()
    _KEPT[key] = (service, made)
    return made


_arrives_on = lru_cache(20_000)(network.arrives_on)


def shelves(grid: Grid, skus: Sequence[str], units: Mapping[str, Mapping[str, int]]) -> Whole:
    """Units by node and SKU as [SKU, node of the grid], of the nodes that it knows."""
    found = np.zeros((len(skus), len(grid.nodes)), np.int64)
    for node, shelf in units.items():
        at = grid.place.get(node)
        if at is not None:
            found[:, at] = [shelf.get(sku, 0) for sku in skus]
    return found


def aligned(grid: Grid, nodes: Sequence[str], units: Whole) -> Whole:
    """Units [SKU, node of `nodes`] as [SKU, node of the grid]."""
    places = np.array([grid.place.get(node, -1) for node in nodes], np.int64)
    known = places >= 0
    found = np.zeros((len(units), len(grid.nodes)), np.int64)
    found[:, places[known]] = units[:, known]
    return found
