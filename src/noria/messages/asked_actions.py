"""Verbs of messages that a person sends: what could be told, how it looks, and tell it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import structs

from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.messages import asked_store, letters, outbox_rules, outbox_views, rules, views
from noria.messages.asked_model import (
    AskMessage,
    MessageNotTrue,
    MessageUnwanted,
    MessageWaits,
    NoWayToSend,
    Sendable,
)
from noria.messages.model import Facts
from noria.messages.outbox_model import Due, Letter, Medium, Message, MessageKind
from noria.messages.outbox_views import Reader
from noria.orders import collected_actions as orders
from noria.orders.model import TimelineEntry

UNSEEN = "example"
"""What a preview has in place of the link, which lets whoever has it do what the customer can."""


def sendable(
    tx: Connection, order: str, *, public_url: str, open_media: Sequence[Medium], now: datetime
) -> list[Sendable]:
    """What the customer of an order could be told now, by each way that is open to us and them.

    Raises:
        NotFound: there is no such order.
    """
    facts, reader = _known(tx, order, now)
    told = {(one.kind, one.part, one.medium): one for one in asked_store.told(tx, order)}
    language = outbox_rules.language(reader.choices, reader.country)
    found = []
    for due, medium, address in _tellable(facts, reader, open_media, now):
        kind = MessageKind(due.kind)
        before = told.get((kind, due.part, medium))
        shown = _letter(facts, due, language, public_url, now)
        found.append(
            Sendable(
                kind=kind,
                part=due.part,
                medium=medium,
                language=language,
                to=outbox_rules.masked(address),
                goes_at=outbox_rules.not_before(medium, now, facts.time_zone),
                subject=shown.subject,
                short=shown.short,
                times=before.times if before else 0,
                last_at=before.last_at if before else None,
                is_waiting=before is not None and before.is_waiting,
            )
        )
    return found


def preview(
    tx: Connection,
    order: str,
    kind: MessageKind,
    part: str,
    *,
    language: str | None,
    public_url: str,
    now: datetime,
) -> Letter:
    """A message as it would look now, but for what only its reader may see: link and code.

    Raises:
        NotFound: there is no such order.
        MessageNotTrue: the order does not stand so.
    """
    facts, reader = _known(tx, order, now)
    due = Due(kind.value, part)
    if due not in outbox_rules.due(facts, now):
        raise MessageNotTrue(order=order, kind=kind.value)
    spoken = language or outbox_rules.language(reader.choices, reader.country)
    return _letter(facts, due, spoken, public_url, now)


def send(
    tx: Connection,
    message_id: str,
    wanted: AskMessage,
    *,
    open_media: Sequence[Medium],
    actor: str,
    now: datetime,
) -> Message:
    """Tell the customer of an order something, once for its id; the worker sends it.

    Told before by itself, it is told again; not yet, it is told now and not by itself later.

    Raises:
        NotFound: there is no such order.
        MessageNotTrue, NoWayToSend, MessageUnwanted, MessageWaits: nothing is sent.
    """
    order, medium = wanted.order, wanted.medium
    facts, reader = _known(tx, order, now)
    due = Due(wanted.kind.value, wanted.part)
    if due not in outbox_rules.due(facts, now):
        raise MessageNotTrue(order=order, kind=due.kind)
    if medium not in open_media:
        raise NoWayToSend(medium=medium.value)
    wants = _tellable(facts, reader, [medium], now)
    if not any(one == due for one, _, _ in wants):
        raise MessageUnwanted(order=order, medium=medium.value)
    is_asked = asked_store.ask(
        tx, message_id, order, due, medium,
        language=outbox_rules.language(reader.choices, reader.country),
        due_at=outbox_rules.not_before(medium, now, facts.time_zone), actor=actor, now=now,
    )  # fmt: skip
    if not is_asked:
        raise MessageWaits(order=order)
    leg = wanted.part if wanted.part in {one.leg for one in facts.sent} else None
    reason, cause = f"{due.kind}: {medium.value}", f"message:{message_id}"
    entry = TimelineEntry(at=now, kind="messaged", actor=actor, leg=leg, reason=reason, cause=cause)
    orders.note(tx, order, entry)
    message = outbox_views.message(tx, message_id)
    assert message is not None, "it was written just now"
    return message


def _known(tx: Connection, order: str, now: datetime) -> tuple[Facts, Reader]:
    facts, reader = views.facts(tx, order, now=now), outbox_views.reader(tx, order)
    if facts is None or reader is None:
        raise NotFound(what="order", id=order)
    return facts, reader


def _tellable(
    facts: Facts, reader: Reader, media: Sequence[Medium], now: datetime
) -> Iterator[tuple[Due, Medium, str]]:
    """What is true now, by each of these ways that its customer wants, with their address."""
    for due in outbox_rules.due(facts, now):
        for medium in outbox_rules.media(MessageKind(due.kind), reader.choices):
            address = reader.address(medium)
            if medium in media and address is not None:
                yield due, medium, address


def _letter(facts: Facts, due: Due, language: str, public_url: str, now: datetime) -> Letter:
    pickup = facts.pickup
    if pickup is not None and pickup.code:
        hidden = structs.replace(pickup, code="\N{BULLET}" * len(pickup.code))
        facts = structs.replace(facts, pickup=hidden)
    return letters.letter(
        MessageKind(due.kind), rules.telling(facts, now), part=due.part, key=UNSEEN, to="",
        url=f"{public_url}/t/{UNSEEN}", language=language, facts=facts,
    )  # fmt: skip
