"""Orders are found by whatever is known of them, and each row says what a list has to say."""

from datetime import timedelta

import msgspec
import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.orders import actions, search_views
from noria.orders.model import Recipient, Stage
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    world.shelve(retail, "PAR", mug=9)
    camille = Recipient(
        name="Camille Dupont-Martin", email="camille@example.org", phone="+33 6 12 34 56 78"
    )
    world.accept(
        retail,
        msgspec.structs.replace(world.order("W-100", mug=1), customer="C_17850", recipient=camille),
    )
    world.accept(retail, world.order("W-200", mug=1))
    world.accept(retail, world.order("X-300", cup=5))
    world.send(retail, "W-200.1")
    return retail


@pytest.mark.parametrize(
    ("because", "text", "found"),
    [
        ("a number, whole", "W-100", {"W-100"}),
        ("the beginning of numbers, however it is typed", "w-", {"W-100", "W-200"}),
        ("a customer, and _ is a letter like any other", "c_178", {"W-100"}),
        ("_ does not stand for any letter", "W_", set()),
        ("a name", "camille", {"W-100"}),
        ("parts of two names", "dup cam", {"W-100"}),
        ("a mail address", "camille@example.org", {"W-100"}),
        ("a phone as it is said in France", "06 12 34 56 78", {"W-100"}),
        ("a phone as it was given", "+33612345678", {"W-100"}),
        ("the beginning of a phone", "061234", {"W-100"}),
        ("a SKU that waits for stock", "cup", {"X-300"}),
        ("a SKU that was held for orders", "mug", {"W-100", "W-200"}),
        ("a SKU, however it is typed", "MUG", {"W-100", "W-200"}),
        ("nothing is called that", "zebra", set()),
        ("what would be an operator of the search", "a & (b | !", set()),
        ("a percent sign finds no more than itself", "%", set()),
    ],
)
def test_what_is_found(tx, because, text, found):
    assert {row.id for row in search_views.orders(tx, text=text)} == found, because


@pytest.mark.parametrize("stage", [Stage.SOURCED, Stage.DELIVERED])
def test_those_of_another_stage_do_not_hide_those_asked_for(tx, monkeypatch, stage):
    """With room for one, whichever stands first in the index."""
    monkeypatch.setattr(search_views, "MOST_FOUND", 1)
    (one,) = search_views.orders(tx, text="w-", stage=stage)
    assert one.stage is stage


@pytest.mark.parametrize("text", ["w-", "c1", "cup", "ab"])
def test_those_of_other_nodes_do_not_hide_a_stores_own(tx, monkeypatch, text):
    """With room for one, and another node's before it in each index, and after it in the book."""
    world.shelve(tx, "LYS", cup=1)
    world.accept(tx, world.order("W-900", cup=1))
    world.send(tx, "W-900.1")
    world.shelve(tx, "PAR", cup=1)
    world.accept(tx, world.order("W-950", cup=1))
    tx.execute(
        """
        insert into parcel_number (carrier, number, sscc, told_at)
        select 'dhl', 'AB' || substr(order_id, 3), sscc, noria_now()
        from parcel
        join shipment on shipment.id = parcel.shipment_id
        """
    )
    monkeypatch.setattr(search_views, "MOST_FOUND", 1)
    assert [row.id for row in search_views.orders(tx, text=text, nodes=["LYS"])] == ["W-900"]


def test_an_order_of_two_legs_there_is_counted_once(tx, monkeypatch):
    for cups in (2, 3):
        world.shelve(tx, "PAR", cup=cups)
        actions.source_waiting(tx, actor=ACTOR, now=MONDAY)
    assert tx.execute("select count(*) from leg where order_id = 'X-300'").fetchone() == (2,)
    world.accept(tx, world.order("X-400", mug=1))
    monkeypatch.setattr(search_views, "MOST_FOUND", 2)
    found = search_views.orders(tx, text="x-", nodes=["PAR"])
    assert {row.id for row in found} == {"X-300", "X-400"}


