"""What a cell may hold, and how it is read and written: nothing is guessed, nothing rounded."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from zoneinfo import available_timezones

from noria.connectors.files.model import Cell, CellError, CellType, ErrorCell, Shape
from noria.kit.errors import Text
from noria.kit.ids import CODE_PATTERN

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]+)?")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ .,'\u00a0\u202f\u2019][0-9]{3})+(?:[.,][0-9]*)?")
THREE_DECIMALS = re.compile(r"[.,][0-9]{3,}$")
SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
YES = {"true", "yes", "1", "oui", "vrai"}
NO = {"false", "no", "0", "non", "faux"}
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
FLOAT_DIGITS = 9
"""A spreadsheet's 0.1 + 0.2 is meant as 0.3: digits behind the ninth decimal are its rounding."""


def typed(cell: Cell) -> str:
    """The cell as a person would type it.

    Raises:
        CellError: it holds a date, or an error.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, ErrorCell):
        raise CellError("error-cell")
    if isinstance(cell, datetime | date | time):
        raise CellError("date-instead", value=cell.isoformat())
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1 << 53 else repr(cell)
    return str(cell)


def written(cell: Cell) -> str:
    """A cell as a CSV holds it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f")
    return typed(cell)


def text(longest: int, *, shortest: int = 1) -> Shape:
    """Text of so many characters, without blanks at either end."""
    allowed = Text(f"{shortest} to {longest} characters", f"{shortest} à {longest} caractères")

    def read(cell: Cell) -> str:
        value = typed(cell)
        if "\0" in value or not shortest <= len(value) <= longest:
            raise malformed(value, allowed)
        return value

    return Shape(read=read, allowed=allowed, write=str)


def matching(pattern: str, allowed: Text) -> Shape:
    """Text that fits a pattern as a whole."""
    compiled = re.compile(pattern)

    def read(cell: Cell) -> str:
        value = typed(cell)
        if not compiled.fullmatch(value):
            raise malformed(value, allowed)
        return value

    return Shape(read=read, allowed=allowed, write=str)


CODE = matching(
    CODE_PATTERN,
    Text(
        "1 to 64 of: letters, digits, dot, underscore, hyphen",
        "1 à 64 parmi\u202f: lettres, chiffres, point, tiret bas, trait d'union",
    ),
)


def whole(low: int, high: int) -> Shape:
    """A whole number without separators: 1.234 is a thousand in one country, one in another."""
    allowed = Text(f"a whole number, {low} to {high}", f"un nombre entier, de {low} à {high}")

    def read(cell: Cell) -> int:
        value = typed(cell)
        if not WHOLE.fullmatch(value):
            raise _bad_number(value, allowed)
        number = int(value)
        if not low <= number <= high:
            raise _out_of_range(value, allowed)
        return number

    return Shape(read=read, allowed=allowed, write=int, type=CellType.WHOLE)


def cents(high: int) -> Shape:
    """An amount with up to two decimals behind a point or a comma, read as whole cents."""
    allowed = Text("an amount such as 12.50 or 12,50", "un montant comme 12.50 ou 12,50")

    def read(cell: Cell) -> int:
        amount = _decimal(cell, allowed) * 100
        may_be_thousands = isinstance(cell, str) and THREE_DECIMALS.search(cell)
        if may_be_thousands or amount != amount.to_integral_value():
            raise CellError("ambiguous-number", value=typed(cell))
        if not 0 <= amount <= high:
            raise _out_of_range(typed(cell), allowed)
        return int(amount)

    def write(value: int) -> Decimal:
        return Decimal(value).scaleb(-2)

    return Shape(read=read, allowed=allowed, write=write, type=CellType.AMOUNT)


def degrees(high: int) -> Shape:
    """Degrees north or east, with as many decimals as one likes."""
    allowed = Text(f"degrees, -{high} to {high}", f"des degrés, de -{high} à {high}")

    def read(cell: Cell) -> float:
        value = float(cell if isinstance(cell, float) else _decimal(cell, allowed))
        if not -high <= value <= high:
            raise _out_of_range(typed(cell), allowed)
        return value

    return Shape(read=read, allowed=allowed, write=float, type=CellType.NUMBER)


def number(low: int, high: int) -> Shape:
    """A number between two others, with as many decimals as one likes."""
    allowed = Text(f"a number, {low} to {high}", f"un nombre, de {low} à {high}")

    def read(cell: Cell) -> float:
        value = float(cell if isinstance(cell, float) else _decimal(cell, allowed))
        if not low <= value <= high:
            raise _out_of_range(typed(cell), allowed)
        return value

    return Shape(read=read, allowed=allowed, write=float, type=CellType.NUMBER)


