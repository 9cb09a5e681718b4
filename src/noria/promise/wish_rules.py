"""The one decision about wishes, whoever asks: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from noria.kit.errors import UnknownCodes
from noria.promise.model import Draw, Hold, NotEnough
from noria.promise.wish_model import (
    Asked,
    Facts,
    Granted,
    Own,
    Pair,
    Settled,
    Shelves,
    Take,
    Wish,
    WishBody,
    WishLine,
)
from noria.stock.model import Aside

SOURCED = "order:"
"""Demands of this kind are what waits to be sourced: that they wait does not stand in their way."""


def grant(wishes: Sequence[Wish], shelves: Shelves) -> list[Granted | NotEnough]:
    """Decide wishes in the order in which they came; each sees what the ones before it took.

    Lines of one SKU add up. A line may have: what is on the shelf, less what is kept back from its
    channel, less the demand that only this node may send; and where demand waits that is nowhere
    yet, no more than all nodes have beyond it. What the shopper holds there already comes on top,
    and gives way as far as it is needed. A wish that is refused takes nothing.
    """
    if _has_all(wishes, shelves):
        return [Granted(wish.holds) for wish in wishes]
    left = _Left(shelves)
    return [left.decide(wish) for wish in wishes]


def wishes_of(asked: Sequence[Asked], now: datetime) -> list[Wish]:
    """A hold for each line: the first has the id of the wish."""
    ends = {
        minutes: now + timedelta(minutes=minutes) for minutes in {one.body.minutes for one in asked}
    }
    return [
        Wish(_holds_of(one.body, ends[one.body.minutes]), one.body.take is Take.AVAILABLE)
        for one in asked
    ]


def _holds_of(body: WishBody, ends_at: datetime) -> list[Hold]:
    return [
        Hold(
            id=key,
            demand=body.demand,
            sku=line.sku,
            node=line.node,
            quantity=line.quantity,
            expires_at=ends_at,
            channel=body.channel,
            shopper=body.shopper,
            lots=line.lots,
            serials=line.serials,
        )
        for key, line in zip(ids(body), body.lines, strict=True)
    ]


def names_units(body: WishBody) -> bool:
    """Whether a wish is for some units and no others."""
    return any(line.serials or line.lots for line in body.lines)


def ids(body: WishBody) -> list[str]:
    """What the reservation of each line is called."""
    if len(body.lines) == 1:
        return [body.id]
    more = (f"{body.id}.{number}" for number in range(2, len(body.lines) + 1))
    return [body.id, *more]


def without_overlaps(asked: Sequence[Asked]) -> tuple[Sequence[Asked], list[Asked]]:
    """Wishes of which no two would call a reservation the same, and those left over, in order."""
    if all(len(one.body.lines) == 1 for one in asked):
        return asked, []
    called: set[str] = set()
    clear: list[Asked] = []
    others: list[Asked] = []
    for one in asked:
        names = ids(one.body)
        (clear if called.isdisjoint(names) else others).append(one)
        called.update(names)
    return clear, others


def unknown(body: WishBody, facts: Facts) -> UnknownCodes | None:
    """A refusal that names the codes of a wish that are not known here, of the first kind."""
    if not (facts.unknown_skus or facts.unknown_nodes or facts.unknown_channels):
        return None
    for kind, named, unknown in (
        ("SKU", {line.sku for line in body.lines}, facts.unknown_skus),
        ("node", {line.node for line in body.lines}, facts.unknown_nodes),
        ("channel", {body.channel}, facts.unknown_channels),
    ):
        if missing := sorted(code for code in named if code in unknown):
            return UnknownCodes(codes=f"{kind} " + ", ".join(missing))
    return None


def short(wishes: Sequence[Wish], grants: Sequence[Granted | NotEnough]) -> set[Pair]:
    """The shelves of wishes that did not get all that they asked for."""
    return {
        (hold.sku, hold.node)
        for wish, granted in zip(wishes, grants, strict=True)
        if isinstance(granted, NotEnough) or list(granted.holds) != list(wish.holds)
        for hold in wish.holds
    }


def lacking(wishes: Sequence[Wish], grants: Sequence[Granted | NotEnough]) -> set[Pair]:
    """The shelves that are why wishes did not get all that they asked for."""
    found: set[Pair] = set()
    for wish, granted in zip(wishes, grants, strict=True):
        if isinstance(granted, NotEnough) and not wish.is_partial:
            found.add((granted.details["sku"], granted.details["node"]))
            continue
        kept = {} if isinstance(granted, NotEnough) else {one.id: one for one in granted.holds}
        found |= {(hold.sku, hold.node) for hold in wish.holds if kept.get(hold.id) != hold}
    return found


def never_plain(pairs: Iterable[Pair], facts: Facts) -> set[Pair | str]:
    """What closes the short way whatever lies there: shelves, and codes of channels."""
    no_skus, no_nodes = facts.unknown_skus, facts.unknown_nodes | facts.makers | facts.closed
    if not (no_skus or no_nodes):
        return set(facts.unknown_channels)
    return {*facts.unknown_channels, *((s, n) for s, n in pairs if s in no_skus or n in no_nodes)}


def may_be_kept(facts: Facts) -> bool:
    """Whether anything of what lies there may be kept back or waited for."""
    terms = facts.terms
    return bool(terms.rules or terms.buffers or terms.unsellable or facts.waited_for)


def settled(asked: Asked, units: Mapping[str, int] | None = None) -> Settled:
    """A wish with what is held for it: all that it asked for, or `units` by reservation.

    What whoever asked is told is the same for as long as the reservations are in the book, whatever
    became of them since.
    """
    body = asked.body
    lines = zip(ids(body), body.lines, strict=True)
    if units is None:
        held = [(key, line, line.quantity) for key, line in lines]
        told = [_told(f'"{key}"', line, line.quantity) for key, line, _ in held]
    else:
        of_each = [(key, line, units.get(key, 0)) for key, line in lines]
        held = [one for one in of_each if one[2]]
        told = [_told(f'"{key}"' if there else "null", line, there) for key, line, there in of_each]
    return Settled(
        asked,
        held,
        f'{{"id":"{body.id}","demand":{ENCODE(body.demand).decode()},"made_at":"',
        f'","lines":[{",".join(told)}]}}',
    )


ENCODE = msgspec.json.Encoder().encode


def _told(reservation: str, line: WishLine, held: int) -> str:
    """A `KeptLine` as JSON: there is nothing in a code that it would write differently."""
    return (
        f'{{"reservation":{reservation},"sku":"{line.sku}","node":"{line.node}",'
        f'"asked":{line.quantity},"held":{held}}}'
    )


def instant(at: datetime) -> str:
    """An instant of UTC, as JSON has it."""
    return ENCODE(at).decode()[1:-1]


def put_aside(wishes: Iterable[Settled], most: int, *, is_told_by_shelf: bool) -> list[Aside]:
    """How wishes are booked: by who sent them, up to `most` lines a movement.

    What is taken from one shelf is one move where it may be, with a part for each line.
    """
    begun: dict[str, _Movement] = {}
    made: list[_Movement] = []
    for wish in wishes:
        actor, demand = wish.asked.actor, wish.asked.body.demand
        movement = begun.get(actor)
        for _, line, units in wish.held:
            if movement is None or movement.lines == most:
                movement = begun[actor] = _Movement(actor)
                made.append(movement)
            place = 0 if is_told_by_shelf else movement.lines
            causes, parts = movement.moves.setdefault((line.sku, line.node, place), ([], []))
            causes.append(demand)
            parts.append(units)
            movement.lines += 1
    return [one for number, movement in enumerate(made) for one in movement.asides(number)]


class _Movement:
    """One that is being put together: by shelf, the causes and the units for each."""

    __slots__ = ("actor", "lines", "moves")

    def __init__(self, actor: str) -> None:
        self.actor = actor
        self.lines = 0
        self.moves: dict[tuple[str, str, int], tuple[list[str], list[int]]] = {}

    def asides(self, number: int) -> Iterator[Aside]:
        line = 0
        for (sku, node, _), (causes, parts) in self.moves.items():
            yield Aside(number, line, self.actor, sku, node, causes, parts)
            line += len(causes)


def spare(
    free: Iterable[tuple[str, int]], waiting: Mapping[str, int], channel: str | None
) -> dict[tuple[str | None, str], int]:
    """What a channel may have of each SKU that demand waits for: what is free anywhere, less it."""
    total: dict[str, int] = defaultdict(int)
    for sku, units in free:
        total[sku] += max(units, 0)
    return {(channel, sku): total[sku] - units for sku, units in waiting.items()}


def _has_all(wishes: Sequence[Wish], shelves: Shelves) -> bool:
    """Whether there is enough for everybody together: then nobody has to come before another."""
    asked: dict[Pair, int] = defaultdict(int)
    channels = set()
    for wish in wishes:
        for hold in wish.holds:
            asked[hold.sku, hold.node] += hold.quantity
            channels.add(hold.channel)
    if shelves.spare or any(node in shelves.closed or node in shelves.made for _, node in asked):
        return False
    kept = [of_channel for channel in channels if (of_channel := shelves.kept[channel])]
    for pair, units in asked.items():
        left = shelves.available.get(pair, 0) - shelves.named.get(pair, 0)
        if left - (max([of.get(pair, 0) for of in kept]) if kept else 0) < units:
            return False
    return True


class _Left:
    """What is left while wishes are decided one after the other."""

    def __init__(self, shelves: Shelves) -> None:
        self._given = shelves
        self._shelf = dict(shelves.available)
        self._made = dict(shelves.made)
        self._own = {key: list(own) for key, own in shelves.own.items()}
        self._taken: dict[str, int] = defaultdict(int)

    def decide(self, wish: Wish) -> Granted | NotEnough:
        held: list[Hold] = []
        draws: list[tuple[Hold, Own]] = []
        for hold in wish.holds:
            free = max(self._free(hold), 0)
            lacking = hold.quantity - free
            own = self._own.get((hold.shopper, hold.sku, hold.node), ()) if hold.shopper else ()
            there = free + sum(one.units for one in own)
            if there < hold.quantity and not (wish.is_partial and there):
                if wish.is_partial:
                    continue
                self._put_back(held, draws)
                return _not_enough(hold, there)
            kept = hold if there >= hold.quantity else structs.replace(hold, quantity=there)
            if lacking > 0 and own:
                draws += self._drawn(hold, kept.quantity - free)
            self._take(hold, kept.quantity)
            held.append(kept)
        if not held:
            return _not_enough(wish.holds[0], 0)
        return Granted(
            held, [Draw(reservation=one.reservation, units=one.units) for _, one in draws]
        )

    def _free(self, hold: Hold) -> int:
        """What anybody may have there now in the channel of `hold`."""
        given, pair = self._given, (hold.sku, hold.node)
        if hold.node in given.closed:
            return 0
        if hold.node in given.made:
            left = self._made[hold.node] if pair in given.makes else 0
        else:
            left = self._shelf.get(pair, 0)
        left -= given.kept[hold.channel].get(pair, 0)
        if hold.demand.startswith(SOURCED):
            return left
        left -= given.named.get(pair, 0)
        if given.spare and (cap := given.spare.get((hold.channel, hold.sku))) is not None:
            left = min(left, cap - self._taken[hold.sku])
        return left

    def _take(self, hold: Hold, units: int) -> None:
        """So many fewer are there; what was drawn for them has been put there before."""
        if hold.node in self._given.made:
            self._made[hold.node] -= units
        else:
            pair = (hold.sku, hold.node)
            self._shelf[pair] = self._shelf.get(pair, 0) - units
        self._taken[hold.sku] += units

    def _drawn(self, hold: Hold, units: int) -> list[tuple[Hold, Own]]:
        """So many of the shopper's own, the soonest over first, put back where they came from."""
        assert hold.shopper is not None
        own = self._own[hold.shopper, hold.sku, hold.node]
        drawn: list[tuple[Hold, Own]] = []
        while units > 0:
            first = own.pop(0)
            part = Own(first.reservation, min(first.units, units))
            if first.units > part.units:
                own.insert(0, Own(first.reservation, first.units - part.units))
            units -= part.units
            drawn.append((hold, part))
            self._take(hold, -part.units)
        return drawn

    def _put_back(self, held: Sequence[Hold], draws: Sequence[tuple[Hold, Own]]) -> None:
        """As if the wish had never been decided."""
        for hold in held:
            self._take(hold, -hold.quantity)
        for hold, part in reversed(draws):
            assert hold.shopper is not None
            self._own[hold.shopper, hold.sku, hold.node].insert(0, part)
            self._take(hold, part.units)


def _not_enough(hold: Hold, there: int) -> NotEnough:
    return NotEnough(sku=hold.sku, node=hold.node, available=there, asked=hold.quantity)
