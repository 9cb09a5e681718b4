"""Questions about messages to customers, and about whom they go to."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from noria.kit.db import Connection, row, rows
from noria.messages.outbox_model import Choices, Medium, Message, MessageKind, State


class Reader(Struct, frozen=True, kw_only=True):
    """Whom an order's messages go to; an erased customer has no address."""

    country: str
    customer: str
    email: str | None
    phone: str | None
    choices: Choices

    def address(self, medium: Medium) -> str | None:
        """Where they are told by this way, if they want to be, and left an address for it."""
        ways = {
            Medium.EMAIL: self.email,
            Medium.SMS: self.phone,
            Medium.CHAT: self.phone,
            Medium.PUSH: self.customer,
        }
        return ways[medium] if self.choices.wants(medium) else None


def reader(tx: Connection, order: str) -> Reader | None:
    """Who hears of an order; one that was split off goes by what was chosen for its first one."""
    found = tx.execute(
        """
        select country, customer, nullif(recipient.email, ''), nullif(recipient.phone, ''),
            coalesce(chosen.email, true), coalesce(chosen.sms, false),
            coalesce(chosen.chat, false), coalesce(chosen.push, false), chosen.language
        from customer_order
        left join recipient on recipient.order_id = customer_order.id
        left join lateral (
            select email, sms, chat, push, language
            from message_choice
            where order_id = customer_order.id or order_id in (
                select from_order
                from order_transfer
                where to_order = customer_order.id and kind = 'split'
            )
            order by order_id <> customer_order.id, order_id
            limit 1
        ) as chosen on true
        where customer_order.id = %s
        """,
        [order],
    ).fetchone()
    if found is None:
        return None
    country, customer, email, phone, by_email, by_sms, by_chat, by_push, language = found
    choices = Choices(email=by_email, sms=by_sms, chat=by_chat, push=by_push, language=language)
    return Reader(country=country, customer=customer, email=email, phone=phone, choices=choices)


def orders_of(tx: Connection, subjects: Iterable[str]) -> list[str]:
    """The orders that events are about, by their subjects: order:ID, or shipment:ID of theirs."""
    named = sorted(set(subjects))
    found = tx.execute(
        """
        select id
        from customer_order
        where id = any(%(orders)s::text[])
        union
        select order_id from shipment where id = any(%(shipments)s::text[])
        order by 1
        """,
        {
            "orders": [one.removeprefix("order:") for one in named if one.startswith("order:")],
            "shipments": [
                one.removeprefix("shipment:") for one in named if one.startswith("shipment:")
            ],
        },
    )
    return [order for (order,) in found]


def message(tx: Connection, message_id: str) -> Message | None:
    return row(tx, shown, f"{MESSAGES} where id = %s", [message_id])


def messages(
    tx: Connection,
    *,
    order: str | None = None,
    state: State | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Message]:
    """Messages, the newest first; `after` is the (planned_at as text, id) to go on from."""
    at, message_id = after or (None, None)
    return rows(
        tx,
        shown,
        f"""{MESSAGES}
        where (%(order)s::text is null or order_id = %(order)s)
            and (%(state)s::text is null or state = %(state)s)
            and (%(at)s::timestamptz is null or (planned_at, id) < (%(at)s, %(id)s::text))
        order by planned_at desc, id desc
        limit %(limit)s
        """,
        {
            "order": order,
            "state": state.value if state else None,
            "at": at,
            "id": message_id,
            "limit": limit,
        },
    )


MESSAGES = """
select id, order_id as order, kind, coalesce(part, asked_part) as part, medium, language, state,
    planned_at, due_at, attempts, ended_at, result, asked_by, delivered_at, bounced_at
from message
"""


def shown(*, kind: str, medium: str, state: str, **more: Any) -> Message:
    """A row as a message."""
    return Message(kind=MessageKind(kind), medium=Medium(medium), state=State(state), **more)
