from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from litestar import Litestar, get
from litestar.testing import TestClient

from caller import application
from noria.app import create_app
from noria.kit import clock
from noria.kit.auth import ROLES, SYSTEM, Permission, Role
from noria.kit.config import load
from noria.people import actions, gate, passwords, rules
from noria.people.model import Grant, KeyWish, Profile

PASSWORD = "neuf-tramways-a-l-aube"
CLAIRE = {"email": "claire@example.org", "password": PASSWORD}
SESSION, CSRF = "__Host-noria_session", "noria_csrf"
P = Permission


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords.of_nobody.cache_clear()
    yield
    passwords.of_nobody.cache_clear()


@pytest.fixture
def app(db):
    with application(db) as app:
        yield app


@pytest.fixture
def client(app):
    with TestClient(app, base_url="https://testserver.local") as client:
        yield client


def add_person(db, email="claire@example.org", role=Role.DIRECTOR, language="en"):
    profile = Profile(email=email, name="Claire", language=language)
    grants = [Grant(role=role, nodes=None)]
    return db.run(
        lambda tx: actions.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    )


def add_key(db, *permissions):
    wish = KeyWish(name="Till", permissions=permissions, nodes=None)
    return db.run(lambda tx: actions.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(client):
    answer = client.post("/v1/sessions", json=CLAIRE)
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf_token"]}


def code(answer):
    assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.status_code, answer.json()["code"]


# sessions


def test_cookies_keep_the_session_from_scripts_and_other_sites(client, db):
    add_person(db)
    answer = client.post("/v1/sessions", json=CLAIRE)
    session, csrf = sorted(answer.headers.get_list("set-cookie"), key=len, reverse=True)
    for cookie in (session, csrf):
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "samesite=lax", "path=/", f"max-age={12 * 3600}"} <= flags
        assert ("httponly" in flags) == cookie.startswith(SESSION)
        assert not any(flag.startswith("domain") for flag in flags)
    assert answer.json()["me"]["reach"]["people.write"] is None
    assert answer.json()["csrf_token"] == answer.cookies[CSRF]
    assert answer.cookies[SESSION] not in answer.text


def test_without_https_the_cookie_has_no_prefix(db):
    add_person(db)
    app = create_app(load({"NORIA_SECURE_COOKIES": "false"}), db)
    with TestClient(app) as client:
        log_in(client)
        assert client.cookies["noria_session"]
        assert client.get("/v1/me").status_code == 200


def test_who_logs_in_is_known_until_they_log_out(client, db):
    person = add_person(db)
    assert code(client.get("/v1/me")) == (401, "not-logged-in")
    token = log_in(client)
    me = client.get("/v1/me").json()
    assert (me["id"], me["name"]) == (f"person:{person.id}", "Claire")
    stolen = client.cookies[SESSION]
    answer = client.delete("/v1/sessions/current", headers=token)
    assert answer.status_code == 204
    assert SESSION not in client.cookies
    client.cookies[SESSION] = stolen
    assert code(client.get("/v1/me")) == (401, "session-over")


def test_a_wrong_log_in_is_a_problem_and_sets_nothing(client, db):
    add_person(db)
    for wrong in ({"email": "nobody@example.org"}, {"password": "not-the-password"}):
        answer = client.post("/v1/sessions", json=CLAIRE | wrong)
        assert code(answer) == (401, "log-in-refused")
        assert "set-cookie" not in answer.headers


def test_too_many_wrong_log_ins_say_when_to_come_back(client, db):
    add_person(db)
    for _ in range(10):
        client.post("/v1/sessions", json=CLAIRE | {"password": "wrong"})
    answer = client.post("/v1/sessions", json=CLAIRE)
    assert code(answer) == (429, "too-many-log-ins")
    assert 80 <= int(answer.headers["retry-after"]) <= 90


def test_an_old_cookie_does_not_hinder_a_log_in(client, db):
    add_person(db)
    client.cookies[SESSION] = "of-last-year"
    log_in(client)
    assert client.get("/v1/me").status_code == 200


@pytest.mark.parametrize("sent", [{}, {"X-CSRF-Token": "made-up"}, {"X-CSRF-Token": ""}])
def test_a_session_alone_changes_nothing(client, db, sent):
    add_person(db)
    log_in(client)
    for method, address in (
        ("POST", "/v1/people"),
        ("PUT", "/v1/me/password"),
        ("DELETE", "/v1/sessions/current"),
    ):
        assert code(client.request(method, address, headers=sent)) == (403, "csrf-token-wrong")
    assert client.get("/v1/people").status_code == 200


