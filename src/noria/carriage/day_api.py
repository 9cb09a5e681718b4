"""Another day for a delivery, at the door."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.carriage import day_actions as actions
from noria.carriage import day_views as views
from noria.carriage.day_model import DayBody, DayChange, DayChoice
from noria.kit import clock
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
from noria.orders import views as orders


@reads("/orders/{order_id:str}/days", Permission.ORDERS_READ)
def get_days(order_id: PathCode, door: NamedDependency[Door]) -> DayChoice:
    """The days on which an order that is under way can come instead; of none, why."""

    def found(tx: Connection) -> DayChoice:
        orders.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        return actions.choice(tx, order_id, now=clock.now(tx))

    return door.read(found)


@puts("/day-changes/{day_change_id:str}", Permission.ORDERS_WRITE)
def put_day_change(
    day_change_id: PathCode, data: JSONBody[DayBody], door: NamedDependency[Door]
) -> Response[DayChange]:
    """Have an order come on another day, if its carriers agree; the customer is told what they say.

    The worker asks them. The promise follows when all of them agree, and stays if one does not.
    """

    def work(tx: Connection, now: datetime) -> DayChange:
        door.actor.must(Permission.ORDERS_WRITE, *sorted(orders.nodes_to_come(tx, data.order)))
        return actions.ask(tx, day_change_id, data, actor=door.actor.id, now=now)

    return door.once(day_change_id, data, work)


@reads("/day-changes", Permission.ORDERS_READ)
def get_day_changes(
    door: NamedDependency[Door],
    order: QueryCode = None,
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[DayChange]:
    """Other days that were chosen, the newest first, and what carriers said."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.ORDERS_READ, node)
    found = door.read(
        lambda tx: views.changes(tx, order=order, nodes=nodes, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


routes = [get_days, put_day_change, get_day_changes]
