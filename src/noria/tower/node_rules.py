"""What can be said of a node at an instant, from its calendar and its work."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from zoneinfo import ZoneInfo

from noria.network import rules as network
from noria.network.model import Node, Service
from noria.tower.node_model import NextCutOff, NodeStanding
from noria.tower.today_model import NodeLoad


def standing(
    node: Node,
    load: NodeLoad | None,
    holidays: AbstractSet[date],
    services: Mapping[str, Service],
    now: datetime,
) -> NodeStanding:
    """How a node stands at `now`; `holidays` are those of its region."""
    opens, closes = network.span_at(node, now, holidays)
    is_open = node.is_open and opens <= now
    today = now.astimezone(ZoneInfo(node.time_zone)).date()
    units_today, orders_today = network.capacity(node, today)
    return NodeStanding(
        node=node.code,
        name=node.name,
        kind=node.kind,
        town=node.town,
        country=node.country,
        time_zone=node.time_zone,
        is_working=node.is_open,
        is_open=is_open,
        changes_at=(closes if is_open else opens) if node.is_open else None,
        next_cut_off=_next_cut_off(node, holidays, services, now) if node.is_open else None,
        legs=load.legs if load else None,
        units=load.units if load else None,
        late_legs=load.late_legs if load else None,
        units_today=units_today,
        orders_today=orders_today,
    )


def _next_cut_off(
    node: Node, holidays: AbstractSet[date], services: Mapping[str, Service], now: datetime
) -> NextCutOff | None:
    """The earliest departure; of two at one instant, that of the first service by code."""
    leaving = [
        (at, service)
        for service in sorted({departure.service for departure in node.departures})
        if (
            at := network.departs_at(
                node,
                service,
                now,
                holidays=holidays,
                closures=network.rounds(services.get(service)).closures,
            )
        )
        is not None
    ]
    if not leaving:
        return None
    at, service = min(leaving)
    return NextCutOff(service=service, at=at)
