"""Counting at the door: who may what, what a blind counter sees, and what is answered."""

from datetime import timedelta

import pytest

import world
from caller import add_key, calling
from crowd import ask
from noria.kit import clock
from noria.kit.auth import ROLES, Permission, Role
from noria.promise import jobs
from noria.stock.counts import jobs as counts_jobs

DAY = timedelta(days=1)
BEGIN = clock.wall() - 90 * DAY
AT = clock.wall().isoformat()


@pytest.fixture
def db(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=10, cup=5, bowl=40, now=BEGIN)
        world.shelve(tx, "LYS", mug=3, now=BEGIN)
    return db


@pytest.fixture
def client(db):
    with calling(db) as client:
        yield client


@pytest.fixture
def as_(db, client):
    """The headers of somebody in this role, at these nodes."""

    def headers(role, *nodes):
        reach = tuple(ROLES[role] - {Permission.CLOCK_DRIVE})
        return {"Authorization": f"Bearer {add_key(db, reach, nodes or None)}"}

    return headers


def count(client, who, sku, units, *, key, task="t1", **more):
    body = {"sku": sku, "quantity": units, "counted_at": AT} | more
    return client.put(f"/v1/count-tasks/{task}/readings/{key}", json=body, headers=who)


def test_what_to_count_next_has_reasons_in_words(client, as_, db):
    associate = as_(Role.STORE_ASSOCIATE, "PAR")
    best = client.get("/v1/counts/next", params={"node": "PAR", "limit": 1}, headers=associate)
    (bowl,) = best.json()["items"]
    assert (bowl["sku"], bowl["stake_cents"], bowl["score_cents"]) == ("bowl", None, None)
    assert not any("stake" in reason for reason in bowl["reasons"]), "who may not read values"
    assert counts_jobs.shortlist(db) == 4, "as the worker does, once for each node"
    assert counts_jobs.shortlist(db) == 0
    best = client.get("/v1/counts/next", params={"node": "PAR", "limit": 1})
    (bowl,) = best.json()["items"]
    assert (bowl["sku"], bowl["stake_cents"]) == ("bowl", 16_000)
    assert bowl["reasons"][:2] == ["last counted 90 days ago", "160 € at stake"]
    after = {"node": "PAR", "cursor": best.json()["next"]}
    rest = client.get(
        "/v1/counts/next", params=after, headers=associate | {"Accept-Language": "fr"}
    )
    assert [one["sku"] for one in rest.json()["items"]] == ["cup", "mug"]
    assert rest.json()["items"][0]["reasons"][0] == "compté il y a 90 jours"


