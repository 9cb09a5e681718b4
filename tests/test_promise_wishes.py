"""Wishes at the door: one or many, merged or apart, each once for its id."""

import functools

import psycopg
import pytest

import crowd
import world
from caller import calling
from noria.kit import clock, idempotency
from noria.kit.auth import Permission
from noria.kit.burst import Burst
from noria.kit.errors import IdReused, Unavailable
from noria.people.lane import Lane
from noria.promise import actions, atp_actions, keep_back_views, wish_actions
from noria.promise.atp_model import Expected
from noria.promise.wish_model import Asked, WishBody, WishLine
from noria.stock import history_actions, history_views
from noria.stock.history_model import Wanted


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


BAD = [
    ("no key", {"headers": {"Authorization": ""}}),
    ("a key that opens nothing", {"headers": {"Authorization": "Bearer noria_nothing"}}),
    ("another scheme", {"headers": {"Authorization": "Basic eDp5"}}),
    ("no JSON", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    ("nothing", {"content": b"", "headers": {"Content-Type": "application/json"}}),
    ("not UTF-8", {"content": b'{"id": "\\xff"}', "headers": {"Content-Type": "application/json"}}),
    ("another type", {"content": b"id=1", "headers": {"Content-Type": "text/plain"}}),
    ("a key twice", {"content": b'{"id": "x", "id": "y"}', "headers": {"Content-Type": "application/json"}}),
    ("a parameter", {"json": wish("x"), "params": {"dry": "1"}}),
    ("no lines", {"json": wish("x") | {"lines": []}}),
    ("no such field", {"json": wish("x", colour="red")}),
    ("less than nothing", {"json": wish("x", ("mug", "PAR", 0))}),
    ("no such way to take", {"json": wish("x", take="some")}),
    ("an id that is too long", {"json": wish("x" * 61)}),
    ("it poses as an order", {"json": wish("x", demand="order:1")}),
    ("an unknown SKU", {"json": wish("x", ("spoon", "PAR", 1))}),
    ("an unknown node", {"json": wish("x", ("mug", "OSLO", 1))}),
    ("an unknown channel", {"json": wish("x", channel="fax")}),
    ("too many", {"json": wish("x", ("mug", "PAR", 99))}),
    ("a header that is odd", {"json": wish("x"), "headers": {"Idempotency-Key": "a b"}}),
    ("in French", {"json": wish("x", ("mug", "PAR", 99)), "headers": {"Accept-Language": "fr"}}),
]  # fmt: skip


def test_the_lane_refuses_as_the_framework_does(client, monkeypatch):
    def said():
        found = {}
        for because, request in BAD:
            answer = client.post("/v1/reservations", **request)
            headers = {
                name: value for name, value in answer.headers.items() if name != "x-request-id"
            }
            found[because] = answer.status_code, answer.json() | {"request_id": ""}, headers
        return found

    by_lane = said()
    monkeypatch.setattr(Lane, "_on", lambda *_: (None, ""))
    assert by_lane == said()
    assert {status for status, _, _ in by_lane.values()} == {400, 401, 409, 415, 422}


def test_a_good_answer_is_the_same_by_either_way(client, monkeypatch):
    by_lane = client.post("/v1/reservations", json=wish("w1"))
    monkeypatch.setattr(Lane, "_on", lambda *_: (None, ""))
    again = client.post("/v1/reservations", json=wish("w1"))
    assert again.content == by_lane.content
    names = {
        "content-type",
        "x-content-type-options",
        "cache-control",
        "server",
        "content-security-policy",
    }
    assert {n: again.headers[n] for n in names} == {n: by_lane.headers[n] for n in names}


def test_a_wish_of_a_batch_that_is_refused_harms_no_other(client, db):
    items = [
        wish("w1", ("mug", "PAR", 4)),
        wish("w2", ("mug", "PAR", 2)),
        wish("w3", ("spoon", "PAR", 1)),
        wish("w4", demand="order:1"),
        wish("w5", ("poster", "PRINT", 1)),
        wish("w6", ("mug", "PAR", 2), take="available"),
    ]
    told = client.post("/v1/reservations/batch", json={"items": items}).json()["items"]
    assert [(one["id"], one["status"]) for one in told] == [
        ("w1", 200), ("w2", 409), ("w3", 422), ("w4", 400), ("w5", 200), ("w6", 200),
    ]  # fmt: skip
    assert told[5]["answer"]["lines"][0]["held"] == 1
    again = client.post("/v1/reservations/batch", json={"items": items}).json()["items"]
    assert [one.get("answer") for one in again] == [one.get("answer") for one in told]
    twice = client.post("/v1/reservations/batch", json={"items": items[:1] * 2})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (400, "/items/1")
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_the_same_id_is_answered_the_same_whatever_became_of_it(client, db):
    """No answer is kept beside a wish that is held: its reservations say what it was told."""
    post = functools.partial(client.post, "/v1/reservations")
    whole = wish("whole", ("mug", "PAR", 2), ("cup", "PAR", 1))
    part = wish("part", ("mug", "LYS", 2), ("mug", "PAR", 9), take="available")
    late = wish("late", ("cup", "PAR", 9), ("mug", "LYS", 9), ("cup", "PAR", 1), take="available")
    with db.transaction() as tx:
        world.shelve(tx, "LYS", cup=1)
    taken = wish("taken", ("cup", "PAR", 1))
    told = {one["id"]: post(json=one) for one in (whole, part, taken, late)}
    assert [one["held"] for one in told["part"].json()["lines"]] == [2, 3]
    assert [one["reservation"] for one in told["late"].json()["lines"]] == [None, "late.2", None]
    with db.transaction() as tx:
        kept = [key for (key,) in tx.execute("select key from answer where scope like 'POST%'")]
        assert kept == ["late"], "nothing is held under its own id, so the answer is kept"
        tx.execute("delete from event")
    assert client.put("/v1/reservations/whole/release").status_code == 200
    with db.transaction() as tx:
        tx.execute("update reservation set expires_at = noria_now() where id like 'part%'")
        actions.expire(tx, actor=world.ACTOR, now=clock.now(tx))
    for one in (whole, part, taken, late):
        again = post(json=one)
        assert (again.status_code, again.content) == (200, told[one["id"]].content), one["id"]
        other = post(json=one | {"minutes": 16})
        assert (other.status_code, other.json()["code"]) == (409, "id-reused"), one["id"]
    gap = wish("gap", ("mug", "PAR", 1), ("cup", "LYS", 9), ("cup", "PAR", 9), take="available")
    first = post(json=gap)
    assert [one["reservation"] for one in first.json()["lines"]] == ["gap", "gap.2", None]
    with db.transaction() as tx:
        world.shelve(tx, "PAR", cup=1)
    assert post(json=wish("gap.3", ("cup", "PAR", 1))).status_code == 200
    assert post(json=gap).content == first.content, "what somebody else took is not told as held"
    second = post(json=wish("whole.2"))
    assert second.json()["code"] == "id-reused", "the second line of another wish"
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_an_answer_that_an_earlier_release_kept_is_given_again(client, db):
    first = client.post("/v1/reservations", json=wish("w1"))
    with db.transaction() as tx:
        tx.execute(
            "insert into answer (scope, key, digest, status, body)"
            " select 'POST /v1/reservations', id, digest, 200, %s from reservation",
            [first.content.replace(b'"made_at"', b'"kept_at"')],
        )
        tx.execute("update reservation set digest = null")
    again = client.post("/v1/reservations", json=wish("w1"))
    assert again.content == first.content.replace(b'"made_at"', b'"kept_at"')
    other = client.post("/v1/reservations", json=wish("w1", ("mug", "PAR", 2)))
    assert other.json()["code"] == "id-reused"
    with db.transaction() as tx:
        tx.execute("delete from answer")
    late = client.post("/v1/reservations", json=wish("w1"))
    assert late.json()["code"] == "id-reused", "forgotten since, and it is held all the same"


def test_a_key_for_one_node_holds_nothing_at_another(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
    with calling(db, Permission.RESERVE, nodes=["LYS"]) as client:
        assert client.post("/v1/reservations", json=wish("w1")).status_code == 403
        [told] = client.post("/v1/reservations/batch", json={"items": [wish("w1")]}).json()["items"]
        assert told["status"] == 403


def test_a_shoppers_own_hold_gives_way(client, db):
    cart = wish("cart", ("mug", "PAR", 4), shopper="ann")
    assert client.post("/v1/reservations", json=cart).status_code == 200
    others = client.post("/v1/reservations", json=wish("bob", ("mug", "PAR", 2), shopper="bob"))
    assert others.status_code == 409
    paid = wish("paid", ("mug", "PAR", 5), shopper="ann", demand="checkout:1")
    assert client.post("/v1/reservations", json=paid).status_code == 200
    assert client.get("/v1/reservations/cart").json()["held"] == 0
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_demand_that_is_nowhere_yet_counts_in_the_guard(client, db):
    with db.transaction() as tx:
        now = clock.now(tx)
        one = Expected(demand="order:o9", line=1, sku="mug", units=6, channel="web")
        atp_actions.expect(tx, [one.demand], [one], now=now)
    short = client.post("/v1/reservations", json=wish("w1", ("mug", "PAR", 3)))
    assert (short.status_code, "2 of mug" in short.json()["detail"]) == (409, True)
    assert client.post("/v1/reservations", json=wish("w2", ("mug", "PAR", 2))).status_code == 200
    put = {"demand": "cart:1", "sku": "mug", "node": "LYS", "quantity": 1}
    assert client.put("/v1/reservations/h1", json=put).status_code == 409, (
        "the same by the other door"
    )


def test_expired_holds_are_free_at_their_instant(client, db):
    assert client.post("/v1/reservations", json=wish("old", ("mug", "PAR", 5))).status_code == 200
    with db.transaction() as tx:
        tx.execute("update reservation set expires_at = noria_now() where id = 'old'")
    assert client.post("/v1/reservations", json=wish("new", ("mug", "PAR", 5))).status_code == 200
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_wishes_orders_and_plain_writers_share_the_last_units(crowded):
    """Merged wishes, single reservations and tills at once: what is sold was there, and all of it."""
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=30)

    def merged(turn):
        wishes = [crowd.wish(f"w{turn}.{n}", 1 + n % 2) for n in range(6)]
        return lambda _: wish_actions.answer(db, wishes)

    def till(tx):
        sold = tx.execute(
            "update balance set quantity = quantity - 1"
            " where sku = 'mug' and node = 'PAR' and state = 'available' and quantity > 0"
        )
        return sold.rowcount

    holds = [crowd.reserves(crowd.hold(f"h{n}", 2)) for n in range(6)]
    told = crowd.race(db, *[merged(n) for n in range(6)], *holds, *[till] * 6)
    with db.transaction() as tx:
        held = tx.execute("select coalesce(sum(held), 0) from reservation").fetchone()[0]
        levels = world.levels(tx)
    assert levels["mug", "PAR", "reserved"] == held
    assert held + sum(told[-6:]) == 30, "more is asked than there is, and nothing is left"
    assert ("mug", "PAR", "available") not in levels


def test_one_id_by_many_at_once_is_held_once(crowded):
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=30)
    told = crowd.race(db, *[lambda _: wish_actions.answer(db, [crowd.wish("w", 2)])] * 8)
    assert len({one[0] for one in told}) == 1
    other = wish_actions.answer(db, [crowd.wish("w", 3)])
    assert isinstance(other[0], IdReused)
    same, twice = wish_actions.answer(db, [crowd.wish("v", 1), crowd.wish("v", 1)])
    assert same == twice
    with db.transaction() as tx:
        assert world.audit(tx) == []
    assert crowd.ask(db, world.levels)["mug", "PAR", "reserved"] == 3


