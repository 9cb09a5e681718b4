"""Verbs of value: follow the ledger of units, spread what it cost to get goods here."""

from datetime import UTC, datetime

from noria.kit import trail
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.stock import history_actions
from noria.value import grade_store, rules, state_store, store, views
from noria.value.model import (
    Booked,
    CostFrom,
    LandedCost,
    NewEntry,
    NewLandedCost,
    NothingReceived,
)

STRETCH = 20_000
"""Numbers of moves that one transaction looks at."""
FAR = 200_000
"""Behind the book by more moves than this, it is cheaper to divide all shelves anew afterwards."""

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def follow(tx: Connection, *, limit: int = STRETCH) -> Booked:
    """Book the value of the next moves, each once, in the order of the book; how far it is then.

    Nobody who moves units waits for it, or knows of it: it looks only at moves that are decided.
    """
    known = store.lock(tx)
    horizon = history_actions.horizon(tx)
    if horizon is None or horizon <= known.seq:
        return Booked(seq=known.seq, at=known.at, is_current=horizon is not None)
    top = min(horizon, known.seq + limit)
    crossings = views.crossings(tx, known.seq, top)
    keys = {
        (one.sku, node)
        for one in crossings
        for node in (one.source, one.target)
        if node is not None
    }
    worths = store.worths(tx, sorted(keys))
    entries, changed = rules.follow(
        crossings, worths, views.costs(tx, crossings), since=known.at or LONG_AGO
    )
    is_near = horizon - top <= FAR
    is_divided = is_near and state_store.is_settled(tx, known.seq)
    is_graded = is_near and grade_store.is_settled(tx, known.seq)
    if is_divided:
        state_store.follow(tx, known.seq, top, changed)
    store.save(tx, entries, changed)
    at = entries[-1].at if entries else known.at
    store.advance(tx, top, at)
    if is_divided:
        state_store.advance(tx, known.seq, top)
    if is_graded:
        grade_store.follow(tx, known.seq, top, changed)
        grade_store.advance(tx, top)
    return Booked(seq=top, at=at, is_current=top == horizon)


def settle(tx: Connection) -> bool:
    """Divide every shelf's value over its states where the totals do not hold; whether it was done.

    Likewise over its grades. Who books value waits for it, and whoever changes a SKU's currency.
    """
    known = store.lock(tx)
    divided = state_store.lock(tx)
    is_graded = grade_store.is_settled(tx, known.seq)
    if not is_graded:
        grade_store.grade_all(tx)
        grade_store.advance(tx, known.seq)
    if divided != known.seq:
        state_store.divide_all(tx)
        state_store.advance(tx, divided, known.seq)
    return not is_graded or divided != known.seq


def land(
    tx: Connection, landed_id: str, new: NewLandedCost, *, actor: str, now: datetime
) -> LandedCost:
    """Spread a cost over what was received: units that are there are worth more from now on.

    Raises:
        NotFound: there is no such receipt.
        NothingReceived: it has no lines to spread over.
        IdReused: a landed cost with this id exists.
    """
    node = views.node_of_receipt(tx, new.receipt)
    if node is None:
        raise NotFound(what="receipt", id=new.receipt)
    lines = views.received_units(tx, new.receipt)
    if not lines:
        raise NothingReceived(receipt=new.receipt)
    known = store.lock(tx)
    worths = store.worths(tx, [(line.sku, node) for line in lines])
    there = {sku: worth.units for (sku, _), worth in worths.items()}
    shares = rules.landed(new.amount_cents, lines, new.spread_by, there)
    if not store.insert_landed(tx, landed_id, new, shares, actor=actor, now=now):
        raise IdReused(id=landed_id)
    at = max(now, known.at or LONG_AGO)
    entries, changed = [], {}
    for share in shares:
        if share.in_stock_cents:
            key = share.sku, node
            worth = rules.plus(worths[key], 0, share.in_stock_cents)
            changed[key] = worth
            entries.append(
                NewEntry(
                    move_seq=None,
                    movement_id=None,
                    line=None,
                    cause=f"landed:{landed_id}",
                    sku=share.sku,
                    node=node,
                    units=0,
                    value_cents=share.in_stock_cents,
                    cost_from=CostFrom.LANDED,
                    units_after=worth.units,
                    value_after_cents=worth.value_cents,
                    at=at,
                )
            )
    if state_store.is_settled(tx, known.seq):
        state_store.follow(tx, known.seq, known.seq, changed)
    store.save(tx, entries, changed)
    store.advance(tx, known.seq, at)
    if grade_store.is_settled(tx, known.seq):
        grade_store.follow(tx, known.seq, known.seq, changed)
    return next(one for one in views.landed_costs(tx, new.receipt) if one.id == landed_id)


def set_grade(tx: Connection, grade: str, percent: int, *, actor: str) -> int:
    """Say what a returned unit of a condition is worth, in percent of its cost.

    Raises:
        NotFound: there is no such condition.
    """
    known = store.lock_grade(tx, grade)
    if known is None:
        raise NotFound(what="grade", id=grade)
    if known == percent:
        return percent
    trail.record(
        tx, actor=actor, action="grade.changed", subject=grade, before=known, after=percent
    )
    store.set_grade(tx, grade, percent)
    return percent
