"""Code 128 as bars, for documents that no printer's language draws: ISO/IEC 15417."""

from collections.abc import Sequence
from itertools import pairwise

TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
WIDTHS = tuple(TABLE.split())
"""The widths of bars and blanks in turn, by value; the last is the stop."""

START_B, START_C, FNC1, STOP = 104, 105, 102, 106
QUIET = 10


def gs1(digits: str) -> list[int]:
    """A GS1-128 of an even number of digits: FNC1 first, then two digits a character."""
    assert len(digits) % 2 == 0
    assert digits.isdecimal()
    pairs = [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]
    return _closed([START_C, FNC1, *pairs])


def plain(words: str) -> list[int]:
    """A Code 128 of printable ASCII: long numbers in subset C, all else in B."""
    if words.isdecimal() and len(words) % 2 == 0:
        return _closed([START_C, *(int(words[at : at + 2]) for at in range(0, len(words), 2))])
    assert all(" " <= letter <= "~" for letter in words)
    return _closed([START_B, *(ord(letter) - 32 for letter in words)])


def modules(values: Sequence[int]) -> str:
    """The bars as modules, 1 for black, with the quiet zones on both sides."""
    drawn = "".join(
        "10"[place % 2] * int(width)
        for value in values
        for place, width in enumerate(WIDTHS[value])
    )
    return "0" * QUIET + drawn + "0" * QUIET


def spans(values: Sequence[int]) -> list[tuple[int, int]]:
    """Each black bar, as where it begins and how wide it is, in modules."""
    drawn = modules(values)
    edges = [at for at, (left, right) in enumerate(pairwise(drawn), 1) if left != right]
    return [(begin, end - begin) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _closed(values: list[int]) -> list[int]:
    """With the check character: the values by their places, modulo 103."""
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [*values, check, STOP]
