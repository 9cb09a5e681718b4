"""Value follows the ledger of units, on a real database: bought, moved, sold, returned, undone."""

import threading
from datetime import timedelta

import psycopg
import pytest

import auditor
import caller
import world
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.errors import IdReused, NotFound
from noria.returns import actions as returns
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    Inspection,
    NewReturn,
    Reception,
    ReturnLine,
)
from noria.stock import actions as stock
from noria.stock import history_actions
from noria.stock.model import Move, Movement, MovementKind, Place, State
from noria.supply import actions as supply
from noria.supply.model import (
    Dispatch,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    PurchaseLine,
    ReceivedLine,
    UnitLine,
)
from noria.value import actions, part_views, views
from noria.value.checks import CHECKS
from noria.value.model import By, LandedKind, NewLandedCost, NothingReceived, Spread
from world import ACTOR, MONDAY

SHELF, OUT = State.AVAILABLE, State.OUTSIDE
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tx(retail):
    retail.execute(
        "update value_cursor set seq = coalesce(pg_sequence_last_value('move_seq_seq'), 0)"
    )
    actions.settle(retail)
    return retail


def receive(tx, key, *, node="PAR", at=MONDAY, **lines):
    """Units and their price in cents, by SKU."""
    asked = tuple(
        PurchaseLine(sku=sku, quantity=units, cost_cents=cents)
        for sku, (units, cents) in lines.items()
    )
    came = tuple(ReceivedLine(sku=sku, quantity=units) for sku, (units, _) in lines.items())
    supply.buy(
        tx,
        key,
        NewPurchase(supplier="A", node=node, ordered_at=at, expected_on=at.date(), lines=asked),
    )
    supply.receive(
        tx, key, NewReceipt(purchase_order=key, received_at=at, lines=came), actor=ACTOR, now=at
    )


def book(
    tx,
    key,
    units,
    source,
    target,
    *,
    sku="mug",
    node="PAR",
    at=MONDAY,
    happened=None,
    kind=MovementKind.SOLD,
):
    move = Move(sku=sku, quantity=units, source=Place(node, source), target=Place(node, target))
    told = Movement(
        id=key, kind=kind, cause=f"till:{key}", happened_at=happened or at, moves=(move,)
    )
    stock.book(tx, [told], actor=ACTOR, now=at)


def follow(tx):
    assert actions.follow(tx).is_current
    assert views.faults(tx) == []
    assert auditor.names(tx, of=CHECKS) == set()


def worth(tx, at=None):
    found = tx.execute(
        "select sku, node, units, value_cents from value_at(%s) where units > 0", [at]
    )
    return {(sku, node): (units, cents) for sku, node, units, cents in found}


def told(tx, sku="mug", node="PAR"):
    return [
        (one.units, one.value_cents, one.cost_from.value) for one in views.entries(tx, sku, node)
    ][::-1]


def test_bought_sold_and_counted(tx):
    receive(tx, "P1", mug=(2, 300))
    receive(tx, "P2", mug=(2, 501))
    book(tx, "s1", 1, SHELF, OUT)
    book(tx, "f1", 1, OUT, SHELF, kind=MovementKind.FOUND)
    follow(tx)
    assert told(tx) == [
        (2, 600, "purchase"),
        (2, 1002, "purchase"),
        (-1, -400, "average"),
        (1, 401, "average"),
    ]
    assert worth(tx) == {("mug", "PAR"): (4, 1603)}


def test_what_only_changes_its_state_changes_no_value(tx):
    receive(tx, "P1", mug=(5, 300))
    book(tx, "d1", 2, SHELF, State.DAMAGED, kind=MovementKind.DAMAGED)
    world.accept(tx, world.order(mug=2))
    follow(tx)
    assert told(tx) == [(5, 1500, "purchase")]


def test_it_is_followed_once_whatever_the_stretches(tx):
    for number in range(5):
        receive(tx, f"P{number}", mug=(1, 100 * number + 100))
    while not actions.follow(tx, limit=2).is_current:
        pass
    once = told(tx)
    assert [cents for _, cents, _ in once] == [100, 200, 300, 400, 500]
    follow(tx)
    assert told(tx) == once