def test_a_blind_count_with_a_recount_and_an_approval(client, as_, db):
    associate, manager = as_(Role.STORE_ASSOCIATE, "PAR"), as_(Role.STORE_MANAGER, "PAR")
    body = {"node": "PAR", "kind": "cycle"}
    opened = client.put("/v1/count-tasks/t1", json=body, headers=associate)
    assert (opened.status_code, opened.json()["lines"]) == (200, 3)
    assert client.put("/v1/count-tasks/t1", json=body, headers=associate).json() == opened.json()
    assert count(client, associate, "bowl", 10, key="r1").json()["stage"] == "recount"
    (seen,) = lines(client, associate, stage="recount")
    assert (seen["counted"], seen["expected"], seen["difference"], seen["round"]) == (
        10,
        None,
        None,
        2,
    )
    (seen,) = lines(client, manager, stage="recount")
    assert (seen["expected"], seen["difference"], seen["value_cents"]) == (40, -30, 12_000)
    assert count(client, associate, "bowl", 10, key="r2").json()["stage"] == "approval"
    assert count(client, associate, "bowl", 10, key="r2").json()["stage"] == "approval", "once"
    items = [
        {"id": "r3", "sku": "mug", "quantity": 10, "counted_at": AT},
        {"id": "r4", "sku": "spoon", "quantity": 1, "counted_at": AT},
        {"id": "r5", "sku": "cup", "quantity": 5, "counted_at": AT},
    ]
    batch = client.post(
        "/v1/count-tasks/t1/readings/batch", json={"items": items}, headers=associate
    )
    assert [one["status"] for one in batch.json()["items"]] == [200, 422, 200]

    approval = {"difference": -30, "root_cause": "theft", "note": "the back door"}
    address = "/v1/count-tasks/t1/lines/bowl/approval"
    assert client.put(address, json=approval, headers=associate).json()["code"] == "forbidden"
    elsewhere = as_(Role.STORE_MANAGER, "LYS")
    assert client.put(address, json=approval, headers=elsewhere).json()["code"] == "forbidden"
    booked = client.post("/v1/count-tasks/t1/booking", json={}, headers=associate).json()
    assert (booked["stages"], booked["done"]) == ({"booked": 2, "approval": 1}, 2)
    stale = client.put(address, json=approval | {"difference": -3}, headers=manager)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    done = client.put(address, json=approval, headers=manager).json()
    assert (done["stage"], done["root_cause"], done["note"]) == ("booked", "theft", "the back door")
    task = client.get("/v1/count-tasks/t1", headers=associate).json()
    assert (task["stages"], task["is_cancelled"]) == ({"booked": 3}, False)
    assert task["ended_at"]
    (seen, *_) = lines(client, associate)
    assert seen["difference"] == -30, "what is over is told"
    cause = {"root_cause": "receiving"}
    explained = client.put(
        "/v1/count-tasks/t1/lines/bowl/root-cause", json=cause, headers=associate
    )
    assert explained.json()["root_cause"] == "receiving"
    assert ask(db, world.levels)["bowl", "PAR", "available"] == 10


def lines(client, who, **asked):
    return client.get("/v1/count-tasks/t1/lines", params=asked, headers=who).json()["items"]


@pytest.mark.parametrize(
    ("because", "role", "body", "code"),
    [
        ("who works in a store counts what is worth it", Role.STORE_ASSOCIATE, {}, None),
        (
            "but does not close the store for it",
            Role.STORE_ASSOCIATE,
            {"kind": "full"},
            "forbidden",
        ),
        ("nor judge the store", Role.STORE_ASSOCIATE, {"kind": "sample"}, "forbidden"),
        (
            "nor set the limits",
            Role.STORE_ASSOCIATE,
            {"policy": {"approval_cents": 10**9}},
            "forbidden",
        ),
        ("a manager counts all of it", Role.STORE_MANAGER, {"kind": "full"}, None),
        ("and has no limits of their own either", Role.STORE_MANAGER, {"policy": {}}, "forbidden"),
        ("operations sets limits", Role.OPERATIONS, {"policy": {"tolerance_units": 0}}, None),
        ("who only reads counts nothing", Role.READ_ONLY, {}, "forbidden"),
        ("a mistake is told", Role.OPERATIONS, {"kind": "cycle", "size": 0}, "invalid"),
    ],
)
def test_who_may_open_what(client, as_, because, role, body, code):
    answer = client.put("/v1/count-tasks/t1", json={"node": "PAR"} | body, headers=as_(role))
    assert answer.json().get("code") == code, because


