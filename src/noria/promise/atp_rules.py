"""The sum of what can be promised, now and day by day: values in, values out.

A day's ATP is what can be promised for that day without breaking a promise for any later one. Let
C(e) be what is there now, less what is kept back, plus all supply up to day e, less all demand that
is due up to day e. Then ATP(d) = max(0, min over every e >= d of C(e)): the lookahead-minimum form
of discrete ATP. Demand so takes the earliest supply that covers it; supply that comes later makes
no earlier day better; and the curve never falls.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from noria.kit.errors import Text
from noria.network.model import NodeKind, Spot
from noria.network.rules import great_circle_km
from noria.promise import fence_rules, keep_back_rules
from noria.promise.atp_model import Expected, Free, Near, Step, Stocked, Supply, Term, Whereabouts
from noria.promise.keep_back_model import KeepBack, Purpose, Shelf
from noria.promise.keep_back_rules import Rulebook
from noria.promise.model import Available

Change = tuple[date, int]
"""Units that come on a day; fewer than none go."""


class Picture(Struct, frozen=True, kw_only=True):
    """All that the curves of some SKUs are made from, as `channel` may see it on a day."""

    channel: str | None
    today: date
    free: Sequence[Free]
    supplies: Sequence[Supply]
    expected: Sequence[Expected]
    thresholds: tuple[Rulebook, Rulebook]


KINDS = {kind.value: kind for kind in NodeKind}
ANY = NodeKind.WAREHOUSE
"""A kind for what is at no place; thresholds that name a place are never asked about it."""


def free(
    stocked: Sequence[Stocked], book: Rulebook, channel: str | None, *, is_sourcing: bool = False
) -> list[Free]:
    """For each shelf: on it + over + the asker's own - unsellable - kept back - demand there.

    Sourcing serves that demand, so for it the last term is left out.
    """
    found = []
    for one in stocked:
        because = (
            keep_back_rules.kept(book, shelf(one), channel) if book or one.buffer_units else ()
        )
        there = one.on_shelf + one.expired + one.own - one.unsellable
        there -= 0 if is_sourcing else one.named
        units = there - sum(reason.units for reason in because)
        found.append(Free(shelf=one, because=because, units=units))
    return found


def available(free: Iterable[Free]) -> list[Available]:
    """What each shelf has to give, as it stands; those that have nothing are left out."""
    return [_available(one, one.units, 0) for one in free if one.units > 0]


def visible(
    free: Iterable[Free],
    unsourced: Mapping[str, int],
    thresholds: tuple[Rulebook, Rulebook],
    channel: str | None,
) -> list[Available]:
    """What a channel may be shown of each shelf now; those that have nothing are left out.

    Demand that is nowhere yet lowers a SKU's sum over all nodes, and no node shows more than that
    sum. So any one row can be promised as it stands.
    """
    placed, summed = thresholds
    shown: dict[str, list[Free]] = defaultdict(list)
    for one in free:
        if one.units > 0 and (not placed or one.units >= least(placed, shelf(one.shelf), channel)):
            shown[one.shelf.sku].append(one)
    rows = []
    for sku, shelves in shown.items():
        waiting = unsourced.get(sku, 0)
        total = sum(one.units for one in shelves) - waiting
        if total > 0 and total >= least(
            summed, everywhere([one.shelf for one in shelves]), channel
        ):
            rows += [_available(one, min(one.units, total), waiting) for one in shelves]
    return rows


def least(book: Rulebook, at: Shelf, channel: str | None) -> int:
    """Fewer units than this are not shown."""
    because = keep_back_rules.threshold(book, at, channel) if book else None
    return because.units if because else 0


def everywhere(shelves: Sequence[Stocked]) -> Shelf:
    """Every node's shelf of a SKU as one: what a rule looks at that names no place."""
    one = shelves[0]
    sold = sum(each.sold for each in shelves)
    return Shelf(sku=one.sku, node="", category=one.category, node_kind=ANY, sold=sold)


def _available(one: Free, units: int, unsourced: int) -> Available:
    return Available(
        sku=one.shelf.sku,
        node=one.shelf.node,
        units=units,
        on_shelf=one.shelf.on_shelf,
        expired=one.shelf.expired,
        buffer=_kept(one, Purpose.BUFFER),
        is_made=one.shelf.is_made,
        safety=_kept(one, Purpose.SAFETY),
        protection=_kept(one, Purpose.PROTECTION),
        trust=_kept(one, Purpose.TRUST),
        own=one.shelf.own,
        named=one.shelf.named,
        unsellable=one.shelf.unsellable,
        unsourced=unsourced,
    )


