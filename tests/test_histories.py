"""Random histories: whatever happens, in whatever order, the book agrees with itself.

Every run starts with an empty retailer on a real PostgreSQL and a clock of its own, and is rolled
back at its end. `NORIA_TEST_STEPS=100000` walks as many steps, along new paths each time, and
makes a red walk as short as it can; without it the same few walks are taken again and again.
"""

import os
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

import world
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit import clock
from noria.kit.db import Database, savepoint
from noria.orders import actions as orders
from noria.orders import views as order_views
from noria.orders.model import NothingToCancel
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Hold, NotEnough
from noria.returns import actions as returns
from noria.returns import views as return_views
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    Inspection,
    NewReturn,
    NotReturnable,
    Reception,
    ReturnLine,
)
from noria.returns.rules import TARGETS
from noria.stock import actions as stock
from noria.stock.model import Counted, Move, Movement, MovementKind, NotEnoughStock, Place, State
from noria.supply import actions as supply
from noria.supply import views as supply_views
from noria.supply.model import (
    Dispatch,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    PurchaseLine,
    ReceivedLine,
    UnitLine,
)
from world import ACTOR, MONDAY

STEPS_A_RUN = 40
ASKED = os.environ.get("NORIA_TEST_STEPS")
RUNS = max(1, int(ASKED) // STEPS_A_RUN) if ASKED else 25

SKUS = st.sampled_from(["cup", "mug"])
SOLD = st.sampled_from(["cup", "mug", "poster"])
SHELVES = st.sampled_from(["LYS", "PAR"])
FEW = st.integers(1, 4)
SOME = st.integers(0, 9)
WHICH = st.integers(0, 99)
HELD_AT = st.sampled_from(
    [("cup", "LYS"), ("mug", "PAR"), ("poster", "PRINT"), ("poster", "PRINT"), ("mug", "PRINT")]
)
FACTS = st.sampled_from(
    [
        (MovementKind.SOLD, State.AVAILABLE, State.OUTSIDE),
        (MovementKind.FOUND, State.OUTSIDE, State.AVAILABLE),
        (MovementKind.DAMAGED, State.AVAILABLE, State.DAMAGED),
        (MovementKind.INSPECTED, State.HOLD, State.AVAILABLE),
        (MovementKind.SCRAPPED, State.DAMAGED, State.OUTSIDE),
    ]
)


class Retailer(RuleBasedStateMachine):
    """Everything that people and clocks do to two warehouses and a printer."""

    database: Database

    def __init__(self):
        super().__init__()
        self.transaction = self.database.transaction()
        self.tx = self.transaction.__enter__()
        self.now = MONDAY
        self.number = 0
        self.given = Counter()
        clock.start_driving(self.tx, MONDAY)
        world.amend(self.tx, "LYS", buffer_units=1)

    def teardown(self):
        self.transaction.__exit__(psycopg.Rollback, psycopg.Rollback(), None)

    @initialize(units=st.lists(SOME, min_size=4, max_size=4))
    def fill(self, units):
        shelves = [("PAR", "mug"), ("PAR", "cup"), ("LYS", "mug"), ("LYS", "cup")]
        for (node, sku), number in zip(shelves, units, strict=True):
            if number:
                world.shelve(self.tx, node, **{sku: number})

    def key(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    def level(self, sku, node, state="available"):
        return world.levels(self.tx).get((sku, node, state), 0)

    def free(self, sku, node):
        found = promise_views.available(self.tx, [sku], [node])
        return found[0].units if found else 0

    @rule(sku=SKUS, node=SHELVES, units=SOME)
    def count(self, sku, node, units):
        lines = [Counted(sku=sku, quantity=units)]
        stock.count(
            self.tx, self.key("c"), node, lines, counted_at=self.now, actor=ACTOR, now=self.now
        )
        assert self.level(sku, node) == units

    @rule(sku=SKUS, node=SHELVES, units=FEW, fact=FACTS)
    def report(self, sku, node, units, fact):
        kind, source, target = fact
        known = None if source is State.OUTSIDE else self.level(sku, node, source.value)
        move = Move(sku=sku, quantity=units, source=Place(node, source), target=Place(node, target))
        key = self.key("m")
        told = Movement(id=key, kind=kind, cause=f"till:{key}", happened_at=self.now, moves=(move,))
        gaps = stock.book(self.tx, [told], actor=ACTOR, now=self.now)
        short = 0 if known is None else max(0, units - known)
        assert [gap.quantity for gap in gaps] == ([short] if short else [])

    @rule(sku=SKUS, node=SHELVES, ordered=FEW, came=SOME, is_last=st.booleans())
    def buy_and_receive(self, sku, node, ordered, came, is_last):
        key, before = self.key("p"), self.level(sku, node)
        line = PurchaseLine(sku=sku, quantity=ordered)
        supply.buy(self.tx, key, NewPurchase(
            supplier="A", node=node, ordered_at=self.now, expected_on=self.now.date(), lines=(line,)))  # fmt: skip
        received = ReceivedLine(sku=sku, quantity=came, reason="counted")
        supply.receive(self.tx, key, NewReceipt(
            purchase_order=key, received_at=self.now, lines=(received,), is_last=is_last,
        ), actor=ACTOR, now=self.now)  # fmt: skip
        assert self.level(sku, node) == before + came
        is_open = supply_views.purchase(self.tx, key).closed_at is None
        assert is_open is (not is_last and came < ordered)

    @rule(place=HELD_AT, units=FEW, minutes=st.integers(1, 90))
    def reserve(self, place, units, minutes):
        sku, node = place
        free, key = self.free(sku, node), self.key("h")
        wish = Hold(id=key, demand=f"cart:{key}", sku=sku, node=node, quantity=units,
                    expires_at=self.now + timedelta(minutes=minutes))  # fmt: skip
        try:
            with savepoint(self.tx):
                promises.reserve(self.tx, [wish], actor=ACTOR, now=self.now)
        except NotEnough:
            assert units > free, "what is offered can be held"
        else:
            assert units <= free, "what is held was offered"
            assert self.free(sku, node) == free - units

    @rule(which=WHICH)
    def release(self, which):
        carts = self.ids("select id from reservation where demand like 'cart:%' order by id")
        if carts:
            left = promises.release(self.tx, carts[which % len(carts)], actor=ACTOR, now=self.now)
            assert left.held == 0

    @rule()
    def expire(self):
        open_ones = "select id from reservation where held > 0 and expires_at <= noria_now()"
        over = self.ids(open_ones)
        assert promises.expire(self.tx, actor=ACTOR, now=self.now) == len(over)
        assert self.ids(open_ones) == []

    @rule(wanted=st.dictionaries(SOLD, FEW, min_size=1), twice=st.booleans())
    def accept(self, wanted, twice):
        free = {
            sku: sum(one.units for one in promise_views.available(self.tx, [sku])) for sku in wanted
        }
        keys = [self.key("o") for _ in range(1 + twice)]
        new = [world.order(key, at=self.now, **wanted) for key in keys]
        taken = world.accept(self.tx, *new, now=self.now)
        asked = {sku: units * len(keys) for sku, units in wanted.items()}
        short = sum(max(0, units - free[sku]) for sku, units in asked.items())
        assert sum(one.waiting for one in taken.values()) == short, "only what nobody has waits"

    @rule()
    def look_again(self):
        orders.source_waiting(self.tx, actor=ACTOR, now=self.now)

    @rule(which=WHICH, missing=st.integers(0, 3), reason=st.sampled_from(list(ShortReason)))
    def pick(self, which, missing, reason):
        if leg := self.leg("pick", which):
            part = next(part for part in leg.lines if part.due_units)
            units = min(missing, part.due_units)
            short = [ShortLine(sku=part.sku, quantity=units, reason=reason)] if units else []
            done = world.pick(self.tx, leg.id, *short, now=self.now)
            assert done.short == units
            assert done.units == sum(part.due_units for part in leg.lines) - units

    @rule(which=WHICH)
    def ship(self, which):
        if leg := self.leg("ship", which):
            world.ship(self.tx, leg.id, now=self.now)

    @rule(which=WHICH)
    def deliver(self, which):
        if leg := self.leg("deliver", which):
            world.deliver(self.tx, leg.id, now=self.now)

    @rule(which=WHICH)
    def send(self, which):
        if leg := self.leg("pick", which):
            world.send(self.tx, leg.id, now=self.now)

    @rule(which=WHICH, part=st.none() | st.tuples(SOLD, FEW))
    def cancel(self, which, part):
        known = self.ids("select id from customer_order order by id")
        if not known:
            return
        key = known[which % len(known)]
        lines = order_views.lines(self.tx, [key])[key]
        left = Counter({line.sku: line.waiting for line in lines})
        for leg in order_views.legs(self.tx, [key])[key]:
            if leg.shipped_at is None:
                left.update({each.sku: each.due_units for each in leg.lines})
        asked = dict([part]) if part and part[0] in left else {}
        try:
            with savepoint(self.tx):
                gone = world.cancel(self.tx, key, now=self.now, **asked)
        except NothingToCancel:
            assert any(units > left[sku] for sku, units in asked.items()) or not left.total()
        else:
            assert gone.units == (sum(asked.values()) if asked else left.total())

    @rule(
        sku=SKUS,
        units=FEW,
        way=st.sampled_from([("PAR", "LYS"), ("LYS", "PAR")]),
        is_partial=st.booleans(),
    )
    def send_a_transfer(self, sku, units, way, is_partial):
        key, (source, target) = self.key("t"), way
        there = self.level(sku, source)
        line = UnitLine(sku=sku, quantity=units)
        supply.plan_transfer(self.tx, key, NewTransfer(
            source=source, target=target, expected_on=self.now.date(), lines=(line,)), now=self.now)  # fmt: skip
        try:
            with savepoint(self.tx):
                what = Dispatch(is_partial=is_partial)
                gone = supply.dispatch(self.tx, key, what, actor=ACTOR, now=self.now)
        except NotEnoughStock:
            assert there < units
            assert not is_partial
        else:
            assert gone.lines[0].dispatched == min(there, units)

    @rule(which=WHICH, came=SOME)
    def receive_a_transfer(self, which, came):
        under_way = self.ids(
            "select id from transfer where dispatched_at is not null and received_at is null order by id"
        )
        if under_way:
            known = supply_views.transfer(self.tx, under_way[which % len(under_way)])
            [line] = known.lines
            received = ReceivedLine(sku=line.sku, quantity=came, reason="counted")
            supply.receive(self.tx, f"r-{known.id}", NewReceipt(
                transfer=known.id, received_at=self.now, lines=(received,)), actor=ACTOR, now=self.now)  # fmt: skip

    @rule(which=WHICH, units=FEW)
    def announce_a_return(self, which, units):
        known = self.ids("select distinct order_id from shipment order by order_id")
        if not known:
            return
        order = known[which % len(known)]
        sku, gone = min(order_views.shipped_units(self.tx, order).items())
        left = gone - return_views.returned_units(self.tx, order, None).get(sku, 0)
        new = NewReturn(
            order=order,
            node="PAR",
            reason="too small",
            lines=(ReturnLine(sku=sku, quantity=units),),
        )
        try:
            with savepoint(self.tx):
                returns.announce(self.tx, self.key("a"), new, actor=ACTOR, now=self.now)
        except NotReturnable:
            assert units > left
        else:
            assert units <= left

    @rule(which=WHICH, box=st.dictionaries(SKUS, FEW))
    def receive_a_return(self, which, box):
        known = self.ids("select id from rma where received_at is null order by id")
        if known:
            lines = tuple(ReturnLine(sku=sku, quantity=units) for sku, units in box.items())
            key = known[which % len(known)]
            returns.receive(self.tx, key, Reception(lines=lines), actor=ACTOR, now=self.now)

    @rule(which=WHICH, where=st.sampled_from(list(TARGETS)))
    def inspect_a_return(self, which, where):
        known = self.ids(
            "select id from rma where received_at is not null and closed_at is null order by id"
        )
        if known:
            rma = return_views.rma(self.tx, known[which % len(known)])
            findings = tuple(
                Finding(
                    sku=line.sku,
                    quantity=line.received,
                    grade=Grade.B,
                    disposition=Disposition(where),
                )
                for line in rma.lines
                if line.received
            )
            returns.inspect(self.tx, rma.id, Inspection(lines=findings), actor=ACTOR, now=self.now)

    @rule(minutes=st.sampled_from([1, 15, 60, 1_440]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)
        clock.drive(self.tx, self.now)

    @invariant()
    def everything_agrees(self):
        assert world.audit(self.tx) == []

    @invariant()
    def what_is_offered_is_what_is_there(self):
        """Available + holds whose time is over - buffer - doubt; for the printer, ten a day - open holds."""
        offered = {
            (one.sku, one.node): one.units
            for one in promise_views.available(self.tx, ["cup", "mug", "poster"])
        }
        there = Counter()
        for (sku, node, state), units in world.levels(self.tx).items():
            if state == "available":
                there[sku, node] += units
        making = 0
        for sku, node, held, expires_at in self.tx.execute(
            "select sku, node, held, expires_at from reservation where held > 0"
        ):
            is_over = expires_at is not None and expires_at <= self.now
            if node == "PRINT":
                making += 0 if is_over else held
            elif is_over:
                there[sku, node] += held
        doubted = {
            (sku, node): units
            for sku, node, units in self.tx.execute("select sku, node, units from shelf_doubt")
        }
        counted = self.tx.execute(
            "select sku, node from count_line join count_task on id = task where ended_at is null"
        )
        assert doubted.keys() <= set(counted.fetchall()), "until it is counted"
        expected = {
            key: units - (key[1] == "LYS") - doubted.get(key, 0) for key, units in there.items()
        }
        expected["poster", "PRINT"] = 10 - making
        assert offered == {key: units for key, units in expected.items() if units > 0}

    def ids(self, query):
        return [key for (key,) in self.tx.execute(query)]

    def leg(self, step, which):
        waiting = order_views.work(self.tx, step, nodes=None)
        return order_views.leg(self.tx, waiting[which % len(waiting)].id) if waiting else None


@pytest.mark.timeout(3600)
def test_every_history_leaves_a_book_that_agrees(retailer):
    machine = type("OnThisDatabase", (Retailer,), {"database": retailer})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS_A_RUN,
            derandomize=ASKED is None,
            deadline=None,
            phases=set(Phase) if ASKED else set(Phase) - {Phase.shrink, Phase.explain},
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
