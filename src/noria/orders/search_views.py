"""Orders in lists: by stage, or by whatever is known of them."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, LiteralString

import msgspec

from noria.kit.db import Connection, rows
from noria.orders.model import OrderRow, Stage
from noria.orders.views import AT_NODES

MOST_FOUND = 500
"""Of what is searched for, at most so many are looked at in each way of finding it."""

PHONE = re.compile(r"\+?[0-9 ().-]{6,}")


class Sort(Enum):
    """Which orders come first, by when they were placed."""

    YOUNGEST = "youngest"
    OLDEST = "oldest"


NARROW: LiteralString = """
    and (%(stage)s::text is null or customer_order.stage = %(stage)s)
    and (%(channel)s::text is null or customer_order.channel = %(channel)s)
    and (%(reached)s::text[] is null or customer_order.stage = any(%(reached)s))
    and (%(since)s::timestamptz is null or customer_order.placed_at >= %(since)s)
"""
"""What is asked of orders before any are counted: else those found first hide those asked for."""


ALL: tuple[LiteralString, ...] = (NARROW,)
THEIRS: tuple[LiteralString, ...] = (
    NARROW
    + """
    and exists (
        select from leg
        where leg.order_id = customer_order.id and leg.node = any(%(nodes)s)
            and (leg.withdrawn_at is null or leg.picked_at is not null)
    )
    """,
    NARROW + "and customer_order.store = any(%(nodes)s)",
)
"""The orders of some nodes: two questions, so that each can begin at the node or at the words."""


def _by_number(holds: LiteralString) -> LiteralString:
    """Ids of orders by number, customer, parcel, or a SKU that they want: each by an index."""
    return f"""
    (
        select customer_order.id from customer_order
        where lower(customer_order.id) like %(like)s {holds}
        limit %(most)s
    )
    union
    (
        select customer_order.id from customer_order
        where lower(customer_order.customer) like %(like)s {holds}
        limit %(most)s
    )
    union
    (
        select customer_order.id
        from parcel_number
        join parcel on parcel.sscc = parcel_number.sscc
        join shipment on shipment.id = parcel.shipment_id
        join customer_order on customer_order.id = shipment.order_id
        where lower(parcel_number.number) like %(like)s {holds}
        limit %(most)s
    )
    union
    (
        select customer_order.id
        from order_line
        join customer_order on customer_order.id = order_line.order_id
        where order_line.sku = %(code)s and order_line.waiting > 0 {holds}
        limit %(most)s
    )
    """  # noqa: S608 - ours


def _by_recipient(holds: LiteralString) -> LiteralString:
    """Also by name, e-mail or phone, among the orders that somebody may see."""
    return f"""
    (
        select customer_order.id
        from recipient
        join customer_order on customer_order.id = recipient.order_id
        where recipient_words(name, email, phone) @@ to_tsquery('simple', %(words)s) {holds}
        limit %(most)s
    )
    """  # noqa: S608 - ours


BY_SSCC: LiteralString = """
    (
        select shipment.order_id
        from parcel
        join shipment on shipment.id = parcel.shipment_id
        where parcel.sscc = %(exact)s
    )
