"""Customers who asked to be forgotten."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class ErasureBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Forget a customer, named by the reference that their orders carry."""

    customer: Annotated[str, Meta(min_length=1, max_length=100, examples=["C-17850"])]


class Erasure(Struct, frozen=True, kw_only=True):
    """How far a customer is forgotten.

    `erased` orders belong to the `alias` since. `still_open` are not delivered or cancelled yet:
    they need to know where they go, and are forgotten as soon as they are closed. `done_at` is null
    until then.
    """

    id: str
    alias: str
    asked_at: datetime
    actor: str
    erased: int
    still_open: int
    done_at: datetime | None
