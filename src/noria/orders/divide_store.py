"""Orders that are divided or put together: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection


def copy(tx: Connection, order: str, to: str, *, now: datetime) -> bool:
    """Write a new order that goes where a locked one goes, without lines; whether it is new.

    What the delivery cost stays with the old one. The day that was told is told of both.
    """
    found = tx.execute(
        """
        insert into customer_order (id, channel, customer, placed_at, accepted_at, currency,
            country, postcode, town, latitude, longitude, due, own_packaging, option, relay, store,
            told_from, told_to, told_chance, told_ready_at, payment,
            fraud_score, stage, stage_since, edited_at)
        select %s, channel, customer, placed_at, %s, currency, country, postcode, town, latitude,
            longitude, due, own_packaging, option, relay, store, told_from, told_to, told_chance,
            told_ready_at, payment, fraud_score, 'waiting', %s, %s
        from customer_order
        where id = %s
        on conflict do nothing
        """,
        [to, now, now, now, order],
    )
    if found.rowcount == 0:
        return False
    tx.execute(
        """
        insert into recipient (order_id, name, street, email, phone)
        select %s, name, street, email, phone from recipient where order_id = %s
        """,
        [to, order],
    )
    return True


def take_delivery(tx: Connection, into: str, others: Sequence[str]) -> None:
    """Write that what the delivery of these locked orders cost was paid for this one."""
    tx.execute(
        """
        with given as (
            select coalesce(sum(delivery_cents), 0)::bigint as cents,
                coalesce(sum(delivery_tax_cents), 0)::bigint as tax_cents
            from customer_order
            where id = any(%(others)s)
        )
        update customer_order
        set delivery_cents = case when id = %(into)s then delivery_cents + cents else 0 end,
            delivery_tax_cents = case
                when id = %(into)s then delivery_tax_cents + tax_cents else 0
            end
        from given
        where id = %(into)s or id = any(%(others)s)
        """,
        {"into": into, "others": list(others)},
    )


def transfer(
    tx: Connection,
    key: str,
    kind: str,
    moved: Sequence[tuple[str, int, str, int, int]],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Write what went where, as (from order, from line, to order, to line, units).

    The tax that it took with it is no longer that of the line it left. What bars from withdrawing
    is what did when it was bought.
    """
    tx.execute(
        """
        insert into order_transfer (id, from_order, from_line, to_order, to_line, units, kind,
            moved_at, actor, reason)
        select %s, from_order, from_line, to_order, to_line, units, %s, %s, %s, %s
        from unnest(%s::text[], %s::smallint[], %s::text[], %s::smallint[], %s::bigint[])
            as given (from_order, from_line, to_order, to_line, units)
        """,
        [key, kind, now, actor, reason, *([one[part] for one in moved] for part in range(5))],
    )
    tx.execute(
        """
        update order_line
        set tax_cents = order_line.tax_cents - taker.tax_cents
        from unnest(%s::text[], %s::smallint[], %s::text[], %s::smallint[])
            as given (from_order, from_line, to_order, to_line)
        join order_line as taker on taker.order_id = to_order and taker.line = to_line
        where order_line.order_id = from_order and order_line.line = from_line
        """,
        [[one[part] for one in moved] for part in range(4)],
    )
    tx.execute(
        """
        update order_line
        set withdrawal_bar = giver.withdrawal_bar
        from unnest(%s::text[], %s::smallint[], %s::text[], %s::smallint[])
            as given (from_order, from_line, to_order, to_line)
        join order_line as giver on giver.order_id = from_order and giver.line = from_line
        where order_line.order_id = to_order and order_line.line = to_line
            and order_line.withdrawal_bar is distinct from giver.withdrawal_bar
        """,
        [[one[part] for one in moved] for part in range(4)],
    )
    orders = sorted({order for one in moved for order in (one[0], one[2])})
    tx.execute("update customer_order set edited_at = %s where id = any(%s)", [now, orders])
