"""Looks: what is dear to ask is asked by one at a time, kept, and read by everybody else."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from noria.kit.db import Connection

AS_OF = "Noria-As-Of"
"""The header that says of when an answer out of a look is."""


class LastLook(Struct, frozen=True, kw_only=True):
    """The last look, and the two clocks as they stand for who asks.

    `began_at` and `asked_at` are machine time, `at` and `now` business time. Without a look, there
    is neither `began_at` nor `at`.
    """

    began_at: datetime | None
    at: datetime | None
    asked_at: datetime
    now: datetime


class Need(Enum):
    """What a reader needs: what is kept as it is, a look if nobody else is at it, or a look."""

    NOTHING = "nothing"
    A_TRY = "a_try"
    A_LOOK = "a_look"


def need(last: LastLook, *, wants_no_copy: bool, fresh: timedelta, usable: timedelta) -> Need:
    """What a reader needs before what is kept may be read.

    A driven clock can leap while no time passes, and any clock be set back: what is kept is as old
    as either of them says, ahead or behind.
    """
    if last.began_at is None or last.at is None or wants_no_copy:
        return Need.A_LOOK
    age = max(abs(last.asked_at - last.began_at), abs(last.now - last.at))
    if age <= fresh:
        return Need.NOTHING
    return Need.A_TRY if age <= usable else Need.A_LOOK


def is_answered(asked: LastLook, last: LastLook) -> bool:
    """Whether the last look began after somebody asked, and so shows all that they wait for."""
    return last.began_at is not None and asked.asked_at <= last.began_at <= last.asked_at


def lock(tx: Connection, looked_at: str, *, is_patient: bool) -> bool:
    """Be the one who looks, until the transaction ends; False: somebody else is at it."""
    if is_patient:
        tx.execute("select pg_advisory_xact_lock(hashtext(%s))", [looked_at])
        return True
    found = tx.execute("select pg_try_advisory_xact_lock(hashtext(%s))", [looked_at]).fetchone()
    return bool(found and found[0])
