"""Purchases, transfers and receipts, on a real database."""

from datetime import UTC, date, datetime, timedelta

import pytest

import world
from noria.kit.errors import IdReused, Invalid, NotFound, SettledOtherwise, UnknownCodes
from noria.stock.model import FromTheFuture, NotEnoughStock
from noria.supply import actions, views
from noria.supply.model import (
    AlreadyDone,
    Dispatch,
    NeedsReason,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    NotDispatched,
    NothingToSettle,
    NotPlanned,
    Outcome,
    PurchaseLine,
    ReceivedLine,
    SettlementBody,
    UnitLine,
)
from world import ACTOR, MONDAY

FRIDAY = date(2026, 11, 27)


@pytest.fixture
def tx(retail):
    return retail


def buy(tx, key="p1", **units):
    lines = tuple(
        PurchaseLine(sku=sku, quantity=count, cost_cents=400) for sku, count in units.items()
    )
    return actions.buy(
        tx, key,
        NewPurchase(supplier="Atelier Bois", node="PAR", ordered_at=MONDAY, expected_on=FRIDAY, lines=lines),
    )  # fmt: skip


def plan(tx, key="t1", *, source="PAR", target="LYS", **units):
    lines = tuple(UnitLine(sku=sku, quantity=count) for sku, count in units.items())
    return actions.plan_transfer(
        tx,
        key,
        NewTransfer(source=source, target=target, expected_on=FRIDAY, lines=lines),
        now=MONDAY,
    )


def dispatch(tx, key="t1", *, is_partial=False, lines=None):
    what = Dispatch(is_partial=is_partial, lines=lines)
    return actions.dispatch(tx, key, what, actor=ACTOR, now=MONDAY)


def receive(tx, key, *, at=MONDAY, is_last=True, why="", purchase=None, transfer=None, **units):
    lines = tuple(ReceivedLine(sku=sku, quantity=count, reason=why) for sku, count in units.items())
    new = NewReceipt(
        purchase_order=purchase, transfer=transfer, received_at=at, lines=lines, is_last=is_last
    )
    return actions.receive(tx, key, new, actor=ACTOR, now=MONDAY)


def test_a_purchase_comes_as_ordered_and_is_closed(tx):
    assert buy(tx, mug=5, cup=2).closed_at is None
    assert [one.id for one in views.open_purchases(tx, nodes=["PAR"])] == ["p1"]
    received = receive(tx, "r1", purchase="p1", mug=5, cup=2)
    assert (received.node, received.units, list(received.discrepancies)) == ("PAR", 7, [])
    assert world.levels(tx) == {("cup", "PAR", "available"): 2, ("mug", "PAR", "available"): 5}
    assert views.purchase(tx, "p1").closed_at == MONDAY
    assert views.open_purchases(tx, nodes=None) == []
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("what", "status", "en", "fr"),
    [
        (
            "purchase order",
            "closed",
            "Purchase order x is",
            "La commande d'achat x est déjà close.",
        ),
        (
            "purchase order",
            "cancelled",
            "Purchase order x is",
            "La commande d'achat x est déjà annulée.",
        ),
        ("transfer", "cancelled", "Transfer x is", "Le transfert x est déjà annulé."),
        ("transfer", "dispatched", "Transfer x is", "Le transfert x est déjà parti."),
        ("ASN", "received", "ASN x is", "L'avis d'expédition x est déjà reçu en partie."),
    ],
)
def test_what_is_done_already_is_said_in_the_words_of_its_reader(what, status, en, fr):
    refused = AlreadyDone(what=what, id="x", status=status)
    assert refused.sentence("en") == f"{en} {status} already."
    assert refused.sentence("fr") == fr


def test_a_purchase_comes_in_parts(tx):
    buy(tx, mug=5)
    receive(tx, "r1", purchase="p1", is_last=False, mug=2)
    assert (views.purchase(tx, "p1").lines[0].received, views.purchase(tx, "p1").closed_at) == (
        2,
        None,
    )
    receive(tx, "r2", purchase="p1", is_last=False, mug=3)
    [newest] = views.receipts(tx, nodes=["PAR"], limit=1)
    assert (newest.id, newest.units, newest.purchase_order) == ("r2", 3, "p1")
    after = (newest.received_at.isoformat(), newest.id)
    assert [one.id for one in views.receipts(tx, nodes=None, after=after)] == ["r1"]
    assert views.receipts(tx, nodes=["LYS"]) == []
    assert views.purchase(tx, "p1").closed_at == MONDAY, "all has come: nothing more is expected"
    with pytest.raises(AlreadyDone):
        receive(tx, "r3", purchase="p1", mug=1, why="one more")
    assert world.levels(tx) == {("mug", "PAR", "available"): 5}


