"""What customers do by their link, and what people do about what customers report."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit import errors, events
from noria.kit.db import Connection
from noria.kit.errors import NotFound, SettledOtherwise
from noria.kit.event import Event
from noria.messages import rules, store, views
from noria.messages.model import (
    LinkUnknown,
    Report,
    Telling,
    TooManyReports,
    Trouble,
)
from noria.orders import day_actions as days
from noria.orders import release_actions
from noria.orders import views as order_views
from noria.orders.model import Cancelled

CUSTOMER = "customer:link"
"""Who acts by a link: whoever has it."""


def link(tx: Connection, order: str) -> str:
    """The last part of the address at which an order is followed.

    Raises:
        NotFound: there is no such order.
    """
    if not order_views.stages(tx, [order]):
        raise NotFound(what="order", id=order)
    return rules.link(store.secret(tx), order, store.renewed(tx, order))


def links_from_another(tx: Connection, orders: Sequence[str]) -> dict[str, str]:
    """The last parts of the addresses of orders to which another order's page may lead.

    Where a link was made anew, somebody had it who should not: it is not given to whoever has the
    other one.
    """
    secret = store.secret(tx) if orders else b""
    return {order: rules.link(secret, order, 0) for order in orders if not store.renewed(tx, order)}


def renew_link(tx: Connection, order: str, *, actor: str, now: datetime) -> str:
    """Another link: whoever has the one before sees nothing any more.

    Raises:
        NotFound: there is no such order.
    """
    if not order_views.stages(tx, [order]):
        raise NotFound(what="order", id=order)
    return rules.link(store.secret(tx), order, store.renew(tx, order, actor=actor, now=now))


def renew_all_links(tx: Connection, secret: bytes) -> None:
    """Make every link anew, with 32 random bytes: all that were given out show nothing more."""
    store.replace_secret(tx, secret)


def followed(tx: Connection, token: str) -> str:
    """The order that a link leads to.

    Raises:
        LinkUnknown: it was never ours, or was renewed since, or its order is gone.
    """
    order = rules.named(token) or ""
    is_genuine = rules.is_genuine(store.secret(tx), token, store.renewed(tx, order))
    if not is_genuine or not order_views.stages(tx, [order]):
        raise LinkUnknown
    return order


def tell(tx: Connection, token: str, *, now: datetime) -> Telling:
    """What a customer is told now.

    Raises:
        LinkUnknown: the link leads nowhere.
    """
    found = views.facts(tx, followed(tx, token), now=now)
    if found is None:
        raise LinkUnknown
    return rules.telling(found, now)


def wait(tx: Connection, token: str, *, now: datetime) -> None:
    """A customer would rather wait for what is late than cancel it.

    Raises:
        LinkUnknown: the link leads nowhere.
    """
    told = tell(tx, token, now=now)
    if told.may_choose and told.window is not None:
        days.accept_delay(tx, told.order, told.window.last, actor=CUSTOMER, now=now)


def cancel(tx: Connection, token: str, *, now: datetime) -> Cancelled:
    """A customer stops all of an order that has not left.

    Raises:
        LinkUnknown: the link leads nowhere.
        NothingToCancel: everything has left, or was cancelled before.
    """
    return release_actions.cancel(
        tx, followed(tx, token), None, reason="by their link", actor=CUSTOMER, now=now
    )


def report(
    tx: Connection, token: str, report_id: str, trouble: Trouble, words: str, *, now: datetime
) -> None:
    """A customer says that something is wrong; it waits for a person as an exception.

    Raises:
        LinkUnknown: the link leads nowhere.
        TooManyReports: so many of this order are open that another one helps nobody.
    """
    order = followed(tx, token)
    if views.report(tx, report_id) is not None:
        return
    open_ = store.open_reports(tx, order)
    if open_ >= rules.MOST_OPEN_REPORTS:
        raise TooManyReports(open=open_)
    keep(tx, Report(id=report_id, order=order, trouble=trouble, words=words, reported_at=now))


def keep(tx: Connection, told: Report) -> None:
    """Keep what a customer told us, however much else of the order is open, and say so."""
    store.report(tx, told)
    data = {"order": told.order, "report": told.id, "trouble": told.trouble.value}
    events.publish(tx, [Event(type="order.reported", subject=f"order:{told.order}", data=data)])


def settle(
    tx: Connection, report_id: str, *, answer: str, told: str = "", actor: str, now: datetime
) -> Report:
    """Somebody has looked after it; the customer reads what is `told`, if anything is.

    Raises:
        NotFound: there is no such report.
        SettledOtherwise: somebody was faster, with another answer.
    """
    is_new = store.settle(tx, report_id, answer=answer, told=told, actor=actor, now=now)
    if not is_new and (refusal := settled_otherwise(tx, report_id, answer, told)):
        raise refusal
    settled = views.report(tx, report_id)
    if settled is None:
        raise NotFound(what="report", id=report_id)
    if is_new and told:
        data = {"order": settled.order, "report": report_id}
        event = Event(type="order.answered", subject=f"order:{settled.order}", data=data)
        events.publish(tx, [event])
    return settled


def settled_otherwise(
    tx: Connection, report_id: str, answer: str, told: str
) -> SettledOtherwise | None:
    """What differs from how a report was settled; None: nothing, or it was not."""
    known = views.report(tx, report_id)
    if known is None or known.settled_at is None:
        return None
    before = {"answer": known.answer, "told": known.told}
    return errors.settled_otherwise(report_id, before, {"answer": answer, "told": told})
