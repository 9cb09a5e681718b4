"""Ids: made by the caller where they can be, and here as UUIDv7 (RFC 9562) where they cannot."""

import os
from typing import Annotated

from msgspec import Meta

CODE_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
"""What a code or an id may look like; the SQL domain `code` says the same."""

Code = Annotated[
    str,
    Meta(
        pattern=CODE_PATTERN,
        description="Letters, digits, dot, underscore, hyphen; 1 to 64.",
        examples=["85123A"],
    ),
]
Sscc = Annotated[str, Meta(pattern=r"^[0-9]{18}$", examples=["037600000000000017"])]

LARGEST_QUANTITY = 1_000_000_000
Quantity = Annotated[
    int, Meta(ge=1, le=LARGEST_QUANTITY, description="Whole units of the SKU.", examples=[6])
]
Cents = Annotated[int, Meta(ge=0, le=10**12, description="Whole cents.", examples=[255])]

LAST_BITS = (1 << 62) - 1


def uuid7(milliseconds: int) -> str:
    """A UUIDv7 for that instant (Unix milliseconds): 48 bits of time, then 74 random bits."""
    assert 0 <= milliseconds < 1 << 48
    chance = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | chance >> 68 << 64 | 0b10 << 62 | chance & LAST_BITS
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
