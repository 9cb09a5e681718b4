"""What a policy keeps from a channel on a day of a trial, whose turn it is, and sums of figures."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct, structs

from noria.network.model import PICK_UP
from noria.orders.trial_model import Figures, Past, Trial
from noria.policies.model import Policy
from noria.promise import fence_rules, keep_back_rules
from noria.promise.fence_model import Barred
from noria.promise.keep_back_model import MEASURED_DAYS, KeepBack, Purpose, Shelf
from noria.sourcing.model import Explanation, Plan

Key = tuple[str, str]
"""SKU and node."""


class Kept(Struct, frozen=True, kw_only=True):
    """Units of a shelf that a channel may not have, and what keeps all of it, if anything does.

    `sold` is what went from there in the days that are measured.
    """

    units: int
    bars: Sequence[Barred] = ()
    sold: int = 0


class Sales:
    """What was sold of each shelf, by day: what rules of days of sales are told from."""

    def __init__(self, sold: Iterable[tuple[Key, date, int]]) -> None:
        self._days: dict[Key, list[date]] = defaultdict(list)
        self._sums: dict[Key, list[int]] = defaultdict(lambda: [0])
        for key, day, units in sorted(sold):
            self._days[key].append(day)
            self._sums[key].append(self._sums[key][-1] + units)

    def before(self, key: Key, day: date) -> int:
        """Units over the days that are measured, up to the eve of this one."""
        days = self._days.get(key)
        if days is None:
            return 0
        first = bisect_left(days, day - timedelta(days=MEASURED_DAYS))
        sums = self._sums[key]
        return max(sums[bisect_right(days, day - timedelta(days=1))] - sums[first], 0)


class Keeps:
    """What is kept back on one day under one policy; each shelf is looked at once a channel."""

    def __init__(
        self, rules: Iterable[KeepBack], shelves: Mapping[Key, Shelf], sales: Sales, day: date
    ) -> None:
        self._book = keep_back_rules.rulebook([rule for rule in rules if _holds(rule, day)])
        self._shelves, self._sales, self._day = shelves, sales, day
        self._known: dict[str | None, dict[Key, Kept]] = defaultdict(dict)

    def of(self, channel: str | None, key: Key) -> Kept:
        """What a channel may not have of a shelf that day."""
        found = self._known[channel].get(key)
        if found is None:
            found = self._known[channel][key] = self._kept(channel, key)
        return found

    def _kept(self, channel: str | None, key: Key) -> Kept:
        shelf, sold = self._shelves.get(key), self._sales.before(key, self._day)
        if shelf is None:
            return Kept(units=0, sold=sold)
        because = keep_back_rules.kept(self._book, structs.replace(shelf, sold=sold), channel)
        units = sum(one.units for one in because)
        return Kept(units=units, bars=fence_rules.bars(*key, because), sold=sold)


def rules_of(policy: Policy, others: Sequence[KeepBack]) -> list[KeepBack]:
    """All that keeps units back under a policy: what it protects itself, and every other rule."""
    return [
        *others,
        *(
            KeepBack(
                id=f"policy.{number}",
                purpose=Purpose.PROTECTION,
                sku=one.sku,
                category=one.category,
                node=one.node,
                node_kind=one.node_kind,
                channel=one.channel,
                units=one.units,
                days=one.days,
                reason=one.reason,
                valid_from=one.valid_from,
                valid_until=one.valid_until,
            )
            for number, one in enumerate(policy.content.protections)
        ),
    ]


def in_turn(
    some: Iterable[Past], ranks: Mapping[str, float], *, windows: Iterable[str]
) -> list[Past]:
    """Whose turn it is: first those whose window is over, then by rank, then first come."""
    over = frozenset(windows)

    def turn(one: Past) -> tuple[bool, float, str, str]:
        rank = ranks.get(one.wish.channel or "", float("-inf"))
        order = one.wish.order_id
        return order not in over, -rank, one.placed_at.isoformat(), order

    return sorted(some, key=turn)


def counted(figures: Figures, plan: Plan, why: Explanation) -> Figures:
    """The day's figures with one more plan."""
    terms: dict[str, int] = defaultdict(int, figures.terms)
    for name, cents in why.chosen.terms.items():
        terms[name] += cents
    chance = 1.0
    for leg in plan.legs:
        chance *= leg.chance
    return structs.replace(
        figures,
        sent=figures.sent + 1,
        parcels=figures.parcels + sum(leg.service != PICK_UP for leg in plan.legs),
        splits=figures.splits + (len(plan.legs) > 1),
        on_time=figures.on_time + chance,
        terms=dict(terms),
    )


def added_up(policy: str, days: Sequence[Figures]) -> Trial:
    """Days and their sum; what waits and what is empty is that of the last day."""
    total = Figures()
    for one in days:
        terms: dict[str, int] = defaultdict(int, total.terms)
        for name, cents in one.terms.items():
            terms[name] += cents
        total = Figures(
            orders=total.orders + one.orders,
            sent=total.sent + one.sent,
            parcels=total.parcels + one.parcels,
            splits=total.splits + one.splits,
            on_time=total.on_time + one.on_time,
            waiting=one.waiting,
            drained=one.drained,
            terms=dict(terms),
        )
    return Trial(policy=policy, total=total, days=days)


def _holds(rule: KeepBack, day: date) -> bool:
    return (rule.valid_from or date.min) <= day <= (rule.valid_until or date.max)
