"""A retailer made up from one seed: real French communes, invented everything else."""

from datetime import date, time
from math import isqrt

from msgspec import Struct

from noria.lab.carriers import (
    COURIER,
    EXPRESS,
    HOME,
    RELAY,
    services,
    tariffs,
    zoning,
)
from noria.lab.chance import SEED, pick
from noria.lab.model import Chain
from noria.network.communes import communes
from noria.network.model import Capacity, Departure, Hours, Lane, Node, NodeKind, Opening

ADVENT = tuple(
    Opening(day=date.fromisoformat(day), opens=time(10), closes=time(18), reason="Avent")
    for day in ("2010-12-12", "2010-12-19", "2011-12-04", "2011-12-11", "2011-12-18")
)
"""Sundays on which the stores open."""

WEEKDAYS, TO_SATURDAY, EVERY_DAY = range(5), range(6), range(7)


class Site(Struct, frozen=True):
    """A node and the INSEE code of the commune it lies in."""

    code: str
    name: str
    kind: NodeKind
    insee: str


SITES = (
    Site("ORLEANS", "Entrepôt central d'Orléans", NodeKind.WAREHOUSE, "45235"),
    Site("PARIS", "Magasin Paris 11e", NodeKind.STORE, "75111"),
    Site("LYON", "Magasin Lyon Presqu'île", NodeKind.STORE, "69382"),
    Site("MARSEILLE", "Magasin Marseille Canebière", NodeKind.STORE, "13201"),
    Site("TOULOUSE", "Magasin Toulouse", NodeKind.STORE, "31555"),
    Site("NICE", "Magasin Nice", NodeKind.STORE, "06088"),
    Site("NANTES", "Magasin Nantes", NodeKind.STORE, "44109"),
    Site("STRASBOURG", "Magasin Strasbourg", NodeKind.STORE, "67482"),
    Site("BORDEAUX", "Magasin Bordeaux", NodeKind.STORE, "33063"),
    Site("LILLE", "Magasin Lille", NodeKind.STORE, "59350"),
    Site("RENNES", "Magasin Rennes", NodeKind.STORE, "35238"),
    Site("MONTPELLIER", "Magasin Montpellier", NodeKind.STORE, "34172"),
    Site("GRENOBLE", "Magasin Grenoble", NodeKind.STORE, "38185"),
    Site("IVRY", "Dark store d'Ivry", NodeKind.DARK_STORE, "94041"),
    Site("FALLAVIER", "Prestataire logistique de Fallavier", NodeKind.THIRD_PARTY, "38449"),
    Site("EPINAL", "Fournisseur d'Épinal", NodeKind.SUPPLIER, "88160"),
    Site("CHOLET", "Fournisseur de Cholet", NodeKind.SUPPLIER, "49099"),
    Site("ROUBAIX", "Imprimeur à la demande de Roubaix", NodeKind.PRINTER, "59512"),
    Site("LIMOGES", "Atelier sur mesure de Limoges", NodeKind.MAKER, "87085"),
    Site("DIJON", "Point relais Dijon centre", NodeKind.RELAY, "21231"),
    Site("TOURS", "Point relais Tours Halles", NodeKind.RELAY, "37261"),
    Site("SENART", "Entrepôt de la place de marché, Sénart", NodeKind.MARKETPLACE, "77296"),
)
SELLING = (NodeKind.STORE, NodeKind.DARK_STORE)
STEPS_PER_DEGREE = 10_000
LONGITUDE_PERCENT = 69
"""A degree of longitude in the middle of France is 69 % of a degree of latitude."""
MILLIMETRES_PER_STEP = 11_120


class Habits(Struct, frozen=True, kw_only=True):
    """How a kind of node works; the ranges are what the seed chooses from."""

    hours: tuple[tuple[range, time, time], ...]
    departures: tuple[tuple[str, range, time], ...]
    handling_minutes: tuple[int, int]
    handling_cents: int
    units_per_day: tuple[int, int]
    lead_days: tuple[int, int] = (0, 0)
    buffer_units: int = 0
    does_hand_over: bool = False
    does_take_returns: bool = False
    has_holidays: bool = True
    does_ship: bool = True
    does_gift_wrap: bool = False
    has_own_packaging: bool = False
    takes_hazardous: bool = False
    takes_bulky: bool = True
    orders_per_day: int | None = None
    overtime_units: int = 0
    overtime_cents: int = 0
    capacities: tuple[Capacity, ...] = ()
    opens_in_advent: bool = False


