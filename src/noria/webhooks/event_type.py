"""What a type of event says of itself."""

from msgspec import Struct

from noria.kit.errors import Text


class EventType(Struct, frozen=True):
    """A type of event: what its `subject` is, and what has happened to it."""

    name: str
    subject: str
    says: Text
