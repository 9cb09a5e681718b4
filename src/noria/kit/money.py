"""Amounts of money."""

from babel.numbers import format_currency, get_currency_symbol
from msgspec import Struct


class Money(Struct, frozen=True, kw_only=True):
    """An amount in one currency: those of several do not add up."""

    currency: str
    cents: int


def told(cents: int, currency: str, language: str) -> str:
    """An amount as a reader writes it: €9.40, CHF 9.40; 9,40 €, 9,40 CHF."""
    said = str(format_currency(cents / 100, currency, locale=language))
    code = get_currency_symbol(currency, locale=language)
    return said.replace(code, f"{code}\u00a0") if language == "en" and len(code) > 1 else said
