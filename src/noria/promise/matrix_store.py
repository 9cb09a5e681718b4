"""What server processes say of what they keep in memory: the SQL that writes."""

from datetime import datetime, timedelta

from noria.kit.db import Connection, columns
from noria.promise.matrix_check import Compared

KEPT = timedelta(days=1)


def publish(tx: Connection, process: str, compared: Compared, *, now: datetime) -> None:
    """Write down how far a process has compared itself, and where it differed; forget what is old.

    `now` is machine time: it is about the machine.
    """
    tx.execute(
        """
        insert into matrix_check (process, checked_at, transaction, compared, differences)
        values (%s, %s, %s, %s, %s)
        on conflict (process) do update
        set checked_at = excluded.checked_at, transaction = excluded.transaction,
            compared = matrix_check.compared + excluded.compared,
            differences = matrix_check.differences + excluded.differences
        """,
        [process, now, compared.transaction, compared.numbers, len(compared.differences)],
    )
    tx.execute("delete from matrix_check where checked_at < %s", [now - KEPT])
    tx.execute("delete from matrix_difference where found_at < %s", [now - KEPT])
    if compared.differences:
        tx.execute(
            """
            insert into matrix_difference
                (process, found_at, transaction, what, sku, node, expected, found)
            select %s, %s, %s, *
            from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
            """,
            [process, now, compared.transaction, *columns(compared.differences)],
        )
