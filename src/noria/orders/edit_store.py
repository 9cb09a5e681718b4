"""Orders that are changed: the SQL that writes."""

from collections.abc import Sequence
from datetime import date, datetime

from noria.kit.db import Connection
from noria.network.model import Spot
from noria.orders.edit_model import EditBody, RecipientEdit
from noria.orders.model import Delivery, Destination, EditKind, NewLine, Recipient
from noria.orders.store import BAR


def note(
    tx: Connection,
    edit_id: str,
    edit: EditBody,
    kinds: Sequence[EditKind],
    *,
    actor: str,
    now: datetime,
) -> bool:
    """Write that an order was changed; whether the edit is new."""
    tx.execute("update customer_order set edited_at = %s where id = %s", [now, edit.order])
    found = tx.execute(
        """
        insert into order_edit (id, order_id, edited_at, actor, changes, reason)
        values (%s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [edit_id, edit.order, now, actor, [kind.value for kind in kinds], edit.reason],
    )
    return found.rowcount == 1


def set_recipient(tx: Connection, order: str, person: RecipientEdit) -> bool:
    """Write what is known anew of who opens the door; whether anybody is known."""
    found = tx.execute(
        """
        update recipient
        set name = coalesce(%s, name), street = coalesce(%s, street), email = coalesce(%s, email),
            phone = coalesce(%s, phone)
        where order_id = %s
        """,
        [person.name, person.street, person.email, person.phone, order],
    )
    return found.rowcount == 1


def add_recipient(tx: Connection, order: str, person: Recipient) -> None:
    tx.execute(
        """
        insert into recipient (order_id, name, street, email, phone)
        values (%s, %s, %s, %s, %s)
        """,
        [order, person.name, person.street, person.email, person.phone],
    )


def set_destination(tx: Connection, order: str, to: Destination, spot: Spot) -> None:
    tx.execute(
        """
        update customer_order
        set country = %s, postcode = %s, town = %s, latitude = %s, longitude = %s
        where id = %s
        """,
        [to.country, to.postcode, to.town, spot.latitude, spot.longitude, order],
    )


def set_delivery(tx: Connection, order: str, way: Delivery, *, due: date | None) -> None:
    """Write how an order reaches its customer from now on, and what they were told with that."""
    told = way.told
    tx.execute(
        """
        update customer_order
        set option = %s, relay = %s, store = %s, delivery_cents = %s, delivery_tax_cents = %s,
            due = coalesce(%s, due),
            told_from = case when %s then %s else told_from end,
            told_to = case when %s then %s else told_to end,
            told_chance = case when %s then %s else told_chance end,
            told_ready_at = %s
        where id = %s
        """,
        [
            way.option.value,
            way.relay,
            way.store,
            way.price_cents,
            way.tax_cents,
            due,
            told is not None,
            told.first if told else None,
            told is not None,
            told.last if told else None,
            told is not None,
            told.chance if told else None,
            told.ready_at if told else None,
            order,
        ],
    )


def add_units(tx: Connection, order: str, more: Sequence[tuple[int, int]]) -> None:
    """Want more units of lines, taxed as those before: they wait until a node is found."""
    tx.execute(
        """
        update order_line
        set quantity = quantity + given.units, waiting = waiting + given.units,
            tax_cents = tax_cents
                + coalesce(round(tax_cents * given.units / nullif(quantity - gone, 0)), 0)
        from (
            select line, units, (
                select coalesce(sum(moved.units), 0)
                from order_transfer as moved
                where from_order = %s and from_line = asked.line
            ) as gone
            from unnest(%s::smallint[], %s::bigint[]) as asked (line, units)
        ) as given
        where order_line.order_id = %s and order_line.line = given.line
        """,
        [order, [line for line, _ in more], [units for _, units in more], order],
    )


def add_lines(tx: Connection, order: str, lines: Sequence[NewLine]) -> list[int]:
    """Write lines after those that an order has; their numbers, in order."""
    found = tx.execute(
        "select coalesce(max(line), 0) from order_line where order_id = %s", [order]
    ).fetchone()
    first = int(found[0]) + 1 if found else 1
    numbers = list(range(first, first + len(lines)))
    tx.execute(
        f"""
        insert into order_line (order_id, line, sku, quantity, price_cents, gift_wrap, tax_cents,
            tax_code, waiting, withdrawal_bar)
        select %s, line, sku, quantity, price_cents, gift_wrap, tax_cents, tax_code, quantity,
            {BAR}
        from unnest(%s::smallint[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[],
            %s::bigint[], %s::text[])
            as given (line, sku, quantity, price_cents, gift_wrap, tax_cents, tax_code)
        """,  # noqa: S608 - ours
        [
            order,
            numbers,
            [line.sku for line in lines],
            [line.quantity for line in lines],
            [line.price_cents for line in lines],
            [line.gift_wrap for line in lines],
            [line.tax_cents for line in lines],
            [line.tax_code for line in lines],
        ],
    )
    return numbers
