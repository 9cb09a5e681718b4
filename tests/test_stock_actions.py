"""Facts, wishes and counts in the ledger, on a real database."""

from datetime import timedelta

import psycopg
import pytest

import world
from noria.kit.errors import IdReused, Invalid, UnknownCodes
from noria.stock import actions, history_actions, store, views
from noria.stock.model import (
    Counted,
    Difference,
    FromTheFuture,
    Move,
    Movement,
    MovementKind,
    NotEnoughStock,
    Place,
    State,
)
from world import ACTOR, MONDAY

SHELF, HELD, OUT = State.AVAILABLE, State.RESERVED, State.OUTSIDE


@pytest.fixture
def tx(retail):
    return retail


def move(quantity, source, target, *, sku="mug", node="PAR", to=None):
    return Move(
        sku=sku, quantity=quantity, source=Place(node, source), target=Place(to or node, target)
    )


def movement(key, *moves, kind=MovementKind.SOLD, at=MONDAY):
    return Movement(id=key, kind=kind, cause=f"till:{key}", happened_at=at, moves=moves)


def book(tx, *movements):
    return actions.book(tx, movements, actor=ACTOR, now=MONDAY)


def kinds(tx):
    return [
        tuple(row)
        for row in tx.execute(
            "select kind::text, cause, source_state::text, target_state::text, quantity"
            " from movement join move on movement_id = id order by kind, quantity"
        )
    ]


@pytest.mark.parametrize(
    ("because", "source", "target", "after"),
    [
        ("sold, though the book knew of none", SHELF, OUT, {}),
        ("found broken, though the book knew of none", SHELF, State.DAMAGED, {("mug", "PAR", "damaged"): 2}),
        ("inspected, though none was on hold", State.HOLD, SHELF, {("mug", "PAR", "available"): 2}),
    ],
)  # fmt: skip
def test_a_fact_that_the_book_did_not_know_is_booked_with_what_was_found(
    tx, because, source, target, after
):
    gaps = book(tx, movement("m1", move(2, source, target)))
    assert [(gap.state, gap.quantity, gap.movement) for gap in gaps] == [(source, 2, "m1")], because
    assert world.levels(tx) == after, because
    assert ("found", "movement:m1", "outside", source.value, 2) in kinds(tx)
    told = tx.execute(
        "select data->>'quantity' from event where type = 'stock.gap.found'"
    ).fetchall()
    assert told == [("2",)], "somebody must look at it"
    assert world.audit(tx) == []


def test_only_what_is_missing_is_found(tx):
    world.shelve(tx, "PAR", mug=1)
    gaps = book(tx, movement("m1", move(3, SHELF, OUT)), movement("m2", move(1, SHELF, OUT)))
    assert [(gap.movement, gap.quantity) for gap in gaps] == [("m1", 2), ("m2", 1)]
    assert world.levels(tx) == {}
    assert not book(tx, movement("m3", move(4, OUT, SHELF, node="LYS")))
    assert world.levels(tx) == {("mug", "LYS", "available"): 4}
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "movements", "refusal"),
    [
        ("an unknown SKU", [movement("m1", move(1, OUT, SHELF, sku="spoon"))], UnknownCodes),
        ("an unknown node", [movement("m1", move(1, OUT, SHELF, node="OSLO"))], UnknownCodes),
        ("it is still to come", [movement("m1", move(1, OUT, SHELF), at=MONDAY + timedelta(hours=1))], FromTheFuture),
        ("the id is taken", [movement("open-0", move(1, OUT, SHELF))], IdReused),
        ("two of them have one id", [movement("m1", move(1, OUT, SHELF)), movement("m1", move(2, OUT, SHELF))], IdReused),
    ],
)  # fmt: skip
def test_what_cannot_be_a_fact(tx, because, movements, refusal):
    world.shelve(tx, "PAR", mug=1)
    with pytest.raises(refusal):
        book(tx, *movements)


def test_clocks_may_differ_a_little(tx):
    book(tx, movement("m1", move(1, OUT, SHELF), at=MONDAY + timedelta(minutes=5)))
    assert history_actions.entries(tx, "mug", "PAR").entries[0].happened_at == MONDAY + timedelta(
        minutes=5
    )


