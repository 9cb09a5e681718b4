"""Exceptions that come and go, and those that go on to the next role."""

from datetime import datetime

from msgspec import Struct


class Turn(Struct, frozen=True, kw_only=True):
    """An exception came, or is gone: what there is of its kind and subject, taken together."""

    is_open: bool
    kind: str
    subject: str
    node: str | None
    owner: str
    since: datetime
    money_cents: int | None
    currency: str | None


class Untaken(Struct, frozen=True, kw_only=True):
    """An open exception that nobody has: with which role it is now."""

    kind: str
    subject: str
    node: str | None
    with_role: str


class Escalation(Struct, frozen=True, kw_only=True):
    """An exception goes on from one role to another."""

    kind: str
    subject: str
    node: str | None
    from_role: str
    to_role: str


class Followed(Struct, frozen=True, kw_only=True):
    """How many exceptions came, were gone, and went on."""

    opened: int
    closed: int
    escalated: int
