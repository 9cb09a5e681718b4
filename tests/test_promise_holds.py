"""What becomes of holds: more time, firmness, units taken and given back, also after their time."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria.catalog import actions as catalog
from noria.catalog.model import Sku, Tracking
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.promise import actions, holds_actions, views
from noria.promise import holds_rules as rules
from noria.promise.holds_model import (
    Confirm,
    Extend,
    GiveBack,
    HoldEnded,
    HoldIsFirm,
    Kept,
    Take,
)
from noria.promise.model import HeldForOrder, Hold, NotEnough, NotHeld
from noria.stock import actions as stock
from noria.stock.model import LotUnits, Move, Movement, MovementKind, Place, State
from noria.stock.tracked.model import NamedLot, WrongLot
from world import ACTOR, MONDAY

QUARTER = timedelta(minutes=15)
OVER = MONDAY + QUARTER
LATER = OVER + QUARTER
KEPT = Kept(
    id="h1",
    demand="cart:1",
    sku="mug",
    node="PAR",
    quantity=5,
    held=5,
    drawn=0,
    expires_at=OVER,
    ended_at=None,
    channel=None,
    shopper=None,
)


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    world.shelve(retail, "PAR", mug=5)
    return retail


def extend(minutes, key="e1"):
    return Extend(id=key, reservation="h1", minutes=minutes)


@pytest.mark.parametrize(
    ("because", "kept", "minutes", "until"),
    [
        ("counted from now", {}, [30], MONDAY + timedelta(minutes=30)),
        ("never shortened", {}, [5], OVER),
        ("of two wishes, the later end", {}, [20, 40, 30], MONDAY + timedelta(minutes=40)),
        ("what lapsed begins anew", {"held": 0}, [20], MONDAY + timedelta(minutes=20)),
    ],
)
def test_until_when_a_hold_lasts(because, kept, minutes, until):
    wishes = [extend(each, f"e{number}") for number, each in enumerate(minutes)]
    hold = structs.replace(KEPT, **kept)
    assert rules.ends(wishes, {"h1": hold}, now=MONDAY) == {"h1": until}, because


@pytest.mark.parametrize(
    ("because", "kept", "refusal"),
    [
        ("a firm hold has no end", {"expires_at": None}, HoldIsFirm),
        ("all was taken", {"held": 0, "drawn": 5}, HoldEnded),
        ("it ended before it was known why", {"held": 0, "drawn": None}, HoldEnded),
    ],
)
def test_what_has_no_end_to_move(because, kept, refusal):
    with pytest.raises(refusal):
        rules.ends([extend(9)], {"h1": structs.replace(KEPT, **kept)}, now=MONDAY)


@pytest.mark.parametrize(
    ("because", "kept", "units", "again"),
    [
        ("what is held is drawn as it is", {}, [2, 3], 0),
        ("of what lapsed, what is taken is held again", {"held": 0}, [2, 1], 3),
        ("of what lapsed after a part was taken", {"held": 0, "drawn": 3}, [2], 2),
    ],
)
def test_what_is_taken(because, kept, units, again):
    hold = {"h1": structs.replace(KEPT, **kept)}
    wishes = [
        Take(id=f"t{number}", reservation="h1", quantity=each) for number, each in enumerate(units)
    ]
    draws = rules.takes(wishes, hold)
    assert [draw.units for draw in draws] == units
    assert sum(one.quantity for one in rules.lapsed_of(draws, hold)) == again, because


@pytest.mark.parametrize(
    ("because", "kept", "units"),
    [
        ("more than is held, in two parts", {}, [3, 3]),
        ("a part went before", {"held": 2, "drawn": 3}, [3]),
        ("a part went before the rest lapsed", {"held": 0, "drawn": 3}, [3]),
    ],
)
def test_more_than_a_hold_keeps_is_not_taken(because, kept, units):
    hold = {"h1": structs.replace(KEPT, **kept)}
    takes = [Take(id=f"t{n}", reservation="h1", quantity=each) for n, each in enumerate(units)]
    backs = [GiveBack(id=one.id, reservation="h1", quantity=one.quantity) for one in takes]
    with pytest.raises(NotHeld):
        rules.takes(takes, hold)
    with pytest.raises(NotHeld):
        rules.given_back(backs, hold)


def test_what_lapsed_cannot_be_given_back():
    with pytest.raises(NotHeld):
        rules.given_back(
            [GiveBack(id="g", reservation="h1", quantity=1)],
            {"h1": structs.replace(KEPT, held=0)},
        )


def reserve(tx, key="h1", units=4, **more):
    wish = Hold(
        id=key, demand=f"cart:{key}", sku="mug", node="PAR", quantity=units, expires_at=OVER
    )
    actions.reserve(tx, [structs.replace(wish, **more)], actor=ACTOR, now=clock.now(tx))


def do(tx, verb, *wishes):
    return verb(tx, wishes, actor=ACTOR, now=clock.now(tx))


def sweep(tx):
    actions.expire(tx, actor=ACTOR, now=clock.now(tx))


def test_a_hold_lasts_longer(tx):
    reserve(tx)
    assert do(tx, holds_actions.extend, extend(30))["e1"].expires_at == LATER
    clock.drive(tx, OVER)
    with pytest.raises(NotEnough), tx.transaction():
        reserve(tx, "h2", 2)
    clock.drive(tx, LATER)
    reserve(tx, "h2", 5)
    assert world.audit(tx) == []


def test_a_confirmed_hold_stays(tx):
    reserve(tx)
    assert do(tx, holds_actions.confirm, Confirm(id="h1"))["h1"].expires_at is None
    assert do(tx, holds_actions.confirm, Confirm(id="h1"))["h1"].held == 4, "twice is once"
    clock.drive(tx, MONDAY + timedelta(days=99))
    sweep(tx)
    assert views.reservation(tx, "h1").held == 4
    with pytest.raises(HoldIsFirm):
        do(tx, holds_actions.extend, extend(9))


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize(
    ("because", "others", "is_kept"),
    [("nobody took them", 1, True), ("somebody was faster", 2, False)],
)
@pytest.mark.parametrize("verb", ["extend", "confirm", "take"])
def test_whether_it_was_swept_makes_no_difference(tx, verb, because, others, is_kept, is_swept):
    reserve(tx)
    clock.drive(tx, OVER)
    if is_swept:
        sweep(tx)
    reserve(tx, "h2", others, expires_at=None)
    verbs = {
        "extend": (holds_actions.extend, extend(30)),
        "confirm": (holds_actions.confirm, Confirm(id="h1")),
        "take": (holds_actions.take, Take(id="t1", reservation="h1", quantity=4)),
    }
    if not is_kept:
        with pytest.raises(NotEnough) as refused:
            do(tx, verbs[verb][0], verbs[verb][1])
        assert refused.value.details["available"] == 3, because
        return
    do(tx, *verbs[verb])
    assert world.levels(tx).get(("mug", "PAR", "reserved"), 0) == (1 if verb == "take" else 5)
    assert views.reservation(tx, "h1").held == (0 if verb == "take" else 4), because
    assert world.audit(tx) == []


def test_a_part_of_what_lapsed_is_taken_and_the_rest_is_free(tx):
    reserve(tx)
    clock.drive(tx, OVER)
    reserve(tx, "h2", 2, expires_at=None)
    assert do(tx, holds_actions.take, Take(id="t1", reservation="h1", quantity=3))["t1"].held == 0
    assert world.levels(tx) == {("mug", "PAR", "reserved"): 2}
    with pytest.raises(NotEnough), tx.transaction():
        do(tx, holds_actions.extend, extend(30))
    world.shelve(tx, "PAR", mug=1)
    assert do(tx, holds_actions.extend, extend(30))["e1"].held == 1, "one of four had lapsed"
    assert world.audit(tx) == []


def test_units_are_taken_and_given_back_part_by_part(tx):
    reserve(tx, units=5)
    assert do(tx, holds_actions.take, Take(id="t1", reservation="h1", quantity=2))["t1"].held == 3
    given = do(tx, holds_actions.give_back, GiveBack(id="g1", reservation="h1", quantity=1))
    assert given["g1"].held == 2
    assert world.levels(tx) == {("mug", "PAR", "available"): 1, ("mug", "PAR", "reserved"): 2}
    kinds = tx.execute("select kind::text, cause from movement where kind in ('sold', 'released')")
    assert sorted(kinds.fetchall()) == [("released", "cart:h1"), ("sold", "cart:h1")]
    left = holds_actions.release(tx, "h1", actor=ACTOR, now=clock.now(tx))
    assert (left.held, left.ended_at) == (0, MONDAY)
    with pytest.raises(HoldEnded):
        do(tx, holds_actions.extend, extend(30))
    assert world.audit(tx) == []


@pytest.mark.parametrize("is_swept", [False, True])
def test_what_was_given_back_after_its_time_is_not_held_again(tx, is_swept):
    reserve(tx)
    clock.drive(tx, OVER)
    if is_swept:
        sweep(tx)
    holds_actions.release(tx, "h1", actor=ACTOR, now=clock.now(tx))
    for verb, wish in (
        (holds_actions.extend, extend(9)),
        (holds_actions.confirm, Confirm(id="h1")),
    ):
        with pytest.raises(HoldEnded):
            do(tx, verb, wish)


def test_all_are_changed_or_none(tx):
    reserve(tx, "h1", 1)
    with pytest.raises(NotFound), tx.transaction():
        do(tx, holds_actions.confirm, Confirm(id="h1"), Confirm(id="nobody"))
    assert views.reservation(tx, "h1").expires_at == OVER


def test_a_lot_that_is_taken_must_be_there(tx):
    catalog.save(
        tx, [Sku(code="milk", name="Milk", tracking=Tracking.LOT)], actor=ACTOR, now=MONDAY
    )
    outside, shelf = Place("PAR", State.OUTSIDE), Place("PAR", State.AVAILABLE)
    lots = (LotUnits(lot="A", quantity=3),)
    moves = (Move(sku="milk", quantity=3, source=outside, target=shelf, lots=lots),)
    got = Movement(
        id="r1", kind=MovementKind.RECEIVED, cause="asn:1", happened_at=MONDAY, moves=moves
    )
    stock.book(tx, [got], actor=ACTOR, now=MONDAY)
    reserve(tx, "h1", 3, sku="milk")
    take = Take(id="t1", reservation="h1", quantity=2, lots=(NamedLot(lot="B", quantity=2),))
    with pytest.raises(WrongLot), tx.transaction():
        do(tx, holds_actions.take, take)
    told = structs.replace(take, lots=(NamedLot(lot="A", quantity=2),))
    assert do(tx, holds_actions.take, told)["t1"].held == 1
    assert world.audit(tx) == []


def test_the_holds_of_an_order_follow_the_order(tx):
    world.accept(tx, world.order(mug=1))
    key = "o1.1.1"
    for verb, wish in (
        (holds_actions.extend, Extend(id="e", reservation=key)),
        (holds_actions.confirm, Confirm(id=key)),
        (holds_actions.take, Take(id="t", reservation=key, quantity=1)),
        (holds_actions.give_back, GiveBack(id="g", reservation=key, quantity=1)),
    ):
        with pytest.raises(HeldForOrder):
            do(tx, verb, wish)


def hold(client, key, units=2):
    body = {"demand": "cart:1", "sku": "mug", "node": "PAR", "quantity": units, "minutes": 15}
    assert client.put(f"/v1/reservations/{key}", json=body).status_code == 200


def test_a_checkout_at_the_door(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
    asks = (Permission.RESERVE, Permission.PROMISE_READ, Permission.STOCK_WRITE)
    with calling(db, *asks, Permission.EVENTS_READ, Permission.AUDIT_READ) as client:
        hold(client, "h1", 4)
        here = "/v1/reservations/h1"
        first = client.put(f"{here}/extensions/e1", json={"minutes": 60})
        again = client.put(f"{here}/extensions/e1", json={"minutes": 60})
        assert first.json() == again.json()
        other = client.put(f"{here}/extensions/e1", json={"minutes": 61})
        assert (other.status_code, other.json()["code"]) == (409, "id-reused")
        assert client.put(f"{here}/confirmation").json()["expires_at"] is None
        for _ in range(2):
            taken = client.put(f"{here}/takes/t1", json={"quantity": 1})
            assert taken.json()["held"] == 3, "sent twice, taken once"
        assert client.put(f"{here}/releases/g1", json={"quantity": 2}).json()["held"] == 1
        refused = client.put(f"{here}/takes/t2", json={"quantity": 2})
        assert (refused.status_code, refused.json()["code"]) == (409, "not-held")
        listed = client.get("/v1/reservations", params={"demand": "cart:1"}).json()["items"]
        assert [(one["id"], one["held"]) for one in listed] == [("h1", 1)]
        assert client.get("/v1/reservations", params={"demand": "cart:2"}).json()["items"] == []
        told = client.get("/v1/events", params={"type": "reservation.*"}).json()["items"]
        assert [event["type"].partition(".")[2] for event in told] == [
            "extended", "confirmed", "taken", "given_back",
        ]  # fmt: skip
        trail = client.get("/v1/trail", params={"subject": "h1"}).json()["items"]
        assert [entry["action"] for entry in reversed(trail)] == [event["type"] for event in told]


def test_many_at_the_door_are_answered_each_for_itself(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
        world.accept(tx, world.order(mug=1))
    with calling(db, Permission.RESERVE, Permission.STOCK_WRITE) as client:
        for key in ("h1", "h2"):
            hold(client, key)

        def ask(address, *items):
            answer = client.post(f"/v1/{address}/batch", json={"items": list(items)})
            return [
                one.get("problem", {}).get("code") or one["answer"]["held"]
                for one in answer.json()["items"]
            ]

        assert ask("reservation-confirmations", {"id": "h1"}, {"id": "no"}) == [2, "not-found"]
        assert ask(
            "reservation-extensions",
            {"id": "e1", "reservation": "h1"},
            {"id": "e2", "reservation": "h2", "minutes": 60},
            {"id": "e3", "reservation": "o1.1.1"},
        ) == ["hold-is-firm", 2, "held-for-order"]
        takes = [{"id": f"t{number}", "reservation": "h1", "quantity": 1} for number in range(3)]
        assert ask("reservation-takes", *takes) == [1, 0, "not-held"]
        assert ask("reservation-takes", *takes) == [1, 0, "not-held"], "twice is once"
        backs = [{"id": "g1", "reservation": "h2", "quantity": 2}]
        assert ask("reservation-releases", *backs) == [0]


def test_each_node_asks_for_leave(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
    with calling(db, Permission.RESERVE) as client:
        hold(client, "h1")
    with calling(db, Permission.RESERVE, Permission.STOCK_WRITE, nodes=("LYS",)) as client:
        for address, body in (
            ("extensions/e1", {}),
            ("confirmation", None),
            ("takes/t1", {"quantity": 1}),
            ("releases/g1", {"quantity": 1}),
            ("release", None),
        ):
            answer = client.put(f"/v1/reservations/h1/{address}", json=body)
            assert answer.status_code == 403, address