@pytest.mark.parametrize("turned", [False, True])
def test_a_wish_that_is_called_as_a_line_of_another_harms_nobody(crowded, turned):
    """The first has the name, as if they had come one after the other."""
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=30)
    two = tuple(WishLine(sku="mug", node="PAR", quantity=1) for _ in range(2))
    body = WishBody(id="w", demand="cart:w", lines=two)
    long = Asked(body=body, actor=world.ACTOR, digest=idempotency.digest(body))
    pair = [long, crowd.wish("w.2", 1)]
    if turned:
        pair.reverse()
    told = wish_actions.answer(db, [*pair, crowd.wish("v", 1)])
    assert [type(one) for one in told] == [bytes, IdReused, bytes]
    assert wish_actions.answer(db, pair)[0] == told[0]
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_of_a_batch_that_is_always_in_the_way_one_wish_is_to_blame(crowded, monkeypatch):
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=30)
    asked, together = [crowd.wish(f"w{number}", 1) for number in range(9)], wish_actions._together

    def raced(burst, wishes, detours):
        if asked[5] in wishes:
            raise psycopg.errors.UniqueViolation
        return together(burst, wishes, detours)

    monkeypatch.setattr(wish_actions, "_together", raced)
    monkeypatch.setattr(wish_actions, "_short_way", lambda *_: None)
    monkeypatch.setattr(wish_actions, "step_aside", lambda _: None)
    told = wish_actions.answer(db, asked)
    assert [type(one) for one in told] == [bytes] * 5 + [Unavailable] + [bytes] * 3
    monkeypatch.undo()
    assert wish_actions.answer(db, asked)[:5] == told[:5]
    with db.transaction() as tx:
        assert world.audit(tx) == []


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("before", id="before it writes: nothing is there"),
        pytest.param("after", id="when it has committed: all is there, and nobody heard of it"),
    ],
)
def test_a_batch_that_is_cut_off_is_asked_again(crowded, monkeypatch, moment):
    """The connection dies in mid-batch: nobody is told anything, and the same ids settle it."""
    db = crowd.emptied(crowded)
    crowd.shelve(db, "PAR", mug=5)
    send = Burst.send

    def dies(self, *asks, commit=False, **more):
        if commit and moment == "after":
            send(self, *asks, commit=True, **more)
        if commit:
            pid = self.connection.info.backend_pid
            crowd.ask(db, lambda tx: tx.execute("select pg_terminate_backend(%s)", [pid]))
        return send(self, *asks, commit=commit, **more)

    with monkeypatch.context() as cut:
        cut.setattr(Burst, "send", dies)
        with pytest.raises(Unavailable):
            wish_actions.answer(db, [crowd.wish("w", 2)])
    [told] = wish_actions.answer(db, [crowd.wish("w", 2)])
    assert isinstance(told, bytes)
    with db.transaction() as tx:
        assert world.audit(tx) == []
    assert crowd.ask(db, world.levels)["mug", "PAR", "reserved"] == 2


