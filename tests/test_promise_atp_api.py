"""What can be promised, through its door: curves with their terms, and who has it near here."""

from datetime import timedelta

import pytest

import world
from caller import calling, database
from noria.kit import clock
from noria.kit.auth import Permission
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.supply import actions as supply
from noria.supply.model import (
    Dispatch,
    NewPurchase,
    NewTransfer,
    PurchaseLine,
    UnitLine,
)
from world import ACTOR, MONDAY

TODAY = MONDAY.date()


def on(number):
    return TODAY + timedelta(days=number)


@pytest.fixture(scope="module")
def shared(server, template):
    """Mugs: 10 in Paris, 4 in Lyon, some coming; 3 cups in the store at Marseille."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            old = world.node("OLD", NodeKind.STORE, at=(43.5, 5.4), is_open=False)
            far = world.node("NICE", NodeKind.STORE, at=(43.7, 7.27), does_hand_over=True)
            network.save_nodes(tx, [old, far], actor=ACTOR, now=MONDAY)
            world.shelve(tx, "PAR", mug=10, bowl=2)
            world.shelve(tx, "LYS", mug=4)
            for node in ("SHOP", "OLD", "NICE"):
                world.shelve(tx, node, cup=3)
            order(tx, "P1", 4, {"mug": 6})
            order(tx, "P0", -2, {"mug": 50})
            move(tx, "T1", {"mug": 2})
            move(tx, "T2", {"bowl": 5})
            supply.dispatch(tx, "T1", Dispatch(), actor=ACTOR, now=MONDAY)
            world.accept(tx, world.order("o1", bowl=3, due=on(5)))
        yield db


def order(tx, key, day, units):
    lines = tuple(PurchaseLine(sku=sku, quantity=count) for sku, count in units.items())
    new = NewPurchase(supplier="Atelier", node="PAR", ordered_at=MONDAY - timedelta(days=9),
                      expected_on=on(day), lines=lines)  # fmt: skip
    supply.buy(tx, key, new)


def move(tx, key, units):
    lines = tuple(UnitLine(sku=sku, quantity=count) for sku, count in units.items())
    new = NewTransfer(source="PAR", target="LYS", expected_on=on(2), lines=lines)
    supply.plan_transfer(tx, key, new, now=MONDAY)


@pytest.fixture(scope="module")
def client(shared):
    with calling(shared) as client:
        yield client


def curves(client, **asked):
    answer = client.get("/v1/atp", params=asked)
    assert answer.status_code == 200, answer.text
    return {
        (one["sku"], one["node"]): [(step["day"], step["cumulative"]) for step in one["steps"]]
        for one in answer.json()["items"]
    }


def test_a_curve_counts_what_is_there_and_what_comes(client):
    assert curves(client, sku=["mug", "bowl"]) == {
        ("mug", None): [(str(on(0)), 12), (str(on(2)), 14), (str(on(4)), 20)],
        ("bowl", None): [(str(on(0)), 0)],
    }


def test_a_curve_at_nodes_in_pages(client):
    at_nodes = {
        ("mug", "LYS"): [(str(on(0)), 4), (str(on(2)), 6)],
        ("mug", "PAR"): [(str(on(0)), 8), (str(on(4)), 14)],
        ("mug", "SHOP"): [(str(on(0)), 0)],
    }
    asked = {"sku": "mug", "node": ["SHOP", "PAR", "LYS"]}
    assert curves(client, **asked) == at_nodes
    first = client.get("/v1/atp", params=asked | {"limit": 2}).json()
    after = client.get("/v1/atp", params=asked | {"limit": 2, "cursor": first["next"]}).json()
    assert [one["node"] for one in [*first["items"], *after["items"]]] == ["LYS", "PAR", "SHOP"]
    with calling(client.app.state.db, Permission.PROMISE_READ, nodes=("PAR",)) as clerk:
        assert curves(clerk, sku="mug") == {("mug", "PAR"): at_nodes["mug", "PAR"]}


def test_a_window_of_days(client):
    asked = {"sku": "mug", "from": str(on(3)), "to": str(on(4))}
    assert curves(client, **asked)["mug", None] == [(str(on(3)), 14), (str(on(4)), 20)]
    past = {"sku": "mug", "from": str(on(-9)), "to": str(on(1))}
    assert curves(client, **past)["mug", None] == [(str(on(0)), 12)], "what was is not promised"


def test_a_maker_can_make_more_each_working_day(client):
    assert curves(client, sku="poster", to=str(on(7)))["poster", None] == [
        (str(on(day)), 10 * (day - (day > 6))) for day in (0, 1, 2, 3, 4, 5, 7)
    ], "once its lead day is over, and none on Sunday"


def test_an_explanation_shows_every_term(client):
    asked = {"sku": ["mug", "bowl"], "node": "PAR", "explain": "true"}
    bowl, mug = client.get("/v1/atp", params=asked).json()["items"]
    assert bowl["terms"] == [
        {"term": "demand", "units": -1, "day": str(on(5)), "document": "order:o1"}
    ]
    brought = {"term": "purchase", "node": "PAR"}
    assert mug["terms"] == [
        {"term": "on_shelf", "units": 8, "node": "PAR"},
        brought | {"units": 50, "day": str(on(-2)), "document": "purchase:P0", "is_late": True},
        brought | {"units": 6, "day": str(on(4)), "document": "purchase:P1"},
    ]


@pytest.mark.parametrize(
    ("because", "asked", "status", "pointer"),
    [
        ("it ends before it begins", {"to": str(on(-1))}, 400, "/to"),
        ("too far ahead", {"to": str(on(400))}, 400, "/to"),
    ],
)
def test_what_cannot_be_asked(client, because, asked, status, pointer):
    refused = client.get("/v1/atp", params={"sku": "mug"} | asked)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (status, pointer), (
        because
    )


def near(client, **asked):
    answer = client.get("/v1/atp/near", params={"sku": "cup"} | asked)
    return answer.status_code, answer.json()


def test_who_has_it_near_here(client):
    marseille = {"latitude": 43.3, "longitude": 5.37}
    status, answer = near(client, km=500, **marseille)
    assert status == 200
    assert answer["items"] == [
        {"node": "SHOP", "name": "Shop", "kind": "store", "km": 0.0, "does_hand_over": True, "units": 3},
        {"node": "NICE", "name": "Nice", "kind": "store", "km": 159.6, "does_hand_over": True, "units": 3},
    ], "the closed one nearer by is left out"  # fmt: skip
    assert [one["node"] for one in near(client, km=100, **marseille)[1]["items"]] == ["SHOP"]
    assert [one["node"] for one in near(client, limit=1, km=500, **marseille)[1]["items"]] == [
        "SHOP"
    ]
    paris = near(client, sku="mug", postcode="75001", kind="warehouse")[1]["items"]
    assert [(one["node"], one["km"] < 5) for one in paris] == [("PAR", True)]
    for nowhere in ({}, {"postcode": "99999"}, {"latitude": 43}):
        status, refused = near(client, **nowhere)
        assert (status, refused["errors"][0]["pointer"]) == (400, "/postcode"), nowhere


def test_what_is_available_names_its_terms(client):
    [row] = client.get("/v1/availability", params={"sku": "mug", "node": "LYS"}).json()["items"]
    assert row == {
        "sku": "mug", "node": "LYS", "units": 4, "on_shelf": 4, "expired": 0, "buffer": 0,
        "is_made": False, "safety": 0, "protection": 0, "trust": 0, "own": 0, "named": 0,
        "unsellable": 0, "unsourced": 0,
    }  # fmt: skip
    with calling(client.app.state.db) as holder:
        cart = {"demand": "cart:9", "sku": "mug", "node": "LYS", "quantity": 4,
                "channel": "web", "shopper": "visitor:1"}  # fmt: skip
        assert holder.put("/v1/reservations/c9", json=cart).status_code == 200
        asked = {"sku": "mug", "node": "LYS"}
        assert holder.get("/v1/availability", params=asked).json()["items"] == []
        [own] = holder.get("/v1/availability", params=asked | {"shopper": "visitor:1"}).json()[
            "items"
        ]
        assert (own["units"], own["own"]) == (4, 4)
        unknown = cart | {"channel": "fax"}
        assert holder.put("/v1/reservations/c8", json=unknown).json()["code"] == "unknown-codes"
        holder.put("/v1/reservations/c9/release")
