"""Labels in ZPL II, the language of label printers: text, lines, GS1-128, Code 128, QR.

Positions and sizes are dots of a printer with 203 dots an inch, 8 a millimetre; a label is
100 by 150 mm. Text is UTF-8 (`^CI28`).
"""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from msgspec import Struct

WIDTH, HEIGHT = 800, 1200
"""A label of 100 by 150 mm, in dots."""

MARGIN = 30
LOOK_AT = 600
"""Where the QR code begins; what stands beside it ends before."""
LETTER = 0.55
"""How wide a capital is drawn, of the width that its font is asked for: most are narrower."""
SSCC_IDENTIFIER = "00"


class Lines(Struct, frozen=True, kw_only=True):
    """What stands on a label of our own, each piece on a line."""

    sender: Sequence[str]
    recipient: Sequence[str]
    service: str
    number: str
    sscc: str | None
    order: str
    weight_g: int
    box: int
    look: str
    """What the QR code says: where the parcel is looked up."""


def label(lines: Lines) -> bytes:
    """A parcel's label: sender, recipient, service, its SSCC as GS1-128, its number, a QR code."""
    bars = [gs1_128(MARGIN + 60, 820, lines.sscc)] if lines.sscc else []
    number_at = 1090 if lines.sscc else 860
    about = f"{lines.order} · {lines.box} · {lines.weight_g / 1000:.3f} kg"
    return b"".join(
        (
            f"^XA^CI28^LH0,0^PW{WIDTH}^LL{HEIGHT}".encode(),
            block(MARGIN, 30, lines.sender, room=138, heights=(26, 21, 17, 14)),
            rule(0, 170),
            block(MARGIN, 200, lines.recipient, room=312, heights=(44, 36, 29, 23)),
            rule(0, 520),
            block(MARGIN, 545, [lines.service], room=80, heights=(60, 40, 26), until=LOOK_AT - 10),
            block(MARGIN, 635, [about], room=130, heights=(30, 24), until=LOOK_AT - 10),
            qr(LOOK_AT, 540, lines.look),
            rule(0, 780),
            *bars,
            code_128(MARGIN + 60, number_at, lines.number, 60 if lines.sscc else 180),
            b"^XZ",
        )
    )


def block(
    x: int,
    y: int,
    lines: Iterable[str],
    *,
    room: int,
    heights: Sequence[int],
    until: int = WIDTH - MARGIN,
) -> bytes:
    r"""Lines of text, as high as the largest of `heights` with which they keep to `room`.

    The printer wraps what is too long for the width, and would print what is left after the last
    row over that row: so the smallest letters lose the end of the longest lines. `\&` ends a line;
    any other backslash means different things to printers, and is a slash.
    """
    words = [line for line in (" ".join(one.split()) for one in lines) if line]
    for height in heights:
        most = room // _pitch(height)
        across = int((until - x) / (_width(height) * LETTER))
        rows = [wrap(line, across) for line in words]
        if sum(map(len, rows)) <= most:
            break
    else:
        while sum(map(len, rows)) > most:
            max(rows, key=len).pop()
        words = [" ".join(one) for one in rows if one]
    told = "\\&".join(escaped(line).replace("\\", "/") for line in words)
    return (
        f"^FO{x},{y}^A0N,{height},{_width(height)}"
        f"^FB{until - x},{most},{_pitch(height) - height},L^FH_^FD{told}^FS"
    ).encode()


def _width(height: int) -> int:
    return height * 9 // 10


def _pitch(height: int) -> int:
    """From one row of text to the next."""
    return height * 5 // 4


def rule(x: int, y: int) -> bytes:
    """A line across the label."""
    return f"^FO{x},{y}^GB{WIDTH},3,3^FS".encode()


def gs1_128(x: int, y: int, sscc: str, height: int = 200) -> bytes:
    """An SSCC as GS1-128 with what people read: FNC1, the application identifier 00, 18 digits.

    `>;` begins in subset C, two digits a character; `>8` is FNC1.
    """
    assert len(sscc) == 18
    assert sscc.isdecimal()
    spoken = f"({SSCC_IDENTIFIER}) {sscc}"
    return (
        f"^FO{x},{y}^BY3,3,{height}^BCN,{height},N,N,N^FD>;>8{SSCC_IDENTIFIER}{sscc}^FS"
        f"^FO{x},{y + height + 10}^A0N,34,30^FD{spoken}^FS"
    ).encode()


def code_128(x: int, y: int, number: str, height: int) -> bytes:
    """A carrier's number as Code 128, subsets chosen by the printer, with what people read."""
    return f"^FO{x},{y}^BY2,3,{height}^BCN,{height},Y,N,N,A^FH_^FD{escaped(number)}^FS".encode()


def qr(x: int, y: int, words: str, size: int = 5) -> bytes:
    """A QR code, model 2, medium correction."""
    return f"^FO{x},{y}^BQN,2,{size}^FH_^FDMA,{escaped(words)}^FS".encode()


def escaped(words: str) -> str:
    """Words without what the printer would take for a command; line ends are blanks.

    `^` and `~` begin commands, `_` our own escapes (`^FH_`): each is written as its number.
    """
    plain = " ".join(words.split())
    return "".join(f"_{ord(letter):02X}" if letter in "^~_" else letter for letter in plain)
