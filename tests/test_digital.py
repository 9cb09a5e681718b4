"""Digital goods: sold without a count, arrived at once, beside goods that need a parcel."""

import pytest
from msgspec import structs

import world
from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.orders import views as orders
from noria.orders.model import Stage
from noria.promise import views as promises
from noria.supply import actions as supply
from world import ACTOR, MONDAY

CARD = Sku(code="card", name="Gift card", price_cents=2000, is_digital=True)


@pytest.fixture
def tx(retail):
    catalog.save(retail, [CARD], actor=ACTOR, now=MONDAY)
    nodes = [structs.replace(world.node("CLOUD", NodeKind.DIGITAL), hours=())]
    network.save_nodes(retail, nodes, actor=ACTOR, now=MONDAY)
    supply.set_made(retail, "CLOUD", ["card"])
    return retail


def test_digital_goods_have_no_stock_and_arrive_at_once(tx):
    [there] = promises.available(tx, ["card"])
    assert (there.node, there.is_made, there.units) == ("CLOUD", True, 10**9)
    taken = world.accept(tx, world.order(card=3))["o1"]
    assert taken.stage is Stage.DELIVERED
    assert [(leg.node, leg.delivered_at) for leg in taken.legs] == [("CLOUD", MONDAY)]
    assert promises.promises(tx, ["o1"])["o1"].is_kept
    told = tx.execute("select type from event where subject = 'order:o1' order by seq").fetchall()
    assert [kind for (kind,) in told][-2:] == ["order.shipped", "order.delivered"]
    assert world.levels(tx) == {}
    assert world.audit(tx) == []


def test_they_are_sold_without_end(tx):
    world.accept(tx, world.order("o1", card=10**6))
    assert world.accept(tx, world.order("o2", card=10**6))["o2"].stage is Stage.DELIVERED


def test_the_rest_of_an_order_goes_by_parcel(tx):
    world.shelve(tx, "PAR", mug=2)
    taken = world.accept(tx, world.order(card=1, mug=2))["o1"]
    assert taken.stage is Stage.SOURCED
    legs = orders.legs(tx, ["o1"])["o1"]
    assert [(leg.node, leg.delivered_at is not None) for leg in legs] in (
        [("PAR", False), ("CLOUD", True)], [("CLOUD", True), ("PAR", False)],
    )  # fmt: skip
    assert world.audit(tx) == []
