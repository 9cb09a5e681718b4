"""Why these nodes: decisions at the door."""

from litestar.di import NamedDependency

from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.kit.http import Door, Page, PathCode, reads
from noria.sourcing import views
from noria.sourcing.model import Decision


@reads("/orders/{order_id:str}/decisions", Permission.ORDERS_READ)
def get_decisions(order_id: PathCode, door: NamedDependency[Door]) -> Page[Decision]:
    """Every decision taken for an order, newest first, with all that it was taken on."""
    found = door.read(lambda tx: views.decisions(tx, order_id))
    if not found:
        raise NotFound(what="order", id=order_id)
    return Page(found)


routes = [get_decisions]
