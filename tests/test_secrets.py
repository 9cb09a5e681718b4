"""What is secret is told once, to whom it is for: no later answer and no line of the log has it."""

import io

import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient

from caller import application
from noria.kit import clock, logs
from noria.kit.auth import SYSTEM, Role
from noria.kit.config import load
from noria.kit.openapi import operations
from noria.people import actions as people
from noria.people import passwords
from noria.people.model import Grant, Profile
from test_permissions import is_endless

PASSWORD, OTHERS = "neuf-tramways-a-l-aube", "sept-navires-au-port"
IDS = {"webhook_id": "wms", "person_id": "1"}


@pytest.fixture
def log(monkeypatch):
    """All that is logged, at the most talkative level; hashes that do not take their time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords.of_nobody.cache_clear()
    seen = io.StringIO()
    logs.start(load({"NORIA_LOG_LEVEL": "debug"}), seen)
    yield seen
    passwords.of_nobody.cache_clear()
    logs.start(load({}), io.StringIO())


def told(client):
    """Secrets that came into being, by what they are; each was in one answer, or in none."""
    answer = client.post("/v1/sessions", json={"email": "claire@example.org", "password": PASSWORD})
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    key = client.post(
        "/v1/keys", json={"name": "Till", "permissions": ["stock.read"], "nodes": None}
    ).json()["token"]
    hook = {"url": "https://example.org/hook", "event_types": ["*"]}
    signed = client.put("/v1/webhooks/wms", json=hook).json()["secret"]
    sam = {"email": "sam@example.org", "name": "Sam", "password": OTHERS, "grants": []}
    assert client.post("/v1/people", json=sam).status_code == 201
    wrong = {"email": "sam@example.org", "password": OTHERS + "-nearly"}
    assert client.post("/v1/sessions", json=wrong).status_code == 401
    return {
        "password": PASSWORD,
        "the password of somebody else": OTHERS,
        "session": client.cookies["__Host-noria_session"],
        "token of the session": answer.json()["csrf_token"],
        "key": key.split("_", 2)[2],
        "secret of a webhook": signed,
    }


def test_what_is_secret_is_told_once(db, log):
    profile = Profile(email="claire@example.org", name="Claire")
    grants = [Grant(role=role, nodes=None) for role in Role]
    db.run(
        lambda tx: people.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    )
    with (
        application(db) as app,
        TestClient(app, base_url="https://testserver.local") as client,
    ):
        secrets = told(client)
        for one in operations(app):
            if one.method == "GET" and not is_endless(one.handler):
                answer = client.get(one.path.format_map(Ids()))
                said = answer.text + str(dict(answer.headers))
                assert [what for what, word in secrets.items() if word in said] == [], one.path
    logged = log.getvalue()
    assert "/v1/keys" in logged, "what was asked is logged"
    assert [what for what, word in secrets.items() if word in logged] == []


class Ids(dict):
    """Of each kind of thing the one that there is, or one that there is not."""

    def __missing__(self, name):
        return IDS.get(name, "none")
