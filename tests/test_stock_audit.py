"""Faults planted behind the program's back: the auditor finds each, and names it."""

import pytest

import world
from noria.orders import actions as orders
from noria.promise import views as promises
from noria.stock import views as stock
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    """Five mugs at PAR of which two are held for an order, and three cups in the shop."""
    tx = retail
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "SHOP", cup=3)
    orders.accept(tx, [world.order(mug=2)], actor=ACTOR, now=MONDAY)
    assert world.audit(tx) == []
    return tx


def wrong(tx):
    return {
        (one.sku, one.node, one.state.value): (one.balance, one.moves)
        for one in stock.disagreements(tx)
    }


def held_otherwise(tx):
    return {(one.sku, one.node): (one.held, one.balance) for one in promises.mismatches(tx)}


def test_a_balance_that_is_off_by_one(tx):
    tx.execute(
        "update balance set quantity = quantity + 1 where (sku, node, state) = ('cup', 'SHOP', 'available')"
    )
    assert wrong(tx) == {("cup", "SHOP", "available"): (4, 3)}
    assert stock.unbalanced(tx) == [("cup", 1)]
    [one] = stock.disagreements(tx)
    last = tx.execute(
        "select id from movement where cause like 'count:%' order by id desc"
    ).fetchone()
    assert one.last_movement == last[0], "where to look first"


def test_two_wrong_balances_that_add_up(tx):
    tx.execute(
        "update balance set quantity = quantity + 1 where (sku, node, state) = ('mug', 'PAR', 'available')"
    )
    tx.execute(
        "update balance set quantity = quantity - 1 where (sku, node, state) = ('mug', 'PAR', 'outside')"
    )
    assert wrong(tx).keys() == {("mug", "PAR", "available"), ("mug", "PAR", "outside")}
    assert stock.unbalanced(tx) == [], "the sum alone would not have seen it"


def test_a_move_that_was_deleted(tx):
    with world.behind_the_book(tx):
        tx.execute("delete from move where sku = 'cup'")
    assert wrong(tx) == {("cup", "SHOP", "available"): (3, 0), ("cup", "SHOP", "outside"): (-3, 0)}


def test_a_move_that_was_changed(tx):
    with world.behind_the_book(tx):
        tx.execute("update move set quantity = 7 where sku = 'cup'")
    assert wrong(tx) == {("cup", "SHOP", "available"): (3, 7), ("cup", "SHOP", "outside"): (-3, -7)}


def test_a_balance_that_was_deleted(tx):
    tx.execute("delete from balance where (sku, node, state) = ('cup', 'SHOP', 'available')")
    assert wrong(tx) == {("cup", "SHOP", "available"): (0, 3)}


def test_a_balance_from_nowhere(tx):
    tx.execute("insert into balance (sku, node, state, quantity) values ('bowl', 'LYS', 'hold', 4)")
    assert wrong(tx) == {("bowl", "LYS", "hold"): (4, 0)}
    assert stock.disagreements(tx)[0].last_movement is None


def test_a_reservation_that_was_doubled(tx):
    tx.execute(
        "insert into reservation (id, demand, sku, node, quantity, held, made_at)"
        " select 'again', demand, sku, node, quantity, held, made_at from reservation"
    )
    assert held_otherwise(tx) == {("mug", "PAR"): (4, 2)}
    assert promises.mismatches(tx)[0].demands == ["order:o1", "order:o1"] or tuple(
        promises.mismatches(tx)[0].demands
    ) == ("order:o1", "order:o1")
    assert wrong(tx) == {}, "the ledger itself is in order"


def test_a_hold_whose_units_are_not_reserved(tx):
    tx.execute(
        "insert into reservation (id, demand, sku, node, quantity, held, made_at)"
        " values ('orphan', 'cart:9', 'bowl', 'LYS', 3, 3, now())"
    )
    assert held_otherwise(tx) == {("bowl", "LYS"): (3, 0)}
    assert list(promises.mismatches(tx)[0].demands) == ["cart:9"]


def test_units_that_are_reserved_for_nobody(tx):
    tx.execute("delete from reservation")
    assert held_otherwise(tx) == {("mug", "PAR"): (0, 2)}


def test_an_order_at_the_wrong_stage(tx):
    tx.execute("update customer_order set stage = 'picked'")
    assert any("ought to be" in fault for fault in world.audit(tx))
