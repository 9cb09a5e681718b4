"""Verbs about exceptions kept as rows: look at them all, and keep the rows as new as is needed."""

from datetime import timedelta

from noria.kit import looks
from noria.kit.db import Connection, Database
from noria.kit.looks import LastLook, Need
from noria.tower import standing_store
from noria.tower.standing_model import FRESH, USABLE, Looked


def keep(db: Database, *, wants_no_copy: bool = False, fresh: timedelta = FRESH) -> None:
    """Let the rows be as new as a reader needs; at most one looks, whoever asks.

    Who `wants_no_copy` sees whatever was committed before they asked: they look, or wait for a
    look that began since.
    """
    last = db.run(standing_store.last)
    need = looks.need(last, wants_no_copy=wants_no_copy, fresh=fresh, usable=USABLE)
    if need is not Need.NOTHING:
        db.run(lambda tx: look_since(tx, last, is_patient=need is Need.A_LOOK))


def look(tx: Connection) -> Looked:
    """Make the rows what the rooms' views say now."""
    return look_since(tx, standing_store.last(tx), is_patient=True)


def look_since(tx: Connection, asked: LastLook, *, is_patient: bool) -> Looked:
    """Look, unless somebody began to after it was asked for, or is at it and is not waited for."""
    if not looks.lock(tx, standing_store.LOCK, is_patient=is_patient):
        return Looked()
    if looks.is_answered(asked, standing_store.last(tx)):
        return Looked()
    return standing_store.look(tx)


def hold(tx: Connection) -> bool:
    """Keep the rows as they are until the transaction ends; False: nobody has looked yet."""
    looks.lock(tx, standing_store.LOCK, is_patient=True)
    return standing_store.last(tx).began_at is not None
