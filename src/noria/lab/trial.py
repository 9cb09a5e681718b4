"""Policies side by side on the orders of an installation, as a person asks for it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import RenderableType

from noria.kit import clock
from noria.kit.db import Database, freeze
from noria.orders import trial_actions
from noria.orders.trial_table import shown

LAST = timedelta(days=31)


def trial(
    db: Database,
    policies: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    *,
    step: Callable[[int, int], None],
    language: str,
    currency: str,
) -> RenderableType:
    """The comparison as tables; without dates, of the last 31 days. Nothing is written.

    Raises:
        NotFound: there is no such version or draft.
        NoOrders: no order was placed in that time.
    """
    with db.transaction() as tx:
        freeze(tx)
        end = _aware(until) or clock.now(tx)
        begin = _aware(since) or end - LAST
        found = trial_actions.compare(tx, policies, since=begin, until=end, step=step)
        return shown(found, language, currency)


def _aware(at: datetime | None) -> datetime | None:
    """A time without an offset is UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
