"""What needs a person, and what people did about it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from noria.kit.ids import Code

Verb = Literal["assigned", "snoozed", "commented"]


class Sort(Enum):
    """What comes first: what has waited longest, or what costs most."""

    OLDEST = "oldest"
    MONEY = "money"


class ExceptionRow(Struct, frozen=True, kw_only=True):
    """Something a person must look at. It is gone when its cause is.

    `money_cents` is what is at risk, `owner` the role that it is for, where they are known.
    `assigned_to` is who looks after it, `snoozed_until` when it may wait until later.
    """

    kind: str
    subject: str
    node: str | None
    since: datetime
    detail: str
    money_cents: int | None = None
    owner: str | None = None
    assigned_to: str | None = None
    assigned_name: str | None = None
    snoozed_until: datetime | None = None
    comments: int = 0


class Cause(Struct, frozen=True, kw_only=True):
    """Exceptions of one kind together; `money_cents` is null where nobody knows what is at risk."""

    kind: str
    exceptions: int
    snoozed: int
    unassigned: int
    money_cents: int | None
    oldest: datetime


class AtRisk(Struct, frozen=True, kw_only=True):
    """What waits for somebody now, all told; what may wait until later does not count.

    An order counts once, however much is wrong with it: with all of it, or with the legs that are
    at risk, whichever is more. Where `currencies` are several, `money_cents` is null: they do not
    add up.
    """

    exceptions: int
    money_cents: int | None
    currencies: Sequence[str]


class NoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something done about an exception, which is named by its kind and subject.

    assigned: to whoever sends it, or to `person` (null with `is_nobody`: to nobody any more).
    snoozed: until `until`, or, without it, no longer. commented: with `words`.
    """

    kind: Annotated[str, Meta(max_length=64, examples=["order.waiting"])]
    subject: Annotated[str, Meta(max_length=128, examples=["order:536365"])]
    verb: Verb
    person: Annotated[str, Meta(max_length=64, examples=["person:0197"])] | None = None
    is_nobody: bool = False
    until: Annotated[datetime, Meta(tz=True, examples=["2026-11-28T18:00:00Z"])] | None = None
    words: Annotated[str, Meta(max_length=2000)] = ""


class NewNote(NoteBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Code


class Note(Struct, frozen=True, kw_only=True):
    """Something that was done about an exception, by whom and when."""

    id: str
    number: int
    verb: Verb
    person: str | None
    person_name: str | None
    until: datetime | None
    words: str
    actor: str
    actor_name: str | None
    at: datetime


class Noted(Struct, frozen=True, kw_only=True):
    """It is written down."""

    id: str
