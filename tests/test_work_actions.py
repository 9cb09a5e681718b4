"""A day in a warehouse and one in a store, on a real PostgreSQL: waves, scans, shorts."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import units
import world
from crowd import done, emptied, race, refusals, shelve
from noria.catalog import actions as catalog
from noria.catalog.model import Barcode, Tracking
from noria.catalog.rules import check_digit
from noria.fulfilment.model import ShortReason
from noria.kit import clock
from noria.kit.errors import NotFound
from noria.orders import views as orders
from noria.orders.model import Delivery, Stage
from noria.promise import views as promises
from noria.promise.delivery.model import OptionKind
from noria.stock.counts import views as counts
from noria.stock.tracked.claims_model import UnitClaimed
from noria.stock.tracked.model import SerialElsewhere
from noria.supply import actions as supply
from noria.supply import views as supply_views
from noria.supply.model import NewTransfer, UnitLine
from noria.work import actions, fact_actions, fact_views, views
from noria.work.fact_model import (
    AlreadyConfirmed,
    Finish,
    GiveBack,
    LotTooOld,
    Missing,
    MoreThanWanted,
    NoSkuScanned,
    PutBack,
    Scan,
    ScanOver,
    SerialInHand,
    TaskOver,
    UnitsUnaccounted,
    WrongSku,
)
from noria.work.model import (
    Location,
    NewPlan,
    NothingToTake,
    NotYours,
    Take,
    WaveKind,
    WaveOver,
    WaveTaken,
    WorkSetting,
)
from noria.work.views import Whose
from units import OUT, SHELF, book, lot, move, movement, track
from world import ACTOR, MONDAY

NINA, TOM = "person:nina", "person:tom"
LATER = MONDAY + timedelta(hours=1)
WHY = ShortReason


def gtin(number):
    body = f"376000000{number:04}"
    return body + check_digit(body)


CODES = {"mug": gtin(1), "cup": gtin(2), "bowl": gtin(3)}
SIX_MUGS = gtin(9)


@pytest.fixture
def tx(retail):
    """Barcodes on the goods, and locations at PAR; all agrees at the end."""
    clock.start_driving(retail, MONDAY)
    goods = [
        structs.replace(sku, barcodes=(Barcode(gtin=CODES[sku.code]),))
        for sku in world.SKUS
        if sku.code in CODES
    ]
    goods[-1] = structs.replace(
        goods[-1], barcodes=(*goods[-1].barcodes, Barcode(gtin=SIX_MUGS, units=6))
    )
    catalog.save(retail, goods, actor=ACTOR, now=MONDAY)
    spots = [("A1", 1, 1, "mug"), ("A2", 2, 5, "cup"), ("A3", 1, 7, "bowl")]
    actions.save_locations(
        retail,
        [Location(node="PAR", code=code, aisle=aisle, bay=bay, skus=(sku,)) for code, aisle, bay, sku in spots],
        actor=ACTOR,
    )  # fmt: skip
    yield retail
    assert world.audit(retail) == []
    assert units.audit(retail) == []


def take(tx, key, *, wave=None, node=None, person=NINA, kinds=(), now=MONDAY):
    wanted = Take(id=key, wave=wave, node=node, kinds=kinds, person=person)
    return actions.take(tx, wanted, actor=person, now=now, must=lambda node: None)


def plan(tx, key="W", node="PAR", **more):
    return actions.plan(tx, key, NewPlan(node=node, **more), actor=ACTOR, now=MONDAY)


def tell(tx, *facts, actor=NINA, now=MONDAY, manages=False):
    """The answers, in order; a refusal undoes all of these facts."""
    with tx.transaction():
        told = fact_actions.tell(
            tx, facts, actor=actor, now=now, must=lambda node: None, may_for_others=lambda node: manages
        )  # fmt: skip
    return [told[fact.id] for fact in facts]


def scan(key, code=None, *, task=None, wave=None, at=MONDAY, **more):
    return Scan(id=key, happened_at=at, task=task, wave=wave, code=code, **more)


def finish(key, task, *, put_at=None):
    return Finish(id=key, happened_at=MONDAY, task=task, put_at=put_at)


def missing(key, task, sku, quantity, reason=WHY.NOT_FOUND):
    return Missing(id=key, happened_at=MONDAY, task=task, sku=sku, quantity=quantity, reason=reason)


def warehouse(tx):
    """Four orders and a pallet wait at PAR in waves: the batch, the cart, the pallet."""
    world.shelve(tx, "PAR", mug=20, cup=10, bowl=5)
    for key, wants in [
        ("o1", {"mug": 1}),
        ("o2", {"mug": 2}),
        ("o3", {"mug": 1, "cup": 2}),
        ("o4", {"cup": 1, "bowl": 1}),
    ]:
        world.accept(tx, world.order(key, **wants))
    supply.plan_transfer(
        tx, "T1",
        NewTransfer(source="PAR", target="SHOP", expected_on=date(2026, 11, 25), lines=(UnitLine(sku="bowl", quantity=3),)),
        now=MONDAY,
    )  # fmt: skip
    assert plan(tx).left == 0
    found = {wave.kind: wave for wave in views.waves(tx, now=MONDAY, nodes=["PAR"])}
    assert {kind: wave.tasks for kind, wave in found.items()} == {
        WaveKind.SINGLE: 2, WaveKind.CART: 2, WaveKind.PALLET: 1,
    }  # fmt: skip
    return [found[kind].id for kind in (WaveKind.SINGLE, WaveKind.CART, WaveKind.PALLET)]


def test_a_day_in_a_warehouse(tx):
    batch, cart, pallet = warehouse(tx)
    # Nina walks the batch: a scan goes to whoever wants it, and what is picked leaves the list.
    take(tx, "c1", wave=batch)
    assert [one.id for one in views.waves(tx, now=MONDAY, whose=Whose.MINE, person=NINA)] == [batch]
    one, three = tell(
        tx, scan("s1", CODES["mug"], wave=batch), scan("s2", CODES["mug"], wave=batch, quantity=2)
    )
    assert [(laid.task, laid.units) for laid in one.laid] == [("leg:o1.1", 1)]
    assert [(laid.task, laid.units, laid.left) for laid in three.laid] == [("leg:o2.1", 2, 0)]
    tell(tx, finish("f1", "leg:o1.1"), finish("f2", "leg:o2.1", put_at="BENCH-1"))
    assert orders.order(tx, "o2").stage is Stage.PICKED
    assert actions.known_wave(tx, batch, now=MONDAY).closed_at == MONDAY
    kinds = [entry.kind for entry in orders.timeline(tx, "o2")]
    assert kinds[-2:] == ["picked", "staged"]

    # Tom walks the cart: aisle 1 first, then 2; the last bowl is broken.
    take(tx, "c2", node="PAR", kinds=(WaveKind.CART,), person=TOM)
    walk = actions.walk(tx, actions.known_wave(tx, cart, now=MONDAY))
    assert [(stop.location, stop.sku, stop.units) for stop in walk.stops] == [
        ("A1", "mug", 1),
        ("A3", "bowl", 1),
        ("A2", "cup", 3),
    ]
    tell(
        tx,
        scan("s3", CODES["mug"], wave=cart),
        scan("s4", CODES["cup"], wave=cart, quantity=3),
        actor=TOM,
    )
    with pytest.raises(UnitsUnaccounted):
        tell(tx, finish("f3", "leg:o4.1"), actor=TOM)
    world.shelve(tx, "LYS", bowl=1)
    tell(
        tx,
        missing("m1", "leg:o4.1", "bowl", 1, WHY.DAMAGED),
        finish("f3", "leg:o4.1"),
        finish("f4", "leg:o3.1"),
        actor=TOM,
    )
    assert [leg.node for leg in orders.order(tx, "o4").legs] == ["PAR", "LYS"], (
        "found elsewhere at once"
    )
    assert world.levels(tx)["bowl", "PAR", "damaged"] == 1

    # The pallet leaves with what was found of it.
    take(tx, "c3", wave=pallet)
    tell(
        tx,
        scan("s5", CODES["bowl"], task="transfer:T1", quantity=2),
        missing("m2", "transfer:T1", "bowl", 1),
        finish("f5", "transfer:T1"),
    )
    assert supply_views.transfer(tx, "T1").lines[0].dispatched == 2
    assert views.tasks(tx, now=MONDAY, nodes=["PAR"]) == []
    assert tx.execute("select ended_as from wave_claim").fetchall() == [("done",)] * 3


def test_a_day_in_a_store(tx):
    """Two pickup lots; a phone that was in the stockroom; what clashed is kept."""
    world.shelve(tx, "SHOP", mug=3, cup=1)
    world.amend(tx, "PAR", is_open=False)
    way = Delivery(option=OptionKind.PICK_UP, store="SHOP")
    for key, wants in [("o1", {"mug": 1}), ("o2", {"mug": 1, "cup": 1})]:
        world.accept(tx, structs.replace(world.order(key, **wants), delivery=way))
    [first, second] = views.tasks(tx, now=MONDAY, nodes=["SHOP"])
    assert {first.kind, second.kind} == {WaveKind.PICKUP}
    taken = take(tx, "c1", node="SHOP")
    assert [wave.id for wave in views.waves(tx, now=MONDAY, nodes=["SHOP"])] == [taken.wave], (
        "a wave is made of what waits"
    )
    offline = [
        scan("s1", CODES["mug"], task="leg:o1.1"),
        finish("f1", "leg:o1.1", put_at="SHELF-9"),
        scan("s2", CODES["mug"], task="leg:o2.1"),
        scan("s3", CODES["cup"], task="leg:o2.1"),
        finish("f2", "leg:o2.1", put_at="SHELF-9"),
    ]
    world.cancel(tx, "o2")
    tell(tx, *offline[:2], now=LATER)
    with pytest.raises(TaskOver) as clash:
        tell(tx, offline[2], now=LATER)
    fact_actions.keep_conflicts(
        tx, {"s2": (offline[2], clash.value)}, actor=NINA, now=LATER, may=lambda node: True
    )
    [kept] = fact_views.conflicts(tx, nodes=["SHOP"])
    assert (kept.refusal, kept.fact, kept.task) == ("task-over", offline[2], "leg:o2.1")
    assert fact_views.staged(tx, ["leg:o1.1"]) == {"leg:o1.1": "SHELF-9"}
    rows = tx.execute("select kind, subject, owner from work_exception").fetchall()
    assert ("work.conflict", "leg:o2.1", "store_manager") in rows
    fact_actions.settle(tx, kept, actor=NINA, now=LATER)
    assert fact_views.conflicts(tx, nodes=["SHOP"]) == []


@pytest.fixture
def one(tx):
    """Order o1 wants two mugs and a cup at PAR, and Nina has it."""
    world.shelve(tx, "PAR", mug=9, cup=9)
    world.accept(tx, world.order("o1", mug=2, cup=1))
    plan(tx)
    take(tx, "c1", wave=made(tx))
    return tx


def made(tx):
    """The wave that was made first."""
    return tx.execute("select id from wave order by id limit 1").fetchone()[0]


SCANS = [
    ("a SKU that nobody wants", {"code": CODES["bowl"]}, WrongSku),
    ("a pack with more than is wanted", {"code": SIX_MUGS}, MoreThanWanted),
    ("a box, and not what is in it", {"code": "037600000000000017"}, NoSkuScanned),
    ("all of it is there already", {"sku": "cup"}, AlreadyConfirmed),
]


@pytest.mark.parametrize(("because", "what", "refusal"), SCANS)
def test_a_scan_is_refused(one, because, what, refusal):
    tell(one, scan("s0", CODES["cup"], task="leg:o1.1"))
    with pytest.raises(refusal):
        tell(one, scan("s1", task="leg:o1.1", **what))


def test_a_pack_of_which_some_are_taken(one):
    [told] = tell(one, scan("s1", SIX_MUGS, wave=made(one), quantity=2))
    assert (told.sku, told.units) == ("mug", 2)


def test_what_is_put_back_counts_no_more(one):
    tell(
        one,
        scan("s1", CODES["cup"], task="leg:o1.1"),
        PutBack(id="b1", happened_at=MONDAY, scan="s1"),
    )
    with pytest.raises(ScanOver):
        tell(one, PutBack(id="b2", happened_at=MONDAY, scan="s1"))
    with pytest.raises(NotFound):
        tell(one, PutBack(id="b3", happened_at=MONDAY, scan="s9"))
    assert [part.left for part in actions.parts_of(one, ["leg:o1.1"])["leg:o1.1"]] == [1, 2]


def test_what_a_customer_takes_out_meanwhile_goes_back(one):
    tell(
        one,
        scan("s1", CODES["mug"], task="leg:o1.1", quantity=2),
        scan("s2", CODES["cup"], task="leg:o1.1"),
    )
    world.cancel(one, "o1", mug=1)
    walk = actions.walk(one, actions.known_wave(one, made(one), now=MONDAY))
    assert [(back.sku, back.units) for back in walk.put_back] == [("mug", 1)]
    [told] = tell(one, finish("f1", "leg:o1.1"))
    assert [(back.sku, back.units) for back in told.put_back] == [("mug", 1)]
    assert told.units == 2


def test_a_wave_is_given_back_and_goes_on(one):
    tell(one, scan("s1", CODES["cup"], task="leg:o1.1"))
    with pytest.raises(NotYours):
        tell(one, GiveBack(id="g0", happened_at=MONDAY, wave=made(one)), actor=TOM)
    tell(one, GiveBack(id="g1", happened_at=MONDAY, wave=made(one)))
    assert [task.taken_by for task in views.tasks(one, now=MONDAY, whose=Whose.FREE)] == [None]
    take(one, "c2", wave=made(one), person=TOM)
    assert [part.picked for part in actions.parts_of(one, ["leg:o1.1"])["leg:o1.1"]] == [1, 0]
    tell(one, GiveBack(id="g2", happened_at=MONDAY, wave=made(one), is_put_back=True), manages=True)
    assert [part.picked for part in actions.parts_of(one, ["leg:o1.1"])["leg:o1.1"]] == [0, 0]


def test_who_is_not_heard_of_has_it_no_more(one):
    with pytest.raises(WaveTaken):
        take(one, "c2", wave=made(one), person=TOM)
    minutes = WorkSetting().lease_minutes
    tell(
        one, scan("s1", CODES["cup"], task="leg:o1.1"), now=MONDAY + timedelta(minutes=minutes - 1)
    )
    late = MONDAY + timedelta(minutes=minutes + 1)
    with pytest.raises(WaveTaken):
        take(one, "c2", wave=made(one), person=TOM, now=late)
    assert (
        take(one, "c3", wave=made(one), person=TOM, now=late + timedelta(minutes=minutes)).person
        == TOM
    )
    tell(one, scan("s2", CODES["mug"], task="leg:o1.1", quantity=2), now=late)


def test_who_had_it_last_gives_it_back_late_until_somebody_else_takes_it(one):
    late = MONDAY + timedelta(minutes=WorkSetting().lease_minutes + 1)
    wave = made(one)
    tell(one, scan("s1", CODES["cup"], task="leg:o1.1"))
    later = late + timedelta(hours=1)
    with pytest.raises(NotYours):
        tell(one, GiveBack(id="g0", happened_at=MONDAY, wave=wave), actor=TOM, now=late)
    tell(one, GiveBack(id="g1", happened_at=MONDAY, wave=wave, is_put_back=True), now=late)
    assert [part.picked for part in actions.parts_of(one, ["leg:o1.1"])["leg:o1.1"]] == [0, 0]
    take(one, "c2", wave=wave, person=TOM, now=late)
    tell(one, scan("s2", CODES["cup"], task="leg:o1.1"), actor=TOM, now=late)
    for now in (late, later):
        with pytest.raises(NotYours):
            tell(one, GiveBack(id="g2", happened_at=MONDAY, wave=wave, is_put_back=True), now=now)
    assert [part.picked for part in actions.parts_of(one, ["leg:o1.1"])["leg:o1.1"]] == [1, 0]


HEARD = [
    ("a scan", [scan("s1", CODES["cup"], task="leg:o1.1")]),
    ("what is put back", [PutBack(id="b1", happened_at=MONDAY, scan="s0")]),
    ("what is missing", [missing("m1", "leg:o1.1", "mug", 1, WHY.TOO_BUSY)]),
    ("a task that is finished", [finish("f1", "leg:o2.1")]),
]


@pytest.mark.parametrize(("because", "facts"), HEARD)
def test_whatever_is_told_of_a_wave_renews_it(tx, because, facts):
    world.shelve(tx, "PAR", mug=9, cup=9)
    world.accept(tx, world.order("o1", mug=2, cup=1), world.order("o2", mug=1, cup=1))
    [wave] = plan(tx).waves
    take(tx, "c1", wave=wave)
    tell(
        tx,
        scan("s0", CODES["mug"], task="leg:o2.1"),
        scan("s9", CODES["cup"], task="leg:o2.1"),
    )
    now = MONDAY + timedelta(minutes=WorkSetting().lease_minutes - 1)
    tell(tx, *facts, now=now)
    until = actions.known_wave(tx, wave, now=now).taken_until
    assert until == now + timedelta(minutes=WorkSetting().lease_minutes), because


def test_a_wave_that_is_dissolved_is_planned_anew(one):
    actions.dissolve(one, made(one), now=MONDAY, must=lambda node: None)
    with pytest.raises(WaveOver):
        take(one, "c2", wave=made(one))
    assert len(plan(one, "V").waves) == 1
    assert plan(one, "X").waves == []
    with pytest.raises(NothingToTake):
        take(one, "c3", node="LYS")


SHORTS = [
    ("lost, and a count is called", WHY.NOT_FOUND, {"available": 7}, True, {}),
    ("waits as damaged", WHY.DAMAGED, {"available": 7, "damaged": 2}, False, {}),
    ("waits on hold", WHY.EXPIRED, {"available": 7, "hold": 2}, False, {}),
    ("the stock stays, the node can do less", WHY.TOO_BUSY, {"available": 9}, False, {"PAR": 2}),
]


@pytest.mark.parametrize(("because", "why", "there", "is_counted", "load"), SHORTS)
def test_each_reason_has_its_effect(one, because, why, there, is_counted, load):
    world.amend(one, "PAR", units_per_day=100)
    world.shelve(one, "LYS", mug=5)
    [told] = tell(one, missing("m1", "leg:o1.1", "mug", 2, why))
    levels = {
        state: count
        for (sku, node, state), count in world.levels(one).items()
        if (sku, node) == ("mug", "PAR")
    }
    assert levels == there, because
    assert not told.is_done
    legs = orders.order(one, "o1").legs
    assert [(leg.node, sum(line.due_units for line in leg.lines)) for leg in legs] == [
        ("PAR", 1),
        ("LYS", 2),
    ]
    called = [
        line.sku for task in counts.tasks(one, nodes=["PAR"]) for line in counts.lines(one, task.id)
    ]
    assert called == (["mug"] if is_counted else [])
    assert ("PAR" in {at.node for at in promises.available(one, ["mug"])}) is not is_counted
    assert world.load_of(one, "PAR") == (1, load.get("PAR", 0)), because


def test_a_task_of_which_nothing_is_there_is_over(one):
    told = tell(
        one,
        missing("m1", "leg:o1.1", "mug", 2),
        missing("m2", "leg:o1.1", "cup", 1),
        finish("f1", "leg:o1.1"),
    )
    assert [answer.is_done for answer in told] == [False, True, True]
    assert orders.order(one, "o1").stage is Stage.WAITING
    assert len(counts.tasks(one, nodes=["PAR"])) == 2


def test_lots_and_serials_are_named_by_their_scans(tx):
    track(tx, "mug", Tracking.LOT, minimum_days=2)
    track(tx, "bowl", Tracking.SERIAL)
    for code, days in (("OLD", 1), ("SOON", 5), ("LATE", 50)):
        several = lot(code, 5, MONDAY.date() + timedelta(days=days))
        book(tx, movement(f"in-{code}", move(5, OUT, SHELF, lots=[several])))
    book(tx, movement("in", move(4, OUT, SHELF, sku="bowl", serials=("S1", "S2", "S3"))))
    world.accept(tx, world.order("o1", mug=2, bowl=2), world.order("o2", bowl=1))
    code, mug = (lambda sku, rest: f"]C101{CODES[sku].rjust(14, '0')}{rest}"), "leg:o1.1"
    with pytest.raises(LotTooOld):
        tell(tx, scan("s0", code("mug", "10OLD"), task=mug))
    early, late = tell(
        tx, scan("s1", code("mug", "10SOON"), task=mug), scan("s2", code("mug", "10LATE"), task=mug)
    )
    assert (early.out_of_turn, late.out_of_turn) == (False, True)
    tell(
        tx, scan("s3", code("bowl", "21S1"), task=mug), scan("s4", code("bowl", "21NEW"), task=mug)
    )
    with pytest.raises(SerialInHand):
        tell(tx, scan("s5", code("bowl", "21S1"), task="leg:o2.1"))
    tell(tx, finish("f1", mug))
    with pytest.raises(UnitClaimed):
        tell(tx, scan("s6", code("bowl", "21S1"), task="leg:o2.1"))
    world.ship(tx, "o1.1")
    with pytest.raises(SerialElsewhere):
        tell(tx, scan("s7", code("bowl", "21S1"), task="leg:o2.1"))
    gone = {serial for serial, place in units.serials(tx).items() if place == ("PAR", OUT)}
    assert gone == {"S1", "NEW"}


def test_late_work_and_work_that_nobody_took_are_exceptions(one):
    def kinds():
        return [kind for (kind,) in one.execute("select kind from work_exception order by kind")]

    assert kinds() == []
    deadline = views.tasks(one, now=MONDAY)[0].deadline
    clock.drive(one, deadline - timedelta(minutes=30))
    assert kinds() == ["task.untaken"], "Nina was not heard of"
    take(one, "c2", wave=made(one), person=TOM, now=clock.now(one))
    assert kinds() == []
    clock.drive(one, deadline + timedelta(minutes=1))
    assert kinds() == ["task.late"]


def test_many_who_take_at_once_never_get_the_same(crowded):
    db = emptied(crowded)
    shelve(db, "PAR", mug=30)
    db.run(lambda tx: world.accept(tx, *(world.order(f"o{number}", mug=1) for number in range(12))))
    tight = WorkSetting(single_tasks=1)
    db.run(
        lambda tx: actions.save_setting(
            tx, "PAR", tight, actor=ACTOR, request_id="", check=lambda version: None
        )
    )
    outcomes = race(db, *(
        lambda tx, number=number: take(tx, f"c{number}", node="PAR", person=f"person:p{number}")
        for number in range(16)
    ))  # fmt: skip
    got = [taken.wave for taken in done(outcomes)]
    assert (len(got), len(set(got))) == (12, 12)
    assert refusals(outcomes) == [NothingToTake] * 4
    [first] = db.run(lambda tx: views.waves(tx, now=MONDAY, ids=[got[0]]))
    db.run(lambda tx: tell(tx, GiveBack(id="g1", happened_at=MONDAY, wave=first.id), manages=True))
    again = race(db, *(
        lambda tx, number=number: take(tx, f"d{number}", wave=first.id, person=f"person:q{number}")
        for number in range(8)
    ))  # fmt: skip
    assert (len(done(again)), refusals(again)) == (1, [WaveTaken] * 7)
