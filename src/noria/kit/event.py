"""What an event is, and which ones a listener asks for: nouns only, for rules and models too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened: its `type` (`order.accepted`), and the `subject` it happened to.

    Events of one subject reach every listener in the order in which they were written.
    """

    type: str
    subject: str
    node: str | None = None
    data: Any = None


class Happened(Event, frozen=True, kw_only=True):
    """An event in the book: `seq` orders all of them, `at` is business time."""

    seq: int
    at: datetime


class Wanted(Struct, frozen=True, kw_only=True):
    """Which events a listener asks for; None asks for all.

    A type may end in a wildcard: `order.*` is every type that begins with `order.`, `*` is every
    type. Who asks for nodes gets no event without one: it may tell about others.
    """

    types: Sequence[str] | None = None
    subjects: Sequence[str] | None = None
    nodes: Sequence[str] | None = None

    def has(self, event: Event) -> bool:
        return (
            (self.types is None or any(matches(pattern, event.type) for pattern in self.types))
            and (self.subjects is None or event.subject in self.subjects)
            and (self.nodes is None or event.node in self.nodes)
        )


def matches(pattern: str, type_: str) -> bool:
    """Whether a type is the pattern, or begins with what stands before its final `*`."""
    return type_.startswith(pattern[:-1]) if pattern.endswith("*") else type_ == pattern
