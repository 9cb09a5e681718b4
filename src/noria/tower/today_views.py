"""Questions behind today's page: each reads by an index what stands open, or one day of orders."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, convert, structs

from noria.kit import clock
from noria.kit.db import Connection, row, rows
from noria.kit.money import Money
from noria.stock import total_views
from noria.tower import exception_views
from noria.tower.today_model import FunnelStep, NodeLoad, OldestOrder, RiskHour, Today

DAY = timedelta(days=1)
STAGES = ("waiting", "sourced", "picked", "packed", "shipped", "delivered")
STANDING = STAGES[:-1]
"""Stages at which an order still waits for something."""

Nodes = Sequence[str] | None


class _Placed(Struct, frozen=True, kw_only=True):
    orders: int
    cancelled: int
    money: Sequence[Money]


class _Risk(Struct, frozen=True, kw_only=True):
    at_risk: int
    missed: int
    money: Any


def today(tx: Connection, *, nodes: Nodes = None) -> Today:
    """How today goes, at these nodes (None: at all, and what no node has yet)."""
    at = clock.now(tx)
    since = at - DAY
    placed, reached = _placed(tx, since, nodes)
    risk = _risk(tx, nodes)
    return Today(
        at=at,
        since=since,
        orders=placed.orders,
        cancelled=placed.cancelled,
        money=placed.money,
        steps=_steps(tx, reached, nodes),
        risk=_hours(tx, nodes),
        at_risk=risk.at_risk,
        missed=risk.missed,
        late=_late(tx, nodes),
        risk_money=convert(risk.money, list[Money]),
        units=total_views.units(tx, nodes),
        nodes=loads(tx, nodes),
        exceptions=exception_views.count(tx, nodes=nodes),
    )


def _placed(tx: Connection, since: datetime, nodes: Nodes) -> tuple[_Placed, Mapping[str, int]]:
    counted = tx.execute(
        """
        select stage, customer_order.currency, count(*), coalesce(sum(worth.cents), 0)::bigint
        from customer_order
        join order_worth as worth on worth.order_id = customer_order.id
        where placed_at >= %(since)s and (%(nodes)s::text[] is null or exists (
            select from leg
            where leg.order_id = customer_order.id and leg.node = any(%(nodes)s)
                and leg.withdrawn_at is null
        ))
        group by stage, customer_order.currency
        """,
        {"since": since, "nodes": _listed(nodes)},
    ).fetchall()
    by_stage: Counter[str] = Counter()
    by_currency: Counter[str] = Counter()
    for stage, currency, orders, cents in counted:
        by_stage[stage] += orders
        by_currency[currency] += cents
    placed = _Placed(
        orders=sum(by_stage.values()),
        cancelled=by_stage.get("cancelled", 0),
        money=[
            Money(currency=currency, cents=cents)
            for currency, cents in sorted(by_currency.items(), key=lambda one: (-one[1], one[0]))
        ],
    )
    reached = {
        stage: sum(by_stage.get(later, 0) for later in STAGES[place:])
        for place, stage in enumerate(STAGES)
    }
    return placed, reached


def _steps(tx: Connection, reached: Mapping[str, int], nodes: Nodes) -> list[FunnelStep]:
    standing = {
        stage: (count, OldestOrder(order=order, since=since))
        for stage, count, order, since in tx.execute(
            """
            select stage, count(*), (array_agg(id order by stage_since, id))[1], min(stage_since)
            from customer_order
            where stage = any(%(stages)s) and (%(nodes)s::text[] is null or exists (
                select from leg
                where leg.order_id = customer_order.id and leg.node = any(%(nodes)s)
                    and leg.withdrawn_at is null
            ))
            group by stage
            """,
            {"stages": list(STANDING), "nodes": _listed(nodes)},
        )
    }
    return [
        FunnelStep(
            stage=stage,
            reached=reached[stage],
            standing=standing.get(stage, (0, None))[0] if stage in STANDING else None,
            oldest=standing.get(stage, (0, None))[1],
        )
        for stage in STAGES
    ]


def _risk(tx: Connection, nodes: Nodes) -> _Risk:
    found = row(
        tx,
        _Risk,
        f"""
        select coalesce(sum(orders), 0)::bigint as at_risk,
            coalesce(sum(missed), 0)::bigint as missed, {exception_views.MONEY} as money
        from (
            select worth.currency, count(*) as orders, count(*) filter (where is_missed) as missed,
                sum(worth.cents)::bigint as cents
            from order_watch
            join customer_order on customer_order.id = order_watch.order_id
            join order_worth as worth on worth.order_id = order_watch.order_id
            where step is not null and customer_order.stage not in ('delivered', 'cancelled')
                and (%(nodes)s::text[] is null or order_watch.node = any(%(nodes)s))
            group by worth.currency
        ) as summed
        """,  # noqa: S608 - ours
        {"nodes": _listed(nodes)},
    )
    assert found is not None
    return found


def _hours(tx: Connection, nodes: Nodes) -> list[RiskHour]:
    """By the hour that the next step is due in; what was due before now stands in this hour."""
    found = rows(
        tx,
        RiskHour,
        f"""
        select at, sum(orders)::bigint as orders, {exception_views.MONEY} as money
        from (
            select date_trunc('hour', greatest(due_at, noria_now())) as at, worth.currency,
                count(*) as orders, sum(worth.cents)::bigint as cents
            from order_watch
            join customer_order on customer_order.id = order_watch.order_id
            join order_worth as worth on worth.order_id = order_watch.order_id
            where step is not null and customer_order.stage not in ('delivered', 'cancelled')
                and due_at < noria_now() + interval '24 hours'
                and (%(nodes)s::text[] is null or order_watch.node = any(%(nodes)s))
            group by 1, worth.currency
        ) as summed
        group by at
        order by at
        """,  # noqa: S608 - ours
        {"nodes": _listed(nodes)},
    )
    return [structs.replace(one, money=convert(one.money, list[Money])) for one in found]


def _late(tx: Connection, nodes: Nodes) -> int:
    (count,) = _one(
        tx,
        """
        select count(*)
        from promise
        where settled_at is null and withdrawn_at is null
            and promised_to < noria_now()::date
            and not exists (
                select from promise_change as told
                where told.order_id = promise.order_id and told.promised_to >= noria_now()::date
            )
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
        """,
        {"nodes": _listed(nodes)},
    )
    return int(count)


def loads(tx: Connection, nodes: Nodes) -> list[NodeLoad]:
    """What nodes have still to pick, beside their capacity; relay points pick nothing."""
    return rows(
        tx,
        NodeLoad,
        """
        with waiting as (
            select leg.node, count(distinct leg.id) as legs,
                sum(leg_line.quantity - leg_line.gone)::bigint as units,
                count(distinct leg.id) filter (where leg.leaves_at < noria_now()) as late_legs
            from leg
            join leg_line on leg_line.leg_id = leg.id
            where picked_at is null and withdrawn_at is null
                and (%(nodes)s::text[] is null or leg.node = any(%(nodes)s))
            group by leg.node
        )
        select code as node, name, kind::text, latitude, longitude, is_open,
            coalesce(legs, 0) as legs, coalesce(units, 0) as units,
            coalesce(late_legs, 0) as late_legs, units_per_day, orders_per_day
        from node
        left join waiting on waiting.node = node.code
        where kind <> 'relay' and (%(nodes)s::text[] is null or code = any(%(nodes)s))
        order by code
        """,
        {"nodes": _listed(nodes)},
    )


def _one(tx: Connection, question: Any, values: Mapping[str, Any]) -> tuple[Any, ...]:
    found = tx.execute(question, values).fetchone()
    assert found is not None, "an aggregate has a row"
    return tuple(found)


def _listed(nodes: Nodes) -> list[str] | None:
    return None if nodes is None else list(nodes)
