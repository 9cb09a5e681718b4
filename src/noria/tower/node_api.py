"""Nodes at the door, as they stand now."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    reads,
)
from noria.network import calendar
from noria.network import views as network
from noria.network.model import NodeKind
from noria.tower import node_rules, today_views
from noria.tower.node_model import NodeStanding

QueryWords = Annotated[
    str,
    QueryParameter(
        name="q", max_length=100, description="How a code begins, or part of a name or town."
    ),
]
QueryKind = Annotated[
    NodeKind | None, QueryParameter(name="kind", description="Only nodes of this kind.")
]


@reads("/tower/nodes", Permission.TOWER_READ)
def get_node_standings(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    words: QueryWords = "",
    kind: QueryKind = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[NodeStanding]:
    """Nodes as they stand now: open or not, what leaves next, and the load beside capacity."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    reached = door.nodes(Permission.TOWER_READ, node)

    def ask(tx: Connection) -> list[NodeStanding]:
        now = clock.now(tx)
        found = network.node_page(
            tx, codes=reached, words=words, kind=kind, after=after, limit=limit + 1
        )
        loads = {one.node: one for one in today_views.loads(tx, [one.code for one in found])}
        years = range(now.year - 1, now.year + 3)
        services = network.services(tx)
        return [
            node_rules.standing(
                one, loads.get(one.code), calendar.node_holidays(one, years), services, now
            )
            for one in found
        ]

    return page(door.read(ask), limit, lambda one: (one.node,))


routes = [get_node_standings]
