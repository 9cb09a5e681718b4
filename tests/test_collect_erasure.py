"""Whoever collected an order is forgotten too: who came instead, in which car, with what words."""

import pytest
from msgspec import structs

import world
from caller import calling
from noria.collect import actions, views
from noria.collect.model import Ready, Spot
from noria.kit import clock
from noria.orders.model import Delivery, Payment
from noria.promise.delivery.model import OptionKind
from test_customers_erasure import dumped
from world import ACTOR, MONDAY

WORDS = {
    "proxy": "Zebulon-proxy Martin",
    "plate": "ZEB-777-PLATE",
    "refusal": "Zebulon-refusal",
    "receipt": "Zebulon-receipt",
    "why": "Zebulon-is-ill",
}


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "SHOP", mug=9)
        way = Delivery(option=OptionKind.PICK_UP, store="SHOP")
        world.accept(tx, structs.replace(world.order(mug=2), delivery=way, payment=Payment.PAID))
        world.pick(tx, "o1.1")
        actions.ready(tx, [Ready(id="o1.1", spot=Spot(name="A"))], actor=ACTOR, now=MONDAY)
    return db


def test_nothing_of_whoever_came_is_left_in_a_dump(shop):
    keyed = {"Idempotency-Key": "k1"}
    with calling(shop) as client:
        name = {"name": WORDS["proxy"]}
        assert client.put("/v1/orders/o1/proxy", json=name, headers=keyed).status_code == 200
        car = {"in_minutes": 5, "vehicle": WORDS["plate"]}
        assert client.put("/v1/orders/o1/coming", json=car, headers=keyed).status_code == 200
        longer = {"order": "o1", "node": "SHOP", "days": 1, "reason": WORDS["why"]}
        assert client.put("/v1/collection-extensions/x1", json=longer).status_code == 200
        told = {
            "order": "o1", "node": "SHOP", "way": "proxy", "identity_seen": True, **name,
            "refused": [
                {"sku": "mug", "quantity": 1, "grade": "A", "reason": WORDS["refusal"]}
            ],
        }  # fmt: skip
        before = dumped(shop)
        assert WORDS["proxy"] in before
        assert WORDS["plate"] in before
        assert client.put("/v1/hand-overs/h1", json=told).status_code == 200
        assert WORDS["refusal"] in dumped(shop)
        [due] = client.get("/v1/refunds").json()["items"]
        made = {"made_at": MONDAY.isoformat(), "reference": WORDS["receipt"]}
        assert client.put(f"/v1/refunds/{due['id']}/payment", json=made).status_code == 200
        before = dumped(shop)
        assert WORDS["receipt"] in before
        assert WORDS["why"] in before
        erased = client.put("/v1/erasures/E1", json={"customer": "c1"})
        assert erased.json()["done_at"] is not None
    after = dumped(shop)
    assert [what for what, word in WORDS.items() if word in after] == []
    with shop.transaction() as tx:
        assert views.held(tx, "o1", "SHOP").code is None
        assert world.audit(tx) == []
