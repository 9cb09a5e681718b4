"""What customers reported, and how often an order's link was renewed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.messages.model import Report


def secret(tx: Connection) -> bytes:
    """What links are made with; an installation has its own."""
    found = tx.execute("select secret from link_secret").fetchone()
    assert found is not None, "the migration makes it"
    return bytes(found[0])


def replace_secret(tx: Connection, secret: bytes) -> None:
    tx.execute("update link_secret set secret = %s", [secret])


def renewed(tx: Connection, order: str) -> int:
    """How often an order's link was renewed."""
    found = tx.execute("select renewed from order_link where order_id = %s", [order]).fetchone()
    return found[0] if found else 0


def renew(tx: Connection, order: str, *, actor: str, now: datetime) -> int:
    found = tx.execute(
        """
        insert into order_link (order_id, renewed, renewed_at, actor)
        values (%s, 1, %s, %s)
        on conflict (order_id) do update
        set renewed = order_link.renewed + 1, renewed_at = excluded.renewed_at,
            actor = excluded.actor
        returning renewed
        """,
        [order, now, actor],
    ).fetchone()
    assert found is not None, "an upsert returns its row"
    count: int = found[0]
    return count


def open_reports(tx: Connection, order: str) -> int:
    """How many reports of an order are open; the order is locked, so that none comes meanwhile.

    What was withdrawn and nobody takes back is a right, not a report: it is not counted.
    """
    tx.execute("select from customer_order where id = %s for no key update", [order])
    found = tx.execute(
        """
        select count(*)
        from customer_report
        where order_id = %s and settled_at is null
            and not exists (select from withdrawn_unit where report = customer_report.id)
        """,
        [order],
    ).fetchone()
    return found[0] if found else 0


def report(tx: Connection, told: Report) -> None:
    """Keep a report; sent twice, it is there once."""
    tx.execute(
        """
        insert into customer_report (id, order_id, trouble, words, reported_at)
        values (%s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        [told.id, told.order, told.trouble.value, told.words, told.reported_at],
    )


def withdrawn(tx: Connection, report: str, units: Mapping[str, int]) -> None:
    """Keep of which units, by SKU, a report is the withdrawal."""
    tx.execute(
        """
        insert into withdrawn_unit (report, sku, units)
        select %s, sku, units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        """,
        [report, list(units), list(units.values())],
    )


def settle(
    tx: Connection, report_id: str, *, answer: str, told: str, actor: str, now: datetime
) -> bool:
    """Whether it was open until now."""
    return bool(
        tx.execute(
            """
            update customer_report
            set settled_at = %s, settled_by = %s, answer = %s, told = %s
            where id = %s and settled_at is null
            """,
            [now, actor, answer, told, report_id],
        ).rowcount
    )


def erase(tx: Connection, orders: Sequence[str]) -> list[str]:
    """Empty the words of reports and results, and forget choices; the ids of these reports."""
    tx.execute("delete from message_choice where order_id = any(%s)", [list(orders)])
    tx.execute("update message set result = '' where order_id = any(%s)", [list(orders)])
    found = tx.execute(
        """
        update customer_report
        set words = '', answer = '', told = ''
        where order_id = any(%s)
        returning id
        """,
        [list(orders)],
    )
    return sorted(key for (key,) in found)
