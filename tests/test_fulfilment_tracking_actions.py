"""What carriers say has its effect, once, on a real database, in whatever order it comes."""

import random
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from msgspec import structs

import work_list
import world
from caller import database
from noria.connectors.carriers.rules import read
from noria.fulfilment import tracking_actions as actions
from noria.fulfilment import tracking_views, views
from noria.fulfilment.tracking_model import (
    Heard,
    NotOfShipment,
    NumberedParcel,
    NumberTaken,
    Outcome,
)
from noria.kit.errors import NotFound
from noria.orders import views as orders
from noria.orders.carried_model import Progress
from noria.orders.model import Stage
from noria.promise import views as promises
from world import ACTOR, MONDAY

P = Progress
LATER = MONDAY + timedelta(hours=4)
SOON = MONDAY + timedelta(days=2)


@pytest.fixture
def tx(retail):
    """Order o1 has left PAR in two parcels, Po-1 and Po-2."""
    world.shelve(retail, "PAR", mug=3)
    world.accept(retail, world.order(mug=3))
    world.pick(retail, "o1.1")
    world.ship(retail, "o1.1", parcels=2, now=LATER)
    return retail


def numbered(tx, *, now=LATER):
    boxes = views.shipments(tx, ids=["o1.1"])[0].parcels
    named = [
        NumberedParcel(sscc=box.sscc, number=number)
        for box, number in zip(boxes, ("Po-1", "Po-2"), strict=True)
    ]
    return actions.number(tx, "o1.1", "post", named, actor=ACTOR, now=now)


def said(progress, hours, number="Po-1", code=None):
    at = LATER + timedelta(hours=hours)
    return Heard(number=number, progress=progress, happened_at=at, code=code or progress.value)


def hear(tx, *heard, now=SOON):
    return actions.hear(tx, "post", heard, "r1", actor=ACTOR, now=now)


def test_what_we_did_and_what_the_carrier_says_are_two_things(tx):
    numbered(tx)
    assert orders.order(tx, "o1").carrier_says is None
    hear(tx, said(P.IN_TRANSIT, 1), said(P.OUT_FOR_DELIVERY, 2, "Po-2"))
    assert orders.order(tx, "o1").carrier_says == "in_transit", "the parcel that is furthest behind"
    hear(tx, structs.replace(said(P.FAILED, 3, "Po-2", "X1"), label="told M. Martin"))
    order = orders.order(tx, "o1")
    assert (order.stage, order.carrier_says) == (Stage.SHIPPED, "failed"), "trouble comes first"
    hear(tx, said(P.DELIVERED, 4), said(P.DELIVERED, 5, "Po-2"))
    order = orders.order(tx, "o1")
    assert (order.stage, order.carrier_says) == (Stage.DELIVERED, "delivered")
    assert [
        (one.kind, one.reason, one.cause) for one in order.timeline if "carrier" in one.kind
    ] == [
        ("carrier_in_transit", "in_transit", "parcel:post/Po-1"),
        ("carrier_failed", "X1", "parcel:post/Po-2"),
        ("carrier_delivered", "delivered", "parcel:post/Po-2"),
    ]
    assert "Martin" not in str(order.timeline), "whom they met stays with the parcel"


def test_the_last_parcel_delivers_the_shipment(tx):
    numbered(tx)
    assert hear(tx, said(P.DELIVERED, 20), said(P.IN_TRANSIT, 3, "Po-2")) == (2, 2)
    assert orders.order(tx, "o1").stage is Stage.SHIPPED
    hear(tx, said(P.DELIVERED, 22, "Po-2"))
    order = orders.order(tx, "o1")
    assert order.stage is Stage.DELIVERED
    assert order.legs[0].delivered_at == LATER + timedelta(hours=22)
    assert promises.promises(tx, ["o1"])["o1"].is_kept is True
    assert world.audit(tx) == []


def test_said_again_nothing_changes(tx):
    numbered(tx)
    hear(tx, said(P.DELIVERED, 20), said(P.DELIVERED, 20, "Po-2"))
    before = tracking_views.parcels(tx, ["o1.1"])
    assert hear(tx, said(P.DELIVERED, 20), said(P.IN_TRANSIT, 3, "Po-2")) == (1, 0)
    assert [one.at for one in tracking_views.parcels(tx, ["o1.1"])] == [one.at for one in before]


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_things_under_one_code_at_one_instant_the_further_one_holds(tx, is_turned):
    numbered(tx)
    told = [said(P.RETURNING, 9, code="RET"), said(P.RETURNED, 9, code="RET")]
    for one in reversed(told) if is_turned else told:
        assert hear(tx, one)[0] == 1
    first, _ = tracking_views.parcels(tx, ["o1.1"])
    assert first.at.progress is P.RETURNED