def test_a_node_that_was_sampled_has_an_accuracy(client, db):
    assert client.get("/v1/nodes/PAR/accuracy").json() == {
        "last": None, "trend": None, "items": [], "next": None,
    }  # fmt: skip
    for task, off in (("s1", 1), ("s2", 0)):
        sample = client.put(
            f"/v1/count-tasks/{task}", json={"node": "PAR", "kind": "sample"}
        ).json()
        assert (sample["population"], sample["lines"]) == (3, 3), "three are too few to draw from"
        for sku, units in (("mug", 10 - off), ("cup", 5), ("bowl", 40)):
            if task == "s2" and sku == "mug":
                units = 9  # noqa: PLW2901 - the first sample put it right
            count(client, {}, sku, units, key=f"{task}-{sku}", task=task)
        client.post(f"/v1/count-tasks/{task}/booking", json={})
    found = client.get("/v1/nodes/PAR/accuracy", params={"limit": 1}).json()
    assert (found["last"]["estimate"], found["last"]["sampled"]) == (1.0, 3)
    assert found["trend"]["change"] == pytest.approx(1 / 3)
    assert [one["task"] for one in found["items"]] == ["s2"]
    jobs.measure(db)
    known = ask(db, lambda tx: tx.execute("select node, lowest from node_accuracy").fetchall())
    assert known == [("PAR", 1.0)], "rules of safety go by it"
    older = client.get("/v1/nodes/PAR/accuracy", params={"cursor": found["next"]}).json()
    assert [one["task"] for one in older["items"]] == ["s1"]


def test_counts_come_in_pages_and_are_cancelled(client):
    for number in range(3):
        client.put(f"/v1/count-tasks/t{number}", json={"node": "PAR", "skus": ["mug"]})
    gone = client.put("/v1/count-tasks/t1/cancellation")
    assert (gone.status_code, gone.json()["is_cancelled"]) == (200, True)
    late = count(client, {}, "mug", 10, key="r1")
    assert (late.status_code, late.json()["code"]) == (409, "count-not-open")
    shown, token = [], None
    for _ in range(3):
        page = client.get(
            "/v1/count-tasks", params={"limit": 1} | ({"cursor": token} if token else {})
        ).json()
        shown += [one["id"] for one in page["items"]]
        token = page["next"]
    assert (shown, token) == (["t2", "t1", "t0"], None)
    still = client.get("/v1/count-tasks", params={"is_open": "true", "node": "PAR"}).json()["items"]
    assert [one["id"] for one in still] == ["t2", "t0"]
    assert client.get("/v1/count-tasks", params={"node": "LYS"}).json()["items"] == []


def test_root_causes_are_a_list_that_operations_keep(client, as_):
    known = {one["code"] for one in client.get("/v1/root-causes").json()["items"]}
    assert {"theft", "mis_pick", "receiving", "damaged", "unit_of_measure", "unknown"} <= known
    words = {"en": "Eaten by mice", "fr": "Mangé par les souris"}
    assert client.put("/v1/root-causes/mice", json=words).json()["is_offered"] is True
    client.put("/v1/root-causes/mice", json=words | {"is_offered": False})
    client.put("/v1/count-tasks/t1", json={"node": "PAR", "skus": ["mug"]})
    address = "/v1/count-tasks/t1/lines/mug/root-cause"
    refused = client.put(address, json={"root_cause": "mice"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-codes")
    manager = as_(Role.STORE_MANAGER)
    assert client.put("/v1/root-causes/mice", json=words, headers=manager).status_code == 403


def test_a_node_has_limits_of_its_own(client, as_):
    here = "/v1/nodes/PAR/count-limits"
    usual = client.get(here)
    assert (usual.headers["etag"], usual.json()["tolerance_units"]) == ('"0"', 1)
    body = usual.json() | {"tolerance_units": 9}
    assert client.put(here, json=body).status_code == 428, "it says which version it changes"
    manager = as_(Role.STORE_MANAGER, "PAR")
    assert client.put(here, json=body, headers=manager).status_code == 403
    set_once = client.put(here, json=body, headers={"If-Match": '"0"'})
    assert (set_once.status_code, set_once.headers["etag"]) == (200, '"1"')
    late = client.put(here, json=body | {"tolerance_units": 5}, headers={"If-Match": '"0"'})
    assert late.status_code == 412
    opened = client.put("/v1/count-tasks/t9", json={"node": "PAR", "skus": ["mug"]})
    assert opened.json()["policy"]["tolerance_units"] == 9
    elsewhere = client.put("/v1/count-tasks/t8", json={"node": "LYS", "skus": ["mug"]})
    assert elsewhere.json()["policy"]["tolerance_units"] == 1
