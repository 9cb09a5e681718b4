"""Orders looked at again by hand, at the door: other nodes, another day, what carriers owe."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.orders import replace_actions, replace_views, replan_actions, views
from noria.orders.replace_model import Claim, ClaimBody, Replacement
from noria.orders.replan_model import NewDay, NewDayBody, Resourced, SourcingBody

QueryClaim = Annotated[
    Claim | None, QueryParameter(description="Only those whose claim stands so.")
]


@puts("/sourcings/{sourcing_id:str}", Permission.ORDERS_REPLAN)
def put_sourcing(
    sourcing_id: PathCode, data: JSONBody[SourcingBody], door: NamedDependency[Door]
) -> Response[Resourced]:
    """Look again, now, for nodes for what waits in these orders.

    Whoever may plan for some nodes only gives it to those, whatever others have.
    """

    def work(tx: Connection, now: datetime) -> Resourced:
        within = door.actor.nodes(Permission.ORDERS_REPLAN)
        for order in data.orders:
            views.check_seen(tx, order, within)
        return replan_actions.source(
            tx, data.orders, within=within, asks_refusing=data.asks_refusing,
            actor=door.actor.id, now=now,
        )  # fmt: skip

    return door.once(sourcing_id, data, work)


@puts("/new-days/{new_day_id:str}", Permission.ORDERS_REPLAN)
def put_new_day(
    new_day_id: PathCode, data: JSONBody[NewDayBody], door: NamedDependency[Door]
) -> Response[NewDay]:
    """Work out when an order is likely to come, and tell its customer if that is later.

    It is for whoever may plan for a node of which something is still to come.
    """

    def work(tx: Connection, now: datetime) -> NewDay:
        within = door.actor.nodes(Permission.ORDERS_REPLAN)
        views.check_seen(tx, data.order, within)
        if within is not None and not views.nodes_to_come(tx, data.order) & {*within}:
            door.actor.must_everywhere(Permission.ORDERS_REPLAN)
        return replan_actions.tell_day(tx, data.order, actor=door.actor.id, now=now)

    return door.once(new_day_id, data, work)


@reads("/replacements", Permission.ORDERS_READ)
def get_replacements(
    door: NamedDependency[Door],
    order: QueryCode = None,
    node: QueryCodes = None,
    claim: QueryClaim = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Replacement]:
    """What was sent again or paid back, the oldest first; what carriers owe is `claim=due`."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.ORDERS_READ, node)
    found = door.read(
        lambda tx: replace_views.replacements(
            tx, order=order, nodes=nodes, claim=claim, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.at.isoformat(), one.id))


@puts("/replacements/{replacement_id:str}/claim", Permission.ORDERS_WRITE)
def put_claim(
    replacement_id: PathCode, data: JSONBody[ClaimBody], door: NamedDependency[Door]
) -> Response[Replacement]:
    """The carrier has answered for what it lost: what it pays, which may be nothing."""

    def work(tx: Connection, now: datetime) -> Replacement:
        return replace_actions.settle_claim(
            tx,
            replacement_id,
            data.cents,
            now=now,
            must=lambda node: door.actor.must(Permission.ORDERS_WRITE, node),
        )

    return door.once(replacement_id, data, work)


routes = [put_sourcing, put_new_day, get_replacements, put_claim]
