"""What left and does not come, at the door: sent again, or paid back."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.fulfilment import replace_actions
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts
from noria.orders import views as orders
from noria.orders.replace_model import ReplaceBody, Replacement


@puts("/replacements/{replacement_id:str}", Permission.ORDERS_WRITE)
def put_replacement(
    replacement_id: PathCode, data: JSONBody[ReplaceBody], door: NamedDependency[Door]
) -> Response[Replacement]:
    """Send again parcels that left and do not come, or pay them back; a carrier owes what it lost.

    Of a leg of several parcels, those that are named, with what was in them; else all of it that
    has not come.
    """

    def work(tx: Connection, now: datetime) -> Replacement:
        door.actor.must(Permission.ORDERS_WRITE, *orders.nodes_of(tx, [data.leg]))
        return replace_actions.replace(tx, replacement_id, data, actor=door.actor.id, now=now)

    return door.once(replacement_id, data, work)


routes = [put_replacement]
