"""ASNs: the SQL that writes, and the reads that it locks."""

from collections.abc import Mapping
from datetime import datetime

from noria.kit.db import Connection
from noria.supply.asn_model import NewAsn


def lock(tx: Connection, asn_id: str) -> None:
    tx.execute("select from asn where id = %s for update", [asn_id])


def save(tx: Connection, asn_id: str, new: NewAsn, believed: int, *, now: datetime) -> bool:
    """Write an ASN whose version is still the believed one (0: absent); whether it was."""
    written = tx.execute(
        """
        insert into asn (id, supplier, purchase_order, node, expected_on, announced_at, version)
        values (%s, %s, %s, %s, %s, %s, %s + 1)
        on conflict (id) do update
        set supplier = excluded.supplier, purchase_order = excluded.purchase_order,
            node = excluded.node, expected_on = excluded.expected_on, version = excluded.version
        where asn.version = excluded.version - 1
        """,
        [asn_id, new.supplier, new.purchase_order, new.node, new.expected_on, now, believed],
    ).rowcount
    if written:
        tx.execute("delete from asn_line where asn = %s", [asn_id])
        tx.execute(
            """
            insert into asn_line (asn, sku, quantity)
            select %s, * from unnest(%s::text[], %s::bigint[])
            """,
            [asn_id, [line.sku for line in new.lines], [line.quantity for line in new.lines]],
        )
    return bool(written)


def cancel(tx: Connection, asn_id: str, *, now: datetime) -> None:
    tx.execute(
        "update asn set cancelled_at = %(now)s, closed_at = %(now)s, version = version + 1"
        " where id = %(id)s",
        {"now": now, "id": asn_id},
    )


def receive(
    tx: Connection, asn_id: str, units: Mapping[str, int], *, closed_at: datetime | None
) -> None:
    """Add what was received to an ASN's lines; a SKU that nobody announced gets none."""
    tx.execute(
        """
        update asn_line
        set received = received + given.units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        where asn = %s and asn_line.sku = given.sku
        """,
        [list(units), list(units.values()), asn_id],
    )
    tx.execute(
        "update asn set closed_at = %s, version = version + 1 where id = %s", [closed_at, asn_id]
    )
