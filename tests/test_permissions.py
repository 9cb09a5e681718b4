"""Every route with every role, and with nobody: let in exactly where the table of roles says so."""

import re
from pathlib import Path
from typing import get_origin

import pytest
from argon2 import PasswordHasher
from litestar.response import Stream
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from caller import application
from noria.kit import clock
from noria.kit.auth import ROLES, SYSTEM, Permission, Role, reach_of, roles_page
from noria.people import actions, gate, passwords
from noria.people.model import Grant, Profile

PASSWORD = "neuf-tramways-a-l-aube"
ABSENT = "0-none"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords.of_nobody.cache_clear()
    yield
    passwords.of_nobody.cache_clear()


@pytest.fixture
def app(db):
    with application(db, {}) as app:
        yield app


@pytest.fixture
def client(app):
    with TestClient(app, base_url="https://testserver.local") as client:
        yield client


def doors(app):
    """Each method and address of the application, with its handler."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    yield method, re.sub(r"{[^}]*}", ABSENT, route.path), handler


def may(role, handler):
    """What the table says; every role may come where any actor may."""
    needed = handler.opt.get("permission")
    return handler.opt.get("public") or needed is None or needed in ROLES[role]


def is_endless(handler):
    """A stream of events never ends, so nothing can wait for its answer."""
    answer = handler.parsed_fn_signature.return_type.annotation
    return issubclass(get_origin(answer) or answer, Stream)


def add_person(db, *grants):
    email = f"{grants[0].role.value}@example.org"
    profile = Profile(email=email, name="Somebody", language="en")
    db.run(
        lambda tx: actions.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    )
    return email


def log_in(client, email):
    """Come in, through the very door, as a browser does."""
    client.cookies.clear()
    answer = client.post("/v1/sessions", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]


def call(client, method, address, json=None):
    body = {} if method in ("POST", "PUT") and json is None else json
    return client.request(method, address, json=body)


def refused(answer):
    """The code of the refusal, if it was one of whoever asks rather than of what they ask."""
    if answer.status_code not in (401, 403):
        return None
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["request_id"]
    return answer.status_code, answer.json()["code"]


def test_nobody_comes_in_where_somebody_must_be_known(client, app):
    for method, address, handler in doors(app):
        answer = refused(call(client, method, address))
        expected = None if handler.opt.get("public") else (401, "not-logged-in")
        assert answer == expected, f"{method} {address}"


@pytest.mark.parametrize("role", Role)
def test_a_role_comes_in_exactly_where_the_table_lets_it(client, app, db, role):
    email = add_person(db, Grant(role=role, nodes=None))
    log_in(client, email)
    let_in, turned_away = 0, 0
    for method, address, handler in doors(app):
        where = f"{role.value}: {method} {address}"
        if not may(role, handler):
            assert refused(call(client, method, address)) == (403, "forbidden"), where
            turned_away += 1
        elif not is_endless(handler):
            assert refused(call(client, method, address)) is None, where
            let_in += 1
            if address == "/v1/sessions/current":
                log_in(client, email)
    assert let_in > 5
    assert turned_away > 0, "somebody must turn the clock"


def test_the_clock_is_driven_by_no_role():
    assert not any(Permission.CLOCK_DRIVE in permissions for permissions in ROLES.values())


def test_every_route_says_who_may_use_it(app):
    gate.check_declared(app)


# at some nodes only


@pytest.fixture
def two_stores(db):
    with db.transaction() as tx:
        for code in ("PAR", "LYS"):
            tx.execute(
                "insert into node (code, name, kind, country, postcode, town, latitude, longitude,"
                " time_zone) values (%s, %s, 'store', 'FR', '75001', 'X', 48, 2, 'Europe/Paris')",
                [code, code],
            )
        tx.execute("insert into sku (code, name) values ('mug', 'Mug')")
        tx.execute("insert into balance values ('mug', 'PAR', 'available', 3)")
        tx.execute("insert into balance values ('mug', 'LYS', 'available', 5)")


def movement(node):
    return {
        "kind": "found",
        "node": node,
        "cause": "count:1",
        "happened_at": "2011-11-01T09:00:00Z",
        "moves": [{"sku": "mug", "quantity": 1, "source": "outside", "target": "available"}],
    }


def count(node):
    return {
        "node": node,
        "counted_at": "2011-11-01T09:00:00Z",
        "lines": [{"sku": "mug", "quantity": 4}],
    }


def batch(*nodes):
    return {"items": [movement(node) | {"id": f"b-{node}"} for node in nodes]}


@pytest.mark.parametrize(
    ("because", "method", "address", "body", "expected"),
    [
        ("books at home", "PUT", "/v1/movements/m1", movement("PAR"), None),
        ("not elsewhere", "PUT", "/v1/movements/m1", movement("LYS"), (403, "forbidden")),
        ("counts at home", "PUT", "/v1/counts/c1", count("PAR"), None),
        ("not elsewhere", "PUT", "/v1/counts/c1", count("LYS"), (403, "forbidden")),
        ("all of a batch", "POST", "/v1/movements/batch", batch("PAR"), None),
        ("or none", "POST", "/v1/movements/batch", batch("PAR", "LYS"), (403, "forbidden")),
        ("reads at home", "GET", "/v1/skus/mug/nodes/PAR/entries", None, None),
        ("not elsewhere", "GET", "/v1/skus/mug/nodes/LYS/entries", None, (403, "forbidden")),
    ],
)
def test_a_manager_of_one_store_acts_in_that_store(
    client, db, two_stores, because, method, address, body, expected
):
    log_in(client, add_person(db, Grant(role=Role.STORE_MANAGER, nodes=("PAR",))))
    assert refused(call(client, method, address, body)) == expected, because


def test_a_manager_of_one_store_sees_that_store_in_lists(client, db, two_stores):
    log_in(client, add_person(db, Grant(role=Role.STORE_MANAGER, nodes=("PAR",))))
    for asked in ({}, {"node": ["PAR", "LYS"]}):
        shown = client.get("/v1/balances", params=asked).json()["items"]
        assert [(balance["node"], balance["quantity"]) for balance in shown] == [("PAR", 3)]


def test_an_auditor_of_one_store_does_not_read_the_trail_of_all(client, db, two_stores):
    log_in(client, add_person(db, Grant(role=Role.AUDITOR, nodes=("PAR",))))
    assert refused(client.get("/v1/trail")) == (403, "forbidden")


def test_grants_add_up_permission_by_permission():
    reach = reach_of(
        [
            (Role.STORE_MANAGER, frozenset({"PAR"})),
            (Role.STORE_ASSOCIATE, frozenset({"LYS"})),
            (Role.READ_ONLY, None),
        ]
    )
    assert reach[Permission.STOCK_READ] is None
    assert reach[Permission.STOCK_WRITE] == {"PAR"}
    assert reach[Permission.FULFILMENT_WORK] == {"PAR", "LYS"}
    assert Permission.PEOPLE_WRITE not in reach


def test_the_page_of_roles_is_the_table():
    page = Path(__file__).parents[1] / "docs" / "roles.md"
    assert page.read_text() == roles_page(), "python -m noria.kit.auth > docs/roles.md"
