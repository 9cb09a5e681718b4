"""What is personal in orders: the SQL that finds it, and empties it."""

from collections.abc import Sequence

from noria.kit.db import Connection

CLOSED = ("delivered", "cancelled")


def of_customer(tx: Connection, customer: str) -> tuple[list[str], list[str]]:
    """A customer's orders: those that are closed, and those that are not."""
    found = tx.execute(
        """
        select id, stage = any(%s)
        from customer_order
        where customer = %s
        order by id
        """,
        [list(CLOSED), customer],
    ).fetchall()
    return [key for key, is_closed in found if is_closed], [
        key for key, is_closed in found if not is_closed
    ]


def words(tx: Connection, orders: Sequence[str]) -> frozenset[str]:
    """Names, streets, mails, phones and references of whom these orders were for."""
    found = tx.execute(
        """
        select unnest(array[name, street, email, phone])
        from recipient
        where order_id = any(%(orders)s)
        union
        select customer from customer_order where id = any(%(orders)s)
        """,
        {"orders": list(orders)},
    )
    return frozenset(word for (word,) in found if word)


def holds(tx: Connection, orders: Sequence[str]) -> list[str]:
    """The ids of all holds of these orders."""
    found = tx.execute(
        "select id from order_hold where order_id = any(%s) order by id", [list(orders)]
    )
    return [hold for (hold,) in found]


def refunds(tx: Connection, orders: Sequence[str]) -> list[str]:
    """The ids of all refunds of these orders."""
    found = tx.execute("select id from refund where order_id = any(%s) order by id", [list(orders)])
    return [refund for (refund,) in found]


def replacements(tx: Connection, orders: Sequence[str]) -> list[str]:
    """The ids of all replacements of legs of these orders."""
    found = tx.execute(
        "select id from replacement where order_id = any(%s) order by id", [list(orders)]
    )
    return [replacement for (replacement,) in found]


def erase(tx: Connection, orders: Sequence[str], *, alias: str) -> None:
    """Empty all that is personal in locked orders."""
    ids = list(orders)
    tx.execute("delete from recipient where order_id = any(%s)", [ids])
    tx.execute(
        """
        update customer_order
        set customer = %s, latitude = round(latitude::numeric, 1)::double precision,
            longitude = round(longitude::numeric, 1)::double precision,
            edited_at = coalesce(edited_at, noria_now())
        where id = any(%s)
        """,
        [alias, ids],
    )
    tx.execute(
        """
        update timeline set reason = ''
        where order_id = any(%s) and (kind = any(%s) or cause like 'hold:%%')
        """,
        [ids, list(IN_WORDS)],
    )
    tx.execute("update refund set reference = '' where order_id = any(%s)", [ids])
    tx.execute("update replacement set words = '' where order_id = any(%s)", [ids])
    tx.execute("update order_edit set reason = '' where order_id = any(%s)", [ids])
    tx.execute(
        """
        update order_hold
        set reason = '', lifted_because = case when lifted_at is not null then '' end
        where order_id = any(%s)
        """,
        [ids],
    )
    tx.execute(
        """
        update order_transfer set reason = ''
        where from_order = any(%(orders)s) or to_order = any(%(orders)s)
        """,
        {"orders": ids},
    )


IN_WORDS = (
    "cancelled",
    "edited",
    "hold_placed",
    "hold_lifted",
    "paid",
    "refunded",
    "pickup_extended",
    "split",
    "merged",
    "withdrawn",
    "promise_changed",
    "return_announced",
    "return_called_off",
    "partner_accepted",
    "partner_declined",
)
"""Entries of a timeline that somebody wrote a reason of their own in."""