def test_a_wish_is_refused_where_a_fact_is_booked(tx):
    world.shelve(tx, "PAR", mug=2)
    wishes = [movement("w1", move(2, SHELF, State.HOLD)), movement("w2", move(1, SHELF, HELD))]
    with pytest.raises(NotEnoughStock) as refused:
        actions.shift(tx, wishes, actor=ACTOR, now=MONDAY)
    assert refused.value.details["available"] == 2
    assert world.levels(tx) == {("mug", "PAR", "available"): 2}, "all of them or none"
    actions.shift(tx, wishes[:1], actor=ACTOR, now=MONDAY)
    assert world.levels(tx) == {("mug", "PAR", "hold"): 2}
    assert world.audit(tx) == []


def test_the_lowest_write_refuses_what_nobody_checked(tx):
    world.shelve(tx, "PAR", mug=2)
    with pytest.raises(psycopg.errors.CheckViolation, match="only_outside_may_be_negative"):
        store.shift(tx, {("mug", "PAR", SHELF): -3, ("mug", "PAR", OUT): 3})


def test_only_open_balances_can_shift(tx):
    with pytest.raises(AssertionError):
        store.shift(tx, {("mug", "PAR", SHELF): 1, ("mug", "PAR", OUT): -1})


def count(tx, key, node="PAR", *, at=MONDAY, **units):
    lines = [Counted(sku=sku, quantity=number) for sku, number in units.items()]
    return actions.count(tx, key, node, lines, counted_at=at, actor=ACTOR, now=MONDAY)


def test_a_count_makes_the_book_say_what_the_shelf_holds(tx):
    assert count(tx, "c1", mug=5, cup=2) == [
        Difference(sku="cup", expected=0, counted=2),
        Difference(sku="mug", expected=0, counted=5),
    ]
    assert count(tx, "c2", mug=5, cup=2) == [], "what agrees moves nothing"
    assert count(tx, "c3", mug=3, cup=0) == [
        Difference(sku="cup", expected=2, counted=0),
        Difference(sku="mug", expected=5, counted=3),
    ]
    assert world.levels(tx) == {("mug", "PAR", "available"): 3}
    assert world.audit(tx) == []


def test_a_count_leaves_other_states_and_nodes_alone(tx):
    world.shelve(tx, "PAR", mug=4)
    world.shelve(tx, "LYS", mug=4)
    actions.shift(tx, [movement("w1", move(3, SHELF, HELD))], actor=ACTOR, now=MONDAY)
    assert count(tx, "c1", mug=9) == [Difference(sku="mug", expected=1, counted=9)]
    assert world.levels(tx) == {
        ("mug", "LYS", "available"): 4, ("mug", "PAR", "available"): 9, ("mug", "PAR", "reserved"): 3,
    }  # fmt: skip


def test_a_sku_counted_twice_is_not_added_up_behind_anybodys_back(tx):
    lines = [Counted(sku=sku, quantity=5) for sku in ("mug", "cup", "mug")]
    with pytest.raises(Invalid) as refused:
        actions.count(tx, "c1", "PAR", lines, counted_at=MONDAY, actor=ACTOR, now=MONDAY)
    assert [fault.pointer for fault in refused.value.faults] == ["/lines/2/sku"]


@pytest.mark.parametrize(
    ("because", "arguments", "refusal"),
    [
        ("an unknown SKU", {"spoon": 1}, UnknownCodes),
        ("an unknown node", {"node": "OSLO", "mug": 1}, UnknownCodes),
        ("counted tomorrow", {"at": MONDAY + timedelta(days=1), "mug": 1}, FromTheFuture),
    ],
)
def test_a_count_that_cannot_be(tx, because, arguments, refusal):
    with pytest.raises(refusal):
        count(tx, "c1", **arguments)


def test_balances_come_in_pages(tx):
    world.shelve(tx, "PAR", mug=4, cup=2)
    world.shelve(tx, "LYS", mug=1)
    everything = views.balances(tx)
    pages, after = [], None
    while page := views.balances(tx, after=after, limit=2):
        pages += page
        after = (page[-1].sku, page[-1].node, page[-1].state.value)
    assert pages == everything
    assert {one.sku for one in views.balances(tx, skus=["cup"])} == {"cup"}
    assert {one.node for one in views.balances(tx, nodes=["LYS"])} == {"LYS"}
    assert views.units_by_state(tx)["available"] == 7
