"""Verbs of the ledger's history: tell it, sum it up, undo a movement, keep what balances were."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.ids import uuid7
from noria.stock import actions, history_rules, history_store, history_views
from noria.stock.history_model import (
    Basis,
    CorrectedAlready,
    Correction,
    History,
    Mark,
    Period,
    Wanted,
)
from noria.stock.model import Gap, Movement

LOOKED_AT = 2000
"""Moves that one page of a filtered history looks at, before it is handed over as it stands."""

EVERYTHING = Wanted()


def entries(
    tx: Connection,
    sku: str,
    node: str,
    *,
    wanted: Wanted = EVERYTHING,
    mark: Mark | None = None,
    limit: int = 100,
) -> History:
    """Why a SKU's balances at a node are what they are: newest first, each with before and after.

    Told back from the balances of today, so a first page costs the same after ten years; with an
    `until`, from those of a cut after it. Ask in a frozen transaction: it is two questions.
    """
    origin = mark or history_views.start(tx, sku, node, wanted.until)
    looked_at = 2 + (limit if wanted == EVERYTHING else max(LOOKED_AT, limit))
    ends = history_views.ends(tx, sku, node, top=origin, since=wanted.since, limit=looked_at)
    is_all = len({(end.seq, end.line) for end in ends}) < looked_at
    return history_rules.retrace(ends, origin, wanted=wanted, limit=limit, is_all=is_all)


def period(tx: Connection, sku: str, node: str, *, since: datetime, until: datetime) -> Period:
    """What a SKU's places at a node held, took in, gave out, and held, in the order of the book."""
    held = history_views.balances_at(
        tx, since, Basis.RECORDED, skus=[sku], nodes=[node], limit=None
    )
    flows = history_views.flows(tx, sku, node, since=since, until=until)
    return Period(
        sku=sku,
        node=node,
        since=since,
        until=until,
        states=history_rules.period({one.state: one.quantity for one in held}, flows),
    )


def correct(
    tx: Connection,
    movement_id: str,
    correction_id: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> tuple[Correction, Sequence[Gap]]:
    """Undo a movement by its mirror image, once, and with it what was found so that it fitted.

    Raises:
        NotFound: there is no such movement.
        NotCorrectable: it is one half of something that is kept elsewhere too.
        CorrectedAlready: somebody was faster, or it is long done.
        IdReused: a movement with the correction's id is in the book.
    """
    if not history_store.lock_movement(tx, movement_id):
        raise NotFound(what="movement", id=movement_id)
    if (by := history_views.corrected_by(tx, movement_id)) is not None:
        raise CorrectedAlready(movement=movement_id, by=by)
    wrong = _known(tx, movement_id)
    history_rules.check_correctable(wrong)
    mirrors = [history_rules.mirrored(wrong, correction_id, reason)]
    for found in history_views.found_for(tx, movement_id):
        mirror_id = uuid7(int(now.timestamp() * 1000))
        mirrors.append(history_rules.mirrored(_known(tx, found), mirror_id, reason))
    gaps = actions.book(tx, mirrors, actor=actor, now=now)
    done = Correction(
        id=correction_id, movement=movement_id, happened_at=wrong.happened_at, recorded_at=now
    )
    return done, gaps


def cut(tx: Connection, *, now: datetime, is_forced: bool = False) -> int:
    """Keep what balances are, if it is time to; how many numbers of moves that covers."""
    made_at, tail = history_views.last_cut(tx)
    if is_forced or history_rules.is_cut_due(made_at, tail, now):
        return history_store.cut(tx, now=now)
    return 0


def horizon(tx: Connection) -> int | None:
    """The seq up to which every move is decided; None if a writer takes too long to wait for."""
    return history_store.horizon(tx)


def _known(tx: Connection, movement_id: str) -> Movement:
    found = history_views.movement(tx, movement_id)
    assert found is not None
    return found
