"""Legs sent elsewhere and trials of policies, through the door."""

import pytest

import world
from caller import calling
from noria.kit import jobs
from noria.kit.auth import Permission
from noria.orders.jobs import try_policies
from noria.orders.trial_model import TRIAL_JOB


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.shelve(tx, "LYS", mug=5)
        world.accept(tx, world.order(mug=2))
    with calling(db) as client:
        yield client


def test_a_node_closes_through_the_door_and_a_draft_is_tried(client, db):
    refused = client.put("/v1/reroutes/r0", json={"reason": "flooded"})
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/node"]
    body = {"node": "PAR", "closes_node": True, "reason": "flooded"}
    with calling(db, Permission.ORDERS_WRITE) as other:
        assert other.put("/v1/reroutes/r1", json=body).status_code == 403, "it closes a node"
    done = client.put("/v1/reroutes/r1", json=body)
    assert (done.status_code, done.json()) == (200, {"legs": 1, "orders": 1, "left": 0})
    assert client.put("/v1/reroutes/r1", json=body).json() == done.json(), "once"
    assert client.get("/v1/nodes/PAR").json()["is_open"] is False
    legs = client.get("/v1/orders/o1").json()["legs"]
    assert [(leg["node"], leg["withdrawn_at"] is None) for leg in legs] == [
        ("PAR", False), ("LYS", True)
    ]  # fmt: skip
    told = client.get("/v1/orders/o1/decisions").json()["items"]
    assert told[0]["sentence"]["en"].startswith("Lys sends it for ")
    asked = {"policies": ["live"], "since": "2026-11-23T00:00:00Z", "until": "2026-11-30T00:00:00Z"}
    job = client.post("/v1/policies/trials", json=asked)
    assert job.status_code == 202
    with db.transaction() as tx:
        params = jobs.job(tx, job.json()["job"])
    assert params.kind == TRIAL_JOB
    progress = jobs.Progress(db, params, None, lambda: False)
    found = try_policies(progress, **params.params)
    assert (found.orders, found.trials[0].total.sent) == (1, 1)
    absent = client.post("/v1/policies/trials", json=asked | {"policies": ["draft:nobody"]})
    assert absent.status_code == 404
