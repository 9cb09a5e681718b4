"""What became of messages: the SQL that writes."""

from noria.kit.db import Connection
from noria.messages.outbox_model import Message


def lock(tx: Connection, message_id: str) -> None:
    """One tells of a message at a time, and nobody settles it meanwhile."""
    tx.execute("select from message where id = %s for update", [message_id])


def save(tx: Connection, message: Message) -> None:
    tx.execute(
        """
        update message
        set state = %s, delivered_at = %s, bounced_at = %s, ended_at = %s, result = %s
        where id = %s
        """,
        [
            message.state.value,
            message.delivered_at,
            message.bounced_at,
            message.ended_at,
            message.result,
            message.id,
        ],
    )
