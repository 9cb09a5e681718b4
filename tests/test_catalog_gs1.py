"""What a scan says, as a table; and whatever is scanned, it is read or refused."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.catalog import gs1_rules
from noria.catalog.gs1_model import BadCheckDigit, Scanned, UnreadableCode
from noria.catalog.gs1_rules import FNC1, read, units

TODAY = date(2026, 11, 28)
EAN = "4006381333931"
GTIN = "0" + EAN
SSCC = "037600000000000017"
LAST = date(2026, 12, 31)

READ = [
    ("an EAN-13", EAN, Scanned(gtin=GTIN)),
    ("a UPC of 12", "036000291452", Scanned(gtin="00036000291452")),
    ("an EAN-8", "96385074", Scanned(gtin="00000096385074")),
    ("ITF-14 on a carton", "14006381333938", Scanned(gtin="14006381333938")),
    ("18 digits alone are a box", SSCC, Scanned(sscc=SSCC)),
    ("blanks of a keyboard wedge", f" {EAN}\r\n", Scanned(gtin=GTIN)),
    ("(00) names a box", f"00{SSCC}", Scanned(sscc=SSCC)),
    ("a symbology identifier before it", f"]C101{GTIN}", Scanned(gtin=GTIN)),
    ("a fixed element needs no FNC1", f"01{GTIN}17261231", Scanned(gtin=GTIN, expires_on=LAST)),
    ("a lot ends at FNC1", f"01{GTIN}10L26{FNC1}21S1", Scanned(gtin=GTIN, lot="L26", serial="S1")),
    ("or where the code ends", f"01{GTIN}10L26", Scanned(gtin=GTIN, lot="L26")),
    ("a lot that looks like another element", f"01{GTIN}1017261231", Scanned(gtin=GTIN, lot="17261231")),
    ("a symbology that says GS1 is no plain number", f"]d21726123110{EAN[:8]}",
     Scanned(expires_on=LAST, lot=EAN[:8])),
    ("FNC1 written out", f"01{GTIN}10A<GS>3012", Scanned(gtin=GTIN, lot="A", items=12)),
    ("day 00 is the last of its month", f"01{GTIN}17280200", Scanned(gtin=GTIN, expires_on=date(2028, 2, 29))),
    ("51 years ahead was the last century", f"01{GTIN}11770101", Scanned(gtin=GTIN, made_on=date(1977, 1, 1))),
    ("50 years ahead is ahead", f"01{GTIN}15760101", Scanned(gtin=GTIN, best_before=date(2076, 1, 1))),
    ("what a pallet holds", f"02{GTIN}3724", Scanned(gtin=GTIN, count=24)),
    ("1.250 kg", f"01{GTIN}3103001250", Scanned(gtin=GTIN, weight_g=1250)),
    ("12.5 kg", f"01{GTIN}3101000125", Scanned(gtin=GTIN, weight_g=12_500)),
    ("0.0005 kg are no gram", f"01{GTIN}3104000005", Scanned(gtin=GTIN, weight_g=0)),
    ("2.50 lb", f"01{GTIN}3202000250", Scanned(gtin=GTIN, weight_g=1133)),
    ("16 oz", f"01{GTIN}3570000016", Scanned(gtin=GTIN, weight_g=453)),
    ("3 troy oz", f"01{GTIN}3560000003", Scanned(gtin=GTIN, weight_g=93)),
    ("of two roundings the first stands", f"01{GTIN}31030011343202000250", Scanned(gtin=GTIN, weight_g=1134)),
    ("others are passed over", f"01{GTIN}3922150{FNC1}10A", Scanned(gtin=GTIN, lot="A")),
    ("in brackets, as printed", f"(01){GTIN}(10)AB-1(17)261231", Scanned(gtin=GTIN, lot="AB-1", expires_on=LAST)),
    ("a Digital Link", f"https://id.gs1.org/01/{GTIN}/10/L1/21/S%2F1?17=261231",
     Scanned(gtin=GTIN, lot="L1", serial="S/1", expires_on=LAST)),
    ("a Digital Link with an EAN below a path", f"https://shop.example/de/p/01/{EAN}", Scanned(gtin=GTIN)),
    ("a Digital Link to a box", f"https://id.gs1.org/00/{SSCC}", Scanned(sscc=SSCC)),
]  # fmt: skip


@pytest.mark.parametrize(("because", "code", "says"), READ)
def test_a_code_says(because, code, says):
    assert read(code, today=TODAY) == says, because


REFUSED = [
    ("one digit misread", "4006381333932", BadCheckDigit),
    ("of a box as well", "00037600000000000018", BadCheckDigit),
    ("within an element string", f"01{GTIN[:-1]}210A", BadCheckDigit),
    ("nothing", "", UnreadableCode),
    ("a word", "mug", UnreadableCode),
    ("cut off", "010400638", UnreadableCode),
    ("an empty lot", f"]C101{GTIN}10", UnreadableCode),
    ("a lot that is too long", f"01{GTIN}10{'A' * 21}", UnreadableCode),
    ("no such day", f"01{GTIN}17261331", UnreadableCode),
    ("letters in a count", f"01{GTIN}30A", UnreadableCode),
    ("says two things of one", f"01{GTIN}10A{FNC1}10B", UnreadableCode),
    ("an address without a key", "https://example.org/mug", UnreadableCode),
    ("no address at all", "https://[", UnreadableCode),
    ("a key without a value", f"https://id.gs1.org/01/{GTIN}/10", UnreadableCode),
    ("brackets that do not close", "(01", UnreadableCode),
    ("longer than any code", "1" * 501, UnreadableCode),
    ("digits of another script", "٤٠٠٦٣٨١٣٣٣٩٣١", UnreadableCode),
]


@pytest.mark.parametrize(("because", "code", "refusal"), REFUSED)
def test_a_code_is_refused(because, code, refusal):
    with pytest.raises(refusal):
        read(code, today=TODAY)


@pytest.mark.parametrize(
    ("because", "scanned", "pack", "count"),
    [
        ("one unit", Scanned(gtin=GTIN), 1, 1),
        ("a pack of six", Scanned(gtin=GTIN), 6, 6),
        ("four packs of six on a pallet", Scanned(gtin=GTIN, count=4), 6, 24),
        ("three units in a pack whose number varies", Scanned(gtin=GTIN, items=3), 6, 3),
        ("a count of none is a misprint", Scanned(gtin=GTIN, count=0), 6, 6),
        ("of units as well", Scanned(gtin=GTIN, items=0), 6, 6),
    ],
)
def test_units_of_a_scan(because, scanned, pack, count):
    assert units(scanned, pack) == count, because


pieces = st.sampled_from(
    [*gs1_rules.IDENTIFIERS, "3103", "3202", "8005", "(01)", "(", ")", FNC1, "<GS>", "]C1", "https://",
     "/01/", "?17=", GTIN, EAN, SSCC, "261231", "%2", "é", "\x00", "[", "٣"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(pieces, max_size=8).map("".join)))
def test_whatever_is_scanned_is_read_or_refused(code):
    with suppress(UnreadableCode, BadCheckDigit):
        assert read(code, today=TODAY) != Scanned()
