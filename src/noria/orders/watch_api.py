"""Milestones at the door."""

from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, posts, reads
from noria.orders import views, watch_actions
from noria.orders.watch_model import Watched, Watching


class WatchBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look at open promises, those longest not looked at first."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = watch_actions.AT_ONCE


@reads("/orders/{order_id:str}/milestones", Permission.ORDERS_READ)
def get_milestones(order_id: PathCode, door: NamedDependency[Door]) -> Response[Watched | None]:
    """What has to be done by when for the promise to be kept, and the chance that it is.

    Null where nothing is promised, or the promise is settled.
    """

    def found(tx: Connection) -> Watched | None:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        return watch_actions.look(tx, order_id, now=clock.now(tx))

    return Response(door.read(found))


@posts("/orders/milestones", Permission.ORDERS_WRITE)
def post_watch(data: JSONBody[WatchBody], door: NamedDependency[Door]) -> Response[Watching]:
    """Watch over open promises now. The worker does so every five minutes."""
    return door.act(
        data,
        lambda tx, now: watch_actions.watch(tx, actor=door.actor.id, now=now, limit=data.limit),
    )


routes = [get_milestones, post_watch]
