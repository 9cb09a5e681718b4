"""What a file is compared with before it is written."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import LiteralString

from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.orders.model import Destination, NewLine, NewOrder

UNKNOWN: dict[str, LiteralString] = {
    "sku": "select code from unnest(%s::text[]) as asked (code)"
    " where not exists (select from sku where sku.code = asked.code)",
    "node": "select code from unnest(%s::text[]) as asked (code)"
    " where not exists (select from node where node.code = asked.code)",
    "service": "select code from unnest(%s::text[]) as asked (code)"
    " where not exists (select from service where service.code = asked.code)",
    "zoning": "select code from unnest(%s::text[]) as asked (code)"
    " where not exists (select from zoning where zoning.code = asked.code)",
    "channel": "select code from unnest(%s::text[]) as asked (code)"
    " where not exists (select from channel where channel.code = asked.code)",
}


def unknown(tx: Connection, noun: str, codes: Iterable[str]) -> frozenset[str]:
    """Those of the codes that no `noun` (sku, node, service, channel) has here."""
    found = tx.execute(UNKNOWN[noun], [sorted(set(codes))])
    return frozenset(code for (code,) in found)


class _OrderLine(Struct, frozen=True, kw_only=True):
    id: str
    channel: str
    customer: str
    placed_at: datetime
    currency: str
    country: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    due: date | None
    own_packaging: bool
    sku: str
    quantity: int
    price_cents: int
    gift_wrap: bool
    tax_cents: int
    tax_code: str


def orders(tx: Connection, ids: Iterable[str]) -> dict[str, NewOrder]:
    """Orders that were taken before, as they were handed over, without the recipient."""
    found = rows(
        tx,
        _OrderLine,
        """
        select id, channel, customer, placed_at, currency, country, postcode, town,
            latitude, longitude, due, own_packaging, sku, quantity, price_cents, gift_wrap,
            tax_cents, tax_code
        from customer_order
        join order_line on order_line.order_id = customer_order.id
        where id = any(%s)
        order by id, line
        """,
        [sorted(set(ids))],
    )
    by_order: dict[str, list[_OrderLine]] = defaultdict(list)
    for line in found:
        by_order[line.id].append(line)
    return {order: _as_handed_over(lines) for order, lines in by_order.items()}


def edited(tx: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Those of these orders that were changed since they were handed over."""
    found = tx.execute(
        "select id from customer_order where id = any(%s) and edited_at is not null",
        [sorted(set(ids))],
    )
    return frozenset(order for (order,) in found)


def _as_handed_over(lines: list[_OrderLine]) -> NewOrder:
    head = lines[0]
    return NewOrder(
        id=head.id,
        channel=head.channel,
        customer=head.customer,
        placed_at=head.placed_at,
        currency=head.currency,
        destination=Destination(
            country=head.country,
            postcode=head.postcode,
            town=head.town,
            latitude=head.latitude,
            longitude=head.longitude,
        ),
        due=head.due,
        own_packaging=head.own_packaging,
        lines=tuple(
            NewLine(
                sku=line.sku,
                quantity=line.quantity,
                price_cents=line.price_cents,
                gift_wrap=line.gift_wrap,
                tax_cents=line.tax_cents,
                tax_code=line.tax_code,
            )
            for line in lines
        ),
    )