@pytest.mark.parametrize(
    ("because", "units", "why", "expected"),
    [
        ("fewer, and nobody says why", {"mug": 4}, "", NeedsReason),
        ("more, and nobody says why", {"mug": 6}, "", NeedsReason),
        ("what nobody ordered, and nobody says why", {"mug": 5, "cup": 1}, "", NeedsReason),
        ("fewer, with a reason", {"mug": 4}, "crushed", [("mug", 5, 4)]),
        ("more, with a reason", {"mug": 6}, "a gift", [("mug", 5, 6)]),
        ("what nobody ordered, with a reason", {"mug": 5, "cup": 1}, "mixed up", [("cup", 0, 1)]),
    ],
)
def test_what_comes_otherwise_than_expected(tx, because, units, why, expected):
    buy(tx, mug=5)
    if expected is NeedsReason:
        with pytest.raises(NeedsReason), tx.transaction():
            receive(tx, "r1", purchase="p1", why=why, **units)
        assert world.levels(tx) == {}, because
        return
    received = receive(tx, "r1", purchase="p1", why=why, **units)
    assert [(one.sku, one.expected, one.received) for one in received.discrepancies] == expected
    assert views.discrepancies(tx) == len(expected)
    told = views.receipt(tx, "r1")
    assert list(told.differed) == list(received.discrepancies)
    assert (told.units, told.discrepancies) == (sum(units.values()), len(expected))
    assert world.levels(tx) == {(sku, "PAR", "available"): count for sku, count in units.items()}
    assert world.audit(tx) == []


def test_what_differed_is_settled_once_and_needs_nobody_any_more(tx):
    buy(tx, mug=6, cup=2)
    receive(tx, "r1", purchase="p1", why="broken", mug=5, cup=2)
    open_ = "select kind, money_cents, currency, owner from exception where subject = 'receipt:r1'"
    tx.execute("insert into driven_clock (at) values (%s)", [MONDAY])
    assert tx.execute(open_).fetchall() == [("receipt.discrepancy", 400, "EUR", "operations")]
    how = SettlementBody(outcome=Outcome.CLAIMED)
    assert actions.settle(tx, "r1", how, actor=ACTOR, now=MONDAY).discrepancies == 1
    assert tx.execute(open_).fetchall() == []
    assert actions.settle(tx, "r1", how, actor=ACTOR, now=MONDAY).discrepancies == 1, "once more"
    with pytest.raises(SettledOtherwise):
        actions.settle(tx, "r1", SettlementBody(outcome=Outcome.ACCEPTED), actor=ACTOR, now=MONDAY)
    receive(tx, "r2", purchase=buy(tx, "p2", mug=1).id, mug=1)
    with pytest.raises(NothingToSettle):
        actions.settle(tx, "r2", how, actor=ACTOR, now=MONDAY)


def test_a_receipt_may_be_late_but_never_early(tx):
    buy(tx, mug=5)
    with pytest.raises(FromTheFuture), tx.transaction():
        receive(tx, "r1", purchase="p1", at=MONDAY + timedelta(hours=1), mug=5)
    receive(tx, "r1", purchase="p1", at=datetime(1969, 7, 20, tzinfo=UTC), mug=5)
    assert world.levels(tx) == {("mug", "PAR", "available"): 5}


def test_a_transfer_is_in_transit_between_its_two_ends(tx):
    world.shelve(tx, "PAR", mug=5, cup=4)
    plan(tx, mug=5, cup=3)
    assert world.levels(tx)["mug", "PAR", "available"] == 5, "a plan moves nothing"
    dispatch(tx)
    assert world.levels(tx) == {
        ("cup", "LYS", "in_transit"): 3, ("cup", "PAR", "available"): 1, ("mug", "LYS", "in_transit"): 5,
    }  # fmt: skip
    received = receive(tx, "r1", transfer="t1", mug=5, cup=3)
    assert (received.node, received.units) == ("LYS", 8)
    assert world.levels(tx) == {
        ("cup", "LYS", "available"): 3, ("cup", "PAR", "available"): 1, ("mug", "LYS", "available"): 5,
    }  # fmt: skip
    done = views.transfer(tx, "t1")
    assert [(line.planned, line.dispatched, line.received) for line in done.lines] == [
        (3, 3, 3),
        (5, 5, 5),
    ]
    assert views.open_transfers(tx, nodes=None) == []
    assert world.audit(tx) == []


def test_what_is_lost_or_found_on_the_way_is_booked_so(tx):
    world.shelve(tx, "PAR", mug=5, cup=4)
    plan(tx, mug=5, cup=3)
    dispatch(tx)
    with pytest.raises(NeedsReason), tx.transaction():
        receive(tx, "r1", transfer="t1", mug=4, cup=3)
    received = receive(tx, "r1", transfer="t1", why="recounted twice", mug=4, cup=4)
    assert [(one.sku, one.expected, one.received) for one in received.discrepancies] == [
        ("cup", 3, 4), ("mug", 5, 4),
    ]  # fmt: skip
    assert world.levels(tx) == {
        ("cup", "LYS", "available"): 4, ("cup", "PAR", "available"): 1, ("mug", "LYS", "available"): 4,
    }  # fmt: skip
    kinds = tx.execute(
        "select kind::text, sum(quantity)::int from movement join move on movement_id = id"
        " where cause = 'transfer:t1' group by kind order by kind::text"
    ).fetchall()
    assert kinds == [("found", 1), ("lost", 1), ("transferred", 15)]
    assert world.audit(tx) == []