def test_what_was_said_before_the_number_counts_when_it_comes(tx):
    assert hear(tx, said(P.IN_TRANSIT, 3)) == (1, 0)
    first, second = numbered(tx, now=SOON)
    assert (first.at.progress, second.at) == (P.IN_TRANSIT, None)


def test_a_delivery_told_by_hand_stays(tx):
    numbered(tx)
    world.deliver(tx, "o1.1", now=LATER + timedelta(hours=9))
    hear(tx, said(P.DELIVERED, 20), said(P.DELIVERED, 21, "Po-2"))
    assert orders.order(tx, "o1").legs[0].delivered_at == LATER + timedelta(hours=9)


def test_a_clock_of_the_carrier_before_ours(tx):
    numbered(tx)
    hear(tx, said(P.DELIVERED, -1), said(P.DELIVERED, -2, "Po-2"))
    assert orders.order(tx, "o1").legs[0].delivered_at == LATER, "not before it left"


def test_a_clock_of_the_carrier_ahead_of_ours(tx):
    numbered(tx)
    at = LATER + timedelta(hours=20)
    assert hear(tx, said(P.DELIVERED, 22), said(P.DELIVERED, 22, "Po-2"), now=at) == (2, 0)
    assert actions.catch_up(tx, now=at + timedelta(hours=1)) == 0
    assert actions.catch_up(tx, now=at + timedelta(hours=2)) == 2
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert actions.catch_up(tx, now=at + timedelta(hours=3)) == 0


def test_one_number_for_two_parcels_is_refused(tx):
    boxes = views.shipments(tx, ids=["o1.1"])[0].parcels
    named = [NumberedParcel(sscc=box.sscc, number="Po-1") for box in boxes]
    with pytest.raises(NumberTaken):
        actions.number(tx, "o1.1", "post", named, actor=ACTOR, now=LATER)


def test_numbers_of_other_parcels_are_refused(tx):
    numbered(tx)
    box = views.shipments(tx, ids=["o1.1"])[0].parcels[1]
    with pytest.raises(NumberTaken), tx.transaction():
        actions.number(
            tx, "o1.1", "post", [NumberedParcel(sscc=box.sscc, number="Po-1")], actor=ACTOR, now=LATER
        )  # fmt: skip
    with pytest.raises(NotOfShipment):
        actions.number(
            tx, "o1.1", "post", [NumberedParcel(sscc="0" * 18, number="x")], actor=ACTOR, now=LATER
        )
    with pytest.raises(NotFound):
        actions.number(tx, "o9.1", "post", [], actor=ACTOR, now=LATER)


def test_a_reply_that_nobody_can_read_is_kept_until_a_person_has_dealt_with_it(tx):
    body = b"<html>\x00\xff"
    reply = read("gls", body)
    got = actions.receive(tx, "gls", "r7", body, reply, actor=ACTOR, now=LATER)
    assert (got.outcome, got.new) == (Outcome.UNREADABLE, 0)
    assert [one.id for one in tracking_views.replies(tx, is_open=True)] == ["r7"]
    kept, as_it_came = tracking_views.reply(tx, "r7")
    assert as_it_came == body
    assert kept.detail
    [(kind, subject, node)] = exceptions(tx)
    assert (kind, subject.partition(" ")[0], node) == ("carrier.unreadable", "carrier:gls", None)
    actions.settle(tx, "r7", now=SOON)
    assert tracking_views.replies(tx, is_open=True) == []
    actions.receive(tx, "gls", "r8", body, reply, actor=ACTOR, now=SOON)
    assert exceptions(tx) == [], "the same again is dealt with already"
    assert actions.forget_old(tx, now=SOON + timedelta(days=91)) == 2


