"""What people and machines do to stock, to be raced in pairs.

A row is a name, what must be there first, and the act. To race something new, add a row, and to
`THINGS` what it needs; all of it is about the SKUs `x` and `y` of a trial, and `s`, each unit of
which has a serial, under the trial's key.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from noria.catalog import actions as catalog
from noria.catalog.model import Sku, Tracking
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import Deliver, Pick, Ship, ShortLine, ShortReason
from noria.kit.db import Connection
from noria.lab.torture import ground
from noria.lab.torture.ground import ACTOR, NOW
from noria.orders import actions as orders
from noria.orders.model import CancelLine
from noria.promise import actions as promises
from noria.promise import holds_actions as holds
from noria.promise.holds_model import Confirm, Extend, GiveBack, Take
from noria.promise.model import Draw, Hold
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
from noria.stock.levels import actions as levels
from noria.stock.levels.model import LevelWish
from noria.stock.model import Counted, Move, Movement, MovementKind, Place, State
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

Act = Callable[[Connection, str], Any]
Trials = Sequence[str]
Make = Callable[[Connection, Trials], None]


class Operation(Struct, frozen=True, kw_only=True):
    name: str
    needs: tuple[str, ...] = ()
    act: Act


def key_of(trial: str, what: str) -> str:
    return f"{trial}-{what}"


def _hold(trial: str, what: str, sku: str, node: str, units: int, *, is_over: bool = False) -> Hold:
    return Hold(
        id=key_of(trial, what),
        demand=f"cart:{trial}-{what[0]}",
        sku=key_of(trial, sku),
        node=node,
        quantity=units,
        expires_at=NOW if is_over else None,
    )


def _reserve(tx: Connection, holds: list[Hold]) -> None:
    promises.reserve(tx, holds, actor=ACTOR, now=NOW)


def _keep(tx: Connection, trials: Trials) -> None:
    _reserve(tx, [_hold(trial, "kept", "x", "T1", 2) for trial in trials])


def _lapse(tx: Connection, trials: Trials) -> None:
    _reserve(tx, [_hold(trial, "lapsed", "x", "T1", 1, is_over=True) for trial in trials])


def _order(tx: Connection, trials: Trials) -> None:
    new = [
        ground.order(key_of(trial, "o"), [(key_of(trial, "x"), 2), (key_of(trial, "y"), 1)])
        for trial in trials
    ]
    orders.accept(tx, new, actor=ACTOR, now=NOW)


def _picked(tx: Connection, trials: Trials) -> None:
    fulfilment.pick(tx, [Pick(id=_leg(trial)) for trial in trials], actor=ACTOR, now=NOW)


def _shipped(tx: Connection, trials: Trials) -> None:
    fulfilment.ship(tx, [Ship(id=_leg(trial)) for trial in trials], actor=ACTOR, now=NOW)


def _delivered(tx: Connection, trials: Trials) -> None:
    done = [Deliver(id=_leg(trial), delivered_at=NOW) for trial in trials]
    fulfilment.deliver(tx, done, actor=ACTOR, now=NOW)


def _each(make: Act) -> Make:
    """What is made trial by trial, where a verb takes no list."""

    def made(tx: Connection, trials: Trials) -> None:
        for trial in trials:
            make(tx, trial)

    return made


def _leg(trial: str) -> str:
    return f"{key_of(trial, 'o')}.1"


def _announce(tx: Connection, trial: str, what: str = "r") -> Any:
    line = ReturnLine(sku=key_of(trial, "x"), quantity=1 if what == "r" else 2)
    new = NewReturn(order=key_of(trial, "o"), node="T1", reason="too small", lines=(line,))
    return returns.announce(tx, key_of(trial, what), new, actor=ACTOR, now=NOW)


def _take_back(tx: Connection, trial: str) -> Any:
    box = Reception(lines=(ReturnLine(sku=key_of(trial, "x"), quantity=1),))
    return returns.receive(tx, key_of(trial, "r"), box, actor=ACTOR, now=NOW)


def _plan_transfer(tx: Connection, trial: str) -> None:
    new = NewTransfer(
        source="T1",
        target="T2",
        expected_on=NOW.date(),
        lines=(UnitLine(sku=key_of(trial, "x"), quantity=2),),
    )
    supply.plan_transfer(tx, key_of(trial, "t"), new, now=NOW)


def _dispatch(tx: Connection, trial: str) -> Any:
    return supply.dispatch(tx, key_of(trial, "t"), Dispatch(), actor=ACTOR, now=NOW)


def _buy(tx: Connection, trial: str) -> None:
    new = NewPurchase(
        supplier="A",
        node="T1",
        ordered_at=NOW,
        expected_on=NOW.date(),
        lines=(PurchaseLine(sku=key_of(trial, "x"), quantity=3),),
    )
    supply.buy(tx, key_of(trial, "p"), new)


def _sold_before(tx: Connection, trials: Trials) -> None:
    """A sale that turns out to be wrong."""
    shelf, outside = Place("T1", State.AVAILABLE), Place("T1", State.OUTSIDE)
    told = [
        _fact(
            trial,
            "wrong",
            MovementKind.SOLD,
            Move(sku=key_of(trial, "x"), quantity=1, source=shelf, target=outside),
        )
        for trial in trials
    ]
    stock.book(tx, told, actor=ACTOR, now=NOW)


def _units(tx: Connection, trials: Trials) -> None:
    """Three units with serials at T1, and one of them in a hold that is kept."""
    skus = [key_of(trial, "s") for trial in trials]
    new = [Sku(code=sku, name=sku, tracking=Tracking.SERIAL) for sku in skus]
    catalog.save(tx, new, actor=ACTOR, now=NOW)
    outside, shelf = Place("T1", State.OUTSIDE), Place("T1", State.AVAILABLE)
    serials = tuple(f"N{number}" for number in range(3))
    told = [
        _fact(
            trial,
            "units",
            MovementKind.RECEIVED,
            Move(sku=sku, quantity=3, source=outside, target=shelf, serials=serials),
        )
        for trial, sku in zip(trials, skus, strict=True)
    ]
    stock.book(tx, told, actor=ACTOR, now=NOW)
    _reserve(tx, [_hold(trial, "unit", "s", "T1", 1) for trial in trials])


def _book(tx: Connection, trial: str, what: str, kind: MovementKind, move: Move) -> Any:
    told = _fact(trial, what, kind, move)
    return [gap.quantity for gap in stock.book(tx, [told], actor=ACTOR, now=NOW)]


def _fact(trial: str, what: str, kind: MovementKind, move: Move) -> Movement:
    return Movement(
        id=key_of(trial, what), kind=kind, cause=f"till:{trial}", happened_at=NOW, moves=(move,)
    )


THINGS: Mapping[str, Make] = {
    "kept": _keep,
    "order": _order,
    "picked": _picked,
    "shipped": _shipped,
    "delivered": _delivered,
    "announced": _each(_announce),
    "taken_back": _each(_take_back),
    "transfer": _each(_plan_transfer),
    "dispatched": _each(_dispatch),
    "purchase": _each(_buy),
    "lapsed": _lapse,
    "sold": _sold_before,
    "units": _units,
}
"""In the order in which they are made; each stands on those before it."""

AT_FIRST = {("x", "T1"): 5, ("x", "T2"): 2, ("y", "T1"): 3, ("y", "T2"): 1}

SENT = ("order", "picked", "shipped")


def build(tx: Connection, trials: Trials, needs: set[str]) -> None:
    """The SKUs of trials on their shelves, and what their operations need."""
    ground.name(tx, [key_of(trial, sku) for trial in trials for sku in "xy"])
    shelves = {
        trial: {(key_of(trial, sku), node): units for (sku, node), units in AT_FIRST.items()}
        for trial in trials
    }
    ground.fill_all(tx, shelves)
    for name, make in THINGS.items():
        if name in needs:
            make(tx, trials)


def _sell(tx: Connection, trial: str) -> Any:
    shelf, outside = Place("T1", State.AVAILABLE), Place("T1", State.OUTSIDE)
    moves = tuple(
        Move(sku=key_of(trial, sku), quantity=units, source=shelf, target=outside)
        for sku, units in (("y", 1), ("x", 4))
    )
    sold = Movement(
        id=key_of(trial, "sold"),
        kind=MovementKind.SOLD,
        cause=f"till:{trial}",
        happened_at=NOW,
        moves=moves,
    )
    return [gap.quantity for gap in stock.book(tx, [sold], actor=ACTOR, now=NOW)]


def _count(tx: Connection, trial: str) -> Any:
    lines = [Counted(sku=key_of(trial, sku), quantity=6) for sku in "yx"]
    key = key_of(trial, "count")
    return stock.count(tx, key, "T1", lines, counted_at=NOW, actor=ACTOR, now=NOW)


def _set_level(tx: Connection, trial: str) -> Any:
    wish = LevelWish(
        id=key_of(trial, "level"), sku=key_of(trial, "x"), node="T1", quantity=9, believed=5
    )
    return levels.write(tx, [wish], actor=ACTOR, now=NOW)[wish.id].change


def _draw(tx: Connection, trial: str) -> None:
    promises.draw(
        tx,
        [Draw(reservation=key_of(trial, "kept"), units=units) for units in (1, 1)],
        to=State.OUTSIDE,
        kind=MovementKind.SHIPPED,
        actor=ACTOR,
        now=NOW,
    )


def _pick_short(tx: Connection, trial: str) -> Any:
    short = ShortLine(sku=key_of(trial, "x"), quantity=1, reason=ShortReason.NOT_FOUND)
    return fulfilment.pick(tx, [Pick(id=_leg(trial), short=(short,))], actor=ACTOR, now=NOW)


def _receive_transfer(tx: Connection, trial: str) -> Any:
    line = ReceivedLine(sku=key_of(trial, "x"), quantity=1, reason="broken")
    new = NewReceipt(transfer=key_of(trial, "t"), received_at=NOW, lines=(line,))
    return supply.receive(tx, key_of(trial, "rt"), new, actor=ACTOR, now=NOW)


def _receive_purchase(tx: Connection, trial: str, what: str = "rp") -> Any:
    line = ReceivedLine(sku=key_of(trial, "x"), quantity=3)
    new = NewReceipt(
        purchase_order=key_of(trial, "p"), received_at=NOW, lines=(line,), is_last=True
    )
    return supply.receive(tx, key_of(trial, what), new, actor=ACTOR, now=NOW)


def _inspect(tx: Connection, trial: str) -> Any:
    found = Finding(
        sku=key_of(trial, "x"), quantity=1, grade=Grade.A, disposition=Disposition.RESTOCK
    )
    return returns.inspect(tx, key_of(trial, "r"), Inspection(lines=(found,)), actor=ACTOR, now=NOW)


def _accept(tx: Connection, trial: str) -> Any:
    """Two lines of one SKU, more than one node has."""
    x, y = key_of(trial, "x"), key_of(trial, "y")
    new = ground.order(key_of(trial, "n"), [(x, 3), (y, 2), (x, 2)])
    taken = orders.accept(tx, [new], actor=ACTOR, now=NOW)[new.id]
    return taken.waiting


def _cancel(tx: Connection, trial: str) -> Any:
    key = key_of(trial, "o")
    return orders.cancel(tx, key, None, reason="changed", actor=ACTOR, now=NOW).units


def _cancel_line(tx: Connection, trial: str) -> Any:
    lines = [CancelLine(sku=key_of(trial, "x"), quantity=1)]
    key = key_of(trial, "o")
    return orders.cancel(tx, key, lines, reason="changed", actor=ACTOR, now=NOW).units


def _hold_two_lines(tx: Connection, trial: str) -> None:
    """Two lines of one SKU, and another SKU first."""
    holds = [
        _hold(trial, "h0", "y", "T1", 1),
        _hold(trial, "h1", "x", "T1", 2),
        _hold(trial, "h2", "x", "T1", 2),
    ]
    _reserve(tx, holds)


def _hold_split(tx: Connection, trial: str) -> None:
    _reserve(tx, [_hold(trial, "i0", "x", "T2", 2), _hold(trial, "i1", "x", "T1", 3)])


def _release(tx: Connection, trial: str) -> Any:
    left = promises.release(tx, key_of(trial, "kept"), actor=ACTOR, now=NOW)
    return left and left.held


def _expire(tx: Connection, _: str) -> Any:
    return promises.expire(tx, actor=ACTOR, now=NOW)


def _extend(tx: Connection, trial: str, what: str = "kept") -> Any:
    key = key_of(trial, what)
    wish = Extend(id=key_of(trial, "longer"), reservation=key, minutes=30)
    return holds.extend(tx, [wish], actor=ACTOR, now=NOW)[wish.id].held


def _confirm(tx: Connection, trial: str) -> Any:
    key = key_of(trial, "lapsed")
    return holds.confirm(tx, [Confirm(id=key)], actor=ACTOR, now=NOW)[key].held


def _take(tx: Connection, trial: str) -> Any:
    wish = Take(id=key_of(trial, "took"), reservation=key_of(trial, "kept"), quantity=1)
    return holds.take(tx, [wish], actor=ACTOR, now=NOW)[wish.id].held


def _give_back(tx: Connection, trial: str) -> Any:
    wish = GiveBack(id=key_of(trial, "gave"), reservation=key_of(trial, "kept"), quantity=1)
    return holds.give_back(tx, [wish], actor=ACTOR, now=NOW)[wish.id].held


def _correct(tx: Connection, trial: str) -> Any:
    wrong, mirror = key_of(trial, "wrong"), key_of(trial, "mirror")
    _, gaps = history_actions.correct(tx, wrong, mirror, reason="typed", actor=ACTOR, now=NOW)
    return [gap.quantity for gap in gaps]


def _sell_unit(tx: Connection, trial: str) -> Any:
    """A till sold the unit N1, whatever the book says."""
    shelf, outside = Place("T1", State.AVAILABLE), Place("T1", State.OUTSIDE)
    move = Move(sku=key_of(trial, "s"), quantity=1, source=shelf, target=outside, serials=("N1",))
    return _book(tx, trial, "sold-unit", MovementKind.SOLD, move)


def _take_unit(tx: Connection, trial: str) -> Any:
    """Who holds one unit takes N1."""
    key = key_of(trial, "unit")
    wish = Take(id=key_of(trial, "tu"), reservation=key, quantity=1, serials=("N1",))
    return holds.take(tx, [wish], actor=ACTOR, now=NOW)[wish.id].held


def _name_unit(tx: Connection, trial: str) -> None:
    """Somebody else holds the unit N1, and no other; what lapsed makes room for it."""
    hold = _hold(trial, "named", "s", "T1", 1)
    _reserve(tx, [structs.replace(hold, serials=("N1",))])


def _count_units(tx: Connection, trial: str) -> Any:
    """Somebody counts one unit fewer than are free."""
    lines = [Counted(sku=key_of(trial, "s"), quantity=1)]
    key = key_of(trial, "count-units")
    return stock.count(tx, key, "T1", lines, counted_at=NOW, actor=ACTOR, now=NOW)


OPERATIONS = (
    Operation(name="hold two lines of one SKU", act=_hold_two_lines),
    Operation(name="hold split over nodes", act=_hold_split),
    Operation(name="release", needs=("kept",), act=_release),
    Operation(name="hand over what is held", needs=("kept",), act=_draw),
    Operation(name="extend", needs=("lapsed",), act=lambda tx, trial: _extend(
        tx, trial, "lapsed")),
    Operation(name="extend what is firm", needs=("kept",), act=_extend),
    Operation(name="confirm", needs=("lapsed",), act=_confirm),
    Operation(name="take a part of a hold", needs=("kept",), act=_take),
    Operation(name="give back a part", needs=("kept",), act=_give_back),
    Operation(name="correct a sale", needs=("sold",), act=_correct),
    Operation(name="sale of a unit", needs=("units",), act=_sell_unit),
    Operation(name="take a unit that is held", needs=("units",), act=_take_unit),
    Operation(name="hold a unit by its serial", needs=("units",), act=_name_unit),
    Operation(name="count of units", needs=("units",), act=_count_units),
    Operation(name="expire", needs=("lapsed",), act=_expire),
    Operation(name="sale", act=_sell),
    Operation(name="import", act=lambda tx, trial: ground.fill(
        tx, key_of(trial, "import"), {(key_of(trial, "x"), "T1"): 3})),
    Operation(name="count", act=_count),
    Operation(name="level write", act=_set_level),
    Operation(name="order", act=_accept),
    Operation(name="cancel order", needs=("order",), act=_cancel),
    Operation(name="cancel order line", needs=("order",), act=_cancel_line),
    Operation(name="pick", needs=("order",), act=lambda tx, trial: fulfilment.pick(
        tx, [Pick(id=_leg(trial))], actor=ACTOR, now=NOW)),
    Operation(name="short pick, sourced again", needs=("order",), act=_pick_short),
    Operation(name="ship", needs=("order", "picked"), act=lambda tx, trial: fulfilment.ship(
        tx, [Ship(id=_leg(trial))], actor=ACTOR, now=NOW)),
    Operation(name="announce a return", needs=SENT, act=lambda tx, trial: _announce(
        tx, trial, "r2")),
    Operation(name="announce another return", needs=SENT, act=lambda tx, trial: _announce(
        tx, trial, "r3")),
    Operation(name="receive a return", needs=(*SENT, "announced"), act=_take_back),
    Operation(name="inspect a return", needs=(*SENT, "announced", "taken_back"), act=_inspect),
    Operation(name="dispatch a transfer", needs=("transfer",), act=_dispatch),
    Operation(name="receive a transfer", needs=("transfer", "dispatched"), act=_receive_transfer),
    Operation(name="receive a purchase", needs=("purchase",), act=_receive_purchase),
    Operation(name="receive a purchase again", needs=("purchase",), act=lambda tx, trial: (
        _receive_purchase(tx, trial, "rq"))),
)  # fmt: skip
