"""Packing: the smallest box that is found to fit, what was packed, and what leaves."""

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import world
from noria.carriage import actions as carriage
from noria.carriage.model import AskLabel, Packed
from noria.catalog import actions as catalog
from noria.fulfilment import actions, pack_actions, pack_rules, pack_views
from noria.fulfilment.model import Ship
from noria.fulfilment.pack_model import (
    Box,
    BoxesOtherwise,
    Good,
    NoSuchBox,
    Pack,
    PackBox,
    ParcelsOtherwise,
)
from noria.kit.errors import NotFound
from noria.orders import views as orders
from noria.orders.model import Recipient, Stage, WrongStage
from world import ACTOR, MONDAY


def box(code, length, width, height, *, most=30_000, tare=0):
    return Box(
        node="PAR",
        code=code,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        max_weight_g=most,
        tare_g=tare,
    )


def good(units=1, sides=(100, 100, 100), *, sku="mug", grams=100, **more):
    return Good(sku=sku, units=units, sides=sides, weight_g=grams, **more)


S, M, L = box("S", 200, 100, 100), box("M", 200, 200, 100), box("L", 400, 400, 400)
TALL = (50, 50, 300)

PROPOSED = [
    ("the smallest that holds all", [good(2)], [L, M, S], [("S", {"mug": 2})]),
    ("two more need the next", [good(4)], [S, M, L], [("M", {"mug": 4})]),
    ("volume alone would fit, the sides do not", [good(1, (210, 20, 20))], [S, L], [("L", {"mug": 1})]),
    ("it is laid down", [good(1, TALL)], [box("F", 300, 60, 60)], [("F", {"mug": 1})]),
    ("but not what stays upright", [good(1, TALL, keeps_upright=True)], [box("F", 300, 60, 60), L], [("L", {"mug": 1})]),
    ("which may still be turned", [good(1, (300, 50, 60), keeps_upright=True)], [box("F", 50, 300, 60)], [("F", {"mug": 1})]),
    ("too heavy for the small one", [good(2, grams=600)], [box("S", 200, 100, 100, most=1000), M], [("M", {"mug": 2})]),
    ("the box counts as well", [good(2, grams=500)], [box("S", 200, 100, 100, most=1000, tare=1), M], [("M", {"mug": 2})]),
    ("several parcels, the last one small", [good(5)], [S, M], [("M", {"mug": 4}), ("S", {"mug": 1})]),
    ("its packaging is its parcel", [good(2, ships_as_is=True), good(1, sku="cup")], [S],
     [(None, {"mug": 1}), (None, {"mug": 1}), ("S", {"cup": 1})]),
    ("what fits no box goes as it is", [good(1, (900, 900, 900)), good(1, sku="cup")], [S],
     [("S", {"cup": 1}), (None, {"mug": 1})]),
    ("no boxes are known", [good(1)], [], [(None, {"mug": 1})]),
    ("nothing to pack", [], [S], []),
    ("many are judged by volume", [good(90, (40, 40, 40))], [S, M, L], [("L", {"mug": 90})]),
]  # fmt: skip


@pytest.mark.parametrize(("because", "goods", "boxes", "parcels"), PROPOSED)
def test_proposed(because, goods, boxes, parcels):
    found = pack_rules.propose(goods, boxes)
    assert [(one.box, one.units) for one in found] == parcels, because
    assert pack_rules.propose(goods, list(reversed(boxes))) == found


def test_a_volume_stands_in_for_sides():
    assert pack_rules.sides_of(0, 0, 0, 1000) == (100, 100, 100)
    assert pack_rules.sides_of(1, 2, 3, 1000) == (1, 2, 3)


