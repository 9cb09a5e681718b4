"""Book the capacity of makers: the earliest days that have some left."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from noria.kit.db import Connection
from noria.network import reliability_views, scene_rules
from noria.network import views as network
from noria.network.calendar import node_holidays
from noria.promise import production_store, production_views
from noria.promise.model import Hold, NotEnough


def book(tx: Connection, holds: Sequence[Hold], *, now: datetime) -> None:
    """Give holds that were written, at makers that are locked, their days, in their order.

    Raises:
        NotEnough: somebody was faster, and the van that it should leave with would be missed.
    """
    dated = [hold for hold in holds if hold.leaves_at is not None]
    nodes = network.nodes(tx, {hold.node for hold in dated})
    makers = {code: node for code, node in nodes.items() if scene_rules.is_maker(node)}
    dated = [hold for hold in dated if hold.node in makers]
    if not dated:
        return
    years = (now.year, now.year + 1)
    holidays = {code: node_holidays(node, years) for code, node in makers.items()}
    known = reliability_views.reliability(tx, makers, {})
    mine = {hold.id for hold in dated}
    taken = production_views.taken(tx, makers, holidays, now=now, without=mine)
    rows: list[tuple[str, date, str, int]] = []
    for (_, code, leaves_at), group in groupby(
        dated, key=lambda hold: (hold.demand, hold.node, hold.leaves_at)
    ):
        legs = list(group)
        node, days = makers[code], taken[code]
        total = sum(hold.quantity for hold in legs)
        planned = scene_rules.schedule(
            node, total, days, holidays[code], now, since=legs[0].begun_by
        )
        ready = scene_rules.made_by(node, planned[-1][0], known, holidays[code], now)
        assert leaves_at is not None
        if ready > leaves_at:
            first = legs[0]
            raise NotEnough(sku=first.sku, node=code, available=0, asked=first.quantity)
        rows += _given(legs, planned)
        for day, units in planned:
            days[day] = days.get(day, 0) + units
    production_store.insert(tx, rows)


def _given(
    holds: Sequence[Hold], planned: Sequence[tuple[date, int]]
) -> list[tuple[str, date, str, int]]:
    """The days of a leg, hold by hold."""
    rows: list[tuple[str, date, str, int]] = []
    left = list(planned)
    for hold in holds:
        wanted = hold.quantity
        while wanted:
            day, units = left[0]
            given = min(units, wanted)
            rows.append((hold.id, day, hold.node, given))
            wanted -= given
            left[0] = (day, units - given)
            if units == given:
                left.pop(0)
    return rows
