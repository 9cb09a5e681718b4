"""Decisions about returns: values in, values out."""

from collections import Counter
from collections.abc import Mapping, Sequence

from noria.kit.errors import Fault
from noria.network.model import Node
from noria.network.reliability_model import OUTCOMES, Observation, Topic
from noria.network.reliability_rules import area
from noria.returns.model import (
    Damaged,
    Disposition,
    Finding,
    Grade,
    InspectedOtherwise,
    NotReturnable,
    ReturnLine,
    TakesNoReturns,
)
from noria.stock.model import Move, Place, State
from noria.stock.tracked.model import lot_units, split_lots

Units = Mapping[str, int]

TARGETS = {
    Disposition.RESTOCK: State.AVAILABLE,
    Disposition.OUTLET: State.OUTSIDE,
    Disposition.REPAIR: State.DAMAGED,
    Disposition.RECYCLE: State.OUTSIDE,
    Disposition.DONATE: State.OUTSIDE,
}
"""What a disposition does to units on hold. An outlet partner, like a recycler, is outside."""


def observed_damage(damaged: Sequence[Damaged]) -> list[Observation]:
    """Each shipment of which something came back as waste counts against its service."""
    return [
        Observation(
            topic=Topic.CONDITION,
            node=one.node,
            service=one.service,
            area=area(one.country, one.postcode),
            day=one.day,
            outcome=OUTCOMES[Topic.CONDITION].index("damaged"),
        )
        for one in damaged
    ]


def check_takes(node: Node) -> None:
    """Refuse to let customers send goods back to where nobody takes them."""
    if not node.does_take_returns:
        told = Fault("/node", "it takes no returns")
        raise TakesNoReturns(node=node.code, faults=[told])


def check_returnable(
    order: str, shipped: Units, returning: Units, lines: Sequence[ReturnLine]
) -> None:
    """Refuse to take back what never left, or is on its way back already."""
    for sku, asked in _total(lines).items():
        left = shipped.get(sku, 0) - returning.get(sku, 0)
        if asked > left:
            raise NotReturnable(order=order, sku=sku, left=max(left, 0), asked=asked)


def announced(node: str, lines: Sequence[ReturnLine]) -> tuple[Move, ...]:
    """Units on their way back to a node."""
    outside, road = Place(node, State.OUTSIDE), Place(node, State.RETURNING)
    total = _total_named(lines)
    return tuple(
        Move(
            sku=line.sku,
            quantity=line.quantity,
            source=outside,
            target=road,
            lots=lot_units(line.lots),
            serials=line.serials,
        )
        for _, line in sorted(total.items())
    )


def opened(
    node: str, expected: Units, lines: Sequence[ReturnLine]
) -> tuple[tuple[Move, ...], tuple[Move, ...], tuple[Move, ...]]:
    """What was in the box: (received on hold, found beyond what was announced, never came)."""
    road, hold = Place(node, State.RETURNING), Place(node, State.HOLD)
    outside = Place(node, State.OUTSIDE)
    came = _total_named(lines)
    received, found, missing = [], [], []
    for sku in sorted(expected.keys() | came.keys()):
        line = came.get(sku)
        due, units = expected.get(sku, 0), line.quantity if line else 0
        serials = line.serials if line else ()
        announced, beyond = split_lots(line.lots if line else (), due)
        if good := min(due, units):
            received.append(
                Move(
                    sku=sku,
                    quantity=good,
                    source=road,
                    target=hold,
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
                    target=hold,
                    lots=beyond,
                    serials=serials[due:],
                )
            )
        if units < due:
            missing.append(Move(sku=sku, quantity=due - units, source=road, target=outside))
    return tuple(received), tuple(found), tuple(missing)


def check_inspected(received: Units, findings: Sequence[Finding]) -> None:
    """Refuse an inspection that forgets units, or finds others."""
    inspected: Counter[str] = Counter()
    for finding in findings:
        inspected[finding.sku] += finding.quantity
    for sku in sorted(received.keys() | inspected.keys()):
        if received.get(sku, 0) != inspected[sku]:
            raise InspectedOtherwise(
                sku=sku, received=received.get(sku, 0), inspected=inspected[sku]
            )


def disposed(node: str, findings: Sequence[Finding]) -> tuple[Move, ...]:
    """Units on hold go where their condition sends them."""
    hold = Place(node, State.HOLD)
    return tuple(
        Move(
            sku=finding.sku,
            quantity=finding.quantity,
            source=hold,
            target=Place(node, TARGETS[finding.disposition]),
            lots=lot_units(finding.lots),
            serials=finding.serials,
        )
        for finding in findings
    )


def best_disposition(grade: Grade) -> Disposition:
    """What is proposed for a condition: as new is sold again, waste is recycled."""
    return {
        Grade.A: Disposition.RESTOCK,
        Grade.B: Disposition.OUTLET,
        Grade.C: Disposition.REPAIR,
        Grade.D: Disposition.RECYCLE,
    }[grade]


def _total_named(lines: Sequence[ReturnLine]) -> dict[str, ReturnLine]:
    """One line a SKU, with all that its lines named."""
    total: dict[str, ReturnLine] = {}
    for line in lines:
        known = total.get(line.sku)
        total[line.sku] = (
            line
            if known is None
            else ReturnLine(
                sku=line.sku,
                quantity=known.quantity + line.quantity,
                lots=known.lots + line.lots,
                serials=tuple(dict.fromkeys(known.serials + line.serials)),
            )
        )
    return total


def _total(lines: Sequence[ReturnLine]) -> dict[str, int]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return dict(units)
