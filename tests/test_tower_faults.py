"""Every kind of fault, planted behind the program's back: found, named, with its movement."""

from datetime import timedelta

import msgspec
import pytest

import auditor
import value_faults
import world
from auditor import findings, plant
from noria.catalog import actions as catalog
from noria.catalog.model import Sku, Tracking
from noria.kit import checks
from noria.kit.checks import Scope
from noria.promise import actions as promises
from noria.promise.model import Hold
from noria.returns import actions as returns
from noria.returns.model import NewReturn, ReturnLine
from noria.stock import history_actions as history
from noria.stock.tracked.claims_model import WantedLot
from noria.supply import actions as supply
from noria.supply.model import Dispatch, NewPurchase, NewReceipt, NewTransfer
from noria.tower.checks import CHECKS
from noria.value import actions as value
from noria.value.model import LandedKind, NewLandedCost, Spread
from units import OUT, SHELF, book, lot, move, movement
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    """A day of everything: stock, orders at each stage, a cart, a transfer, a purchase, a return."""
    tx, hours = retail, (MONDAY + timedelta(hours=number) for number in range(20))
    world.shelve(tx, "PAR", mug=9, bowl=4, now=next(hours))
    world.shelve(tx, "SHOP", cup=3, now=next(hours))
    world.accept(tx, world.order("o2", mug=1), now=next(hours))
    world.send(tx, "o2.1", now=next(hours))
    world.accept(tx, world.order("o3", mug=1), now=next(hours))
    world.cancel(tx, "o3", now=next(hours))
    world.accept(tx, world.order("o1", mug=2), now=next(hours))
    cart = Hold(id="r1", demand="cart:7", sku="mug", node="PAR", quantity=1)
    promises.reserve(tx, [cart], actor=ACTOR, now=next(hours))
    buy_and_move(tx, next(hours))
    back = NewReturn(order="o2", node="PAR", reason="x", lines=(ReturnLine(sku="mug", quantity=1),))
    returns.announce(tx, "back", back, actor=ACTOR, now=next(hours))
    told_apart(tx, next(hours))
    world.accept(tx, world.order("o4", urn=5), now=next(hours))
    value.follow(tx)
    freight = NewLandedCost(
        receipt="in", kind=LandedKind.FREIGHT, amount_cents=100, spread_by=Spread.UNITS
    )
    value.land(tx, "freight", freight, actor=ACTOR, now=next(hours))
    history.cut(tx, now=next(hours), is_forced=True)
    assert findings(tx) == []
    return tx


def told_apart(tx, now):
    """Two lamps, each with its serial, one of them sent to LYS; ten boxes of tea, all of one lot;
    and urns, of which there is none."""
    made = [("lamp", Tracking.SERIAL), ("tea", Tracking.LOT), ("urn", Tracking.UNTRACKED)]
    skus = [Sku(code=code, name=code, tracking=how) for code, how in made]
    catalog.save(tx, skus, actor=ACTOR, now=now)
    lamps = move(2, OUT, SHELF, sku="lamp", serials=("L1", "L2"))
    boxes = move(10, OUT, SHELF, sku="tea", lots=[lot("A", 10)])
    away = move(1, SHELF, SHELF, sku="lamp", to="LYS", serials=("L1",))
    for key, one in (("lamps", lamps), ("boxes", boxes), ("away", away)):
        book(tx, movement(key, one, at=now), now=now)
    named = [
        Hold(id="r2", demand="cart:8", sku="lamp", node="PAR", quantity=1, serials=("L2",)),
        Hold(id="r3", demand="cart:9", sku="tea", node="PAR", quantity=4,
             lots=(WantedLot(lot="A", quantity=4),)),
    ]  # fmt: skip
    promises.reserve(tx, named, actor=ACTOR, now=now)


def buy_and_move(tx, now):
    line = {"sku": "bowl", "quantity": 5}
    bought = {"supplier": "Potter", "node": "PAR", "ordered_at": now, "expected_on": now.date()}
    supply.buy(tx, "po", msgspec.convert(bought | {"lines": [line]}, NewPurchase))
    came = {"purchase_order": "po", "received_at": now, "lines": [line]}
    supply.receive(tx, "in", msgspec.convert(came, NewReceipt), actor=ACTOR, now=now)
    road = {"source": "PAR", "target": "LYS", "expected_on": now.date(), "lines": [line]}
    supply.plan_transfer(tx, "t1", msgspec.convert(road, NewTransfer), now=now)
    later = now + timedelta(minutes=1)
    supply.dispatch(tx, "t1", msgspec.convert({}, Dispatch), actor=ACTOR, now=later)


