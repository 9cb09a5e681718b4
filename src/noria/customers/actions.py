"""Verbs that forget a customer, wherever the rooms below have written of them."""

from datetime import datetime

from noria.carriage import erasure_actions as carriage
from noria.collect import erasure_actions as collect
from noria.conduct import erasure_actions as conduct
from noria.connectors.files import erasure_actions as files
from noria.customers import store, views
from noria.customers.model import Erasure
from noria.fulfilment import erasure_actions as fulfilment
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.errors import IdReused
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.messages import erasure_actions as messages
from noria.orders import erasure_actions as orders
from noria.promise import erasure_actions as promises
from noria.returns import erasure_actions as returns
from noria.storefront import erasure_actions as storefront
from noria.supply import erasure_actions as supply
from noria.tower import exception_actions as tower
from noria.webhooks import erasure_actions as webhooks

AT_ONCE = 20


def erase(tx: Connection, erasure_id: str, customer: str, *, actor: str, now: datetime) -> Erasure:
    """Forget a customer: all that is closed now, what is still open as soon as it is closed.

    Who has no orders here is forgotten at once. What was bought, for how much and to which town
    stays, under an alias that leads nowhere.

    Raises:
        IdReused: there is an erasure of this id.
    """
    alias = f"erased-{uuid7(int(now.timestamp() * 1000))}"
    if not store.insert(tx, erasure_id, customer, alias, actor=actor, now=now):
        raise IdReused(id=erasure_id)
    return _go_on(tx, erasure_id, now=now)


def go_on(tx: Connection, *, now: datetime) -> int:
    """Forget what was still open when it was asked, and is closed by now; how many are done."""
    return sum(
        _go_on(tx, erasure, now=now).done_at is not None
        for erasure in store.to_do(tx, limit=AT_ONCE)
    )


def _go_on(tx: Connection, erasure_id: str, *, now: datetime) -> Erasure:
    told = store.lock(tx, erasure_id)
    if told is not None:
        customer, alias = told
        closed, still_open = orders.of_customer(tx, customer)
        if closed:
            _forget(tx, closed, alias, now=now)
        promises.erase(tx, customer, alias)
        storefront.erase(tx, customer, alias, now=now)
        store.settle(tx, erasure_id, erased=len(closed), is_done=not still_open, now=now)
        if not still_open:
            done = Event(
                type="customer.erased", subject=f"erasure:{erasure_id}", data={"alias": alias}
            )
            events.publish(tx, [done])
    found = views.erasure(tx, erasure_id)
    assert found is not None, "erasures are never deleted"
    return found


def _forget(tx: Connection, closed: list[str], alias: str, *, now: datetime) -> None:
    """Each room forgets its own; what stood in words is then looked for in files."""
    telling = orders.erase(tx, closed, alias=alias)
    subjects = [f"order:{order}" for order in closed]
    subjects += fulfilment.erase(tx, closed, telling, now=now)
    subjects += conduct.erase(tx, closed)
    carriage.erase(tx, closed)
    collect.erase(tx, closed)
    messages.erase(tx, closed, actor=SYSTEM.id, now=now)
    returns.erase(tx, closed)
    supply.erase(tx, telling)
    events.redact(tx, subjects)
    webhooks.erase(tx, subjects)
    files.erase(tx, telling)
    tower.erase(tx, closed, telling)  # last: nobody looks at exceptions until all is forgotten