def test_the_csrf_token_of_another_session_is_wrong(client, app, db):
    add_person(db)
    with TestClient(app, base_url="https://testserver.local") as other:
        foreign = log_in(other)
    log_in(client)
    answer = client.delete("/v1/sessions/current", headers=foreign)
    assert code(answer) == (403, "csrf-token-wrong")


def test_a_key_needs_no_csrf_token_and_is_no_session(client, db):
    made = add_key(db, P.STOCK_READ)
    answer = client.delete("/v1/sessions/current", headers=bearer(made.token))
    assert code(answer) == (403, "people-only")


def test_a_wrong_key_is_not_passed_over_for_a_good_session(client, db):
    add_person(db)
    log_in(client)
    assert code(client.get("/v1/me", headers=bearer("noria_x_y"))) == (401, "key-refused")
    answer = client.get("/v1/me", headers={"Authorization": "Basic eDp5"})
    assert code(answer) == (401, "not-logged-in")


def test_a_changed_password_ends_the_other_sessions(client, app, db):
    add_person(db)
    token = log_in(client)
    with TestClient(app, base_url="https://testserver.local") as other:
        log_in(other)
        change = {"current": PASSWORD, "new": "sept-navires-au-port"}
        assert client.put("/v1/me/password", json=change, headers=token).status_code == 204
        assert client.get("/v1/me").status_code == 200
        assert code(other.get("/v1/me")) == (401, "session-over")


def test_refusals_are_said_in_the_language_of_the_person(client, db):
    add_person(db, role=Role.READ_ONLY, language="fr")
    log_in(client)
    answer = client.get("/v1/people")
    assert code(answer) == (403, "forbidden")
    assert "Il faut la permission people.read" in answer.text
    assert "This needs" in client.get("/v1/people", headers={"Accept-Language": "en"}).text


# people


def test_a_person_is_added_read_edited_and_listed(client, db):
    add_person(db)
    token = log_in(client)
    new = {
        "email": "Sam@Example.org",
        "name": "Sam",
        "password": PASSWORD,
        "grants": [{"role": "planner", "nodes": None}],
    }
    sam = client.post("/v1/people", json=new, headers=token).json()
    address = f"/v1/people/{sam['id']}"
    read = client.get(address)
    assert read.json() == sam
    assert PASSWORD not in read.text
    edit = {"email": "sam@example.org", "name": "Samuel", "language": "fr"}
    assert code(client.put(address, json=edit, headers=token)) == (428, "if-match-missing")
    match = token | {"If-Match": read.headers["etag"]}
    assert client.put(address, json=edit, headers=match).json()["name"] == "Samuel"
    assert code(client.put(address, json=edit, headers=match)) == (412, "stale")
    match["If-Match"] = client.get(address).headers["etag"]
    grants = client.put(f"{address}/grants", json={"grants": []}, headers=match).json()
    assert grants["grants"] == []
    first = client.get("/v1/people", params={"limit": 1}).json()
    rest = client.get("/v1/people", params={"cursor": first["next"]}).json()
    emails = [person["email"] for person in first["items"] + rest["items"]]
    assert emails == ["claire@example.org", "sam@example.org"]
    assert rest["next"] is None


def test_a_password_leaves_no_trace_in_remembered_answers(client, db):
    add_person(db)
    token = log_in(client) | {"Idempotency-Key": "once"}
    new = {"email": "sam@example.org", "name": "Sam", "password": PASSWORD}
    first = client.post("/v1/people", json=new, headers=token)
    again = client.post("/v1/people", json=new | {"password": "another-one-12"}, headers=token)
    assert first.json() == again.json(), "no digest of it is kept that could be guessed at"
    other = client.post("/v1/people", json=new | {"name": "Sue"}, headers=token)
    assert code(other) == (409, "id-reused")


def test_a_forgotten_password_is_replaced(client, db):
    add_person(db)
    sam = add_person(db, "sam@example.org", Role.PLANNER)
    token = log_in(client)
    answer = client.put(
        f"/v1/people/{sam.id}/password", json={"password": "sept-navires-au-port"}, headers=token
    )
    assert answer.status_code == 204
    body = {"email": "sam@example.org", "password": "sept-navires-au-port"}
    assert client.post("/v1/sessions", json=body).status_code == 201


