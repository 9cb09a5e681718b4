"""Cells that hold a list: opening hours, closures, departures, barcodes; entries end with `;`."""

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from noria.catalog.model import BadGtin, Barcode
from noria.catalog.rules import gtin14
from noria.connectors.files.cells import malformed, typed
from noria.connectors.files.model import Cell, CellError, Shape
from noria.kit.errors import Text
from noria.kit.ids import CODE_PATTERN
from noria.network.model import Capacity, Closure, Departure, Hours, Opening

CODES_KEPT = 500
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = r"([a-z]{3})(?:-([a-z]{3}))?"
CLOCK = r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
LONGEST_REASON = 200
LARGEST_PACK = 100_000


def list_of(
    pattern: str,
    build: Callable[..., Sequence[Any]],
    write: Callable[[Any], str],
    *,
    most: int,
    allowed: Text,
) -> Shape:
    r"""A list whose entries fit `pattern`; `build` makes of one entry's groups one or more values.

    An entry's own semicolon is written `\;` and its own backslash `\\`.
    """
    compiled = re.compile(pattern, re.DOTALL)

    def read(cell: Cell) -> tuple[Any, ...]:
        value = typed(cell)
        found: list[Any] = []
        for entry in _entries(value):
            match = compiled.fullmatch(entry)
            if match is None:
                raise malformed(entry, allowed)
            try:
                found += build(*match.groups())
            except CellError:
                raise
            except ValueError:
                raise malformed(entry, allowed) from None
        if len(found) > most:
            raise malformed(value, allowed)
        return tuple(found)

    def written(values: Sequence[Any]) -> str:
        entries = (write(value).replace("\\", "\\\\").replace(";", "\\;") for value in values)
        return "; ".join(entries)

    return Shape(read=read, allowed=allowed, write=written)


def _entries(value: str) -> list[str]:
    entries = re.findall(r"(?:\\.|[^;\\]|\\$)+", value, re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", entry.strip()) for entry in entries if entry.strip()]


def _weekdays(first: str, last: str | None) -> range:
    """Monday is 0; a range stays within one week, Monday to Sunday."""
    start = DAYS.index(first)
    end = DAYS.index(last) if last else start
    if end < start:
        raise ValueError(last)
    return range(start, end + 1)


def _clock(value: str) -> time:
    return time.fromisoformat(value.rjust(5, "0") if value[1] == ":" else value)


def _hours(first: str, last: str | None, opens: str, closes: str) -> list[Hours]:
    start, end = _clock(opens), _clock(closes)
    if end <= start:
        raise ValueError(closes)
    return [Hours(weekday=day, opens=start, closes=end) for day in _weekdays(first, last)]


def _departures(service: str, first: str, last: str | None, cut_off: str) -> list[Departure]:
    at = _clock(cut_off)
    return [Departure(service=service, weekday=day, cut_off=at) for day in _weekdays(first, last)]


def _closure(day: str, reason: str) -> list[Closure]:
    if not 1 <= len(reason) <= LONGEST_REASON or "\0" in reason:
        raise ValueError(reason)
    return [Closure(day=date.fromisoformat(day), reason=reason)]


def _opening(day: str, opens: str, closes: str, reason: str) -> list[Opening]:
    start, end = _clock(opens), _clock(closes)
    if end <= start or not 1 <= len(reason) <= LONGEST_REASON or "\0" in reason:
        raise ValueError(reason)
    return [Opening(day=date.fromisoformat(day), opens=start, closes=end, reason=reason)]


def _capacities(
    day: str | None, first: str | None, last: str | None, units: str | None, orders: str | None
) -> list[Capacity]:
    most_units = None if units is None else int(units)
    most_orders = None if orders is None else int(orders)
    if day is not None:
        return [Capacity(day=date.fromisoformat(day), units=most_units, orders=most_orders)]
    assert first is not None, "the pattern has one of the two"
    return [
        Capacity(weekday=weekday, units=most_units, orders=most_orders)
        for weekday in _weekdays(first, last)
    ]


def _capacity(one: Capacity) -> str:
    said = one.day.isoformat() if one.day else DAYS[one.weekday or 0]
    said += "" if one.units is None else f" units {one.units}"
    return said + ("" if one.orders is None else f" orders {one.orders}")


def _barcode(gtin: str, units: str | None) -> list[Barcode]:
    number = int(units or 1)
    if not 1 <= number <= LARGEST_PACK:
        raise ValueError(units)
    try:
        return [Barcode(gtin=gtin14(gtin), units=number)]
    except BadGtin as bad:
        raise CellError("bad-gtin", value=gtin, digit=bad.details["digit"]) from None


def _shown(at: time) -> str:
    return at.isoformat("minutes") if at == at.replace(second=0, microsecond=0) else at.isoformat()


HOURS = list_of(
    rf"{WEEKDAYS} +{CLOCK} *- *{CLOCK}",
    _hours,
    lambda hours: f"{DAYS[hours.weekday]} {_shown(hours.opens)}-{_shown(hours.closes)}",
    most=50,
    allowed=Text("such as mon-fri 09:00-19:00; sat 10:00-18:00", "comme mon-fri 09:00-19:00"),
)
CLOSURES = list_of(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}) +(\S.*)",
    _closure,
    lambda closure: f"{closure.day.isoformat()} {closure.reason}",
    most=1000,
    allowed=Text("such as 2026-12-25 Christmas", "comme 2026-12-25 Noël"),
)
OPENINGS = list_of(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}) +{CLOCK} *- *{CLOCK} +(\S.*)",
    _opening,
    lambda one: f"{one.day.isoformat()} {_shown(one.opens)}-{_shown(one.closes)} {one.reason}",
    most=1000,
    allowed=Text(
        "such as 2026-12-20 10:00-18:00 Sunday in Advent",
        "comme 2026-12-20 10:00-18:00 dimanche de l'Avent",
    ),
)
CAPACITIES = list_of(
    rf"(?:([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})|{WEEKDAYS})"
    r"(?= +\S)(?: +units +([0-9]{1,8}))?(?: +orders +([0-9]{1,7}))?",
    _capacities,
    _capacity,
    most=1000,
    allowed=Text(
        "such as sat units 200; 2026-12-24 units 100 orders 30", "comme sat units 200 orders 30"
    ),
)
DEPARTURES = list_of(
    rf"({CODE_PATTERN[1:-1]}) +{WEEKDAYS} +{CLOCK}",
    _departures,
    lambda leaving: f"{leaving.service} {DAYS[leaving.weekday]} {_shown(leaving.cut_off)}",
    most=200,
    allowed=Text("such as home mon-fri 16:00; express sat 11:00", "comme home mon-fri 16:00"),
)
GTINS = list_of(
    r"([0-9]{8}|[0-9]{12,14})(?: *x *([0-9]{1,6}))?",
    _barcode,
    lambda barcode: f"{barcode.gtin} x{barcode.units}" if barcode.units > 1 else barcode.gtin,
    most=50,
    allowed=Text(
        "GTINs of 8, 12, 13 or 14 digits, packs as 14006381333938 x6",
        "des GTIN de 8, 12, 13 ou 14 chiffres, les colis comme 14006381333938 x6",
    ),
)

CODES = list_of(
    f"({CODE_PATTERN.strip('^$')})",
    lambda code: [code],
    str,
    most=CODES_KEPT,
    allowed=Text(
        f"codes, up to {CODES_KEPT}: 85123A; 22423",
        f"des codes, jusqu'à {CODES_KEPT}\u202f: 85123A\u202f; 22423",
    ),
)
