"""The tower at the door: today in figures, and what needs a person."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit.auth import Permission
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
from noria.tower import units_api, views
from noria.tower.model import ExceptionRow, Summary

Kind = Annotated[str | None, QueryParameter(description="Only this kind.", enum=list(views.KINDS))]


@reads("/tower/summary", Permission.TOWER_READ)
def get_summary(door: NamedDependency[Door]) -> Summary:
    """Today in figures: orders by stage, units by state, promises, exceptions."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    return door.read(views.summary)


@reads("/exceptions", Permission.TOWER_READ)
def get_exceptions(
    door: NamedDependency[Door],
    kind: Kind = None,
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[ExceptionRow]:
    """What a person must look at, the oldest first; it is gone when its cause is."""
    nodes, after = door.nodes(Permission.TOWER_READ, node), cursor(page_cursor, 4)
    found = door.read(
        lambda tx: views.exceptions(tx, kind=kind, nodes=nodes, after=after, limit=limit + 1)
    )
    return page(
        found, limit, lambda row: (row.since.isoformat(), row.kind, row.subject, row.detail)
    )


routes = [get_summary, get_exceptions, *units_api.routes]
