"""What lies where, SKU by SKU."""

import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.tower import shelf_views


@pytest.mark.parametrize(
    ("because", "asked", "told"),
    [
        (
            "every SKU, also those that lie nowhere",
            {},
            {"bowl": 0, "cup": 9, "mug": 4, "poster": 0},
        ),
        ("those alone that are there", {"is_stocked": True}, {"cup": 9, "mug": 4}),
        ("part of a name", {"words": "OST"}, {"poster": 0}),
        ("a sign of patterns is a sign", {"words": "_"}, {}),
        (
            "one node's, for who sees no other",
            {"nodes": ["LYS"]},
            {"bowl": 0, "cup": 2, "mug": 0, "poster": 0},
        ),
        ("what lies elsewhere is not there", {"nodes": ["LYS"], "is_stocked": True}, {"cup": 2}),
        ("the next page", {"after": "cup"}, {"mug": 4, "poster": 0}),
        ("a page is as long as it is asked", {"limit": 1}, {"bowl": 0}),
    ],
)
def test_skus_with_their_units_at_the_nodes_that_one_sees(retail, because, asked, told):
    world.shelve(retail, "PAR", cup=7, mug=4)
    world.shelve(retail, "LYS", cup=2)
    how = {"words": "", "nodes": None, "is_stocked": False, "has_price": True} | asked
    found = shelf_views.shelves_of_skus(retail, how.pop("words"), **how)
    assert {one.sku: one.available for one in found} == told, because


def test_units_are_told_state_by_state_with_how_many_nodes_have_any(retail):
    world.shelve(retail, "PAR", cup=7)
    world.shelve(retail, "LYS", cup=2)
    world.accept(retail, world.order(cup=3))
    (cup,) = shelf_views.shelves_of_skus(retail, "cup", nodes=None, is_stocked=True, has_price=True)
    assert (cup.available, cup.reserved, cup.damaged, cup.nodes) == (6, 3, 0, 2)
    assert cup.available + cup.reserved == 9, "outside is no place of ours"


def test_prices_are_those_of_the_catalog(db):
    """Who may see what lies there, and not the catalog, sees no price: unknown, not zero."""
    db.run(world.build)
    for also, has_price in (((Permission.CATALOG_READ,), True), ((), False)):
        with calling(db, Permission.STOCK_READ, *also) as client:
            shown = client.get("/v1/shelves").json()["items"]
        assert {one["price_cents"] is not None for one in shown} == {has_price}
