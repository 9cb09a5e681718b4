"""Single units and lots at the door: a serial's life in one call, and a recall in another."""

from litestar.di import NamedDependency

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import PAGE, Door, PathCode, QueryCursor, QueryLimit, cursor, page, reads
from noria.stock.tracked import views as tracked
from noria.stock.tracked.api_paths import PathLot, PathSerial
from noria.tower import units_views
from noria.tower.units_model import Life, Recall


@reads("/skus/{sku:str}/serials/{serial:str}", Permission.STOCK_READ)
def get_serial(
    sku: PathCode,
    serial: PathSerial,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Life:
    """One unit: where it is, and its life; bought from whom, sold to whom, why it came back."""
    door.actor.must_everywhere(Permission.STOCK_READ)
    before = (cursor(page_cursor, 1) or [None])[0]

    def life(tx: Connection) -> Life:
        found = tracked.serials(tx, skus=[sku], serial=serial, is_inside=False)
        if not found:
            raise NotFound(what="serial", id=f"{sku}/{serial}")
        [unit] = found
        seq = None if before is None else int(before)
        steps = units_views.steps(tx, sku, serial, before=seq, limit=limit + 1)
        shown = page(steps, limit, lambda step: (step.seq,))
        return Life(
            sku=sku,
            serial=serial,
            node=unit.node,
            state=unit.state,
            since=unit.since,
            grade=units_views.grade(tx, sku, serial),
            steps=shown.items,
            next=shown.next,
        )

    return door.read(life)


@reads("/skus/{sku:str}/lots/{lot:str}/recipients", Permission.ORDERS_READ)
def get_recipients(
    sku: PathCode,
    lot: PathLot,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Recall:
    """Who got units of a lot, order by order; what is still here stands in `GET /v1/lots`."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    after = (cursor(page_cursor, 1) or [None])[0]

    def recall(tx: Connection) -> Recall:
        status = tracked.lot(tx, sku, lot)
        if status is None:
            raise NotFound(what="lot", id=f"{sku}/{lot}")
        cause = None if after is None else str(after)
        found = units_views.recipients(tx, sku, lot, after=cause, limit=limit + 1)
        shown = page(found, limit, lambda one: (one.cause,))
        return Recall(
            sku=sku,
            lot=lot,
            expires_on=status.expires_on,
            inside=status.inside,
            items=shown.items,
            next=shown.next,
        )

    return door.read(recall)


routes = [get_serial, get_recipients]
