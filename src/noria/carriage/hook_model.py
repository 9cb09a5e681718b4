"""Addresses at which carriers tell of parcels by themselves."""

from datetime import datetime

from msgspec import Struct


class Hook(Struct, frozen=True, kw_only=True):
    """The address of an account: who made it, and when something last came in by it."""

    account: str
    made_at: datetime
    actor: str
    heard_at: datetime | None


class HookMade(Struct, frozen=True, kw_only=True):
    """A new address. `url` is shown this once: whoever has it can tell of parcels, and no more."""

    account: str
    url: str | None
