"""Shorts, parcel ids and weights, as tables."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.fulfilment import rules
from noria.fulfilment.model import Pick, ShortLine, ShortReason, ShortTooMuch
from noria.orders.model import Leg, LegLine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOST, BROKEN = ShortReason.NOT_FOUND, ShortReason.DAMAGED
LEG = Leg(
    id="o1.1", order="o1", node="PAR", service="HOME", planned_at=NOON, leaves_at=NOON,
    arrives_on=date(2026, 11, 24), cost_cents=600,
    lines=[
        LegLine(line=1, sku="mug", quantity=3),
        LegLine(line=2, sku="cup", quantity=2, gone=1),
        LegLine(line=4, sku="mug", quantity=2),
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("because", "short", "expected"),
    [
        ("nothing is missing", [], []),
        ("the last line goes short first", [("mug", 1, LOST)], [(4, 1, LOST)]),
        ("then the line before it", [("mug", 4, LOST)], [(4, 2, LOST), (1, 2, LOST)]),
        ("all of it", [("mug", 5, LOST), ("cup", 1, BROKEN)], [(4, 2, LOST), (1, 3, LOST), (2, 1, BROKEN)]),
        ("each reason takes what the one before left", [("mug", 1, LOST), ("mug", 2, BROKEN)],
         [(4, 1, LOST), (4, 1, BROKEN), (1, 1, BROKEN)]),
    ],
)  # fmt: skip
def test_shorts(because, short, expected):
    lines = tuple(ShortLine(sku=sku, quantity=units, reason=why) for sku, units, why in short)
    found = rules.shorts(LEG, Pick(id="o1.1", short=lines))
    assert [(one.line, one.units, why) for one, _, why in found] == expected, because


@pytest.mark.parametrize(
    ("because", "short", "due"),
    [
        ("more than the leg has", [("mug", 6)], 5),
        ("what is gone cannot be missing", [("cup", 2)], 1),
        ("a SKU that the leg has not", [("bowl", 1)], 0),
        ("two reports together", [("mug", 3), ("mug", 3)], 5),
    ],
)
def test_more_cannot_be_missing_than_was_to_pick(because, short, due):
    lines = tuple(ShortLine(sku=sku, quantity=units, reason=LOST) for sku, units in short)
    with pytest.raises(ShortTooMuch) as refused:
        rules.shorts(LEG, Pick(id="o1.1", short=lines))
    assert refused.value.details["due"] == due, because


@pytest.mark.parametrize(
    ("because", "digits", "check"),
    [
        ("an SSCC that handbooks print", "34012345123456789", "5"),
        ("the SSCC worked out on the check digit page of GS1", "37610425002123456", "9"),
        ("the GTIN-13 worked out there", "629104150021", "3"),
        ("an EAN-13 that every textbook has", "400638133393", "1"),
        ("a GTIN-8", "7351353", "7"),
        ("a UPC-A", "03600029145", "2"),
        ("a sum that ends in zero has check digit zero", "00000000000000000", "0"),
    ],
)  # fmt: skip
def test_check_digit(because, digits, check):
    assert rules.check_digit(digits) == check, because


@pytest.mark.parametrize(
    ("because", "prefix", "serial", "expected"),
    [
        ("the serial fills its place with zeros", "3760000", 1, "037600000000000017"),
        ("a longer prefix leaves fewer places", "761042500", 2123456, "076104250021234568"),
        ("past its place, the extension digit counts on", "3760000", 10**9, "137600000000000007"),
        ("full serials start again", "3760000", 10**10, "037600000000000000"),
    ],
)
def test_sscc(because, prefix, serial, expected):
    assert rules.sscc(prefix, serial) == expected, because


@given(
    prefix=st.from_regex(r"\A[0-9]{7,10}\Z"), serials=st.sets(st.integers(0, 10**7 - 1), max_size=20)
)  # fmt: skip
def test_an_sscc_has_18_digits_is_valid_and_names_one_parcel(prefix, serials):
    codes = {rules.sscc(prefix, serial) for serial in serials}
    assert len(codes) == len(serials)
    for code in codes:
        assert len(code) == 18
        assert sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(code)) % 10 == 0


@given(weight=st.integers(0, 10**7), parcels=st.integers(1, 1000))
def test_a_shared_weight_adds_up_and_is_shared_evenly(weight, parcels):
    parts = rules.shared_weight(weight, parcels)
    assert (len(parts), sum(parts)) == (parcels, weight)
    assert max(parts) - min(parts) <= 1


def test_a_weight_is_that_of_every_unit():
    assert rules.weight([(2, 300), (1, 120)]) == 720
    assert rules.weight([]) == 0