@pytest.mark.parametrize(
    ("because", "wanted", "found"),
    [
        ("what came this far, and what is further", {"reached": Stage.SOURCED}, {"W-100", "W-200"}),
        ("nothing that is not so far", {"reached": Stage.SHIPPED}, {"W-200"}),
        ("placed at that instant", {"since": MONDAY}, {"W-100", "W-200", "X-300"}),
        ("placed earlier", {"since": MONDAY + timedelta(seconds=1)}, set()),
        ("both, and a word of it", {"reached": Stage.SOURCED, "text": "w-1"}, {"W-100"}),
        ("a stage that is before it", {"reached": Stage.SHIPPED, "stage": Stage.SOURCED}, set()),
    ],
)
def test_what_a_number_of_the_day_counts_is_a_list(tx, because, wanted, found):
    assert {row.id for row in search_views.orders(tx, **wanted)} == found, because


def test_a_parcel_finds_its_order(tx):
    (sscc,) = tx.execute("select sscc from parcel").fetchone()
    tx.execute(
        "insert into parcel_number (carrier, number, sscc, told_at) values ('dhl', 'AB12', %s, %s)",
        [sscc, MONDAY],
    )
    for text in (sscc, "ab1"):
        assert [row.id for row in search_views.orders(tx, text=text)] == ["W-200"]


@pytest.mark.parametrize("text", ["camille", "06 12 34 56 78", "camille@example.org"])
def test_a_store_finds_its_own_customers_and_nobody_elses(tx, text):
    assert [row.id for row in search_views.orders(tx, text=text, nodes=["PAR"])] == ["W-100"]
    assert search_views.orders(tx, text=text, nodes=["LYS"]) == []


def test_a_row_says_from_where_how_and_by_when(tx):
    waits, sent, planned = (
        search_views.orders(tx, text=key)[0] for key in ("X-300", "W-200", "W-100")
    )
    assert (list(planned.nodes), planned.leaves_at is not None) == (["PAR"], True)
    assert (list(sent.nodes), sent.leaves_at) == (["PAR"], None)
    assert (list(waits.nodes), waits.promised_to, waits.is_held) == ([], None, False)


def test_the_oldest_come_first_if_asked(tx):
    youngest = [row.id for row in search_views.orders(tx)]
    oldest = search_views.orders(tx, sort=search_views.Sort.OLDEST)
    assert [row.id for row in oldest] == youngest[::-1]
    after = [oldest[0].placed_at.isoformat(), oldest[0].id]
    assert search_views.orders(tx, sort=search_views.Sort.OLDEST, after=after) == oldest[1:]


def test_at_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
        named = msgspec.structs.replace(
            world.order("W-1", mug=1), recipient=Recipient(name="Camille")
        )
        world.accept(tx, named)
    with calling(db, Permission.ORDERS_READ) as client:
        assert [one["id"] for one in client.get("/v1/orders?q=camille").json()["items"]] == ["W-1"]
        assert client.get("/v1/orders?q=").status_code == 400
    with calling(db, Permission.ORDERS_READ, nodes=("LYS",)) as client:
        assert client.get("/v1/orders?q=camille").json()["items"] == []
    with calling(db, Permission.ORDERS_READ, nodes=("PAR",)) as client:
        assert client.get("/v1/orders?q=camille").json()["items"] != []
        assert client.get("/v1/orders?q=w-1").json()["items"] != []
        assert client.get("/v1/orders?node=LYS&node=PAR").json()["items"] != []
        assert client.get("/v1/orders?node=LYS").json()["items"] == [], "not theirs"
        assert client.get("/v1/orders?placed_since=2026-11-01T00:00:00").status_code == 400


def test_a_search_is_planned_for_what_was_typed_however_often_it_is_asked(tx):
    for _ in range(12):
        search_views.orders(tx, text="o1")
    prepared = tx.execute("select statement from pg_prepared_statements").fetchall()
    assert not [one for (one,) in prepared if "parcel_number" in one]