PUT_ON = "(sku, node, state) = ('cup', 'SHOP', 'available')"
FAULTS = [
    (
        "a balance is off by one",
        ["update balance set quantity = quantity + 1 where " + PUT_ON],
        {
            "balance.moves": ("balance:cup:SHOP:available", "3", "4", "count:open-1"),
            "sku.zero": ("sku:cup", "0", "1", "count:open-1"),
            "level.told": ("level:cup:SHOP:available", "4", "3", "count:open-1"),
            "value.units": ("worth:cup:SHOP", "4", "3", "count:open-1"),
            "value.states": (
                "value-state:SHOP:available:EUR", "4 units, 1200 cents", "3 units, 1200 cents", None,
            ),
        },
    ),
    (
        "two balances are wrong, and add up",
        [
            "update balance set quantity = quantity - 1 where " + PUT_ON,
            ("update balance set quantity = quantity + 1"
            " where (sku, node, state) = ('cup', 'SHOP', 'outside')"),
        ],
        {
            "balance.moves": ("balance:cup:SHOP:available", "3", "2", "count:open-1"),
            "level.told": ("level:cup:SHOP:available", "2", "3", "count:open-1"),
            "value.units": ("worth:cup:SHOP", "2", "3", "count:open-1"),
            "value.states": (
                "value-state:SHOP:available:EUR", "2 units, 1200 cents", "3 units, 1200 cents", None,
            ),
        },
    ),
    (
        "a balance is gone",
        ["delete from balance where " + PUT_ON],
        {
            "balance.moves": ("balance:cup:SHOP:available", "3", "0", "count:open-1"),
            "sku.zero": ("sku:cup", "0", "-3", "count:open-1"),
            "value.units": ("worth:cup:SHOP", "0", "3", "count:open-1"),
        },
    ),
    (
        "a balance comes from nowhere",
        ["insert into balance (sku, node, state, quantity) values ('cup', 'LYS', 'hold', 4)"],
        {
            "balance.moves": ("balance:cup:LYS:hold", "0", "4", None),
            "sku.zero": ("sku:cup", "0", "4", "count:open-1"),
            "value.units": ("worth:cup:LYS", "4", "0", None),
        },
    ),
    (
        "less than nothing, the constraint out of the way",
        [
            "alter table balance drop constraint only_outside_may_be_negative",
            "update balance set quantity = -1 where " + PUT_ON,
        ],
        {
            "balance.negative": ("balance:cup:SHOP:available", "0", "-1", "count:open-1"),
            "balance.moves": ("balance:cup:SHOP:available", "3", "-1", "count:open-1"),
            "sku.zero": ("sku:cup", "0", "-4", "count:open-1"),
            "level.told": ("level:cup:SHOP:available", "-1", "3", "count:open-1"),
            "value.units": ("worth:cup:SHOP", "-1", "3", "count:open-1"),
        },
    ),
    (
        "a move is missing, the first of two",
        [("delete from move where line = 0 and sku = 'bowl' and target_state = 'available'"
         " and movement_id in (select id from movement where cause = 'count:open-0')")],
        {
            "movement.lines": ("movement:{count:open-0}", "2", "1", "count:open-0"),
            "balance.moves": ("balance:bowl:PAR:available", "0", "4", "transfer:t1"),
            "snapshot.moves": ("snapshot:bowl:PAR:available", "0", "4", "transfer:t1"),
        },
    ),
    (
        "all moves of a movement are missing",
        ["delete from move where sku = 'cup'"],
        {
            "movement.lines": ("movement:{count:open-1}", "1", "0", "count:open-1"),
            "balance.moves": ("balance:cup:SHOP:available", "0", "3", None),
            "snapshot.moves": ("snapshot:cup:SHOP:available", "0", "3", None),
        },
    ),
    (
        "a serial stands where no move has brought it",
        ["update serial set node = 'PAR' where code = 'L1'"],
        {
            "serial.place": ("serial:lamp:L1:LYS:available", "1", "0", "till:away"),
            "lot.units": ("lots:lamp:LYS:available", "1", "0", "till:away"),
        },
    ),
    (
        "a serial is in two places: a move names it that took another",
        ["update move_serial set serial = 'L2' where movement_id = 'away'"],
        {"serial.place": ("serial:lamp:L1:LYS:available", "0", "1", "till:away")},
    ),
    (
        "the units of a lot do not add up",
        ["update lot_balance set quantity = 9 where lot = 'A' and state = 'available'"],
        {
            "lot.moves": ("lot:tea:A:PAR:available", "10", "9", "till:boxes"),
            "lot.units": ("lots:tea:PAR:available", "10", "9", "cart:9"),
        },
    ),
    (
        "what a balance was has been changed",
        ["update balance_snapshot set quantity = 4 where sku = 'cup' and state = 'available'"],
        {"snapshot.moves": ("snapshot:cup:SHOP:available", "3", "4", "count:open-1")},
    ),
    *value_faults.FAULTS,
    (
        "a movement is gone, and its moves are not",
        ["delete from movement where cause = 'count:open-1'"],
        {"move.movement": ("move:{count:open-1}:0", "a movement", "a move alone", "count:open-1")},
    ),
    (
        "a move was changed",
        ["update move set quantity = 7 where sku = 'cup'"],
        {
            "balance.moves": ("balance:cup:SHOP:available", "7", "3", "count:open-1"),
            "snapshot.moves": ("snapshot:cup:SHOP:available", "7", "3", "count:open-1"),
        },
    ),
    (
        "the parts of a move do not add up",
        [("update move set causes = array['cart:7'], parts = array[2] where movement_id ="
         " (select id from movement where cause = 'cart:7')")],
        {
            "move.parts": ("move:{cart:7}:0", "1", "2", "cart:7"),
            "reservation.moves": ("demand:cart:7:mug:PAR", "2", "1", "cart:7"),
        },
    ),
    (
        "a reservation is there twice",
        [("insert into reservation (id, demand, sku, node, quantity, held, made_at)"
         " select 'again', demand, sku, node, quantity, held, made_at from reservation"
         " where demand = 'cart:7'")],
        {
            "reservation.moves": ("demand:cart:7:mug:PAR", "1", "2", "cart:7"),
            "reservation.units": ("reserved:mug:PAR", "3", "4", "cart:7"),
        },
    ),
    (
        "a reservation without its units",
        [("insert into reservation (id, demand, sku, node, quantity, held, made_at)"
         " values ('air', 'cart:9', 'bowl', 'LYS', 3, 3, now())")],
        {
            "reservation.moves": ("demand:cart:9:bowl:LYS", "0", "3", None),
            "reservation.units": ("reserved:bowl:LYS", "0", "3", None),
        },
    ),
    (
        "units reserved for nobody",
        ["delete from reservation where demand = 'cart:7'"],
        {
            "reservation.moves": ("demand:cart:7:mug:PAR", "1", "0", "cart:7"),
            "reservation.units": ("reserved:mug:PAR", "3", "2", "cart:7"),
        },
    ),
    (
        "two demands have changed places",
        ["update reservation set demand = 'cart:8' where demand = 'cart:7'"],
        {"reservation.moves": ("demand:cart:7:mug:PAR", "1", "0", "cart:7")},
    ),
    (
        "a hold of an order that is cancelled",
        ["update leg_line set gone = quantity where leg_id = 'o1.1'",
         "update leg set withdrawn_at = now() where id = 'o1.1'",
         "update order_line set waiting = 0, cancelled = quantity where order_id = 'o1'",
         "update customer_order set stage = 'cancelled' where id = 'o1'"],
        {"hold.orphan": ("reservation:o1.1.1", "0", "2", "order:o1")},
    ),
    (
        "a hold of an order that never was",
        ["update reservation set demand = 'order:ghost', id = 'ghost.1.1' where id = 'r1'",
         "update movement set cause = 'order:ghost' where cause = 'cart:7'"],
        {"hold.orphan": ("reservation:ghost.1.1", "0", "1", "cart:7")},
    ),
    (
        "a leg whose units are held no more",
        ["update reservation set held = 0, ended_at = now() where id = 'o1.1.1'"],
        {
            "leg.held": ("leg:o1.1:1", "2", "0", "order:o1"),
            "reservation.moves": ("demand:order:o1:mug:PAR", "2", "0", "order:o1"),
            "reservation.units": ("reserved:mug:PAR", "3", "1", "cart:7"),
        },
    ),
    (
        "a day of a node is fuller than its legs",
        ["insert into capacity_due (node, day, units, legs) values ('PAR', '2026-03-02', 3, 1)"],
        {"leg.days": ("day:PAR:2026-03-02", "0 units, 0 legs", "3 units, 1 legs", None)},
    ),
    (
        "an order's line has units that nobody accounts for",
        ["update order_line set quantity = quantity + 1 where order_id = 'o1'"],
        {"order.units": ("order:o1:1", "3", "2", None)},
    ),
    (
        "demand is expected of an order that waits for nothing",
        [("insert into expected_demand (demand, line, sku, units, channel, since)"
         " values ('order:o1', 1, 'mug', 2, 'web', now())")],
        {"demand.waiting": ("demand:order:o1:1", "0", "2", None)},
    ),
    (
        "an order waits for more than the promise expects",
        ["update expected_demand set units = 1 where demand = 'order:o4'"],
        {"demand.waiting": ("demand:order:o4:1", "5", "1", None)},
    ),
    (
        "an order is at the wrong stage",
        ["update customer_order set stage = 'picked' where id = 'o1'"],
        {"order.stage": ("order:o1", "sourced", "picked", None)},
    ),
    (
        "a promise is settled before its order has come",
        ["update promise set settled_at = now(), is_kept = true where order_id = 'o1'"],
        {"order.promise": ("promise:o1", "open", "settled", None)},
    ),
    (
        "a reservation was answered and never made",
        [("insert into answer (scope, key, digest, status)"
         " values ('PUT /v1/reservations/{reservation_id}', 'r9', '', 200)")],
        {"reservation.answer": ("reservation:r9", "a reservation", "answered, not held", None)},
    ),
    (
        "a line of a wish was answered and never held",
        [("insert into answer (scope, key, digest, status, body) values ('POST /v1/reservations',"
         """ 'w9', '', 200, '{"lines":[{"reservation":null},{"reservation":"w9.2"}]}')""")],
        {"reservation.answer": ("reservation:w9.2", "a reservation", "answered, not held", None)},
    ),
    (
        "a movement was answered and never booked",
        [("insert into answer (scope, key, digest, status)"
         " values ('PUT /v1/movements/{movement_id}', 'm9', '', 200)")],
        {"movement.answer": ("movement:m9", "in the book", "answered, not booked", None)},
    ),
    (
        "an order was answered and never kept",
        [("insert into answer (scope, key, digest, status)"
         " values ('PUT /v1/orders/{order_id}', 'o9', '', 200)")],
        {"order.answer": ("order:o9", "an order", "answered, not kept", None)},
    ),
    (
        "a request was taken and never answered",
        ["insert into answer (scope, key, digest) values ('PUT /v1/orders/{order_id}', 'o8', '')"],
        {"answer.settled": ("answer:PUT /v1/orders/{order_id} o8", "an answer", "none", None)},
    ),
    (
        "a server keeps in memory what is not so any more",
        [("insert into matrix_difference"
         " (process, found_at, transaction, what, sku, node, expected, found)"
         " values ('web1', now(), 7, 'shelf', 'cup', 'SHOP', '3', '4')")],
        {"matrix.copy": ("matrix:web1:shelf:cup:SHOP", "3", "4", "count:open-1")},
    ),
    (
        "a transfer says that more is under way than left",
        ["update transfer_line set dispatched = 6 where transfer = 't1'"],
        {"transfer.units": ("in_transit:bowl:LYS", "5", "6", "transfer:t1")},
    ),
    (
        "an ASN says that more came than was received",
        [("insert into asn (id, supplier, node, expected_on, announced_at)"
         " values ('a1', 'Potter', 'PAR', '2026-11-27', now())"),
         "insert into asn_line (asn, sku, quantity, received) values ('a1', 'bowl', 5, 2)"],
        {"asn.received": ("asn:a1:bowl", "0", "2", None)},
    ),
    (
        "a purchase order says that more came than was booked",
        ["update purchase_line set received = 6 where purchase_order = 'po'"],
        {"purchase.received": ("purchase:po:bowl", "5", "6", "purchase:po")},
    ),
    (
        "a return says that more is coming back than left",
        ["update rma_line set quantity = 2 where rma_id = 'back'"],
        {"return.units": ("returning:mug:PAR", "1", "2", "return:back")},
    ),
    (
        "a claim is left behind by its hold",
        ["update unit_claim set holder = 'gone' where holder = 'r2'"],
        {"claim.hold": ("claim:gone", "0", "1", "cart:8")},
    ),
    (
        "a claim outlasts its hold",
        ["update unit_claim set until = noria_now() + interval '1 day' where holder = 'r2'"],
        {"claim.hold": ("claim:r2", "0", "1", "cart:8")},
    ),
    (
        "a hold names more units than it has",
        ["update unit_claim set quantity = 9 where holder = 'r3'"],
        {"claim.hold": ("claim:r3", "4", "9", "cart:9")},
    ),
    (
        "a serial is named by two holds, the index out of the way",
        [
            "drop index a_serial_is_claimed_once",
            ("insert into unit_claim select 'r1', sku, code, node, quantity, is_serial, until,"
             " is_standing, claimed_at from unit_claim where holder = 'r2'"),
        ],
        {
            "claim.unit": ("unit:lamp:L2:PAR", "1", "2", "cart:8"),
            "claim.hold": ("claim:r1", "0", "1", "cart:8"),
        },
    ),
    (
        "what a hold names is not there",
        ["update unit_claim set code = 'L1' where holder = 'r2'"],
        {"claim.unit": ("unit:lamp:L1:PAR", "0", "1", "cart:8")},
    ),
    (
        "a change that nobody was told of",
        [("delete from event where seq = (select max(seq) from event"
         " where subject = 'mug' and type = 'stock.level.changed')"),
         ("delete from event where seq = (select max(seq) from event"
         " where subject = 'mug' and type = 'stock.level.changed')")],
        {"level.told": ("level:mug:PAR:available", "5", "6", "cart:7")},
    ),
    (
        "an exception stands on the work list that no room tells of",
        [("insert into exception_look (began_at, at, seq)"
          " select clock_timestamp(), noria_now(), max(seq) from event"),
         ("insert into standing_exception (key, nth, kind, subject, since, detail, owner, facts)"
          " values (gen_random_uuid(), 1, 'a.kind', 'order:gone', noria_now(), '', 'planner', '{}')")],
        {"exception.standing": ("exception:a.kind order:gone", "nothing", "planner", None)},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("because", "planted", "expected"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_planted_fault_is_found_and_named(tx, because, planted, expected):
    traced = {
        cause: auditor.movement(tx, cause) for *_, cause in expected.values() if cause is not None
    }  # before the fault: it may be the movement that is damaged
    plant(tx, *planted)
    found = findings(tx)
    assert {one.check for one in found} == expected.keys(), because
    first = {one.check: one for one in reversed(found)}
    for check, (subject, expects, finds, cause) in expected.items():
        one = first[check]
        named = subject.replace(f"{{{cause}}}", traced.get(cause, ""))
        assert (one.subject, one.expected, one.found) == (named, expects, finds), because
        assert one.movement == (traced[cause] if cause else None), f"{check}: where to look"


def test_every_check_is_in_the_table_of_faults():
    tried = {check for _, _, expected in FAULTS for check in expected}
    assert tried == {check.name for check in CHECKS}


def test_an_audit_of_other_skus_does_not_see_it(tx):
    plant(tx, "update balance set quantity = quantity + 1 where " + PUT_ON)
    other = Scope(skus=["mug", "bowl"], orders=[], since=MONDAY, lately=MONDAY)
    assert auditor.names(tx, other) == {"value.states"}, "a sum over all SKUs, asked once"
    assert findings(tx, Scope(skus=["cup"])) != []
    assert auditor.names(tx, Scope(low="cup")) == {"value.states"}, "above a bound means above it"
    assert findings(tx, Scope(low="bowl", high="cup")) != []


@pytest.mark.parametrize(("fault", "check"), [
    ("update balance set quantity = quantity + 1 where " + PUT_ON, "value.states"),
    ("update cost_total set units = units + 1 where node = 'SHOP'", "value.totals"),
    ("insert into capacity_due values ('SHOP', '2026-03-02', 3, 1)", "leg.days"),
])  # fmt: skip
def test_sums_of_nodes_are_compared_node_by_node(tx, fault, check):
    plant(tx, fault)
    [asked] = [one for one in CHECKS if one.name == check]
    assert asked.is_by_node
    parts = [
        Scope(high_node="PAR"),
        Scope(low_node="PAR", high_node="SHOP"),
        Scope(low_node="SHOP"),
    ]
    found = [[one.node for one in checks.ask(tx, [asked], part)[1]] for part in parts]
    assert found == [[], ["SHOP"], []], "above a bound, and up to the other"


def test_a_thousand_differences_are_shown_and_all_are_counted(tx):
    plant(
        tx,
        "insert into balance (sku, node, state, quantity)"
        " select 'cup', 'N' || n, 'hold', 1 from generate_series(1, 1200) as n",
    )
    results, found = checks.ask(tx, CHECKS, Scope())
    assert next(one.differences for one in results if one.check == "balance.moves") == 1200
    assert sum(one.check == "balance.moves" for one in found) == checks.SHOWN
