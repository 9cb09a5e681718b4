"""Verbs about messages that have left: they arrived, or came back."""

from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.event import Event
from noria.messages import outbox_views, result_rules, result_store
from noria.messages.outbox_model import Message, State
from noria.messages.result_model import MessageNotSent, ResultBody
from noria.stock import actions as stock


def tell(tx: Connection, message_id: str, told: ResultBody, *, now: datetime) -> Message:
    """Write what became of a message; told twice, or late, it changes nothing more.

    Raises:
        NotFound: there is no such message.
        MessageNotSent: it has not left.
        FromTheFuture: that cannot have been yet.
    """
    stock.check_time(told.at, now)
    result_store.lock(tx, message_id)
    message = outbox_views.message(tx, message_id)
    if message is None:
        raise NotFound(what="message", id=message_id)
    if not result_rules.has_left(message):
        raise MessageNotSent(message=message_id)
    after = result_rules.after(message, told)
    if after != message:
        result_store.save(tx, after)
        if after.state is State.FAILED:
            tell_failed(tx, after)
    return after


def tell_failed(tx: Connection, message: Message) -> None:
    """Whoever listens hears that a customer was not told; neither to whom nor in what words."""
    data = {
        "message": message.id,
        "kind": message.kind.value,
        "medium": message.medium.value,
        "result": message.result,
    }
    events.publish(tx, [Event(type="message.failed", subject=f"order:{message.order}", data=data)])
