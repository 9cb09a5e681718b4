"""What a customer is told of an order that is collected in a store: where, when, by which code."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from noria.collect import views as collect
from noria.kit.db import Connection
from noria.messages.model import Day, Pickup
from noria.network import calendar, rules
from noria.network import views as network
from noria.network.model import PICK_UP
from noria.orders.model import Leg, Order, Payment

DAYS_SHOWN = 7


def pickup(tx: Connection, order: Order, legs: list[Leg], *, now: datetime) -> Pickup | None:
    """None: it is not collected in a store."""
    if order.store is None:
        return None
    node = network.nodes(tx, [order.store])[order.store]
    held = collect.held(tx, order.id, order.store)
    waits = held is not None and held.code is not None and any(
        leg.ready_at and leg.shipped_at is None for leg in legs
    )  # fmt: skip
    years = (now.year, now.year + 1)
    holidays = calendar.node_holidays(node, years)
    today = now.astimezone(ZoneInfo(node.time_zone)).date()
    days = [today + timedelta(days=count) for count in range(DAYS_SHOWN)]
    told_at = told_ready_at(tx, order.id)
    coming = [leg for leg in legs if leg.ready_at is None and leg.shipped_at is None]
    own = [leg.leaves_at for leg in coming if leg.service == PICK_UP]
    is_all_here = bool(own) and len(own) == len(coming)
    found = collect.collections(tx, now=now, orders=[order.id], nodes=[order.store])
    return Pickup(
        store=node.name,
        town=f"{node.postcode} {node.town}",
        time_zone=node.time_zone,
        days=[Day(day=day, spans=rules.hours_on(node, day, holidays)) for day in days],
        ready_by=max([*own, *([told_at] if told_at else [])]) if is_all_here else None,
        code=held.code if held and waits else None,
        keep_until=held.keep_until if held and waits else None,
        remind_at=remind_at(tx, order.id, order.store) if waits else None,
        is_paid=order.payment is not Payment.IN_STORE,
        is_extended=bool(held and held.extended),
        is_allowed=collect.proxy(tx, order.id) is not None,
        is_announced=bool(found and found[0].notice),
    )


def told_ready_at(tx: Connection, order: str) -> datetime | None:
    found = tx.execute("select told_ready_at from customer_order where id = %s", [order]).fetchone()
    return found[0] if found else None


def remind_at(tx: Connection, order: str, node: str) -> datetime | None:
    found = tx.execute(
        "select remind_at from collection where order_id = %s and node = %s", [order, node]
    ).fetchone()
    return found[0] if found else None


def stores_near(tx: Connection, order: str, *, most: int) -> list[tuple[str, str]]:
    """Stores where an order may be collected instead, the nearest to where it goes first.

    Each as its code, and its name and town.
    """
    found = tx.execute(
        "select node.code, "  # noqa: S608 - names of ours
        + network.ADDRESSED
        + """
        from customer_order
        join node on node.country = customer_order.country
        where customer_order.id = %s and does_hand_over and is_open
            and node.code is distinct from customer_order.store
        order by (node.latitude - customer_order.latitude) ^ 2
            + ((node.longitude - customer_order.longitude)
                * cos(radians(customer_order.latitude))) ^ 2, node.code
        limit %s
        """,
        [order, most],
    )
    return found.fetchall()
