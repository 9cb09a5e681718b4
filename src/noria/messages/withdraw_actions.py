"""A customer withdraws from what they bought: they said so, whatever we make of it."""

from collections.abc import Mapping
from datetime import datetime

from noria.kit.db import Connection
from noria.messages import actions, withdraw_rules, withdraw_views
from noria.messages.model import Item, NothingToWithdraw, Trouble
from noria.network import views as network
from noria.network.model import Spot
from noria.orders import views as orders
from noria.returns import actions as returns
from noria.returns import views as return_views
from noria.returns.model import NewReturn

REASON = "withdrawal"


def withdraw(
    tx: Connection, token: str, key: str, asked: Mapping[str, int], *, now: datetime
) -> None:
    """Announce the return of so many units by SKU, once for `key`; the customer is told of it.

    Where no node takes returns, it is a report, which waits for a person: the right holds anyway.

    Raises:
        LinkUnknown: the link leads nowhere.
        NothingToWithdraw: the time is over, or nothing of that is with them.
    """
    told = actions.tell(tx, token, now=now)
    rma_id = f"{withdraw_rules.PREFIX}{key}"
    if (known := return_views.rma(tx, rma_id)) is not None and known.order == told.order:
        return
    lines = withdraw_rules.lines(told.withdrawable, asked)
    if not lines:
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
        names = {one.sku: one.name for one in told.withdrawable}
        asked_back = [Item(sku=one.sku, name=names[one.sku], units=one.quantity) for one in lines]
        words = withdraw_rules.told(asked_back) + withdraw_rules.UNTAKEN
        actions.report(tx, token, rma_id, Trouble.OTHER, words, now=now)
        return
    new = NewReturn(order=order.id, node=node.code, reason=REASON, lines=lines)
    returns.announce(tx, rma_id, new, actor=actions.CUSTOMER, now=now)
