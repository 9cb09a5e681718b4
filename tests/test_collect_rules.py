"""Codes that nobody guesses, how long something is kept, and what is proof enough."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import world
from noria.collect import rules
from noria.collect.model import (
    CodeMistyped,
    HandOverBody,
    KeptLongEnough,
    NotProven,
    Refused,
    RefusedTooMuch,
    Way,
)
from noria.orders.model import Leg, LegLine
from noria.returns.model import Grade
from world import MONDAY

SECRET = b"x" * 32
CODE = rules.code(SECRET, "o1", "SHOP", 0)


@given(place=st.integers(0, 6), sign=st.sampled_from(rules.SIGNS), number=st.integers(0, 50))
def test_a_sign_that_is_wrong_is_noticed(place, sign, number):
    code = rules.code(SECRET, "o1", "SHOP", number)
    other = code[:place] + sign + code[place + 1 :]
    if other == code:
        assert rules.typed(rules.spaced(code).lower()) == code
    else:
        with pytest.raises(CodeMistyped):
            rules.typed(other)


@given(place=st.integers(0, 4), number=st.integers(0, 50))
def test_two_signs_that_changed_places_are_noticed(place, number):
    code = rules.code(SECRET, "o1", "SHOP", number)
    other = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if other != code:
        with pytest.raises(CodeMistyped):
            rules.typed(other)


def test_codes_differ_by_order_store_and_number():
    found = {
        rules.code(SECRET, order, node, number)
        for order in ("o1", "o2")
        for node in ("SHOP", "LYS")
        for number in range(50)
    }
    assert len(found) == 200


@pytest.mark.parametrize(
    ("because", "given"),
    [
        ("too short", "ABC"),
        ("a sign that no code has", "OOOOOOO"),
        ("empty", ""),
        ("too long", CODE + "2"),
        ("another alphabet", "αβγδεζη"),
    ],
)
def test_what_is_no_code_is_no_guess(because, given):
    with pytest.raises(CodeMistyped):
        rules.typed(given)


def body(way, **more):
    return HandOverBody(order="o1", node="SHOP", way=way, **more)


@pytest.mark.parametrize(
    ("because", "told", "proxy", "expected"),
    [
        ("the right code", body(Way.SCAN, code=CODE), None, True),
        ("as people type it", body(Way.CODE, code=rules.spaced(CODE).lower()), None, True),
        ("another order's", body(Way.CODE, code=rules.code(SECRET, "o2", "SHOP", 0)), None, False),
        ("who they are was looked at", body(Way.IDENTITY, identity_seen=True), None, True),
        ("nobody looked", body(Way.IDENTITY), None, NotProven),
        ("no code was given", body(Way.SCAN), None, NotProven),
        ("the one who was named", body(Way.PROXY, identity_seen=True, name="sacha  PETIT"),
         "Sacha Petit", True),
        ("somebody else", body(Way.PROXY, identity_seen=True, name="Lou Roux"), "Sacha Petit",
         False),
        ("nobody was named", body(Way.PROXY, identity_seen=True, name="Lou Roux"), None, False),
        ("they say no name", body(Way.PROXY, identity_seen=True), "Sacha Petit", NotProven),
    ],
)  # fmt: skip
def test_what_is_proof_enough(because, told, proxy, expected):
    if expected is NotProven:
        with pytest.raises(NotProven):
            rules.is_proof(told, CODE, proxy)
    else:
        assert rules.is_proof(told, CODE, proxy) is expected, because


def test_it_is_kept_until_the_end_of_a_day_where_the_store_is():
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    node = world.node("SHOP")
    assert rules.keep_until(node, MONDAY, 7) == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert rules.keep_until(node, late, 7) == datetime(2026, 12, 1, 23, tzinfo=UTC), "Tuesday there"


def test_nothing_is_kept_for_ever():
    until = MONDAY + timedelta(days=8)
    assert rules.extended("o1", MONDAY, until, 3) == until + timedelta(days=3)
    with pytest.raises(KeptLongEnough):
        rules.extended("o1", MONDAY, MONDAY + timedelta(days=55), 7)


@pytest.mark.parametrize(
    ("because", "picked_at", "now", "expected"),
    [
        ("usual handling from now on", None, MONDAY, MONDAY + timedelta(minutes=45)),
        ("picked: it has only to be put there", MONDAY, MONDAY, MONDAY + rules.STAGING),
        ("closed at ten: it goes on in the morning", None, MONDAY + timedelta(hours=11, minutes=45),
         datetime(2026, 11, 24, 5, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_when_it_is_expected_to_be_ready(because, picked_at, now, expected):
    node = world.node("SHOP")
    found = rules.expected_at(node, picked_at=picked_at, minutes=45, holidays=frozenset(), now=now)
    assert found == expected, because


def leg(number, **units):
    return Leg(
        id=f"o1.{number}", order="o1", node="SHOP", service="pick-up", planned_at=MONDAY,
        leaves_at=MONDAY, arrives_on=date(2026, 11, 23), cost_cents=0,
        lines=[LegLine(line=at, sku=sku, quantity=count)
               for at, (sku, count) in enumerate(units.items(), 1)],
    )  # fmt: skip


def test_what_is_refused_is_laid_on_legs_from_the_last():
    legs = [leg(1, mug=2, cup=1), leg(2, mug=1)]
    three = Refused(sku="mug", quantity=2, grade=Grade.A, reason="too blue")
    found = rules.refused_units("o1", legs, [three])
    assert [(short.leg, short.line, short.units) for short, _ in found] == [
        ("o1.2", 1, 1), ("o1.1", 1, 1),
    ]  # fmt: skip
    with pytest.raises(RefusedTooMuch):
        rules.refused_units("o1", legs, [three, three])
    with pytest.raises(RefusedTooMuch):
        rules.refused_units("o1", legs, [Refused(sku="hat", quantity=1, grade=Grade.A, reason="?")])


def test_what_was_not_in_the_box():
    assert rules.missing(leg(1, mug=2, cup=1), [("mug", 1)]) == {1: 1}
    assert rules.missing(leg(1, mug=2), [("mug", 3)]) is None
