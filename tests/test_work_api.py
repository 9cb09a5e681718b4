"""Work in the node at the door: own node only, offline batches, conflicts that stay."""

import pytest
from msgspec import structs

import world
from caller import calling
from noria.catalog import actions as catalog
from noria.catalog.model import Barcode
from noria.kit import clock
from noria.kit.auth import ROLES, Role
from world import MONDAY

AT = "2026-11-23T09:00:00Z"


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.accept(tx, world.order("o1", mug=1), world.order("o2", mug=2))
    with calling(db, *ROLES[Role.STORE_MANAGER], nodes=["PAR"]) as client:
        yield client


def tell(client, *facts):
    answer = client.post("/v1/work-facts/batch", json={"items": facts})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def scan(key, task="leg:o1.1", **more):
    return {"does": "scan", "id": key, "happened_at": AT, "task": task, "sku": "mug"} | more


def test_an_outbox_is_told_in_one_go_and_again(client):
    spot = {"node": "PAR", "code": "A1", "aisle": 1, "bay": 2, "skus": ["mug"]}
    told = client.post("/v1/locations/batch", json={"items": [spot, spot | {"node": "LYS"}]}).json()
    assert [one["status"] for one in told["items"]] == [200, 403]
    assert client.get("/v1/nodes/PAR/locations?sku=mug").json()["items"][0]["code"] == "A1"
    [taken] = client.post(
        "/v1/wave-claims/batch", json={"items": [{"id": "c1", "node": "PAR"}]}
    ).json()["items"]
    wave = taken["answer"]["wave"]
    walk = client.get(f"/v1/waves/{wave}").json()
    assert [(stop["location"], stop["units"]) for stop in walk["stops"]] == [("A1", 3)]
    outbox = [
        scan("s1"),
        scan("s2"),
        scan("s3", "leg:o2.1", quantity=2),
        {"does": "finish", "id": "f1", "happened_at": AT, "task": "leg:o1.1"},
        {"does": "missing", "id": "m1", "happened_at": AT, "task": "leg:o9.1", "sku": "mug", "quantity": 1, "reason": "damaged"},
        {"does": "finish", "id": "f2", "happened_at": AT, "task": "leg:o2.1", "put_at": "B1"},
        {"does": "give_back", "id": "g1", "happened_at": AT, "wave": wave},
    ]  # fmt: skip
    first = tell(client, *outbox)
    assert [one["status"] for one in first] == [200, 409, 200, 200, 404, 200, 200]
    assert first[1]["problem"]["code"] == "already-confirmed"
    assert [one["status"] for one in tell(client, *outbox)] == [200, 409, 200, 200, 404, 200, 200]
    kept = client.get("/v1/work-conflicts?node=PAR").json()["items"]
    assert [(one["id"], one["fact"]["does"], one["refusal"]) for one in kept] == [
        ("s2", "scan", "task-over")
    ]
    assert client.put("/v1/work-conflicts/s2/settlement").status_code == 200
    assert client.get("/v1/work-conflicts").json()["items"] == []
    assert client.get("/v1/tasks").json()["items"] == []


def test_a_clash_that_goes_through_later_settles_itself(client):
    assert tell(client, scan("s1", "leg:o2.1", quantity=3))[0]["status"] == 422
    assert tell(client, scan("s1", "leg:o2.1", quantity=2))[0]["status"] == 200
    assert client.get("/v1/work-conflicts").json()["items"] == []


def clashes(client, **more):
    """The ids of those that are open, each with the SKU that was told."""
    kept = client.get("/v1/work-conflicts", params=more).json()["items"]
    return [(one["id"], one["task"], one["fact"]["sku"], one["refusal"]) for one in kept]


