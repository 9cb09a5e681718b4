"""Verb of counts by unit: make the book say which units lie on a shelf."""

from collections.abc import Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.catalog.model import Tracking
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.stock import actions as stock
from noria.stock import rules as ledger
from noria.stock.counts import unit_rules as rules
from noria.stock.counts import unit_views as views
from noria.stock.counts.unit_model import UnitDifference, UnitsSeen
from noria.stock.model import Key, Mark, Move, Movement, MovementKind, Place, State
from noria.stock.tracked import actions as tracked
from noria.stock.tracked import rules as tracked_rules
from noria.stock.tracked.claims_model import NotToldApart

ENDS = (State.AVAILABLE, State.RESERVED, State.OUTSIDE)


def count(
    tx: Connection,
    count_id: str,
    node: str,
    lines: Sequence[UnitsSeen],
    *,
    counted_at: datetime,
    actor: str,
    now: datetime,
) -> list[UnitDifference]:
    """Make the book say which units lie on shelves of a node; return each that differed.

    A unit that the book has elsewhere inside our walls is lost there and found here.

    Raises:
        UnknownCodes, FromTheFuture, NotToldApart, Invalid: nothing was booked.
    """
    tracking = _checked(tx, node, lines, counted_at, now)
    prefix = f"{uuid7(int(now.timestamp() * 1000))}-"
    seen = [Movement(id=prefix, kind=MovementKind.COUNTED, cause="", happened_at=counted_at,
                     moves=_as_seen(node, lines))]  # fmt: skip
    places = {(line.sku, node, state) for line in lines for state in ENDS}
    balances = dict(stock.lock(tx, places | tracked.elsewhere(tx, seen)))
    moves: list[Move] = []
    differences: list[UnitDifference] = []
    for line in sorted(lines, key=lambda line: line.sku):
        is_serial = tracking[line.sku] is Tracking.SERIAL
        shelf = rules.Shelf(
            available=balances[line.sku, node, State.AVAILABLE],
            held=balances[line.sku, node, State.RESERVED],
            is_serial=is_serial,
            names=views.names(tx, line.sku, node, is_serial=is_serial),
            places=views.places(tx, line.sku, line.serials),
        )
        more, differ = rules.compared(node, line, shelf)
        moves += more
        differences += differ
    if moves:
        told = Movement(
            id=f"{prefix}c",
            kind=MovementKind.COUNTED,
            cause=f"count:{count_id}",
            happened_at=counted_at,
            moves=tuple(moves),
        )
        _book(tx, told, balances, prefix, actor=actor, now=now)
    looked = [
        Mark(sku=line.sku, node=node, cause=f"count:{count_id}", counted_at=counted_at,
             quantity=line.quantity)
        for line in lines
    ]  # fmt: skip
    stock.mark(tx, looked, now=now)
    return differences


def _checked(
    tx: Connection, node: str, lines: Sequence[UnitsSeen], counted_at: datetime, now: datetime
) -> dict[str, Tracking]:
    skus = [line.sku for line in lines]
    twice = [place for place, sku in enumerate(skus) if sku in skus[:place]]
    if twice:
        said = "the SKU is there twice"
        raise Invalid(faults=[Fault(f"/lines/{place}/sku", said) for place in twice])
    catalog.check_known(tx, skus)
    network.check_known(tx, [node])
    stock.check_time(counted_at, now)
    tracking = catalog.tracked(tx, set(skus))
    for line in lines:
        how = tracking.get(line.sku)
        if how is None or (how is Tracking.LOT and line.serials):
            raise NotToldApart(sku=line.sku, what_en="serial", what_fr="numéro de série")
        if how is Tracking.SERIAL and line.lots:
            raise NotToldApart(sku=line.sku, what_en="lot", what_fr="lot")
    return tracking


def _as_seen(node: str, lines: Sequence[UnitsSeen]) -> tuple[Move, ...]:
    """Moves that name every serial which was seen, to ask where the book has them."""
    outside, shelf = Place(node, State.OUTSIDE), Place(node, State.AVAILABLE)
    return tuple(
        Move(sku=line.sku, quantity=line.quantity, source=outside, target=shelf,
             serials=line.serials)
        for line in lines
        if line.serials
    )  # fmt: skip


def _book(
    tx: Connection, told: Movement, balances: dict[Key, int], prefix: str, *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Book a count after what makes the book agree with the serials that it names."""
    known = tracked.lock(tx, [told], now=now)
    balances |= stock.lock(tx, tracked.places(known) - balances.keys())
    facts = tracked_rules.put_right([told], known, prefix=f"{prefix}u")
    missing = ledger.found(balances, facts, prefix=f"{prefix}f")
    stock.put_right(tx, [*missing, *facts], actor=actor, now=now)
