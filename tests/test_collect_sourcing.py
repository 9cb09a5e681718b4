"""Orders that are collected in a store: who sends them there, and when they are ready."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

import world
from noria.network import actions as network
from noria.network import views as network_views
from noria.network.calendar import public_holidays
from noria.network.model import LANE, PICK_UP, Closure, Lane, NodeKind
from noria.network.rules import working_day
from noria.orders import views
from noria.orders import watch_actions as watch
from noria.orders.model import Delivery, Told
from noria.promise.delivery import asking, scenes
from noria.promise.delivery import grid as grids
from noria.promise.delivery.model import OptionKind
from world import ACTOR, MONDAY

TUESDAY = date(2026, 11, 24)
AT_SHOP = Delivery(option=OptionKind.PICK_UP, store="SHOP")


@pytest.fixture
def tx(retail):
    return retail


def lane(tx, source, target="SHOP", days=1):
    network.save_lanes(tx, [Lane(source=source, target=target, transit_days=days)],
                       actor=ACTOR, now=MONDAY)  # fmt: skip


def accept(tx, **units):
    new = structs.replace(world.order(**units), delivery=AT_SHOP)
    return world.accept(tx, new)["o1"]


def ways(accepted):
    return [(leg.node, leg.service, leg.arrives_on) for leg in accepted.legs]


def test_what_lies_in_the_store_waits_there_and_no_parcel_is_sent(tx):
    world.shelve(tx, "SHOP", mug=2)
    world.shelve(tx, "PAR", mug=9)
    lane(tx, "PAR")
    taken = accept(tx, mug=2)
    assert ways(taken) == [("SHOP", PICK_UP, MONDAY.date())]
    assert taken.legs[0].leaves_at == MONDAY + timedelta(minutes=60), "its handling, no departure"
    assert (taken.promised_from, taken.promised_to) == (MONDAY.date(), MONDAY.date())
    assert world.audit(tx) == []


def test_what_the_store_has_not_comes_by_lane(tx):
    world.shelve(tx, "SHOP", mug=2)
    world.shelve(tx, "PAR", cup=1)
    lane(tx, "PAR")
    assert sorted(ways(accept(tx, mug=2, cup=1))) == [
        ("PAR", LANE, TUESDAY),
        ("SHOP", PICK_UP, MONDAY.date()),
    ]
    assert world.audit(tx) == []


def checkout(tx, now, **units):
    """The one way in which the shop's customers are told to get it."""
    kept = scenes.kept({})
    look = scenes.outlook(tx, kept, lambda _: {}, now=now)
    cells = grids.shelves(look.grid, sorted(units), {"PAR": units})
    asked = asking.Question(wanted=units, stores=("SHOP",))
    [way] = asking.found(look, asked, scenes.goods(tx, kept, units), cells, None, now).ways
    return way


def lying(tx, nodes, **units):
    """What a store's customer is told, where each of these nodes has some of it."""
    for node, shelf in nodes.items():
        world.shelve(tx, node, **shelf)
        if node != "SHOP":
            lane(tx, node)
    kept = scenes.kept({})
    look = scenes.outlook(tx, kept, lambda _: {}, now=MONDAY)
    cells = grids.shelves(look.grid, sorted(units), nodes)
    asked = asking.Question(wanted=units, stores=("SHOP",))
    return asking.found(look, asked, scenes.goods(tx, kept, units), cells, None, MONDAY).ways


@pytest.mark.parametrize(
    ("because", "nodes", "parts"),
    [
        ("the store keeps what it has, and the rest comes", {"SHOP": {"mug": 2}, "PAR": {"cup": 1}},
         {"SHOP": {"mug": 2}, "PAR": {"cup": 1}}),
        ("a line comes in parts", {"SHOP": {"mug": 1, "cup": 1}, "PAR": {"mug": 1}},
         {"SHOP": {"mug": 1, "cup": 1}, "PAR": {"mug": 1}}),
        ("two others send it", {"LYS": {"mug": 2}, "PAR": {"cup": 1}},
         {"LYS": {"mug": 2}, "PAR": {"cup": 1}}),
        ("one that has all of it sends all", {"SHOP": {"mug": 2}, "PAR": {"mug": 2, "cup": 1}},
         {"PAR": {"mug": 2, "cup": 1}}),
        ("nobody has the rest", {"SHOP": {"mug": 2}, "PAR": {"mug": 9}}, None),
    ],
)  # fmt: skip
def test_a_basket_comes_to_a_store_from_several_nodes(tx, because, nodes, parts):
    found = lying(tx, nodes, mug=2, cup=1)
    assert [{part.node: dict(part.units) for part in way.parts} for way in found] == (
        [] if parts is None else [parts]
    ), because
    if parts is None or len(parts) == 1:
        return
    taken = accept(tx, mug=2, cup=1)
    assert sorted(leg.node for leg in taken.legs) == sorted(parts), "it is sent as it was told"
    [way] = found
    assert (way.last, way.option) == (taken.promised_to, OptionKind.SHIP_TO_STORE), because


