"""Why these nodes, and what units are worth where they lie: decisions and prices at the door."""

from litestar.datastructures import State
from litestar.di import NamedDependency

from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    reads,
)
from noria.sourcing import views
from noria.sourcing.model import Decision, OpportunityPrice, PriceRun


@reads("/orders/{order_id:str}/decisions", Permission.ORDERS_READ)
def get_decisions(order_id: PathCode, door: NamedDependency[Door], state: State) -> Page[Decision]:
    """Every decision taken for an order, newest first, with all that it was taken on.

    Who may read orders at some nodes only sees those that one of these nodes has a part in.
    """
    currency: str = state.settings.currency
    nodes = door.actor.nodes(Permission.ORDERS_READ)
    found = door.read(lambda tx: views.decisions(tx, order_id, currency))
    if nodes is not None:
        found = [one for one in found if not set(one.explanation.chosen.nodes).isdisjoint(nodes)]
    if not found:
        raise NotFound(what="order", id=order_id)
    return Page(found)


@reads("/opportunity-prices", Permission.POLICIES_READ)
def get_opportunity_prices(
    door: NamedDependency[Door],
    sku: QueryCode = None,
    node: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[OpportunityPrice]:
    """What a unit is worth left where it lies, in cents; what is not listed is worth nothing."""
    key = cursor(page_cursor, 2)
    after = (str(key[0]), str(key[1])) if key else None
    found = door.read(lambda tx: views.prices(tx, sku=sku, node=node, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.sku, one.node))


@reads("/opportunity-prices/runs", Permission.POLICIES_READ)
def get_price_runs(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[PriceRun]:
    """When prices were worked out, from how much, and how far the last run is; newest first."""
    key = cursor(page_cursor, 1)
    before = int(key[0]) if key else None
    found = door.read(lambda tx: views.runs(tx, before=before, limit=limit + 1))
    return page(found, limit, lambda one: (one.number,))


routes = [get_decisions, get_opportunity_prices, get_price_runs]
