"""Verbs about what looks keep: look at it all, and keep it as new as is needed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from noria.kit import looks
from noria.kit.db import Connection, Database
from noria.kit.looks import LastLook, Need
from noria.welcome import launch_views, look_store, rules, views
from noria.welcome.launch_model import Counted
from noria.welcome.look_model import (
    COUNTS_FRESH,
    COUNTS_USABLE,
    FILES_IN,
    FRESH,
    NETWORKS_AND_STORES,
    USABLE,
    Kept,
)
from noria.welcome.model import FirstHour, Looked
from noria.welcome.questions import QUESTIONS


def _edition(*statements: str) -> str:
    """Other questions have other answers: what a release before kept is not read."""
    return sha256(" ".join(statements).encode()).hexdigest()


CHECKS = Kept(
    name="checks",
    edition=_edition(*(one.name + one.statement for one in QUESTIONS)),
    seen=FILES_IN,
    fresh=FRESH,
    usable=USABLE,
)
COUNTS = Kept(
    name="launches",
    edition=_edition(launch_views.COUNTS),
    seen=NETWORKS_AND_STORES,
    fresh=COUNTS_FRESH,
    usable=COUNTS_USABLE,
)

FIGURES = Kept(
    name="figures",
    edition=_edition(views.FIGURES),
    seen=FILES_IN,
    fresh=FRESH,
    usable=USABLE,
)


def keep(db: Database, what: Kept, *, wants_no_copy: bool = False) -> None:
    """Let what is kept be as new as a reader needs; at most one looks, whoever asks.

    Who `wants_no_copy` sees whatever was committed before they asked: they look, or wait for a
    look that began since. So does who comes after something changed that it is made of.
    """
    last = db.run(lambda tx: look_store.last(tx, what))
    need = looks.need(last, wants_no_copy=wants_no_copy, fresh=what.fresh, usable=what.usable)
    if need is not Need.NOTHING:
        db.run(lambda tx: look_since(tx, what, last, is_patient=need is Need.A_LOOK))


def look_since(tx: Connection, what: Kept, asked: LastLook, *, is_patient: bool) -> bool:
    """Look, unless somebody began to after it was asked for, or is at it and is not waited for."""
    if not looks.lock(tx, f"a look keeps {what.name}", is_patient=is_patient):
        return False
    if looks.is_answered(asked, look_store.last(tx, what)):
        return False
    look_store.begin(tx, what)
    look_store.end(tx, what, msgspec.to_builtins(ASKED[what.name](tx)))
    return True


def checks(tx: Connection) -> tuple[Looked, datetime] | None:
    """What is doubtful, and when it was found; None if files came in since."""
    return _kept(tx, CHECKS, Looked)


def counts(tx: Connection) -> tuple[list[Counted], datetime] | None:
    """What stores did, and when they were counted; None if others serve a channel since."""
    return _kept(tx, COUNTS, list[Counted])


def figures(tx: Connection) -> tuple[FirstHour, datetime] | None:
    """How much is there, and when it was counted; None if files came in since."""
    return _kept(tx, FIGURES, FirstHour)


def _kept(tx: Connection, what: Kept, kind: Any) -> tuple[Any, datetime] | None:
    found = look_store.kept(tx, what)
    return found and (msgspec.convert(found[0], kind), found[1])


def _checked(tx: Connection) -> Looked:
    return Looked(answers=views.answers(tx, QUESTIONS), accuracy=rules.accuracy(views.tried(tx)))


ASKED: Mapping[str, Callable[[Connection], object]] = {
    CHECKS.name: _checked,
    COUNTS.name: launch_views.counted,
    FIGURES.name: lambda tx: views.first_hour(tx, nodes=None),
}
