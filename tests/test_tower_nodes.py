"""How nodes stand now: open or not, what leaves next, and the load beside the capacity."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria import __version__
from noria.network.model import Capacity, Closure, NodeKind
from noria.tower import node_rules, today_views
from noria.tower.today_model import NodeLoad

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday, ten in Paris."""


def load(units=12):
    return NodeLoad(
        node="PAR",
        name="Par",
        kind="warehouse",
        latitude=48.85,
        longitude=2.35,
        is_open=True,
        legs=3,
        units=units,
        late_legs=1,
        units_per_day=None,
        orders_per_day=None,
    )


@pytest.mark.parametrize(
    ("because", "given", "at", "told"),
    [
        ("by day it is open", {}, MORNING, (True, "21:00", "15:00 HOME")),
        (
            "by night it opens next",
            {},
            MORNING - timedelta(hours=5),
            (False, "05:00", "15:00 HOME"),
        ),
        (
            "what does not work neither opens nor sends",
            {"is_open": False},
            MORNING,
            (False, "", ""),
        ),
        ("nothing calls there", {"departures": ()}, MORNING, (True, "21:00", "")),
    ],
)
def test_how_a_node_stands(because, given, at, told):
    node = structs.replace(world.node("PAR"), **given)
    found = node_rules.standing(node, load(), frozenset(), {}, at)
    leaves = found.next_cut_off
    said = (
        found.is_open,
        f"{found.changes_at:%H:%M}" if found.changes_at else "",
        f"{leaves.at:%H:%M} {leaves.service}" if leaves else "",
    )
    assert said == told, because


def test_the_capacity_is_that_of_the_day_there():
    node = world.node("PAR", units_per_day=100, capacities=(Capacity(weekday=0, units=20),))
    monday = node_rules.standing(node, load(), frozenset(), {}, MORNING)
    sunday = node_rules.standing(node, load(), frozenset(), {}, MORNING - timedelta(hours=12))
    assert (monday.units, monday.units_today, sunday.units_today) == (12, 20, 100)


def test_a_closed_day_is_none_to_open_on():
    node = world.node("PAR", closures=(Closure(day=MORNING.date(), reason="works"),))
    found = node_rules.standing(node, None, frozenset(), {}, MORNING)
    assert (found.is_open, found.changes_at, found.legs) == (
        False,
        datetime(2026, 11, 24, 5, tzinfo=UTC),
        None,
    )


def test_what_waits_at_a_node_is_its_load(retail):
    world.shelve(retail, "PAR", mug=4)
    world.accept(retail, world.order("o1", mug=3))
    (found,) = today_views.loads(retail, ["PAR"])
    assert (found.legs, found.units) == (1, 3)


def test_nodes_page_by_page_and_what_runs_here(db):
    with db.transaction() as tx:
        world.build(tx)
    with calling(db) as client:

        def codes(**query):
            found = client.get("/v1/tower/nodes", params=query).json()
            return [one["node"] for one in found["items"]], found["next"]

        first, more = codes(limit=3)
        assert first + codes(cursor=more)[0] == ["LYS", "PAR", "PRINT", "SHOP"]
        assert codes(kind=NodeKind.STORE.value)[0] == ["SHOP"]
        assert codes(q="pr")[0] == ["PRINT"]
        assert codes(q="100%")[0] == []
        about = client.get("/v1/about").json()
        assert (about["missing"], about["version"]) == ([], __version__)
        assert about["database_bytes"] > 0
        assert int(about["last_migration"][:4]) >= about["migrations"]
