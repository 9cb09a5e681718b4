"""What of an order its customer can give back because the law lets them, and what they did."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from noria.kit.db import Connection
from noria.messages import withdraw_rules
from noria.messages.model import Back, Bar, Item, Withdrawal, Withdrawn
from noria.messages.withdraw_rules import PREFIX
from noria.network import views as network
from noria.network.model import Node
from noria.orders.model import Order
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope
from noria.returns import views as returns


def withdrawal(
    tx: Connection, order: Order, names: Mapping[str, str], *, now: datetime
) -> Withdrawal:
    """Units that left and are not on their way back, and what was withdrawn by its link."""
    back, untaken = returns.of_order(tx, order.id), _untaken(tx, order.id)
    made = [
        Withdrawn(
            id=one.id,
            at=one.asked_at,
            goes_to=_named(tx, one.node),
            goods=_told({line.sku: line.quantity for line in one.lines}, names),
            back=withdraw_rules.back(one),
        )
        for one in back
        if one.id.startswith(PREFIX)
    ]
    waits = [
        Withdrawn(
            id=report,
            at=at,
            goods=_told(units, names),
            goes_to="",
            back=Back.ANSWERED if is_answered else Back.WANTED,
        )
        for report, at, units, is_answered in untaken
    ]
    pending = withdraw_rules.pending([(at, units) for _, at, units, _ in untaken], back)
    barred = withdraw_rules.barred(_ordered(order, names), _bars(tx, order.id))
    return Withdrawal(
        open=[
            one
            for one in _open(tx, order, names, pending)
            if one.sku not in withdraw_rules.never(barred)
        ],
        made=[*made, *waits],
        barred=barred,
        right_days=_right_days(tx, order, now),
    )


def _right_days(tx: Connection, order: Order, now: datetime) -> int:
    """How long their right lasts, as the policy of the day said for where they bought."""
    bought_at = min(order.placed_at, now)
    book = policies.rulebook(live.live_at(tx, bought_at).content, bought_at.date())
    scope = Scope(channel=order.channel, country=order.destination.country)
    return policies.applied(book, scope).settings.withdrawal_days


def _ordered(order: Order, names: Mapping[str, str]) -> list[Item]:
    """All of an order that was not cancelled."""
    units: Counter[str] = Counter()
    for line in order.lines:
        units[line.sku] += line.quantity - line.cancelled
    return [Item(sku=sku, name=names[sku], units=count) for sku, count in (+units).items()]


def _bars(tx: Connection, order: str) -> dict[str, Bar]:
    """Why law lets nobody withdraw from SKUs of an order, as it was when it was bought.

    Of most there is no reason; a SKU of which only some was bought barred is open. Who has begun to
    use what is digital has no such right; who has not tells a person.
    """
    found = tx.execute(
        """
        select sku, min(bar)
        from (
            select order_line.sku, coalesce(order_line.withdrawal_bar, case
                when is_digital then 'digital' else sku.withdrawal_bar
            end) as bar
            from order_line
            join sku on sku.code = order_line.sku
            where order_id = %s
        ) as line
        group by sku
        having bool_and(bar <> 'none')
        order by sku
        """,
        [order],
    )
    return {code: Bar(bar) for code, bar in found.fetchall()}


def _untaken(tx: Connection, order: str) -> list[tuple[str, datetime, dict[str, int], bool]]:
    """Withdrawals that wait for a person, who says where these units go back to."""
    found = tx.execute(
        """
        select id, reported_at, jsonb_object_agg(sku, units), told <> ''
        from customer_report
        join withdrawn_unit on report = id
        where order_id = %s
        group by id
        order by reported_at, id
        """,
        [order],
    )
    return found.fetchall()


def _told(units: Mapping[str, int], names: Mapping[str, str]) -> str:
    return withdraw_rules.told(
        [Item(sku=sku, name=names.get(sku, sku), units=count) for sku, count in units.items()]
    )


def _open(
    tx: Connection, order: Order, names: Mapping[str, str], pending: Mapping[str, int]
) -> list[Item]:
    """What left, is not on its way back, and was not withdrawn from."""
    sent = _sent(order)
    if not sent:
        return []
    back = Counter(returns.returned_units(tx, order.id, None)) + Counter(pending)
    return [
        Item(sku=sku, name=names.get(sku, sku), units=left)
        for sku in sorted(sent)
        if (left := sent[sku] - back[sku]) > 0
    ]


def _sent(order: Order) -> Counter[str]:
    """Units by SKU that have reached, or are on their way to, the customer."""
    sent: Counter[str] = Counter()
    for leg in order.legs:
        for line in leg.lines if leg.shipped_at else ():
            sent[line.sku] += line.due_units
    return sent


def _named(tx: Connection, node: str) -> str:
    return network.addressed(tx, node) or node


def senders(order: Order, nodes: Mapping[str, Node], skus: Collection[str]) -> list[Node]:
    """The nodes that sent one of these SKUs of an order, in the order of its legs."""
    return [
        nodes[leg.node]
        for leg in order.legs
        if leg.shipped_at and leg.node in nodes and any(one.sku in skus for one in leg.lines)
    ]
