"""Verbs of trends: count the next days, and write down how things stand today."""

from datetime import datetime

from noria.kit.db import Connection
from noria.tower import (
    exception_views,
    standing_actions,
    trend_rules,
    trend_store,
    trend_views,
)
from noria.tower.trend_model import CountedDays, Level
from noria.value import views as value


def count(tx: Connection, *, now: datetime) -> CountedDays:
    """Count days that are not counted yet, or not for good; how far they are then."""
    trend_store.lock(tx)
    through, today = trend_views.through(tx), now.date()
    days = trend_rules.stretch(through, trend_store.first_day(tx), today)
    if days is None:
        return CountedDays(through=through, has_more=False)
    since, until = days
    trend_store.count_orders(tx, since, until)
    trend_store.count_promises(tx, since, until)
    trend_store.advance(tx, until)
    if until == today and not trend_store.is_looked_at(tx, today):
        trend_store.save_levels(tx, _levels(tx, now), today)
    return CountedDays(through=until, has_more=until < today)


def _levels(tx: Connection, now: datetime) -> list[Level]:
    """Money at risk and stock as they stand, by currency."""
    standing_actions.look(tx)
    risk = {one.currency: one.cents for one in exception_views.at_risk(tx).money}
    stock = {one.currency: one for one in value.totals(tx)}
    return [
        Level(
            since=now.date(),
            currency=currency,
            risk_cents=risk.get(currency, 0),
            stock_units=stock[currency].units if currency in stock else 0,
            stock_cents=stock[currency].value_cents if currency in stock else 0,
        )
        for currency in sorted(risk.keys() | stock.keys())
    ]
