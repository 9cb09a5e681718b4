"""Which lot goes first, and what is laid on which line: tables, with a reason a row."""

from datetime import date

import pytest

from noria.fulfilment import rules as fulfilment
from noria.fulfilment.model import PackedOtherwise, PackedUnits
from noria.orders.model import Leg, LegLine
from noria.stock.model import Move, Place, State
from noria.stock.tracked import rules
from noria.stock.tracked.model import NamedLot, check_named
from world import MONDAY

SOON, LATER = date(2026, 11, 25), date(2026, 12, 24)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("because", "lots", "units", "earliest", "taken"),
    [
        ("first expired, first out", [("b", LATER, 5), ("a", SOON, 5)], 3, TODAY, [("a", 3)]),
        ("the next one when it is used up", [("b", LATER, 5), ("a", SOON, 5)], 7, TODAY, [("a", 5), ("b", 2)]),
        ("its last day is still good", [("a", TODAY, 5)], 5, TODAY, [("a", 5)]),
        ("expired is never proposed", [("a", date(2026, 11, 22), 5), ("b", SOON, 1)], 4, TODAY, [("b", 1)]),
        ("nor what has fewer days left than it needs", [("a", SOON, 5), ("b", LATER, 5)], 4, date(2026, 11, 30), [("b", 4)]),
        ("what never expires goes after what does", [("a", None, 5), ("b", LATER, 5)], 6, TODAY, [("b", 5), ("a", 1)]),
        ("what nobody told goes last", [("?", None, 5), ("z", None, 5)], 6, TODAY, [("z", 5), ("?", 1)]),
        ("of two that expire together, the first by name", [("b", SOON, 5), ("a", SOON, 5)], 6, TODAY, [("a", 5), ("b", 1)]),
        ("less than was asked is said as it is", [("a", SOON, 2)], 6, TODAY, [("a", 2)]),
        ("an empty lot is not named", [("a", SOON, 0), ("b", SOON, 1)], 1, TODAY, [("b", 1)]),
    ],
)  # fmt: skip
def test_propose(because, lots, units, earliest, taken):
    found = rules.propose(lots, units, earliest=earliest)
    assert [(one.lot, one.quantity) for one in found] == taken, because


@pytest.mark.parametrize(
    ("because", "source", "target", "crosses"),
    [
        ("held: it still lies there", ("PAR", "available"), ("PAR", "reserved"), False),
        ("given back: it never left", ("PAR", "reserved"), ("PAR", "available"), False),
        ("shipped", ("PAR", "reserved"), ("PAR", "outside"), True),
        ("to another node", ("PAR", "available"), ("LYS", "available"), True),
        ("put aside", ("PAR", "available"), ("PAR", "hold"), True),
    ],
)
def test_a_unit_changes_place_or_only_what_it_is_free_to_do(because, source, target, crosses):
    ends = [Place(node, State(state)) for node, state in (source, target)]
    one = Move(sku="mug", quantity=1, source=ends[0], target=ends[1])
    assert rules.crosses(one) is crosses, because


def leg(*lines):
    return Leg(
        id="o1.1",
        order="o1",
        node="PAR",
        service="HOME",
        leaves_at=MONDAY,
        arrives_on=TODAY,
        cost_cents=0,
        planned_at=MONDAY,
        lines=tuple(LegLine(line=number, sku=sku, quantity=units) for number, sku, units in lines),
    )


def packed(sku, lots=(), serials=()):
    return PackedUnits(
        sku=sku,
        lots=tuple(NamedLot(lot=code, quantity=units) for code, units in lots),
        serials=tuple(serials),
    )


@pytest.mark.parametrize(
    ("because", "lines", "units", "laid"),
    [
        ("nothing scanned", [(1, "mug", 2)], [], {}),
        ("a serial on its line", [(1, "mug", 1), (2, "bowl", 1)], [packed("bowl", serials=["S1"])], {2: ([], ["S1"])}),
        ("over two lines of one SKU", [(1, "bowl", 1), (2, "bowl", 2)], [packed("bowl", serials=["S1", "S2"])], {1: ([], ["S1"]), 2: ([], ["S2"])}),
        ("a lot over two lines", [(1, "mug", 3), (2, "mug", 4)], [packed("mug", [("a", 2), ("b", 4)])], {1: ([("a", 2), ("b", 1)], []), 2: ([("b", 3)], [])}),
    ],
)  # fmt: skip
def test_what_was_scanned_is_laid_on_the_lines(because, lines, units, laid):
    found = fulfilment.packed(leg(*lines), units)
    assert {
        line: ([(lot.lot, lot.quantity) for lot in one.lots], list(one.serials))
        for line, one in found.items()
    } == laid, because


@pytest.mark.parametrize(
    ("because", "units"),
    [
        ("more than leave", [packed("bowl", serials=["S1", "S2", "S3"])]),
        ("more of lots than leave", [packed("bowl", [("a", 3)])]),
        ("a SKU that is not in the leg", [packed("cup", serials=["S1"])]),
        ("a SKU twice", [packed("bowl", serials=["S1"]), packed("bowl", serials=["S2"])]),
    ],
)
def test_what_cannot_have_been_packed(because, units):
    with pytest.raises(PackedOtherwise):
        fulfilment.packed(leg((1, "bowl", 2)), units)


@pytest.mark.parametrize(
    ("because", "lots", "serials", "is_read"),
    [
        ("all named", [("a", 2)], ["S1", "S2"], True),
        ("some of them: the others are untold", [("a", 1)], ["S1"], True),
        ("more of lots than units", [("a", 2), ("b", 1)], [], False),
        ("more serials than units", [], ["S1", "S2", "S3"], False),
        ("one unit twice", [], ["S1", "S1"], False),
    ],
)
def test_names_fit_the_quantity(because, lots, serials, is_read):
    named = [NamedLot(lot=code, quantity=units) for code, units in lots]
    try:
        check_named(2, named, serials)
    except ValueError:
        assert not is_read, because
    else:
        assert is_read, because
