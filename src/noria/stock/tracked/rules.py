"""Decisions about lots and serials: values in, values out.

A unit that is held still lies on its shelf: nobody has chosen it yet. So reserved counts as
available here, and holds, releases and expiries touch neither lots nor serials. Lots are chosen
when units leave the shelf: those that were named, else the first to expire.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import structs

from noria.catalog.model import Tracking
from noria.stock.model import Key, LotUnits, Move, Movement, MovementKind, Place, State
from noria.stock.tracked.claims_model import UnitClaimed
from noria.stock.tracked.model import (
    UNTOLD,
    Known,
    LotKey,
    Proposal,
    SerialElsewhere,
    Unit,
    Untold,
    WrongLot,
)

NOT_IN_THE_BOOK = "not in the book"
"""Why units were found; the control tower shows what has this reason."""


def shelf(place: Place) -> Place:
    """Where a unit lies: what is reserved has not left its shelf."""
    return Place(place.node, State.AVAILABLE) if place.state is State.RESERVED else place


def crosses(move: Move) -> bool:
    """Whether units change place, and not only what they are free to do."""
    return shelf(move.source) != shelf(move.target)


def propose(
    lots: Iterable[tuple[str, date | None, int]], units: int, *, earliest: date
) -> list[Proposal]:
    """Which lots to take: the first to expire goes first, and none that expires before `earliest`.

    A lot without expiry comes after those with one; what nobody told, last. It may be less than
    was asked.
    """
    taken = []
    for lot, expires_on, there in sorted(lots, key=lambda one: _rank(one[0], one[1])):
        quantity = min(units, there)
        if quantity > 0 and (expires_on is None or expires_on >= earliest):
            taken.append(Proposal(lot=lot, quantity=quantity, expires_on=expires_on))
            units -= quantity
    return taken


def put_right(movements: Sequence[Movement], known: Known, prefix: str) -> list[Movement]:
    """The facts, each after what makes the book agree with the serials that it names.

    The fact is right: a unit that the book has elsewhere inside our walls was lost there, and one
    that it does not have where it was, was found there. Where a serial was untold, it is told now:
    that changes no balance.
    """
    walk = _Walk(known, prefix)
    for movement in movements:
        for move in movement.moves:
            if known.tracking.get(move.sku) is Tracking.SERIAL and crosses(move):
                walk.bring(move, movement)
                walk.take(move)
        walk.done.append(movement)
    return walk.done


def told(
    movements: Sequence[Movement], known: Known, prefix: str, *, is_wish: bool
) -> list[Movement]:
    """The movements with every unit of a tracked SKU named, as far as anybody can know.

    Raises:
        WrongLot, SerialElsewhere, UnitClaimed: a wish names what is not there, or is another's.
    """
    walk = _Walk(known, prefix)
    for movement in movements:
        named = []
        for move in movement.moves:
            named.append(walk.named(move, movement, is_wish=is_wish))
            walk.take(named[-1])
        walk.done.append(structs.replace(movement, moves=tuple(named)))
    return walk.done


def untold(movements: Iterable[Movement]) -> list[Untold]:
    """Units that moved without anybody telling which, added up by fact and place."""
    units: dict[tuple[str, str, Place], int] = defaultdict(int)
    for movement in movements:
        if movement.cause.startswith("movement:"):
            continue
        for move in movement.moves:
            inside = move.source if move.source.state is not State.OUTSIDE else move.target
            for lot in move.lots:
                if lot.is_assumed or lot.lot == UNTOLD:
                    units[movement.id, move.sku, inside] += lot.quantity
    return [
        Untold(sku=sku, node=at.node, state=at.state, quantity=count, movement=movement)
        for (movement, sku, at), count in units.items()
    ]


def lot_changes(movements: Iterable[Movement]) -> dict[LotKey, int]:
    """What the movements add up to, lot by lot and place by place, in key order."""
    total: dict[LotKey, int] = defaultdict(int)
    for movement in movements:
        for move in movement.moves:
            source, target = shelf(move.source), shelf(move.target)
            for lot in move.lots:
                total[move.sku, lot.lot, source.node, source.state] -= lot.quantity
                total[move.sku, lot.lot, target.node, target.state] += lot.quantity
    return {key: total[key] for key in sorted(total, key=_order)}


def serial_places(movements: Iterable[Movement]) -> dict[Unit, tuple[Place, str]]:
    """Where the movements leave each unit that they name, and by which of them."""
    last = {
        (move.sku, serial): (shelf(move.target), movement.id)
        for movement in movements
        for move in movement.moves
        for serial in move.serials
    }
    return dict(sorted(last.items()))


class _Walk:
    """Movements taken one after the other, and what the book would say after each."""

    def __init__(self, known: Known, prefix: str) -> None:
        self.done: list[Movement] = []
        self._known = known
        self._prefix = prefix
        self._serials = dict(known.serials)
        self._lots: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (sku, lot, node, state), units in known.lots.items():
            self._lots[sku, node, state][lot] = units

    def take(self, move: Move) -> None:
        """The move is in the book now."""
        source, target = shelf(move.source), shelf(move.target)
        if source == target or move.sku not in self._known.tracking:
            return
        parts = move.lots
        if self._known.tracking[move.sku] is Tracking.SERIAL:
            parts = _rest(move, len(move.serials))
            self._serials |= {(move.sku, serial): target for serial in move.serials}
        for lot in parts:
            self._at_place(move.sku, source)[lot.lot] -= lot.quantity
            self._at_place(move.sku, target)[lot.lot] += lot.quantity

    def bring(self, move: Move, fact: Movement) -> None:
        """Have the serials that a fact names where it takes them from."""
        want, sku = shelf(move.source), move.sku
        away: list[Move] = []
        found: list[Move] = []
        telling: list[Move] = []
        for serial in move.serials:
            at = self._place(sku, serial)
            if at == want or at.state is want.state is State.OUTSIDE:
                continue
            if at.state is not State.OUTSIDE:
                if self._at_place(sku, at)[UNTOLD] < 0:
                    telling += _renamed(sku, at, unit_out=serial)
                    self._at_place(sku, at)[UNTOLD] += 1
                else:
                    away.append(_one(sku, serial, at, Place(at.node, State.OUTSIDE)))
            if want.state is not State.OUTSIDE:
                if self._at_place(sku, want)[UNTOLD] > 0:
                    telling += _renamed(sku, want, unit_in=serial)
                    self._at_place(sku, want)[UNTOLD] -= 1
                else:
                    found.append(_one(sku, serial, Place(want.node, State.OUTSIDE), want))
            self._serials[sku, serial] = want
        self._note(MovementKind.LOST, away, fact, "the serial was elsewhere")
        self._note(MovementKind.INSPECTED, telling, fact, "the serial was not told before")
        self._note(MovementKind.FOUND, found, fact, NOT_IN_THE_BOOK)

    def named(self, move: Move, movement: Movement, *, is_wish: bool) -> Move:
        """The move with all its units named; what is not tracked names none."""
        how = self._known.tracking.get(move.sku)
        if how is None or not crosses(move):
            is_plain = not move.lots and not move.serials
            return move if is_plain else structs.replace(move, lots=(), serials=())
        if how is Tracking.SERIAL:
            return self._with_serials(move, movement, is_wish=is_wish)
        return self._with_lots(structs.replace(move, serials=()), movement, is_wish=is_wish)

    def _with_serials(self, move: Move, movement: Movement, *, is_wish: bool) -> Move:
        source = shelf(move.source)
        telling: list[Move] = []
        for serial in move.serials:
            at = self._place(move.sku, serial)
            if is_wish and self._claimed(move.sku, serial, source):
                raise UnitClaimed(sku=move.sku, serial=serial, node=source.node)
            if at == source or at.state is source.state is State.OUTSIDE:
                continue
            assert is_wish, "facts were put right before"
            if at.state is not State.OUTSIDE or self._at_place(move.sku, source)[UNTOLD] <= 0:
                raise SerialElsewhere(
                    sku=move.sku,
                    serial=serial,
                    place=at.node,
                    there=at.state.value,
                    node=source.node,
                    state=source.state.value,
                )
            telling += _renamed(move.sku, source, unit_in=serial)
            self._at_place(move.sku, source)[UNTOLD] -= 1
        self._note(MovementKind.INSPECTED, telling, movement, "the serial was not told before")
        serials = move.serials + self._all_the_others(move, source)
        return structs.replace(move, serials=serials, lots=_rest(move, len(serials)))

    def _all_the_others(self, move: Move, source: Place) -> tuple[str, ...]:
        """Nobody needs to tell which units went when all that were there did."""
        left = move.quantity - len(move.serials)
        if not left or source.state is State.OUTSIDE or self._at_place(move.sku, source)[UNTOLD]:
            return ()
        others = sorted(
            serial
            for (sku, serial), place in self._serials.items()
            if sku == move.sku and place == source and serial not in move.serials
        )
        return tuple(others) if len(others) == left else ()

    def _with_lots(self, move: Move, movement: Movement, *, is_wish: bool) -> Move:
        source = shelf(move.source)
        named = _added_up(lot for lot in move.lots if lot.lot != UNTOLD)
        left = move.quantity - sum(lot.quantity for lot in named)
        if source.state is State.OUTSIDE:
            return structs.replace(move, lots=(*named, *_rest(move, move.quantity - left)))
        self._tell_lots(move, named, movement, is_wish=is_wish)
        there = self._at_place(move.sku, source)
        is_all = sum(units for units in there.values() if units > 0) == move.quantity
        chosen = {lot.lot: lot for lot in named}
        in_order = self._in_order(move.sku, source)
        for lot, kept in (
            *((lot, self._claimed(move.sku, lot, source)) for lot in in_order),
            *((lot, 0) for lot in in_order),
        ):
            already = chosen[lot].quantity if lot in chosen else 0
            if (more := min(left, there[lot] - kept - already)) > 0:
                chosen[lot] = LotUnits(lot=lot, quantity=already + more, is_assumed=not is_all)
                left -= more
        if left:
            already = chosen[UNTOLD].quantity if UNTOLD in chosen else 0
            chosen[UNTOLD] = LotUnits(lot=UNTOLD, quantity=already + left)
        return structs.replace(move, lots=tuple(chosen[lot] for lot in sorted(chosen)))

    def _tell_lots(
        self, move: Move, named: Sequence[LotUnits], movement: Movement, *, is_wish: bool
    ) -> None:
        """Have the units of named lots at the source: others there were of these lots after all."""
        source = shelf(move.source)
        there = self._at_place(move.sku, source)
        kept = {lot.lot: lot.quantity for lot in named}
        gained: list[LotUnits] = []
        given: list[LotUnits] = []
        for lot in named:
            kept_back = self._claimed(move.sku, lot.lot, source) if is_wish else 0
            have = max(there[lot.lot] - kept_back, 0)
            short = lot.quantity - have
            if short <= 0:
                continue
            gained.append(LotUnits(lot=lot.lot, quantity=short))
            for donor in self._donors(move.sku, source, is_wish=is_wish):
                if (part := min(short, there[donor] - kept.get(donor, 0))) > 0:
                    given.append(LotUnits(lot=donor, quantity=part))
                    kept[donor] = kept.get(donor, 0) + part
                    short -= part
            if short and is_wish:
                raise WrongLot(
                    lot=lot.lot,
                    available=have,
                    sku=move.sku,
                    state=source.state.value,
                    node=source.node,
                    asked=lot.quantity,
                )
            if short:
                given.append(LotUnits(lot=UNTOLD, quantity=short))
        moves = _relabelled(move, gained, _added_up(given))
        for one in moves:
            self.take(one)
        self._note(MovementKind.INSPECTED, moves, movement, "the lot was another")

    def _donors(self, sku: str, source: Place, *, is_wish: bool) -> list[str]:
        """Lots that may turn out to be another: what nobody told, and for a fact any."""
        others = [] if is_wish else [lot for lot in self._in_order(sku, source) if lot != UNTOLD]
        return [UNTOLD, *others]

    def _in_order(self, sku: str, source: Place) -> list[str]:
        """Lots at a place: first those that may be sent, and of these the first to expire."""
        barred, expiry = self._known.barred, self._known.expiry
        return sorted(
            (lot for lot, units in self._at_place(sku, source).items() if units > 0),
            key=lambda lot: (
                (sku, lot, source.node, source.state) in barred,
                *_rank(lot, expiry.get((sku, lot))),
            ),
        )

    def _note(
        self, kind: MovementKind, moves: Sequence[Move], cause: Movement, reason: str
    ) -> None:
        if moves:
            self.done.append(
                Movement(
                    id=f"{self._prefix}{len(self.done):03}",
                    kind=kind,
                    cause=f"movement:{cause.id}",
                    happened_at=cause.happened_at,
                    moves=tuple(moves),
                    reason=reason,
                )
            )

    def _claimed(self, sku: str, code: str, source: Place) -> int:
        """Units on a shelf that holds of others name."""
        is_shelf = source.state is State.AVAILABLE
        return self._known.claimed.get((sku, code, source.node), 0) if is_shelf else 0

    def _place(self, sku: str, serial: str) -> Place:
        return self._serials.get((sku, serial), Place("", State.OUTSIDE))

    def _at_place(self, sku: str, place: Place) -> dict[str, int]:
        return self._lots[sku, place.node, place.state]


def _rest(move: Move, named: int) -> tuple[LotUnits, ...]:
    """The units of a move that are not named."""
    left = move.quantity - named
    return (LotUnits(lot=UNTOLD, quantity=left),) if left else ()


def _one(sku: str, serial: str, source: Place, target: Place) -> Move:
    return Move(sku=sku, quantity=1, source=source, target=target, serials=(serial,))


def _renamed(
    sku: str, at: Place, *, unit_in: str | None = None, unit_out: str | None = None
) -> list[Move]:
    """A unit at a place turns out to be another: one comes, one goes, and the balance stays."""
    outside = Place(at.node, State.OUTSIDE)
    ends = ((unit_in, outside, at), (unit_out, at, outside))
    return [
        Move(
            sku=sku,
            quantity=1,
            source=source,
            target=target,
            serials=(unit,) if unit else (),
            lots=() if unit else (LotUnits(lot=UNTOLD, quantity=1),),
        )
        for unit, source, target in ends
    ]


def _relabelled(move: Move, gained: Sequence[LotUnits], given: Sequence[LotUnits]) -> list[Move]:
    """Units where a move begins turn out to be of other lots: as many come as go."""
    if not gained:
        return []
    units = sum(lot.quantity for lot in gained)
    at, outside = move.source, Place(move.source.node, State.OUTSIDE)
    return [
        Move(sku=move.sku, quantity=units, source=outside, target=at, lots=tuple(gained)),
        Move(sku=move.sku, quantity=units, source=at, target=outside, lots=tuple(given)),
    ]


def _added_up(lots: Iterable[LotUnits]) -> list[LotUnits]:
    """Each lot once, in key order."""
    units: dict[str, int] = defaultdict(int)
    expiry: dict[str, date | None] = {}
    for lot in lots:
        units[lot.lot] += lot.quantity
        expiry[lot.lot] = expiry.get(lot.lot) or lot.expires_on
    return [LotUnits(lot=lot, quantity=units[lot], expires_on=expiry[lot]) for lot in sorted(units)]


def _rank(lot: str, expires_on: date | None) -> tuple[bool, date, str]:
    return lot == UNTOLD, expires_on or date.max, lot


def _order(key: LotKey) -> tuple[str, str, str, str]:
    sku, lot, node, state = key
    return sku, lot, node, state.value
