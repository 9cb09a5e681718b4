"""Orders that change after they were taken: what may be, until when, and what follows."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from crowd import audited, done, emptied, race, refusals, shelve
from noria.kit.errors import IdReused, Invalid, NotFound, UnknownCodes
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.orders import (
    divide_actions,
    edit_actions,
    edit_rules,
    refund_views,
    release_actions,
    views,
)
from noria.orders.divide_model import PaidInPart, SplitBody, SplitLine
from noria.orders.edit_model import EditBody, LineEdit, LineUnknown, RecipientEdit, TooLateToEdit
from noria.orders.hold_model import OrderHeld, PaymentBody
from noria.orders.model import (
    Delivery,
    Destination,
    EditKind,
    Leg,
    LegLine,
    Line,
    NewLine,
    NotAStore,
    Payment,
    Stage,
    Told,
    Until,
)
from noria.promise.delivery.model import OptionKind
from world import ACTOR, MONDAY

NOON = MONDAY + timedelta(hours=3)
LYON = Destination(postcode="69001", town="Lyon", latitude=45.77, longitude=4.83)
HALF = SplitBody(order="o1", new_order="o9", lines=(SplitLine(line=1, quantity=1),), reason="asked")
CAMILLE = RecipientEdit(name="Camille Martin", street="3 rue des Lilas", phone="+33639980000")


@pytest.fixture
def tx(retail):
    return retail


def edit(tx, key="e1", *, order="o1", now=MONDAY, **changes):
    body = EditBody(order=order, reason="asked", **changes)
    return edit_actions.edit(tx, key, body, actor=ACTOR, now=now)


def line(waiting=0):
    return Line(line=1, sku="mug", quantity=4, price_cents=1, waiting=waiting, cancelled=0)


def leg(number, *, leaves=2, picked=None, shipped=None, withdrawn=False):
    def at(hours):
        return None if hours is None else MONDAY + timedelta(hours=hours)

    return Leg(
        id=f"o1.{number}", order="o1", node=f"N{number}", service="HOME", planned_at=MONDAY,
        leaves_at=at(leaves), arrives_on=date(2026, 11, 25), cost_cents=1, picked_at=at(picked),
        shipped_at=at(shipped), withdrawn_at=MONDAY if withdrawn else None,
        lines=[LegLine(line=1, sku="mug", quantity=1)],
    )  # fmt: skip


R, P, Q, C = EditKind.RECIPIENT, EditKind.PLACE, EditKind.QUANTITY, EditKind.CANCEL


@pytest.mark.parametrize(
    ("because", "lines", "legs", "is_held", "expected"),
    [
        ("no node has it: nothing ends it", [line(4)], [], False,
         {R: (Until.UNPLANNED, None), P: (Until.UNPLANNED, None), Q: (Until.UNPLANNED, None), C: (Until.UNPLANNED, None)}),
        ("one leg: a pick ends where it goes, its departure the rest", [line()], [leg(1)], False,
         {R: (Until.DEPARTURE, 2), P: (Until.PICK, 2), Q: (Until.DEPARTURE, 2), C: (Until.DEPARTURE, 2)}),
        ("two legs: the first to leave ends it, the last ends cancelling", [line()],
         [leg(1, leaves=5), leg(2, leaves=3)], False,
         {R: (Until.DEPARTURE, 3), P: (Until.PICK, 3), Q: (Until.DEPARTURE, 3), C: (Until.DEPARTURE, 5)}),
        ("picked: where it goes is settled, since then", [line()], [leg(1, picked=1)], False,
         {R: (Until.DEPARTURE, 2), P: (Until.PICKED, 1), Q: (Until.DEPARTURE, 2), C: (Until.DEPARTURE, 2)}),
        ("part of it left: only what is here can be cancelled", [line()],
         [leg(1, picked=1, shipped=2), leg(2, leaves=9)], False,
         {R: (Until.LEFT, 2), P: (Until.PICKED, 1), Q: (Until.LEFT, 2), C: (Until.DEPARTURE, 9)}),
        ("all of it left: nothing, since the last went", [line()],
         [leg(1, picked=1, shipped=2), leg(2, picked=3, shipped=4)], False,
         {R: (Until.OVER, 4), P: (Until.OVER, 4), Q: (Until.OVER, 4), C: (Until.OVER, 4)}),
        ("a withdrawn leg ends nothing", [line(4)], [leg(1, withdrawn=True)], False,
         {R: (Until.UNPLANNED, None), P: (Until.UNPLANNED, None), Q: (Until.UNPLANNED, None), C: (Until.UNPLANNED, None)}),
        ("held: no departure ends it, for no node has it", [line()], [leg(1)], True,
         {R: (Until.HELD, None), P: (Until.HELD, None), Q: (Until.HELD, None), C: (Until.HELD, None)}),
        ("part waits: it can be cancelled as long as it does", [line(1)], [leg(1)], False,
         {R: (Until.DEPARTURE, 2), P: (Until.PICK, 2), Q: (Until.DEPARTURE, 2), C: (Until.UNPLANNED, None)}),
        ("cancelled as a whole", [line()], [], False,
         {R: (Until.OVER, None), P: (Until.OVER, None), Q: (Until.OVER, None), C: (Until.OVER, None)}),
    ],
)  # fmt: skip
def test_editable(because, lines, legs, is_held, expected):
    found = edit_rules.editable(lines, legs, is_held=is_held, zone="Europe/Paris")
    hours = {
        one.what: (one.reason, one.until and (one.until - MONDAY) / timedelta(hours=1))
        for one in found
    }
    assert hours == expected, because
    ended = {Until.PICKED, Until.LEFT, Until.OVER}
    assert all(one.is_open is (one.reason not in ended) for one in found), because


def test_moments_are_said_where_the_node_is():
    [_, place, *_] = edit_rules.editable([line()], [leg(1)], is_held=False, zone="Europe/Paris")
    assert place.en == "until N1 picks it, for the departure of 2026-11-23 12:00 at the latest"
    assert (
        place.fr == "jusqu'à sa préparation par N1, au plus tard pour le départ du 2026-11-23 12:00"
    )


def test_who_opens_the_door_may_change_until_it_leaves(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    edit(tx, recipient=CAMILLE)
    world.pick(tx, "o1.1")
    edit(tx, "e2", recipient=RecipientEdit(street="5 rue des Lilas"))
    kept = tx.execute("select name, street, email, phone from recipient").fetchall()
    assert kept == [("Camille Martin", "5 rue des Lilas", "", "+33639980000")]
    edit(tx, "phone", recipient=RecipientEdit(email="camille@example.org", phone=""))
    kept = tx.execute("select name, street, email, phone from recipient").fetchall()
    assert kept == [("Camille Martin", "5 rue des Lilas", "camille@example.org", "")]
    world.ship(tx, "o1.1", now=NOON)
    with pytest.raises(TooLateToEdit) as refused:
        edit(tx, "e3", recipient=CAMILLE, now=NOON)
    assert "nothing of it is left" in refused.value.sentence("en")
    order = views.order(tx, "o1")
    assert [(one.kind, one.cause) for one in order.timeline if one.kind == "edited"] == [
        ("edited", "edit:e1"), ("edited", "edit:e2"), ("edited", "edit:phone"),
    ]  # fmt: skip
    assert "Lilas" not in str(order.timeline), "what is personal stands in no timeline"


def test_another_address_is_another_plan(tx):
    world.shelve(tx, "PAR", mug=2)
    world.shelve(tx, "LYS", mug=2)
    assert [leg.node for leg in world.accept(tx, world.order(mug=2))["o1"].legs] == ["PAR"]
    done = edit(tx, destination=LYON)
    live = [leg for leg in done.order.legs if leg.withdrawn_at is None]
    assert [leg.node for leg in live] == ["LYS"], "what is near it now sends it"
    order = views.order(tx, "o1")
    assert (order.destination.postcode, order.stage) == ("69001", Stage.SOURCED)
    assert world.levels(tx) == {
        ("mug", "PAR", "available"): 2, ("mug", "LYS", "reserved"): 2,
    }  # fmt: skip
    world.pick(tx, "o1.2")
    with pytest.raises(TooLateToEdit):
        edit(tx, "e2", destination=world.PARIS)
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "shelf", "quantity", "waiting", "reserved", "stage"),
    [
        ("fewer: they go back to the shelf", 5, 1, 0, 1, Stage.SOURCED),
        ("more: they are sourced at once", 5, 4, 0, 4, Stage.SOURCED),
        ("more than there is: the rest waits", 3, 4, 1, 3, Stage.WAITING),
        ("none: it is cancelled", 5, 0, 0, 0, Stage.CANCELLED),
    ],
)
def test_other_quantities(tx, because, shelf, quantity, waiting, reserved, stage):
    world.shelve(tx, "PAR", mug=shelf)
    world.accept(tx, world.order(mug=2))
    done = edit(tx, lines=(LineEdit(line=1, quantity=quantity),))
    assert (done.order.stage, done.order.waiting) == (stage, waiting), because
    assert world.levels(tx).get(("mug", "PAR", "reserved"), 0) == reserved, because
    assert world.audit(tx) == []


def test_lines_are_added_while_nothing_has_left(tx):
    world.shelve(tx, "PAR", mug=2, cup=2)
    world.accept(tx, world.order(mug=2))
    world.pick(tx, "o1.1")
    edit(tx, added=(NewLine(sku="cup", quantity=1, price_cents=500, tax_cents=83),))
    order = views.order(tx, "o1")
    assert [(one.line, one.sku, one.tax_cents) for one in order.lines] == [
        (1, "mug", 0),
        (2, "cup", 83),
    ]
    assert [leg.picked_at is None for leg in order.legs] == [False, True], "a leg of its own"
    with pytest.raises(UnknownCodes):
        edit(tx, "e2", added=(NewLine(sku="ghost", quantity=1),))


def test_what_is_added_to_a_paid_order_is_owed_and_never_paid_back_unpaid(tx):
    world.shelve(tx, "PAR", mug=9)
    wanted = world.order(mug=2)
    taxed = structs.replace(wanted.lines[0], tax_cents=331)
    world.accept(tx, structs.replace(wanted, lines=(taxed,)))
    edit(tx, lines=(LineEdit(line=1, quantity=5),))
    edit(tx, "e2", added=(NewLine(sku="mug", quantity=1, price_cents=400),))
    edit(tx, "e3", delivery=Delivery(option=OptionKind.HOME_EXPRESS, price_cents=500))
    order = views.order(tx, "o1")
    assert (order.owed_cents, order.payment, order.held_for) == (3870, Payment.DUE, ["payment"])
    assert [one.tax_cents for one in order.lines] == [828, 0], "2 were taxed 331"
    with pytest.raises(PaidInPart):
        divide_actions.split(tx, "s1", HALF, actor=ACTOR, now=MONDAY)
    edit(tx, "e4", lines=(LineEdit(line=2, quantity=0),))
    assert views.order(tx, "o1").owed_cents == 3470
    release_actions.cancel(tx, "o1", None, reason="x", actor=ACTOR, now=MONDAY)
    assert [one.cents for one in refund_views.refunds(tx, order="o1")] == [1980], "what was paid"
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "cents", "owed", "refunded"),
    [
        ("as dear: nothing is to be paid", 1980, 0, []),
        ("cheaper: the rest is paid back", 1500, 0, [480]),
        ("dearer: the rest is owed", 2500, 520, []),
    ],
)
def test_one_thing_for_another(tx, because, cents, owed, refunded):
    world.shelve(tx, "PAR", mug=2, cup=1)
    world.accept(tx, world.order(mug=2))
    other = NewLine(sku="cup", quantity=1, price_cents=cents)
    done = edit(tx, lines=(LineEdit(line=1, quantity=0),), added=(other,))
    assert done.order.stage is Stage.SOURCED
    order = views.order(tx, "o1")
    assert order.owed_cents == owed, because
    assert order.held_for == (["payment"] if owed else []), because
    assert [one.cents for one in refund_views.refunds(tx)] == refunded, because
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "paid", "edits", "owed", "refunded"),
    [
        ("dearer, and taken back: nothing is owed any more", 0, [(500, 2), (0, 2)], 0, []),
        ("dearer, and half of it taken back: the rest is owed", 0, [(500, 2), (200, 2)], 200, []),
        ("cheaper: it is paid back", 990, [(0, 2)], 0, [990]),
        ("cheaper, and dearer again: paid back, and owed", 990, [(0, 2), (990, 2)], 990, [990]),
        ("cheaper, and as much more of the goods: even", 990, [(0, 3)], 0, []),
        ("cheaper, and more of the goods than that", 990, [(0, 4)], 990, []),
        ("cheaper, and fewer: each is paid back", 990, [(0, 1)], 0, [990, 990]),
        ("owed by the goods, and then cheaper by more", 2000, [(2000, 3), (0, 3)], 0, [1010]),
    ],
)
def test_a_delivery_that_costs_something_else(tx, because, paid, edits, owed, refunded):
    def delivery(cents):
        return Delivery(option=OptionKind.HOME_EXPRESS, price_cents=cents)

    world.shelve(tx, "PAR", mug=9)
    world.accept(tx, structs.replace(world.order(mug=2), delivery=delivery(paid)))
    before = 2
    for number, (cents, units) in enumerate(edits):
        lines = (LineEdit(line=1, quantity=units),) if units != before else ()
        edit(tx, f"e{number}", delivery=delivery(cents), lines=lines)
        before = units
    order = views.order(tx, "o1")
    assert (order.owed_cents, order.payment) == (owed, Payment.DUE if owed else Payment.PAID), (
        because
    )
    assert order.held_for == (["payment"] if owed else []), because
    assert [one.cents for one in refund_views.refunds(tx)] == refunded, because
    release_actions.cancel(tx, "o1", None, reason="x", actor=ACTOR, now=MONDAY)
    back = sum(one.cents for one in refund_views.refunds(tx))
    assert back == 2 * 990 + paid, f"what was paid, all of it, and no more: {because}"
    assert world.audit(tx) == []


def test_what_was_owed_is_paid_or_taken_out_again_and_the_order_goes_on(tx):
    world.shelve(tx, "PAR", mug=9)
    world.accept(tx, world.order(mug=2), world.order("o2", mug=2))
    for key in ("o1", "o2"):
        edit(tx, f"more.{key}", order=key, lines=(LineEdit(line=1, quantity=3),))
        with pytest.raises(OrderHeld):
            world.pick(tx, f"{key}.1")
    paid = PaymentBody(order="o1", paid_at=MONDAY, reference="pay_2")
    release_actions.pay(tx, "p1", paid, actor=ACTOR, now=MONDAY)
    edit(tx, "less", order="o2", lines=(LineEdit(line=1, quantity=2),))
    for key in ("o1", "o2"):
        order = views.order(tx, key)
        assert (order.owed_cents, order.payment, order.held_for) == (0, Payment.PAID, [])
        world.send(tx, f"{key}.1")
    assert refund_views.refunds(tx) == []
    assert world.audit(tx) == []


def test_another_delivery_is_told_with_its_window(tx):
    world.shelve(tx, "PAR", mug=2)
    before = world.accept(tx, world.order(mug=2))["o1"]
    told = Told(first=before.promised_to, last=before.promised_to + timedelta(days=3), chance=0.97)
    way = Delivery(option=OptionKind.HOME_EXPRESS, price_cents=990, tax_cents=165, told=told)
    edit(tx, delivery=way)
    order = views.order(tx, "o1")
    assert (order.option, order.delivery_cents) == (OptionKind.HOME_EXPRESS, 990)
    changed = tx.execute("select promised_to, reason from promise_change").fetchall()
    assert changed == [(told.last, "the customer changed the order")]
    assert world.audit(tx) == []


def test_another_store_to_collect_in(tx):
    other = structs.replace(
        world.node("SHOP2", NodeKind.STORE, at=(43.6, 1.44), does_hand_over=True),
        postcode="31000", town="Toulouse",
    )  # fmt: skip
    network.save_nodes(tx, [other], actor=ACTOR, now=MONDAY)
    world.shelve(tx, "SHOP", mug=2)
    first = Delivery(option=OptionKind.PICK_UP, store="SHOP")
    world.accept(tx, structs.replace(world.order(mug=2), delivery=first))
    assert views.order(tx, "o1").store == "SHOP"
    edit(tx, delivery=Delivery(option=OptionKind.SHIP_TO_STORE, store="SHOP2"))
    order = views.order(tx, "o1")
    assert (order.store, order.destination.town) == ("SHOP2", "Toulouse")
    edit(tx, "e2", destination=LYON)
    assert (views.order(tx, "o1").store, views.order(tx, "o1").option) == (
        None,
        OptionKind.HOME_STANDARD,
    )
    for key, wrong in (
        ("e3", Delivery(option=OptionKind.PICK_UP, store="PAR")),
        ("e4", Delivery(option=OptionKind.HOME_STANDARD, store="SHOP")),
    ):
        with pytest.raises(NotAStore):
            edit(tx, key, delivery=wrong)


@pytest.mark.parametrize(
    ("because", "changes", "refusal"),
    [
        ("nothing is changed", {}, Invalid),
        ("a recipient of whom nothing is said", {"recipient": RecipientEdit()}, Invalid),
        ("nobody is known, and no name", {"recipient": RecipientEdit(street="here")}, Invalid),
        ("as many as before is no change", {"lines": (LineEdit(line=1, quantity=2),)}, Invalid),
        ("a line twice", {"lines": (LineEdit(line=1, quantity=1),) * 2}, Invalid),
        ("a line that is not there", {"lines": (LineEdit(line=9, quantity=1),)}, LineUnknown),
        ("an order that is not there", {"order": "none", "recipient": CAMILLE}, NotFound),
    ],
)
def test_an_edit_that_cannot_be(tx, because, changes, refusal):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    with pytest.raises(refusal):
        edit(tx, **changes)


def test_an_id_names_one_edit(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2), world.order("o2", mug=1))
    edit(tx, recipient=CAMILLE)
    with pytest.raises(IdReused):
        edit(tx, order="o2", recipient=CAMILLE)


def test_an_edit_and_a_pick_at_once_agree(crowded):
    """The address changed before the pick, or not at all."""
    db = emptied(crowded)
    shelve(db, "PAR", mug=9)
    with audited(db):
        for number in range(6):
            key = f"r{number}"
            with db.transaction() as tx:
                world.accept(tx, world.order(key, mug=1))
            outcomes = race(
                db,
                lambda tx, key=key: world.pick(tx, f"{key}.1"),
                lambda tx, key=key: edit(tx, f"e{key}", order=key, destination=LYON),
            )
            with db.transaction() as tx:
                order = views.order(tx, key)
            assert len(done(outcomes)) == 1, "one of them was too late"
            is_edited = order.destination.town == "Lyon"
            assert is_edited is not (TooLateToEdit in refusals(outcomes))


def test_through_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.accept(tx, world.order(mug=2))
    with calling(db) as client:
        shown = client.get("/v1/orders/o1").json()["editable"]
        assert [(one["what"], one["is_open"], one["reason"]) for one in shown] == [
            ("recipient", True, "departure"), ("place", True, "pick"),
            ("quantity", True, "departure"), ("cancel", True, "departure"),
        ]  # fmt: skip
        body = {"order": "o1", "reason": "asked", "lines": [{"line": 1, "quantity": 1}]}
        done = client.put("/v1/order-edits/e1", json=body)
        assert (done.status_code, done.json()["changes"]) == (200, ["cancel"])
        assert client.put("/v1/order-edits/e1", json=body).json() == done.json(), "once"
        empty = client.put("/v1/order-edits/e2", json={"order": "o1", "reason": "x"})
        assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (400, "/order")
        by_line = {
            "order": "o1",
            "reason": "asked",
            "lines": [{"sku": "mug", "line": 1, "quantity": 1}],
        }
        assert client.put("/v1/cancellations/c1", json=by_line).json()["stage"] == "cancelled"
        kinds = [one["kind"] for one in client.get("/v1/orders/o1/timeline").json()["items"]]
        assert kinds == ["accepted", "sourced", "edited", "cancelled", "cancelled"]
