"""What left and does not come: sent again or paid back, and what its carrier owes for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code, Quantity, Sscc
from noria.orders.model import Stage

Words = Annotated[str, Meta(max_length=500)]


class How(Enum):
    """Its units are sent again, or what was paid for them is due back."""

    SEND_AGAIN = "send_again"
    REFUND = "refund"


class Because(Enum):
    """Why it does not come.

    lost, damaged: its carrier owes it. returned: it is back at our door, and lies on hold there.
    refused: it is on its way back, and is booked once it is there.
    """

    LOST = "lost"
    RETURNED = "returned"
    REFUSED = "refused"
    DAMAGED = "damaged"


class Claim(Enum):
    NONE = "none"
    DUE = "due"
    SETTLED = "settled"


class ReplaceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What left and does not come of a leg, what is done instead, and why it does not come.

    `parcels` are those that do not come; none named: all that is still under way. `units`, by SKU,
    were in them; it is known of what was packed, and of the only parcel of a leg.
    """

    leg: Code
    parcels: Annotated[tuple[Sscc, ...], Meta(max_length=1000)] = ()
    units: Annotated[Mapping[str, Quantity], Meta(max_length=2000)] = {}
    how: How = How.SEND_AGAIN
    because: Because
    words: Words = ""


class ClaimBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the carrier pays."""

    cents: Cents


class ReplacedLine(Struct, frozen=True, kw_only=True):
    line: int
    sku: str
    units: int


class Replacement(Struct, frozen=True, kw_only=True):
    """What was done; `cents` of `currency` is what it was worth. `claim`: what is owed for it.

    `parcels` did not come, `lines` were in them. `sent_as` are the legs that send it now; what no
    node has waits with the order (`stage`).
    """

    id: str
    leg: str
    order: str
    node: str
    service: str
    carrier: str | None
    how: How
    because: Because
    cents: int
    currency: str
    claim: Claim
    claim_cents: int | None
    claim_settled_at: datetime | None
    at: datetime
    actor: str
    words: str
    parcels: Sequence[str]
    lines: Sequence[ReplacedLine]
    sent_as: Sequence[str]
    stage: Stage


class NotUnderWay(Refusal):
    code = "not-under-way"
    kind = Kind.CONFLICT
    says = Text(
        "Leg {leg} has not left, has arrived, or was replaced already.",
        "L'envoi {leg} n'est pas parti, est arrivé, ou est déjà remplacé.",
    )
    do = Text(
        "Send what has not left from elsewhere (PUT /v1/reroutes/{{id}}); what has arrived can be"
        " returned.",
        "Envoyez d'ailleurs ce qui n'est pas parti (PUT /v1/reroutes/{{id}})\u202f; ce qui est"
        " arrivé peut être retourné.",
    )


class NoClaimDue(Refusal):
    code = "no-claim-due"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing is owed for {replacement}: no carrier lost it, or it is settled.",
        "Rien n'est dû pour {replacement}\u202f: aucun transporteur ne l'a perdu, ou c'est réglé.",
    )
    do = Text(
        "The list of replacements shows what is.", "La liste des remplacements montre ce qui l'est."
    )
