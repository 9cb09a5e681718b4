"""Which messages are due, in which language, and when: values in, values out."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from noria.messages import rules
from noria.messages.model import Facts, Headline, Pickup, Step, Telling
from noria.messages.outbox_model import Choices, Due, Medium, MessageKind

STEP_TELLS = {
    Step.PREPARED: MessageKind.PREPARED,
    Step.UNDER_WAY: MessageKind.ON_ITS_WAY,
    Step.OUT: MessageKind.OUT_FOR_DELIVERY,
    Step.READY: MessageKind.READY,
    Step.DELIVERED: MessageKind.DELIVERED,
    Step.IN_TROUBLE: MessageKind.IN_TROUBLE,
}
IN_SHORT = frozenset(
    {
        MessageKind.PROMISED,
        MessageKind.OUT_FOR_DELIVERY,
        MessageKind.READY,
        MessageKind.DELAYED,
        MessageKind.UNSURE,
        MessageKind.IN_TROUBLE,
        MessageKind.PICKUP_REMINDER,
        MessageKind.PAYMENT_REMINDER,
        MessageKind.DAY_CHOSEN,
        MessageKind.DAY_KEPT,
    }
)
PROMISED_BY = frozenset({Headline.WAITING, Headline.COMING})
LATE_TELLS = {Headline.LATER: MessageKind.DELAYED, Headline.UNSURE: MessageKind.UNSURE}
GO_BY = {
    Medium.EMAIL: frozenset(MessageKind) - {MessageKind.PREPARED},
    Medium.SMS: IN_SHORT,
    Medium.CHAT: IN_SHORT,
    Medium.PUSH: IN_SHORT,
}
"""What is worth a message by each way; `prepared` shows on the page, and by event."""
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
FRENCH_SPEAKING = frozenset({"FR", "BE", "LU", "MC", "CH"})
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720))
"""After which pauses an attempt is repeated; then it has failed."""


def due(facts: Facts, now: datetime) -> list[Due]:
    """What the customer should have been told by now: of each part, only how far it is.

    Of what is ready in a store on one day they hear once. A day that is later than the one told is
    a message for each new day, before the old one is over; where no day is known, they hear that.
    Of what goes on in another order they hear by that one. Of what is held, they hear of what had
    left, that the rest will hardly come as promised, and until when they can pay it. What was
    confirmed without a day is told its day once there is one.
    """
    told = rules.telling(facts, now)
    found = [Due(MessageKind.REFUNDED.value, one.refund) for one in facts.refunded]
    found += [Due(MessageKind.WITHDRAWN.value, one.id) for one in facts.withdrawal.made]
    found += [Due(MessageKind.ANSWERED.value, one.report) for one in facts.answers]
    if facts.is_not_collected:
        found.append(Due(MessageKind.NOT_COLLECTED.value))
    if told.headline is Headline.CANCELLED:
        return found if facts.is_not_collected else [Due(MessageKind.CANCELLED.value), *found]
    if told.headline is Headline.JOINED:
        return found
    if not facts.is_held:
        found.append(Due(MessageKind.CONFIRMED.value))
        if facts.is_promised_since and told.window and told.headline in PROMISED_BY:
            found.append(Due(MessageKind.PROMISED.value))
    found += _steps(facts, told)
    if not facts.is_held:
        if (until := _reminded(told.pickup, now)) is not None:
            found.append(Due(MessageKind.PICKUP_REMINDER.value, until))
        found += _day_chosen(facts)
    if facts.pay_by is not None and now < facts.pay_by:
        found.append(Due(MessageKind.PAYMENT_REMINDER.value, facts.pay_by.date().isoformat()))
    if told.headline in LATE_TELLS and told.window is not None:
        found.append(Due(LATE_TELLS[told.headline].value, told.window.last.isoformat()))
    return found


def _steps(facts: Facts, told: Telling) -> list[Due]:
    """How far each part is; of an order that is held, those parts that have left."""
    found = []
    days = set()
    for sent, part in zip(facts.sent, told.parts, strict=False):
        if facts.is_held and sent.shipped_at is None:
            continue
        if sent.ready_at is not None and part.step is Step.READY:
            is_told = sent.ready_at.date() in days
            days.add(sent.ready_at.date())
            if is_told:
                continue
        if part.step in STEP_TELLS:
            found.append(Due(STEP_TELLS[part.step].value, sent.leg))
    return found


def _day_chosen(facts: Facts) -> list[Due]:
    """What became of the day that the customer chose last."""
    changed = [turn for turn in facts.turns if turn.window is not None]
    found = []
    if changed and changed[-1].is_chosen and (window := changed[-1].window) is not None:
        found.append(Due(MessageKind.DAY_CHOSEN.value, window.last.isoformat()))
    if facts.day_asked is not None and facts.day_asked.is_kept:
        found.append(Due(MessageKind.DAY_KEPT.value, facts.day_asked.day.isoformat()))
    return found


def _reminded(pickup: Pickup | None, now: datetime) -> str | None:
    """The end of the time in which it is kept, once that is near; None: it is not."""
    if pickup is None or pickup.keep_until is None or pickup.remind_at is None:
        return None
    if not pickup.remind_at <= now < pickup.keep_until:
        return None
    return pickup.keep_until.date().isoformat()


def media(kind: MessageKind, choices: Choices) -> list[Medium]:
    """By which ways a message goes to a customer who chose so."""
    return [medium for medium in Medium if choices.wants(medium) and kind in GO_BY[medium]]


def language(choices: Choices, country: str) -> str:
    if choices.language is not None:
        return choices.language
    return "fr" if country in FRENCH_SPEAKING else "en"


def not_before(medium: Medium, at: datetime, time_zone: str) -> datetime:
    """When a message may go: what rings does not ring in the night of who gets it."""
    if medium is Medium.EMAIL:
        return at
    here = at.astimezone(ZoneInfo(time_zone))
    if QUIET_UNTIL <= here.time() < QUIET_FROM:
        return at
    day = here.date() + timedelta(days=1 if here.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, here.tzinfo).astimezone(at.tzinfo)


def masked(address: str) -> str:
    """So much of an address that who knows it knows it again: c…@example.com, …5678."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{address[-4:]}"


def is_overtaken(one: Due, now_due: Sequence[Due]) -> bool:
    """Whether something else is true by now: then what waits to be sent is left unsaid."""
    return one not in now_due


def again_at(attempts: int, now: datetime) -> datetime | None:
    """When an attempt that failed is repeated; None: it was the last."""
    return now + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
