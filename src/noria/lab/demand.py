"""What was wanted, when and where, read from the history up to a day and never beyond it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct

from noria.lab.chain import SELLING, nearest
from noria.lab.customers import homes
from noria.lab.model import Chain, History, Invoice, TakeBackKind, Window, midnight

TRAILING_WEEKS = 8
FEWEST_DAYS = 14
"""With less past than this there is nothing to learn from yet."""
FIRST_MONTH_DAYS = 28

LARGEST_LINE = 480
"""Who wants more at once calls ahead; a shop does not stock up for it."""


class Demand(Struct, frozen=True, kw_only=True):
    """Units and lines by SKU; `regional`: units by the selling node nearest to the customer."""

    window: Window
    units: Mapping[str, int]
    lines: Mapping[str, int]
    regional: Mapping[str, Mapping[str, int]]


def window_before(history: History, at: date, weeks: int = TRAILING_WEEKS) -> Window:
    """The trailing weeks before `at`; at the very start of the history, its first four weeks.

    That exception is a look ahead, and `is_past` is false then: an opening stock has to come from
    somewhere in the first month, and nothing else may be read from it.
    """
    first = midnight(history.invoices[0].placed_at.date())
    end = midnight(at)
    if end - first < timedelta(days=FEWEST_DAYS):
        return Window(start=first, end=first + timedelta(days=FIRST_MONTH_DAYS), is_past=False)
    return Window(start=max(first, end - timedelta(weeks=weeks)), end=end, is_past=True)


def demand(chain: Chain, history: History, window: Window) -> Demand:
    """Count what was ordered inside `window`, without what was cancelled before its end."""
    units: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    regional: dict[str, Counter[str]] = {
        node.code: Counter() for node in chain.nodes if node.kind in SELLING
    }
    cancelled = _cancelled(history, window)
    invoices = list(_inside(history, window))
    region = regions(chain, invoices)
    for invoice in invoices:
        here = regional[region[invoice.customer]]
        for line in invoice.lines:
            wanted = line.quantity - cancelled.get((invoice.id, line.sku), 0)
            if wanted > 0:
                counted = min(wanted, LARGEST_LINE)
                units[line.sku] += counted
                lines[line.sku] += 1
                here[line.sku] += counted
    return Demand(window=window, units=units, lines=lines, regional=regional)


def regions(chain: Chain, invoices: list[Invoice]) -> dict[str, str]:
    """The selling node that each customer lives nearest to."""
    selling = tuple(node for node in chain.nodes if node.kind in SELLING)
    lived = homes((invoice.customer for invoice in invoices), chain.seed)
    return {
        customer: nearest(selling, home.latitude, home.longitude)
        for customer, home in lived.items()
    }


def _inside(history: History, window: Window) -> Iterator[Invoice]:
    return (i for i in history.invoices if window.start <= i.placed_at < window.end)


def _cancelled(history: History, window: Window) -> dict[tuple[str, str], int]:
    """Units by invoice and SKU; what is cancelled after the window is not known in it."""
    units: Counter[tuple[str, str]] = Counter()
    for taken in history.take_backs:
        if taken.kind is TakeBackKind.CANCELLATION and window.start <= taken.at < window.end:
            for line in taken.lines:
                units[taken.of, line.sku] += line.quantity
    return units
