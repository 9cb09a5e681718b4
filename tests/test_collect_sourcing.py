"""Orders that are collected in a store: who sends them there, and when they are ready."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from noria.network import actions as network
from noria.network.model import LANE, PICK_UP, Lane
from noria.orders import views
from noria.orders.model import Delivery, Told
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
