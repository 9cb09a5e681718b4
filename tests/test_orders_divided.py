"""One order made two, and several made one: no unit is lost, sold twice, or promised anew."""

import random

import pytest
from msgspec import structs

import world
from caller import calling
from crowd import audited, emptied, race, refusals, shelve
from noria.kit.errors import IdReused, Invalid, NotFound
from noria.orders import divide_actions, divide_rules, refund_views, views
from noria.orders.divide_model import (
    CannotSplit,
    MergeBody,
    NotAlike,
    NothingWouldStay,
    SplitBody,
    SplitLine,
    TooLateToMerge,
)
from noria.orders.edit_model import LineUnknown
from noria.orders.model import (
    Delivery,
    Destination,
    Line,
    NewLine,
    Payment,
    Recipient,
    Stage,
    WrongStage,
)
from noria.promise import views as promises
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    return retail


def split(tx, *parts, order="o1", new="o2", key="s1"):
    lines = tuple(SplitLine(line=line, quantity=units) for line, units in parts)
    body = SplitBody(order=order, new_order=new, lines=lines, reason="asked")
    return divide_actions.split(tx, key, body, actor=ACTOR, now=MONDAY)


def merge(tx, *orders, into="o1", key="m1"):
    body = MergeBody(into=into, orders=orders, reason="asked")
    return divide_actions.merge(tx, key, body, actor=ACTOR, now=MONDAY)


def wanted(tx, *orders):
    return {
        order: {
            one.sku: one.quantity - one.cancelled
            for one in views.lines(tx, [order])[order]
            if one.quantity > one.cancelled
        }
        for order in orders
    }


def test_half_of_an_order_goes_its_own_way(tx):
    world.shelve(tx, "PAR", mug=3, cup=1)
    new = structs.replace(world.order(mug=3, cup=1), recipient=Recipient(name="Camille"), due=None)
    before = world.accept(tx, new)["o1"]
    done = split(tx, (1, 2))
    assert done.units == 2
    assert wanted(tx, "o1", "o2") == {"o1": {"mug": 1, "cup": 1}, "o2": {"mug": 2}}
    assert world.levels(tx) == {("mug", "PAR", "reserved"): 3, ("cup", "PAR", "reserved"): 1}
    told = promises.promises(tx, ["o1", "o2"])
    assert told["o2"].promised_to == told["o1"].promised_to == before.promised_to
    old = views.order(tx, "o1")
    assert (old.lines[0].cancelled, old.lines[0].moved) == (2, 2), "moved, not lost"
    assert tx.execute("select order_id, name from recipient order by 1").fetchall() == [
        ("o1", "Camille"), ("o2", "Camille"),
    ]  # fmt: skip
    world.send(tx, "o1.1")
    world.send(tx, "o2.1")
    assert {views.order(tx, key).stage for key in ("o1", "o2")} == {Stage.DELIVERED}
    assert world.audit(tx) == []


def test_what_moves_to_another_order_was_bought_when_it_was_bought(tx):
    world.shelve(tx, "PAR", mug=3)
    world.accept(tx, world.order(mug=3))
    tx.execute("update sku set withdrawal_bar = 'press' where code = 'mug'")
    split(tx, (1, 2))
    world.accept(tx, world.order("o3", mug=1))
    bars = tx.execute("select order_id, withdrawal_bar from order_line order by 1").fetchall()
    assert bars == [("o1", "none"), ("o2", "none"), ("o3", "press")]


def test_what_waits_is_split_off_first(tx):
    world.shelve(tx, "PAR", mug=1)
    world.accept(tx, world.order(mug=3))
    split(tx, (1, 2))
    assert views.order(tx, "o1").stage is Stage.SOURCED, "nothing of it waits any more"
    assert views.order(tx, "o2").stage is Stage.WAITING
    assert promises.promises(tx, ["o1"])["o1"].settled_at is None
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "parts", "new", "refusal"),
    [
        ("all of it", [(1, 3)], "o2", NothingWouldStay),
        ("more than it has", [(1, 4)], "o2", CannotSplit),
        ("a line that is not there", [(7, 1)], "o2", LineUnknown),
        ("a line twice", [(1, 1), (1, 1)], "o2", Invalid),
        ("into itself", [(1, 1)], "o1", Invalid),
        ("into one that there is", [(1, 1)], "o9", IdReused),
    ],
)
def test_a_split_that_cannot_be(tx, because, parts, new, refusal):
    world.shelve(tx, "PAR", mug=9)
    world.accept(tx, world.order(mug=3), world.order("o9", mug=1))
    with pytest.raises(refusal):
        split(tx, *parts, new=new)


