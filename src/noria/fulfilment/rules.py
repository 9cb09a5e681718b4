"""Decisions in the node: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.fulfilment.model import (
    Journey,
    LostShipment,
    OutOfTurn,
    PackedOtherwise,
    PackedUnits,
    Pick,
    PickedLeg,
    PickLine,
    ShippedLeg,
    ShortReason,
    ShortTooMuch,
)
from noria.network import calendar
from noria.network import reliability_rules as reliability
from noria.network import rules as network
from noria.network.model import Node, Service
from noria.network.reliability_model import HANDLING_MINUTES, OUTCOMES, Observation, Topic
from noria.orders.model import Leg, Short
from noria.orders.rules import reservation
from noria.promise.model import Hold
from noria.stock.model import LotUnits
from noria.stock.tracked.claims_model import Claim, WantedLot
from noria.stock.tracked.model import NamedLot, Proposal, split_lots
from noria.stock.tracked.rules import propose

VAN_WAITS = timedelta(minutes=60)
"""What is recorded so long after the cut-off has still left with the van."""

PICKED_AS = {
    ShortReason.NOT_FOUND.value: OUTCOMES[Topic.PICK].index("not_found"),
    ShortReason.DAMAGED.value: OUTCOMES[Topic.PICK].index("damaged"),
    ShortReason.EXPIRED.value: OUTCOMES[Topic.PICK].index("damaged"),
    ShortReason.TOO_BUSY.value: OUTCOMES[Topic.PICK].index("refused"),
}


def shorts(leg: Leg, pick: Pick) -> list[tuple[Short, str, ShortReason]]:
    """What a pick lacks, laid on the leg's lines from the last: (short, SKU, reason).

    Raises:
        ShortTooMuch: more is missing than was to be picked.
    """
    left = {line.line: line.due_units for line in leg.lines}
    missing = []
    for short in pick.short:
        units = short.quantity
        for line in reversed(leg.lines):
            if line.sku != short.sku:
                continue
            taken = min(units, left[line.line])
            if taken:
                left[line.line] -= taken
                units -= taken
                missing.append(
                    (Short(leg=leg.id, line=line.line, units=taken), short.sku, short.reason)
                )
        if units:
            due = sum(line.due_units for line in leg.lines if line.sku == short.sku)
            raise ShortTooMuch(leg=leg.id, sku=short.sku, due=due, asked=short.quantity)
    return missing


def packed(leg: Leg, units: Sequence[PackedUnits]) -> dict[int, PackedUnits]:
    """The units that were scanned, laid on the leg's lines from the first.

    Raises:
        PackedOtherwise: more units of a SKU are named than leave, or a SKU is there twice.
    """
    left: dict[str, PackedUnits] = {}
    for each in units:
        due = sum(line.due_units for line in leg.lines if line.sku == each.sku)
        asked = max(len(each.serials), sum(lot.quantity for lot in each.lots))
        if asked > due or each.sku in left:
            raise PackedOtherwise(leg=leg.id, sku=each.sku, due=due, asked=asked)
        left[each.sku] = each
    laid: dict[int, PackedUnits] = {}
    for line in leg.lines:
        if (found := left.get(line.sku)) is not None and line.due_units:
            lots, others = split_lots(found.lots, line.due_units)
            here, there = found.serials[: line.due_units], found.serials[line.due_units :]
            laid[line.line] = PackedUnits(sku=line.sku, lots=_named(lots), serials=here)
            left[line.sku] = PackedUnits(sku=line.sku, lots=_named(others), serials=there)
    return laid


def check_weighed(leg: Leg, pick: Pick) -> None:
    """Refuse weights of what is not in the leg.

    Raises:
        PackedOtherwise: a SKU is weighed that the leg does not send.
    """
    for one in pick.weights:
        if all(line.sku != one.sku for line in leg.lines):
            raise PackedOtherwise(leg=leg.id, sku=one.sku, due=0, asked=1)


def in_hand(
    legs: Mapping[str, Leg],
    picks: Sequence[Pick],
    missing: Iterable[tuple[Short, str, ShortReason]],
) -> list[Hold]:
    """The units that picks name, as their legs' own holds want them from now on.

    Raises:
        PackedOtherwise: more units are named than were picked, or a SKU is there twice.
    """
    gone: dict[tuple[str, int], int] = defaultdict(int)
    for short, _, _ in missing:
        gone[short.leg, short.line] += short.units
    holds = []
    for pick in picks:
        leg = legs[pick.id]
        lines = [structs.replace(line, gone=line.gone + gone[leg.id, line.line])
                 for line in leg.lines]  # fmt: skip
        taken = structs.replace(leg, lines=lines)
        due = {line.line: line.due_units for line in lines}
        holds += [
            Hold(
                id=reservation(leg.id, line),
                demand=f"order:{leg.order}",
                sku=units.sku,
                node=leg.node,
                quantity=due[line],
                lots=tuple(WantedLot(lot=lot.lot, quantity=lot.quantity) for lot in units.lots),
                serials=units.serials,
            )
            for line, units in packed(taken, pick.units).items()
        ]
    return holds


def out_of_turn(
    hold: Hold, there: Sequence[tuple[str, date | None, int]], earliest: date
) -> list[OutOfTurn]:
    """Lots that were picked though others were to go first, or they were not to go at all."""
    quantity = sum(lot.quantity for lot in hold.lots)
    first = {one.lot: one.quantity for one in propose(there, quantity, earliest=earliest)}
    expiry = {lot: expires_on for lot, expires_on, _ in there}
    wrong = []
    for lot in hold.lots:
        expires_on = expiry.get(lot.lot)
        is_barred = expires_on is not None and expires_on < earliest
        beyond = lot.quantity - first.get(lot.lot, 0)
        if beyond > 0:
            wrong.append(OutOfTurn(sku=hold.sku, lot=lot.lot, quantity=beyond, is_barred=is_barred))
    return wrong


def to_pick(
    leg: Leg,
    there: Mapping[str, Sequence[tuple[str, date | None, int]]],
    named: Mapping[str, Sequence[Claim]],
    earliest: Mapping[str, date],
) -> list[PickLine]:
    """What to take for each SKU of a leg, the first to expire first."""
    due: dict[str, int] = defaultdict(int)
    own: dict[str, list[Claim]] = defaultdict(list)
    for line in leg.lines:
        due[line.sku] += line.due_units
        own[line.sku] += named.get(reservation(leg.id, line.line), ())
    told = []
    for sku, quantity in sorted(due.items()):
        mine = [claim for claim in own[sku] if not claim.is_serial]
        expiry = {lot: expires_on for lot, expires_on, _ in there.get(sku, ())}
        left = quantity - sum(claim.quantity for claim in own[sku])
        lots = [Proposal(lot=claim.code, quantity=claim.quantity, expires_on=expiry.get(claim.code))
                for claim in mine]  # fmt: skip
        is_by_lot = sku in there
        more = propose(there[sku], left, earliest=earliest[sku]) if is_by_lot else []
        short = left - sum(one.quantity for one in more) if is_by_lot else 0
        told.append(
            PickLine(
                sku=sku,
                quantity=quantity,
                lots=(*lots, *more),
                serials=tuple(claim.code for claim in own[sku] if claim.is_serial),
                short=max(short, 0),
            )
        )
    return told


def _named(lots: Sequence[LotUnits]) -> tuple[NamedLot, ...]:
    return tuple(NamedLot(lot=lot.lot, quantity=lot.quantity) for lot in lots)


def observed_picks(
    legs: Sequence[PickedLeg], nodes: Mapping[str, Node], years: Sequence[int]
) -> list[Observation]:
    """What became of each line that was to be picked, and how long what was picked took.

    Handling is measured in open minutes, from when it might begin to when it was done; a node's
    own waiting for the van is part of it.
    """
    found = []
    for leg in legs:
        node, day = nodes[leg.node], leg.picked_at.astimezone(UTC).date()
        wrong = [PICKED_AS[reason] for reason in leg.reasons]
        found += [
            Observation(topic=Topic.PICK, node=leg.node, day=day, outcome=outcome)
            for outcome in (*wrong, *[0] * (leg.lines - len(wrong)))
        ]
        if not leg.is_empty:
            holidays = calendar.node_holidays(node, years)
            begins = network.begins_at(node, leg.planned_at, holidays)
            most = HANDLING_MINUTES[-1]
            minutes = network.open_minutes(node, begins, leg.picked_at, holidays, most=most)
            outcome = reliability.minutes_outcome(minutes)
            found.append(Observation(topic=Topic.HANDLING, node=leg.node, day=day, outcome=outcome))
    return found


def observed_departures(legs: Sequence[ShippedLeg]) -> list[Observation]:
    """Whether each leg left with the van that it was to leave with.

    One that never left is late once its van has; what was taken away before says nothing.
    """
    return [
        Observation(
            topic=Topic.DEPARTURE,
            node=leg.node,
            day=leg.shipped_at.astimezone(UTC).date(),
            outcome=int(leg.shipped_at > leg.leaves_at + VAN_WAITS),
        )
        for leg in legs
        if not leg.is_left or leg.shipped_at > leg.leaves_at + VAN_WAITS
    ]


def observed_journeys(
    journeys: Sequence[Journey], services: Mapping[str, Service], nodes: Mapping[str, Node]
) -> list[Observation]:
    """How many delivery days each shipment was late, from the day it left; and that it came whole.

    Whoever left late is not counted against the carrier: its days start with the departure.
    """
    found = []
    for one in journeys:
        zone = ZoneInfo(one.time_zone)
        leaves = one.leaves_at.astimezone(zone).date()
        left = one.shipped_at.astimezone(zone).date()
        point = nodes.get(one.point or "")
        rests = calendar.rests_of(point, one.country, one.postcode, min(leaves, left))
        rounds = network.rounds(services.get(one.service))
        planned = network.delivery_days(leaves, one.arrives_on, rests, rounds)
        due = network.arrives_on(left, planned, rests, rounds)
        came = one.delivered_at.astimezone(zone).date()
        late = network.delivery_days(due, came, rests, rounds) if came > due else 0
        days_late = -1 if came < due else late
        area = reliability.area(one.country, one.postcode)
        day = one.recorded_at.astimezone(UTC).date()
        for topic, outcome in (
            (Topic.TRANSIT, reliability.days_outcome(days_late)),
            (Topic.CONDITION, 0),
        ):
            found.append(
                Observation(
                    topic=topic,
                    node=one.node,
                    service=one.service,
                    area=area,
                    day=day,
                    outcome=outcome,
                )
            )
    return found


def observed_losses(lost: Sequence[LostShipment]) -> list[Observation]:
    """What never came is as late as a journey can be, on the day on which it was declared lost."""
    return [
        Observation(
            topic=Topic.TRANSIT,
            node=one.node,
            service=one.service,
            area=reliability.area(one.country, one.postcode),
            day=one.at.astimezone(UTC).date(),
            outcome=len(OUTCOMES[Topic.TRANSIT]) - 1,
        )
        for one in lost
    ]


def sscc(prefix: str, serial: int) -> str:
    """An SSCC of 18 digits: extension digit, company prefix, serial, check digit (GS1).

    The extension digit is the first of the serial, which starts again once it fills its place; GS1
    asks for a year between two uses.
    """
    places = 17 - len(prefix)
    digits = f"{serial % 10**places:0{places}}"
    body = f"{digits[0]}{prefix}{digits[1:]}"
    return body + check_digit(body)


def check_digit(digits: str) -> str:
    """GS1 modulo 10: weights 3 and 1 alternate, from the right, starting with 3."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def shared_weight(weight_g: int, parcels: int) -> list[int]:
    """A weight over parcels, in whole grams that add up to it."""
    part, rest = divmod(weight_g, parcels)
    return [part + (1 if number < rest else 0) for number in range(parcels)]


def weight(units: Sequence[tuple[int, int]]) -> int:
    """Grams of (units, grams a unit)."""
    return sum(count * grams for count, grams in units)
