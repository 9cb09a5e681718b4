"""Decisions of the ledger, as tables."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.stock import rules
from noria.stock.model import (
    Counted,
    Difference,
    Move,
    Movement,
    MovementKind,
    NotEnoughStock,
    Place,
    State,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHELF, HELD, ROAD = State.AVAILABLE, State.RESERVED, State.IN_TRANSIT
HOLD, DAMAGED, OUT = State.HOLD, State.DAMAGED, State.OUTSIDE


def move(quantity, source, target, *, sku="mug", node="PAR", to=None):
    return Move(
        sku=sku, quantity=quantity, source=Place(node, source), target=Place(to or node, target)
    )


def movement(key, *moves, kind=MovementKind.SOLD):
    return Movement(id=key, kind=kind, cause=f"till:{key}", happened_at=NOON, moves=moves)


@pytest.mark.parametrize(
    ("because", "moves", "expected"),
    [
        ("nothing moves nothing", [], {}),
        (
            "what one place loses, the other gains",
            [move(3, SHELF, OUT)],
            {("mug", "PAR", SHELF): -3, ("mug", "PAR", OUT): 3},
        ),
        (
            "a place that ends even is kept, so that it is locked",
            [move(3, SHELF, HELD), move(3, HELD, OUT)],
            {("mug", "PAR", SHELF): -3, ("mug", "PAR", OUT): 3, ("mug", "PAR", HELD): 0},
        ),
        (
            "between nodes",
            [move(2, SHELF, ROAD, to="LYS")],
            {("mug", "LYS", ROAD): 2, ("mug", "PAR", SHELF): -2},
        ),
        (
            "SKUs do not mix",
            [move(1, OUT, SHELF), move(1, OUT, SHELF, sku="cup")],
            {
                ("cup", "PAR", SHELF): 1, ("cup", "PAR", OUT): -1,
                ("mug", "PAR", SHELF): 1, ("mug", "PAR", OUT): -1,
            },
        ),
    ],
)  # fmt: skip
def test_changes(because, moves, expected):
    changes = rules.changes([movement("m1", *moves)])
    assert changes == expected, because
    assert list(changes) == sorted(changes, key=lambda key: (key[0], key[1], key[2].value)), (
        "in key order, because that is the order of locks"
    )


@pytest.mark.parametrize(
    ("because", "balances", "change", "available"),
    [
        ("exactly enough", {("mug", "PAR", SHELF): 2}, {("mug", "PAR", SHELF): -2}, None),
        ("one too few", {("mug", "PAR", SHELF): 1}, {("mug", "PAR", SHELF): -2}, 1),
        ("an unknown balance is nothing", {}, {("mug", "PAR", HELD): -1}, 0),
        ("outside has no bottom", {}, {("mug", "PAR", OUT): -1}, None),
        ("giving is never refused", {}, {("mug", "PAR", SHELF): 9}, None),
        ("another node's units do not count", {("mug", "LYS", SHELF): 9}, {("mug", "PAR", SHELF): -1}, 0),
    ],
)  # fmt: skip
def test_check_enough(because, balances, change, available):
    if available is None:
        rules.check_enough(balances, change)
        return
    with pytest.raises(NotEnoughStock) as refused:
        rules.check_enough(balances, change)
    assert refused.value.details["available"] == available, because


@pytest.mark.parametrize(
    ("because", "balances", "movements", "expected"),
    [
        ("what the book knows", {("mug", "PAR", SHELF): 3}, [movement("m1", move(3, SHELF, OUT))], []),
        ("what comes from outside", {}, [movement("m1", move(3, OUT, SHELF))], []),
        (
            "only what is missing",
            {("mug", "PAR", SHELF): 1},
            [movement("m1", move(3, SHELF, OUT))],
            [("mug", "PAR", SHELF, 2, "m1")],
        ),
        (
            "facts are taken in order: the second finds what the first left",
            {("mug", "PAR", SHELF): 3},
            [movement("m1", move(2, SHELF, OUT)), movement("m2", move(2, SHELF, OUT))],
            [("mug", "PAR", SHELF, 1, "m2")],
        ),
        (
            "what one fact brings, the next may take",
            {},
            [movement("m1", move(2, OUT, SHELF)), movement("m2", move(2, SHELF, OUT))],
            [],
        ),
        (
            "but not the other way round",
            {},
            [movement("m1", move(2, SHELF, OUT)), movement("m2", move(2, OUT, SHELF))],
            [("mug", "PAR", SHELF, 2, "m1")],
        ),
        (
            "also inside one movement",
            {},
            [movement("m1", move(2, SHELF, DAMAGED), move(2, DAMAGED, OUT))],
            [("mug", "PAR", SHELF, 2, "m1")],
        ),
        (
            "the same shelf twice in one movement is short once for each",
            {("mug", "PAR", SHELF): 3},
            [movement("m1", move(2, SHELF, OUT), move(2, SHELF, HOLD))],
            [("mug", "PAR", SHELF, 1, "m1")],
        ),
        (
            "one found movement for each fact that fell short",
            {},
            [movement("m1", move(1, SHELF, OUT)), movement("m2", move(1, HOLD, OUT))],
            [("mug", "PAR", SHELF, 1, "m1"), ("mug", "PAR", HOLD, 1, "m2")],
        ),
    ],
)  # fmt: skip
def test_found_and_gaps(because, balances, movements, expected):
    missing = rules.found(balances, movements, prefix="f-")
    gaps = rules.gaps(missing)
    assert [
        (gap.sku, gap.node, gap.state, gap.quantity, gap.movement) for gap in gaps
    ] == expected, because
    assert [one.id for one in missing] == [f"f-{number:03}" for number in range(len(missing))]
    assert all(one.kind is MovementKind.FOUND and one.happened_at == NOON for one in missing)


STATES = st.sampled_from(list(State))
MOVES = st.tuples(
    st.sampled_from(["cup", "mug"]),
    st.integers(1, 9),
    st.tuples(st.sampled_from(["LYS", "PAR"]), STATES),
    st.tuples(st.sampled_from(["LYS", "PAR"]), STATES),
).filter(lambda drawn: drawn[2] != drawn[3])
HISTORIES = st.lists(st.lists(MOVES, min_size=1, max_size=4), max_size=6)
LEVELS = st.dictionaries(
    st.tuples(st.sampled_from(["cup", "mug"]), st.sampled_from(["LYS", "PAR"]), STATES),
    st.integers(0, 9),
)


def told(history):
    return [
        movement(
            f"m{number}",
            *(
                Move(sku=sku, quantity=units, source=Place(*source), target=Place(*target))
                for sku, units, source, target in moves
            ),
        )
        for number, moves in enumerate(history)
    ]


@given(history=HISTORIES)
def test_every_sku_adds_up_to_zero(history):
    changes = rules.changes(told(history))
    for sku in ("cup", "mug"):
        assert sum(units for key, units in changes.items() if key[0] == sku) == 0


@given(balances=LEVELS, history=HISTORIES)
def test_with_what_is_found_every_fact_fits_and_nothing_more_is_found(balances, history):
    facts = told(history)
    missing = rules.found(balances, facts, prefix="f-")
    after = {key: balances.get(key, 0) for key in rules.changes([*missing, *facts])}
    by_cause = {one.cause: one for one in missing}
    for fact in facts:
        found = by_cause.get(f"movement:{fact.id}")
        for each in [*(found.moves if found else ()), *fact.moves]:
            after[each.sku, each.source.node, each.source.state] -= each.quantity
            after[each.sku, each.target.node, each.target.state] += each.quantity
        rules.check_enough(after, dict.fromkeys(after, 0))
    assert all(one.target.state is not State.OUTSIDE for f in missing for one in f.moves)
    enough = {key: units + 1000 for key, units in balances.items()} | {
        key: 1000 for key in after if key not in balances
    }
    assert not rules.found(enough, facts, prefix="f-"), "who has plenty is never short"


@pytest.mark.parametrize(
    ("because", "lines", "moves", "differences"),
    [
        ("the book was right", {"mug": 5}, [], []),
        ("more than the book knew", {"mug": 7}, [("mug", 2, OUT, SHELF)], [("mug", 5, 7)]),
        ("fewer than the book knew", {"mug": 4}, [("mug", 1, SHELF, OUT)], [("mug", 5, 4)]),
        ("an empty shelf", {"mug": 0}, [("mug", 5, SHELF, OUT)], [("mug", 5, 0)]),
        ("a SKU that the book did not know", {"cup": 2}, [("cup", 2, OUT, SHELF)], [("cup", 0, 2)]),
        (
            "only what differs, in order of SKU",
            {"mug": 6, "bowl": 3, "cup": 1},
            [("cup", 1, OUT, SHELF), ("mug", 1, OUT, SHELF)],
            [("cup", 0, 1), ("mug", 5, 6)],
        ),
    ],
)
def test_counted(because, lines, moves, differences):
    book = {("mug", "PAR", SHELF): 5, ("mug", "PAR", HELD): 9, ("bowl", "PAR", SHELF): 3}
    given_lines = [Counted(sku=sku, quantity=units) for sku, units in lines.items()]
    counted, differs = rules.counted("c1", "PAR", given_lines, book, happened_at=NOON)
    found = [
        (one.sku, one.quantity, one.source.state, one.target.state)
        for one in (counted.moves if counted else ())
    ]
    assert found == moves, because
    assert differs == [Difference(sku=s, expected=e, counted=c) for s, e, c in differences], because
    if counted is not None:
        assert (counted.kind, counted.cause) == (MovementKind.COUNTED, "count:c1")
