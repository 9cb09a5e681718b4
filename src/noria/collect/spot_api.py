"""Where things lie that wait for their customers, at the door."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.collect import spot_actions
from noria.collect.model import Moved, Spot
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts
from noria.orders import views as orders


@puts("/collections/{leg_id:str}/spot", Permission.FULFILMENT_WORK)
def put_spot(
    leg_id: PathCode, data: JSONBody[Spot], door: NamedDependency[Door]
) -> Response[Moved]:
    """What waits for its customer lies elsewhere than was said: on another shelf, in a locker."""

    def work(tx: Connection, _now: datetime) -> Moved:
        door.actor.must(Permission.FULFILMENT_WORK, *orders.nodes_of(tx, [leg_id]))
        moved = [Moved(id=leg_id, spot=data)]
        return spot_actions.move(tx, moved, actor=door.actor.id, request_id=door.request_id)[leg_id]

    return door.act([leg_id, data], work)


routes = [put_spot]
