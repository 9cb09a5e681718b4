"""What a result says of a message that has left, whatever was heard before."""

import re

from msgspec import structs

from noria.messages.outbox_model import Message, State
from noria.messages.result_model import Arrival, ResultBody

ADDRESS = re.compile(r"\S+@\S+|\+?\d(?:[ ./()-]?\d){6,}")
SAID = {Arrival.DELIVERED: "delivered", Arrival.BOUNCED: "came back"}


def has_left(message: Message) -> bool:
    """Whether it may have left: a result can be faster than the end of our own attempt."""
    return message.state in {State.SENT, State.FAILED} or (
        message.state is State.WAITING and message.attempts > 0
    )


def after(message: Message, told: ResultBody) -> Message:
    """The message as it stands once this was told of it; the later word holds, told in any order.

    Of two words of one moment the worse holds: somebody looks in vain rather than not at all.
    """
    heard = message.bounced_at or message.delivered_at
    is_bounced = told.outcome is Arrival.BOUNCED
    is_worse = is_bounced and message.bounced_at is None
    if heard is not None and (heard > told.at or (heard == told.at and not is_worse)):
        return message
    said = SAID[told.outcome]
    return structs.replace(
        message,
        state=State.FAILED if is_bounced else State.SENT,
        delivered_at=None if is_bounced else told.at,
        bounced_at=told.at if is_bounced else None,
        ended_at=message.ended_at or told.at,
        result=f"{said}: {without_addresses(told.says)}" if told.says else said,
    )


def without_addresses(says: str) -> str:
    """What a carrier says, without the addresses and numbers in it: none of them is kept."""
    return ADDRESS.sub("…", says)
