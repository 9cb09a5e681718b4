"""Why a number is what it is, what it was, and how a movement is undone; on a real database."""

import threading
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import caller
import world
from noria.kit import clock
from noria.stock import actions, history_actions, history_rules, history_store, history_views
from noria.stock.history_model import (
    Basis,
    Wanted,
)
from noria.stock.model import Move, Movement, MovementKind, Place, State
from world import ACTOR, MONDAY

SHELF, HELD, OUT = State.AVAILABLE, State.RESERVED, State.OUTSIDE
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FRIDAY = MONDAY + 4 * DAY
LATER = MONDAY + 30 * DAY


@pytest.fixture
def tx(retail):
    return retail


def book(tx, key, units, source=OUT, target=SHELF, *, sku="mug", node="PAR", to=None,
         happened=MONDAY, recorded=None, kind=MovementKind.SOLD, cause=None, actor=ACTOR):  # fmt: skip
    move = Move(
        sku=sku, quantity=units, source=Place(node, source), target=Place(to or node, target)
    )
    told = Movement(
        id=key, kind=kind, cause=cause or f"till:{key}", happened_at=happened, moves=(move,)
    )
    return actions.book(tx, [told], actor=actor, now=recorded or happened)


def at(tx, when, basis, **asked):
    found = history_views.balances_at(tx, when, basis, **asked)
    return {
        (one.sku, one.node, one.state.value): one.quantity for one in found if one.state is not OUT
    }


def told(tx, **wanted):
    return history_actions.entries(tx, "mug", "PAR", wanted=Wanted(**wanted)).entries


# as the world was, as we knew it

LATE = [
    ("before anything", MONDAY - HOUR, 0, 0),
    ("ten came in the morning", MONDAY, 10, 10),
    ("the till sold two off line on Tuesday, and nobody knew", MONDAY + DAY, 8, 10),
    ("three more sold on line on Wednesday", MONDAY + 2 * DAY, 5, 7),
    ("the till was heard on Thursday", MONDAY + 3 * DAY, 5, 5),
    ("long after", LATER, 5, 5),
]


@pytest.mark.parametrize("cuts", [(), ("first",), ("first", "late"), ("first", "second", "late")])
@pytest.mark.parametrize(("because", "when", "happened", "recorded"), LATE)
def test_a_late_movement_counts_when_it_happened_or_when_it_was_heard(
    tx, because, when, happened, recorded, cuts
):
    book(tx, "m1", 10)
    cut(tx, cuts, "first")
    book(tx, "m3", 3, SHELF, OUT, happened=MONDAY + 2 * DAY)
    cut(tx, cuts, "second")
    book(tx, "m2", 2, SHELF, OUT, happened=MONDAY + DAY, recorded=MONDAY + 3 * DAY)
    cut(tx, cuts, "late")
    key = ("mug", "PAR", "available")
    assert at(tx, when, Basis.HAPPENED).get(key, 0) == happened, because
    assert at(tx, when, Basis.RECORDED).get(key, 0) == recorded, because
    assert world.asked(tx, "balance.moves", "snapshot.moves") == []


def cut(tx, wanted, name):
    if name in wanted:
        assert history_actions.cut(tx, now=LATER, is_forced=True) > 0


def test_what_is_between_two_nodes_is_told_at_both(tx):
    book(tx, "m1", 5)
    book(tx, "m2", 2, SHELF, State.IN_TRANSIT, to="LYS", happened=MONDAY + HOUR)
    now = {("mug", "PAR", "available"): 3, ("mug", "LYS", "in_transit"): 2}
    for basis in Basis:
        assert at(tx, MONDAY + HOUR, basis) == now
        assert at(tx, MONDAY, basis) == {("mug", "PAR", "available"): 5}
        assert at(tx, MONDAY + HOUR, basis, nodes=["LYS"]) == {("mug", "LYS", "in_transit"): 2}


def test_the_past_comes_in_pages(tx):
    for number, (sku, node) in enumerate([("mug", "PAR"), ("cup", "PAR"), ("mug", "LYS")]):
        book(tx, f"m{number}", 1 + number, sku=sku, node=node)
    history_actions.cut(tx, now=MONDAY, is_forced=True)
    book(tx, "m9", 1, SHELF, OUT, sku="cup", happened=MONDAY + HOUR)
    everything = history_views.balances_at(tx, MONDAY, Basis.HAPPENED)
    pages, after = [], None
    while page := history_views.balances_at(tx, MONDAY, Basis.HAPPENED, after=after, limit=2):
        pages += page
        after = (page[-1].sku, page[-1].node, page[-1].state.value)
    assert pages == everything
    assert len(everything) == 6


