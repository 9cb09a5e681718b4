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
from noria.tower import audit_rules, audit_views, standing_actions, store
from noria.tower.audit_model import AuditElsewhere, Place, Run, Told
from noria.tower.checks import CHECKS

Step = Callable[[int, int], None]


class _Wanted(Struct, frozen=True, kw_only=True):
    """What a run looks at, decided when it begins, and how far it has come."""

    since: datetime | None
    lately: datetime | None
    skus: int
    slice_skus: int
    slice_nodes: int
    place: Place


def audit(
    db: Database, run_id: str, *, is_full: bool, asked_by: str, step: Step | None = None
) -> Run:
    """Audit, write down what was found, and return the run as it ended.

    A run of this id that is under way goes on where it was. Without a finished audit before it,
    every new audit is a full one. `step` is told how many SKUs of how many were looked at, between
    two snapshots; it may raise, and the run stays as far as it is.

    Raises:
        AuditElsewhere: another process goes on with this run.
    """
    wanted = db.run(lambda tx: _begin(tx, run_id, is_full=is_full, asked_by=asked_by))
    place = wanted.place
    if step is not None:
        step(place.skus_done, wanted.skus)
    by_sku = [check for check in CHECKS if check.is_by_sku]
    while not place.are_skus_done:
        part = db.run(lambda tx, low=place.after_sku: _next(tx, wanted, low))  # type: ignore[misc]
        place = _look(db, run_id, by_sku, part.scope, place, place.behind(part.high, part.skus))
        if step is not None:
            step(place.skus_done, wanted.skus)
    by_node = [check for check in CHECKS if check.is_by_node]
    while not place.are_nodes_done:
        above = db.run(lambda tx, low=place.after_node: _nodes(tx, wanted, low))  # type: ignore[misc]
        place = _look(db, run_id, by_node, above, place, place.behind_node(above.high_node))
        if step is not None:
            step(place.skus_done, wanted.skus)
    scope = db.run(lambda tx: _whole(tx, wanted))
    db.run(standing_actions.look)  # rows of exceptions are asked about next, and first
    for check in CHECKS:
        if not (check.is_by_sku or check.is_by_node) and check.name not in place.asked:
            place = _look(db, run_id, [check], scope, place, place)
            if step is not None:
                step(place.skus_done, wanted.skus)
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
    balances = audit_views.guess_balances(tx)
    size = audit_rules.slice_size(parts=audit_views.count_skus(tx, None), balances=balances)
    nodes = audit_rules.slice_size(parts=audit_views.count_nodes(tx), balances=balances)
    going = store.under_way(tx, run_id)
    if going is None:
        going = _new(tx, run_id, is_full=is_full, asked_by=asked_by)
    since, lately, skus = going
    place = store.place(tx, run_id)
    assert place is not None, "it has just begun"
    return _Wanted(
        since=since, lately=lately, skus=skus, slice_skus=size, slice_nodes=nodes, place=place
    )


def _new(
    tx: Connection, run_id: str, *, is_full: bool, asked_by: str
) -> tuple[datetime | None, datetime | None, int]:
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
    return since, lately, skus


def _next(tx: Connection, wanted: _Wanted, low: str | None) -> audit_views.Slice:
    return audit_views.next_slice(tx, low, wanted.since, size=wanted.slice_skus)


def _nodes(tx: Connection, wanted: _Wanted, low: str | None) -> Scope:
    high = audit_views.last_of_slice(tx, low, size=wanted.slice_nodes)
    return Scope(low_node=low, high_node=high)


def _whole(tx: Connection, wanted: _Wanted) -> Scope:
    """What is looked at in one go: everything, or the orders and movements since."""
    if wanted.since is None:
        return Scope()
    return Scope(
        since=wanted.since,
        lately=wanted.lately,
        orders=audit_views.touched_orders(tx, wanted.since),
    )


def _look(
    db: Database, run_id: str, asked: Sequence[Check], scope: Scope, place: Place, after: Place
) -> Place:
    """Ask about a part, and write what came of it together with the place behind it."""
    after = after.with_asked(check.name for check in asked)
    with db.transaction() as tx:
        freeze(tx)
        tx.execute("set transaction read only")
        # A plan made for a slice is a bad one for everything, and the other way round. Sums over
        # a slice should fit in memory: on disk they take ten times as long.
        tx.execute("set local plan_cache_mode = force_custom_plan")
        tx.execute("set local work_mem = '128MB'")
        results, findings = checks.ask(tx, asked, scope)

    def write(tx: Connection) -> None:
        if store.place(tx, run_id) != place:
            raise AuditElsewhere(id=run_id)
        store.add(tx, run_id, results, findings, after)

    db.run(write)
    return after


def _end(tx: Connection, run_id: str) -> Run:
    store.end(tx, run_id)
    ended = audit_views.run(tx, run_id)
    _tell(tx, "audit.finished", ended)
    return ended


def _tell(tx: Connection, kind: str, run: Run) -> None:
    wrong = [one.name for one in audit_views.results(tx, run.id) if one.differences]
    told = Told(is_full=run.is_full, differences=run.differences, checks=wrong)
    events.publish(tx, [Event(type=kind, subject=f"audit:{run.id}", data=told)])
