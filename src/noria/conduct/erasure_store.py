"""What partners wrote of legs: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


def erase(tx: Connection, orders: Sequence[str]) -> list[str]:
    """Empty the answers' reasons for legs of these orders; the legs that were answered."""
    found = tx.execute(
        """
        update leg_answer
        set reason = ''
        from leg
        where leg.id = leg_answer.leg and leg.order_id = any(%s)
        returning leg.id
        """,
        [list(orders)],
    )
    return sorted(leg for (leg,) in found)