PLACES = [(OUT, SHELF), (SHELF, HELD), (HELD, SHELF), (SHELF, OUT), (SHELF, State.DAMAGED)]
STEP = st.tuples(
    st.integers(0, 72), st.sampled_from([0, 0, 0, 5, 50]), st.integers(1, 9), st.sampled_from(PLACES),
    st.sampled_from([("PAR", "PAR"), ("PAR", "LYS")]), st.booleans(),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=12), asked=st.integers(-1, 80))
def test_the_past_is_what_a_replay_says_wherever_it_was_cut(retailer, steps, asked):
    """Hours that each is recorded, how late, and whether the book is cut after it."""
    with retailer.transaction() as tx:
        for number, (hour, late, units, ends, nodes, is_cut) in enumerate(
            sorted(steps, key=lambda s: s[0])
        ):
            recorded = MONDAY + hour * HOUR
            book(tx, f"h{number}", units, *ends, node=nodes[0], to=nodes[1],
                 happened=recorded - late * HOUR, recorded=recorded)  # fmt: skip
            if is_cut:
                history_actions.cut(tx, now=recorded, is_forced=True)
        when = MONDAY + asked * HOUR
        for basis in Basis:
            assert at(tx, when, basis) == replayed(tx, when, basis)
        assert world.asked(tx, "balance.moves", "snapshot.moves") == []
        raise psycopg.Rollback


def replayed(tx, when, basis):
    found = tx.execute(
        f"""
        select sku, node, state::text, sum(change)::bigint from entry
        join movement on movement.id = movement_id
        where {basis.value}_at <= %s and state <> 'outside'
        group by 1, 2, 3 having sum(change) <> 0
        """,
        [when],
    )
    return {(sku, node, state): units for sku, node, state, units in found}


@pytest.mark.parametrize(
    ("because", "last_made_at", "tail", "is_due"),
    [
        ("the first ever", None, 1, True),
        ("nothing has moved", None, 0, False),
        ("a day has passed", MONDAY - DAY, 1, True),
        ("not yet a day", MONDAY - DAY + HOUR, 1, False),
        ("not a day, but much has moved", MONDAY - HOUR, 200_000, True),
    ],
)
def test_when_the_book_is_cut(because, last_made_at, tail, is_due):
    assert history_rules.is_cut_due(last_made_at, tail, MONDAY) == is_due, because


def test_a_cut_waits_for_who_is_still_writing(db):
    """A move that took its number first and is committed last is in no gap between two cuts."""
    with db.transaction() as tx:
        world.build(tx)
    with db.transaction() as slow:
        book(slow, "slow", 1)
        with db.transaction() as fast:
            book(fast, "fast", 2, sku="cup")
        with db.transaction() as reader:
            assert history_store.horizon(reader, patience_s=0.05) is None, "somebody is at it"
            assert history_actions.cut(reader, now=MONDAY, is_forced=True) == 0
    with db.transaction() as reader:
        assert history_actions.cut(reader, now=MONDAY, is_forced=True) == 2
        assert world.asked(reader, "balance.moves", "snapshot.moves") == []


def test_a_cut_does_not_wait_for_who_begins_later(db):
    with db.transaction() as tx:
        world.build(tx)
        book(tx, "m1", 1)
    got = []
    with db.transaction() as first:
        book(first, "m2", 1, sku="cup")

        def ask():
            with db.transaction() as reader:
                got.append(history_store.horizon(reader, patience_s=20))

        asking = threading.Thread(target=ask)
        asking.start()
        with db.transaction() as tx:
            while not tx.execute(
                "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
            ).fetchone():
                pass
        second = db.transaction()
        later = second.__enter__()
        book(later, "m3", 1, sku="bowl")
    asking.join()
    second.__exit__(None, None, None)
    assert got == [2], "the third move is nobody's before it is committed"


# why is this 47?


def test_the_history_of_a_shelf_says_before_and_after(tx):
    for number, (units, source, target) in enumerate(
        [(5, OUT, SHELF), (2, SHELF, HELD), (1, HELD, OUT)]
    ):
        book(tx, f"m{number}", units, source, target, happened=MONDAY + timedelta(minutes=number))
    assert [(one.state, one.before, one.change, one.after) for one in told(tx)] == [
        (HELD, 2, -1, 1), (SHELF, 5, -2, 3), (HELD, 0, 2, 2), (SHELF, 0, 5, 5),
    ]  # fmt: skip