# keys


def test_a_token_is_shown_once(client, db):
    add_person(db)
    token = log_in(client) | {"Idempotency-Key": "k1"}
    wish = {"name": "Till", "permissions": ["stock.read"], "nodes": None}
    first = client.post("/v1/keys", json=wish, headers=token)
    assert first.status_code == 201
    assert first.json()["token"].startswith(f"noria_{first.json()['key']['id']}_")
    again = client.post("/v1/keys", json=wish, headers=token)
    assert again.json() == first.json() | {"token": None}
    secret = first.json()["token"].split("_", 2)[2]
    assert secret not in client.get("/v1/keys").text
    with db.transaction() as tx:
        assert secret.encode() not in tx.execute("select body from answer").fetchone()[0]


def test_the_clock_is_not_given_over_the_network(client, db):
    add_person(db)
    token = log_in(client)
    wish = {"name": "Replay", "permissions": ["clock.drive"], "nodes": None}
    answer = client.post("/v1/keys", json=wish, headers=token)
    assert code(answer) == (403, "command-line-only")


def test_a_key_is_rotated_with_an_overlap(client, db, hands):
    add_person(db)
    token = log_in(client)
    made = add_key(db, P.STOCK_READ)
    address = f"/v1/keys/{made.key.id}/rotation"
    week, more = {"overlap_minutes": 7 * 24 * 60}, {"overlap_minutes": 7 * 24 * 60 + 1}
    assert client.post(address, json=more, headers=token).status_code == 400
    fresh = client.post(address, json=week, headers=token).json()["token"]
    for secret in (made.token, fresh):
        assert client.get("/v1/me", headers=bearer(secret)).status_code == 200
    hands.move(days=7)
    assert code(client.get("/v1/me", headers=bearer(made.token))) == (401, "key-refused")
    assert client.get("/v1/me", headers=bearer(fresh)).status_code == 200


def test_a_revocation_acts_within_five_seconds_in_every_process(client, db, hands):
    add_person(db)
    token = log_in(client)
    made = add_key(db, P.STOCK_READ)
    assert client.get("/v1/me", headers=bearer(made.token)).status_code == 200
    address = f"/v1/keys/{made.key.id}/revocation"
    assert client.put(address, json={"reason": "leaked"}, headers=token).json()["revoked_at"]
    hands.move(seconds=5)
    assert code(client.get("/v1/me", headers=bearer(made.token))) == (401, "key-refused")


def test_a_key_is_not_looked_up_for_every_request(client, db, hands, monkeypatch):
    made = add_key(db, P.STOCK_READ)
    looked_up = []
    monkeypatch.setattr(
        actions,
        "actor_of_key",
        lambda *args, real=actions.actor_of_key, **named: (
            looked_up.append(1) or real(*args, **named)
        ),
    )
    for _ in range(20):
        client.get("/v1/me", headers=bearer(made.token))
    assert len(looked_up) == 1
    hands.move(seconds=-3600)
    client.get("/v1/me", headers=bearer(made.token))
    assert len(looked_up) == 2, "a clock that was set back makes nothing believed for longer"


def test_an_expiring_key_is_not_believed_beyond_its_end(client, db, hands):
    wish = KeyWish(
        name="Short",
        permissions=(P.STOCK_READ,),
        nodes=None,
        expires_at=hands.now + timedelta(seconds=2),
    )
    made = db.run(lambda tx: actions.add_key(tx, wish, actor=SYSTEM, now=hands.now))
    assert client.get("/v1/me", headers=bearer(made.token)).status_code == 200
    hands.move(seconds=2)
    assert code(client.get("/v1/me", headers=bearer(made.token))) == (401, "key-refused")


# the trail


