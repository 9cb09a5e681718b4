"""Orders by the fast lane: merged with others, and answered as each would be alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import msgspec
import pytest

import caller
import crowd
import world
from noria.kit.auth import Permission
from noria.kit.db import tried
from noria.kit.errors import IdReused
from noria.lab.torture.servers import serving
from noria.network.model import NodeKind
from noria.orders import actions, merged_actions
from noria.orders.merged_actions import AskedOrder
from noria.people.lane import Lane
from noria.sourcing.memory import Memory

CALLERS = 36


def body(number):
    """Most can be sent; every sixth wants a SKU that is not known, or goes to nowhere."""
    order = world.order(mug=1 + number % 2, cup=1)
    told = msgspec.to_builtins(order)
    del told["id"]
    if number % 6 == 0:
        told["lines"] = [{"sku": "spoon", "quantity": 1, "price_cents": 1}]
    elif number % 6 == 3:
        told["destination"] = {"country": "DE", "postcode": "99999", "town": "?"}
    return told, 422 if number % 3 == 0 else 200


def asked(key, actor="x", **units):
    order = world.order(key, **units)
    return AskedOrder(order=order, digest=repr(order).encode(), actor=actor)


def test_orders_that_come_at_once_are_merged_and_each_has_its_own_answer(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=500, cup=500)
        world.shelve(tx, "LYS", mug=500)
    key = caller.add_key(db, [Permission.ORDERS_WRITE])
    with (
        serving(db.url, 1, {}) as [server],
        httpx2.Client(
            base_url=server.address, headers={"Authorization": f"Bearer {key}"}, timeout=60
        ) as client,
        ThreadPoolExecutor(CALLERS) as pool,
    ):

        def put(number):
            return client.put(f"/v1/orders/o{number}", json=body(number)[0])

        assert put(1).status_code == 200
        with db.transaction() as tx:
            tx.execute("select from balance where sku = 'mug' for update")
            waiting = [pool.submit(put, number) for number in range(2, CALLERS)]
            crowd.until_somebody_waits(db)
        told = {number: one.result() for number, one in enumerate(waiting, 2)}
        for number, answer in told.items():
            assert answer.status_code == body(number)[1], (number, answer.text)
            if answer.status_code == 200:
                assert answer.json()["id"] == f"o{number}"
                assert answer.json()["stage"] == "sourced"
        assert put(4).content == told[4].content, "the same id is answered the same"
        other = client.put("/v1/orders/o4", json=body(5)[0])
        assert (other.status_code, other.json()["code"]) == (409, "id-reused")
    good = 1 + sum(answer.status_code == 200 for answer in told.values())
    with db.transaction() as tx:
        found = tx.execute(
            """
            select count(*), count(distinct accepted_at),
                (select count(*) from answer where scope = 'PUT /v1/orders/{order_id}'),
                (select count(*) from event where type = 'order.accepted')
            from customer_order
            """
        ).fetchone()
        assert (found[0], *found[2:]) == (good, good, good)
        assert found[1] < good / 2, "some were merged into one transaction"
        assert world.audit(tx) == []


def test_the_lane_answers_orders_as_the_framework_does(db, monkeypatch):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
    with caller.calling(db, Permission.ORDERS_WRITE) as client:
        order, _ = body(1)
        bad = [
            ("o1", {"json": order | {"lines": []}}),
            ("o1", {"json": body(6)[0]}),
            ("o1", {"json": body(3)[0]}),
            ("x" * 41, {"json": order}),
            ("o1", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
            ("o1", {"json": order, "headers": {"Authorization": "Bearer noria_no"}}),
        ]

        def said():
            return [
                (answer.status_code, answer.json() | {"request_id": ""})
                for key, request in bad
                for answer in [client.put(f"/v1/orders/{key}", **request)]
            ]

        road, refused = Lane._on, said()
        monkeypatch.setattr(Lane, "_on", lambda *_: (None, ""))
        assert refused == said()
        monkeypatch.setattr(Lane, "_on", road)
        taken = client.put("/v1/orders/o1", json=order)
        assert taken.status_code == 200, taken.text
        monkeypatch.setattr(Lane, "_on", lambda *_: (None, ""))
        assert client.put("/v1/orders/o1", json=order).content == taken.content


def test_one_that_is_refused_harms_no_other(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
    calls = [
        asked("o1", mug=1), asked("o2", spoon=1), asked("o3", mug=1), asked("o1", mug=1),
        asked("o3", mug=2), asked("o4", actor="y", mug=1), asked("o5", mug=1),
    ]  # fmt: skip
    memory = Memory()
    told = merged_actions.answer(db, calls, memory)
    stages = [one if isinstance(one, Exception) else msgspec.json.decode(one) for one in told]
    assert [one["stage"] for one in stages if isinstance(one, dict)] == [
        "sourced", "sourced", "sourced", "sourced", "waiting",
    ]  # fmt: skip
    assert told[0] == told[3], "the same order twice is taken once"
    assert isinstance(told[4], IdReused)
    assert "spoon" in told[1].sentence("en")
    with db.transaction() as tx:
        actors = "select order_id from timeline where kind = 'accepted' and actor = 'y'"
        assert tx.execute(actors).fetchall() == [("o4",)]
        assert world.audit(tx) == []


def answered(tx, key, memory, now=world.MONDAY, **units):
    """What an order is told, and by whom it is sent, in a transaction that goes on."""
    order = world.order(key, **units)
    told = actions.accept(tx, [order], actor="x", now=now, memory=memory)[key]
    why = tx.execute("select record from decision where order_id = %s", [key]).fetchone()
    return msgspec.json.encode(told).replace(key.encode(), b"o"), why


def test_what_is_remembered_decides_as_what_is_read(tx):
    world.build(tx)
    world.shelve(tx, "PAR", mug=50, cup=50)
    world.shelve(tx, "LYS", mug=50, bowl=50)
    memory = Memory()
    for number, units in enumerate(({"mug": 1}, {"cup": 2, "bowl": 1}, {"poster": 3}, {"mug": 4})):
        with tried(tx):
            plain = answered(tx, f"a{number}", None, **units)
        assert answered(tx, f"b{number}", memory, **units) == plain


@pytest.mark.parametrize(
    ("because", "change"),
    [
        ("it closes", {"is_open": False}),
        ("it ships no more", {"does_ship": False}),
        ("its people have no hands free", {"capacities": world.NO_HANDS}),
        ("it becomes another kind", {"kind": NodeKind.DIGITAL}),
    ],
)
def test_a_change_of_the_network_is_seen_by_the_next_order(tx, because, change):
    world.build(tx)
    for node in ("PAR", "LYS"):
        world.shelve(tx, node, mug=50)
    memory = Memory()
    answered(tx, "a", memory, mug=1)
    senders = "select node from leg where order_id = %s"
    assert tx.execute(senders, ["a"]).fetchall() == [("PAR",)]
    [(version,)] = tx.execute("select version from node where code = 'PAR'").fetchall()
    world.amend(tx, "PAR", **change)
    assert tx.execute("select version from node where code = 'PAR'").fetchall() != [(version,)]
    answered(tx, "b", memory, mug=1)
    assert tx.execute(senders, ["b"]).fetchall() == [("LYS",)], because


def test_departures_are_remembered_until_one_is_missed(tx):
    world.build(tx)
    world.shelve(tx, "PAR", mug=50)
    memory, midnight = Memory(), world.MONDAY.replace(hour=0, minute=0)
    for minutes in (0, 10, 14 * 60 + 59, 15 * 60, 15 * 60 + 1, 15 * 60 + 2, 23 * 60):
        now = midnight + timedelta(minutes=minutes)
        told, _ = answered(tx, f"a{minutes}", memory, now=now, mug=1)
        plain, _ = answered(tx, f"b{minutes}", None, now=now, mug=1)
        assert told == plain, minutes


def test_a_batch_is_answered_by_the_lane_as_by_the_framework(db, monkeypatch):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9, cup=9)
    items = [body(number)[0] | {"id": f"o{number}"} for number in (1, 2, 6, 3)]
    with caller.calling(db, Permission.ORDERS_WRITE) as client:

        def said(sent, language="fr"):
            headers = {"Accept-Language": language}
            answer = client.post("/v1/orders/batch", json={"items": sent}, headers=headers)
            for item in answer.json().get("items", ()):
                if "problem" in item:
                    item["problem"]["request_id"] = ""
            return answer.status_code, answer.json() | {"request_id": ""}

        by_lane, twice = said(items), said([items[0], items[0]])
        monkeypatch.setattr(Lane, "_on", lambda *_: (None, ""))
        told = by_lane[1]["items"]
        assert [item["status"] for item in told] == [200, 200, 422, 422]
        assert said(items)[1]["items"][:2] == told[:2], "what was taken is answered the same"
        assert said(items[2:])[1]["items"][0]["problem"]["code"] == told[2]["problem"]["code"]
        assert said([items[0], items[0]]) == twice
        assert twice[0] == 400
