"""Carriers at the door: who may ask for what, answers at once, documents for printing."""

import pytest
from msgspec import structs

import world
from caller import calling, database
from noria.carriage import jobs
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.jobs import TASKS
from noria.orders.model import Recipient
from world import MONDAY

ACCOUNT = {
    "code": "any",
    "connector": "webhook",
    "url": "https://carrier.example.org",
    "services": {"HOME": "std"},
    "sender": {"name": "Noria", "street": "1 quai de la Gare"},
    "secrets": {"secret": "ANY"},
}
WHO = Recipient(name="Zoé Müller", street="3 rue des Lilas")


@pytest.fixture(scope="module")
def db(server, template):
    with database(server, template) as shared:

        def make(tx):
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            world.shelve(tx, "PAR", mug=9)
            world.accept(tx, structs.replace(world.order(mug=1), recipient=WHO))

        shared.run(make)
        with calling(shared) as client:
            assert client.put("/v1/carrier-accounts/any", json=ACCOUNT).status_code == 200
        yield shared


@pytest.fixture
def client(db):
    with calling(db) as client:
        yield client


def test_an_account_is_opened_and_changed_by_version(client):
    new = {**ACCOUNT, "code": "new", "services": {}}
    opened = client.put("/v1/carrier-accounts/new", json=new)
    assert opened.status_code == 200
    assert opened.json()["secrets"] == {"secret": "ANY"}
    changed = {**new, "timeout_s": 9}
    assert client.put("/v1/carrier-accounts/new", json=changed).status_code == 428
    tag = {"If-Match": opened.headers["ETag"]}
    assert client.put("/v1/carrier-accounts/new", json=changed, headers=tag).status_code == 200
    strange = {**ACCOUNT, "code": "two", "services": {"NOPE": "x"}}
    refused = client.put("/v1/carrier-accounts/two", json=strange)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-codes")
    shown = {one["code"]: one for one in client.get("/v1/carrier-accounts").json()["items"]}
    assert shown.keys() == {"any", "new"}
    assert shown["new"]["timeout_s"] == 9
    assert client.get("/v1/carrier-health").json()["items"] == []


def test_a_label_is_asked_for_once_and_answered_at_once(client, db):
    (offer,) = client.get("/v1/legs/o1.1/offers").json()["items"]
    assert (offer["service"], offer["cents"], offer["is_live"]) == ("HOME", 600, False)
    wanted = {"items": [{"id": "l1", "leg": "o1.1", "account": "any"}]}
    first = client.post("/v1/labels/batch", json=wanted).json()["items"][0]
    assert first["answer"]["state"] == "asked"
    assert client.post("/v1/labels/batch", json=wanted).json()["items"][0] == first
    other = {"items": [{"id": "l2", "leg": "o1.1", "account": "any"}]}
    refused = client.post("/v1/labels/batch", json=other, headers={"Accept-Language": "fr"})
    assert refused.json()["items"][0]["problem"]["code"] == "box-has-label"
    assert "étiquette l1" in refused.json()["items"][0]["problem"]["detail"]
    assert [one["id"] for one in client.get("/v1/labels?state=asked").json()["items"]] == ["l1"]
    assert client.get("/v1/labels/l1").json()["leg"] == "o1.1"
    assert (
        client.put("/v1/labels/l1/resolution", json={"outcome": "was_not_made"}).status_code == 409
    )
    assert client.put("/v1/labels/l1/cancellation").json()["state"] == "cancelled"


def test_a_document_is_asked_for_made_and_fetched(client, db):
    wanted = {"id": "note", "kind": "delivery_note", "language": "en", "legs": ["o1.1"]}
    assert client.put("/v1/documents/note", json=wanted).json()["state"] == "waiting"
    early = client.get("/v1/documents/note/file")
    assert (early.status_code, early.json()["code"]) == (409, "document-not-there")
    assert jobs.make_paper is TASKS["carriage.paper"].run

    class Running:
        pass

    Running.db = db
    jobs.make_paper(Running, paper="note")
    file = client.get("/v1/documents/note/file")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")
    (shown,) = client.get("/v1/shipments/o1.1/documents").json()["items"]
    assert (shown["id"], shown["state"]) == ("note", "made")


def test_somebody_of_another_node_gets_nothing(db, client):
    with calling(db, Permission.FULFILMENT_READ, Permission.FULFILMENT_WORK, nodes=["LYS"]) as lys:
        wanted = {"items": [{"id": "l9", "leg": "o1.1"}]}
        answer = lys.post("/v1/labels/batch", json=wanted).json()["items"][0]
        assert answer["status"] == 403
        paper = {"id": "p9", "kind": "pick_list", "legs": ["o1.1"]}
        assert lys.put("/v1/documents/p9", json=paper).status_code == 403
        assert lys.get("/v1/shipments/o1.1/documents").status_code == 403
        assert lys.get("/v1/documents").json()["items"] == []