def test_the_trail_tells_who_changed_what_under_which_request(client, db):
    person = add_person(db)
    token = log_in(client)
    wish = {"name": "Till", "permissions": ["stock.read"], "nodes": None}
    made = client.post("/v1/keys", json=wish, headers=token | {"X-Request-Id": "r-42"}).json()
    found = client.get("/v1/trail", params={"subject": f"key:{made['key']['id']}"}).json()
    (entry,) = found["items"]
    assert (entry["actor"], entry["action"]) == (f"person:{person.id}", "key.added")
    assert entry["actor_name"] == "Claire"
    assert (entry["request_id"], entry["after"]["name"]) == ("r-42", "Till")
    first = client.get("/v1/trail", params={"limit": 2}).json()
    rest = client.get("/v1/trail", params={"cursor": first["next"]}).json()
    told = [entry["action"] for entry in first["items"] + rest["items"]]
    assert told == ["key.added", "session.opened", "person.added"]
    opened = client.get("/v1/trail", params={"action": "session.opened"}).json()["items"]
    assert [one["action"] for one in opened] == ["session.opened"]
    before = client.get("/v1/trail", params={"until": "2020-01-01T00:00:00Z"}).json()["items"]
    assert before == []


def test_roles_say_what_they_let_people_do(client, db):
    add_person(db)
    log_in(client)
    told = {one["role"]: set(one["permissions"]) for one in client.get("/v1/roles").json()}
    assert told == {role.value: {one.value for one in ROLES[role]} for role in Role}


@pytest.mark.parametrize("cursor", ["WyJhYmMiXQ==", "WzFd", "W10=", "x"])
def test_a_made_up_cursor_breaks_nothing(client, db, cursor):
    add_person(db)
    log_in(client)
    for address in ("/v1/trail", "/v1/people", "/v1/keys"):
        assert client.get(address, params={"cursor": cursor}).status_code in (200, 400)


# rate limits


def limited(db, per_minute):
    app = create_app(load({"NORIA_RATE_PER_MINUTE": str(per_minute)}), db)
    return TestClient(app, base_url="https://testserver.local")


def test_a_key_that_sends_too_much_is_told_when_to_come_back(db, hands):
    made, other = add_key(db, P.STOCK_READ), add_key(db, P.STOCK_READ)
    with limited(db, 3) as client:
        left = [
            client.get("/v1/me", headers=bearer(made.token)).headers["ratelimit"] for _ in range(3)
        ]
        assert left == ['"key";r=2;t=20', '"key";r=1;t=40', '"key";r=0;t=60']
        refused = client.get("/v1/me", headers=bearer(made.token))
        assert code(refused) == (429, "too-many-requests")
        assert refused.headers["retry-after"] == "20"
        assert refused.headers["ratelimit-policy"] == '"key";q=3;w=60'
        assert refused.headers["ratelimit"].startswith('"key";r=0')
        assert client.get("/v1/me", headers=bearer(other.token)).status_code == 200
        hands.move(seconds=20)
        assert client.get("/v1/me", headers=bearer(made.token)).status_code == 200


def test_two_processes_share_one_bucket(db, hands):
    made = add_key(db, P.STOCK_READ)
    with limited(db, 10) as one, limited(db, 10) as two:
        answers = [
            client.get("/v1/me", headers=bearer(made.token)).status_code
            for _ in range(10)
            for client in (one, two)
        ]
    assert answers.count(200) == 10


def test_no_limit_is_no_header(client, db):
    made = add_key(db, P.STOCK_READ)
    assert "ratelimit" not in client.get("/v1/me", headers=bearer(made.token)).headers


def test_refusals_also_of_the_route_say_what_is_left(db):
    made = add_key(db, P.STOCK_READ)
    with limited(db, 100) as client:
        answer = client.get("/v1/people", headers=bearer(made.token))
        assert answer.status_code == 403
        assert answer.headers["ratelimit"].startswith('"key";r=99')


# what the application must declare


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start():
    @get("/secret", sync_to_thread=False)
    def secret() -> None:
        """Say nothing about who may come."""

    with pytest.raises(LookupError, match="GET /secret"):
        gate.check_declared(Litestar([secret], openapi_config=None))


def test_every_route_of_noria_says_so(app):
    gate.check_declared(app)


def test_methods_may_be_asked_for_by_anybody(client):
    assert client.options("/v1/people").status_code == 204


def test_the_gate_forgets_before_it_grows_without_end(db, monkeypatch):
    monkeypatch.setattr(gate, "MOST_BELIEVED", 10)
    door = gate.Gate(db, load({}))
    now = clock.wall()
    for number in range(50):
        known = gate.Believed(actor=SYSTEM, since=now, until=now + timedelta(seconds=4))
        door._believe(rules.digest(str(number)), known, now + timedelta(seconds=number))
    assert len(door._believed) <= 10
