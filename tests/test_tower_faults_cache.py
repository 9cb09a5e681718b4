"""A copy in memory that went stale: found, told, and mended."""

import pytest

import world
from auditor import findings
from noria.kit import metrics
from noria.promise.matrix import Matrix
from noria.promise.matrix_run import Watch
from test_promise_matrix import until

STALE = [
    (
        "news of a shelf was lost",
        lambda db, _: without_news(db, "balance", lambda tx: world.shelve(tx, "PAR", mug=7)),
        ("matrix:web1:shelf:mug:PAR", "7", "5"),
    ),
    (
        "news of a buffer was lost",
        lambda db, _: without_news(
            db, "node", lambda tx: tx.execute("update node set buffer_units = 3")
        ),
        None,
    ),
    (
        "a number in memory was spoilt",
        lambda _, matrix: matrix.feed._follower._book.cells.add(0, 1, 4),
        ("matrix:web1:shelf:mug:PAR", "5", "9"),
    ),
]


@pytest.mark.parametrize(("because", "spoil", "expected"), STALE, ids=[one[0] for one in STALE])
def test_a_stale_cache_is_found_told_and_mended(db, because, spoil, expected):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
    matrix = Matrix(db.url)
    matrix.feed.start()
    watch = Watch(db, matrix, "web1")
    until(lambda: matrix.is_in_sync)
    assert checked(watch).differences == []
    spoil(db, matrix)
    assert checked(watch).differences != [], because
    until(lambda: matrix.feed.loads == 2 and matrix.is_in_sync)
    assert checked(watch).differences == [], "it was loaded anew"
    matrix.feed.close()
    with db.transaction() as tx:
        told = [one for one in findings(tx) if one.check == "matrix.copy"]
        if expected is not None:
            (one,) = told
            assert (one.subject, one.expected, one.found) == expected
            assert one.movement is not None, "what moved there last"
        assert told
        metrics.page(db)


def checked(watch):
    """What the next look finds; it may be put off for a moment."""
    return next(found for _ in range(20) if (found := watch.check()) is not None)


def without_news(db, table, change):
    """Change something, and nobody is told."""
    with db.transaction() as tx:
        tx.execute(f"alter table {table} disable trigger user")
        change(tx)
        tx.execute(f"alter table {table} enable trigger user")
