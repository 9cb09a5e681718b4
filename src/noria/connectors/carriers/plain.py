"""Any other carrier, or whoever speaks for it: tracking events in our own words, as JSON."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from noria.connectors.carriers.model import NotUnderstood, read_each
from noria.fulfilment.tracking_model import Heard, Reply


class PlainReply(Struct, frozen=True, forbid_unknown_fields=True):
    """Events as `Heard`: number, progress, happened_at, code, and perhaps label and place."""

    events: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=1000)]


def answer(body: bytes, asked: str) -> Reply:
    """The events, each by itself; these are our own words, and misspelt ones are not guessed."""
    del asked
    try:
        events = msgspec.json.decode(body, type=PlainReply).events
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise NotUnderstood(f"not the JSON that was expected: {problem}") from None
    return read_each(events, _heard)


def _heard(event: msgspec.Raw) -> Heard:
    try:
        return msgspec.json.decode(event, type=Heard, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise NotUnderstood(str(problem)) from None