@pytest.mark.parametrize(
    ("because", "now", "changes", "arrives"),
    [
        ("every day of the week", MONDAY, {}, TUESDAY),
        ("Christmas", datetime(2026, 12, 24, 10, tzinfo=UTC), {}, date(2026, 12, 26)),
        (
            "shut on Mondays",
            datetime(2026, 11, 28, 10, tzinfo=UTC),
            {"hours": world.NODES[2].hours[1:]},
            date(2026, 12, 1),
        ),
        (
            "shut for works",
            MONDAY,
            {"closures": (Closure(day=TUESDAY, reason="works"),)},
            date(2026, 11, 25),
        ),
    ],
)
def test_nothing_comes_to_a_store_on_a_day_when_it_is_shut(tx, because, now, changes, arrives):
    world.amend(tx, "SHOP", **changes)
    world.shelve(tx, "PAR", mug=9)
    lane(tx, "PAR")
    way = checkout(tx, now, mug=2)
    order = structs.replace(world.order(mug=2), delivery=AT_SHOP)
    [taken] = world.accept(tx, order, now=now).values()
    assert (way.parts[0].planned_on, ways(taken)) == (arrives, [("PAR", LANE, arrives)]), because
    assert (way.first, way.last) == (taken.promised_from, taken.promised_to), because
    shop = network_views.nodes(tx, ["SHOP"])["SHOP"]
    assert working_day(shop, way.last, public_holidays("FR", [2026])), because


def test_nothing_comes_to_a_relay_point_on_a_day_when_it_is_shut(tx):
    """It was promised so; sourcing plans so too, and so does what is told after the order."""
    closed = (Closure(day=TUESDAY, reason="works"),)
    point = structs.replace(world.node("REL", NodeKind.RELAY), closures=closed)
    par = structs.replace(
        world.NODES[0],
        departures=tuple(structs.replace(one, service="POINT") for one in point.departures),
    )
    service = structs.replace(world.HOME, code="POINT", goes_to_relays=True)
    network.save_services(tx, [service], actor=ACTOR, now=MONDAY)
    network.save_nodes(tx, [point, par], actor=ACTOR, now=MONDAY)
    world.shelve(tx, "PAR", mug=9)
    way = Delivery(option=OptionKind.RELAY, relay="REL")
    [taken] = world.accept(tx, structs.replace(world.order(mug=2), delivery=way)).values()
    assert ways(taken) == [("PAR", "POINT", date(2026, 11, 25))]
    assert taken.promised_to >= date(2026, 11, 25)
    shut = [date(2026, 11, day) for day in (26, 27, 28, 30)]
    works = tuple(Closure(day=day, reason="works") for day in shut)
    network.save_nodes(tx, [structs.replace(point, closures=works)], actor=ACTOR, now=MONDAY)
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    late = datetime(2026, 11, 25, 20, tzinfo=UTC)
    [course] = watch.gather(tx, ["o1"], now=late)
    later = watch.later(tx, course, now=late)
    assert later.promised_from == date(2026, 12, 1), "the first day on which it is open again"


def test_where_no_lane_goes_a_carrier_brings_it_to_the_store(tx):
    world.shelve(tx, "PAR", mug=9)
    assert [(leg.node, leg.service) for leg in accept(tx, mug=2).legs] == [("PAR", "HOME")]


def test_what_the_checkout_told_is_kept(tx):
    world.shelve(tx, "SHOP", mug=2)
    ready = MONDAY + timedelta(hours=2)
    told = Told(first=MONDAY.date(), last=MONDAY.date(), chance=0.97, ready_at=ready)
    order = structs.replace(world.order(mug=2), delivery=structs.replace(AT_SHOP, told=told))
    world.accept(tx, order)
    kept = tx.execute("select told_ready_at from customer_order").fetchone()
    assert kept == (ready,)
    assert views.order(tx, "o1").promised_to == MONDAY.date()