def test_silence_is_an_event_once_and_over_when_something_is_heard(tx):
    numbered(tx)
    hear(tx, said(P.IN_TRANSIT, 3), said(P.DELIVERED, 5, "Po-2"))
    quiet = LATER + timedelta(days=3, hours=4)
    assert actions.listen_for_silence(tx, now=quiet - timedelta(hours=2)) == 0
    assert actions.listen_for_silence(tx, now=quiet) == 1
    assert actions.listen_for_silence(tx, now=quiet) == 0, "said once"
    found = tx.execute("select subject from event where type = 'parcel.silent'").fetchall()
    assert found == [("shipment:o1.1",)]
    assert exceptions(tx) == [("parcel.silent", "leg:o1.1", 3 * 990)]
    hear(tx, said(P.OUT_FOR_DELIVERY, 70), now=quiet)
    assert exceptions(tx) == []


def test_a_parcel_that_its_carrier_never_scanned_is_silent_from_when_it_left(tx):
    numbered(tx)
    hear(tx, said(P.IN_TRANSIT, 40, "Po-2"))
    quiet = LATER + timedelta(days=3)
    assert actions.listen_for_silence(tx, now=quiet - timedelta(hours=1)) == 0
    assert actions.listen_for_silence(tx, now=quiet) == 1
    assert actions.listen_for_silence(tx, now=quiet) == 0, "said once"
    found = tx.execute("select data ->> 'number' from event where type = 'parcel.silent'")
    assert found.fetchall() == [("Po-1",)]
    assert exceptions(tx) == [("parcel.silent", "leg:o1.1", 3 * 990)]
    hear(tx, said(P.HANDED_OVER, 72), now=quiet)
    assert exceptions(tx) == []


def exceptions(tx):
    return [
        (one.kind, one.subject, one.money_cents)
        for one in work_list.exceptions(tx)
        if one.kind.startswith(("parcel", "carrier"))
    ]


@pytest.mark.parametrize("progress", [P.FAILED, P.RETURNING, P.RETURNED, P.LOST])
def test_what_needs_a_person_is_there_until_its_cause_is_gone(tx, progress):
    numbered(tx)
    hear(tx, said(progress, 3), said(P.DELIVERED, 4, "Po-2"))
    assert exceptions(tx) == [(f"parcel.{progress.value}", "leg:o1.1", 3 * 990)]
    hear(tx, said(P.DELIVERED, 30))
    assert exceptions(tx) == []


STORY = [
    *(said(progress, hours, number) for number in ("Po-1", "Po-2") for progress, hours in (
        (P.ANNOUNCED, -3), (P.HANDED_OVER, 1), (P.IN_TRANSIT, 4), (P.IN_TRANSIT, 9),
        (P.OUT_FOR_DELIVERY, 18), (P.FAILED, 20), (P.OUT_FOR_DELIVERY, 30), (P.DELIVERED, 33),
    )),
    said(P.IN_TRANSIT, 36), said(P.OTHER, 34, code="??"),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_any_order_ends_as_the_right_one_does(tx, seed):
    numbered(tx)
    chance = random.Random(seed)
    words = STORY + chance.choices(STORY, k=6) if seed else STORY
    if seed:
        chance.shuffle(words)
    while words:
        size = chance.randint(1, 4)
        hear(tx, *words[:size])
        words = words[size:]
    first, second = (one.at for one in tracking_views.parcels(tx, ["o1.1"]))
    assert (first.progress, first.since, first.attempts) == (
        P.DELIVERED,
        LATER + timedelta(hours=33),
        1,
    )
    assert first.heard_at == LATER + timedelta(hours=36)
    assert (second.progress, second.heard_at) == (P.DELIVERED, LATER + timedelta(hours=33))
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert orders.order(tx, "o1").legs[0].delivered_at == LATER + timedelta(hours=33)


def test_a_reply_that_comes_while_its_parcel_is_numbered_is_not_missed(server, template):
    with database(server, template) as db:

        def build(tx):
            world.build(tx)
            world.shelve(tx, "PAR", mug=1)
            world.accept(tx, world.order(mug=1))
            world.pick(tx, "o1.1")
            world.ship(tx, "o1.1", parcels=1, now=LATER)
            return views.shipments(tx, ids=["o1.1"])[0].parcels[0]

        box = db.run(build)
        named = [NumberedParcel(sscc=box.sscc, number="Po-1")]
        with ThreadPoolExecutor(1) as pool, db.transaction() as slow:
            hear(slow, said(P.DELIVERED, 20))
            numbering = pool.submit(
                db.run,
                lambda tx: actions.number(tx, "o1.1", "post", named, actor=ACTOR, now=SOON),
            )
            wait([numbering], timeout=0.5)
        numbering.result()
        with db.transaction() as tx:
            assert orders.order(tx, "o1").stage is Stage.DELIVERED