def test_what_is_picked_leaves_with_its_order(tx):
    world.shelve(tx, "PAR", mug=3)
    world.accept(tx, world.order(mug=3))
    world.pick(tx, "o1.1")
    with pytest.raises(CannotSplit):
        split(tx, (1, 1))


def test_what_holds_an_order_holds_both(tx):
    world.shelve(tx, "PAR", mug=3)
    world.accept(tx, structs.replace(world.order(mug=3), payment=Payment.DUE))
    split(tx, (1, 1))
    assert views.order(tx, "o2").held_for == ["payment"]
    assert [leg.id for leg in views.work(tx, "pick", nodes=None)] == []


def test_the_tax_of_a_line_goes_with_its_units():
    line = Line(line=1, sku="mug", quantity=3, price_cents=990, waiting=3, cancelled=0,
                tax_cents=100, tax_code="FR-20")  # fmt: skip
    assert divide_rules.as_lines({1: 2}, [line]) == [
        NewLine(sku="mug", quantity=2, price_cents=990, tax_cents=66, tax_code="FR-20")
    ]


def test_every_cent_of_tax_is_somewhere_and_of_every_delivery(tx):
    world.shelve(tx, "PAR", mug=9)
    way = Delivery(price_cents=500, tax_cents=83)
    for key in ("o1", "o2"):
        new = structs.replace(world.order(key, mug=3), delivery=way)
        taxed = structs.replace(new.lines[0], tax_cents=100)
        world.accept(tx, structs.replace(new, lines=(taxed,)))
    split(tx, (1, 1), new="o3")
    split(tx, (1, 1), new="o4", key="s2")
    taxes = [views.lines(tx, [key])[key][0].tax_cents for key in ("o1", "o3", "o4")]
    assert taxes == [34, 33, 33], "whoever keeps the last unit keeps the rest"
    merge(tx, "o2", "o3", "o4")
    order, empty = views.order(tx, "o1"), views.order(tx, "o2")
    assert [one.tax_cents for one in order.lines] == [34, 100, 33, 33]
    assert (order.delivery_cents, order.delivery_tax_cents) == (1000, 166)
    assert (empty.delivery_cents, empty.delivery_tax_cents) == (0, 0)
    world.cancel(tx, "o1")
    assert [one.cents for one in refund_views.refunds(tx)] == [6 * 990 + 1000]


def test_two_orders_of_one_customer_leave_in_one_parcel(tx):
    world.shelve(tx, "PAR", mug=5, cup=5)
    world.accept(tx, world.order(mug=2), world.order("o2", cup=1), world.order("o3", mug=1))
    merge(tx, "o2", "o3")
    assert wanted(tx, "o2", "o3") == {"o2": {}, "o3": {}}
    order = views.order(tx, "o1")
    assert [(one.line, one.sku, one.quantity) for one in order.lines] == [
        (1, "mug", 2), (2, "cup", 1), (3, "mug", 1),
    ]  # fmt: skip
    live = [leg for leg in order.legs if leg.withdrawn_at is None]
    assert [sum(part.due_units for part in leg.lines) for leg in live] == [4], "one parcel"
    assert {views.order(tx, key).stage for key in ("o2", "o3")} == {Stage.CANCELLED}
    assert "merged" in [entry.kind for entry in views.order(tx, "o2").timeline]
    world.send(tx, live[0].id)
    assert views.order(tx, "o1").stage is Stage.DELIVERED
    assert world.audit(tx) == []


LYON = Destination(postcode="69001", town="Lyon", latitude=45.77, longitude=4.83)


