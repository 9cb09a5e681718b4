"""Waves and walks as tables: what goes together, and in which order it is walked."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.work import route_rules, rules
from noria.work.fact_model import (
    AlreadyConfirmed,
    Meant,
    MoreThanWanted,
    UnitsUnaccounted,
    WrongSku,
)
from noria.work.fact_rules import check_finished, laid
from noria.work.model import Part, Wanted, WaveKind, WorkSetting, kind_of
from noria.work.route_rules import Floor, length, route
from world import MONDAY

FLOOR = Floor(aisle_mm=3000, bay_mm=1000, last_bay=9)


def wanted(key, *, kind=WaveKind.CART, minutes=240, grams=100, **units):
    parts = [Part(sku=sku, units=count) for sku, count in units.items()]
    deadline = MONDAY + timedelta(minutes=minutes)
    return Wanted(id=key, kind=kind, deadline=deadline, weight_g=grams, parts=parts)


LIES = {
    "mug": [("A1", 1, 1, 0)],
    "cup": [("A2", 2, 5, 0)],
    "bowl": [("A9", 9, 3, 0)],
    "both": [("A1b", 1, 8, 0), ("A9b", 9, 1, 0)],
}


def made(*tasks, **setting):
    found = rules.waves(tasks, LIES, WorkSetting(**setting), now=MONDAY)
    return [(one.kind.value, list(one.tasks)) for one in found]


@pytest.mark.parametrize(
    ("because", "kind", "facts"),
    [
        ("one SKU", WaveKind.SINGLE, {"skus": 1}),
        ("several by cart", WaveKind.CART, {"skus": 2}),
        ("who collects waits for it", WaveKind.PICKUP, {"skus": 1, "is_pickup": True}),
        ("a store's shelves", WaveKind.PALLET, {"skus": 9, "is_transfer": True}),
    ],
)
def test_how_a_task_is_worked_on(because, kind, facts):
    assert kind_of(**({"is_transfer": False, "is_pickup": False} | facts)) is kind, because


WAVES = [
    ("kinds are never mixed", [wanted("a", mug=1), wanted("b", kind=WaveKind.SINGLE, mug=1)], {},
     [("single", ["b"]), ("cart", ["a"])]),
    ("the more urgent wave comes first", [wanted("a", mug=1), wanted("b", kind=WaveKind.PALLET, minutes=60, cup=1)],
     {}, [("pallet", ["b"]), ("cart", ["a"])]),
    ("departures too far apart", [wanted("a", mug=1), wanted("b", minutes=361, mug=1)], {},
     [("cart", ["a"]), ("cart", ["b"])]),
    ("just near enough", [wanted("a", mug=1), wanted("b", minutes=360, mug=1)], {}, [("cart", ["a", "b"])]),
    ("as many as the cart has slots; who lies near goes along",
     [wanted("a", mug=1), wanted("b", bowl=1), wanted("c", mug=1)], {"cart_slots": 2},
     [("cart", ["a", "c"]), ("cart", ["b"])]),
    ("no more units than can be carried", [wanted("a", mug=3), wanted("b", mug=3), wanted("c", mug=1)],
     {"units": 4}, [("cart", ["a", "c"]), ("cart", ["b"])]),
    ("nor grams", [wanted("a", grams=600, mug=1), wanted("b", grams=600, mug=1)], {"weight_g": 1000},
     [("cart", ["a"]), ("cart", ["b"])]),
    ("one that is too large goes alone", [wanted("a", mug=900)], {"units": 4}, [("cart", ["a"])]),
    ("no longer than a walk may be", [wanted("a", mug=10), wanted("b", cup=10)],
     {"minutes": 1, "stop_seconds": 30, "unit_seconds": 1}, [("cart", ["a"]), ("cart", ["b"])]),
    ("nor than is left until it leaves", [wanted("a", minutes=1, mug=10), wanted("b", minutes=1, cup=10)],
     {"stop_seconds": 30, "unit_seconds": 1}, [("cart", ["a"]), ("cart", ["b"])]),
    ("what is late is not made slower by that", [wanted("a", minutes=-5, mug=10), wanted("b", minutes=-5, cup=10)],
     {"stop_seconds": 30, "unit_seconds": 1}, [("cart", ["a", "b"])]),
    ("what lies nowhere comes last", [wanted("a", vase=1), wanted("b", mug=1)], {}, [("cart", ["b", "a"])]),
    ("nothing to do", [], {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("because", "tasks", "setting", "waves"), WAVES)
def test_waves(because, tasks, setting, waves):
    assert made(*tasks, **setting) == waves, because
    assert made(*reversed(tasks), **setting) == waves, "whatever order they come in"


ROUTES = [
    ("nothing", [], []),
    ("one is fetched from the front", [(3, 2)], [(3, 2)]),
    ("bays in order", [(0, 5), (0, 1)], [(0, 1), (0, 5)]),
    (
        "deep in two aisles: up one, down the other",
        [(1, 9), (2, 9), (2, 1)],
        [(1, 9), (2, 9), (2, 1)],
    ),
    ("shallow in two: in and out", [(1, 1), (2, 1)], [(1, 1), (2, 1)]),
    ("twice the same spot is one stop", [(1, 1), (1, 1)], [(1, 1)]),
]


@pytest.mark.parametrize(("because", "spots", "walked"), ROUTES)
def test_a_walk(because, spots, walked):
    assert route(spots, FLOOR) == walked, because


spots = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=6, unique=True)


@settings(max_examples=60, deadline=None)
@given(spots)
def test_a_walk_is_no_longer_than_simple_ones_and_near_the_shortest(found):
    walked = route(found, FLOOR)
    assert sorted(walked) == sorted(found)
    shortest = min(length(one, FLOOR) for one in permutations(found))
    assert length(walked, FLOOR) <= length(sorted(found), FLOOR)
    assert shortest <= length(walked, FLOOR) <= 1.6 * shortest


def test_a_sku_is_taken_where_the_walk_goes_anyhow():
    chosen = route_rules.chosen(["both", "bowl"], LIES)
    assert chosen["both"][0] == "A9b"
    assert route_rules.chosen(["both", "vase"], LIES) == {"both": ("A1b", 1, 8, 0)}


def test_stops_say_what_goes_into_which_slot():
    parts = {
        "t1": [Part(sku="mug", units=2), Part(sku="cup", units=1)],
        "t2": [Part(sku="mug", units=1)],
    }
    stops, metres = rules.walk({"t2": 2, "t1": 1}, parts, LIES, {"mug": "Mug"}, FLOOR)
    assert [(one.location, one.sku, one.units) for one in stops] == [
        ("A1", "mug", 3),
        ("A2", "cup", 1),
    ]
    assert [(one.slot, one.task, one.units) for one in stops[0].slots] == [
        (1, "t1", 2),
        (2, "t2", 1),
    ]
    assert metres == length([(1, 1), (2, 5)], FLOOR) / 1000


def parts(**left):
    return [Part(sku=sku, units=units, picked=picked) for sku, (units, picked) in left.items()]


LAID = [
    ("slot by slot", 3, {"t2": parts(mug=(2, 0)), "t1": parts(mug=(2, 1))}, [("t1", 1), ("t2", 2)]),
    ("what is confirmed wants no more", 1, {"t1": parts(mug=(1, 1)), "t2": parts(mug=(1, 0))}, [("t2", 1)]),
    ("another SKU", 1, {"t1": parts(cup=(1, 0))}, WrongSku),
    ("all is there", 1, {"t1": parts(mug=(1, 1))}, AlreadyConfirmed),
    ("a pack of six for four", 6, {"t1": parts(mug=(4, 0))}, MoreThanWanted),
]  # fmt: skip


@pytest.mark.parametrize(("because", "units", "tasks", "goes"), LAID)
def test_what_is_scanned_goes_where_it_is_wanted(because, units, tasks, goes):
    def told():
        return laid(Meant(sku="mug", units=units), tasks, {"t1": 1, "t2": 2}, about="w")

    if isinstance(goes, list):
        assert [(one.task, one.units) for one in told()] == goes, because
    else:
        with pytest.raises(goes):
            told()


def test_what_is_not_accounted_for_is_not_finished():
    check_finished("t1", [Part(sku="mug", units=2, picked=1, missing=1)])
    with pytest.raises(UnitsUnaccounted):
        check_finished("t1", [Part(sku="mug", units=2, picked=1)])
