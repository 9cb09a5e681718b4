"""What lies where, at the door."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit.auth import Permission
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    QueryWords,
    cursor,
    page,
    reads,
)
from noria.tower import shelf_views
from noria.tower.shelf_model import NodeShelf, SkuShelves

Doubtful = Annotated[
    bool, QueryParameter(description="Those alone where the book may be wrong since the last look.")
]

Stocked = Annotated[
    bool, QueryParameter(description="Those alone of which a unit is available somewhere.")
]


@reads("/shelves", Permission.STOCK_READ)
def get_shelves(
    door: NamedDependency[Door],
    *,
    words: QueryWords = "",
    is_stocked: Stocked = False,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[SkuShelves]:
    """SKUs with their units by state, added up over the nodes that one may see."""
    nodes = door.actor.nodes(Permission.STOCK_READ)
    has_price = door.actor.may(Permission.CATALOG_READ)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(
        lambda tx: shelf_views.shelves_of_skus(
            tx,
            words,
            nodes=nodes,
            is_stocked=is_stocked,
            has_price=has_price,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.sku,))


@reads("/nodes/{node:str}/shelves", Permission.STOCK_READ)
def get_node_shelves(
    node: PathCode,
    door: NamedDependency[Door],
    *,
    is_doubtful: Doubtful = False,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[NodeShelf]:
    """What lies at a node, SKU by SKU: its states, its value, and whether the book may be wrong."""
    door.actor.must(Permission.STOCK_READ, node)
    has_value = door.actor.may(Permission.VALUE_READ, node)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(
        lambda tx: shelf_views.shelves(
            tx, node, is_doubtful=is_doubtful, has_value=has_value, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.sku,))


routes = [get_shelves, get_node_shelves]