def _kept(one: Free, purpose: Purpose) -> int:
    return sum(because.units for because in one.because if because.purpose is purpose)


def shelf(one: Stocked) -> Shelf:
    return Shelf(
        sku=one.sku,
        node=one.node,
        category=one.category,
        node_kind=KINDS[one.node_kind],
        buffer_units=one.buffer_units,
        sold=one.sold,
        accuracy=one.accuracy,
    )


def curve(now: int, changes: Iterable[Change], *, start: date) -> list[Step]:
    """ATP from `start` on, in its lookahead-minimum form; a step wherever it rises.

    What was due before `start` is due then. The first step is always there, even if it is zero.
    """
    by_day: dict[date, int] = {start: now}
    for day, units in changes:
        at = max(day, start)
        by_day[at] = by_day.get(at, 0) + units
    days = sorted(by_day)
    sums, total = [], 0
    for day in days:
        total += by_day[day]
        sums.append(total)
    lowest = sums[-1]
    for index in range(len(sums) - 1, -1, -1):
        lowest = sums[index] = min(lowest, sums[index])
    return steps(zip(days, (max(0, units) for units in sums), strict=True))


def steps(levels: Iterable[tuple[date, int]]) -> list[Step]:
    """Levels by day as steps: the first, and each one that differs from the one before."""
    found: list[Step] = []
    for day, level in levels:
        before = found[-1].cumulative if found else 0
        if not found or level != before:
            found.append(Step(day=day, units=level - before, cumulative=level))
    return found


def together(curves: Sequence[Sequence[Step]], demand: Iterable[Change], start: date) -> list[Step]:
    """The curve of a SKU over all its nodes, less demand that is at none of them."""
    rises = [(step.day, step.units) for steps in curves for step in steps]
    return curve(0, [*rises, *demand], start=start)


def lower(one: Sequence[Step], other: Sequence[Step]) -> list[Step]:
    """The lower of two curves on each day; both begin on the same one."""
    days = sorted({step.day for step in (*one, *other)})
    return steps((day, min(level(one, day), level(other, day))) for day in days)


def level(curve: Sequence[Step], day: date) -> int:
    """What a curve says on a day: nothing before it begins."""
    return next((step.cumulative for step in reversed(curve) if step.day <= day), 0)


def above(curve: Sequence[Step], threshold: int) -> list[Step]:
    """A curve as whoever sees no fewer than `threshold` units sees it."""
    shown = ((step.day, step.cumulative if step.cumulative >= threshold else 0) for step in curve)
    return steps(shown)


def window(curve: Sequence[Step], start: date, until: date) -> list[Step]:
    """The part of a curve between two days, both of them in it; what rose before is there first."""
    inside = [(step.day, step.cumulative) for step in curve if start < step.day <= until]
    return steps([(start, level(curve, start)), *inside])


def split_thresholds(rules: Sequence[KeepBack]) -> tuple[Rulebook, Rulebook]:
    """Thresholds that look at one place, and those that name none: they look at the sum."""
    thresholds = [rule for rule in rules if rule.purpose is Purpose.THRESHOLD]
    placed = [rule for rule in thresholds if rule.node or rule.node_kind]
    return (
        keep_back_rules.rulebook(placed),
        keep_back_rules.rulebook([rule for rule in thresholds if rule not in placed]),
    )


def curves(
    picture: Picture, skus: Sequence[str], nodes: Sequence[str] | None
) -> dict[tuple[str, str | None], list[Step]]:
    """The curve of each SKU over all nodes, or at each of `nodes`, from today on.

    Over all nodes it is the sum of what their own curves show, less the demand that is nowhere yet.
    At a node it is its own curve, and never more than all nodes together.
    """
    placed, summed = picture.thresholds
    by_sku = _by_sku(picture.free)
    changes = _changes(picture)
    found: dict[tuple[str, str | None], list[Step]] = {}
    for sku in sorted(set(skus)):
        shelves = by_sku.get(sku, [])
        own = {
            one.shelf.node: above(
                curve(one.units, changes[sku, one.shelf.node], start=picture.today),
                least(placed, shelf(one.shelf), picture.channel),
            )
            for one in shelves
        }
        total = together([*own.values()], changes[sku, None], picture.today)
        if shelves:
            at = everywhere([one.shelf for one in shelves])
            total = above(total, least(summed, at, picture.channel))
        if nodes is None:
            found[sku, None] = total
        nothing = [Step(day=picture.today, units=0, cumulative=0)]
        for node in sorted(set(nodes or ())):
            found[sku, node] = lower(own.get(node, nothing), total)
    return found


