"""What may still be changed of an order, and what a change comes to: values in, values out."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from noria.kit.errors import Fault, Invalid, Text
from noria.network.model import PICK_UP
from noria.orders.edit_model import (
    EditBody,
    LineUnknown,
    RecipientEdit,
    TooLateToEdit,
    TooManyLines,
)
from noria.orders.model import CancelLine, Editable, EditKind, Leg, Line, Until

MOST_LINES = 4000
ENDED = frozenset({Until.PICKED, Until.LEFT, Until.OVER})

SAYS = {
    Until.UNPLANNED: Text("no node has it yet", "aucun site ne l'a encore"),
    Until.HELD: Text("it is held, and given to no node", "elle est bloquée, aucun site ne l'a"),
    Until.PICK: Text(
        "until {node} picks it, for the departure of {at} at the latest",
        "jusqu'à sa préparation par {node}, au plus tard pour le départ du {at}",
    ),
    Until.HAND_OVER: Text(
        "until {node} hands it over to its customer", "jusqu'à sa remise au client par {node}"
    ),
    Until.DEPARTURE: Text(
        "until it leaves {node}, due at {at}", "jusqu'à son départ de {node}, prévu le {at}"
    ),
    Until.PICKED: Text("{node} picked it at {at}", "{node} l'a préparée le {at}"),
    Until.LEFT: Text("part of it left {node} at {at}", "une partie a quitté {node} le {at}"),
    Until.OVER: Text("nothing of it is left to be sent", "il n'en reste rien à expédier"),
}


def editable(
    lines: Sequence[Line], legs: Sequence[Leg], *, is_held: bool, zone: str = "UTC"
) -> list[Editable]:
    """What may still be changed of an order, each with the moment that ends it.

    Where it goes, until a node picks part of it, for that node has then begun to work by it; what
    lies in the store where it is collected, until it is handed over there. Who
    opens the door, and more units, until something leaves. Fewer units, until the last has left.
    """
    live = [
        leg
        for leg in legs
        if leg.withdrawn_at is None and any(line.due_units for line in leg.lines)
    ]
    left = [leg for leg in live if leg.shipped_at is not None]
    here = [leg for leg in live if leg.shipped_at is None]
    picked = [leg for leg in live if leg.picked_at is not None and leg.service != PICK_UP]
    waits = any(line.waiting for line in lines)
    if not here and not waits:
        return [_over(what, left, zone) for what in EditKind]
    first_pick = min(picked, key=lambda leg: (leg.picked_at, leg.id), default=None)
    first_gone = min(left, key=lambda leg: (leg.shipped_at, leg.id), default=None)
    next_out = min(here, key=_departure, default=None)
    last_out = None if waits else max(here, key=_departure)
    if is_held:
        next_out = last_out = None
    calm = Until.HELD if is_held else Until.UNPLANNED
    moment = _Moments(calm, zone)
    return [
        moment.of(EditKind.RECIPIENT, first_gone, next_out, Until.DEPARTURE),
        moment.of(EditKind.PLACE, first_pick, next_out, Until.PICK),
        moment.of(EditKind.QUANTITY, first_gone, next_out, Until.DEPARTURE),
        moment.of(EditKind.CANCEL, None, last_out, Until.DEPARTURE),
    ]


def _departure(leg: Leg) -> tuple[bool, datetime, str]:
    """When a leg leaves; what is collected leaves last, whenever its customer comes."""
    return leg.service == PICK_UP, leg.leaves_at, leg.id


class _Moments:
    """How the moments of one order are said: in the time zone of its first node."""

    def __init__(self, calm: Until, zone: str) -> None:
        self.calm = calm
        self.zone = zone

    def of(self, what: EditKind, ended: Leg | None, coming: Leg | None, by: Until) -> Editable:
        """Over since `ended`; else until `coming` leaves; else nothing ends it yet."""
        if ended is not None:
            if what is EditKind.PLACE:
                return _told(what, Until.PICKED, ended, ended.picked_at, self.zone)
            return _told(what, Until.LEFT, ended, ended.shipped_at, self.zone)
        if coming is None:
            return _told(what, self.calm, None, None, self.zone)
        if coming.service == PICK_UP:
            return _told(what, Until.HAND_OVER, coming, None, self.zone)
        return _told(what, by, coming, coming.leaves_at, self.zone)


def _over(what: EditKind, left: Sequence[Leg], zone: str) -> Editable:
    last = max(left, key=lambda leg: (leg.shipped_at, leg.id), default=None)
    return _told(what, Until.OVER, last, last.shipped_at if last else None, zone)


def _told(what: EditKind, why: Until, leg: Leg | None, at: datetime | None, zone: str) -> Editable:
    here = at.astimezone(ZoneInfo(zone)) if at else None
    details = {"node": leg.node if leg else "", "at": f"{here:%Y-%m-%d %H:%M}" if here else ""}
    return Editable(
        what=what,
        is_open=why not in ENDED,
        until=at,
        reason=why,
        leg=leg.id if leg else None,
        en=SAYS[why].en.format(**details),
        fr=SAYS[why].fr.format(**details),
    )


def asked(edit: EditBody, lines: Sequence[Line]) -> tuple[EditKind, ...]:
    """What an edit changes.

    Raises:
        Invalid: it changes nothing, or names a line twice.
        LineUnknown: the order has no such line.
        TooManyLines: it would have too many.
    """
    known = {line.line: line for line in lines}
    seen: set[int] = set()
    for position, one in enumerate(edit.lines):
        if one.line in seen:
            raise Invalid(faults=[Fault(f"/lines/{position}/line", "this line is there twice")])
        seen.add(one.line)
        if one.line not in known:
            raise LineUnknown(order=edit.order, line=one.line)
    if len(lines) + len(edit.added) > MOST_LINES:
        raise TooManyLines(order=edit.order, lines=len(lines) + len(edit.added), most=MOST_LINES)
    wanted = {line.line: line.quantity - line.cancelled for line in lines}
    found = {
        EditKind.RECIPIENT: edit.recipient not in (None, RecipientEdit()),
        EditKind.PLACE: edit.destination is not None or edit.delivery is not None,
        EditKind.QUANTITY: bool(edit.added)
        or any(one.quantity > wanted[one.line] for one in edit.lines),
        EditKind.CANCEL: any(one.quantity < wanted[one.line] for one in edit.lines),
    }
    kinds = tuple(kind for kind, is_asked in found.items() if is_asked)
    if not kinds:
        raise Invalid(faults=[Fault("/order", "nothing is changed")])
    return kinds


def check_open(order: str, kinds: Sequence[EditKind], may: Sequence[Editable]) -> None:
    """Refuse to change what can no longer be changed."""
    for one in may:
        if one.what in kinds and not one.is_open:
            raise TooLateToEdit(order=order, en=one.en, fr=one.fr)


def fewer(edit: EditBody, lines: Sequence[Line]) -> list[CancelLine]:
    """The units that an edit takes out of lines."""
    wanted = {line.line: line for line in lines}
    return [
        CancelLine(sku=line.sku, line=line.line, quantity=less)
        for one in edit.lines
        for line in [wanted[one.line]]
        if (less := line.quantity - line.cancelled - one.quantity) > 0
    ]


def extra_cents(edit: EditBody, lines: Sequence[Line], delivery_cents: int) -> int:
    """What an edit adds to the bill: more units, other lines, a dearer delivery."""
    prices = {line.line: line.price_cents for line in lines}
    units = sum(prices[line] * count for line, count in more(edit, lines))
    added = sum(one.price_cents * one.quantity for one in edit.added)
    return units + added + max(-cheaper_cents(edit, delivery_cents), 0)


def cheaper_cents(edit: EditBody, delivery_cents: int) -> int:
    """By how much the delivery of an edit is cheaper; below 0 it is dearer."""
    return delivery_cents - edit.delivery.price_cents if edit.delivery else 0


def more(edit: EditBody, lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The units that an edit adds to lines, as (line, units)."""
    wanted = {line.line: line.quantity - line.cancelled for line in lines}
    return [
        (one.line, one.quantity - wanted[one.line])
        for one in edit.lines
        if one.quantity > wanted[one.line]
    ]
