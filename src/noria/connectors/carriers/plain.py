"""Any other carrier, or whoever speaks for it: tracking events in our own words, as JSON."""

from typing import Annotated

from msgspec import Meta, Struct

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import read
from noria.fulfilment.tracking_model import Heard, Reply


class PlainReply(Struct, frozen=True, forbid_unknown_fields=True):
    """Events as `Heard`: number, progress, happened_at, code, and perhaps label and place."""

    events: Annotated[tuple[Heard, ...], Meta(max_length=1000)]


def answer(body: bytes, asked: str) -> Reply:
    del asked
    return read(*trees.from_json(body, PlainReply).events)
