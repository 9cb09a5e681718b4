"""Legs as what can be learned from: when they were to leave and come, and when they did."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from noria.kit.db import Connection
from noria.promise.delivery.legs import SHAPES, groups, plans, region
from noria.promise.delivery.model import Journeys

LOOKS_BACK = timedelta(days=540)
MOST_LEGS = 50_000


def journeys(tx: Connection, *, now: datetime) -> Journeys:
    """The youngest legs whose time to leave has come, in whole days where their node is.

    Stages follow each other, and none begins before the day on which the leg was to leave: one that
    left before its van did left with it. One that is still on its way is open, and so is one that
    its partner has not accepted; nobody accepts at our own nodes.
    """
    found = tx.execute(
        """
        select leg.node, node.kind::text, leg.service, coalesce(service.carrier, ''),
            customer_order.country, customer_order.postcode,
            day_number(leg.leaves_at, zone),
            day_number(coalesce(
                leg.accepted_at, leg.picked_at,
                case when partner_node.node is null then leg.leaves_at end
            ), zone),
            day_number(coalesce(leg.packed_at, leg.shipped_at), zone),
            day_number(leg.shipped_at, zone), day_number(leg.delivered_at, zone),
            (leg.arrives_on - date '1970-01-01')::int
        from leg
        join customer_order on customer_order.id = leg.order_id
        join node on node.code = leg.node
        left join service on service.code = leg.service
        left join partner_node on partner_node.node = leg.node
        cross join lateral (select node.time_zone as zone) as clock
        where leg.withdrawn_at is null and leg.leaves_at > %s and leg.leaves_at <= %s
        order by leg.leaves_at desc, leg.id
        limit %s
        """,
        [now - LOOKS_BACK, now, MOST_LEGS],
    ).fetchall()
    return _journeys(found)


def _journeys(found: list[tuple[Any, ...]]) -> Journeys:
    days = np.array([row[6:] for row in found], dtype=np.float64).reshape(len(found), 6)
    moments, arrives = np.maximum.accumulate(days.T[:-1]), days.T[-1]
    named = [
        dict(
            groups(node=node, kind=kind, service=service, carrier=carrier, region=region(land, to))
        )
        for node, kind, service, carrier, land, to, *_ in found
    ]
    names = dict(groups(node="", kind="", service="", carrier="", region=""))
    return Journeys(
        moments=tuple(moments),
        keys={name: [one[name] for one in named] for name in names},
        numbers={},
        plans=plans(SHAPES, np.maximum(arrives - moments[0], 0.0)),
        whole_days=True,
    )
