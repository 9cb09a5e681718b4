"""Decisions about orders, as tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.orders import cancel_rules, rules
from noria.orders.model import (
    CancelLine,
    Leg,
    LegLine,
    Line,
    NothingToCancel,
    NotInOrder,
    Short,
)
from noria.sourcing.model import Plan, PlannedLeg

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


def line(number, sku, waiting, *, quantity=9, cancelled=0):
    return Line(
        line=number,
        sku=sku,
        quantity=quantity,
        price_cents=990,
        waiting=waiting,
        cancelled=cancelled,
    )


def planned(node, **units):
    return PlannedLeg(
        node=node, service="HOME", units=units, leaves_at=NOON, arrives_on=TUESDAY, chance=0.9,
        terms={"freight": 600, "handling": 50},
    )  # fmt: skip


def leg(number, *parts, picked=False, shipped=False, withdrawn=False):
    return Leg(
        id=f"o1.{number}", order="o1", node="PAR", service="HOME", planned_at=NOON, leaves_at=NOON,
        arrives_on=TUESDAY, cost_cents=650,
        picked_at=NOON if picked or shipped else None,
        shipped_at=NOON if shipped else None,
        withdrawn_at=NOON if withdrawn else None,
        lines=[LegLine(line=place, sku=sku, quantity=units, gone=gone) for place, sku, units, gone in parts],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("because", "lines", "expected"),
    [
        ("nothing waits", [line(1, "mug", 0)], {}),
        ("lines of one SKU are added up", [line(1, "mug", 2), line(2, "mug", 1)], {"mug": 3}),
        ("only what waits", [line(1, "mug", 2, cancelled=3), line(2, "cup", 0)], {"mug": 2}),
    ],
)
def test_wanted(because, lines, expected):
    assert rules.wanted(lines) == expected, because


@pytest.mark.parametrize(
    ("because", "lines", "legs", "expected"),
    [
        ("no leg, no holds", [line(1, "mug", 2)], [], {}),
        ("one leg", [line(1, "mug", 2)], [planned("PAR", mug=2)], {"o1.3": [(1, "mug", 2)]}),
        ("the first line is served first", [line(1, "mug", 2), line(2, "mug", 2)],
         [planned("PAR", mug=3)], {"o1.3": [(1, "mug", 2), (2, "mug", 1)]}),
        ("what one leg took, the next leaves", [line(1, "mug", 2), line(2, "mug", 2)],
         [planned("PAR", mug=1), planned("LYS", mug=3)],
         {"o1.3": [(1, "mug", 1)], "o1.4": [(1, "mug", 1), (2, "mug", 2)]}),
        ("lines that do not wait are passed over", [line(1, "mug", 0), line(2, "mug", 2)],
         [planned("PAR", mug=2)], {"o1.3": [(2, "mug", 2)]}),
        ("SKUs do not mix", [line(1, "mug", 1), line(2, "cup", 1)],
         [planned("PAR", cup=1, mug=1)], {"o1.3": [(1, "mug", 1), (2, "cup", 1)]}),
    ],
)  # fmt: skip
def test_legs_and_their_holds(because, lines, legs, expected):
    made = rules.legs("o1", Plan(legs=legs, short={}), lines, planned_before=2, now=NOON)
    assert {
        one.id: [(part.line, part.sku, part.quantity) for part in one.lines] for one in made
    } == expected, because
    assert [(hold.id, hold.sku, hold.quantity) for hold in rules.holds(made, {"o1": "web"})] == [
        (f"{key}.{place}", sku, units)
        for key, parts in expected.items()
        for place, sku, units in parts
    ], "one hold for each line of each leg"
    assert all(hold.expires_at is None for hold in rules.holds(made, {"o1": "web"})), (
        "an order's holds are firm"
    )
    assert all(one.cost_cents == 650 for one in made), "freight and handling"


def test_a_plan_that_sends_more_than_waits_is_a_bug():
    plan = Plan(legs=[planned("PAR", mug=3)], short={})
    with pytest.raises(AssertionError):
        rules.legs("o1", plan, [line(1, "mug", 2)], planned_before=0, now=NOON)


def cancelling(**units):
    return [CancelLine(sku=sku, quantity=count) for sku, count in units.items()]


YOUNG_AND_OLD = [leg(1, (1, "mug", 2, 0)), leg(2, (1, "mug", 2, 0))]


@pytest.mark.parametrize(
    ("because", "lines", "legs", "asked", "waiting", "stopped"),
    [
        ("what waits goes first", [line(1, "mug", 2)], [leg(1, (1, "mug", 3, 0))],
         cancelling(mug=2), [(1, 2)], []),
        ("then legs", [line(1, "mug", 2)], [leg(1, (1, "mug", 3, 0))],
         cancelling(mug=4), [(1, 2)], [("o1.1", 1, 2)]),
        ("the youngest leg first", [line(1, "mug", 0)], YOUNG_AND_OLD,
         cancelling(mug=3), [], [("o1.2", 1, 2), ("o1.1", 1, 1)]),
        ("all of it", [line(1, "mug", 1)], YOUNG_AND_OLD,
         None, [(1, 1)], [("o1.2", 1, 2), ("o1.1", 1, 2)]),
        ("picked can still be stopped", [line(1, "mug", 0)], [leg(1, (1, "mug", 2, 0), picked=True)],
         None, [], [("o1.1", 1, 2)]),
        ("all means all that has not left", [line(1, "mug", 1)], [leg(1, (1, "mug", 2, 0), shipped=True)],
         None, [(1, 1)], []),
        ("what is gone is not stopped again", [line(1, "mug", 0)], [leg(1, (1, "mug", 3, 1))],
         None, [], [("o1.1", 1, 2)]),
        ("a withdrawn leg has nothing", [line(1, "mug", 1)], [leg(1, (1, "mug", 3, 0), withdrawn=True)],
         None, [(1, 1)], []),
        ("lines of one request are added up", [line(1, "mug", 3)], [],
         cancelling(mug=1) + cancelling(mug=2), [(1, 3)], []),
        ("over several lines of the order", [line(1, "mug", 1), line(2, "mug", 1)], [],
         cancelling(mug=2), [(1, 1), (2, 1)], []),
        ("of one line by its number", [line(1, "mug", 1), line(2, "mug", 3)], [],
         [CancelLine(sku="mug", line=2, quantity=2)], [(2, 2)], []),
        ("a line that is named is not taken from by its SKU too",
         [line(1, "mug", 1), line(2, "mug", 3)], [],
         [*cancelling(mug=1), CancelLine(sku="mug", line=2, quantity=1)], [(1, 1), (2, 1)], []),
    ],
)  # fmt: skip
def test_cancellation(because, lines, legs, asked, waiting, stopped):
    found = cancel_rules.cancellation("o1", lines, legs, asked)
    assert found == (
        [("o1", place, units) for place, units in waiting],
        [Short(leg=key, line=place, units=units) for key, place, units in stopped],
    ), because


@pytest.mark.parametrize(
    ("because", "legs", "asked", "refusal", "left"),
    [
        (
            "more than can be stopped",
            [leg(1, (1, "mug", 2, 0))],
            cancelling(mug=4),
            NothingToCancel,
            3,
        ),
        (
            "it has left",
            [leg(1, (1, "mug", 2, 0), shipped=True)],
            cancelling(mug=2),
            NothingToCancel,
            1,
        ),
        ("it is not in the order", [], cancelling(cup=1), NotInOrder, None),
        (
            "the line is not there",
            [],
            [CancelLine(sku="mug", line=7, quantity=1)],
            NotInOrder,
            None,
        ),
        (
            "the line is of another SKU",
            [],
            [CancelLine(sku="cup", line=1, quantity=1)],
            NotInOrder,
            None,
        ),
        (
            "its only line is named, so the SKU has none left",
            [],
            [CancelLine(sku="mug", line=1, quantity=1), *cancelling(mug=1)],
            NothingToCancel,
            0,
        ),
    ],
)
def test_a_cancellation_that_cannot_be(because, legs, asked, refusal, left):
    with pytest.raises(refusal) as refused:
        cancel_rules.cancellation("o1", [line(1, "mug", 1)], legs, asked)
    assert refused.value.details.get("left") == left, because


def test_nothing_left_to_cancel():
    with pytest.raises(NothingToCancel):
        cancel_rules.cancellation(
            "o1", [line(1, "mug", 0)], [leg(1, (1, "mug", 2, 0), shipped=True)], None
        )


PARTS = st.lists(
    st.tuples(st.sampled_from(["cup", "mug"]), st.integers(1, 4)), min_size=1, max_size=4
)


@given(
    parts=PARTS,
    sent=st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), max_size=3),
    asked=st.dictionaries(st.sampled_from(["cup", "mug"]), st.integers(1, 8), min_size=1),
)
def test_a_cancellation_takes_what_was_asked_and_no_more_than_there_is(parts, sent, asked):
    lines = [line(number, sku, units) for number, (sku, units) in enumerate(parts, 1)]
    legs = [
        leg(number, *((place, one.sku, units, 0) for place, one in enumerate(lines, 1)),
            shipped=shipped, withdrawn=withdrawn and not shipped)
        for number, (units, shipped, withdrawn) in enumerate(sent, 1)
    ]  # fmt: skip
    try:
        waiting, stopped = cancel_rules.cancellation("o1", lines, legs, cancelling(**asked))
    except (NotInOrder, NothingToCancel):
        return
    taken = dict.fromkeys(asked, 0)
    by_place = {one.line: one for one in lines}
    for _, place, units in waiting:
        assert 0 < units <= by_place[place].waiting
        taken[by_place[place].sku] += units
    for short in stopped:
        taken[by_place[short.line].sku] += short.units
    assert taken == asked


@given(waits=PARTS, shares=st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_legs_lay_every_planned_unit_on_a_line_that_waits_for_it(waits, shares):
    lines = [line(number, sku, units) for number, (sku, units) in enumerate(waits, 1)]
    left = rules.wanted(lines)
    plan = []
    for share in shares:
        units = {sku: min(share, count) for sku, count in left.items() if min(share, count)}
        left = {sku: count - units.get(sku, 0) for sku, count in left.items()}
        if units:
            plan.append(planned("PAR", **units))
    made = rules.legs("o1", Plan(legs=plan, short=left), lines, planned_before=0, now=NOON)
    laid = [part for one in made for part in one.lines]
    for one in lines:
        assert sum(part.quantity for part in laid if part.line == one.line) <= one.waiting
    for sku, units in rules.wanted(lines).items():
        assert sum(part.quantity for part in laid if part.sku == sku) == units - left[sku]
    assert len({hold.id for hold in rules.holds(made, {"o1": "web"})}) == len(laid)


def test_a_leg_keeps_when_it_was_planned():
    later = NOON + timedelta(hours=1)
    [made] = rules.legs(
        "o1", Plan(legs=[planned("PAR", mug=1)], short={}), [line(1, "mug", 1)],
        planned_before=0, now=later,
    )  # fmt: skip
    assert (made.planned_at, made.leaves_at, made.arrives_on) == (later, NOON, TUESDAY)