def test_what_was_settled_is_opened_again_only_by_what_is_said_otherwise(client):
    tell(client, scan("s1", sku="cup"))
    assert clashes(client) == [("s1", "leg:o1.1", "cup", "wrong-sku")]
    settled = client.put("/v1/work-conflicts/s1/settlement").json()
    [told] = tell(client, scan("s1", sku="cup"))
    assert told["problem"]["code"] == "wrong-sku"
    assert clashes(client) == [], "an outbox sent it once more"
    assert client.put("/v1/work-conflicts/s1/settlement").json() == settled
    tell(client, scan("s1", "leg:o2.1", sku="bowl"))
    assert clashes(client) == [("s1", "leg:o2.1", "bowl", "wrong-sku")]
    assert client.put("/v1/work-conflicts/s1/settlement").status_code == 200
    assert clashes(client) == []


def test_a_clash_is_what_was_told_last(client):
    tell(client, scan("s1", sku="cup"))
    tell(client, scan("s1", "leg:o2.1", quantity=3))
    assert clashes(client) == [("s1", "leg:o2.1", "mug", "more-than-wanted")]


def test_nothing_is_kept_where_one_may_not_work(db, client):
    [wave] = client.put("/v1/wave-plans/p1", json={"node": "PAR"}).json()["waves"]
    told = tell(
        client, scan("s0"), {"does": "finish", "id": "f0", "happened_at": AT, "task": "leg:o1.1"}
    )
    assert [one["status"] for one in told] == [200, 200]
    tell(client, scan("kept", "leg:o2.1", sku="cup"))
    over, ahead = "leg:o1.1", "2027-01-01T00:00:00Z"
    with calling(db, *ROLES[Role.STORE_ASSOCIATE], nodes=["SHOP"]) as other:
        told = tell(
            other,
            scan("x1", over),
            scan("x2", "leg:o2.1", happened_at=ahead),
            {"does": "finish", "id": "x3", "happened_at": AT, "task": over},
            {"does": "missing", "id": "x4", "happened_at": AT, "task": over, "sku": "mug", "quantity": 1, "reason": "damaged"},
            {"does": "put_back", "id": "x5", "happened_at": ahead, "scan": "s0"},
            {"does": "give_back", "id": "x6", "happened_at": ahead, "wave": wave},
            {"does": "scan", "id": "kept", "happened_at": AT, "task": "leg:nobody.1", "sku": "bowl"},
        )  # fmt: skip
        assert [one["status"] for one in told] == [403] * 6 + [404]
    assert clashes(client) == [("kept", "leg:o2.1", "cup", "wrong-sku")]
    with db.transaction() as tx:
        ids = tx.execute("select id from work_conflict").fetchall()
        events = tx.execute("select subject from event where type = 'work.clashed'").fetchall()
    assert (ids, events) == ([("kept",)], [("kept",)])


def test_nobody_settles_what_was_told_at_another_node_by_using_its_id(db, client):
    with db.transaction() as tx:
        world.shelve(tx, "SHOP", mug=1)
        world.amend(tx, "PAR", is_open=False)
        world.accept(tx, world.order("o3", mug=1))
    tell(client, scan("s1", "leg:o2.1", sku="cup"))
    with calling(db, *ROLES[Role.STORE_ASSOCIATE], nodes=["SHOP"]) as other:
        assert tell(other, scan("s1", "leg:o3.1"))[0]["status"] == 200
    assert clashes(client) == [("s1", "leg:o2.1", "cup", "wrong-sku")]


def test_ids_of_plans_and_claims_are_as_long_as_ids_may_be_and_ones_own(db, client):
    long = "p" * 64
    planned = client.put(f"/v1/wave-plans/{long}", json={"node": "PAR"})
    assert planned.status_code == 200, planned.text
    for wave in planned.json()["waves"]:
        assert client.put(f"/v1/waves/{wave}/dissolution").status_code == 200
    wanted = {"items": [{"id": long, "node": "PAR"}]}
    [taken] = client.post("/v1/wave-claims/batch", json=wanted).json()["items"]
    assert taken["status"] == 200, "a plan had the same id"
    assert client.post("/v1/wave-claims/batch", json=wanted).json()["items"] == [taken]
    client.put(f"/v1/waves/{taken['answer']['wave']}/dissolution")
    with calling(db, *ROLES[Role.STORE_ASSOCIATE], nodes=["PAR"]) as other:
        [told] = other.post("/v1/wave-claims/batch", json=wanted).json()["items"]
    assert (told["status"], told["problem"]["code"]) == (409, "id-reused")


