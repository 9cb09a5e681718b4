"""The curve of what can be promised, in its lookahead-minimum form: as tables, and at random."""

from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from noria.network.model import NodeKind
from noria.promise import atp_rules as rules
from noria.promise.atp_model import Expected, Step, Stocked, Supply, SupplyKind
from noria.promise.atp_rules import Picture
from noria.promise.keep_back_model import KeepBack, Purpose
from noria.promise.keep_back_rules import rulebook

TODAY = date(2026, 11, 23)


def day(number):
    return TODAY + timedelta(days=number)


def plain(steps):
    return [((step.day - TODAY).days, step.cumulative) for step in steps]


@pytest.mark.parametrize(
    ("because", "now", "changes", "expected"),
    [
        ("nothing comes, nothing goes", 5, [], [(0, 5)]),
        ("nothing at all is a step too", 0, [], [(0, 0)]),
        ("supply counts from its day on", 5, [(3, 4)], [(0, 5), (3, 9)]),
        ("never before, however much comes", 0, [(3, 400)], [(0, 0), (3, 400)]),
        ("two on one day are one step", 1, [(3, 2), (3, 2)], [(0, 1), (3, 5)]),
        ("supply of today is there today", 1, [(0, 2)], [(0, 3)]),
        ("demand of today takes what is there", 5, [(0, -2)], [(0, 3)]),
        ("demand that is overdue is due today", 5, [(-9, -2)], [(0, 3)]),
        ("demand to come takes what is there, if nothing comes before", 5, [(4, -2)], [(0, 3)]),
        ("demand takes the supply that covers it in time", 5, [(3, 4), (4, -4)], [(0, 5)]),
        ("on the very day is in time", 5, [(4, 4), (4, -4)], [(0, 5)]),
        ("supply that comes after it does not cover it", 5, [(3, -4), (4, 4)], [(0, 1), (4, 5)]),
        ("it takes part of it from there, if too little comes", 5, [(3, 2), (4, -4)], [(0, 3)]),
        ("what is left of that supply can be sold", 5, [(3, 6), (4, -4)], [(0, 5), (3, 7)]),
        ("a later receipt makes no earlier day better", 1, [(2, -1), (9, 50)], [(0, 0), (9, 50)]),
        ("more is wanted than there is: none, not less", 2, [(1, -5)], [(0, 0)]),
        ("what is owed is paid first", 2, [(1, -5), (3, 10)], [(0, 0), (3, 7)]),
        ("what is kept back is filled up first", -2, [(3, 5)], [(0, 0), (3, 3)]),
        ("demand after all supply reaches back", 0, [(2, 5), (6, 5), (9, -7)], [(0, 0), (2, 3)]),
    ],
)
def test_the_curve(because, now, changes, expected):
    steps = rules.curve(now, [(day(at), units) for at, units in changes], start=TODAY)
    assert plain(steps) == expected, because
    assert list(accumulate(step.units for step in steps)) == [step.cumulative for step in steps]


@given(
    st.integers(-5, 20),
    st.lists(st.tuples(st.integers(0, 9), st.integers(-9, 9)), max_size=8),
)
def test_what_the_curve_promises_breaks_nothing_and_one_more_would(now, changes):
    steps = rules.curve(now, [(day(at), units) for at, units in changes], start=TODAY)
    level = [sum(units for at, units in changes if at <= end) + now for end in range(10)]
    curve = [rules.level(steps, day(at)) for at in range(10)]
    assert curve == sorted(curve), "it never falls"
    for at, units in enumerate(curve):
        left = [level[end] - units for end in range(at, 10)]
        assert units == 0 or min(left) >= 0, "a promise for this day breaks a later one"
        assert min(left) <= 0, "one more could have been promised"


@pytest.mark.parametrize(
    ("because", "one", "other", "lowest"),
    [
        ("the lower on each day", [(0, 5), (4, 9)], [(0, 3), (2, 7)], [(0, 3), (2, 5), (4, 7)]),
        ("one is lower throughout", [(0, 1)], [(0, 3), (2, 7)], [(0, 1)]),
    ],
)
def test_the_lower_of_two_curves(because, one, other, lowest):
    made = [[Step(day=day(at), units=0, cumulative=units) for at, units in each]
            for each in (one, other)]  # fmt: skip
    assert plain(rules.lower(*made)) == lowest, because


def test_a_window_begins_with_what_rose_before_it():
    steps = rules.curve(1, [(day(2), 1), (day(5), 1), (day(7), 1)], start=TODAY)
    assert plain(rules.window(steps, day(3), day(5))) == [(3, 2), (5, 3)]
    assert plain(rules.window(steps, day(9), day(9))) == [(9, 4)]


def stocked(node, on_shelf, *, sku="mug", **more):
    facts = {
        "sku": sku, "node": node, "on_shelf": on_shelf, "expired": 0, "own": 0, "named": 0, "unsellable": 0,
        "is_made": False, "category": "", "node_kind": "store", "buffer_units": 0, "sold": 0,
        "accuracy": None, "latitude": 48.0, "longitude": 2.0,
    }  # fmt: skip
    return Stocked(**(facts | more))


def supply(node, at, units, kind=SupplyKind.PURCHASE):
    return Supply(kind=kind, document="purchase:P1", sku="mug", node=node, day=day(at), units=units)


def wanted(units, *, node=None, due=None):
    return Expected(
        demand="order:o1", line=1, sku="mug", units=units, channel="web", node=node,
        due=None if due is None else day(due),
    )  # fmt: skip


