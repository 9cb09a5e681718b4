"""Who may read orders at some nodes sees those that have to do with them, and no others."""

import pytest
from msgspec import structs

import world
from caller import calling
from noria.kit.auth import Permission
from noria.orders import views
from noria.orders.model import Recipient

OF_AN_ORDER = ("", "/timeline", "/transfers", "/holds", "/milestones", "/shipments", "/decisions")
OF_ALL = ("/v1/order-holds", "/v1/messages", "/v1/reports", "/v1/waits", "/v1/orders/o1/link")


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.shelve(tx, "LYS", cup=5)
        world.accept(tx, world.order("o1", mug=1))
        world.accept(tx, world.order("o2", cup=1))
    return db


def listed(client, **asked):
    return sorted(one["id"] for one in client.get("/v1/orders", params=asked).json()["items"])


def test_orders_of_other_nodes_are_not_there(shop):
    with calling(shop, Permission.ORDERS_READ, nodes=["PAR"]) as client:
        assert listed(client) == ["o1"]
        assert listed(client, q="o2") == []
        for part in OF_AN_ORDER:
            assert client.get(f"/v1/orders/o1{part}").status_code == 200, part
            assert client.get(f"/v1/orders/o2{part}").status_code == 404, part
    with calling(shop, Permission.ORDERS_READ) as client:
        assert listed(client) == ["o1", "o2"]
        for part in OF_AN_ORDER:
            assert client.get(f"/v1/orders/o2{part}").status_code == 200, part


def test_what_was_picked_there_is_seen_there_also_when_it_is_sent_from_elsewhere_since(shop):
    with shop.transaction() as tx:
        tx.execute("update leg set withdrawn_at = now() where order_id = 'o1'")
    with calling(shop, Permission.ORDERS_READ, nodes=["PAR"]) as client:
        assert listed(client) == [], "it was planned there, and never came to it"
    with shop.transaction() as tx:
        tx.execute("update leg set picked_at = now() where order_id = 'o1'")
    with calling(shop, Permission.ORDERS_READ, nodes=["PAR"]) as client:
        assert listed(client) == ["o1"]


@pytest.mark.parametrize("address", OF_ALL)
def test_what_is_of_all_orders_is_for_who_may_read_all(shop, address):
    both = (Permission.ORDERS_READ, Permission.ORDERS_WRITE)
    with calling(shop, *both, nodes=["PAR"]) as client:
        assert client.get(address).status_code == 403
    with calling(shop, *both) as client:
        assert client.get(address).status_code == 200


def test_reading_orders_is_not_enough_for_what_its_customer_can_do(shop):
    with calling(shop, Permission.ORDERS_READ) as client:
        assert client.get("/v1/orders/o1/link").status_code == 403


def test_who_opens_the_door_is_for_whoever_works_on_the_order(shop):
    camille = Recipient(name="Camille Dupont", street="3 rue des Lilas", phone="+33639980000")
    with shop.transaction() as tx:
        world.accept(tx, structs.replace(world.order("o3", mug=1), recipient=camille))
    asked = "/v1/orders/{}/recipient"
    with calling(shop, Permission.FULFILMENT_WORK, nodes=["PAR"]) as client:
        told = client.get(asked.format("o3")).json()
        assert told == {**structs.asdict(camille), "email": ""}
        assert client.get(asked.format("o1")).json() is None, "nobody was named"
        assert client.get(asked.format("o2")).status_code == 404
    with calling(shop, Permission.FULFILMENT_WORK, nodes=["LYS"]) as client:
        assert client.get(asked.format("o3")).status_code == 404
    both = (Permission.ORDERS_READ, Permission.FULFILMENT_READ)
    with calling(shop, *both) as client:
        assert client.get(asked.format("o3")).status_code == 403


REPLAN = (Permission.ORDERS_READ, Permission.ORDERS_REPLAN)


def test_whoever_plans_for_a_node_gives_what_waits_to_that_node_alone(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=1)
        world.accept(tx, world.order("o1", mug=1, cup=1))
        world.shelve(tx, "LYS", cup=1)
    asked = {"orders": ["o1"]}
    with calling(db, *REPLAN, nodes=["PAR"]) as client:
        told = client.put("/v1/sourcings/s1", json=asked).json()
        assert (told["sourced"], told["waiting"]) == ([], ["o1"]), "Lyon is not theirs to plan for"
        with db.transaction() as tx:
            world.shelve(tx, "PAR", cup=1)
        told = client.put("/v1/sourcings/s2", json=asked).json()
        assert (told["sourced"], told["waiting"]) == (["o1"], [])
        legs = client.get("/v1/orders/o1").json()["legs"]
        assert {leg["node"] for leg in legs} == {"PAR"}
    with calling(db, *REPLAN, nodes=["LYS"]) as client:
        assert client.put("/v1/sourcings/s3", json=asked).status_code == 404


def test_a_day_is_told_by_whoever_something_is_still_to_come_from(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=1)
        world.shelve(tx, "LYS", cup=1)
        world.accept(tx, world.order("o1", mug=1, cup=1))
        [mine] = [leg for leg in views.legs(tx, ["o1"])["o1"] if leg.node == "PAR"]
        world.send(tx, mine.id)
    with calling(db, *REPLAN, nodes=["PAR"]) as client:
        refused = client.put("/v1/new-days/d1", json={"order": "o1"})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    with calling(db, *REPLAN, nodes=["LYS"]) as client:
        assert client.put("/v1/new-days/d2", json={"order": "o1"}).status_code == 200