HABITS = {
    NodeKind.WAREHOUSE: Habits(
        hours=((WEEKDAYS, time(6), time(22)), (range(5, 6), time(6), time(14))),
        departures=(
            (HOME, WEEKDAYS, time(17)),
            (HOME, range(5, 6), time(12)),
            (EXPRESS, WEEKDAYS, time(18, 30)),
            (RELAY, WEEKDAYS, time(16)),
        ),
        handling_minutes=(90, 120),
        handling_cents=45,
        units_per_day=(140_000, 160_000),
        does_take_returns=True,
        does_gift_wrap=True,
        has_own_packaging=True,
        takes_hazardous=True,
        overtime_units=20_000,
        overtime_cents=25,
        capacities=(Capacity(weekday=5, units=60_000),),
    ),
    NodeKind.STORE: Habits(
        hours=((TO_SATURDAY, time(10), time(19, 30)),),
        departures=(
            (HOME, TO_SATURDAY, time(16, 30)),
            (COURIER, TO_SATURDAY, time(18)),
            (RELAY, WEEKDAYS, time(15, 30)),
        ),
        handling_minutes=(60, 150),
        handling_cents=120,
        units_per_day=(500, 1_200),
        buffer_units=1,
        does_hand_over=True,
        does_take_returns=True,
        does_gift_wrap=True,
        has_own_packaging=True,
        takes_bulky=False,
        orders_per_day=150,
        capacities=(Capacity(weekday=5, orders=80),),
        opens_in_advent=True,
    ),
    NodeKind.DARK_STORE: Habits(
        hours=((EVERY_DAY, time(8), time(22)),),
        departures=((HOME, TO_SATURDAY, time(18)), (COURIER, EVERY_DAY, time(21))),
        handling_minutes=(20, 40),
        handling_cents=90,
        units_per_day=(3_000, 4_000),
        buffer_units=1,
        has_own_packaging=True,
        takes_bulky=False,
        has_holidays=False,
    ),
    NodeKind.THIRD_PARTY: Habits(
        hours=((WEEKDAYS, time(6), time(20)), (range(5, 6), time(6), time(13))),
        departures=(
            (HOME, WEEKDAYS, time(16)),
            (EXPRESS, WEEKDAYS, time(16, 30)),
            (RELAY, WEEKDAYS, time(15)),
        ),
        handling_minutes=(120, 240),
        handling_cents=70,
        units_per_day=(25_000, 35_000),
        buffer_units=2,
        does_take_returns=True,
    ),
    NodeKind.SUPPLIER: Habits(
        hours=((WEEKDAYS, time(8), time(17)),),
        departures=((HOME, WEEKDAYS, time(15)),),
        handling_minutes=(240, 420),
        handling_cents=150,
        units_per_day=(4_000, 6_000),
        lead_days=(1, 3),
        buffer_units=6,
    ),
    NodeKind.PRINTER: Habits(
        hours=((WEEKDAYS, time(8), time(18)),),
        departures=((HOME, WEEKDAYS, time(15, 30)), (RELAY, WEEKDAYS, time(15, 30))),
        handling_minutes=(180, 300),
        handling_cents=100,
        units_per_day=(3_000, 5_000),
        lead_days=(2, 2),
    ),
    NodeKind.MAKER: Habits(
        hours=((WEEKDAYS, time(8), time(12)), (WEEKDAYS, time(13, 30), time(17, 30))),
        departures=((HOME, WEEKDAYS, time(15)),),
        handling_minutes=(420, 600),
        handling_cents=400,
        units_per_day=(40, 60),
        lead_days=(4, 6),
        has_own_packaging=True,
    ),
    NodeKind.RELAY: Habits(
        hours=((TO_SATURDAY, time(9), time(12, 30)), (WEEKDAYS, time(14), time(19))),
        departures=(),
        handling_minutes=(0, 0),
        handling_cents=60,
        units_per_day=(200, 400),
        does_ship=False,
        does_hand_over=True,
        takes_bulky=False,
        orders_per_day=40,
    ),
    NodeKind.MARKETPLACE: Habits(
        hours=((EVERY_DAY, time(0), time(23, 59)),),
        departures=((HOME, TO_SATURDAY, time(20)), (EXPRESS, TO_SATURDAY, time(20))),
        handling_minutes=(60, 90),
        handling_cents=110,
        units_per_day=(15_000, 25_000),
        buffer_units=4,
        has_holidays=False,
    ),
}