def terms(picture: Picture, sku: str, node: str | None) -> list[Term]:
    """What a curve is made of, term by term; those that are nothing are left out."""
    shelves = [
        one for one in picture.free if one.shelf.sku == sku and node in {None, one.shelf.node}
    ]
    asked = [
        *(term for one in shelves for term in _terms_of_shelf(picture, one)),
        *(
            Term(
                term=one.kind.value,
                units=one.units,
                node=one.node,
                day=one.day,
                document=one.document,
                is_late=is_late(one, picture.today),
            )
            for one in picture.supplies
            if one.sku == sku and node in {None, one.node}
        ),
        *(
            Term(term="demand", units=-one.units, node=one.node, day=one.due, document=one.demand)
            for one in picture.expected
            if one.sku == sku and (one.node is None or node in {None, one.node})
        ),
    ]
    if shelves:
        at = everywhere([one.shelf for one in picture.free if one.shelf.sku == sku])
        asked += _term_of_threshold(picture.thresholds[1], at, picture.channel, None)
    return [term for term in asked if term.units]


def _terms_of_shelf(picture: Picture, one: Free) -> list[Term]:
    at = one.shelf
    there = "capacity" if at.is_made else "on_shelf"
    return [
        Term(term=there, units=at.on_shelf, node=at.node),
        Term(term="expired", units=at.expired, node=at.node),
        Term(term="own", units=at.own, node=at.node),
        Term(term="unsellable", units=-at.unsellable, node=at.node),
        *(
            Term(
                term=because.purpose.value,
                units=-because.units,
                node=at.node,
                rule=because.rule,
                reason=because.reason,
                why=_why(because.reason),
            )
            for because in one.because
        ),
        *_term_of_threshold(picture.thresholds[0], shelf(at), picture.channel, at.node),
    ]


def _term_of_threshold(
    book: Rulebook, at: Shelf, channel: str | None, node: str | None
) -> list[Term]:
    """A threshold takes nothing away: its units are those below which nothing is shown."""
    because = keep_back_rules.threshold(book, at, channel) if book else None
    if because is None:
        return []
    return [
        Term(
            term="threshold",
            units=because.units,
            node=node,
            rule=because.rule,
            reason=because.reason,
            why=_why(because.reason),
        )
    ]


def _why(reason: str) -> Text | None:
    return fence_rules.said(reason) if reason else None


def _by_sku(free: Iterable[Free]) -> dict[str, list[Free]]:
    shelves: dict[str, list[Free]] = defaultdict(list)
    for one in free:
        shelves[one.shelf.sku].append(one)
    return shelves


def _changes(picture: Picture) -> dict[tuple[str, str | None], list[Change]]:
    """By SKU and node (None: nowhere yet), what comes and what is wanted.

    Supply that is late may come any day, so no day can be promised on it. Demand without a day is
    due today.
    """
    found: dict[tuple[str, str | None], list[Change]] = defaultdict(list)
    for supply in picture.supplies:
        if not is_late(supply, picture.today):
            found[supply.sku, supply.node].append((supply.day, supply.units))
    for one in picture.expected:
        found[one.sku, one.node].append((one.due or picture.today, -one.units))
    return found


def is_late(supply: Supply, today: date) -> bool:
    return supply.units > 0 and supply.day < today


def nearest(
    places: Iterable[Whereabouts],
    units: Mapping[str, int],
    spot: Spot,
    *,
    kinds: Sequence[str],
    within_km: float,
    limit: int,
) -> list[Near]:
    """The places of these kinds with the units they show, the nearest to a spot first."""
    away = [
        Near(
            node=one.code,
            name=one.name,
            kind=one.kind,
            km=round(great_circle_km(spot, Spot(one.latitude, one.longitude)), 1),
            does_hand_over=one.does_hand_over,
            units=units[one.code],
        )
        for one in places
        if one.kind in kinds
    ]
    close = [one for one in away if one.km <= within_km]
    return sorted(close, key=lambda one: (one.km, one.node))[:limit]


def nowhere(expected: Iterable[Expected]) -> dict[str, int]:
    """By SKU, the demand that is at no node yet."""
    units: dict[str, int] = defaultdict(int)
    for one in expected:
        if one.node is None:
            units[one.sku] += one.units
    return units
