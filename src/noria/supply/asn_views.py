"""Questions about ASNs."""

from collections.abc import Sequence
from typing import Any

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.supply.asn_model import Asn, AsnStatus

COLUMNS = """
    id, supplier, purchase_order, node, expected_on, announced_at, cancelled_at, closed_at, version
"""


def asn(tx: Connection, asn_id: str) -> tuple[Asn, int] | None:
    """An ASN with its lines, and its version."""
    lines = rows(
        tx,
        AsnStatus,
        "select sku, quantity, received from asn_line where asn = %s order by sku",
        [asn_id],
    )

    def shape(*, version: int, **columns: Any) -> tuple[Asn, int]:
        return Asn(**columns, lines=lines), version

    return row(tx, shape, f"select {COLUMNS} from asn where id = %s", [asn_id])  # noqa: S608


def nodes_of(tx: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Where these ASNs go, of those that there are."""
    found = tx.execute("select id, node from asn where id = any(%s)", [list(ids)])
    return dict(found.fetchall())


def known(tx: Connection, asn_id: str) -> tuple[Asn, int]:
    """An ASN that there is.

    Raises:
        NotFound: there is none of this id.
    """
    found = asn(tx, asn_id)
    if found is None:
        raise NotFound(what="ASN", id=asn_id)
    return found


def announced(tx: Connection, purchase_order: str) -> dict[str, int]:
    """Units of a purchase order by SKU that ASNs announce and that have not come."""
    found = tx.execute(
        """
        select sku, sum(quantity - received)::bigint
        from asn
        join asn_line on asn_line.asn = asn.id
        where purchase_order = %s and closed_at is null and received < quantity
        group by sku
        """,
        [purchase_order],
    )
    return dict(found.fetchall())


def open_asns(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    purchase_order: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Asn]:
    """ASNs still expected, the earliest first, without their lines."""

    def shape(*, version: int, **columns: Any) -> Asn:
        del version
        return Asn(**columns)

    return rows(
        tx,
        shape,
        f"""
        select {COLUMNS}
        from asn
        where closed_at is null
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(purchase)s::text is null or purchase_order = %(purchase)s)
            and (%(day)s::date is null or (expected_on, id) > (%(day)s, %(id)s))
        order by expected_on, id
        limit %(limit)s
        """,  # noqa: S608
        {
            "nodes": None if nodes is None else list(nodes),
            "purchase": purchase_order,
            "day": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )
