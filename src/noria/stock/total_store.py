"""Totals of nodes by state: the SQL that follows the book."""

from noria.kit.db import Connection


def lock(tx: Connection) -> int:
    """One follows at a time; how far it is followed."""
    found = tx.execute("select seq from level_total_cursor for update").fetchone()
    assert found is not None, "the cursor is there from its migration on"
    return int(found[0])


def follow(tx: Connection, after: int, up_to: int) -> None:
    """Add what the moves of a stretch of the book changed."""
    tx.execute(
        """
        insert into level_total (node, state, units)
        select node, state, sum(change)
        from entry
        where seq > %(after)s and seq <= %(up_to)s and state <> 'outside'
        group by node, state
        order by node, state
        on conflict (node, state) do update set units = level_total.units + excluded.units
        """,
        {"after": after, "up_to": up_to},
    )
    tx.execute("update level_total_cursor set seq = %s", [up_to])