def test_what_is_booked_in_one_instant_is_told_in_the_order_of_the_book(tx):
    for number in range(9, 0, -1):
        book(tx, f"m{number}", number)
    assert [one.movement for one in told(tx)] == [f"m{number}" for number in range(1, 10)]
    assert [one.after for one in reversed(told(tx))] == [9, 17, 24, 30, 35, 39, 42, 44, 45]


def test_a_late_movement_is_told_where_it_was_booked_with_both_clocks(tx):
    book(tx, "m1", 5, happened=FRIDAY)
    book(tx, "m2", 2, SHELF, OUT, happened=MONDAY, recorded=FRIDAY + HOUR)
    newest = told(tx)[0]
    assert (newest.happened_at, newest.recorded_at) == (MONDAY, FRIDAY + HOUR)
    assert (newest.before, newest.after) == (5, 3)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_a_history_go_on_where_the_one_before_ended(tx, limit):
    for number in range(6):
        book(tx, f"m{number}", 3)
        book(tx, f"h{number}", 2, SHELF, HELD)
    everything = told(tx)
    pages, mark = [], None
    while True:
        page = history_actions.entries(tx, "mug", "PAR", mark=mark, limit=limit)
        assert len(page.entries) <= limit
        pages += page.entries
        mark = page.mark
        if mark is None:
            break
        if len(pages) == limit:
            book(tx, "meanwhile", 9)
    assert pages == everything, "what was booked meanwhile moves no page"
    assert len(everything) == 18


WANTED = [
    ("one state", {"states": frozenset({HELD})}, [("h1", 2)]),
    ("one kind", {"kinds": frozenset({MovementKind.RECEIVED})}, [("m1", 5)]),
    ("one cause", {"causes": frozenset({"till:m2"})}, [("m2", 2)]),
    ("one actor", {"actors": frozenset({"person:omar"})}, [("m3", 9)]),
    ("after an instant", {"since": MONDAY + 2 * HOUR}, [("m3", 9)]),
    ("up to an instant", {"until": MONDAY}, [("m1", 5)]),
    ("nothing is", {"kinds": frozenset({MovementKind.DONATED})}, []),
]


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize(("because", "wanted", "expected"), WANTED)
def test_a_history_can_be_asked_for_a_part_of_it(tx, because, wanted, expected, is_cut):
    book(tx, "m1", 5, kind=MovementKind.RECEIVED)
    cut(tx, ["x"] if is_cut else [], "x")
    book(tx, "h1", 2, SHELF, HELD, kind=MovementKind.RESERVED, happened=MONDAY + HOUR)
    cut(tx, ["x"] if is_cut else [], "x")
    book(tx, "m2", 1, SHELF, OUT, happened=MONDAY + 2 * HOUR)
    cut(tx, ["x"] if is_cut else [], "x")
    book(tx, "m3", 7, happened=MONDAY + 3 * HOUR, actor="person:omar")
    assert [(one.movement, one.after) for one in told(tx, **wanted)] == expected, because


def test_a_rare_entry_is_looked_for_a_page_at_a_time(tx, monkeypatch):
    monkeypatch.setattr(history_actions, "LOOKED_AT", 5)
    book(tx, "m1", 5, kind=MovementKind.RECEIVED)
    for number in range(9):
        book(tx, f"s{number}", 1)
    wanted, mark, pages = Wanted(kinds=frozenset({MovementKind.RECEIVED})), None, []
    while True:
        page = history_actions.entries(tx, "mug", "PAR", wanted=wanted, mark=mark, limit=2)
        pages.append([(one.movement, one.after) for one in page.entries])
        if (mark := page.mark) is None:
            break
    assert pages == [[], [("m1", 5)]]


def test_a_first_page_reads_as_much_after_ten_thousand_movements(db):
    """Counted in blocks, so that it does not depend on how busy the machine is."""
    with db.transaction() as tx:
        world.build(tx)
        book(tx, "m0", 5)
        few = blocks_of_a_page(tx)
        many(tx, 10_000)
        tx.execute("analyze move; analyze movement")
        assert blocks_of_a_page(tx) < max(4 * few, 150)
        page = history_actions.entries(tx, "mug", "PAR", limit=20)
        assert page.entries[0].after == 10_005
        deep = page.mark
        for _ in range(5):
            page = history_actions.entries(tx, "mug", "PAR", mark=deep, limit=20)
            deep = page.mark
        assert page.entries[0].after == 10_005 - 100


def many(tx, count):
    tx.execute(
        "insert into movement select 'x' || n, 'sold', 'till:1', 'a', '', %s, %s"
        " from generate_series(1, %s) as n",
        [MONDAY, MONDAY, count],
    )
    tx.execute(
        "insert into move (movement_id, line, sku, quantity, source_node, source_state, target_node,"
        " target_state) select 'x' || n, 0, 'mug', 1, 'PAR', 'outside', 'PAR', 'available'"
        " from generate_series(1, %s) as n",
        [count],
    )
    tx.execute(
        "update balance set quantity = quantity + case when state = 'outside' then -1 else 1 end * %s"
        " where sku = 'mug' and node = 'PAR'",
        [count],
    )


