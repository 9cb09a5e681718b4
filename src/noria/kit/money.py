"""Amounts of money."""

from msgspec import Struct


class Money(Struct, frozen=True, kw_only=True):
    """An amount in one currency: those of several do not add up."""

    currency: str
    cents: int