def test_work_is_seen_and_done_at_ones_own_node(db, client):
    with calling(db, *ROLES[Role.STORE_ASSOCIATE], nodes=["SHOP"]) as other:
        assert other.get("/v1/tasks").json()["items"] == []
        assert other.get("/v1/tasks/leg:o1.1").status_code == 403
        assert tell(other, scan("s1"))[0]["status"] == 403
        assert other.put("/v1/nodes/SHOP/work-setting", json={}).status_code == 403
        assert other.get("/v1/nodes/PAR/work-setting").status_code == 403
    tag = client.put("/v1/nodes/PAR/work-setting", json={"cart_slots": 6}).headers["ETag"]
    assert client.put("/v1/nodes/PAR/work-setting", json={}).status_code == 428
    assert (
        client.put("/v1/nodes/PAR/work-setting", json={}, headers={"If-Match": tag}).status_code
        == 200
    )
    with calling(db, *ROLES[Role.STORE_ASSOCIATE], nodes=["PAR"]) as associate:
        wanted = {"id": "c1", "node": "PAR", "person": "person:tom"}
        [told] = associate.post("/v1/wave-claims/batch", json={"items": [wanted]}).json()["items"]
        assert told["status"] == 403
    [told] = client.post("/v1/wave-claims/batch", json={"items": [wanted]}).json()["items"]
    assert told["answer"]["person"] == "person:tom"
    assert client.get("/v1/waves?whose=mine").json()["items"] == []
    wave = told["answer"]["wave"]
    asked = client.post(f"/v1/waves/{wave}/pick-list", json={"id": "list-1"})
    assert (asked.json()["kind"], asked.json()["legs"]) == ("pick_list", ["o1.1", "o2.1"])
    assert client.put(f"/v1/waves/{wave}/dissolution").json()["closed_at"] is not None


def test_goods_by_weight_weigh_what_their_labels_say(db, client):
    with db.transaction() as tx:
        [mug] = [sku for sku in world.SKUS if sku.code == "mug"]
        coded = structs.replace(mug, barcodes=(Barcode(gtin="04006381333931"),))
        catalog.save(tx, [coded], actor=world.ACTOR, now=MONDAY)
    cheese = "01040063813339313103000412"
    [one] = tell(client, scan("s1", "leg:o2.1", sku=None, code=cheese))
    assert (one["answer"]["units"], one["answer"]["weight_g"]) == (1, 412)
    tell(client, scan("s2", "leg:o2.1", sku=None, code=cheese.replace("000412", "000388")))
    tell(client, {"does": "finish", "id": "f1", "happened_at": AT, "task": "leg:o2.1"})
    parcels = client.get("/v1/legs/o2.1/boxes").json()["parcels"]
    assert [one["weight_g"] for one in parcels] == [400, 400], "no box is known: each by itself"
    boxes = [{"units": {"mug": 2}}]
    [packed] = tell(
        client, {"does": "pack", "id": "p1", "happened_at": AT, "leg": "o2.1", "boxes": boxes}
    )
    assert packed["answer"]["boxes"][0]["weight_g"] == 800


def test_what_a_code_means(client):
    def asked(code):
        return client.post("/v1/scan-meanings", json={"code": code})

    assert asked("037600000000000018").json()["code"] == "bad-check-digit"
    box = asked("037600000000000017").json()
    assert (box["sku"], box["sscc"]) == (None, "037600000000000017")
    assert asked("4006381333931").json()["code"] == "unknown-barcode"
