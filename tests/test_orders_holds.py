"""Orders that are given to no node yet: held, paid, lifted."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from crowd import done, emptied, race, refusals, shelve
from noria.kit.auth import Forbidden, Permission
from noria.kit.errors import IdReused, NotFound
from noria.messages import outbox_rules
from noria.messages import views as message_views
from noria.messages.outbox_model import Due
from noria.orders import (
    edit_actions,
    hold_actions,
    hold_rules,
    hold_views,
    release_actions,
    unpaid_actions,
    views,
)
from noria.orders.edit_model import EditBody, LineEdit
from noria.orders.hold_model import (
    HoldBody,
    HoldKind,
    HoldLifted,
    NothingToHold,
    NotPaidYet,
    OrderHeld,
    PaidAlready,
    PaidInNoStore,
    PaymentBody,
)
from noria.orders.model import Delivery, Payment, Stage
from noria.promise.delivery.model import OptionKind
from noria.stock.model import FromTheFuture
from test_orders_reroute import live
from world import ACTOR, MONDAY

DAY = timedelta(days=1)
AT_SHOP = Delivery(option=OptionKind.PICK_UP, store="SHOP")


@pytest.fixture
def tx(retail):
    return retail


def taken(tx, *, payment=Payment.PAID, score=None, **units):
    world.shelve(tx, "SHOP" if payment is Payment.IN_STORE else "PAR", mug=5)
    there = AT_SHOP if payment is Payment.IN_STORE else None
    new = structs.replace(
        world.order(**(units or {"mug": 2})), payment=payment, fraud_score=score, delivery=there
    )
    return world.accept(tx, new)["o1"]


def place(tx, key="h1", kind=HoldKind.MANUAL, *, now=MONDAY):
    wanted = HoldBody(order="o1", kind=kind, reason="asked")
    return hold_actions.place(tx, key, wanted, actor=ACTOR, now=now)


def lift(tx, key="h1", *, now=MONDAY, may=tuple(Permission)):
    def must(permission):
        if permission not in may:
            raise Forbidden(permission=permission.value, where="")

    return release_actions.lift(tx, key, because="settled", actor=ACTOR, now=now, must=must)


def pay(tx, key="p1", *, at=MONDAY, now=MONDAY):
    paid = PaymentBody(order="o1", paid_at=at, reference="pay_1")
    return release_actions.pay(tx, key, paid, actor=ACTOR, now=now)


def work(tx, step="pick"):
    return [leg.id for leg in views.work(tx, step, nodes=None)]


@pytest.mark.parametrize(
    ("because", "payment", "score", "held"),
    [
        ("it is paid, and nobody doubts it", Payment.PAID, None, []),
        ("who pays in the store may collect first", Payment.IN_STORE, None, []),
        ("it is not paid yet", Payment.DUE, None, ["payment"]),
        ("just under what the policy holds", Payment.PAID, 0.79, []),
        ("exactly what the policy holds", Payment.PAID, 0.8, ["fraud"]),
        ("both, each to be settled by itself", Payment.DUE, 1.0, ["fraud", "payment"]),
    ],
)
def test_what_an_order_begins_with(because, payment, score, held):
    order = structs.replace(world.order(mug=1), payment=payment, fraud_score=score)
    found = hold_rules.at_first([order], {"o1": 0.8}, now=MONDAY)
    assert sorted(one.kind.value for one in found) == held, because


def test_an_order_that_is_not_paid_keeps_its_units_and_goes_to_no_node(tx):
    order = taken(tx, payment=Payment.DUE)
    assert order.stage is Stage.SOURCED
    assert world.levels(tx)["mug", "PAR", "reserved"] == 2, "its stock stays held"
    assert views.order(tx, "o1").held_for == ["payment"]
    assert work(tx) == [], "the node does not see it"
    with pytest.raises(OrderHeld):
        world.pick(tx, "o1.1")
    assert pay(tx).is_held is False
    assert work(tx) == ["o1.1"]
    world.send(tx, "o1.1")
    order = views.order(tx, "o1")
    assert (order.stage, order.payment, order.held_for) == (Stage.DELIVERED, Payment.PAID, [])
    assert [(entry.kind, entry.cause) for entry in order.timeline if entry.cause] == [
        ("hold_placed", "hold:o1.payment"), ("paid", "payment:p1"),
    ]  # fmt: skip
    assert world.audit(tx) == []


def test_what_was_picked_before_it_was_held_does_not_leave(tx):
    taken(tx)
    world.pick(tx, "o1.1")
    place(tx)
    assert work(tx, "ship") == []
    with pytest.raises(OrderHeld):
        world.ship(tx, "o1.1")
    assert lift(tx).is_held is False
    world.send_picked(tx, "o1.1")
    with pytest.raises(NothingToHold):
        place(tx, "h2")


def test_every_hold_has_to_be_lifted_by_who_may(tx):
    taken(tx, payment=Payment.DUE, score=0.95)
    place(tx, "h1", HoldKind.ADDRESS)
    with pytest.raises(Forbidden):
        lift(tx, "o1.fraud", may=[Permission.ORDERS_WRITE, Permission.ORDERS_PAY])
    with pytest.raises(Forbidden):
        lift(tx, "o1.payment", may=[Permission.ORDERS_WRITE, Permission.ORDERS_CLEAR])
    assert lift(tx, "o1.fraud", may=[Permission.ORDERS_CLEAR]).holds == 2
    assert pay(tx).is_held, "the address is still to be settled"
    assert lift(tx, "h1", may=[Permission.ORDERS_WRITE]).is_held is False
    with pytest.raises(HoldLifted):
        lift(tx, "h1")
    with pytest.raises(NotFound):
        lift(tx, "nobody")
    holds = hold_views.of_order(tx, "o1")
    assert {one.lifted_because for one in holds} == {"paid", "settled"}


def test_what_left_without_it_is_planned_anew_once_it_is_released(tx):
    before = taken(tx, payment=Payment.DUE).legs[0]
    later = before.leaves_at + DAY
    pay(tx, at=later, now=later)
    order = views.order(tx, "o1")
    assert [leg.withdrawn_at is not None for leg in order.legs] == [True, False]
    assert order.legs[1].node == "PAR", "the same node may send it"
    assert order.legs[1].leaves_at > later
    assert order.promised_to > before.arrives_on, "the customer is told the new day"
    assert "promise_changed" in [entry.kind for entry in order.timeline]
    assert world.audit(tx) == []


def test_a_cancelled_order_holds_nothing(tx):
    taken(tx, payment=Payment.DUE)
    world.cancel(tx, "o1")
    assert views.order(tx, "o1").held_for == []
    with pytest.raises(NothingToHold):
        place(tx)


def test_a_payment_counts_once(tx):
    taken(tx, payment=Payment.DUE)
    with pytest.raises(FromTheFuture):
        pay(tx, at=MONDAY + DAY)
    pay(tx)
    with pytest.raises(PaidAlready):
        pay(tx, "p2")
    with pytest.raises(NotFound):
        release_actions.pay(
            tx, "p3", PaymentBody(order="none", paid_at=MONDAY), actor=ACTOR, now=MONDAY
        )
    world.accept(tx, structs.replace(world.order("o2", mug=1), payment=Payment.DUE))
    with pytest.raises(IdReused):
        release_actions.pay(
            tx, "p1", PaymentBody(order="o2", paid_at=MONDAY), actor=ACTOR, now=MONDAY
        )


def test_what_is_paid_in_the_store_is_not_handed_over_before(tx):
    taken(tx, payment=Payment.IN_STORE)
    with pytest.raises(NotPaidYet):
        release_actions.check_paid(tx, ["o1"])
    pay(tx)
    release_actions.check_paid(tx, ["o1"])


def test_nothing_is_paid_in_a_store_where_nobody_collects_it(tx):
    new = structs.replace(world.order(mug=1), payment=Payment.IN_STORE)
    for way in (None, Delivery(), Delivery(option=OptionKind.HOME_EXPRESS)):
        with pytest.raises(PaidInNoStore):
            world.accept(tx, structs.replace(new, delivery=way))
    taken(tx, payment=Payment.IN_STORE)
    home = EditBody(order="o1", reason="asked", destination=world.PARIS)
    with pytest.raises(PaidInNoStore):
        edit_actions.edit(tx, "e1", home, actor=ACTOR, now=MONDAY)


def test_what_nobody_pays_is_for_sale_again_after_as_many_days_as_the_policy_says(tx):
    taken(tx, payment=Payment.DUE)
    world.accept(tx, structs.replace(world.order("o2", mug=1), payment=Payment.DUE))
    world.accept(tx, world.order("o3", mug=1))
    more = EditBody(order="o3", reason="asked", lines=(LineEdit(line=1, quantity=2),))
    edit_actions.edit(tx, "e1", more, actor=ACTOR, now=MONDAY)
    pay(tx)
    week = MONDAY + 7 * DAY
    assert unpaid_actions.remind(tx, now=week) == 0, "nobody said how long"
    assert unpaid_actions.give_up(tx, now=week) == 0
    live(tx, unpaid_days=7)
    assert unpaid_actions.give_up(tx, now=week) == 0, "its customer was not reminded"
    assert unpaid_actions.remind(tx, now=week - DAY - timedelta(minutes=1)) == 0
    assert unpaid_actions.remind(tx, now=week - DAY) == 1
    assert unpaid_actions.remind(tx, now=week - DAY) == 0, "once"
    assert hold_views.pay_by(tx, "o2") == week
    assert unpaid_actions.give_up(tx, now=week - timedelta(minutes=1)) == 0
    assert unpaid_actions.give_up(tx, now=week) == 1
    assert unpaid_actions.give_up(tx, now=week) == 0
    stages = {key: views.order(tx, key).stage for key in ("o1", "o2", "o3")}
    assert stages == {"o1": Stage.SOURCED, "o2": Stage.CANCELLED, "o3": Stage.SOURCED}
    last = views.order(tx, "o2").timeline[-1]
    assert (last.kind, last.reason, last.cause) == (
        "cancelled", "not paid in time", "hold:o2.payment",
    )  # fmt: skip
    assert world.audit(tx) == []


def test_who_was_never_reminded_has_a_day_to_pay_however_old_the_order_is(tx):
    """A policy that is new, or a worker that stood still, takes nobody by surprise."""
    world.accept(tx, structs.replace(world.order("o2", mug=1), payment=Payment.DUE))
    live(tx, unpaid_days=7)
    late = MONDAY + 30 * DAY
    assert unpaid_actions.remind(tx, now=late) == 1
    assert hold_views.pay_by(tx, "o2") == late + DAY
    assert unpaid_actions.give_up(tx, now=late + DAY - timedelta(minutes=1)) == 0
    facts = message_views.facts(tx, "o2", now=late)
    due = Due("payment_reminder", (late + DAY).date().isoformat())
    assert due in outbox_rules.due(facts, late)
    paid = PaymentBody(order="o2", paid_at=late)
    release_actions.pay(tx, "p2", paid, actor=ACTOR, now=late)
    facts = message_views.facts(tx, "o2", now=late)
    assert due not in outbox_rules.due(facts, late), "what is paid is not asked for"
    assert unpaid_actions.give_up(tx, now=late + 2 * DAY) == 0


def test_who_waits_too_long_is_an_exception_until_it_is_lifted(tx):
    taken(tx)
    place(tx, now=MONDAY - 2 * DAY)
    tx.execute("insert into driven_clock (at) values (%s)", [MONDAY])
    found = "select kind, subject, owner, money_cents from order_exception"
    assert tx.execute(found).fetchall() == [("order.held", "order:o1", "operations", 1980)]
    lift(tx)
    assert tx.execute(found).fetchall() == []


def test_a_hold_and_a_pick_at_once_agree(crowded):
    """Either it was picked before it was held, or it was not picked."""
    db = emptied(crowded)
    shelve(db, "PAR", mug=9)
    for number in range(6):
        key = f"r{number}"
        with db.transaction() as tx:
            world.accept(tx, world.order(key, mug=1))
        wanted = HoldBody(order=key, kind=HoldKind.MANUAL, reason="asked")
        outcomes = race(
            db,
            lambda tx, key=key: world.pick(tx, f"{key}.1"),
            lambda tx, key=key, wanted=wanted: hold_actions.place(
                tx, f"h{key}", wanted, actor=ACTOR, now=MONDAY
            ),
        )
        with db.transaction() as tx:
            kinds = [entry.kind for entry in views.order(tx, key).timeline]
        assert set(refusals(outcomes)) <= {OrderHeld}
        assert ("picked" in kinds) is (len(done(outcomes)) == 2)
        assert "picked" not in kinds[kinds.index("hold_placed") :]


def test_through_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
    body = {
        "channel": "web", "customer": "C-1", "placed_at": "2026-11-23T09:00:00Z",
        "destination": {"postcode": "75001", "town": "Paris"}, "payment": "due",
        "delivery": {"price_cents": 490, "tax_cents": 82},
        "lines": [{"sku": "mug", "quantity": 2, "price_cents": 990, "tax_cents": 330, "tax_code": "FR-20"}],
    }  # fmt: skip
    with calling(db) as client:
        assert client.put("/v1/orders/o1", json=body).status_code == 200
        order = client.get("/v1/orders/o1").json()
        assert (order["payment"], order["delivery_cents"], order["delivery_tax_cents"]) == (
            "due",
            490,
            82,
        )
        assert (order["lines"][0]["tax_cents"], order["lines"][0]["tax_code"]) == (330, "FR-20")
        assert [one["id"] for one in client.get("/v1/order-holds").json()["items"]] == [
            "o1.payment"
        ]
        refused = client.post("/v1/picks/batch", json={"items": [{"id": "o1.1"}]}).json()["items"][
            0
        ]
        assert (refused["status"], refused["problem"]["code"]) == (409, "order-held")
        hold = {"order": "o1", "kind": "fraud", "score": 0.9, "reason": "three cards"}
        assert client.put("/v1/order-holds/f1", json=hold).status_code == 200
        assert client.put("/v1/order-holds/f1", json=hold).status_code == 200, "sent twice"
        with calling(db, Permission.ORDERS_READ, Permission.ORDERS_PAY) as other:
            lifted = other.put("/v1/order-holds/f1/lift", json={"reason": "known"})
            assert (lifted.status_code, lifted.json()["code"]) == (403, "forbidden")
            paid = {"order": "o1", "paid_at": "2026-11-23T09:00:00Z"}
            assert other.put("/v1/payments/p1", json=paid).json()["is_held"]
        assert client.put("/v1/order-holds/f1/lift", json={"reason": "known"}).json() == {
            "order": "o1", "is_held": False, "holds": 0,
        }  # fmt: skip
        first = client.get("/v1/orders/o1/timeline?limit=2").json()
        rest = client.get(f"/v1/orders/o1/timeline?cursor={first['next']}").json()
        assert {one["actor_name"] for one in first["items"]} == {"tests"}
        kinds = [one["kind"] for one in [*first["items"], *rest["items"]]]
        assert kinds == ["accepted", "hold_placed", "sourced", "hold_placed", "paid", "hold_lifted"]
        assert rest["next"] is None
        assert len(client.get("/v1/orders/o1/holds").json()["items"]) == 2
        assert client.get("/v1/orders/none/timeline").status_code == 404
