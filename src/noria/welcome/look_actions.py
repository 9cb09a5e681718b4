"""Verbs about what is kept of a first hour: look at it all, and keep it as new as is needed."""

from datetime import datetime
from hashlib import sha256

import msgspec

from noria.kit import looks
from noria.kit.db import Connection, Database
from noria.kit.looks import LastLook, Need
from noria.welcome import look_store, rules, views
from noria.welcome.look_model import FRESH, USABLE
from noria.welcome.model import Looked
from noria.welcome.questions import QUESTIONS

NAME = "checks"
LOCK = "a first hour is looked at"
EDITION = sha256(" ".join(one.name + one.statement for one in QUESTIONS).encode()).hexdigest()
"""Other questions have other answers: what a release before kept is not read."""


def keep(db: Database, *, wants_no_copy: bool = False) -> None:
    """Let what is kept be as new as a reader needs; at most one looks, whoever asks.

    Who `wants_no_copy` sees whatever was committed before they asked: they look, or wait for a
    look that began since. So does who comes after a file was brought in.
    """
    last = db.run(lambda tx: look_store.last(tx, NAME, EDITION))
    need = looks.need(last, wants_no_copy=wants_no_copy, fresh=FRESH, usable=USABLE)
    if need is not Need.NOTHING:
        db.run(lambda tx: look_since(tx, last, is_patient=need is Need.A_LOOK))


def look_since(tx: Connection, asked: LastLook, *, is_patient: bool) -> bool:
    """Look, unless somebody began to after it was asked for, or is at it and is not waited for."""
    if not looks.lock(tx, LOCK, is_patient=is_patient):
        return False
    if looks.is_answered(asked, look_store.last(tx, NAME, EDITION)):
        return False
    look_store.begin(tx, NAME, EDITION)
    found = Looked(answers=views.answers(tx, QUESTIONS), accuracy=rules.accuracy(views.tried(tx)))
    look_store.end(tx, NAME, msgspec.to_builtins(found))
    return True


def kept(tx: Connection) -> tuple[Looked, datetime] | None:
    """What the last look found, and when; None if files came in since."""
    found = look_store.kept(tx, NAME, EDITION)
    return found and (msgspec.convert(found[0], Looked), found[1])
