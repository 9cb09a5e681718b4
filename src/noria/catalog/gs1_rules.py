"""What a scan says, read off the code alone (GS1 General Specifications 25, 3 and 7.8).

Read are GS1 element strings (with or without symbology identifier, FNC1 as GS or as `<GS>`, or in
brackets as printed), GS1 Digital Link addresses, and plain GTIN-8, -12, -13, ITF-14 and SSCC.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from noria.catalog.gs1_model import BadCheckDigit, Scanned, UnreadableCode
from noria.catalog.rules import check_digit
from noria.kit.errors import Text

FNC1 = "\x1d"
LONGEST = 500
SYMBOLOGY = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
ELEMENTS_FOLLOW = ("]C1", "]e0", "]d2", "]Q3")
"""Symbologies that say themselves that they hold element strings: GS1-128, DataBar, 2D."""

BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^(]*)")
PRINTABLE = re.compile(r"[!-\"%-/0-9:-?A-Z_a-z]+\Z")
"""The 82 characters that GS1 allows in lots and serials."""

PLAIN_LENGTHS = (8, 12, 13, 14)


class Identifier(NamedTuple):
    """An application identifier: what it fills, and its length; a variable one ends at FNC1."""

    field: str
    length: int
    is_variable: bool = False
    is_numeric: bool = True


IDENTIFIERS: Mapping[str, Identifier] = {
    "00": Identifier("sscc", 18),
    "01": Identifier("gtin", 14),
    "02": Identifier("gtin", 14),
    "10": Identifier("lot", 20, is_variable=True, is_numeric=False),
    "11": Identifier("made_on", 6),
    "15": Identifier("best_before", 6),
    "17": Identifier("expires_on", 6),
    "21": Identifier("serial", 20, is_variable=True, is_numeric=False),
    "30": Identifier("items", 8, is_variable=True),
    "37": Identifier("count", 8, is_variable=True),
}
"""What is understood, beside net weights."""

GRAMS = {
    "310": Decimal(1000),
    "320": Decimal("453.59237"),
    "356": Decimal("31.1034768"),
    "357": Decimal("28.349523125"),
}
"""Grams in what net weights are told in: kilograms, pounds, troy ounces, ounces; a fourth digit of
the identifier says how many decimals there are."""

FIXED = {
    **{f"{two:02}": 2 + length for two, length in (
        (0, 18), (1, 14), (2, 14), (3, 14), (4, 16), (11, 6), (12, 6), (13, 6), (14, 6), (15, 6),
        (16, 6), (17, 6), (18, 6), (19, 6), (20, 2), (41, 14),
    )},
    **{str(two): 10 for two in range(31, 37)},
}  # fmt: skip
"""How long elements are, identifier included, that begin with these digits; others end at FNC1."""


def read(code: str, *, today: date) -> Scanned:
    """What a code says. `today` decides which century two digits of a year are in.

    Raises:
        UnreadableCode, BadCheckDigit: it is no such code.
    """
    bare = code.strip(" \r\n\t")
    text = SYMBOLOGY.sub("", bare).replace("<GS>", FNC1)
    if not text or len(text) > LONGEST:
        raise _unreadable(code, Text("it is empty or too long", "il est vide ou trop long"))
    if re.match(r"https?://", text, re.IGNORECASE):
        return _filled(code, _of_link(code, text), today)
    if text.startswith("("):
        return _filled(code, _of_brackets(code, text), today)
    is_plain = text.isascii() and text.isdigit() and not bare.startswith(ELEMENTS_FOLLOW)
    if is_plain and len(text) in PLAIN_LENGTHS:
        return Scanned(gtin=checked(text.rjust(14, "0")))
    if is_plain and len(text) == 18:
        return Scanned(sscc=checked(text))
    return _filled(code, _of_elements(code, text.lstrip(FNC1)), today)


def checked(number: str) -> str:
    """A number whose last digit is what the others ask for.

    Raises:
        BadCheckDigit: it is not.
    """
    digit = check_digit(number[:-1])
    if number[-1] != digit:
        raise BadCheckDigit(number=number, digit=digit)
    return number


def _of_elements(code: str, text: str) -> Iterator[tuple[str, str]]:
    """Elements one after the other: fixed ones by their length, others up to the next FNC1."""
    place = 0
    while place < len(text):
        if text[place] == FNC1:
            place += 1
            continue
        identifier = _identifier_at(code, text, place)
        begin = place + len(identifier)
        length = FIXED.get(identifier[:2])
        end = text.find(FNC1, begin) if length is None else place + length
        end = len(text) if end < 0 else end
        if end > len(text):
            raise _unreadable(code, Text(f"({identifier}) is cut off", f"({identifier}) est coupé"))
        yield identifier, text[begin:end]
        place = end


def _identifier_at(code: str, text: str, place: int) -> str:
    """The application identifier that begins there: two digits, or three or four of some."""
    two = text[place : place + 2]
    if two in IDENTIFIERS:
        return two
    length = _length_of(two)
    found = text[place : place + length]
    if len(found) < length or not (found.isascii() and found.isdigit()):
        says = Text("no application identifier is where one should be",
                    "il manque un identifiant d'application")  # fmt: skip
        raise _unreadable(code, says)
    return found


def _length_of(two: str) -> int:
    """How many digits an identifier has that begins with these two (figure 7.8.1)."""
    if two[:1] in {"3", "7", "8"} and two not in {"30", "37"}:
        return 4
    if two in {"40", "41", "42", "23", "24", "25", "43"}:
        return 3 if two != "43" else 4
    return 2


def _of_brackets(code: str, text: str) -> Iterator[tuple[str, str]]:
    """Elements as people read them, each identifier in brackets."""
    place = 0
    for found in BRACKETED.finditer(text):
        if found.start() != place:
            break
        yield found[1], found[2].strip(FNC1)
        place = found.end()
    if place != len(text):
        raise _unreadable(code, Text("its brackets do not fit", "ses parenthèses ne vont pas"))


def _of_link(code: str, text: str) -> Iterator[tuple[str, str]]:
    """GS1 Digital Link: pairs in the path, from the first key on, and others in the query."""
    try:
        address = urlsplit(text)
        path = [unquote(one) for one in address.path.split("/") if one]
    except ValueError:
        raise _unreadable(code, Text("it is no address", "ce n'est pas une adresse")) from None
    start = next((place for place, one in enumerate(path) if one in {"00", "01"}), None)
    if start is None or (len(path) - start) % 2:
        says = Text("the address names no GTIN and no SSCC",
                    "l'adresse ne cite ni GTIN ni SSCC")  # fmt: skip
        raise _unreadable(code, says)
    for key, value in zip(path[start::2], path[start + 1 :: 2], strict=True):
        yield key, value.rjust(14, "0") if key == "01" and len(value) in PLAIN_LENGTHS else value
    for pair in re.split("[&;]", address.query):
        key, _, value = pair.partition("=")
        if key.isascii() and key.isdigit():
            yield key, unquote(value)


def _filled(code: str, elements: Iterator[tuple[str, str]], today: date) -> Scanned:
    """What elements say; of what is said twice, both have to say the same.

    But for weights: the same one in kilograms and in pounds is rounded twice, and the first stands.
    """
    found: dict[str, Any] = {}
    for identifier, value in elements:
        said = _value(code, identifier, value, today)
        if said is None:
            continue
        field, meant = said
        if found.setdefault(field, meant) != meant and field != "weight_g":
            says = Text(f"({identifier}) contradicts another", f"({identifier}) en contredit un")
            raise _unreadable(code, says)
    if not found:
        raise _unreadable(code, Text("it says nothing that is understood",
                                     "il ne dit rien de compréhensible"))  # fmt: skip
    return Scanned(**found)


def _value(code: str, identifier: str, value: str, today: date) -> tuple[str, Any] | None:
    """What one element says, as (field, meaning); None: of no interest here."""
    if identifier[:3] in GRAMS and len(identifier) == 4:
        return _grams(code, identifier, value)
    known = IDENTIFIERS.get(identifier)
    if known is None:
        return None
    fits = len(value) == known.length or (known.is_variable and 0 < len(value) < known.length)
    digits = value.isascii() and value.isdigit()
    if not fits or (known.is_numeric and not digits) or not PRINTABLE.match(value):
        says = Text(f"what follows ({identifier}) does not fit",
                    f"ce qui suit ({identifier}) ne va pas")  # fmt: skip
        raise _unreadable(code, says)
    if known.field in {"gtin", "sscc"}:
        return known.field, checked(value)
    if known.field in {"count", "items"}:
        return known.field, int(value)
    return known.field, _day(code, value, today) if known.length == 6 else value


def _grams(code: str, identifier: str, value: str) -> tuple[str, int]:
    """A net weight with as many decimals as the identifier says, in whole grams, rounded down."""
    if len(value) != 6 or not (value.isascii() and value.isdigit()):
        says = Text(f"({identifier}) is no weight", f"({identifier}) n'est pas un poids")
        raise _unreadable(code, says)
    return "weight_g", int(GRAMS[identifier[:3]].scaleb(-int(identifier[3])) * int(value))


def _day(code: str, value: str, today: date) -> date:
    """YYMMDD; day 00 is the last of its month. 51 or more years ahead were in the last century."""
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    century = today.year // 100 * 100
    ahead = year - today.year % 100
    full = century + year + (-100 if ahead >= 51 else 100 if ahead <= -50 else 0)
    try:
        return date(full, month, day or monthrange(full, month)[1])
    except ValueError:
        says = Text(f"{value} is no day", f"{value} n'est pas un jour")
        raise _unreadable(code, says) from None


def _unreadable(code: str, why: Text) -> UnreadableCode:
    shown = "".join(one if one.isprintable() else "·" for one in code[:60])
    return UnreadableCode(scanned=shown, why_en=why.en, why_fr=why.fr)


def units(scanned: Scanned, pack: int) -> int:
    """How many units of a SKU a code stands for, where its barcode names a pack of so many.

    A count of none is a misprint.
    """
    return scanned.items or (scanned.count or 1) * pack
