"""What bytes tell of a customer: values in, values out."""

import re
from collections.abc import Sequence
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote_plus

BOMS = (b"\xff\xfe", b"\xfe\xff")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
SHORTEST_CODE = 6


def tells_of(body: bytes, words: Sequence[str], *, codes: Sequence[str]) -> bool:
    """Whether bytes that nobody could read name one of these words, or hold one of these codes.

    Words stand by themselves, in whatever letters; codes may be cut by blanks and hyphens. JSON,
    XML and addresses write letters in ways of their own, which are undone first.
    """
    text = _plain(body)
    if any(_stands_in(text, _folded(word)) for word in words if word.strip()):
        return True
    bare = _bare(text)
    return any(len(code) >= SHORTEST_CODE and _bare(_folded(code)) in bare for code in codes)


def _plain(body: bytes) -> str:
    """The text of bytes in an encoding that nobody told us, each way in which it may be meant."""
    if body[:2] in BOMS:
        text = body.decode("utf-16", errors="replace")
    else:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode("latin-1")
    undone = ESCAPED.sub(lambda found: chr(int(found[1], 16)), unescape(text))
    return _folded(f"{undone} {unquote_plus(undone)}")


def _folded(text: str) -> str:
    return normalize("NFC", text).casefold()


def _bare(text: str) -> str:
    return "".join(one for one in text if one.isalnum())


def _stands_in(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
