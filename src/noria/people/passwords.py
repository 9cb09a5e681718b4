"""Passwords, hashed with argon2id (RFC 9106): slow and large on purpose, so few at a time."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from noria.kit.errors import Unavailable
from noria.people.rules import normal_password

AT_A_TIME = 2
"""Each takes 64 MiB and about 0.1 s of a core: a flood of log-ins must leave room for the rest."""
PATIENCE_S = 5.0

_hasher = PasswordHasher()
_seats = threading.BoundedSemaphore(AT_A_TIME)


def hashed(password: str) -> str:
    """The hash to keep, with its parameters and salt inside.

    Raises:
        Unavailable: too many others are at it.
    """
    with _seat():
        return _hasher.hash(normal_password(password))


def is_right(password_hash: str, password: str) -> bool:
    """Whether this is the password.

    Raises:
        Unavailable: too many others are at it.
    """
    with _seat():
        try:
            return _hasher.verify(password_hash, normal_password(password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than are chosen today."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def of_nobody() -> str:
    """A hash that no password opens: what is checked for an e-mail that nobody has."""
    return hashed(secrets.token_urlsafe())


@contextmanager
def _seat() -> Iterator[None]:
    if not _seats.acquire(timeout=PATIENCE_S):
        raise Unavailable(retry_after_s=int(PATIENCE_S))
    try:
        yield
    finally:
        _seats.release()
