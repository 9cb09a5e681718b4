"""A promise offers nothing that sourcing would refuse: both decide by one scene."""

import random
from datetime import date, time, timedelta

import pytest

import world
from laid_out import candidates
from noria.catalog.model import Sku
from noria.network import diary_rules, scene_rules
from noria.network.calendar import node_holidays, public_holidays
from noria.network.diary_model import Agenda, Workload
from noria.network.model import Closure, NodeKind, Rate, Rests, Service, Spot
from noria.network.reliability_model import Reliability
from noria.network.tariff_model import (
    Applies,
    Price,
    Surcharge,
    Tariff,
    TariffZone,
    ZoneArea,
    Zoning,
)
from noria.network.tariff_rules import book, charged_weight_g
from noria.policies import rules as policy_rules
from noria.policies.model import Content, Override, Policy
from noria.promise.delivery import asking
from noria.promise.delivery.asking import Question
from noria.promise.delivery.grid import grid
from noria.promise.delivery.grid import shelves as shelves_of
from noria.promise.delivery.legs import believed
from noria.promise.delivery.model import OptionKind
from noria.promise.delivery.outlook import Outlook
from noria.sourcing.candidates import traits_of
from noria.sourcing.model import Wish
from world import MONDAY

PARIS = Spot(48.86, 2.34)
YEARS = (2026, 2027)
KINDS = [NodeKind.WAREHOUSE, NodeKind.STORE, NodeKind.SUPPLIER]
ZONING = Zoning(
    code="Z",
    name="Z",
    areas=(
        ZoneArea(zone="near", country="FR", prefix="75", max_km=250),
        ZoneArea(zone="town", country="FR", prefix="75"),
        ZoneArea(zone="all", country="FR"),
    ),
)
TARIFF = Tariff(
    code="T",
    service="HOME",
    zoning="Z",
    valid_from=date(2026, 1, 1),
    volume_divisor=4000,
    zones=tuple(TariffZone(zone=zone, transit_days=days) for zone, days in zip(
        ("near", "town", "all"), (1, 2, 3), strict=True)),
    prices=tuple(
        Price(zone=zone, max_weight_g=grams, cents=cents)
        for zone, base in (("near", 500), ("town", 700), ("all", 900))
        for grams, cents in ((1000, base), (5000, base + 200))
    ),
    surcharges=(Surcharge(code="S", applies=Applies.BULKY, cents=333),),
)  # fmt: skip


def service(code, luck, **more):
    rates = tuple(
        Rate(
            max_km=km, max_weight_g=grams, cents=luck.randint(300, 900), transit_days=km // 400 + 1
        )
        for km in (200, 700, 1500)
        for grams in (1500, 30_000)
    )
    return Service(code=code, carrier="C", name=code, rates=rates, **more)


def own_days(luck):
    """Weekdays of a service, and days on which its carrier rests."""
    rests = luck.sample(range(7), luck.choice([0, 0, 2]))
    return {
        "delivers_on": luck.choice([(), tuple(range(5)), tuple(range(7)), (1, 4)]),
        "closures": tuple(
            Closure(day=MONDAY.date() + timedelta(days=days), reason="strike") for days in rests
        ),
    }


def a_network(luck):
    """Nodes, services, goods and shelves by chance."""
    services = {
        "HOME": service("HOME", luck, takes_bulky=luck.random() < 0.7, **own_days(luck)),
        "FAST": service(
            "FAST", luck, delivers_daily=True, takes_hazardous=luck.random() < 0.5, **own_days(luck)
        ),
        "POINT": service("POINT", luck, goes_to_relays=True),
    }
    nodes = {}
    for number in range(luck.randint(5, 12)):
        code = f"N{number}"
        nodes[code] = world.node(
            code,
            luck.choice(KINDS),
            at=(luck.uniform(43, 50), luck.uniform(-1, 7)),
            does_ship=luck.random() < 0.9,
            takes_hazardous=luck.random() < 0.5,
            takes_bulky=luck.random() < 0.7,
            does_gift_wrap=luck.random() < 0.7,
            has_own_packaging=luck.random() < 0.8,
            units_per_day=luck.choice([None, None, 3, 50]),
        )
        departures = tuple(
            world.Departure(service=one, weekday=day, cut_off=time(16))
            for one in services
            if luck.random() < 0.8
            for day in range(6)
        )
        nodes[code] = world.structs.replace(nodes[code], departures=departures)
    goods = {
        f"s{number}": Sku(
            code=f"s{number}",
            name="s",
            weight_g=luck.randint(50, 3000),
            volume_cm3=luck.randint(0, 9000),
            is_hazardous=luck.random() < 0.25,
            is_bulky=luck.random() < 0.25,
        )
        for number in range(4)
    }
    shelves = {
        code: {sku: luck.randint(1, 4) for sku in goods if luck.random() < 0.7} for code in nodes
    }
    return nodes, services, goods, shelves


