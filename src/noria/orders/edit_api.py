"""Orders that change, at the door: edited, divided, put together."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, Page, PathCode, puts, reads
from noria.orders import divide_actions, divide_views, edit_actions, views
from noria.orders.divide_model import Divided, MergeBody, SplitBody, Transfer
from noria.orders.edit_model import EditBody, Edited


@puts("/order-edits/{edit_id:str}", Permission.ORDERS_WRITE)
def put_order_edit(
    edit_id: PathCode, data: JSONBody[EditBody], door: NamedDependency[Door]
) -> Response[Edited]:
    """Change who opens the door, where it goes and how, how many units: as long as that is open.

    `editable` of an order says what still is, until when, and why then. All is done, or nothing.
    """
    return door.once(
        edit_id,
        data,
        lambda tx, now: edit_actions.edit(tx, edit_id, data, actor=door.actor.id, now=now),
    )


@puts("/order-splits/{split_id:str}", Permission.ORDERS_WRITE)
def put_order_split(
    split_id: PathCode, data: JSONBody[SplitBody], door: NamedDependency[Door]
) -> Response[Divided]:
    """Make an order of its own of units that nobody has picked: same customer, same promise."""
    return door.once(
        split_id,
        data,
        lambda tx, now: divide_actions.split(tx, split_id, data, actor=door.actor.id, now=now),
    )


@puts("/order-merges/{merge_id:str}", Permission.ORDERS_WRITE)
def put_order_merge(
    merge_id: PathCode, data: JSONBody[MergeBody], door: NamedDependency[Door]
) -> Response[Divided]:
    """Put orders of one customer, that nobody has picked, into one, to be sent together."""
    return door.once(
        merge_id,
        data,
        lambda tx, now: divide_actions.merge(tx, merge_id, data, actor=door.actor.id, now=now),
    )


@reads("/orders/{order_id:str}/transfers", Permission.ORDERS_READ)
def get_order_transfers(order_id: PathCode, door: NamedDependency[Door]) -> Page[Transfer]:
    """Units that an order gave to others, or was given by them, by splits and merges."""

    def found(tx: Connection) -> list[Transfer]:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        return divide_views.transfers(tx, [order_id])

    return Page(door.read(found))


routes = [put_order_edit, put_order_split, put_order_merge, get_order_transfers]
