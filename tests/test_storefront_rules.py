"""Whose turn it is: in the order of asking, and no more people than units."""

import pytest
from msgspec import structs

from noria.messages.outbox_model import Medium
from noria.promise.model import Available
from noria.storefront import rules
from noria.storefront.model import Open


def shelf(node, units, unsourced=0, **kept):
    return Available(
        sku="mug", node=node, units=units, on_shelf=units, expired=0, buffer=kept.pop("buffer", 0),
        is_made=False, unsourced=unsourced, **kept,
    )  # fmt: skip


LEFT = [
    ([shelf("PAR", 3)], {}, {"PAR": 3}, "nobody was told yet"),
    ([shelf("PAR", 3)], {"PAR": 2}, {"PAR": 1}, "two were told, and it is still their turn"),
    ([shelf("PAR", 1)], {"PAR": 2}, {"PAR": 0}, "fewer than were told: never below nothing"),
    ([shelf("PAR", 4, buffer=1)], {}, {"PAR": 3}, "what is kept back is nobody's news"),
    (
        [shelf("PAR", 3, unsourced=2), shelf("LYS", 2, unsourced=2)], {}, {"PAR": 1, "LYS": 2},
        "two are ordered already, and at no node yet: they go first, once and not at each node",
    ),
    (
        [shelf("PAR", 1, unsourced=9), shelf("LYS", 2, unsourced=9)], {}, {"PAR": 0, "LYS": 0},
        "all of it is ordered already",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "spoken", "left", "because"), LEFT)
def test_units_that_are_news(shown, spoken, left, because):
    assert rules.left(shown, spoken) == left, because


def waiting(key, store=None):
    return Open(
        id=key, sku="mug", channel=None, store=store, country=None if store else "FR",
        postcode=None if store else "75001", medium=Medium.EMAIL, shopper=None, hold_minutes=0,
    )  # fmt: skip


def reach(one, left):
    """Whoever names a store wants it there; nobody reaches the moon; others get it from the first."""
    if one.id.startswith("moon"):
        return None
    return one.store if one.store in left else None if one.store else min(left, default=None)


TURNS = [
    ("a b c", {"PAR": 2}, "a:PAR b:PAR", "two units, two people: who asked first"),
    ("a b c", {}, "", "nothing is there"),
    ("a b", {"LYS": 1, "PAR": 1}, "a:LYS b:PAR", "one unit each, wherever it lies"),
    ("moon a", {"PAR": 1}, "a:PAR", "who cannot be reached holds up nobody"),
    ("a@SHOP b", {"PAR": 1}, "b:PAR", "none at the store that is asked for; others go on"),
    ("a@SHOP b", {"SHOP": 1}, "a:SHOP", "the only unit is at the store, and its customer first"),
]


@pytest.mark.parametrize(("asked", "left", "told", "because"), TURNS)
def test_turns(asked, left, told, because):
    people = [waiting(*one.split("@")) for one in asked.split()]
    found = rules.turns(people, {None: left}, reach)
    assert " ".join(f"{one.id}:{node}" for one, node in found) == told, because


def test_a_unit_that_is_told_in_one_channel_is_no_news_in_another():
    shop, site = waiting("a"), structs.replace(waiting("b"), channel="web")
    left = {None: {"PAR": 1}, "web": {"PAR": 1}}
    assert rules.turns([site, shop], left, reach) == [(site, "PAR")], "who asked first, anywhere"
