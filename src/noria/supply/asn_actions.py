"""Verbs of ASNs: announce, announce otherwise, call off. `actions.receive` counts them in."""

from collections.abc import Callable
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, Stale
from noria.network import views as network
from noria.supply import actions, asn_store, asn_views, store, views
from noria.supply.asn_model import Asn, NewAsn
from noria.supply.model import AlreadyDone, NotPlanned

CheckVersion = Callable[[int | None], None]


def announce(
    tx: Connection, asn_id: str, new: NewAsn, *, now: datetime, check: CheckVersion | None = None
) -> None:
    """Say what is under way; said again, it replaces what was said, until something has come.

    Raises:
        UnknownCodes, Invalid, NotFound, NotPlanned, AlreadyDone, Stale: nothing was announced.
    """
    catalog.check_known(tx, [line.sku for line in new.lines])
    network.check_known(tx, [new.node])
    actions.check_once([line.sku for line in new.lines])
    if new.purchase_order is not None:
        _check_ordered(tx, new.purchase_order, new)
    asn_store.lock(tx, asn_id)
    before, believed = asn_views.asn(tx, asn_id) or (None, 0)
    if check is not None:
        check(believed or None)
    if before is not None and before.status != "open":
        raise AlreadyDone(what="ASN", id=asn_id, status=before.status)
    if not asn_store.save(tx, asn_id, new, believed, now=now):
        raise Stale(believed=str(believed), current="?")
    actions.tell(tx, "asn.announced", f"asn:{asn_id}", new.node)


def cancel(tx: Connection, asn_id: str, *, now: datetime) -> Asn:
    """Nothing of it will come, or no more of it.

    Raises:
        NotFound, AlreadyDone: it is as it was.
    """
    asn_store.lock(tx, asn_id)
    before, _ = asn_views.known(tx, asn_id)
    if before.closed_at is not None:
        raise AlreadyDone(what="ASN", id=asn_id, status=before.status)
    asn_store.cancel(tx, asn_id, now=now)
    actions.tell(tx, "asn.cancelled", f"asn:{asn_id}", before.node)
    return asn_views.known(tx, asn_id)[0]


def _check_ordered(tx: Connection, purchase_id: str, new: NewAsn) -> None:
    """An ASN of a purchase order announces what was ordered, where it was ordered to."""
    store.lock_purchase(tx, purchase_id)
    bought = views.known_purchase(tx, purchase_id)
    if bought.closed_at is not None:
        raise AlreadyDone(what="purchase order", id=purchase_id, status="closed")
    if bought.node != new.node:
        raise Invalid(faults=[Fault("/node", f"{purchase_id} was ordered to {bought.node}")])
    ordered = {line.sku for line in bought.lines}
    for line in new.lines:
        if line.sku not in ordered:
            raise NotPlanned(
                what="purchase", id=purchase_id, sku=line.sku, planned=0, asked=line.quantity
            )