def some_load(nodes, luck):
    """Days of some nodes are full, or nearly; some of it was done today already."""
    return {
        code: Agenda(
            due={
                MONDAY.date() + timedelta(days=days): Workload(units=luck.randint(1, 60), orders=1)
                for days in luck.sample(range(4), luck.randint(1, 2))
            },
            used={MONDAY.date(): Workload(units=luck.randint(1, 5), orders=1)},
        )
        for code in nodes
        if luck.random() < 0.5
    }


def outlook(nodes, services, relay, luck):
    holidays = {code: node_holidays(node, YEARS) for code, node in [*nodes.items(), ("R", relay)]}
    books = [book(TARIFF, ZONING)] if luck.random() < 0.5 else []
    nothing = Reliability(
        estimates={},
        node_groups={},
        service_groups={},
        chances={code: one.chance for code, one in services.items()},
    )
    scene = scene_rules.scene(
        nodes, services, books=books, known=nothing, holidays=holidays, now=MONDAY
    )
    load = some_load(nodes, luck)
    kept = scene_rules.diaries(nodes, load, holidays=holidays, now=MONDAY)
    out = [Override(id="out", node="N1", reason="it rests", sets={"is_excluded": True})]
    content = Content(overrides=tuple(out if luck.random() < 0.5 else ()))
    policy = Policy(id="p", made_at=MONDAY, author="x", reason="x", content=content)
    return Outlook(
        grid=grid(scene, kept),
        policy=policy,
        book=policy_rules.rulebook(content, MONDAY.date()),
        lanes={},
        relays={"R": relay},
        foresight=believed(),
        holidays=holidays,
        next_cut_off=MONDAY,
    ), kept


@pytest.mark.parametrize("seed", range(8))
def test_what_is_promised_could_be_sourced_so(seed):
    luck, offered = random.Random(seed), 0
    for _ in range(15):
        nodes, services, goods, shelves = a_network(luck)
        relay = world.node("R", NodeKind.RELAY, at=(48.9, 2.3), takes_bulky=luck.random() < 0.5)
        look, kept = outlook(nodes, services, relay, luck)
        skus = luck.sample(sorted(goods), luck.randint(1, 3))
        question = Question(
            wanted={sku: luck.randint(1, 3) for sku in skus},
            wrapped=frozenset(skus[:1]) if luck.random() < 0.15 else frozenset(),
            own_packaging=luck.random() < 0.15,
            postcode="75001",
        )
        units = shelves_of(look.grid, sorted(question.wanted), shelves)
        found = asking.found(look, question, goods, units, PARIS, MONDAY)
        for way in found.ways:
            offered += 1
            given = {}
            for part in way.parts:
                for sku, count in part.units.items():
                    given[sku] = given.get(sku, 0) + count
                check(look, question, goods, shelves, kept, way, part)
            assert given == question.wanted, "all of it comes"
    assert offered > 10, "something was offered"


def check(look, question, goods, shelves, kept, way, part):
    """The node passes every fence of sourcing, and the parcel costs and comes as it was told."""
    to_relay = way.option is OptionKind.RELAY
    spot = Spot(48.9, 2.3) if to_relay else PARIS
    wish = Wish(
        order_id="o",
        wanted=part.units,
        spot=spot,
        postcode="75001",
        wrapped=question.wrapped,
        own_packaging=question.own_packaging,
        is_to_relay=to_relay,
    )
    rests = Rests(public_holidays("FR", YEARS))
    free, later = {}, {}
    if (diary := kept.get(part.node)) is not None:
        asked = sum(
            min(shelves[part.node].get(sku, 0), count)
            for sku, count in question.wanted.items()
            if scene_rules.barred(look.scene.nodes[part.node], traits_of(goods[sku], wish)) is None
        )
        day = diary_rules.first_day(diary, asked) or diary_rules.opening(diary)[0]
        free[part.node] = diary_rules.room_by(diary, day)
        later[part.node] = scene_rules.later(look.scene, diary, day, asked)
    [one] = candidates(
        look.scene, wish, {part.node: shelves[part.node]}, free, skus=goods, rests=rests,
        later=later,
    )  # fmt: skip
    assert (one.barred, one.is_open, one.does_ship) == ({}, True, True)
    assert all(one.units[sku] >= count for sku, count in part.units.items())
    assert one.free_units is None or one.free_units >= sum(part.units.values())
    settings = policy_rules.applied(
        look.book, asking.Scope(country="FR", node=part.node, node_kind=NodeKind.STORE)
    ).settings
    assert not settings.is_excluded
    [option] = [each for each in one.options if each.service == part.service]
    assert option.refused.isdisjoint(part.units)
    weight = sum(goods[sku].weight_g * count for sku, count in part.units.items())
    volume = sum(goods[sku].volume_cm3 * count for sku, count in part.units.items())
    charged = charged_weight_g(weight, volume, option.volume_divisor)
    extra = sum(each.cents for each in option.extras if not each.skus.isdisjoint(part.units))
    step = min(
        (step for step in option.steps if step.max_weight_g >= charged),
        key=lambda step: (step.cents, step.arrives_on),
    )
    assert step.cents + extra == part.cents
    if not to_relay:
        assert step.arrives_on == part.planned_on