def rule(key, units, purpose, **more):
    return KeepBack(id=key, purpose=purpose, units=units, reason="because", **more)


def picture(shelves, made=(), supplies=(), expected=(), channel="web"):
    return Picture(
        channel=channel,
        today=TODAY,
        free=rules.free(shelves, rulebook(made), channel, is_sourcing=True),
        supplies=supplies,
        expected=expected,
        thresholds=rules.split_thresholds(made),
    )


TWO = [stocked("A", 4), stocked("B", 3)]
FEW = Purpose.THRESHOLD


@pytest.mark.parametrize(
    ("because", "seen", "everywhere", "at_a"),
    [
        ("nodes add up", picture(TWO), [(0, 7)], [(0, 4)]),
        ("demand that is nowhere lowers the sum", picture(TWO, expected=[wanted(2)]), [(0, 5)], [(0, 4)]),
        ("and no node has more than that", picture(TWO, expected=[wanted(5)]), [(0, 2)], [(0, 2)]),
        ("demand that names a node is its own", picture(TWO, expected=[wanted(3, node="B")]), [(0, 4)], [(0, 4)]),
        ("demand may be covered by what comes elsewhere",
         picture(TWO, supplies=[supply("B", 2, 5)], expected=[wanted(5, due=3)]), [(0, 7)], [(0, 4)]),
        ("but not by what comes too late",
         picture(TWO, supplies=[supply("B", 4, 5)], expected=[wanted(5, due=3)]), [(0, 2), (4, 7)], [(0, 2), (4, 4)]),
        ("lots that are too old are not promised", picture([stocked("A", 4, unsellable=3)]), [(0, 1)], [(0, 1)]),
        ("a shelf below its buffer takes nothing from another one",
         picture([stocked("A", 4), stocked("B", 1, buffer_units=9)]), [(0, 4)], [(0, 4)]),
        ("what comes fills its buffer first",
         picture([stocked("A", 1, buffer_units=3)], supplies=[supply("A", 2, 5)]), [(0, 0), (2, 3)], [(0, 0), (2, 3)]),
        ("what is late counts on no day", picture(TWO, supplies=[supply("A", -1, 5)]), [(0, 7)], [(0, 4)]),
        ("what leaves counts, however late",
         picture(TWO, supplies=[supply("A", -1, -3, SupplyKind.LEAVING)]), [(0, 4)], [(0, 1)]),
        ("a protection is kept from others",
         picture(TWO, [rule("r", 3, Purpose.PROTECTION, channel="tills")]), [(0, 1)], [(0, 1)]),
        ("and not from its channel",
         picture(TWO, [rule("r", 3, Purpose.PROTECTION, channel="web")]), [(0, 7)], [(0, 4)]),
        ("a threshold at a place hides that place",
         picture(TWO, [rule("r", 4, FEW, node_kind=NodeKind.STORE)]), [(0, 4)], [(0, 4)]),
        ("until enough is there",
         picture(TWO, [rule("r", 6, FEW, node="A")], [supply("A", 3, 2)]), [(0, 3), (3, 9)], [(0, 0), (3, 6)]),
        ("a threshold without a place looks at the sum", picture(TWO, [rule("r", 8, FEW)]), [(0, 0)], [(0, 0)]),
        ("and shows all when that is reached", picture(TWO, [rule("r", 7, FEW)]), [(0, 7)], [(0, 4)]),
        ("nobody has it", picture([]), [(0, 0)], [(0, 0)]),
    ],
)  # fmt: skip
def test_curves_of_a_sku_and_of_its_nodes(because, seen, everywhere, at_a):
    assert plain(rules.curves(seen, ["mug"], None)["mug", None]) == everywhere, because
    assert plain(rules.curves(seen, ["mug"], ["A"])["mug", "A"]) == at_a, because


@pytest.mark.parametrize(
    ("because", "reason", "french"),
    [
        ("what a person wrote stands as it is", "thefts", "thefts"),
        ("what nobody wrote is a code", "partner-not-active", "le partenaire n'est pas actif"),
        ("with figures", "terms minimum_units=6 pack_units=3",
         "à partir de 6 unités, par lots de 3"),
    ],
)  # fmt: skip
def test_a_term_gives_its_reason_in_words(because, reason, french):
    kept = structs.replace(rule("b", 2, Purpose.BUFFER), reason=reason)
    [term] = [
        one for one in rules.terms(picture([stocked("A", 4)], [kept]), "mug", None) if one.rule
    ]
    assert (term.reason, term.why.fr) == (reason, french), because


def test_every_term_says_who_says_so():
    seen = picture(
        [stocked("A", 4, expired=1, own=2)],
        [rule("b", 2, Purpose.BUFFER), rule("t", 3, FEW)],
        [supply("A", -1, 5), supply("A", 2, 6)],
        [wanted(2, due=1)],
    )
    told = [
        (term.term, term.units, term.rule or term.document, term.is_late)
        for term in rules.terms(seen, "mug", None)
    ]
    assert told == [
        ("on_shelf", 4, None, False),
        ("expired", 1, None, False),
        ("own", 2, None, False),
        ("buffer", -2, "b", False),
        ("purchase", 5, "purchase:P1", True),
        ("purchase", 6, "purchase:P1", False),
        ("demand", -2, "order:o1", False),
        ("threshold", 3, "t", False),
    ]
    counted = sum(
        term.units for term in rules.terms(seen, "mug", "A")
        if term.term != "threshold" and not term.is_late
    )  # fmt: skip
    assert rules.curves(seen, ["mug"], None)["mug", None][-1].cumulative == counted == 9
