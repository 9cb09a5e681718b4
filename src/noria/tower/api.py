"""The tower at the door: today in figures, and what needs a person."""

from litestar import Response
from litestar.di import NamedDependency

from noria.kit.auth import Permission
from noria.kit.http import Door, QueryCodes, reads
from noria.tower import (
    exception_api,
    node_api,
    shelf_api,
    standing_api,
    today_views,
    trend_api,
    units_api,
    views,
)
from noria.tower.model import Summary
from noria.tower.today_model import Today


@reads("/tower/summary", Permission.TOWER_READ)
def get_summary(door: NamedDependency[Door]) -> Response[Summary]:
    """Today in figures: orders by stage, units by state, promises, exceptions.

    `Noria-As-Of` says when exceptions were looked at; `Cache-Control: no-cache` looks now.
    """
    door.actor.must_everywhere(Permission.TOWER_READ)
    return standing_api.told(door, views.summary)


@reads("/tower/today", Permission.TOWER_READ)
def get_today(door: NamedDependency[Door], node: QueryCodes = None) -> Response[Today]:
    """How far the orders of a day have come, what is at risk by the hour, where the load is.

    `Noria-As-Of` says when exceptions were looked at; `Cache-Control: no-cache` looks now.
    """
    nodes = door.nodes(Permission.TOWER_READ, node)
    return standing_api.told(door, lambda tx: today_views.today(tx, nodes=nodes))


routes = [
    get_summary,
    get_today,
    *exception_api.routes,
    *node_api.routes,
    *units_api.routes,
    *shelf_api.routes,
    *trend_api.routes,
]