def test_a_transfer_carries_its_value_and_what_is_lost_on_the_way_is_lost_there(tx):
    receive(tx, "P1", mug=(3, 333))
    line = (UnitLine(sku="mug", quantity=2),)
    supply.plan_transfer(
        tx,
        "T1",
        NewTransfer(source="PAR", target="LYS", expected_on=MONDAY.date(), lines=line),
        now=MONDAY,
    )
    supply.dispatch(tx, "T1", Dispatch(), actor=ACTOR, now=MONDAY)
    follow(tx)
    assert worth(tx) == {("mug", "PAR"): (1, 333), ("mug", "LYS"): (2, 666)}, (
        "on the road it is theirs"
    )
    came = (ReceivedLine(sku="mug", quantity=1, reason="one fell"),)
    supply.receive(
        tx, "R1", NewReceipt(transfer="T1", received_at=MONDAY, lines=came), actor=ACTOR, now=MONDAY
    )
    follow(tx)
    assert worth(tx) == {("mug", "PAR"): (1, 333), ("mug", "LYS"): (1, 333)}


def send_back(tx, grade=Grade.A, disposition=Disposition.RESTOCK, units=1):
    lines = (ReturnLine(sku="mug", quantity=units),)
    returns.announce(
        tx,
        "A1",
        NewReturn(order="o1", node="PAR", reason="too small", lines=lines),
        actor=ACTOR,
        now=MONDAY,
    )
    returns.receive(tx, "A1", Reception(lines=lines), actor=ACTOR, now=MONDAY)
    found = (Finding(sku="mug", quantity=units, grade=grade, disposition=disposition),)
    returns.inspect(tx, "A1", Inspection(lines=found), actor=ACTOR, now=MONDAY)


def test_a_return_comes_back_at_the_cost_it_left_with(tx):
    receive(tx, "P1", mug=(2, 300))
    world.accept(tx, world.order(mug=2))
    [(leg,)] = tx.execute("select id from leg where order_id = 'o1'").fetchall()
    world.send(tx, leg)
    receive(tx, "P2", mug=(1, 900))
    send_back(tx)
    follow(tx)
    assert told(tx) == [
        (2, 600, "purchase"),
        (-2, -600, "average"),
        (1, 900, "purchase"),
        (1, 300, "left_at"),
    ]


def test_a_correction_takes_out_what_was_brought(tx):
    receive(tx, "P1", mug=(2, 300))
    book(tx, "m1", 2, OUT, SHELF, kind=MovementKind.PRODUCED)
    receive(tx, "P2", mug=(2, 900))
    follow(tx)
    history_actions.correct(tx, "m1", "c1", reason="typed twice", actor=ACTOR, now=MONDAY)
    follow(tx)
    assert told(tx)[-1] == (-2, -600, "mirrored")
    assert worth(tx) == {("mug", "PAR"): (4, 2400)}


def test_value_at_a_past_date_is_by_the_book_of_then(tx):
    receive(tx, "P1", mug=(2, 300))
    book(tx, "s1", 1, SHELF, OUT, at=MONDAY + 2 * DAY, happened=MONDAY + HOUR)
    receive(tx, "P2", mug=(1, 900), cup=(1, 5), at=MONDAY + 3 * DAY)
    follow(tx)
    assert worth(tx, MONDAY - HOUR) == {}
    assert worth(tx, MONDAY + DAY) == {("mug", "PAR"): (2, 600)}, "the late sale was not known yet"
    assert worth(tx, MONDAY + 2 * DAY) == {("mug", "PAR"): (1, 300)}
    assert (
        worth(tx, MONDAY + 9 * DAY)
        == worth(tx)
        == {("mug", "PAR"): (2, 1200), ("cup", "PAR"): (1, 5)}
    )


# landed cost


def land(tx, key, amount=100, receipt="P1", spread_by=Spread.UNITS):
    new = NewLandedCost(
        receipt=receipt, kind=LandedKind.FREIGHT, amount_cents=amount, spread_by=spread_by
    )
    return actions.land(tx, key, new, actor=ACTOR, now=MONDAY)


def test_freight_raises_what_is_still_there(tx):
    receive(tx, "P1", mug=(3, 300), cup=(1, 100))
    book(tx, "s1", 1, SHELF, OUT)
    follow(tx)
    done = land(tx, "L1", 101)
    assert [(one.sku, one.amount_cents, one.in_stock_cents) for one in done.lines] == [
        ("cup", 25, 25),
        ("mug", 76, 51),
    ]
    assert worth(tx) == {("cup", "PAR"): (1, 125), ("mug", "PAR"): (2, 651)}
    follow(tx)
    book(tx, "s2", 2, SHELF, OUT)
    follow(tx)
    assert told(tx)[-2:] == [(0, 51, "landed"), (-2, -651, "average")]
    assert views.landed_costs(tx, "P1") == [done]


