"""Barcodes: what is a GTIN, and how one is kept."""

import pytest

from noria.catalog import rules
from noria.catalog.model import BadGtin, Barcode, BarcodeTaken, Sku


@pytest.mark.parametrize(
    ("because", "gtin", "kept"),
    [
        ("GTIN-13, the usual EAN", "4006381333931", "04006381333931"),
        ("GTIN-8", "73513537", "00000073513537"),
        ("GTIN-12, the American UPC", "036000291452", "00036000291452"),
        ("GTIN-14 of a carton keeps its indicator", "10614141000415", "10614141000415"),
        ("a check digit of 0", "0000000000000", "00000000000000"),
    ],
)
def test_gtin14(because, gtin, kept):
    assert rules.gtin14(gtin) == kept, because


@pytest.mark.parametrize(
    ("because", "gtin", "digit"),
    [
        ("one digit misread", "4006381333932", "1"),
        ("two digits swapped", "4006381333913", "7"),
        ("a GTIN-8 cut out of a GTIN-13", "81333931", "6"),
    ],
)
def test_bad_gtins(because, gtin, digit):
    with pytest.raises(BadGtin) as refused:
        rules.gtin14(gtin)
    assert refused.value.details == {"gtin": gtin, "digit": digit}, because


def test_barcodes_are_kept_padded_and_in_order():
    sku = Sku(
        code="MUG",
        name="Mug",
        barcodes=(Barcode(gtin="4006381333931", units=6), Barcode(gtin="73513537")),
    )
    kept = rules.normal(sku).barcodes
    assert [(barcode.gtin, barcode.units) for barcode in kept] == [
        ("00000073513537", 1),
        ("04006381333931", 6),
    ]
    assert rules.normal(rules.normal(sku)) == rules.normal(sku)


def test_one_barcode_in_two_spellings_is_there_twice():
    twice = (Barcode(gtin="4006381333931"), Barcode(gtin="04006381333931", units=6))
    with pytest.raises(BarcodeTaken):
        rules.normal(Sku(code="MUG", name="Mug", barcodes=twice))
