"""What needs a person, and what people did about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from noria.kit.auth import Permission, Role
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.kit.money import Money

Verb = Literal["assigned", "snoozed", "commented"]


class Sort(Enum):
    """What comes first: what has waited longest; what costs most; or what is due, then what costs.

    Money comes currency by currency, the house's first; of the same money, what is due sooner.
    """

    OLDEST = "oldest"
    MONEY = "money"
    URGENT = "urgent"


class Call(Struct, frozen=True):
    """One request: what to send where. `{names}` are filled from the facts of an exception.

    A `Text` in the body is sent in the language of who acts.
    """

    method: Literal["PUT", "POST", "DELETE"]
    path: str
    body: Any = None


class Remedy(Struct, frozen=True, kw_only=True):
    """Something that can be done about an exception whose facts are as `when` says."""

    name: str
    label: Text
    does: Text
    call: Call
    needs: Permission
    when: Mapping[str, Sequence[str | bool]] = {}
    undo: Call | None = None
    undo_needs: Permission | None = None


class ExceptionKind(Struct, frozen=True, kw_only=True):
    """What exceptions of a kind are, for whom, what is at risk, what is proposed, when they go."""

    kind: str
    name: Text
    means: Text
    detail: Text
    owners: Sequence[Role]
    money: Text
    closes: Text
    remedies: Sequence[Remedy]


class Proposal(Struct, frozen=True, kw_only=True):
    """What one call does about an exception; you may make it.

    `{id}` in the path, the body and the undo stands for one id of your own: sending twice is the
    same as sending once.
    """

    action: str
    label: str
    does: str
    method: Literal["PUT", "POST", "DELETE"]
    path: str
    body: Any
    undo: Call | None


class KindShown(Struct, frozen=True, kw_only=True):
    """A kind of exception, in your language: whose, what is at risk, what is proposed, its end."""

    kind: str
    name: str
    means: str
    owners: Sequence[str]
    money: str
    closes: str
    proposals: Sequence[Proposal]


class Zones(Struct, frozen=True, kw_only=True):
    """By whose clocks moments are told: that of each of these nodes, and that which most keep."""

    usual: str = "UTC"
    of_nodes: Mapping[str, str] = {}


class FoundException(Struct, frozen=True, kw_only=True):
    """An exception as the rooms tell it: what is said of it in words follows from its facts."""

    id: int = 0
    kind: str
    subject: str
    node: str | None
    since: datetime
    detail: str
    money_cents: int | None
    currency: str | None
    owner: str
    facts: Mapping[str, Any]
    due_at: datetime | None = None
    assigned_to: str | None = None
    assigned_name: str | None = None
    snoozed_until: datetime | None = None
    comments: int = 0
    escalated_to: str | None = None
    escalated_at: datetime | None = None


class ExceptionRow(Struct, frozen=True, kw_only=True):
    """Something a person must look at. It is gone when its cause is.

    `key` names it in this list. `detail` says in your language what `facts` say. `money_cents` of
    `currency` is at risk (null: nobody knows), `owner` the role that it is for. `proposal` is what
    you can do about it in one call. `assigned_to` looks after it; it may wait until
    `snoozed_until`. Where nobody took it in time, it went on to the role `escalated_to`.
    `due_at` is by when what it is about had or has to be done (null: no time is set).
    """

    key: str
    kind: str
    name: str
    subject: str
    node: str | None
    since: datetime
    due_at: datetime | None
    detail: str
    facts: Mapping[str, Any]
    money_cents: int | None
    currency: str | None
    owner: str
    proposal: Proposal | None
    assigned_to: str | None
    assigned_name: str | None
    snoozed_until: datetime | None
    comments: int
    escalated_to: str | None
    escalated_at: datetime | None


class Cause(Struct, frozen=True, kw_only=True):
    """Exceptions of one kind together, and what is at risk, by currency: none where nobody knows.

    `name` is the kind's, in your language.
    """

    kind: str
    name: str = ""
    exceptions: int
    snoozed: int
    unassigned: int
    money: Sequence[Money]
    oldest: datetime


class AtRisk(Struct, frozen=True, kw_only=True):
    """What waits for somebody now, all told; what may wait until later does not count.

    An order counts once, however much is wrong with it: with all of it, or with the legs that are
    at risk, whichever is more.
    """

    exceptions: int
    money: Sequence[Money]


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


class CannotLookAfter(Refusal):
    code = "cannot-look-after"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{person} does not look after exceptions there.",
        "{person} ne s'occupe pas des exceptions à cet endroit.",
    )
    do = Text(
        "Choose somebody of `GET /v1/exception-assignees`, or take it yourself.",
        "Choisissez quelqu'un de `GET /v1/exception-assignees`, ou prenez-la vous-même.",
    )
