"""Who may read orders at some nodes sees those that have to do with them, and no others."""

import pytest

import world
from caller import calling
from noria.kit.auth import Permission

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