def two_speeds(**fast):
    """Paris and Lyon, each with a cheap service of three days and a dear one of one day."""
    services = {
        code: Service(code=code, carrier="C", name=code, rates=(
            Rate(max_km=1500, max_weight_g=30_000, cents=cents, transit_days=days),), **more)
        for code, cents, days, more in (("HOME", 500, 3, {}), ("FAST", 900, 1, fast))
    }  # fmt: skip
    departures = tuple(
        world.Departure(service=one, weekday=day, cut_off=time(16))
        for one in services
        for day in range(6)
    )
    nodes = {
        code: world.structs.replace(world.node(code, at=at), departures=departures)
        for code, at in {"LYS": (45.76, 4.86), "PAR": (48.86, 2.34), "BOR": (44.8, -0.6)}.items()
    }
    return nodes, services


class Unlucky:
    """Nothing happens by chance: no tariff, no load, no override."""

    def random(self):
        return 0.99


STANDARD, EXPRESS = OptionKind.HOME_STANDARD, OptionKind.HOME_EXPRESS
HALVES = {"PAR": {"cup": 1}, "LYS": {"mug": 1}}
BOTH = {"cup": 1, "mug": 1}


@pytest.mark.parametrize(
    ("because", "wanted", "shelves", "fast", "told"),
    [
        ("one node has all of it", BOTH, {"PAR": BOTH}, {},
         {STANDARD: {"PAR": "HOME"}, EXPRESS: {"PAR": "FAST"}}),
        ("it needs two nodes", BOTH, HALVES, {},
         {STANDARD: {"LYS": "HOME", "PAR": "HOME"}, EXPRESS: {"LYS": "FAST", "PAR": "FAST"}}),
        ("a line needs two nodes", {"cup": 2}, {"PAR": {"cup": 1}, "LYS": {"cup": 1}}, {},
         {STANDARD: {"LYS": "HOME", "PAR": "HOME"}, EXPRESS: {"LYS": "FAST", "PAR": "FAST"}}),
        ("the fast one delivers on Fridays alone", BOTH, HALVES, {"delivers_on": (4,)},
         {STANDARD: {"LYS": "HOME", "PAR": "HOME"}}),
        ("the fast one rests until Thursday", BOTH, HALVES,
         {"closures": tuple(Closure(day=MONDAY.date() + timedelta(days=count), reason="strike")
                            for count in range(3))},
         {STANDARD: {"LYS": "HOME", "PAR": "HOME"}}),
        ("nobody has all of it", BOTH, {"PAR": {"cup": 1}}, {}, {}),
    ],
)  # fmt: skip
def test_what_needs_two_nodes_comes_by_express_too(because, wanted, shelves, fast, told):
    nodes, services = two_speeds(**fast)
    goods = {sku: Sku(code=sku, name=sku, weight_g=300) for sku in wanted}
    relay = world.node("R", NodeKind.RELAY)
    look, _ = outlook(nodes, services, relay, Unlucky())
    units = shelves_of(look.grid, sorted(wanted), shelves)
    question = Question(wanted=wanted, postcode="75001", relays=())
    found = asking.found(look, question, goods, units, PARIS, MONDAY)
    assert {
        way.option: {part.node: part.service for part in way.parts} for way in found.ways
    } == told, because
    if len(told) == 2:
        slow, quick = sorted(found.ways, key=lambda way: way.cents)
        assert (slow.option, quick.last < slow.last) == (STANDARD, True), because
