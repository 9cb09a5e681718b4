"""What the shop's pages forget of a customer: where they wanted to be told."""

from datetime import datetime

from noria.kit.db import Connection
from noria.storefront import store


def erase(tx: Connection, customer: str, alias: str, *, now: datetime) -> None:
    """They wait no longer; what they waited for stays."""
    store.erase(tx, customer, alias, now=now)
