"""Messages to customers: planned as events tell what happened, and written as they are sent.

What is due follows from how an order stands, not from which event came: events only say where to
look. So a message is planned once however often one looks, in whatever order things were heard.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import EventsForgotten, Wanted
from noria.kit.ids import uuid7
from noria.messages import (
    actions,
    letters,
    outbox_rules,
    outbox_store,
    outbox_views,
    result_actions,
    result_store,
    rules,
    views,
)
from noria.messages.outbox_model import (
    Choices,
    Due,
    Letter,
    Medium,
    Message,
    MessageKind,
    Outcome,
    State,
)
from noria.messages.outbox_views import Reader
from noria.orders import views as orders

LOOKED_AT_ONCE = 500
WATCHED = Wanted(types=("order.*", "promise.changed", "parcel.moved", "day.*", "return.announced"))


def choose(tx: Connection, order: str, choices: Choices, *, actor: str, now: datetime) -> Choices:
    """Write how a customer wants to hear of an order.

    Raises:
        NotFound: there is no such order.
    """
    if not orders.stages(tx, [order]):
        raise NotFound(what="order", id=order)
    outbox_store.choose(tx, order, choices, actor=actor, now=now)
    return choices


def plan(tx: Connection, *, now: datetime, is_sending: bool) -> bool:
    """Look at the orders of the next events, and plan what is due; return whether more follow.

    Where no way of sending is set up, only the place is moved: nobody gets old news one day.
    """
    cursor = outbox_store.lock_cursor(tx)
    if cursor is None:
        return False
    if not is_sending:
        outbox_store.move_cursor(tx, max(cursor, events.horizon(tx)))
        return False
    try:
        found = events.after(tx, cursor, wanted=WATCHED, limit=LOOKED_AT_ONCE)
    except EventsForgotten as refusal:
        outbox_store.move_cursor(tx, int(refusal.details["forgotten"]))
        return True
    for order in outbox_views.orders_of(tx, [event.subject for event in found.events]):
        _plan(tx, order, now=now)
    outbox_store.move_cursor(tx, found.cursor)
    return found.cursor > cursor


def _plan(tx: Connection, order: str, *, now: datetime) -> None:
    facts, reader = views.facts(tx, order, now=now), outbox_views.reader(tx, order)
    if facts is None or reader is None:
        return
    prefix = uuid7(int(now.timestamp() * 1000))
    planned = [
        (f"{prefix}-{medium.value}-{number}", one, medium,
         outbox_rules.not_before(medium, now, facts.time_zone))
        for number, one in enumerate(outbox_rules.due(facts, now))
        for medium in outbox_rules.media(MessageKind(one.kind), reader.choices)
    ]  # fmt: skip
    if planned:
        language = outbox_rules.language(reader.choices, reader.country)
        outbox_store.plan(tx, order, planned, language=language, now=now)


def claim(tx: Connection, *, now: datetime, limit: int) -> list[str]:
    """Take messages that are due, to be written, sent and settled before the claim ends."""
    return outbox_store.claim(tx, now=now, limit=limit)


def write(
    tx: Connection, message_id: str, *, public_url: str, open_media: Sequence[Medium], now: datetime
) -> tuple[Medium, Letter] | None:
    """The message as it leaves now; None: it is dropped, for what it tells is no longer so.

    An attempt that is repeated tells how things stand by then, under the same id.
    """
    message = outbox_views.message(tx, message_id)
    assert message is not None, "it was claimed"
    facts, reader = views.facts(tx, message.order, now=now), outbox_views.reader(tx, message.order)
    if facts is None or reader is None:
        return None
    told = rules.telling(facts, now)
    is_overtaken = outbox_rules.is_overtaken(
        Due(message.kind.value, message.part), outbox_rules.due(facts, now)
    )
    to = _address(message, reader, open_media)
    if is_overtaken or to is None:
        why = outbox_store.OVERTAKEN if is_overtaken else "nobody to send it to"
        outbox_store.settle(tx, message.id, State.DROPPED, result=why, now=now)
        return None
    url = f"{public_url}/t/{actions.link(tx, message.order)}?language={message.language}"
    letter = letters.letter(
        message.kind, told, part=message.part, key=message.id, to=to, url=url,
        language=message.language, facts=facts,
    )  # fmt: skip
    return message.medium, letter


def _address(message: Message, reader: Reader, open_media: Sequence[Medium]) -> str | None:
    """Whom to send it to, if they still want it and it can be sent that way."""
    return reader.address(message.medium) if message.medium in open_media else None


def settle(tx: Connection, message_id: str, outcome: Outcome, *, now: datetime) -> None:
    """Write what came of an attempt, unless it is known by now what became of the message."""
    result_store.lock(tx, message_id)
    message = outbox_views.message(tx, message_id)
    if message is None:
        return
    again = None if outcome.is_final else outbox_rules.again_at(message.attempts, now)
    state = State.SENT if outcome.is_sent else State.WAITING if again else State.FAILED
    outbox_store.settle(tx, message_id, state, result=outcome.told, now=now, again_at=again)
    if state is State.FAILED and message.state is State.WAITING:
        result_actions.tell_failed(tx, structs.replace(message, result=outcome.told))