@pytest.mark.parametrize(
    ("because", "key", "receipt", "refusal"),
    [
        ("there is no such receipt", "L9", "P9", NotFound),
        ("the id is taken", "L1", "P1", IdReused),
        ("nothing came with it", "L9", "P2", NothingReceived),
    ],
)
def test_what_cannot_be_landed(tx, because, key, receipt, refusal):
    receive(tx, "P1", mug=(3, 300))
    asked = (PurchaseLine(sku="mug", quantity=1),)
    supply.buy(
        tx,
        "P2",
        NewPurchase(
            supplier="A", node="PAR", ordered_at=MONDAY, expected_on=MONDAY.date(), lines=asked
        ),
    )
    none = (ReceivedLine(sku="mug", quantity=0, reason="an empty box"),)
    supply.receive(
        tx,
        "P2",
        NewReceipt(purchase_order="P2", received_at=MONDAY, lines=none),
        actor=ACTOR,
        now=MONDAY,
    )
    follow(tx)
    land(tx, "L1")
    with pytest.raises(refusal):
        land(tx, key, receipt=receipt)


# by state, by condition


def lines(tx, by, **asked):
    ask = part_views.lines if by in {By.STATE, By.GRADE} else views.lines
    return {one.key: (one.units, one.value_cents) for one in ask(tx, by, **asked)}


def test_value_by_anything_adds_up_to_the_cent(tx):
    receive(tx, "P1", mug=(3, 100))
    land(tx, "L1", 1)
    follow(tx)
    land(tx, "L2", 1)
    book(tx, "d1", 1, SHELF, State.DAMAGED, kind=MovementKind.DAMAGED)
    book(tx, "h1", 1, SHELF, State.HOLD, kind=MovementKind.INSPECTED)
    receive(tx, "P2", node="LYS", mug=(2, 100), cup=(7, 30))
    follow(tx)
    assert worth(tx)["mug", "PAR"] == (3, 301)
    assert lines(tx, By.STATE, nodes=["PAR"]) == {
        "available": (1, 101),
        "damaged": (1, 100),
        "hold": (1, 100),
    }
    assert lines(tx, By.NODE) == {"LYS": (9, 410), "PAR": (3, 301)}
    assert lines(tx, By.SKU) == {"cup": (7, 210), "mug": (5, 501)}
    for by in By:
        for at in (None, MONDAY, MONDAY - HOUR):
            [total] = views.totals(tx, at=at) or [None]
            found = lines(tx, by, at=at)
            expected = (total.units, total.value_cents) if total else (0, 0)
            assert tuple(map(sum, zip(*found.values(), strict=True))) or expected == (0, 0), (
                by,
                at,
            )


def test_what_came_back_is_worth_its_condition(tx):
    receive(tx, "P1", mug=(4, 300))
    world.accept(tx, world.order(mug=2))
    [(leg,)] = tx.execute("select id from leg where order_id = 'o1'").fetchall()
    world.send(tx, leg)
    send_back(tx, Grade.C, Disposition.REPAIR, units=2)
    follow(tx)
    found = {
        one.key: (one.units, one.value_cents, one.worth_cents)
        for one in part_views.lines(tx, By.GRADE)
    }
    assert found == {"C": (2, 600, 240), "ungraded": (2, 600, 600)}
    actions.set_grade(tx, "C", 50, actor=ACTOR)
    assert views.grades(tx) == {"A": 100, "B": 70, "C": 50, "D": 0}
    book(tx, "x1", 2, State.DAMAGED, OUT, kind=MovementKind.SCRAPPED)
    follow(tx)
    assert lines(tx, By.GRADE) == {"ungraded": (2, 600)}, "what is scrapped is gone"


def test_what_a_node_is_worth_follows_the_currency_of_its_skus(tx):
    receive(tx, "P1", mug=(3, 100), cup=(1, 10))
    follow(tx)
    tx.execute("update sku set currency = 'CHF' where code = 'mug'")
    found = [(one.key, one.currency, one.value_cents) for one in views.lines(tx, By.NODE)]
    assert found == [("PAR", "CHF", 300), ("PAR", "EUR", 10)]
    assert [one.currency for one in views.lines(tx, By.NODE, after=("PAR", "CHF"))] == ["EUR"]
    assert views.lines(tx, By.NODE, at=MONDAY - HOUR) == []


def test_lines_come_in_pages(tx):
    receive(tx, "P1", mug=(3, 100), cup=(1, 10), bowl=(1, 1))
    follow(tx)
    pages, after = [], None
    while page := views.lines(tx, By.SKU, after=after, limit=2):
        pages += [one.key for one in page]
        after = (page[-1].key, page[-1].currency)
    assert pages == ["bowl", "cup", "mug"]


def test_the_ledger_of_value_is_only_added_to(tx):
    receive(tx, "P1", mug=(3, 100))
    follow(tx)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
        tx.execute("update value_entry set value_cents = 1")


