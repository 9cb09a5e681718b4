"""Holds at the door: whose they are, and who may give them back."""

import world
from caller import calling
from noria.kit.auth import Permission


def hold(demand):
    return {"demand": demand, "sku": "mug", "node": "PAR", "quantity": 1, "minutes": 15}


def test_a_cart_is_held_and_given_back_and_an_order_is_not(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
        world.accept(tx, world.order(mug=1))
    with calling(db, Permission.RESERVE, Permission.PROMISE_READ) as client:
        assert client.put("/v1/reservations/h1", json=hold("cart:1")).json()["held"] == 1
        assert client.put("/v1/reservations/h1/release").json()["held"] == 0
        assert client.put("/v1/reservations/h1/release").json()["held"] == 0, "twice is once"
        taken = client.put("/v1/reservations/o1.1.1/release")
        assert (taken.status_code, taken.json()["code"]) == (409, "held-for-order")
        posing = client.put("/v1/reservations/h2", json=hold("order:o1"))
        assert (posing.status_code, posing.json()["errors"][0]["pointer"]) == (400, "/demand")
