"""Whoever is let in at one node sees nobody who bought at another, whatever they ask.

A customer leaves words everywhere on the way of an order that one node sends. Every route is then
asked, with the ids of that order in every place where an id can stand, by each role at another node.
"""

import re

import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient

import world
from caller import application, calling, database
from noria.kit import clock
from noria.kit.auth import SYSTEM, Role
from noria.kit.openapi import document, operations
from noria.people import actions as people
from noria.people import passwords
from noria.people.model import Grant, Profile
from test_customers_erasure import CUSTOMER, bought, found, in_files, sent
from test_permissions import PASSWORD, is_endless, log_in
from world import MONDAY

THEIRS, OURS = "PAR", "LYS"
IDS = {
    "order": "o1", "order_id": "o1", "from_order": "o1", "to_order": "o1",
    "leg": "o1.1", "leg_id": "o1.1", "shipment": "o1.1", "shipment_id": "o1.1",
    "node": THEIRS, "source": THEIRS, "target": OURS, "store": THEIRS, "sku": "mug",
    "task": "leg:o1.1", "demand": "order:o1", "subject": "order:o1", "customer": CUSTOMER,
    "reservation": "o1.1.1", "reservation_id": "o1.1.1", "return_id": "b-o1", "return": "b-o1",
    "hold_id": "h-o1", "edit_id": "e-o1", "cancellation_id": "c-o1", "report_id": "r-o1",
    "replacement_id": "x-o1.1", "wait_id": "w-o1", "reply_id": "r-o1.1", "carrier": "plain",
    "export_id": "x1", "import_id": "i1", "note_id": "n1", "kind": "pick.short",
    "q": "zebulon", "code": "85123A", "channel": "web", "service": "HOME",
}  # fmt: skip
"""What stands for each name that an address or a body may have, of the order that is theirs."""
WITH_THE_DOOR = {"/v1/sessions", "/v1/sessions/current"}
"""Whoever asks these is somebody else afterwards."""


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords.of_nobody.cache_clear()
    yield
    passwords.of_nobody.cache_clear()


@pytest.fixture(scope="module")
def shop(server, template):
    """An order that one node sent, with words of its customer wherever any can be left."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            world.shelve(tx, THEIRS, mug=9)
        with calling(db) as client:
            bought(db, client)
            sent(db, client)
        in_files(db)
        yield db


@pytest.fixture
def app(shop):
    with application(shop) as app:
        yield app


def as_of(db, app, roles, nodes):
    """A client of somebody with these roles, at these nodes or at all."""
    profile = Profile(email=f"{len(nodes or ())}@example.org", name="Somebody", language="en")
    grants = [Grant(role=role, nodes=nodes) for role in roles]
    db.run(
        lambda tx: people.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    )
    client = TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False)
    log_in(client, profile.email)
    return client


def asked(app, client, methods):
    """Every request of these methods with the answer to it: reads in several ways, then changes."""
    description = document(app)
    every = [
        one
        for one in operations(app)
        if one.method in methods and not is_endless(one.handler) and one.path not in WITH_THE_DOOR
    ]
    for one in sorted(every, key=lambda one: one.method != "GET"):
        said = description["paths"][one.path][one.method.lower()]
        address = re.sub(r"{(\w+)}", lambda name: IDS.get(name[1], "o1"), one.path)
        if one.method == "GET":
            named = {part["name"] for part in said.get("parameters", ()) if part["in"] == "query"}
            filters = {name: IDS[name] for name in sorted(named & IDS.keys())}
            words = [{"q": filters["q"]}] if filters.keys() > {"q"} else []
            for params in ({}, *([filters] if filters else []), *words):
                yield f"GET {address} {params}", client.get(address, params=params)
            continue
        example = {}
        if one.body is not None:
            example = said["requestBody"]["content"]["application/json"]["example"]
        body = meant(example, {**IDS, "node": OURS, "store": OURS})
        yield f"{one.method} {address} {body}", client.request(one.method, address, json=body)


def meant(example, ids):
    """The example of a body, with ids of theirs wherever one stands."""
    if isinstance(example, dict):
        return {
            name: ids[name] if name in ids and isinstance(inner, str) else meant(inner, ids)
            for name, inner in example.items()
        }
    return [meant(one, ids) for one in example] if isinstance(example, list) else example


def leaks(app, client, methods):
    """The requests that were answered with a word of the customer that was not in them; which."""
    seen = {}
    for request, answer in asked(app, client, methods):
        assert answer.status_code < 500, f"{request}: {answer.text}"
        if told := found(answer.text + str(dict(answer.headers))) - found(request):
            seen[request] = told
    return seen


ALL = {"GET", "PUT", "POST", "DELETE", "PATCH"}


def test_whoever_may_see_them_does(shop, app):
    """Else the test below would find nothing wherever it looked."""
    seen = leaks(app, as_of(shop, app, [*Role], None), {"GET"})
    assert len({request.split()[1] for request in seen}) >= 10
    assert len(set().union(*seen.values())) >= 8


def test_nobody_of_another_node_is_seen(shop, app):
    """Whoever has every role there may whatever any of them may, and still sees nobody."""
    assert leaks(app, as_of(shop, app, [*Role], (OURS,)), ALL) == {}
