"""Rules that keep units back, through their door: made, changed, ended, and what they come to."""

from datetime import timedelta

import pytest

import world
from caller import calling, database
from noria.kit import clock, trail
from noria.kit.auth import Permission
from noria.promise import keep_back_actions as actions
from noria.promise import views
from noria.promise.keep_back_model import KeepBack, Purpose
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State
from world import ACTOR, MONDAY

RULE = {
    "id": "hall",
    "purpose": "buffer",
    "sku": None,
    "category": None,
    "node": "SHOP",
    "node_kind": None,
    "channel": None,
    "units": 2,
    "days": None,
    "below_accuracy": None,
    "reason": "thefts in the entrance hall",
    "valid_from": None,
    "valid_until": "2026-12-31",
}


@pytest.fixture(scope="module")
def shared(server, template):
    with database(server, template) as db:
        with db.transaction() as tx:
            world.build(tx)
        yield db


@pytest.fixture(scope="module")
def client(shared):
    with calling(shared) as client:
        yield client


def test_a_rule_comes_back_whole_and_ends(client, shared):
    made = client.put("/v1/keep-backs/hall", json=RULE)
    assert (made.status_code, made.headers["etag"]) == (200, '"1"'), made.text
    assert made.json() == RULE == client.get("/v1/keep-backs/hall").json()
    assert client.put("/v1/keep-backs/hall", json=RULE).headers["etag"] == '"1"', "no change"
    more = RULE | {"units": 3}
    assert client.put("/v1/keep-backs/hall", json=more).status_code == 428
    stale = client.put("/v1/keep-backs/hall", json=more, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    changed = client.put("/v1/keep-backs/hall", json=more, headers={"If-Match": '"1"'})
    assert (changed.json()["units"], changed.headers["etag"]) == (3, '"2"')
    stale = client.delete("/v1/keep-backs/hall", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert client.delete("/v1/keep-backs/hall", headers={"If-Match": '"2"'}).status_code == 204
    assert client.get("/v1/keep-backs/hall").status_code == 404
    assert client.delete("/v1/keep-backs/hall").status_code == 404
    with shared.transaction() as tx:
        told = trail.entries(tx, subject="hall")
    assert [(one.before and one.before["units"], one.after and one.after["units"])
            for one in told] == [(3, None), (2, 3), (None, 2)]  # fmt: skip


def test_rules_are_listed_in_pages_and_by_what_they_name(client):
    for key, scope in {"l1": {}, "l2": {"sku": "mug"}, "l3": {"sku": "mug"}}.items():
        client.put(f"/v1/keep-backs/{key}", json=RULE | {"id": key} | scope)
    first = client.get("/v1/keep-backs", params={"limit": 2}).json()
    after = client.get("/v1/keep-backs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in [*first["items"], *after["items"]]] == ["l1", "l2", "l3"]
    mugs = client.get("/v1/keep-backs", params={"sku": "mug", "purpose": "buffer"}).json()
    assert [one["id"] for one in mugs["items"]] == ["l2", "l3"]
    assert client.get("/v1/keep-backs", params={"purpose": "safety"}).json()["items"] == []
    for key in ("l1", "l2", "l3"):
        client.delete(f"/v1/keep-backs/{key}")


@pytest.mark.parametrize(
    ("because", "changes", "status", "pointers"),
    [
        ("every field that is wrong is named", {"units": None, "node_kind": "store"}, 400,
         ["/node_kind", "/units"]),
        ("nobody has that category", {"category": "lmaps"}, 400, ["/category"]),
        ("a reason is needed", {"reason": ""}, 400, ["/reason"]),
        ("fewer than none", {"units": -1}, 400, ["/units"]),
        ("no such purpose", {"purpose": "whim"}, 400, ["/purpose"]),
        ("no such SKU", {"sku": "spoon"}, 422, []),
        ("no such node", {"node": "OSLO"}, 422, []),
        ("no such channel", {"channel": "fax"}, 422, []),
        ("the address says otherwise", {"id": "other"}, 400, ["/id"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(client, because, changes, status, pointers):
    refused = client.put("/v1/keep-backs/hall", json=RULE | changes)
    assert refused.status_code == status, because
    assert [fault["pointer"] for fault in refused.json().get("errors", [])] == pointers, because
    assert client.get("/v1/keep-backs/hall").status_code == 404


def test_who_writes_for_one_node_keeps_back_only_there(client, shared):
    with calling(shared, Permission.PROMISE_WRITE, nodes=("SHOP",)) as manager:
        assert manager.put("/v1/keep-backs/mine", json=RULE | {"id": "mine"}).status_code == 200
        for wider in ({"node": None}, {"node": "PAR"}, {"node": None, "sku": "mug"}):
            refused = manager.put("/v1/keep-backs/wide", json=RULE | {"id": "wide"} | wider)
            assert refused.status_code == 403, wider
        client.put("/v1/keep-backs/wide", json=RULE | {"id": "wide", "node": None})
        grab = manager.put(
            "/v1/keep-backs/wide", json=RULE | {"id": "wide"}, headers={"If-Match": '"1"'}
        )
        assert grab.status_code == 403, "it reached further before"
        assert manager.delete("/v1/keep-backs/wide").status_code == 403
        assert manager.delete("/v1/keep-backs/mine").status_code == 204
    client.delete("/v1/keep-backs/wide")


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    return retail


def keep(tx, key, units, purpose=Purpose.BUFFER, **more):
    rule = KeepBack(id=key, purpose=purpose, units=units, reason="because", **more)
    actions.save(tx, rule, actor=ACTOR, now=clock.now(tx))


PAIRS = [("mug", "PAR"), ("cup", "PAR"), ("mug", "SHOP"), ("cup", "SHOP")]


def test_without_rules_the_nodes_keep_their_own_buffers(tx):
    assert views.kept_back(tx, PAIRS) == {}
    world.amend(tx, "SHOP", buffer_units=2)
    assert views.kept_back(tx, PAIRS) == {("mug", "SHOP"): 2, ("cup", "SHOP"): 2}
    assert views.kept_back(tx, []) == {}


def test_a_local_exception_beats_the_rule_for_all(tx):
    world.amend(tx, "SHOP", buffer_units=2)
    keep(tx, "all", 1)
    keep(tx, "mugs", 0, sku="mug")
    keep(tx, "tills", 3, Purpose.PROTECTION, channel="web", node="PAR")
    assert views.kept_back(tx, PAIRS) == {
        ("mug", "PAR"): 3, ("cup", "PAR"): 4, ("cup", "SHOP"): 1,
    }  # fmt: skip
    assert views.kept_back(tx, PAIRS, "web") == {("cup", "PAR"): 1, ("cup", "SHOP"): 1}


@pytest.mark.parametrize(
    ("because", "begins_in_days", "units"),
    [
        ("the day before it begins, nothing", 1, 0),
        ("on its first day", 0, 5),
        ("on its last day", -2, 5),
        ("and not after", -3, 0),
    ],
)
def test_a_rule_holds_from_its_first_day_to_its_last(tx, because, begins_in_days, units):
    first = MONDAY.date() + timedelta(days=begins_in_days)
    keep(tx, "sale", 5, valid_from=first, valid_until=first + timedelta(days=2))
    kept = views.kept_back(tx, [("mug", "PAR")])
    assert kept.get(("mug", "PAR"), 0) == units, because


def test_days_of_sales_go_by_what_was_measured(tx):
    world.shelve(tx, "PAR", mug=100)
    for number, ago, kind in (
        (14, 1, "sold"),
        (7, 27, "shipped"),
        (50, 29, "sold"),
        (9, 2, "lost"),
    ):
        leaves = Move(sku="mug", quantity=number, source=Place("PAR", State.AVAILABLE),
                      target=Place("PAR", State.OUTSIDE))  # fmt: skip
        at = MONDAY - timedelta(days=ago)
        movement = Movement(
            id=f"m{ago}", kind=MovementKind(kind), cause="till:1", happened_at=at, moves=(leaves,)
        )
        stock.shift(tx, [movement], actor=ACTOR, now=at)
    rule = KeepBack(id="days", purpose=Purpose.BUFFER, days=4, reason="weekend")
    actions.save(tx, rule, actor=ACTOR, now=MONDAY)
    assert views.kept_back(tx, PAIRS) == {}, "nothing was measured yet"
    assert actions.measure(tx, {"SHOP": 0.8}, now=MONDAY) == 1
    assert views.kept_back(tx, PAIRS) == {("mug", "PAR"): 3}, "four days of 21 units in 28 days"
    keep(tx, "doubt", 6, Purpose.SAFETY, below_accuracy=0.9)
    assert views.kept_back(tx, PAIRS) == {
        ("mug", "PAR"): 3, ("mug", "SHOP"): 6, ("cup", "SHOP"): 6,
    }  # fmt: skip
    actions.measure(tx, {"SHOP": 0.95}, now=MONDAY)
    assert ("mug", "SHOP") not in views.kept_back(tx, PAIRS), "it was counted again, and well"


def test_a_category_is_what_the_catalog_says(tx):
    tx.execute("update sku set category = 'cups' where code in ('mug', 'cup')")
    keep(tx, "cups", 2, category="cups")
    keep(tx, "cup", 1, sku="cup")
    asked = [*PAIRS, ("bowl", "PAR")]
    assert views.kept_back(tx, asked) == {
        ("mug", "PAR"): 2, ("mug", "SHOP"): 2, ("cup", "PAR"): 1, ("cup", "SHOP"): 1,
    }  # fmt: skip
