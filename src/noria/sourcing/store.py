"""Decisions are kept as they were taken; opportunity prices stand until the next run."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.sourcing.model import Explanation
from noria.sourcing.records import packed


def insert(tx: Connection, decisions: Sequence[tuple[str, Explanation]], *, now: datetime) -> None:
    """Write decisions after those that their orders have already; one for an order at a time."""
    tx.execute(
        """
        insert into decision (order_id, number, taken_at, policy, record)
        select order_id, 1 + coalesce((
            select max(number) from decision where decision.order_id = given.order_id
        ), 0), %s, policy, record
        from unnest(%s::text[], %s::text[], %b::bytea[]) as given (order_id, policy, record)
        """,
        [
            now,
            [order for order, _ in decisions],
            [explanation.policy for _, explanation in decisions],
            [packed(explanation) for _, explanation in decisions],
        ],
    )


def begin_run(
    tx: Connection, *, orders: int, skus: int, futures: int, moves_until: int, now: datetime
) -> int:
    """A new run of opportunity prices; those that were never done are forgotten."""
    tx.execute("delete from price_run where published_at is null")
    found = tx.execute(
        """
        insert into price_run (as_of, moves_until, orders, skus, futures)
        values (%s, %s, %s, %s, %s)
        returning number
        """,
        [now, moves_until, orders, skus, futures],
    ).fetchone()
    assert found is not None
    return int(found[0])


def add_part(tx: Connection, run: int, future: int, record: bytes) -> None:
    tx.execute(
        "insert into price_part (run, future, record) values (%s, %s, %s) on conflict do nothing",
        [run, future, record],
    )
    tx.execute(
        "update price_run set done = (select count(*) from price_part where run = %(run)s)"
        " where number = %(run)s",
        {"run": run},
    )


def publish(
    tx: Connection, run: int, prices: Sequence[tuple[str, str, int]], *, now: datetime
) -> None:
    """Let these prices stand instead of those before; (SKU, node, cents)."""
    tx.execute("delete from opportunity_price")
    tx.execute(
        """
        insert into opportunity_price (sku, node, cents)
        select sku, node, cents from unnest(%s::text[], %s::text[], %s::int[])
            as given (sku, node, cents)
        """,
        [
            [sku for sku, _, _ in prices],
            [node for _, node, _ in prices],
            [cents for _, _, cents in prices],
        ],
    )
    tx.execute("delete from price_part where run = %s", [run])
    tx.execute("update price_run set published_at = %s where number = %s", [now, run])
