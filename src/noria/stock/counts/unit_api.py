"""Counts by unit at the door."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts
from noria.stock.counts import unit_actions as actions
from noria.stock.counts.unit_model import UnitCountBody, UnitCountBooked


@puts("/unit-counts/{count_id:str}", Permission.STOCK_WRITE)
def put_unit_count(
    count_id: PathCode, data: JSONBody[UnitCountBody], door: NamedDependency[Door]
) -> Response[UnitCountBooked]:
    """Make the book say which lots or serials lie on a shelf; each unit that differed is answered.

    All units on the shelf count, those that are held too.
    """
    door.actor.must(Permission.STOCK_WRITE, data.node)

    def count(tx: Connection, now: datetime) -> UnitCountBooked:
        differences = actions.count(
            tx,
            count_id,
            data.node,
            data.lines,
            counted_at=data.counted_at,
            actor=door.actor.id,
            now=now,
        )
        return UnitCountBooked(id=count_id, differences=tuple(differences))

    return door.once(count_id, data, count)


routes = [put_unit_count]
