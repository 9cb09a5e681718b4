"""Decisions about supply: values in, values out."""

from collections.abc import Mapping, Sequence

from noria.stock.model import Move, Place, State
from noria.stock.tracked.model import lot_units, split_lots
from noria.supply.model import (
    Discrepancy,
    NeedsReason,
    NotPlanned,
    ReceivedLine,
    Transfer,
    UnitLine,
)

Units = Mapping[str, int]


def discrepancies(
    expected: Units, lines: Sequence[ReceivedLine], *, is_last: bool
) -> list[Discrepancy]:
    """Where what was counted in is not what was expected, each with its reason.

    Units that have not come are a discrepancy only with the last receipt. What was not named at all
    needs no reason: nothing of it came.

    Raises:
        NeedsReason: a line differs and does not say why.
    """
    found = []
    counted = {line.sku: line for line in lines}
    for sku in sorted(expected.keys() | counted.keys()):
        line = counted.get(sku)
        due, came = expected.get(sku, 0), line.quantity if line else 0
        if came == due or (came < due and not is_last):
            continue
        reason = line.reason if line else "nothing came"
        if not reason:
            raise NeedsReason(sku=sku, expected=due, received=came)
        found.append(Discrepancy(sku=sku, expected=due, received=came, reason=reason))
    return found


def bought(node: str, lines: Sequence[ReceivedLine]) -> tuple[Move, ...]:
    """What a supplier brought comes from outside on to the shelf."""
    outside, shelf = Place(node, State.OUTSIDE), Place(node, State.AVAILABLE)
    return tuple(
        Move(
            sku=line.sku,
            quantity=line.quantity,
            source=outside,
            target=shelf,
            lots=lot_units(line.lots),
            serials=line.serials,
        )
        for line in lines
        if line.quantity
    )


def loaded(
    transfer: Transfer, lines: Sequence[UnitLine] | None, there: Units | None
) -> tuple[Move, ...]:
    """What is loaded leaves the shelf and is in transit to where it goes.

    `lines` None loads all that was planned; `there` caps each SKU at what its shelf holds.

    Raises:
        NotPlanned: more is loaded than the transfer plans.
    """
    planned = {line.sku: line.planned for line in transfer.lines}
    units = planned if lines is None else {line.sku: line.quantity for line in lines}
    for sku, asked in units.items():
        if asked > planned.get(sku, 0):
            raise NotPlanned(
                what="transfer", id=transfer.id, sku=sku, planned=planned.get(sku, 0), asked=asked
            )
    if there is not None:
        units = {sku: min(asked, there.get(sku, 0)) for sku, asked in units.items()}
    shelf = Place(transfer.source, State.AVAILABLE)
    road = Place(transfer.target, State.IN_TRANSIT)
    named = {line.sku: line for line in lines or ()}
    return tuple(
        Move(
            sku=sku,
            quantity=units[sku],
            source=shelf,
            target=road,
            lots=split_lots(named[sku].lots, units[sku])[0] if sku in named else (),
            serials=named[sku].serials[: units[sku]] if sku in named else (),
        )
        for sku in sorted(units)
        if units[sku]
    )


def unloaded(
    node: str, under_way: Units, lines: Sequence[ReceivedLine]
) -> tuple[tuple[Move, ...], tuple[Move, ...], tuple[Move, ...]]:
    """What a transfer brought: (arrived on the shelf, found beyond what left, lost on the way)."""
    road, shelf = Place(node, State.IN_TRANSIT), Place(node, State.AVAILABLE)
    outside = Place(node, State.OUTSIDE)
    came = {line.sku: line for line in lines}
    arrived, found, lost = [], [], []
    for sku in sorted(under_way.keys() | came.keys()):
        line = came.get(sku)
        due, units = under_way.get(sku, 0), line.quantity if line else 0
        serials = line.serials if line else ()
        announced, beyond = split_lots(line.lots if line else (), due)
        if good := min(due, units):
            arrived.append(
                Move(
                    sku=sku,
                    quantity=good,
                    source=road,
                    target=shelf,
                    lots=announced,
                    serials=serials[:due],
                )
            )
        if units > due:
            found.append(
                Move(
                    sku=sku,
                    quantity=units - due,
                    source=outside,
                    target=shelf,
                    lots=beyond,
                    serials=serials[due:],
                )
            )
        if units < due:
            lost.append(Move(sku=sku, quantity=due - units, source=road, target=outside))
    return tuple(arrived), tuple(found), tuple(lost)
