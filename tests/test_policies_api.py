"""Policies through their door: drafted, made a version, differing, live from when on."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest

import world
from caller import calling
from noria.kit import clock, trail
from noria.kit.auth import Permission
from noria.kit.db import Database
from noria.policies import views
from noria.policies.model import OF_ALL
from noria.promise import views as promises

DRAFT = {"settings": {"split_cents": 400}}


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        world.build(tx)
    with calling(db) as client:
        yield client


def publish(client, name, **content):
    made = client.put("/v1/policies/drafts/" + name, json=content)
    assert made.status_code == 200, made.text
    body = {"draft": name, "draft_version": 1, "reason": "a trial"}
    done = client.put("/v1/policies/versions/" + name, json=body)
    assert done.status_code == 200, done.text
    return done.json()


def activate(client, key, policy, **more):
    return client.put(
        f"/v1/policies/activations/{key}", json={"policy": policy, "reason": "a trial"} | more
    )


def live(client):
    return client.get("/v1/policies/live").json()["policy"]["id"]


def test_from_a_draft_to_a_roll_back(client, db):
    first = live(client)
    made = client.put("/v1/policies/drafts/dearer", json=DRAFT)
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    more = DRAFT | {"based_on": first}
    assert client.put("/v1/policies/drafts/dearer", json=more).status_code == 428
    changed = client.put("/v1/policies/drafts/dearer", json=more, headers={"If-Match": '"1"'})
    assert changed.headers["etag"] == '"2"'
    found = client.get("/v1/policies/differences/live/draft:dearer").json()["items"]
    assert {"pointer": "/settings/split_cents", "before": 250, "after": 400} in found
    body = {"draft": "dearer", "draft_version": 1, "reason": "door bells"}
    stale = client.put("/v1/policies/versions/dearer", json=body)
    assert stale.status_code == 412, "what was reviewed is not what would be made"
    body["draft_version"] = 2
    version = client.put("/v1/policies/versions/dearer", json=body)
    assert version.status_code == 200
    assert client.put("/v1/policies/versions/dearer", json=body).json() == version.json()
    assert client.get("/v1/policies/drafts/dearer").status_code == 404, "it is a version now"
    assert live(client) == first, "and not live yet"
    assert activate(client, "a1", "dearer").status_code == 200
    assert live(client) == "dearer"
    assert activate(client, "a2", first).status_code == 200
    assert live(client) == first, "rolled back"
    listed = client.get("/v1/policies/activations", params={"limit": 2}).json()
    assert [one["id"] for one in listed["items"]] == ["a2", "a1"]
    rest = client.get("/v1/policies/activations", params={"cursor": listed["next"]}).json()
    assert [one["id"] for one in rest["items"]][-1] == "shipped"
    assert_one_is_live(client, "a2")
    with db.transaction() as tx:
        told = [one.action for one in trail.entries(tx, subject="dearer")]
    assert told == [
        "policy.activated", "policy.published", "policy.draft.changed", "policy.draft.changed"
    ]  # fmt: skip


def assert_one_is_live(client, activation):
    """Each activation names what took its place; those that came with Noria did so at once."""
    pages, at = [], {}
    while at is not None and len(pages) < 10:
        found = client.get("/v1/policies/activations", params={"limit": 1} | at).json()
        pages += found["items"]
        at = found["next"] and {"cursor": found["next"]}
    assert [one["id"] for one in pages if one["is_live"]] == [activation]
    assert len({one["id"] for one in pages}) == len(pages), "each once, page by page"
    assert pages[0]["replaced_by"] is None
    for after, one in pairwise(pages):
        assert (one["replaced_by"], one["ends_at"]) == (after["policy"], after["starts_at"])
    shipped = [one for one in pages if one["author"] == "system:noria"]
    assert len(shipped) == 3
    assert [one["ends_at"] == one["starts_at"] for one in shipped] == [False, True, True]
    versions = client.get("/v1/policies/versions").json()["items"]
    assert [one["id"] for one in versions if one["is_live"]] == [live(client)]
    assert [one["id"] for one in versions if one["is_shipped"]] == [
        one["policy"] for one in shipped
    ]


def test_every_setting_says_what_may_be_written(client):
    found = {one["name"]: one for one in client.get("/v1/policies/settings").json()["items"]}
    usual = client.get("/v1/policies/versions/greedy-1").json()["content"]["settings"]
    assert found.keys() == usual.keys()
    assert found["split"]["choices"] == ["by_cost", "by_value", "never"]
    chance = found["promised_chance"]
    assert (chance["kind"], chance["minimum"], chance["maximum"]) == ("share", 0.5, 0.999)
    assert (found["is_excluded"]["kind"], found["is_excluded"]["is_of_a_node"]) == ("switch", True)
    assert {name for name, one in found.items() if one["is_of_all"]} == OF_ALL
    for bound in ("minimum", "maximum"):
        ends = {name: one[bound] for name, one in found.items() if one[bound] is not None}
        taken = client.put(f"/v1/policies/drafts/{bound}", json={"settings": ends})
        assert taken.status_code == 200, "what stands at its bounds may be written"


def test_live_at_its_time_and_taken_back(client, db):
    first = live(client)
    publish(client, "winter", settings={"priority": 10})
    soon = clock.wall() + timedelta(seconds=1)
    asked = activate(client, "w", "winter", starts_at=soon.isoformat())
    assert asked.status_code == 200
    later = clock.wall() + timedelta(days=1)
    assert activate(client, "l", first, starts_at=later.isoformat()).status_code == 200
    told = client.get("/v1/policies/live").json()
    assert (told["policy"]["id"], [one["id"] for one in told["coming"]]) == (first, ["w", "l"])
    past = activate(client, "p", "winter", starts_at="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["code"]) == (422, "activation-past")
    assert client.delete("/v1/policies/activations/l").status_code == 204
    assert client.delete("/v1/policies/activations/l").status_code == 204
    back, coming = client.get("/v1/policies/activations").json()["items"][:2]
    assert (back["id"], back["replaced_by"], coming["replaced_by"]) == ("l", None, None)
    while clock.wall() < soon:
        time.sleep(0.05)
    told = client.get("/v1/policies/live").json()
    assert (told["policy"]["id"], told["coming"]) == ("winter", [])
    assert client.delete("/v1/policies/activations/w").json()["code"] == "activation-begun"
    assert client.delete("/v1/policies/activations/nobody").status_code == 404


def test_every_process_decides_under_it_at_once(client, url):
    """Each stands for a server process: a pool of its own, and what it knew before."""
    publish(client, "quick", settings={"split_cents": 1})
    others = [Database(url, pool_size=2) for _ in range(3)]
    try:
        for other in others:
            with other.transaction() as tx:
                assert views.live(tx).id != "quick"

        def waited(other):
            began = time.monotonic()
            while time.monotonic() - began < 5:
                with other.transaction() as tx:
                    if views.live(tx).content.settings.split_cents == 1:
                        return time.monotonic() - began
            return 5.0

        assert activate(client, "q", "quick").status_code == 200
        with ThreadPoolExecutor(3) as threads:
            assert max(threads.map(waited, others)) < 1
    finally:
        for other in others:
            other.close()


def test_wrong_fields_are_pointed_at(client):
    wrong = {
        "settings": {"split_cents": 400},
        "overrides": [
            {"id": "a", "channel": "moon", "sets": {"window_minutes": 999}, "reason": "x"},
        ],
    }
    refused = client.put("/v1/policies/drafts/wrong", json=wrong)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [
        "/overrides/0/channel",
        "/overrides/0/sets/window_minutes",
    ]
    typed = client.put("/v1/policies/drafts/wrong", json={"settings": {"split_cents": -1}})
    assert [fault["pointer"] for fault in typed.json()["errors"]] == ["/settings/split_cents"]
    assert client.get("/v1/policies/drafts/wrong").status_code == 404
    assert client.delete("/v1/policies/drafts/wrong").status_code == 404
    assert activate(client, "x", "nobody").status_code == 404
    assert client.get("/v1/policies/versions/nobody").status_code == 404


def test_drafts_are_listed_and_given_up(client):
    for key in ("d1", "d2", "d3"):
        client.put(f"/v1/policies/drafts/{key}", json=DRAFT)
    first = client.get("/v1/policies/drafts", params={"limit": 2}).json()
    rest = client.get("/v1/policies/drafts", params={"cursor": first["next"]}).json()
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == ["d1", "d2", "d3"]
    stale = client.delete("/v1/policies/drafts/d1", headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    assert client.delete("/v1/policies/drafts/d1").status_code == 204
    publish(client, "d4", **DRAFT)
    listed = client.get("/v1/policies/versions", params={"limit": 1}).json()
    assert [one["id"] for one in listed["items"]] == ["d4"]
    again = {"draft": "d2", "draft_version": 1, "reason": "another"}
    assert client.put("/v1/policies/versions/d4", json=again).json()["code"] == "id-reused"


def test_what_is_written_once_never_changes(client, db):
    publish(client, "fixed", **DRAFT)
    for table in ("policy_version", "policy_activation", "policy_protection"):
        with (
            pytest.raises(psycopg.errors.RaiseException, match="never changes"),
            db.transaction() as tx,
        ):
            tx.execute(f"delete from {table}")


def test_an_events_protection_keeps_units_from_others(client, db):
    client.put("/v1/channels/stores", json={"name": "Stores"})
    with db.transaction() as tx:
        world.shelve(tx, "SHOP", mug=5)
    publish(
        client,
        "sales",
        protections=[
            {
                "id": "first",
                "channel": "stores",
                "node_kind": "store",
                "units": 4,
                "reason": "sales",
            }
        ],
    )

    def seen(channel):
        with db.transaction() as tx:
            return [one.units for one in promises.available_to(tx, ["mug"], {channel})[channel]]

    assert seen("web") == [5]
    activate(client, "s", "sales")
    assert (seen("web"), seen("stores")) == ([1], [5])
    activate(client, "back", "greedy-1")
    assert seen("web") == [5]


def test_channels_are_ranked_by_what_was_measured(client):
    client.put("/v1/channels/stores", json={"name": "Stores"})
    today = clock.wall().date().isoformat()
    items = [
        {"channel": "web", "day": today, "conversion": 0.02, "margin": 0.5, "rotation": 4},
        {"channel": "stores", "day": today, "conversion": 0.2, "margin": 0.4, "rotation": 6},
    ]
    noted = client.post("/v1/policies/channel-measures", json={"items": items})
    assert noted.json() == {"changed": 2}
    again = client.post("/v1/policies/channel-measures", json={"items": items})
    assert again.json() == {"changed": 0}
    bad = [items[0] | {"channel": "moon"}]
    unknown = client.post("/v1/policies/channel-measures", json={"items": bad})
    assert unknown.json()["code"] == "unknown-codes"
    publish(client, "ranked", ranking={"rotation": 1})
    activate(client, "r", "ranked")
    ranked = client.get("/v1/policies/channel-ranks").json()["items"]
    assert [(one["channel"], one["rank"], one["by"]) for one in ranked] == [
        ("stores", 100.0, "measures"), ("web", 0.0, "measures")
    ]  # fmt: skip
    page = client.get("/v1/policies/channel-measures", params={"limit": 1}).json()
    assert page["next"]


def test_who_writes_may_not_activate(client, db):
    publish(client, "mine", **DRAFT)
    with calling(db, Permission.POLICIES_READ, Permission.POLICIES_WRITE) as planner:
        assert planner.put("/v1/policies/drafts/more", json=DRAFT).status_code == 200
        assert activate(planner, "no", "mine").status_code == 403


def test_a_version_with_a_setting_that_is_no_more_can_still_be_read(tx):
    text = (
        '{"settings": {"split_cents": 5, "overtime_cents": 9}, "overrides": ['
        '{"id": "a", "reason": "r", "sets": {"overtime_cents": 3}},'
        ' {"id": "b", "reason": "r", "sets": {"overtime_cents": 3, "split_cents": 7}}]}'
    )
    tx.execute(
        """
        insert into policy_version (id, content, author, reason, made_at)
        values ('old', %s, 'a', 'r', now())
        """,
        [text],
    )
    old = views.version(tx, "old").content
    assert old.settings.split_cents == 5
    assert [(one.id, dict(one.sets)) for one in old.overrides] == [("b", {"split_cents": 7})]
