"""How partners keep their word: what they answer, how far they are believed, what is a breach."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.fulfilment.model import LegId
from noria.kit.auth import Role
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.kit.money import Money
from noria.partners.model import PartnerKind


class Why(Enum):
    """Why a partner declines. Units that it does not have are booked as lost at its node."""

    NO_STOCK = "no_stock"
    DISCONTINUED = "discontinued"
    TOO_BUSY = "too_busy"


class Acceptance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner will send a leg."""

    id: LegId


class Decline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner will not send a leg: it is sourced elsewhere at once."""

    id: LegId
    why: Why


class Answered(Struct, frozen=True, kw_only=True):
    id: str
    is_accepted: bool
    answered_at: datetime


class BreachKind(Enum):
    """What was not done: accepted since it was planned, shipped or delivered since its date."""

    NOT_ACCEPTED = "not_accepted"
    NOT_SHIPPED = "not_shipped"
    NOT_DELIVERED = "not_delivered"


class BreachRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how many minutes something that is not done becomes an exception, and whose.

    Without a partner it is about all; one about the partner beats it.
    """

    id: Code
    kind: BreachKind
    partner: Code | None = None
    minutes: Annotated[int, Meta(ge=0, le=1_000_000)]
    owner_role: Role = Role.OPERATIONS
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    valid_from: date | None = None
    valid_until: date | None = None


class Record(Struct, frozen=True, kw_only=True):
    """What a partner was asked for and refused lately, in units, and what its feeds lost."""

    partner: str
    asked_units: int
    refused_units: int
    lost_share: float


class Belief(Struct, frozen=True, kw_only=True):
    """How far a partner's figures are believed now: 1 wholly, 0 not at all; and why."""

    partner: str
    trust: float
    is_silent: bool
    every_minutes: float
    reason: str


class Keeper(Struct, frozen=True, kw_only=True):
    """A partner's node: what it keeps back whatever is believed, and by whose clock it lives."""

    code: str
    buffer_units: int
    time_zone: str


class Window(Struct, frozen=True, kw_only=True):
    """What a partner did in some days: with the legs that were planned then.

    `due_legs` are those that left, or should have: late ones lie there still, or until they were
    taken away. What was taken away so is refused.
    """

    legs: int
    units: int
    refused_units: int
    shipped_legs: int
    due_legs: int
    late_legs: int
    late_hours: float
    accept_minutes: float | None
    cost_cents: int
    feeds: int
    feed_lines: int
    feed_faults: int
    not_found_units: int


class Scorecard(Struct, frozen=True, kw_only=True):
    """A partner's figures of some days, and those of as many days before: the trend.

    Shares are null where there was nothing to measure.
    """

    partner: str
    days: int
    fill_rate: float | None
    late_share: float | None
    refused_share: float | None
    feed_accuracy: float | None
    feed_fault_share: float | None
    cost_cents_a_unit: float | None
    trust: float | None
    trend: dict[str, float]
    now: Window
    before: Window


class LastFeed(Struct, frozen=True, kw_only=True):
    """A partner's last feed, and how many of its feeds wait for a person."""

    partner: str
    id: str
    state: str
    sent_at: datetime
    lines_read: int
    fault_count: int
    waiting: int


class Heard(Struct, frozen=True, kw_only=True):
    """How a partner's feed does: when it was heard, what was booked last, when it is expected."""

    heard_at: datetime | None
    counted_at: datetime | None
    every_minutes: float | None
    is_silent: bool


class Week(Struct, frozen=True, kw_only=True):
    """Seven days of a partner; shares are null where there was nothing to measure."""

    since: datetime
    legs: int
    units: int
    fill_rate: float | None
    late_share: float | None


class Standing(Struct, frozen=True, kw_only=True):
    """A partner in a list: its scorecard, its weeks from the oldest on, its feed, its breaches.

    `heard` is null for who has no feed plan, or is not active; `breaches` are open exceptions.
    """

    partner: str
    name: str
    kind: PartnerKind
    is_active: bool
    nodes: Sequence[str]
    card: Scorecard
    weeks: Sequence[Week]
    heard: Heard | None
    last_feed: LastFeed | None
    breaches: int
    risk_money: Sequence[Money]


class Measured(Struct, frozen=True, kw_only=True):
    """Partners whose trust was measured, and the nodes that keep back otherwise than before."""

    partners: int
    nodes: Sequence[str]


class AlreadyAnswered(Refusal):
    code = "already-answered"
    kind = Kind.CONFLICT
    says = Text("{leg} was answered already.", "{leg} a déjà reçu une réponse.")
    do = Text(
        "Report a short pick to take back what was accepted.",
        "Pour revenir sur une acceptation, déclarez un ramassage incomplet.",
    )
