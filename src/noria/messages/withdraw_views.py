"""What of an order its customer can give back because the law lets them, and what they did."""

from collections.abc import Collection, Mapping

from noria.kit.db import Connection
from noria.messages.model import Item, Withdrawal, Withdrawn
from noria.messages.withdraw_rules import PREFIX, UNTAKEN, told
from noria.network.model import Node
from noria.orders import views as orders
from noria.orders.model import Order
from noria.returns import views as returns


def withdrawal(tx: Connection, order: Order, names: Mapping[str, str]) -> Withdrawal:
    """Units that left and are not on their way back, and what was withdrawn by its link."""
    made = [
        Withdrawn(
            id=one.id,
            at=one.asked_at,
            goes_to=_named(tx, one.node),
            goods=told(
                [
                    Item(sku=line.sku, name=names.get(line.sku, line.sku), units=line.quantity)
                    for line in one.lines
                ]
            ),
        )
        for one in returns.of_order(tx, order.id)
        if one.id.startswith(PREFIX)
    ]
    return Withdrawal(open=_open(tx, order, names), made=[*made, *_untaken(tx, order.id)])


def _untaken(tx: Connection, order: str) -> list[Withdrawn]:
    """Withdrawals that wait for a person, who says where the goods go back to."""
    found = tx.execute(
        """
        select id, reported_at, words
        from customer_report
        where order_id = %s and starts_with(id, %s)
        order by reported_at, id
        """,
        [order, PREFIX],
    )
    return [
        Withdrawn(id=report, at=at, goods=words.removesuffix(UNTAKEN), goes_to="")
        for report, at, words in found
    ]


def _open(tx: Connection, order: Order, names: Mapping[str, str]) -> list[Item]:
    """What is digital cannot be sent back: who has begun to use it has no such right."""
    sent = orders.shipped_units(tx, order.id)
    if not sent:
        return []
    back = returns.returned_units(tx, order.id, None)
    found = tx.execute(
        "select code from sku where code = any(%s) and not is_digital order by code", [sorted(sent)]
    )
    return [
        Item(sku=sku, name=names.get(sku, sku), units=left)
        for (sku,) in found.fetchall()
        if (left := sent[sku] - back.get(sku, 0)) > 0
    ]


def _named(tx: Connection, node: str) -> str:
    found = tx.execute(
        "select name || ', ' || postcode || ' ' || town from node where code = %s", [node]
    ).fetchone()
    return str(found[0]) if found else node


def senders(order: Order, nodes: Mapping[str, Node], skus: Collection[str]) -> list[Node]:
    """The nodes that sent one of these SKUs of an order, in the order of its legs."""
    return [
        nodes[leg.node]
        for leg in order.legs
        if leg.shipped_at and leg.node in nodes and any(one.sku in skus for one in leg.lines)
    ]
