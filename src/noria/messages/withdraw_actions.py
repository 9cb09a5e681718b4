"""A customer withdraws from what they bought: they said so, whatever we make of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.messages import actions, outbox_views, store, views, withdraw_rules, withdraw_views
from noria.messages.model import (
    Item,
    NothingToWithdraw,
    Report,
    Telling,
    Trouble,
    WithdrawalBarred,
)
from noria.messages.outbox_model import Medium
from noria.network import views as network
from noria.network.model import Spot
from noria.orders import views as orders
from noria.returns import actions as returns
from noria.returns import views as return_views
from noria.returns.model import NewReturn, ReturnLine

REASON = "withdrawal"


def withdraw(
    tx: Connection, token: str, key: str, asked: Mapping[str, int], *, now: datetime
) -> None:
    """Announce the return of so many units by SKU, once for `key`; the customer is told of it.

    Where no node takes returns, it is a report, which waits for a person: the right holds anyway.

    Raises:
        LinkUnknown: the link leads nowhere.
        NothingToWithdraw: the time is over, or nothing of that is with them.
        WithdrawalBarred: law lets nobody withdraw from any of that.
    """
    returns.lock(tx, actions.followed(tx, token))
    told = actions.tell(tx, token, now=now)
    rma_id = f"{withdraw_rules.PREFIX}{key}"
    known = return_views.rma(tx, rma_id) or views.report(tx, rma_id)
    if known is not None and known.order == told.order:
        return
    lines = withdraw_rules.lines(told.withdrawable, asked)
    if not lines:
        never = [one.item for one in told.barred if not one.is_sealed and asked.get(one.item.sku)]
        if never:
            raise WithdrawalBarred(goods=", ".join(one.name for one in never))
        raise NothingToWithdraw
    order = orders.order(tx, told.order)
    assert order is not None, "it was told just now"
    nodes, to = network.nodes(tx), order.destination
    there = None
    if to.latitude is not None and to.longitude is not None:
        there = Spot(to.latitude, to.longitude)
    senders = withdraw_views.senders(order, nodes, {one.sku for one in lines})
    node = withdraw_rules.taker(senders, [*nodes.values()], to.country, there)
    if node is None:
        _wait(tx, rma_id, told, lines, now=now)
        return
    new = NewReturn(order=order.id, node=node.code, reason=REASON, lines=lines)
    returns.announce(tx, rma_id, new, actor=actions.CUSTOMER, now=now)


def is_mailed(tx: Connection, token: str) -> bool:
    """Whether who follows this link gave an address for e-mails, and wants them.

    Raises:
        LinkUnknown: the link leads nowhere.
    """
    reader = outbox_views.reader(tx, actions.followed(tx, token))
    return reader is not None and reader.address(Medium.EMAIL) is not None


def _wait(
    tx: Connection, report: str, told: Telling, lines: Sequence[ReturnLine], *, now: datetime
) -> None:
    """Nobody takes it back: a person has to say where it goes."""
    names = {one.sku: one.name for one in told.withdrawable}
    goods = [Item(sku=one.sku, name=names[one.sku], units=one.quantity) for one in lines]
    words = withdraw_rules.untaken(goods)
    kept = Report(id=report, order=told.order, trouble=Trouble.OTHER, words=words, reported_at=now)
    actions.keep(tx, kept)
    store.withdrawn(tx, report, {one.sku: one.quantity for one in lines})
