"""Decisions are kept as they were taken."""

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
        from unnest(%s::text[], %s::text[], %s::bytea[]) as given (order_id, policy, record)
        """,
        [
            now,
            [order for order, _ in decisions],
            [explanation.policy for _, explanation in decisions],
            [packed(explanation) for _, explanation in decisions],
        ],
    )
