"""The counter at the door: who may do what at which store, and what is said of it."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria.kit import clock
from noria.kit.auth import Permission
from noria.orders.model import Delivery, Recipient
from noria.promise.delivery.model import OptionKind
from world import MONDAY

WORK = (Permission.FULFILMENT_READ, Permission.FULFILMENT_WORK)
SPOT = {"kind": "shelf", "name": "A-12"}


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "SHOP", mug=5)
        way = Delivery(option=OptionKind.PICK_UP, store="SHOP")
        camille = Recipient(name="Camille Martin")
        for key in ("o1", "o2"):
            new = structs.replace(world.order(key, mug=1), delivery=way, recipient=camille)
            world.accept(tx, new)
            world.pick(tx, f"{key}.1")
    return db


def test_a_store_sees_and_does_its_own_and_nobody_elses(shop):
    ready = {"items": [{"id": "o1.1", "spot": SPOT}]}
    told = {"order": "o1", "node": "SHOP", "way": "identity", "identity_seen": True}
    with calling(shop, *WORK, nodes=["LYS"]) as other:
        [answer] = other.post("/v1/collections/ready/batch", json=ready).json()["items"]
        assert answer["problem"]["code"] == "forbidden"
        assert other.get("/v1/collections/due?node=SHOP").json()["items"] == []
        assert other.get("/v1/collections/due").json()["items"] == []
        assert other.put("/v1/hand-overs/h1", json=told).status_code == 403
        asked = {"node": "SHOP", "name": "Camille"}
        assert other.post("/v1/collections/look-ups", json=asked).status_code == 403
        extension = {"order": "o1", "node": "SHOP", "days": 2, "reason": "ill"}
        assert other.put("/v1/collection-extensions/e1", json=extension).status_code == 403
    with calling(shop, *WORK, nodes=["SHOP"]) as own:
        due = own.get("/v1/collections/due?limit=1").json()
        assert [one["leg"] for one in due["items"]] == ["o1.1"]
        after = own.get("/v1/collections/due", params={"cursor": due["next"]}).json()
        assert [one["leg"] for one in after["items"]] == ["o2.1"]
        assert own.post("/v1/collections/ready/batch", json=ready).status_code == 200
        [found] = own.post("/v1/collections/look-ups", json={**asked, "name": "mart"}).json()[
            "items"
        ]
        assert (found["order"], found["customer"]) == ("o1", "Camille Martin")
        first = own.put("/v1/hand-overs/h1", json=told)
        assert (first.status_code, first.json()["units"]) == (200, 1)
        assert own.put("/v1/hand-overs/h1", json=told).json() == first.json(), "sent twice, once"
        again = own.put("/v1/hand-overs/h2", json=told)
        assert (again.status_code, again.json()["code"]) == (409, "nothing-waits")
        [figures] = own.get("/v1/collections/figures").json()["items"]
        assert (figures["ready"], figures["share"], figures["handed_over"]) == (1, 1.0, 1)
    with calling(shop, *WORK, nodes=["LYS"]) as other:
        assert other.get("/v1/collections").json()["items"] == []
        assert other.get("/v1/collections/figures").json()["items"] == []


def test_wrong_codes_are_counted_though_they_are_refused(shop):
    with calling(shop, *WORK, nodes=["SHOP"]) as own:
        mistyped = own.post("/v1/collections/look-ups", json={"node": "SHOP", "code": "ABC"})
        assert mistyped.json()["code"] == "pickup-code-mistyped"
        codes = []
        for _ in range(11):
            wrong = {"node": "SHOP", "code": GUESS}
            codes.append(own.post("/v1/collections/look-ups", json=wrong).json()["code"])
        assert codes == ["pickup-code-unknown"] * 10 + ["pickup-code-tried-too-often"]
        with shop.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(minutes=20))
        assert own.post("/v1/collections/look-ups", json=wrong).status_code == 422


GUESS = "222 222 2"
"""A code like any other, of nothing that waits here."""


def test_refunds_and_payments_of_the_company_are_no_work_of_one_store(shop):
    paid = {"order": "o1", "paid_at": MONDAY.isoformat(), "reference": "re_1"}
    asked = [
        ("GET", "/v1/refunds", None),
        ("PUT", "/v1/refunds/r1/payment", {"made_at": MONDAY.isoformat()}),
        ("PUT", "/v1/payments/p1", paid),
    ]
    with calling(shop, Permission.ORDERS_PAY, nodes=["SHOP"]) as own:
        answers = [own.request(verb, path, json=body).status_code for verb, path, body in asked]
    assert answers == [403, 403, 403]
    with calling(shop, Permission.ORDERS_PAY) as office:
        answers = [office.request(verb, path, json=body).status_code for verb, path, body in asked]
    assert answers == [200, 404, 409], "the order is paid already, and there is no such refund"


def test_wrong_codes_of_hand_overs_are_tries_too(shop):
    ready = {"items": [{"id": "o1.1", "spot": SPOT}]}
    told = {"order": "o1", "node": "SHOP", "way": "code", "code": GUESS}
    with calling(shop, *WORK, nodes=["SHOP"]) as own:
        assert own.post("/v1/collections/ready/batch", json=ready).status_code == 200
        codes = [own.put(f"/v1/hand-overs/h{one}", json=told).json()["code"] for one in range(11)]
        assert codes == ["hand-over-not-proven"] * 10 + ["pickup-code-tried-too-often"]
        seen = {"order": "o1", "node": "SHOP", "way": "identity", "identity_seen": True}
        assert own.put("/v1/hand-overs/h99", json=seen).status_code == 200


def test_what_lies_elsewhere_than_was_said_is_found_there(shop):
    ready = {"items": [{"id": "o1.1", "spot": SPOT}]}
    there = {"kind": "counter", "name": "C-3"}
    with calling(shop, *WORK, nodes=["LYS"]) as other:
        assert other.put("/v1/collections/o1.1/spot", json=there).status_code == 403
    with calling(shop, *WORK, Permission.NETWORK_WRITE, nodes=["SHOP"]) as own:
        early = own.put("/v1/collections/o1.1/spot", json=there)
        assert (early.status_code, early.json()["code"]) == (409, "wrong-stage")
        assert own.post("/v1/collections/ready/batch", json=ready).status_code == 200
        boxes = [{"node": "SHOP", "locker": "L1", "name": name, "volume_cm3": volume,
                  "most_g": 9000} for name, volume in (("small", 1), ("large", 90_000))]  # fmt: skip
        assert own.post("/v1/compartments/batch", json={"items": boxes}).status_code == 200
        small = {"kind": "locker", "name": "L1", "compartment": "none"}
        unfit = own.put("/v1/collections/o1.1/spot", json=small)
        assert (unfit.status_code, unfit.json()["code"]) == (409, "compartment-unfit")
        large = {"kind": "locker", "name": "L1", "compartment": "large"}
        for spot in (there, large, large):
            moved = own.put("/v1/collections/o1.1/spot", json=spot)
            assert (moved.status_code, moved.json()["id"]) == (200, "o1.1"), moved.text
        [one] = own.get("/v1/collections").json()["items"]
        assert one["lying"][0]["spot"] == large