def test_what_was_loaded_and_not_named_on_arrival_never_came(tx):
    world.shelve(tx, "PAR", mug=5, cup=4)
    plan(tx, mug=5, cup=3)
    dispatch(tx)
    received = receive(tx, "r1", transfer="t1", mug=5)
    assert [(one.sku, one.received, one.reason) for one in received.discrepancies] == [
        ("cup", 0, "nothing came")
    ]
    assert not any(state == "in_transit" for _, _, state in world.levels(tx))


def test_less_than_planned_may_be_loaded(tx):
    world.shelve(tx, "PAR", mug=5, cup=1)
    plan(tx, mug=5, cup=3)
    with pytest.raises(NotEnoughStock), tx.transaction():
        dispatch(tx)
    with pytest.raises(NotPlanned), tx.transaction():
        dispatch(tx, lines=(UnitLine(sku="mug", quantity=6),))
    with pytest.raises(Invalid), tx.transaction():
        dispatch(tx, lines=(UnitLine(sku="mug", quantity=1), UnitLine(sku="mug", quantity=2)))
    loaded = dispatch(tx, is_partial=True)
    assert [(line.sku, line.dispatched) for line in loaded.lines] == [("cup", 1), ("mug", 5)]
    receive(tx, "r1", transfer="t1", mug=5, cup=1)
    assert views.discrepancies(tx) == 0, "it came as it was loaded"
    assert world.audit(tx) == []


def test_units_that_are_held_do_not_leave_with_a_transfer(tx):
    world.shelve(tx, "PAR", mug=5)
    world.accept(tx, world.order(mug=3))
    plan(tx, mug=5)
    with pytest.raises(NotEnoughStock), tx.transaction():
        dispatch(tx)
    assert dispatch(tx, is_partial=True).lines[0].dispatched == 2
    assert world.audit(tx) == []


def test_steps_of_a_transfer_follow_each_other_once(tx):
    world.shelve(tx, "PAR", mug=5)
    plan(tx, mug=5)
    with pytest.raises(NotDispatched), tx.transaction():
        receive(tx, "r1", transfer="t1", mug=5)
    dispatch(tx)
    with pytest.raises(AlreadyDone), tx.transaction():
        dispatch(tx)
    receive(tx, "r1", transfer="t1", mug=5)
    with pytest.raises(AlreadyDone), tx.transaction():
        receive(tx, "r2", transfer="t1", mug=5)


@pytest.mark.parametrize(
    ("because", "attempt", "refusal"),
    [
        ("a SKU twice in a purchase",
         lambda tx: actions.buy(tx, "p1", NewPurchase(
             supplier="A", node="PAR", ordered_at=MONDAY, expected_on=FRIDAY,
             lines=(PurchaseLine(sku="mug", quantity=1),) * 2)), Invalid),
        ("an unknown SKU", lambda tx: buy(tx, spoon=1), UnknownCodes),
        ("a transfer to where it is", lambda tx: plan(tx, target="PAR", mug=1), Invalid),
        ("a transfer to nowhere", lambda tx: plan(tx, target="OSLO", mug=1), UnknownCodes),
        ("an unknown purchase", lambda tx: receive(tx, "r1", purchase="p9", mug=1), NotFound),
        ("an unknown transfer", lambda tx: receive(tx, "r1", transfer="t9", mug=1), NotFound),
        ("an unknown transfer leaves", lambda tx: dispatch(tx, "t9"), NotFound),
        ("a receipt of nothing", lambda tx: receive(tx, "r1", mug=1), Invalid),
        ("a receipt of two things", lambda tx: receive(tx, "r1", purchase="p", transfer="t", mug=1), Invalid),
        ("made of what nobody knows", lambda tx: actions.set_made(tx, "PRINT", ["spoon"]), UnknownCodes),
    ],
)  # fmt: skip
def test_what_cannot_be(tx, because, attempt, refusal):
    with pytest.raises(refusal):
        attempt(tx)


def test_an_id_names_one_thing(tx):
    buy(tx, mug=1)
    buy(tx, "p2", mug=1)
    plan(tx, mug=1)
    with pytest.raises(IdReused):
        buy(tx, mug=1)
    with pytest.raises(IdReused):
        plan(tx, mug=1)
    receive(tx, "r1", purchase="p1", mug=1)
    with pytest.raises(IdReused):
        receive(tx, "r1", purchase="p2", mug=1)


def test_what_is_expected_comes_in_pages(tx):
    for number in range(5):
        buy(tx, f"p{number}", mug=1)
        plan(tx, f"t{number}", mug=1)
    for view in (views.open_purchases, views.open_transfers):
        everything = view(tx, nodes=None)
        first = view(tx, nodes=None, limit=2)
        rest = view(tx, nodes=None, after=[first[-1].expected_on.isoformat(), first[-1].id])
        assert [*first, *rest] == everything
        assert view(tx, nodes=["SHOP"]) == []
