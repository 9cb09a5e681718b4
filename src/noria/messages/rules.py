"""What a customer is told, decided from the facts alone; and how a link is made and read."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from noria.messages import withdraw_rules
from noria.messages.model import Facts, Headline, Mood, Parcel, Part, Sent, Step, Telling, Window
from noria.orders.carried_model import Progress
from noria.orders.model import TimelineEntry

MOST_OPEN_REPORTS = 5
MAC_BYTES = 16
LINK = re.compile(r"([A-Za-z0-9._-]{1,40})~([A-Za-z0-9_-]{22})")

STEPS = {
    Progress.ANNOUNCED: Step.PREPARED,
    Progress.HANDED_OVER: Step.UNDER_WAY,
    Progress.IN_TRANSIT: Step.UNDER_WAY,
    Progress.OUT_FOR_DELIVERY: Step.OUT,
    Progress.READY: Step.READY,
    Progress.FAILED: Step.UNDER_WAY,
    Progress.DELIVERED: Step.DELIVERED,
    Progress.RETURNING: Step.IN_TROUBLE,
    Progress.RETURNED: Step.IN_TROUBLE,
    Progress.LOST: Step.IN_TROUBLE,
}
SLOWEST_FIRST = (
    *(Step.IN_TROUBLE, Step.PREPARING, Step.PREPARED, Step.UNDER_WAY, Step.OUT, Step.READY),
    Step.DELIVERED,
)
DATELESS = {Step.DELIVERED, Step.IN_TROUBLE, Step.READY}
MOODS = {
    Headline.DELIVERED: Mood.GOOD,
    Headline.READY: Mood.GOOD,
    Headline.IN_TROUBLE: Mood.SORRY,
    Headline.OVERDUE: Mood.SORRY,
    Headline.UNSURE: Mood.SORRY,
    Headline.LATER: Mood.SORRY,
}


def link(secret: bytes, order: str, renewed: int) -> str:
    """The last part of an order's address: its id, and 128 bits that nobody guesses.

    `renewed` counts how often it was renewed: each time, the one before stops working.
    """
    return f"{order}~{_mac(secret, order, renewed)}"


def named(token: str) -> str | None:
    """The order that a link claims to be of; nothing is proven by that."""
    found = LINK.fullmatch(token)
    return found[1] if found else None


def is_genuine(secret: bytes, token: str, renewed: int) -> bool:
    """Whether we made this link, and have not renewed it since; takes as long either way."""
    found = LINK.fullmatch(token)
    return found is not None and hmac.compare_digest(found[2], _mac(secret, found[1], renewed))


def _mac(secret: bytes, order: str, renewed: int) -> str:
    digest = hmac.new(secret, f"{order}:{renewed}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:MAC_BYTES]).decode().rstrip("=")


def telling(facts: Facts, now: datetime) -> Telling:
    """Tell an order's customer the slowest of what is still to come, and each part by itself."""
    today = now.astimezone(ZoneInfo(facts.time_zone)).date()
    parts = [_part(one, facts, today) for one in facts.sent]
    if facts.waiting:
        parts.append(Part(step=Step.WAITING, items=facts.waiting))
    window, before = _windows(facts)
    headline = _headline(facts, parts, window, before, today)
    arrived = [part.delivered_at for part in parts if part.delivered_at is not None]
    until = withdraw_rules.last_day(
        [
            one.delivered_at.astimezone(ZoneInfo(facts.time_zone)).date()
            if one.delivered_at is not None
            else None
            for one in facts.sent
        ]
        + [None for _ in facts.waiting],
        facts.withdrawal.right_days,
    )
    return Telling(
        order=facts.order,
        headline=headline,
        mood=MOODS.get(headline, Mood.CALM),
        window=window,
        before=before,
        delivered_on=max(arrived).astimezone(ZoneInfo(facts.time_zone)).date() if arrived else None,
        is_part_delivered=any(part.step is Step.DELIVERED for part in parts)
        and any(part.step is not Step.DELIVERED for part in parts),
        parts=parts,
        turns=facts.turns,
        cancelled=facts.cancelled,
        goes_to=facts.goes_to,
        time_zone=facts.time_zone,
        stoppable=facts.stoppable,
        pickup=facts.pickup,
        is_not_collected=facts.is_not_collected,
        refunded=facts.refunded,
        answers=facts.answers,
        can_move=facts.can_move,
        days=facts.days,
        day_asked=facts.day_asked,
        elsewhere=facts.elsewhere,
        can_readdress=facts.can_readdress,
        pay_by=facts.pay_by,
        withdrawable=facts.withdrawal.open if until is None or today <= until else (),
        withdraw_until=until,
        withdrawn=facts.withdrawal.made,
        barred=facts.withdrawal.barred,
        may_choose=headline in {Headline.LATER, Headline.UNSURE}
        and facts.stoppable > 0
        and window is not None
        and (facts.waits_until is None or facts.waits_until < window.last),
    )


