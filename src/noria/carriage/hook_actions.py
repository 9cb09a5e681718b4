"""Verbs of the addresses at which carriers tell: make one, close it, know who speaks."""

import hashlib
import secrets
from datetime import datetime

from noria.carriage import actions, hook_store, hook_views
from noria.carriage.model import Account
from noria.kit import trail
from noria.kit.db import Connection
from noria.kit.errors import NotFound


def make(tx: Connection, account: str, *, actor: str, now: datetime) -> str:
    """Make an address for an account, in the place of the one before; its secret part.

    Raises:
        NotFound: there is no such account.
    """
    actions.known_account(tx, account)
    token = secrets.token_urlsafe(32)
    hook_store.upsert(tx, account, _digest(token), actor=actor, now=now)
    trail.record(tx, actor=actor, action="carrier.hook_made", subject=account)
    return token


def close(tx: Connection, account: str, *, actor: str) -> None:
    """Close the address of an account: what comes in by it is refused.

    Raises:
        NotFound: the account has none.
    """
    if not hook_store.delete(tx, account):
        raise NotFound(what="hook", id=account)
    trail.record(tx, actor=actor, action="carrier.hook_closed", subject=account)


def speaker(tx: Connection, token: str) -> Account:
    """The account whose address this is.

    Raises:
        NotFound: it is nobody's, or is closed. What was tried is not said again.
    """
    account = hook_views.account_of(tx, _digest(token))
    if account is None:
        raise NotFound(what="hook", id="…")
    return actions.known_account(tx, account)


def heard(tx: Connection, account: str, *, now: datetime) -> None:
    """Note that something came in by the address of an account."""
    hook_store.mark_heard(tx, account, now=now)


def _digest(token: str) -> bytes:
    """SHA-256: enough for random secrets of 256 bits, which nobody can guess."""
    return hashlib.sha256(token.encode()).digest()