@pytest.mark.parametrize(
    ("because", "changes", "what"),
    [
        ("of another customer", {"customer": "c2"}, "customer"),
        ("to another place", {"destination": LYON}, "postcode, town, latitude, longitude"),
        ("paid otherwise", {"payment": Payment.DUE}, "payment"),
        ("in our boxes", {"own_packaging": True}, "own_packaging"),
    ],
)
def test_orders_that_are_not_alike(tx, because, changes, what):
    world.shelve(tx, "PAR", mug=5)
    world.accept(tx, world.order(mug=1), structs.replace(world.order("o2", mug=1), **changes))
    with pytest.raises(NotAlike) as refused:
        merge(tx, "o2")
    assert refused.value.details["what"] == what, because


def test_a_merge_that_comes_too_late(tx):
    world.shelve(tx, "PAR", mug=5)
    world.accept(tx, world.order(mug=1), world.order("o2", mug=1), world.order("o3", mug=1))
    with pytest.raises(Invalid):
        merge(tx, "o2", "o2")
    with pytest.raises(NotFound):
        merge(tx, "none")
    world.pick(tx, "o2.1")
    with pytest.raises(TooLateToMerge):
        merge(tx, "o2")
    world.cancel(tx, "o3")
    with pytest.raises(TooLateToMerge):
        merge(tx, "o3")


def test_any_history_of_splits_and_merges_keeps_every_unit(tx):
    chance = random.Random(5)
    world.shelve(tx, "PAR", mug=6, cup=4)
    world.shelve(tx, "LYS", mug=3, cup=3)
    world.accept(tx, world.order(mug=7, cup=5), world.order("o2", mug=2, cup=1))
    orders = ["o1", "o2"]
    for step in range(24):
        whole = wanted(tx, *orders)
        alive = [key for key in orders if whole[key]]
        if chance.random() < 0.6:
            order = chance.choice(alive)
            lines = [one for one in views.lines(tx, [order])[order] if one.quantity > one.cancelled]
            line = chance.choice(lines)
            most = line.quantity - line.cancelled - (len(lines) == 1)
            if most:
                orders.append(f"n{step}")
                split(
                    tx,
                    (line.line, chance.randint(1, most)),
                    order=order,
                    new=f"n{step}",
                    key=f"s{step}",
                )
        elif len(alive) > 1:
            into, other = chance.sample(alive, 2)
            merge(tx, other, into=into, key=f"m{step}")
        total = {"mug": 0, "cup": 0}
        for order in orders:
            for one in views.lines(tx, [order])[order]:
                total[one.sku] += one.quantity - one.cancelled
        assert total == {"mug": 9, "cup": 6}, step
    assert (
        sum(units for (_, _, state), units in world.levels(tx).items() if state == "reserved") == 15
    )
    assert world.audit(tx) == []


def test_a_split_and_a_pick_at_once_agree(crowded):
    db = emptied(crowded)
    shelve(db, "PAR", mug=30)
    with audited(db):
        for number in range(6):
            key = f"r{number}"
            with db.transaction() as tx:
                world.accept(tx, world.order(key, mug=3))
            outcomes = race(
                db,
                lambda tx, key=key: world.pick(tx, f"{key}.1"),
                lambda tx, key=key: split(tx, (1, 1), order=key, new=f"{key}b", key=f"s{key}"),
            )
            assert set(refusals(outcomes)) <= {CannotSplit, WrongStage}


def test_through_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.accept(tx, world.order(mug=3))
    with calling(db) as client:
        body = {
            "order": "o1",
            "new_order": "o2",
            "lines": [{"line": 1, "quantity": 1}],
            "reason": "x",
        }
        done = client.put("/v1/order-splits/s1", json=body)
        assert (done.status_code, [one["id"] for one in done.json()["orders"]]) == (
            200,
            ["o1", "o2"],
        )
        assert client.put("/v1/order-splits/s1", json=body).json() == done.json(), "once"
        body = {"into": "o1", "orders": ["o2"], "reason": "x"}
        merged = client.put("/v1/order-merges/m1", json=body).json()
        assert (merged["units"], [one["stage"] for one in merged["orders"]]) == (
            1,
            ["sourced", "cancelled"],
        )
        moved = client.get("/v1/orders/o1/transfers").json()["items"]
        assert [(one["kind"], one["from_order"], one["units"]) for one in moved] == [
            ("split", "o1", 1), ("merge", "o2", 1),
        ]  # fmt: skip
        assert client.get("/v1/orders/none/transfers").status_code == 404