def is_promised_since(timeline: Sequence[TimelineEntry]) -> bool:
    """Whether an order was promised a day after it was confirmed without one.

    What is held from the first is confirmed when it is released, with the day that it has by then.
    """
    kinds = [one.kind for one in timeline]
    if "promised" not in kinds:
        return False
    before = timeline[: kinds.index("promised")]
    is_held = any(one.kind == "hold_placed" and one.at == timeline[0].at for one in before)
    return not is_held or any(one.kind == "hold_lifted" for one in before)


def _part(sent: Sent, facts: Facts, today: date) -> Part:
    """Days that are over, or no longer hold, are not said of parts: the headline tells of them."""
    step = _step(sent, is_collected=facts.pickup is not None)
    told = _last_told(facts)
    due = Window(sent.arrives_on, sent.arrives_on)
    window = told if told is not None and sent.arrives_on <= told.last else due
    is_over = facts.is_unsure or window.last < today
    return Part(
        step=step,
        items=sent.items,
        window=None if step in DATELESS or is_over else window,
        delivered_at=sent.delivered_at if step is Step.DELIVERED else None,
        parcels=sent.parcels,
    )


def _step(sent: Sent, *, is_collected: bool) -> Step:
    """What we booked ourselves, or what carriers say of its slowest parcel, if that is further.

    What a carrier brings to a store where it is collected is under way until the store has it.
    """
    if sent.delivered_at is not None:
        return Step.DELIVERED
    if sent.is_in_store:
        return Step.PREPARING if sent.ready_at is None else Step.READY
    if sent.shipped_at is None:
        return Step.PREPARING if sent.picked_at is None else Step.PREPARED
    heard = [_heard(parcel) for parcel in sent.parcels]
    if is_collected:
        return Step.IN_TROUBLE if Step.IN_TROUBLE in heard else Step.UNDER_WAY
    return min(heard, key=SLOWEST_FIRST.index, default=Step.UNDER_WAY)


def _heard(parcel: Parcel) -> Step:
    """A shipped parcel is under way, also while its carrier has not seen it yet."""
    step = STEPS.get(parcel.progress, Step.UNDER_WAY) if parcel.progress else Step.UNDER_WAY
    return Step.UNDER_WAY if step is Step.PREPARED else step


def _last_told(facts: Facts) -> Window | None:
    changed = [turn.window for turn in facts.turns if turn.window is not None]
    return changed[-1] if changed else facts.told


def _windows(facts: Facts) -> tuple[Window | None, Window | None]:
    """The window that holds now, and the first one if the new one ends later than that.

    What the customer chose counts as the first: it is not late that comes as they wanted.
    """
    chosen = [turn.window for turn in facts.turns if turn.is_chosen]
    told, first = _last_told(facts), chosen[-1] if chosen else facts.told
    coming = [one.arrives_on for one in facts.sent if one.delivered_at is None]
    window = told
    if coming and (told is None or max(coming) > told.last):
        window = Window(max(coming), max(coming))
    is_later = first is not None and window is not None and window.last > first.last
    return window, first if is_later else None


def _headline(
    facts: Facts,
    parts: Sequence[Part],
    window: Window | None,
    before: Window | None,
    today: date,
) -> Headline:
    """The first sentence that holds."""
    open_ = {part.step for part in parts} - {Step.DELIVERED}
    is_joined = any(one.is_all for one in facts.elsewhere)
    sentences = (
        (not parts and is_joined, Headline.JOINED),
        (not parts, Headline.CANCELLED),
        (not open_, Headline.DELIVERED),
        (Step.IN_TROUBLE in open_, Headline.IN_TROUBLE),
        (open_ == {Step.READY}, Headline.READY),
        (open_ <= {Step.OUT, Step.READY}, Headline.TODAY),
        (facts.is_unpaid, Headline.UNPAID),
        (facts.is_held and not facts.is_unsure, Headline.CHECKED),
        (window is None, Headline.WAITING),
        (window is not None and window.last < today, Headline.OVERDUE),
        (facts.is_unsure, Headline.UNSURE),
        (before is not None, Headline.LATER),
        (Step.WAITING in open_, Headline.WAITING),
        (True, Headline.COMING),
    )
    return next(headline for holds, headline in sentences if holds)
