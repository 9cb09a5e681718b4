"""Shortages at the door."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit.auth import Permission
from noria.kit.http import PAGE, Door, Page, QueryCursor, QueryLimit, cursor, page, reads
from noria.promise import shortage_views as views
from noria.promise.shortage_model import Shortage

QueryUncovered = Annotated[
    bool, QueryParameter(description="Only SKUs of which nothing that comes is enough.")
]


@reads("/shortages", Permission.SUPPLY_READ)
def get_shortages(
    door: NamedDependency[Door],
    is_uncovered: QueryUncovered = False,  # noqa: FBT002 - a query parameter
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Shortage]:
    """SKUs of which orders wait, by code: what comes for them, and what nothing brings."""
    door.actor.must_everywhere(Permission.SUPPLY_READ)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(
        lambda tx: views.shortages(tx, is_uncovered=is_uncovered, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.sku,))


routes = [get_shortages]
