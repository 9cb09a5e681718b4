"""The nouns of webhooks: endpoints, their secrets and health, and deliveries."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.event import Happened
from noria.kit.ids import Code

EventPattern = Annotated[
    str,
    Meta(
        pattern=r"^([a-z_]+[.])*([a-z_]+|[*])$",
        max_length=100,
        description="An event type; `order.*` is all that begin with `order.`, `*` is all.",
        examples=["order.*"],
    ),
]


class DeliveryStatus(Enum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class WebhookWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be chosen about an endpoint. `nodes`: only their events; null: all events."""

    url: Annotated[str, Meta(max_length=2000, examples=["https://hooks.example.org/noria"])]
    event_types: Annotated[tuple[EventPattern, ...], Meta(min_length=1, max_length=100)]
    nodes: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=1000)] | None = None
    description: Annotated[str, Meta(max_length=500, examples=["Our warehouse software"])] = ""
    is_active: bool = True


class Webhook(Struct, frozen=True, kw_only=True):
    """An endpoint that is told of events. `stop_reason` says why we stopped, if we did."""

    id: str
    url: str
    event_types: tuple[str, ...]
    nodes: tuple[str, ...] | None
    description: str
    is_active: bool
    stop_reason: str
    since: int
    version: int
    changed_at: datetime


class Health(Struct, frozen=True, kw_only=True):
    """How an endpoint does: failures in a row since `failing_since`, and what waits for it."""

    webhook: str
    failures: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    waiting: int
    dead: int


class Delivery(Struct, frozen=True, kw_only=True):
    """One event to one endpoint; `id` is the `webhook-id` that every attempt carries."""

    id: str
    event: int
    type: str
    subject: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_error: str
    last_answer: str


class Parcel(Struct, frozen=True, kw_only=True):
    """A delivery that was claimed: all that it takes to send it, until `claimed_until`."""

    id: str
    webhook: str
    url: str
    secrets: Sequence[str]
    event: Happened
    attempts: int
    claimed_until: datetime


class Outcome(Struct, frozen=True, kw_only=True):
    """How an attempt went: an HTTP status and how the answer begins, or an error in words."""

    status: int | None = None
    answer: str = ""
    error: str = ""


class Vitals(Struct, frozen=True, kw_only=True):
    """Failures in a row, since when, and when somebody was told of it."""

    failures: int = 0
    failing_since: datetime | None = None
    reported_at: datetime | None = None


class Verdict(Enum):
    """What an outcome means: told, to be tried again, or never to be tried again."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"


class Made(Struct, frozen=True, kw_only=True):
    """An endpoint as it is now; its `secret`, which signs, is shown when it is made and no more."""

    webhook: Webhook
    secret: str | None = None


class Secret(Struct, frozen=True, kw_only=True):
    """What the endpoint checks our signature with. It is shown this once."""

    secret: str
    previous_ends_at: datetime | None = None


class UnknownEventType(Refusal):
    code = "unknown-event-type"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "No event will ever match: {patterns}.",
        "Aucun événement ne correspondra jamais à\N{NARROW NO-BREAK SPACE}: {patterns}.",
    )
    do = Text(
        "GET /v1/event-types lists the types; a pattern may end in *.",
        "GET /v1/event-types donne la liste des types\N{NARROW NO-BREAK SPACE}; un motif peut finir"
        " par *.",
    )


class NotDead(Refusal):
    code = "delivery-not-dead"
    kind = Kind.CONFLICT
    says = Text(
        "The delivery {id} is still waiting for its next attempt.",
        "L'envoi {id} attend encore sa prochaine tentative.",
    )
    do = Text(
        "Wait: it is tried again by itself.",
        "Patientez\N{NARROW NO-BREAK SPACE}: il sera retenté tout seul.",
    )