def blocks_of_a_page(tx):
    [[plan]] = tx.execute(
        """
        explain (analyze, buffers, format json)
        select * from (
            (select * from move where sku = 'mug' and target_node = 'PAR'
                and seq <= 9223372036854775807 and seq > 0 order by seq desc limit 21)
            union all
            (select * from move where sku = 'mug' and source_node = 'PAR'
                and source_node <> target_node
                and seq <= 9223372036854775807 and seq > 0 order by seq desc limit 21)
            order by seq desc limit 21
        ) as near
        join movement on movement.id = near.movement_id
        """
    ).fetchall()
    return plan[0]["Plan"]["Shared Hit Blocks"]


def test_a_period_in_one_line_a_state(tx):
    book(tx, "m1", 10, kind=MovementKind.RECEIVED)
    book(tx, "m2", 4, kind=MovementKind.RECEIVED, happened=MONDAY + DAY)
    book(tx, "m3", 6, SHELF, OUT, happened=MONDAY + 2 * DAY)
    book(tx, "m4", 1, SHELF, State.DAMAGED, kind=MovementKind.DAMAGED, happened=MONDAY + 2 * DAY)
    book(tx, "m5", 1, SHELF, OUT, happened=FRIDAY)
    found = history_actions.period(tx, "mug", "PAR", since=MONDAY, until=MONDAY + 3 * DAY)
    lines = [(one.state, one.opening, one.came, one.left, one.closing) for one in found.states]
    assert lines == [(SHELF, 10, 4, 7, 7), (State.DAMAGED, 0, 1, 0, 1)]
    kinds = [(flow.kind.value, flow.came, flow.left) for flow in found.states[0].kinds]
    assert kinds == [("damaged", 0, 1), ("received", 4, 0), ("sold", 0, 6)]


# at the door


@pytest.fixture(scope="module")
def door(server, template):
    with caller.database(server, template) as db, caller.calling(db) as client:
        with db.transaction() as tx:
            clock.start_driving(tx, FRIDAY)
            world.build(tx)
            book(tx, "m1", 10)
            book(tx, "m2", 4, SHELF, OUT, happened=MONDAY - HOUR, recorded=MONDAY + HOUR)
        yield client


def test_the_past_at_the_door(door):
    def ask(**params):
        got = door.get("/v1/balances", params={"sku": "mug", **params}).json()["items"]
        return {one["state"]: one["quantity"] for one in got}

    now = {"available": 6, "outside": -6}
    assert ask() == now
    assert ask(at=MONDAY.isoformat()) == now, "the world, told with what we know today"
    assert ask(at=MONDAY.isoformat(), basis="recorded") == {"available": 10, "outside": -10}
    assert (
        door.get("/v1/balances", params={"at": "2026-11-23T09:00:00"}).json()["code"] == "invalid"
    )


def test_why_at_the_door(door):
    address = "/v1/skus/mug/nodes/PAR/entries"
    first = door.get(address, params={"limit": 1}).json()
    second = door.get(address, params={"limit": 1, "cursor": first["next"]}).json()
    shown = [
        (one["movement"], one["before"], one["after"]) for one in first["items"] + second["items"]
    ]
    assert shown == [("m2", 10, 6), ("m1", 0, 10)]
    assert second["next"] is None
    assert door.get(address, params={"state": "hold"}).json()["items"] == []
    assert door.get(address, params={"cursor": "WzFd"}).status_code == 400
    asked = {"since": MONDAY.isoformat(), "until": FRIDAY.isoformat()}
    period = door.get("/v1/skus/mug/nodes/PAR/period", params=asked).json()
    assert [(one["opening"], one["closing"]) for one in period["states"]] == [(10, 6)]


def test_a_correction_at_the_door(door):
    def put(by, reason="typed twice"):
        return door.put("/v1/movements/m2/correction", json={"id": by, "reason": reason})

    assert put("c1").json()["movement"] == "m2"
    assert put("c1").json() == put("c1").json(), "sent again, it is done once"
    assert put("c1", "another").json()["code"] == "id-reused"
    assert put("c2").json()["code"] == "corrected-already"
    assert "c1" in put("c2").json()["detail"]
    missing = door.put("/v1/movements/m9/correction", json={"id": "c9", "reason": "x"})
    assert missing.status_code == 404