def chain(seed: int = SEED) -> Chain:
    """The whole made-up retailer: nodes, services and lanes, each in order of code."""
    nodes = tuple(_node(site, seed) for site in sorted(SITES, key=lambda site: site.code))
    return Chain(
        seed=seed,
        nodes=nodes,
        services=services(),
        lanes=_lanes(nodes),
        zonings=(zoning(),),
        tariffs=tariffs(),
    )


def nearest(nodes: tuple[Node, ...], latitude: float, longitude: float) -> str:
    """The code of the node that lies nearest; ties go to the first code."""
    return min(nodes, key=lambda node: (_away(node, latitude, longitude), node.code)).code


def metres(one: Node, other: Node) -> int:
    """How far two nodes are apart, to a few percent, in whole numbers: the same on any machine."""
    return isqrt(_away(one, other.latitude, other.longitude)) * MILLIMETRES_PER_STEP // 1000


def _away(node: Node, latitude: float, longitude: float) -> int:
    """The square of the distance on a flat France, in steps of a ten-thousandth of a degree."""
    north = round(node.latitude * STEPS_PER_DEGREE) - round(latitude * STEPS_PER_DEGREE)
    east = round(node.longitude * STEPS_PER_DEGREE) - round(longitude * STEPS_PER_DEGREE)
    return north**2 + (east * LONGITUDE_PERCENT // 100) ** 2


def _node(site: Site, seed: int) -> Node:
    town, postcodes, latitude, longitude = (
        communes()
        .filter(insee=site.insee)
        .select("name", "postcodes", "latitude", "longitude")
        .row(0)
    )
    habits = HABITS[site.kind]
    return Node(
        code=site.code,
        name=site.name,
        kind=site.kind,
        country="FR",
        postcode=postcodes[0],
        town=town,
        latitude=latitude,
        longitude=longitude,
        does_ship=habits.does_ship,
        does_hand_over=habits.does_hand_over,
        does_gift_wrap=habits.does_gift_wrap,
        has_own_packaging=habits.has_own_packaging,
        takes_hazardous=habits.takes_hazardous,
        takes_bulky=habits.takes_bulky,
        orders_per_day=habits.orders_per_day,
        overtime_units=habits.overtime_units,
        overtime_cents=habits.overtime_cents,
        capacities=habits.capacities,
        keeps_holidays=habits.has_holidays,
        openings=ADVENT if habits.opens_in_advent else (),
        does_take_returns=habits.does_take_returns,
        handling_minutes=_between(habits.handling_minutes, seed, "minutes", site.code),
        handling_cents=habits.handling_cents,
        units_per_day=_between(habits.units_per_day, seed, "capacity", site.code),
        lead_days=_between(habits.lead_days, seed, "lead", site.code),
        buffer_units=habits.buffer_units,
        hours=tuple(
            Hours(weekday=weekday, opens=opens, closes=closes)
            for weekdays, opens, closes in habits.hours
            for weekday in weekdays
        ),
        departures=tuple(
            Departure(service=service, weekday=weekday, cut_off=cut_off)
            for service, weekdays, cut_off in habits.departures
            for weekday in weekdays
        ),
    )


def _between(span: tuple[int, int], seed: int, *keys: str) -> int:
    least, most = span
    return least + pick(seed, *keys, below=most - least + 1)


def _lanes(nodes: tuple[Node, ...]) -> tuple[Lane, ...]:
    """Both ways between what holds the chain's own stock and what sells it or sends it for us."""
    hubs = [n for n in nodes if n.kind in (NodeKind.WAREHOUSE, NodeKind.THIRD_PARTY)]
    ends = [n for n in nodes if n.kind in (*SELLING, NodeKind.THIRD_PARTY, NodeKind.MARKETPLACE)]
    pairs = {(hub, end) for hub in hubs for end in ends if hub.code != end.code}
    both_ways = pairs | {(end, hub) for hub, end in pairs}
    return tuple(
        Lane(source=source.code, target=target.code, transit_days=_transit_days(source, target))
        for source, target in sorted(both_ways, key=lambda pair: (pair[0].code, pair[1].code))
    )


def _transit_days(source: Node, target: Node) -> int:
    """A lorry makes some 350 km a day, loading and unloading included."""
    return 1 + metres(source, target) // 350_000
