"""Units by state that nobody counts: what was added up, and what moved since, are what lies there."""

import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.stock import total_actions, total_views
from noria.tower import today_views

QUERY = """
    select state::text, sum(quantity)::bigint from balance
    where state <> 'outside' and (%(node)s::text is null or node = %(node)s) group by state
"""


def counted(tx, node=None):
    found = tx.execute(QUERY, {"node": node}).fetchall()
    return {state: int(units) for state, units in found if units}


@pytest.fixture
def near(monkeypatch):
    """Never so far behind that the shelves are counted instead."""
    monkeypatch.setattr(total_views, "FAR", 10**9)


@pytest.fixture
def far(monkeypatch):
    monkeypatch.setattr(total_views, "FAR", -1)


def live(tx):
    """Units that lie at two nodes, are held, and have left."""
    world.shelve(tx, "PAR", mug=40, bowl=3)
    world.shelve(tx, "LYS", mug=5)
    world.accept(tx, world.order("o1", mug=2))
    world.accept(tx, world.order("o2", bowl=1))
    world.send(tx, "o1.1")


def both(tx):
    for node in (None, "PAR", "LYS", "SHOP"):
        nodes = None if node is None else [node]
        assert total_views.units(tx, nodes) == counted(tx, node), node
    each = {one.node: one.units for one in total_views.by_node(tx)}
    assert each == {node: counted(tx, node) for node in ("LYS", "PAR") if counted(tx, node)}
    assert [one.node for one in total_views.by_node(tx, after="LYS")] == [*each][1:]
    assert {one.node for one in total_views.by_node(tx, nodes=["LYS"], limit=1)} <= {"LYS"}


def test_totals_are_what_lies_there_however_far_they_have_come(retail, near):
    both(retail)
    live(retail)
    both(retail)
    assert counted(retail) == {"available": 45, "reserved": 1}
    while total_actions.follow(retail, limit=2):
        both(retail)
    both(retail)
    assert retail.execute("select sum(units) from level_total").fetchone() == (46,)
    world.shelve(retail, "LYS", mug=9)
    both(retail)
    assert total_actions.follow(retail) is False
    assert total_actions.follow(retail) is False, "nothing is added up twice"
    both(retail)
    assert today_views.today(retail).units == counted(retail)


def test_whoever_sees_one_node_is_told_of_that_alone(db):
    with db.transaction() as tx:
        world.build(tx)
        live(tx)
    with calling(db, Permission.STOCK_READ, nodes=("LYS",)) as client:
        found = client.get("/v1/node-units").json()["items"]
        assert found == [{"node": "LYS", "units": {"available": 5}}]
        assert client.get("/v1/node-units?node=PAR").json()["items"] == []


def test_far_behind_the_book_the_shelves_are_counted(retail, far):
    live(retail)
    both(retail)
