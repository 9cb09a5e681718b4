"""Carriers at the door: their replies in, parcels on, and what nobody can read kept for a person."""

from datetime import timedelta

import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

import world
from caller import calling
from noria.fulfilment import views
from noria.kit import clock
from world import MONDAY

LATER = MONDAY + timedelta(hours=4)
BODY = b"""{"returnCode":200,"shipment":{"idShip":"6A1","event":[
    {"code":"DI1","label":"livr\xc3\xa9","date":"2026-11-25T09:38:00+01:00"}]}}"""


@pytest.fixture
def client(db):
    """Order o1 has left PAR in one parcel; the clock is a driven one, three days on."""

    def make(tx):
        clock.start_driving(tx, LATER + timedelta(days=3))
        world.build(tx)
        world.shelve(tx, "PAR", mug=1)
        world.accept(tx, world.order(mug=1))
        world.pick(tx, "o1.1")
        world.ship(tx, "o1.1", now=LATER)

    db.run(make)
    with calling(db) as client:
        yield client


def send(client, body=BODY, carrier="laposte", **more):
    return client.post(
        f"/v1/carriers/{carrier}/replies",
        content=body,
        headers={"Content-Type": "application/json"} | more,
    )


def test_a_parcel_is_numbered_heard_of_and_delivered(client, db):
    (box,) = db.run(lambda tx: views.shipments(tx, ids=["o1.1"]))[0].parcels
    named = {"carrier": "laposte", "parcels": [{"sscc": box.sscc, "number": "6A1"}]}
    assert client.put("/v1/shipments/o1.1/parcel-numbers", json=named).status_code == 200
    got = send(client).json()
    assert (got["outcome"], got["new"], got["moved"]) == ("read", 1, 1)
    assert client.get("/v1/orders/o1").json()["stage"] == "delivered"
    (parcel,) = client.get("/v1/shipments/o1.1/tracking").json()["items"]
    assert parcel["at"]["progress"] == "delivered"
    assert parcel["events"][0]["label"] == "livré"


def test_what_nobody_can_read_waits_for_a_person(client):
    assert send(client, b"<html>").json()["outcome"] == "unreadable"
    (kept,) = client.get("/v1/carriers/replies", params={"open": True}).json()["items"]
    assert client.get(f"/v1/carriers/replies/{kept['id']}").json()["body"] == "<html>"
    assert client.put(f"/v1/carriers/replies/{kept['id']}/settlement").status_code == 200
    assert client.get("/v1/carriers/replies", params={"open": True}).json()["items"] == []


def test_with_a_key_a_reply_is_kept_once(client):
    first = send(client, **{"Idempotency-Key": "k1"})
    assert send(client, **{"Idempotency-Key": "k1"}).json() == first.json()
    assert send(client, b"{}", **{"Idempotency-Key": "k1"}).json()["code"] == "id-reused"
    assert len(client.get("/v1/carriers/replies").json()["items"]) == 1


@pytest.mark.parametrize(("because", "path", "code"), [
    ("nobody reads pigeons", "/v1/carriers/pigeon/replies", "unknown-carrier"),
    ("a number is short and plain", "/v1/carriers/dpd/replies?number=a%20b", "invalid"),
])  # fmt: skip
def test_refusals(client, because, path, code):
    got = client.post(path, content=b"{}", headers={"Content-Type": "application/json"})
    assert got.json()["code"] == code, because


def test_what_is_not_there(client):
    assert client.get("/v1/shipments/o9.1/tracking").json()["code"] == "not-found"
    assert client.get("/v1/carriers/replies/r0").json()["code"] == "not-found"
    assert client.put("/v1/carriers/replies/r0/settlement").json()["code"] == "not-found"


def test_a_carrier_without_a_key_tells_at_an_address_of_its_own(client, db):
    (box,) = db.run(lambda tx: views.shipments(tx, ids=["o1.1"]))[0].parcels
    named = {"carrier": "colissimo", "parcels": [{"sscc": box.sscc, "number": "6A1"}]}
    assert client.put("/v1/shipments/o1.1/parcel-numbers", json=named).status_code == 200
    account = {
        "code": "post",
        "connector": "colissimo",
        "services": {},
        "sender": {"name": "Noria", "street": "1 quai de la Gare"},
    }
    assert client.put("/v1/carrier-accounts/post", json=account).status_code == 200
    at = "/v1/carrier-accounts/post/hook"
    assert client.get(at).status_code == 404
    key = {"Idempotency-Key": "once"}
    url = client.post(at, headers=key).json()["url"]
    assert client.post(at, headers=key).json()["url"] is None, "it is shown once, and kept nowhere"
    path = url.removeprefix(url.partition("/v1/")[0])
    with capture_logs() as logged, TestClient(client.app) as carrier:
        got = carrier.post(path, content=BODY, headers={"Content-Type": "application/json"})
        assert (got.status_code, got.json()["new"], got.json()["moved"]) == (200, 1, 1)
        assert carrier.post("/v1/carrier-hooks/guessed", content=BODY).status_code == 404
        assert client.get(at).json()["heard_at"] is not None
        client.post(at)
        assert carrier.post(path, content=BODY).status_code == 404, "the one before is closed"
    assert client.delete(at).status_code == 204
    assert client.get(at).status_code == 404
    said = str(logged)
    assert path.rpartition("/")[2] not in said, "an address is a secret"
    assert "carrier-hooks/{token}" in said
