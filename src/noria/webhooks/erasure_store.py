"""What endpoints answered: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


def erase(tx: Connection, subjects: Sequence[str]) -> None:
    """Empty the answers to events of these subjects."""
    tx.execute(
        """
        update webhook_delivery
        set last_answer = '', last_error = ''
        from event
        where event.seq = webhook_delivery.event and event.subject = any(%s)
            and (last_answer <> '' or last_error <> '')
        """,
        [list(subjects)],
    )
