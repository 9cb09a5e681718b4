"""What a process keeps in memory, compared with the database as of one transaction.

The database is asked in a snapshot; meanwhile the matrix goes on, and notes what it hears. A mark
that is sent after the snapshot comes when all that the snapshot saw is in the matrix; what was
heard and the snapshot had not seen is taken off again. So both are at the same transaction, and
nobody had to wait.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from noria.kit import clock
from noria.kit.db import Connection, Database, freeze
from noria.kit.feed import Snapshot, snapshot
from noria.promise import matrix_views
from noria.promise.keep_back_model import KeepBack
from noria.promise.matrix import Matrix, Recorded
from noria.promise.matrix_book import Fact, What, news, without
from noria.promise.matrix_terms import holds
from noria.promise.matrix_views import NodeTerms

PATIENCE_S = 5.0


class Difference(Struct, frozen=True, kw_only=True):
    """What memory says otherwise than the database, which is what is expected."""

    what: str
    sku: str | None
    node: str | None
    expected: str
    found: str


class Compared(Struct, frozen=True, kw_only=True):
    """How many numbers were compared as of a transaction, and where they differ.

    `heard_s`: how long after its commit a mark was heard.
    """

    transaction: int
    numbers: int
    heard_s: float
    differences: Sequence[Difference]


class _Seen(Struct, frozen=True, kw_only=True):
    """What the database said."""

    snapshot: Snapshot
    today: date
    facts: dict[Fact, int]
    nodes: Sequence[NodeTerms]
    rules: Sequence[KeepBack]


def compare(db: Database, matrix: Matrix, skus: Sequence[str]) -> Compared | None:
    """Compare these SKUs, and the terms; None if there is nothing to compare with at present."""
    loads = matrix.listen_along()
    if loads is None:
        return None
    with db.transaction() as tx:
        freeze(tx)
        seen = _ask(tx, skus)
    heard_s = _catch_up(db, matrix)
    here = matrix.recorded(skus)
    if heard_s is None or here is None or here.loads != loads:
        return None
    return Compared(
        transaction=seen.snapshot.xmax - 1,
        numbers=len(seen.facts) + len(seen.nodes) + len(seen.rules),
        heard_s=heard_s,
        differences=[*_of_facts(seen, here, set(skus)), *_of_terms(seen, here)],
    )


def _ask(tx: Connection, skus: Sequence[str]) -> _Seen:
    seen = snapshot(matrix_views.snapshot(tx))
    return _Seen(
        snapshot=seen,
        today=clock.now(tx).date(),
        facts={
            (What(what), sku, node): units
            for what, sku, node, units in matrix_views.facts(tx, skus)
        },
        nodes=matrix_views.nodes(tx),
        rules=matrix_views.rules(tx),
    )


def _catch_up(db: Database, matrix: Matrix) -> float | None:
    """Wait until the matrix has heard of all that was committed by now; how long it took."""
    with db.transaction() as tx:
        mark = matrix.feed.send_mark(tx)
    heard_s = mark.wait(PATIENCE_S)
    matrix.feed.forget(mark)
    return heard_s


def _of_facts(seen: _Seen, here: Recorded, skus: set[str]) -> Iterable[Difference]:
    later = [told for told in here.heard if not seen.snapshot.saw(told.transaction)]
    changes = (one for told in later for one in news(told.body).changes if one.sku in skus)
    kept = without(here.facts, changes)
    for key in sorted(kept.keys() | seen.facts.keys(), key=_in_order):
        expected, found = seen.facts.get(key, 0), kept.get(key, 0)
        if expected != found:
            what, sku, node = key
            yield Difference(
                what=what.value, sku=sku, node=node, expected=str(expected), found=str(found)
            )


def _of_terms(seen: _Seen, here: Recorded) -> Iterable[Difference]:
    """Nodes and rules; not if they were told to have changed just now."""
    if any(news(told.body).has_terms for told in here.heard):
        return
    kept = here.terms.known
    for node in seen.nodes:
        if kept.get(node.code) != node:
            yield _of_term("node", node.code, node, kept.get(node.code))
    before = {rule.id: rule for rule in here.terms.rules if holds(rule, seen.today)}
    now = {rule.id: rule for rule in seen.rules if holds(rule, seen.today)}
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield _of_term("rule", None, now.get(key), before.get(key))


def _of_term(what: str, node: str | None, expected: object, found: object) -> Difference:
    return Difference(what=what, sku=None, node=node, expected=repr(expected), found=repr(found))


def _in_order(key: Fact) -> tuple[str, str, str]:
    return key[0].value, key[1], key[2] or ""