def share() -> Shape:
    """A part of a whole, above nothing and up to all of it."""
    allowed = Text("a share above 0, up to 1", "une part au-dessus de 0, jusqu'à 1")

    def read(cell: Cell) -> float:
        value = float(_decimal(cell, allowed))
        if not 0 < value <= 1:
            raise _out_of_range(typed(cell), allowed)
        return value

    return Shape(read=read, allowed=allowed, write=float, type=CellType.NUMBER)


def _decimal(cell: Cell, allowed: Text) -> Decimal:
    value = typed(cell)
    if isinstance(cell, float | Decimal):
        number = Decimal(repr(cell) if isinstance(cell, float) else cell)
        if not number.is_finite() or abs(number) > 10**15:
            raise _out_of_range(value, allowed)
        return round(number, FLOAT_DIGITS)
    if not DECIMAL.fullmatch(value):
        raise _bad_number(value, allowed)
    return Decimal(value.replace(",", "."))


def malformed(value: str, allowed: Text) -> CellError:
    """The fault of a cell that is none of what is allowed."""
    if SHORTENED.fullmatch(value):
        return CellError("shortened-number", value=value)
    return CellError("malformed", value=value, allowed_en=allowed.en, allowed_fr=allowed.fr)


def _out_of_range(value: str, allowed: Text) -> CellError:
    return CellError("out-of-range", value=value, allowed_en=allowed.en, allowed_fr=allowed.fr)


def _bad_number(value: str, allowed: Text) -> CellError:
    if GROUPED.fullmatch(value):
        return CellError("ambiguous-number", value=value)
    return malformed(value, allowed)


def _read_flag(cell: Cell) -> bool:
    value = typed(cell).lower()
    if value in YES:
        return True
    if value in NO:
        return False
    raise malformed(value, FLAG.allowed)


FLAG = Shape(
    read=_read_flag,
    allowed=Text("true or false (also yes, no, 1, 0)", "true ou false (aussi oui, non, 1, 0)"),
    write=bool,
    type=CellType.FLAG,
)


def choice(kind: type[Enum]) -> Shape:
    """One of an enumeration's values."""
    values = [member.value for member in kind]
    allowed = Text(" or ".join(values), " ou ".join(values))

    def read(cell: Cell) -> Enum:
        value = typed(cell).lower()
        if value not in values:
            raise malformed(value, allowed)
        return kind(value)

    return Shape(read=read, allowed=allowed, write=lambda value: value.value)


def _read_instant(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        instant = cell
    else:
        value = typed(cell)
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise malformed(value, INSTANT.allowed) from None
        if len(value) <= len("2026-11-27"):
            raise malformed(value, INSTANT.allowed)
    if instant.tzinfo is None:
        raise CellError("no-zone", value=instant.isoformat())
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise _out_of_range(instant.isoformat(), INSTANT.allowed)
    return instant.astimezone(UTC)


INSTANT = Shape(
    read=_read_instant,
    allowed=Text(
        "an instant with its zone, 2026-11-27T09:30:00+01:00",
        "un instant avec son fuseau, 2026-11-27T09:30:00+01:00",
    ),
    write=lambda value: value.astimezone(UTC),
    type=CellType.INSTANT,
)


def _read_day(cell: Cell) -> date:
    if isinstance(cell, datetime) and cell.time() == time(0):
        day = cell.date()
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        day = cell
    else:
        value = cell.isoformat() if isinstance(cell, datetime) else typed(cell)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise malformed(value, DAY.allowed) from None
        if not ISO_DAY.fullmatch(value):
            raise malformed(value, DAY.allowed)
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise _out_of_range(day.isoformat(), DAY.allowed)
    return day


DAY = Shape(
    read=_read_day,
    allowed=Text("a day, 2026-11-27", "un jour, 2026-11-27"),
    write=lambda value: value,
    type=CellType.DAY,
)


def _read_zone(cell: Cell) -> str:
    value = typed(cell)
    if value not in _zones():
        raise malformed(value, ZONE.allowed)
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


ZONE = Shape(
    read=_read_zone,
    allowed=Text("an IANA name such as Europe/Paris", "un nom IANA, comme Europe/Paris"),
    write=str,
)