def paged(tx):
    """What the ledger tells of mugs in Paris, seven lines a page."""
    mark = None
    while True:
        page = history_actions.entries(tx, "mug", "PAR", mark=mark, limit=7)
        yield from page.entries
        mark = page.mark
        if mark is None:
            return


def test_a_batch_is_booked_by_whoever_sent_it_and_each_move_says_its_cause(client, db):
    """One movement for each sender and a hundred moves; the ledger tells of each wish by itself."""
    with db.transaction() as tx:
        world.shelve(tx, "PAR", mug=300)
    lines = tuple(WishLine(sku="mug", node="PAR", quantity=1) for _ in range(60))
    bodies = [
        WishBody(id=f"w{number}", demand=f"cart:{number}", lines=lines[: 1 + 59 * (number < 2)])
        for number in range(4)
    ]
    wishes = [
        Asked(body=body, actor=actor, digest=idempotency.digest(body))
        for body, actor in zip(bodies, ("ann", "ann", "bob", "ann"), strict=True)
    ]
    assert all(isinstance(one, bytes) for one in wish_actions.answer(db, wishes))
    with db.transaction() as tx:
        booked = tx.execute(
            """
            select actor, count(*), min(line), max(line), count(distinct own_cause),
                bool_and(movement.cause = 'wishes:' || movement.id)
            from move_part
            join movement on movement.id = movement_id
            where kind = 'reserved'
            group by movement_id, actor
            order by actor, count(*) desc
            """
        ).fetchall()
        assert booked == [
            ("ann", 100, 0, 99, 2, True), ("ann", 21, 0, 20, 2, True), ("bob", 1, 0, 0, 1, True),
        ]  # fmt: skip
        rows = tx.execute(
            "select line, cardinality(causes) from move where source_state = 'available'"
        )
        assert rows.fetchall() == [(0, 100), (0, 21), (0, None)], "one move for all that one sends"
        assert world.audit(tx) == []
        history = history_actions.entries(
            tx, "mug", "PAR", wanted=Wanted(causes=frozenset(["cart:2"]))
        )
        assert [(one.actor, one.change) for one in history.entries] == [("bob", -1), ("bob", 1)]
        told = history_views.told(tx, history.entries[0].movement)
        assert [(move.sku, move.cause) for move in told.moves] == [("mug", "cart:2")]
        whole = history_actions.entries(tx, "mug", "PAR", limit=1000).entries
        assert whole[-1].before == 0
        assert all(
            old.after == new.before for old, new in zip(whole[2::2], whole[::2], strict=False)
        )
        pages = list(paged(tx))
        assert pages == whole, "a page may end in the middle of a move"
    [alone] = wish_actions.answer(db, [crowd.wish("alone", 1)])
    assert isinstance(alone, bytes)
    with db.transaction() as tx:
        found = tx.execute(
            "select cause, own_cause from move join movement on movement.id = movement_id"
            " where cause not like 'wishes:%' and kind = 'reserved'"
        ).fetchall()
        assert found == [("cart:alone", None)], "one cause is the movement's"


def test_where_no_rule_was_made_none_is_looked_for(tx):
    """What is looked at first is all that rules come from: a table that is missing hides its rules."""
    found = tx.execute(
        """
        select distinct refobjid::regclass::text
        from pg_depend
        join pg_rewrite on pg_rewrite.oid = objid
        join pg_class on pg_class.oid = refobjid and relkind in ('r', 'v')
        where ev_class = 'kept_rule'::regclass and refobjid <> ev_class
        """
    ).fetchall()
    assert {table for (table,) in found} == set(keep_back_views.RULED_BY)


def test_who_asks_for_nothing_is_answered_nothing(client):
    told = client.post(
        "/v1/reservations/batch", json={"items": [wish("w", demand="order:1")]}
    ).json()
    assert [one["status"] for one in told["items"]] == [400]
