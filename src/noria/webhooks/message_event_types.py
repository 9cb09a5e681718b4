"""The events that tell of messages to customers."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

MESSAGES = (
    EventType(
        "message.failed",
        "order:536365",
        Text(
            "A message to a customer could not be sent, or came back.",
            "Un message à un client n'a pas pu partir, ou est revenu.",
        ),
    ),
)