"""


def _by_moves(where: LiteralString) -> LiteralString:
    """Ids of orders for which a SKU was moved of late, at each node or at these."""
    return f"""
    (
        select customer_order.id
        from (
            select last.movement_id
            from node
            cross join lateral (
                select movement_id, seq
                from move
                where sku = %(code)s and target_node = node.code
                order by seq desc
                limit 20
            ) as last
            {where}
            order by last.seq desc
            limit %(most)s
        ) as lately
        join movement on movement.id = lately.movement_id
        join customer_order on movement.cause like 'order:%%'
            and customer_order.id = substr(movement.cause, 7) collate "C"
    )
    """  # noqa: S608 - ours


def _found(*, by_recipient: bool, is_at_nodes: bool) -> LiteralString:
    """Every way in which what was typed can be meant, each of them among the orders asked for.

    What a store collects may be held elsewhere for it: its SKU is looked for there as well.
    """
    ways: list[LiteralString] = [BY_SSCC, _by_moves("")]
    if is_at_nodes:
        ways.append(_by_moves("where node.code = any(%(nodes)s)"))
    for among in THEIRS if is_at_nodes else ALL:
        ways.append(_by_number(among))
        if by_recipient:
            ways.append(_by_recipient(among))
    return " union ".join(ways)


def orders(
    tx: Connection,
    *,
    text: str | None = None,
    nodes: Sequence[str] | None = None,
    stage: Stage | None = None,
    reached: Stage | None = None,
    since: datetime | None = None,
    channel: str | None = None,
    customer: str | None = None,
    sort: Sort = Sort.YOUNGEST,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[OrderRow]:
    """Orders, of all nodes or of these; `after` is the (placed_at as text, id) to go on from.

    Those at a `stage`, those that have `reached` one or are further, those placed `since`.
    Of what `text` finds at this stage and in this channel, at most `MOST_FOUND` for each way that
    it can be meant. A beginning is found by an index only where the plan knows what it begins with.
    """
    asked = (text or "").strip()
    words = _words(asked)
    return rows(
        tx,
        _order_row,
        _question(
            is_search=bool(asked),
            by_recipient=bool(words),
            is_at_nodes=nodes is not None,
            sort=sort,
        ),
        {
            "nodes": nodes,
            "like": _beginning(asked),
            "exact": asked,
            "code": _sku(tx, asked) if asked else "",
            "words": words,
            "most": MOST_FOUND,
            "stage": stage.value if stage else None,
            "reached": _from(reached),
            "since": since,
            "channel": channel,
            "customer": customer,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
        is_planned_anew=bool(asked),
    )


def _question(
    *, is_search: bool, by_recipient: bool, is_at_nodes: bool, sort: Sort
) -> LiteralString:
    past: LiteralString = "<" if sort is Sort.YOUNGEST else ">"
    way: LiteralString = "desc" if sort is Sort.YOUNGEST else "asc"
    found = _found(by_recipient=by_recipient, is_at_nodes=is_at_nodes)
    wanted: LiteralString = f"and customer_order.id in ({found})" if is_search else ""
    there: LiteralString = f"and {AT_NODES}" if is_at_nodes else ""
    return f"""
        with shown as materialized (
            select *
            from customer_order
            where (%(stage)s::text is null or stage = %(stage)s)
                and (%(channel)s::text is null or channel = %(channel)s)
                and (%(customer)s::text is null or customer = %(customer)s)
                and (%(reached)s::text[] is null or stage = any(%(reached)s))
                and (%(since)s::timestamptz is null or placed_at >= %(since)s)
                and (%(at)s::timestamptz is null or (placed_at, id) {past} (%(at)s, %(id)s))
                {wanted}
                {there}
            order by placed_at {way}, id {way}
            limit %(limit)s
        )
        select shown.id, shown.channel, customer, placed_at, stage, promise.promised_to,
            line.units, line.value_cents, currency, town, shown.option,
            coalesce(sent.nodes, '{{}}') as nodes, coalesce(sent.services, '{{}}') as services,
            sent.leaves_at, exists (
                select from order_hold
                where order_hold.order_id = shown.id and lifted_at is null
            ) as is_held
        from shown
        left join promise on promise.order_id = shown.id
        cross join lateral (
            select sum(quantity - cancelled)::bigint as units,
                sum((quantity - cancelled) * price_cents)::bigint as value_cents
            from order_line
            where order_id = shown.id
        ) as line
        cross join lateral (
            select array_agg(distinct node::text) as nodes,
                array_agg(distinct service::text) as services,
                min(leaves_at) filter (where shipped_at is null) as leaves_at
            from leg
            where leg.order_id = shown.id and withdrawn_at is null
        ) as sent
        order by placed_at {way}, shown.id {way}
        """  # noqa: S608 - ours


def _sku(tx: Connection, text: str) -> str:
    """The SKU that is meant, also where its code is typed in small letters or in capitals."""
    found = tx.execute(
        "select code from sku where code = any(%(typed)s) order by code <> %(text)s, code limit 1",
        {"text": text, "typed": [text, text.upper(), text.lower()]},
    ).fetchone()
    return text if found is None else str(found[0])


def _from(reached: Stage | None) -> list[str] | None:
    """A stage and those after it: what is cancelled has come nowhere."""
    if reached is None:
        return None
    stages = [stage.value for stage in Stage]
    return [one for one in stages[stages.index(reached.value) :] if one != Stage.CANCELLED.value]


def _beginning(text: str) -> str:
    """What begins like it, whatever stands in it."""
    return re.sub(r"([\\%_])", r"\\\1", text.lower()) + "%"


def _words(text: str) -> str:
    """A question for the words of recipients: each word begins one of theirs; empty for none.

    A phone is asked by its last nine digits, so that it is found with and without its country.
    """
    if PHONE.fullmatch(text):
        digits = re.sub("[^0-9]", "", text)
        return f"{digits[-9:]}:*" if len(digits) >= 9 else f"{digits.lstrip('0')}:*"
    words = re.findall(r"[^\W_]+", text.lower())
    return " & ".join(f"{word}:*" for word in words if len(word) > 1)


def _order_row(**values: Any) -> OrderRow:
    return msgspec.convert(values, OrderRow)
