"""What a label printer makes of ZPL, of as much of it as Noria writes: where there is ink, and whose.

Letters are boxes, as wide as the widest that printers draw; bars and QR codes are as printed. No
library that is kept up draws accents, so this stands in for a printer.
"""

import re
from collections.abc import Iterator
from functools import partial

import segno
from msgspec import Struct

from noria.carriage import bars

COMMAND = re.compile(r"\^(FO|A0N|FB|FD|GB|BY|BCN|BQN|FH|PW|LL|XA|XZ|CI28|LH)([^^]*)")
CAPITAL, SMALL = 0.55, 0.42
"""Of the width that is asked for."""
QR_DROPS = 10
"""Printers draw a QR code so many dots below its origin."""
SPOKEN_GAP, SPOKEN_HEIGHT = 6, 24


class Box(Struct, frozen=True):
    """Ink, in dots."""

    x: int
    y: int
    width: int
    height: int


class Printed(Struct, frozen=True, kw_only=True):
    """One field: its ink, and the rows of its text."""

    ink: list[Box]
    rows: list[str] = []


def printed(zpl: bytes) -> list[Printed]:
    """Each field of one label as it is printed."""
    found = []
    for field in zpl.decode().split("^FS"):
        said = dict(COMMAND.findall(field))
        if "FO" in said:
            found.append(_field(said))
    return found


def picture(fields: list[Printed], width: int, height: int) -> list[bytearray]:
    """For each dot, how many fields put ink on it; nothing may leave the label."""
    rows = [bytearray(width) for _ in range(height)]
    for field in fields:
        for box in field.ink:
            assert min(box.x, box.y) >= 0, box
            assert (box.x + box.width <= width, box.y + box.height <= height) == (True, True), box
            for row in rows[box.y : box.y + box.height]:
                inked = row[box.x : box.x + box.width]
                row[box.x : box.x + box.width] = bytes(dot + 1 for dot in inked)
    return rows


def _field(said: dict[str, str]) -> Printed:
    x, y = map(int, said["FO"].strip(",").split(","))
    words = said.get("FD", "")
    if "FH" in said:
        words = re.sub(r"_([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), words)
    if "GB" in said:
        width, height, _ = map(int, said["GB"].split(","))
        return Printed(ink=[Box(x, y, width, height)])
    if "BQN" in said:
        return Printed(ink=list(_qr(x, y + QR_DROPS, words, int(said["BQN"].split(",")[-1]))))
    if "BCN" in said:
        return Printed(ink=list(_bars(x, y, words, said)))
    return _text(x, y, words, said)


def _qr(x: int, y: int, words: str, size: int) -> Iterator[Box]:
    assert words.startswith("MA,"), "medium correction, letters as they come"
    for down, row in enumerate(segno.make(words[3:], error="m", boost_error=False).matrix):
        for across, dot in enumerate(row):
            if dot:
                yield Box(x + across * size, y + down * size, size, size)


def _bars(x: int, y: int, words: str, said: dict[str, str]) -> Iterator[Box]:
    module = int(said["BY"].split(",")[0])
    height, spoken = said["BCN"].strip(",").split(",")[:2]
    meant = bars.gs1(words[4:]) if words.startswith(">;>8") else bars.plain(words)
    for begin, width in bars.spans(meant):
        yield Box(x + (begin - bars.QUIET) * module, y, width * module, int(height))
    if spoken == "Y":
        yield Box(x, y + int(height) + SPOKEN_GAP, len(words) * module * 6, SPOKEN_HEIGHT)


def _text(x: int, y: int, words: str, said: dict[str, str]) -> Printed:
    height, width = map(int, said["A0N"].strip(",").split(","))
    across = partial(_across, width=width)
    if "FB" not in said:
        return Printed(ink=[Box(x, y, across(words), height)], rows=[words])
    room, most, gap = map(int, said["FB"].split(",")[:3])
    rows = [row for line in words.split("\\&") for row in _wrapped(line, room, across)]
    assert len(rows) <= most, f"the printer would print one row over another: {rows}"
    step = height + gap
    ink = [Box(x, y + step * at, across(row), height) for at, row in enumerate(rows) if row]
    return Printed(ink=ink, rows=rows)


def _across(words: str, *, width: int) -> int:
    wide = sum(CAPITAL if letter.isupper() or letter.isdigit() else SMALL for letter in words)
    return int(wide * width)


def _wrapped(line: str, room: int, across: partial[int]) -> list[str]:
    rows, row = [], ""
    for word in line.split():
        longer = f"{row} {word}".strip()
        if row and across(longer) > room:
            rows.append(row)
            row = word
        else:
            row = longer
    return [*rows, row]
