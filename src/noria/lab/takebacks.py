"""Which invoice a cancellation or a return belongs to: the data does not say, so we match."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import polars as pl
from msgspec import Struct

from noria.lab.model import Invoice, TakeBack, TakeBackKind, TakenLine

CANCELLED_WITHIN = timedelta(hours=24)
"""What is taken back so soon had not left yet; later, it is a return."""


class Matched(Struct, frozen=True, kw_only=True):
    take_backs: tuple[TakeBack, ...]
    units: int
    rows_unmatched: int
    units_unmatched: int


def match(invoices: Sequence[Invoice], taking_back: pl.DataFrame) -> Matched:
    """Give each row that takes goods back to the customer's latest earlier invoices of that SKU.

    The latest invoice that still has enough units takes all of it; if none has, it is spread over
    the latest ones. What is left, because it was bought before the history begins or by nobody
    named, is counted. Rows are worked off in order of time; equal input gives equal output.
    """
    bought = _Bought(invoices, set(taking_back.select("customer", "sku").iter_rows()))
    found: dict[tuple[str, str], dict[str, int]] = {}
    moments: dict[str, datetime] = {}
    rows_unmatched = units_unmatched = 0
    rows = taking_back.group_by("invoice", "sku").agg(
        pl.col("at").min(), pl.col("customer").first(), pl.col("quantity").sum(), pl.len()
    )
    for invoice, sku, at, customer, quantity, count in rows.sort(
        "at", "invoice", "sku"
    ).iter_rows():
        moments[invoice] = min(at, moments.get(invoice, at))
        taken = bought.take(customer, sku, -quantity, before=at)
        for of, units in taken.items():
            found.setdefault((invoice, of), {})[sku] = units
        if missing := -quantity - sum(taken.values()):
            rows_unmatched += count
            units_unmatched += missing
    take_backs = _take_backs(invoices, found, moments)
    return Matched(
        take_backs=take_backs,
        units=sum(line.quantity for taken_back in take_backs for line in taken_back.lines),
        rows_unmatched=rows_unmatched,
        units_unmatched=units_unmatched,
    )


class _Bought:
    """Units that customers bought and have not sent back yet, oldest first.

    Only of the `asked` pairs of customer and SKU: most of what is sold never comes back.
    """

    def __init__(self, invoices: Sequence[Invoice], asked: AbstractSet[tuple[str, str]]) -> None:
        self._purchases: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        self._units: dict[tuple[str, str], int] = {}
        customers = {customer for customer, _ in asked}
        for invoice in invoices:
            if invoice.customer not in customers:
                continue
            for line in invoice.lines:
                key = invoice.customer, line.sku
                if key in asked:
                    self._purchases[key].append((invoice.placed_at, invoice.id))
                    self._units[invoice.id, line.sku] = line.quantity

    def take(self, customer: str, sku: str, wanted: int, *, before: datetime) -> dict[str, int]:
        """Take up to `wanted` units from invoices placed until `before`: how many from each."""
        purchases = self._purchases.get((customer, sku), [])
        latest_first = [of for placed_at, of in reversed(purchases) if placed_at <= before]
        with_enough = [of for of in latest_first if self._units[of, sku] >= wanted]
        taken: dict[str, int] = {}
        for of in with_enough[:1] or latest_first:
            units = min(wanted, self._units[of, sku])
            if units:
                self._units[of, sku] -= units
                taken[of] = units
                wanted -= units
        return taken


def _take_backs(
    invoices: Sequence[Invoice],
    found: dict[tuple[str, str], dict[str, int]],
    moments: dict[str, datetime],
) -> tuple[TakeBack, ...]:
    """One for each pair of taking and original invoice; the second and later ids get a number."""
    originals = {invoice.id: invoice for invoice in invoices}
    left = {invoice.id: sum(line.quantity for line in invoice.lines) for invoice in invoices}
    seen: dict[str, int] = defaultdict(int)
    made = []
    for invoice, of in sorted(found, key=lambda pair: (moments[pair[0]], *pair)):
        lines, original, at = found[invoice, of], originals[of], moments[invoice]
        seen[invoice] += 1
        left[of] -= sum(lines.values())
        is_early = at - original.placed_at <= CANCELLED_WITHIN
        made.append(
            TakeBack(
                id=invoice if seen[invoice] == 1 else f"{invoice}.{seen[invoice]}",
                at=at,
                of=of,
                customer=original.customer,
                kind=TakeBackKind.CANCELLATION if is_early else TakeBackKind.RETURN,
                is_whole=left[of] == 0,
                lines=tuple(
                    TakenLine(sku=sku, quantity=units) for sku, units in sorted(lines.items())
                ),
            )
        )
    return tuple(made)
