"""Webhooks over HTTP: set up, changed under a version, rotated, looked at, replayed."""

import re

from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient

from noria.kit import config, events
from noria.kit.auth import Actor, Permission
from noria.kit.clock import wall
from noria.kit.errors import Refusal
from noria.kit.event import Event
from noria.kit.http import Door, problem
from noria.webhooks import actions, api
from noria.webhooks.model import Outcome

WISH = {"url": "https://hooks.example.org/in", "event_types": ["order.*"]}
EVERYWHERE = {Permission.WEBHOOKS_WRITE: None, Permission.EVENTS_READ: None}
PARIS = {permission: frozenset({"PAR"}) for permission in EVERYWHERE}


def client(db, reach=EVERYWHERE):
    def door(request: Request) -> Door:
        return Door(
            db=db,
            actor=Actor(id="key:1", name="K", reach=reach),
            request_id="r-1",
            route=f"{request.method} /v1/webhooks",
            idempotency_key=request.headers.get("idempotency-key"),
            if_match=request.headers.get("if-match"),
        )

    def answer(_, refusal):
        said = problem(refusal)
        return Response(said, status_code=said.status)

    return TestClient(
        Litestar(
            [Router("/v1", route_handlers=[Router("/", route_handlers=api.routes)])],
            state=State({"settings": config.load({})}),
            dependencies={"door": Provide(door, sync_to_thread=False)},
            exception_handlers={Refusal: answer},
            openapi_config=None,
        )
    )


def happen(db, *subjects, node=None):
    given = [Event(type="order.accepted", subject=each, node=node) for each in subjects]
    db.run(lambda tx: events.publish(tx, given))
    while db.run(actions.fan_out):
        pass


def kill(db):
    """Let what is due be answered 410: dead at once."""
    for parcel in db.run(lambda tx: actions.claim(tx, now=wall(), limit=50)):
        db.run(
            lambda tx, parcel=parcel: actions.settle(tx, parcel, Outcome(status=410), now=wall())
        )