sides = st.integers(20, 220)
any_goods = st.lists(
    st.builds(
        good, st.integers(1, 4), st.tuples(sides, sides, sides),
        sku=st.sampled_from("abcdef"), grams=st.integers(0, 9000), keeps_upright=st.booleans(),
    ),
    max_size=6, unique_by=lambda one: one.sku,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(any_goods)
def test_what_is_proposed_does_fit(goods):
    boxes = {one.code: one for one in (S, M, L)}
    known = {one.sku: one for one in goods}
    found = pack_rules.propose(goods, list(boxes.values()))
    units = {sku: sum(parcel.units.get(sku, 0) for parcel in found) for sku in known}
    assert units == {sku: one.units for sku, one in known.items()}, "each unit is in one parcel"
    for parcel in found:
        if parcel.box is None:
            continue
        room = boxes[parcel.box]
        assert parcel.weight_g <= room.max_weight_g
        assert len(parcel.placed) == sum(parcel.units.values())
        for place, one in enumerate(parcel.placed):
            assert one.x_mm + one.length_mm <= room.length_mm
            assert one.y_mm + one.width_mm <= room.width_mm
            assert one.z_mm + one.height_mm <= room.height_mm
            turned = (one.length_mm, one.width_mm, one.height_mm)
            assert sorted(turned) == sorted(known[one.sku].sides)
            assert not known[one.sku].keeps_upright or one.height_mm == known[one.sku].sides[2]
            assert not any(pack_rules.overlap(one, other) for other in parcel.placed[:place])


def test_no_proposal_takes_long():
    goods = [
        good(8, (30 + 7 * number, 50, 90 - 3 * number), sku=f"s{number}") for number in range(5)
    ]
    boxes = [box(f"B{size}", size, size, size) for size in range(100, 400, 20)]
    begun = time.process_time()
    pack_rules.propose(goods, boxes)
    assert time.process_time() - begun < 2


@pytest.fixture
def tx(retail):
    """Order o1 is picked at PAR: three mugs and a cup; PAR has two boxes."""
    sized = [structs.replace(sku, length_mm=100, width_mm=100, height_mm=100) for sku in world.SKUS]
    catalog.save(retail, sized, actor=ACTOR, now=MONDAY)
    pack_actions.save_boxes(retail, [structs.replace(M, tare_g=150), S], actor=ACTOR)
    world.shelve(retail, "PAR", mug=3, cup=1)
    world.accept(
        retail,
        structs.replace(world.order(mug=3, cup=1), recipient=Recipient(name="A", street="B")),
    )
    world.pick(retail, "o1.1")
    yield retail
    assert world.audit(retail) == []


def pack(tx, *boxes, key="p1", now=MONDAY):
    wanted = Pack(id=key, leg="o1.1", boxes=boxes)
    return pack_actions.pack(tx, [wanted], actor=ACTOR, now=now)[key].boxes


def test_boxes_bear_the_prefix_of_the_company(tx, monkeypatch):
    monkeypatch.setenv("NORIA_GS1_COMPANY_PREFIX", "3012345678")
    [box] = pack(tx, PackBox(units={"mug": 3, "cup": 1}))
    assert box.sscc[1:11] == "3012345678"


def test_a_leg_is_packed_labelled_and_leaves_as_it_is(tx):
    [proposed] = pack_actions.propose(tx, orders.leg(tx, "o1.1")).parcels
    assert (proposed.box, proposed.units, proposed.weight_g) == ("M", {"cup": 1, "mug": 3}, 1350)
    one, two = pack(
        tx,
        PackBox(units={"mug": 3}, box="M"),
        PackBox(units={"cup": 1}, weight_g=333, length_mm=90),
    )
    assert (one.weight_g, one.length_mm, two.weight_g) == (1050, 200, 333)
    order = orders.order(tx, "o1")
    assert (order.stage, order.timeline[-1].kind) == (Stage.PACKED, "packed")
    label = carriage.ask(tx, [AskLabel(id="L1", leg="o1.1", box=2)], actor=ACTOR, now=MONDAY)["L1"]
    assert label.packed == Packed(units={"cup": 1}, sscc=two.sscc, weight_g=333, length_mm=90)
    with pytest.raises(ParcelsOtherwise):
        actions.ship(tx, [Ship(id="o1.1", parcels=3)], actor=ACTOR, now=MONDAY)
    shipment = world.ship(tx, "o1.1")
    assert [parcel.sscc for parcel in shipment.parcels] == [one.sscc, two.sscc]
    assert orders.order(tx, "o1").stage is Stage.SHIPPED


def test_boxes_hold_what_was_picked(tx):
    for wrong in ({"mug": 3}, {"mug": 3, "cup": 2}, {"mug": 3, "cup": 1, "bowl": 1}):
        with pytest.raises(BoxesOtherwise):
            pack(tx, PackBox(units=wrong))
    with pytest.raises(NoSuchBox):
        pack(tx, PackBox(units={"mug": 3, "cup": 1}, box="X"))
    with pytest.raises(NotFound):
        pack_actions.drop_box(tx, "PAR", "X")
    world.ship(tx, "o1.1")
    with pytest.raises(WrongStage):
        pack(tx, PackBox(units={"mug": 3, "cup": 1}))


def test_what_changes_is_packed_anew(tx):
    [first] = pack(tx, PackBox(units={"mug": 3, "cup": 1}))
    world.cancel(tx, "o1", cup=1)
    assert orders.order(tx, "o1").stage is Stage.PICKED
    assert pack_views.boxes(tx, ["o1.1"]) == {}
    [again] = pack(tx, PackBox(units={"mug": 3}), key="p2", now=MONDAY + timedelta(minutes=5))
    assert again.sscc != first.sscc
    assert [parcel.sscc for parcel in world.ship(tx, "o1.1").parcels] == [again.sscc]
