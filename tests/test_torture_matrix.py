"""The matrix of races can fail, and holds an operation where it says that it does."""

from contextlib import closing

import pytest

from noria.kit.db import Database
from noria.lab.torture import ground, matrix
from noria.lab.torture.operations import OPERATIONS, Operation
from noria.lab.torture.points import Gate, Watched

SALE = next(one for one in OPERATIONS if one.name == "sale")


@pytest.fixture
def db(url):
    with closing(Database(url, pool_size=4)) as database:
        database.run(ground.build)
        yield database


def check_then_act(tx, trial):
    """Take what is left, as it was a statement ago."""
    x = f"{trial}-x"
    query = "select quantity from balance where sku = %s and node = 'T1' and state = 'available'"
    [left] = tx.execute(query, [x]).fetchone()
    tx.execute(
        "update balance set quantity = %s where sku = %s and node = 'T1' and state = 'available'",
        [max(left - 1, 0), x],
    )


def taken(tx, trial):
    """The same in one statement, which is right."""
    tx.execute(
        "update balance set quantity = greatest(quantity - 1, 0)"
        " where sku = %s and node = 'T1' and state = 'available'",
        [f"{trial}-x"],
    )


@pytest.mark.parametrize(("act", "is_right"), [(check_then_act, False), (taken, True)])
def test_what_is_wrong_in_some_order_is_found(db, monkeypatch, act, is_right):
    pair = (Operation(name="planted", act=act), SALE)
    monkeypatch.setattr(matrix, "PAIRS", (pair,))
    found = matrix._race_pair(db, 0, range(12))
    assert (found.faults == []) is is_right


def test_a_gate_holds_one_statement_until_it_is_opened(tx):
    gate = Gate(stop=1)
    gate.open()
    watched = Watched(tx, gate)
    watched.execute("select 1")
    with watched.cursor() as cursor:
        assert cursor.execute("select 2").fetchone() == (2,)
    assert gate.passed == 2


def test_each_operation_has_a_name_of_its_own_and_needs_what_is_known():
    from noria.lab.torture.operations import THINGS

    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))
    assert {need for one in OPERATIONS for need in one.needs} <= THINGS.keys()