def test_the_life_of_an_endpoint(db):
    with client(db) as http:
        made = http.put("/v1/webhooks/wms", json=WISH)
        assert made.status_code == 200
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.json()["secret"])
        assert made.headers["etag"] == '"1"'
        assert http.put("/v1/webhooks/wms", json=WISH).json()["code"] == "if-match-missing"
        changed = http.put(
            "/v1/webhooks/wms", json=WISH | {"description": "WMS"}, headers={"If-Match": '"1"'}
        )
        assert changed.headers["etag"] == '"2"'
        assert changed.json()["secret"] is None
        stale = http.put("/v1/webhooks/wms", json=WISH, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        shown = http.get("/v1/webhooks/wms")
        assert shown.headers["etag"] == '"2"'
        assert shown.json()["description"] == "WMS"
        assert "whsec_" not in shown.text
        rotated = http.post("/v1/webhooks/wms/secret", json={"overlap_hours": 2}).json()
        assert rotated["secret"] != made.json()["secret"]
        assert rotated["previous_ends_at"]
        assert http.delete("/v1/webhooks/wms").status_code == 204
        assert http.get("/v1/webhooks/wms").status_code == 404
        assert http.delete("/v1/webhooks/wms").status_code == 404
    with db.transaction() as tx:
        found = tx.execute("select actor, action, before::text, after::text from trail").fetchall()
    assert [entry[:2] for entry in found] == [
        ("key:1", "webhook.changed"),
        ("key:1", "webhook.changed"),
        ("key:1", "webhook.secret.rotated"),
        ("key:1", "webhook.removed"),
    ]
    assert "whsec_" not in str(found), "the trail holds no secret"


def test_an_id_of_ours_and_once_for_each_key(db):
    with client(db) as http:
        headers = {"Idempotency-Key": "k1"}
        first = http.post("/v1/webhooks", json=WISH, headers=headers).json()
        assert http.post("/v1/webhooks", json=WISH, headers=headers).json() == first
        other = http.post("/v1/webhooks", json=WISH).json()
        assert other["webhook"]["id"] != first["webhook"]["id"]
        ids = sorted([first["webhook"]["id"], other["webhook"]["id"]])
        one = http.get("/v1/webhooks", params={"limit": 1}).json()
        two = http.get("/v1/webhooks", params={"limit": 1, "cursor": one["next"]}).json()
        assert [item["id"] for item in one["items"] + two["items"]] == ids
        assert two["next"] is None


CANNOT = [
    ("not encrypted", {"url": "http://hooks.example.org/"}, "target-refused"),
    ("our own machine", {"url": "https://127.0.0.1/"}, "target-refused"),
    ("its other name", {"url": "https://[::ffff:127.0.0.1]/"}, "target-refused"),
    ("a user name", {"url": "https://a:b@hooks.example.org/"}, "target-refused"),
    ("not the web", {"url": "https://hooks.example.org:22/"}, "target-refused"),
    ("no address", {"url": "hooks"}, "target-refused"),
    ("no event is called so", {"event_types": ["ordre.*"]}, "unknown-event-type"),
]
NO_WISHES = [
    {"event_types": []}, {"event_types": ["Order"]}, {"event_types": ["*.order"]}, {"url": 7},
    {"nodes": []}, {"nodes": ["a b"]}, {"secret": "whsec_x"}, {"is_active": "yes"},
]  # fmt: skip


def test_what_cannot_be_set_up(db):
    with client(db) as http:
        for because, change, code in CANNOT:
            answer = http.put("/v1/webhooks/wms", json=WISH | change)
            assert (answer.status_code, answer.json()["code"]) == (422, code), because
        for change in NO_WISHES:
            assert http.put("/v1/webhooks/wms", json=WISH | change).status_code == 400, change
        assert http.get("/v1/webhooks").json()["items"] == []


def test_nobody_sets_up_an_endpoint_that_hears_more_than_they_may(db):
    with client(db) as http:
        assert http.put("/v1/webhooks/all", json=WISH).status_code == 200
        assert http.put("/v1/webhooks/lys", json=WISH | {"nodes": ["LYS"]}).status_code == 200
    with client(db, PARIS) as http:
        assert http.put("/v1/webhooks/mine", json=WISH).status_code == 403
        assert (
            http.put("/v1/webhooks/mine", json=WISH | {"nodes": ["PAR", "LYS"]}).status_code == 403
        )
        assert http.put("/v1/webhooks/mine", json=WISH | {"nodes": ["PAR"]}).status_code == 200
        taken = http.put(
            "/v1/webhooks/lys", json=WISH | {"nodes": ["PAR"]}, headers={"If-Match": "*"}
        )
        assert taken.status_code == 403, "nor takes another's over"
        assert [item["id"] for item in http.get("/v1/webhooks").json()["items"]] == ["mine"]
        for path in ("/webhooks/all", "/webhooks/lys/health", "/webhooks/all/deliveries"):
            assert http.get(f"/v1{path}").status_code == 404, path
        for path in ("secret", "replay", "deliveries/msg_1/replay"):
            assert http.post(f"/v1/webhooks/all/{path}", json={}).status_code == 403, path
        assert http.delete("/v1/webhooks/lys").status_code == 403
    reader = {Permission.EVENTS_READ: None, Permission.WEBHOOKS_WRITE: frozenset({"PAR"})}
    with client(db, reader) as http:
        assert http.put("/v1/webhooks/x", json=WISH).status_code == 403, "to read is not to write"


def test_deliveries_the_dead_ones_and_their_replay(db):
    with client(db) as http:
        http.put("/v1/webhooks/wms", json=WISH)
        happen(db, "1", "2", "3")
        kill(db)
        happen(db, "4")
        first = http.get("/v1/webhooks/wms/deliveries", params={"limit": 2}).json()
        rest = http.get(
            "/v1/webhooks/wms/deliveries", params={"limit": 2, "cursor": first["next"]}
        ).json()
        assert [item["subject"] for item in first["items"] + rest["items"]] == ["3", "2", "1"]
        dead = http.get("/v1/webhooks/wms/deliveries", params={"status": "dead"}).json()["items"]
        assert [(item["status"], item["last_status"]) for item in dead] == [("dead", 410)] * 3
        health = http.get("/v1/webhooks/wms/health").json()
        assert (health["dead"], health["waiting"], health["failures"]) == (3, 0, 3)
        assert http.get("/v1/webhooks/wms").json()["stop_reason"] == "gone"
        one = dead[0]["id"]
        again = http.post(f"/v1/webhooks/wms/deliveries/{one}/replay").json()
        assert (again["id"], again["status"], again["attempts"]) == (one, "waiting", 0)
        twice = http.post(f"/v1/webhooks/wms/deliveries/{one}/replay")
        assert (twice.status_code, twice.json()["code"]) == (409, "delivery-not-dead")
        assert http.post("/v1/webhooks/wms/deliveries/none/replay").status_code == 404
        assert http.post("/v1/webhooks/wms/replay").json() == {"replayed": 2}
        assert http.post("/v1/webhooks/wms/replay").json() == {"replayed": 0}
        assert http.post("/v1/webhooks/none/replay").status_code == 404


def test_cursors_that_others_wrote(db):
    with client(db) as http:
        http.put("/v1/webhooks/wms", json=WISH)
        for token in ("WzFdCg==", "Wy0xXQ==", "WyJ4Il0=", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDBd"):
            answer = http.get("/v1/webhooks/wms/deliveries", params={"cursor": token})
            assert answer.status_code in {200, 400}, token


def test_the_types_there_are(db):
    with client(db) as http:
        found = http.get("/v1/event-types").json()
    assert {"name", "subject", "says"} == set(found[0])
    assert "order.accepted" in {each["name"] for each in found}
