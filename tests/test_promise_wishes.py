"""Wishes at the door: one or many, merged or apart, each once for its id."""

import pytest

import world
from caller import calling
from noria.kit.auth import Permission


def wish(key, *lines, **more):
    lines = lines or (("mug", "PAR", 1),)
    return {
        "id": key,
        "demand": "cart:1",
        "lines": [{"sku": sku, "node": node, "quantity": units} for sku, node, units in lines],
    } | more


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5, cup=2)
        world.shelve(tx, "LYS", mug=3)
    with calling(db, Permission.RESERVE, Permission.PROMISE_READ) as client:
        yield client


def test_a_wish_is_held_and_told(client, db):
    told = client.post("/v1/reservations", json=wish("w1", ("mug", "PAR", 2), ("cup", "PAR", 1)))
    assert told.status_code == 200, told.text
    assert [(one["reservation"], one["held"]) for one in told.json()["lines"]] == [
        ("w1", 2),
        ("w1.2", 1),
    ]
    assert client.get("/v1/reservations/w1.2").json()["held"] == 1
    again = client.post("/v1/reservations", json=wish("w1", ("mug", "PAR", 2), ("cup", "PAR", 1)))
    assert again.content == told.content
    other = client.post("/v1/reservations", json=wish("w1", ("mug", "PAR", 3)))
    assert (other.status_code, other.json()["code"]) == (409, "id-reused")
    short = client.post("/v1/reservations", json=wish("w2", ("mug", "PAR", 9)))
    assert (short.status_code, short.json()["code"]) == (409, "not-enough-to-promise")
    with db.transaction() as tx:
        assert world.audit(tx) == []
