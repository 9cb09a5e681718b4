"""What the matrix is loaded from: shelves, holds with an end, and the terms of the sum."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.promise.atp_model import Whereabouts
from noria.promise.keep_back_model import KeepBack


class NodeTerms(Struct, frozen=True):
    """What of a node decides on what it can promise, and where it is."""

    code: str
    buffer_units: int
    does_promise: bool
    accuracy: float | None
    name: str
    kind: str
    does_hand_over: bool
    latitude: float
    longitude: float

    @property
    def whereabouts(self) -> Whereabouts:
        return Whereabouts(
            self.code, self.name, self.kind, self.does_hand_over, self.latitude, self.longitude
        )


def sequence(tx: Connection) -> int:
    """The highest transaction that this moment may have seen."""
    row = tx.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1").fetchone()
    assert row is not None
    return int(row[0])


def shelves(tx: Connection, codes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each SKU that lies anywhere, with 12 bytes for each node: its place in `codes`, its units."""
    with tx.cursor() as cursor:
        told = """
            copy (
                select sku, string_agg(place || int8send(quantity), ''::bytea)
                from balance
                join (
                    select code as node, int4send((number - 1)::int) as place
                    from unnest(%s::text[]) with ordinality as given (code, number)
                ) as numbered using (node)
                where state = 'available' and quantity <> 0
                group by sku
            ) to stdout (format binary)
            """
        with cursor.copy(told, [list(codes)]) as copy:
            copy.set_types(["text", "bytea"])
            yield from copy.rows()


def facts(tx: Connection, skus: Sequence[str]) -> list[tuple[str, str, str | None, int]]:
    """What the database says of these SKUs: what is counted, SKU, node, units."""
    found = tx.execute(
        """
        select 'shelf', sku, node, quantity
        from balance
        where sku = any(%(skus)s) and state = 'available' and quantity <> 0
        union all
        select 'held', sku, node, sum(held)::bigint
        from reservation
        where sku = any(%(skus)s) and held > 0 and isfinite(expires_at)
        group by sku, node
        union all
        select case when node is null then 'unsourced' else 'named' end, sku, node,
            sum(units)::bigint
        from expected_demand
        where sku = any(%(skus)s)
        group by sku, node
        """,
        {"skus": list(skus)},
    )
    return found.fetchall()


def snapshot(tx: Connection) -> str:
    """Which transactions this one sees, as `kit.feed.snapshot` reads it."""
    row = tx.execute("select pg_current_snapshot()::text").fetchone()
    assert row is not None
    return str(row[0])


def holds(tx: Connection) -> Iterator[tuple[str, str, int, int]]:
    """Open holds with an end: SKU, node, units, and the end in microseconds since 1970."""
    with tx.cursor() as cursor:
        yield from cursor.stream(
            """
            select sku, node, sum(held)::bigint, (extract(epoch from expires_at) * 1000000)::bigint
            from reservation
            where held > 0 and isfinite(expires_at)
            group by sku, node, expires_at
            """
        )


def expected(tx: Connection) -> list[tuple[str, str | None, int]]:
    """Demand that no node sends yet: SKU, the node that alone may send it (or None), units."""
    found = tx.execute(
        "select sku, node, sum(units)::bigint from expected_demand group by sku, node"
    )
    return found.fetchall()


def coming(tx: Connection) -> set[str]:
    """SKUs of which supply is under way."""
    found = tx.execute(
        """
        select sku
        from purchase_order
        join purchase_line on purchase_line.purchase_order = purchase_order.id
        where closed_at is null
        union
        select sku
        from asn
        join asn_line on asn_line.asn = asn.id
        where closed_at is null
        union
        select sku
        from transfer
        join transfer_line on transfer_line.transfer = transfer.id
        where received_at is null
            and not exists (
                select from supply_cancellation where supply_cancellation.transfer = transfer.id
            )
        """
    )
    return {row[0] for row in found}


def nodes(tx: Connection) -> list[NodeTerms]:
    return rows(
        tx,
        NodeTerms,
        """
        select code, buffer_units,
            is_open and kind not in ('printer', 'maker', 'digital') as does_promise,
            lowest as accuracy, name, kind::text as kind, does_hand_over, latitude, longitude
        from node
        left join node_accuracy on node_accuracy.node = node.code
        order by code
        """,
    )


def rules_change_at(tx: Connection) -> datetime | None:
    """When the next policy goes live, with other rules."""
    row = tx.execute(
        "select min(starts_at) from policy_activation where starts_at > noria_now()"
    ).fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


def live_policy(tx: Connection) -> str:
    """The version that is live now."""
    row = tx.execute("select live_policy()").fetchone()
    assert row is not None
    return str(row[0])


def categories(tx: Connection, rules: Sequence[KeepBack]) -> dict[str, str]:
    """The SKUs of the categories that rules name."""
    named = sorted({rule.category for rule in rules if rule.category is not None})
    if not named:
        return {}
    found = tx.execute("select code, category from sku where category = any(%s)", [named])
    return dict(found.fetchall())


def apart(tx: Connection) -> set[str]:
    """SKUs that are more than units on shelves: made to order, or in lots that grow too old."""
    found = tx.execute(
        "select sku from made_here union select code from sku where tracking = 'lot'"
    )
    return {row[0] for row in found}


def rules(tx: Connection) -> list[KeepBack]:
    """Every rule that may still come to hold."""
    found = tx.execute(
        """
        select to_jsonb(kept_rule)
        from kept_rule
        where valid_until is null or valid_until >= noria_now()::date - 1
        order by id
        """
    )
    return [msgspec.convert(content, KeepBack) for (content,) in found]


def microseconds(instant: datetime) -> int:
    """Since 1970, in whole numbers: as the notifications say it."""
    return round(instant.timestamp() * 1_000_000)
