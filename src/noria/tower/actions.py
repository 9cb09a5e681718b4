"""The audit: compare everything that is said twice, slice by slice, and keep what was found.

Each slice is looked at in one snapshot of its own, so a long audit neither blocks a writer nor
keeps old rows alive for long, and whatever moves meanwhile is either wholly in it or wholly not.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from noria.kit import checks, clock, events
from noria.kit.checks import Check, Scope
from noria.kit.db import Connection, Database, freeze
from noria.kit.errors import Text
from noria.kit.event import Event
from noria.tower import audit_rules, audit_views, store
from noria.tower.audit_model import Run, Told
from noria.tower.checks import CHECKS

Step = Callable[[int, int], None]


class _Wanted(Struct, frozen=True, kw_only=True):
    """What a run looks at, decided when it begins."""

    since: datetime | None
    lately: datetime | None
    skus: int
    slice_skus: int


def audit(
    db: Database, run_id: str, *, is_full: bool, asked_by: str, step: Step | None = None
) -> Run:
    """Audit, write down what was found, and return the run as it ended.

    Without a finished audit before it, every audit is a full one. `step` is told how many SKUs of
    how many were looked at, between two snapshots; it may raise, and the run has failed then.
    """
    wanted = db.run(lambda tx: _begin(tx, run_id, is_full=is_full, asked_by=asked_by))
    done, low = 0, None
    while True:
        part = db.run(lambda tx, low=low: _next(tx, wanted, low))  # type: ignore[misc]
        by_sku = [check for check in CHECKS if check.is_by_sku]
        _look(db, run_id, by_sku, part.scope, skus=part.skus)
        done += part.skus
        if step is not None:
            step(done, wanted.skus)
        if part.high is None:
            break
        low = part.high
    whole = [check for check in CHECKS if not check.is_by_sku]
    _look(db, run_id, whole, db.run(lambda tx: _whole(tx, wanted)), skus=0)
    return db.run(lambda tx: _end(tx, run_id))


def fail(db: Database, run_id: str, why: Text) -> None:
    """Write that a run did not come to its end, and tell."""

    def work(tx: Connection) -> None:
        store.end(tx, run_id, failure=why)
        _tell(tx, "audit.failed", audit_views.run(tx, run_id))

    db.run(work)


def forget_old(tx: Connection, *, now: datetime) -> int:
    """Drop runs that are older than we promise to keep them. `now` is machine time."""
    return store.forget_old(tx, now=now)


def _begin(tx: Connection, run_id: str, *, is_full: bool, asked_by: str) -> _Wanted:
    store.abandon(tx, audit_rules.ABANDONED)
    last = next(iter(audit_views.runs(tx, has_ended=True, limit=1)), None)
    is_full = is_full or last is None
    since = None if is_full or last is None else last.at - audit_rules.MARGIN
    lately = None if is_full or last is None else last.began_at - audit_rules.MARGIN
    skus = audit_views.count_skus(tx, since)
    store.begin(
        tx,
        run_id,
        is_full=is_full,
        asked_by=asked_by,
        at=clock.now(tx),
        since=since,
        lately=lately,
        skus=skus,
    )
    size = audit_rules.slice_skus(
        skus=audit_views.count_skus(tx, None), balances=audit_views.guess_balances(tx)
    )
    return _Wanted(since=since, lately=lately, skus=skus, slice_skus=size)


def _next(tx: Connection, wanted: _Wanted, low: str | None) -> audit_views.Slice:
    return audit_views.next_slice(tx, low, wanted.since, size=wanted.slice_skus)


def _whole(tx: Connection, wanted: _Wanted) -> Scope:
    """What is looked at in one go: everything, or the orders and movements since."""
    if wanted.since is None:
        return Scope()
    return Scope(
        since=wanted.since,
        lately=wanted.lately,
        orders=audit_views.touched_orders(tx, wanted.since),
    )


def _look(db: Database, run_id: str, asked: Sequence[Check], scope: Scope, *, skus: int) -> None:
    with db.transaction() as tx:
        freeze(tx)
        tx.execute("set transaction read only")
        # A plan made for a slice is a bad one for everything, and the other way round. Sums over
        # a slice should fit in memory: on disk they take ten times as long.
        tx.execute("set local plan_cache_mode = force_custom_plan")
        tx.execute("set local work_mem = '128MB'")
        results, findings = checks.ask(tx, asked, scope)
    db.run(lambda tx: store.add(tx, run_id, results, findings, skus=skus))


def _end(tx: Connection, run_id: str) -> Run:
    store.end(tx, run_id)
    ended = audit_views.run(tx, run_id)
    _tell(tx, "audit.finished", ended)
    return ended


def _tell(tx: Connection, kind: str, run: Run) -> None:
    wrong = [one.name for one in audit_views.results(tx, run.id) if one.differences]
    told = Told(is_full=run.is_full, differences=run.differences, checks=wrong)
    events.publish(tx, [Event(type=kind, subject=f"audit:{run.id}", data=told)])
