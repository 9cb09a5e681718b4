"""Decisions about terms: values in, values out."""

from collections.abc import Mapping, Sequence

from noria.kit.errors import Fault
from noria.partners.model import OddAmounts, PriceAt, Term


def term_faults(terms: Sequence[Term]) -> list[Fault]:
    """What is wrong with terms, field by field."""
    faults = []
    seen = set()
    for place, term in enumerate(terms):
        if term.valid_until is not None and term.valid_until < term.valid_from:
            faults.append(Fault(f"/items/{place}/valid_until", "it ends before it begins"))
        if (term.sku, term.valid_from) in seen:
            faults.append(Fault(f"/items/{place}/sku", f"{term.sku} is there twice from that day"))
        seen.add((term.sku, term.valid_from))
    return faults


def against(asked: Mapping[str, int], terms: Mapping[str, Term]) -> list[str]:
    """The SKUs that a partner does not sell in these amounts, each with the next that it does.

    What it has no term for may be bought in any amount.
    """
    found = []
    for sku, units in sorted(asked.items()):
        term = terms.get(sku)
        if term is None:
            continue
        possible = next_units(units, term)
        if units != possible:
            found.append(f"{sku} ({units} → {possible})")
    return found


def next_units(units: int, term: Term | PriceAt) -> int:
    """The least amount that is sold under a term and covers so many units."""
    return -(-max(units, term.minimum_units) // term.pack_units) * term.pack_units


def sent_units(units: int, term: Term | PriceAt) -> int:
    """The most of so many units that a customer is sent under a term."""
    if term.odd_amounts is not OddAmounts.REFUSED:
        return units
    whole = units // term.pack_units * term.pack_units
    return whole if whole >= term.minimum_units else 0


def parcel_cents(goods_cents: int, shipping_cents: int, free_from_cents: int | None) -> int:
    """What a partner charges for sending goods of that worth, beyond the goods."""
    is_free = free_from_cents is not None and goods_cents >= free_from_cents
    return 0 if is_free else shipping_cents