def test_a_value_that_does_not_add_up_is_found_and_its_movement_named(tx):
    receive(tx, "P1", mug=(3, 100))
    book(tx, "s1", 1, SHELF, OUT)
    follow(tx)
    tx.execute("update cost_balance set value_cents = value_cents + 1")
    [fault] = [one for one in views.faults(tx) if one.sku == "mug"]
    assert (fault.what, fault.expected, fault.found, fault.last_movement) == (
        "value of entries",
        200,
        201,
        "s1",
    )


# many at once


def test_followers_and_writers_at_once_lose_and_double_nothing(db):
    with db.transaction() as tx:
        world.build(tx)
        receive(tx, "P0", mug=(1, 100))
    done = threading.Event()

    def write(name):
        for number in range(15):
            with db.transaction() as tx:
                receive(tx, f"{name}-{number}", mug=(1, 100), cup=(2, 50))
            with db.transaction() as tx:
                book(tx, f"{name}-s{number}", 1, SHELF, OUT)

    def chase():
        while not done.is_set():
            with db.transaction() as tx:
                actions.follow(tx, limit=7)

    writers = [threading.Thread(target=write, args=[name]) for name in "abc"]
    followers = [threading.Thread(target=chase) for _ in range(2)]
    for each in [*writers, *followers]:
        each.start()
    for each in writers:
        each.join()
    done.set()
    for each in followers:
        each.join()
    with db.transaction() as tx:
        follow(tx)
        assert views.faults(tx) == []
        assert worth(tx) == {("mug", "PAR"): (1, 100), ("cup", "PAR"): (90, 4500)}


# at the door


@pytest.fixture(scope="module")
def door(server, template):
    with caller.database(server, template) as db, caller.calling(db) as client:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY + DAY)
            world.build(tx)
            receive(tx, "P1", mug=(3, 333), cup=(1, 10))
            receive(tx, "P2", node="LYS", mug=(1, 500))
        client.db = db
        yield client


def test_value_at_the_door(door):
    freight = {"receipt": "P1", "kind": "freight", "amount_cents": 40, "spread_by": "units"}
    first = door.put("/v1/landed-costs/L1", json=freight).json()
    assert [one["amount_cents"] for one in first["lines"]] == [10, 30]
    assert door.put("/v1/landed-costs/L1", json=freight).json() == first, "sent twice, spread once"
    assert door.get("/v1/receipts/P1/landed-costs").json() == [first]
    got = door.get("/v1/stock-value", params={"by": "node", "limit": 1}).json()
    assert got["items"] == [
        {"key": "LYS", "currency": "EUR", "units": 1, "value_cents": 500, "worth_cents": None}
    ]
    assert got["totals"] == [{"currency": "EUR", "units": 5, "value_cents": 1549}]
    assert got["booked"]["is_current"] is True
    more = door.get(
        "/v1/stock-value", params={"by": "node", "limit": 1, "cursor": got["next"]}
    ).json()
    assert [one["value_cents"] for one in more["items"]] == [1049]
    assert (more["next"], more["totals"]) == (None, None)
    then = door.get(
        "/v1/stock-value", params={"at": (MONDAY - DAY).isoformat(), "by": "state"}
    ).json()
    assert (then["items"], then["totals"]) == ([], [])
    cost = door.get("/v1/skus/mug/cost").json()["items"]
    assert [(one["node"], one["average_cents"]) for one in cost] == [("LYS", 500), ("PAR", 343)]
    entries = door.get("/v1/skus/mug/nodes/PAR/cost-entries", params={"limit": 1}).json()
    assert [(one["cost_from"], one["value_after_cents"]) for one in entries["items"]] == [
        ("landed", 1029)
    ]
    assert entries["next"]
    assert door.get("/v1/stock-value", params={"at": "2026-11-23T09:00:00"}).status_code == 400


def test_conditions_at_the_door(door):
    assert door.get("/v1/grades").json()[1] == {"grade": "B", "percent": 70}
    assert door.put("/v1/grades/B", json={"percent": 60}).json() == {"grade": "B", "percent": 60}
    assert door.put("/v1/grades/Z", json={"percent": 60}).status_code == 404


def test_who_sees_one_node_sees_its_value_alone(door):
    token = caller.add_key(door.db, (Permission.VALUE_READ,), ("LYS",))
    headers = {"Authorization": f"Bearer {token}"}
    got = door.get("/v1/stock-value", headers=headers).json()
    assert got["totals"] == [{"currency": "EUR", "units": 1, "value_cents": 500}]
    assert door.get("/v1/skus/mug/nodes/PAR/cost-entries", headers=headers).status_code == 403
