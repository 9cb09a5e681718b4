"""What is taken off a shelf before it is promised, for whole tables at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.network.model import Spot
from noria.promise import atp_rules
from noria.promise import keep_back_rules as rules
from noria.promise.cells import Units
from noria.promise.keep_back_model import ADDED, KeepBack, Purpose, Shelf
from noria.promise.keep_back_rules import Named, Rulebook
from noria.promise.matrix_views import NodeTerms

Flags = NDArray[np.bool_]


Kept = Mapping[Purpose, Units]
"""Units kept back at each place: a row for each SKU asked, or one row for all of them."""

ALL = 2**60
LAYERS_KNOWN = 5000


class Layers:
    """A rulebook as rows of numbers: for each purpose, what its winner keeps at every place."""

    def __init__(self, book: Rulebook, nodes: Sequence[NodeTerms | None]) -> None:
        self.book = book
        self._nodes = nodes
        self._accuracy = np.array(
            [np.nan if node is None or node.accuracy is None else node.accuracy for node in nodes]
        )
        self._known: dict[object, tuple[Flags, Units] | None] = {}

    def rows(
        self,
        key: tuple[Purpose, str | None],
        goods: Sequence[tuple[Named, ...]],
        channel: str | None,
        base: Units,
    ) -> Units:
        """Units of the winning rule at each place; where there is none, those of `base`.

        `goods` says of each SKU how rules may name it, the least specific name first. One row
        comes back if the rules say of all of them the same.
        """
        by_goods = self.book.get(key)
        if by_goods is None:
            return base
        general = self._over(base, key, None, channel)
        apart = {
            line: [name for name in names if name in by_goods] for line, names in enumerate(goods)
        }
        if not any(apart.values()):
            return general
        found = np.tile(general, (len(goods), 1))
        for line, names in apart.items():
            for name in names:
                found[line] = self._over(found[line], key, name, channel)
        return found

    def _over(
        self, base: Units, key: tuple[Purpose, str | None], goods: Named, channel: str | None
    ) -> Units:
        """A more specific layer covers what it says something of."""
        asked = (key, goods, channel)
        if asked in self._known:
            layer = self._known[asked]
        else:
            if len(self._known) >= LAYERS_KNOWN:
                self._known = {}
            layer = self._known[asked] = self._layer(key, goods, channel)
        return base if layer is None else np.where(layer[0], layer[1], base)

    def _layer(
        self, key: tuple[Purpose, str | None], goods: Named, channel: str | None
    ) -> tuple[Flags, Units] | None:
        by_place = self.book[key].get(goods)
        if by_place is None:
            return None
        has = np.zeros(len(self._nodes), np.bool_)
        units = np.zeros(len(self._nodes), np.int64)
        for place in sorted(by_place, key=_rank):
            rule = by_place[place].get(channel) or by_place[place].get(None)
            if rule is not None:
                there = self._at(place)
                has |= there
                units[there] = self._amounts(rule)[there]
        return has, units

    def _at(self, place: Named) -> Flags:
        if place is None:
            return np.ones(len(self._nodes), np.bool_)
        what, name = place
        return np.array(
            [
                node is not None and name == (node.code if what == "node" else node.kind)
                for node in self._nodes
            ]
        )

    def _amounts(self, rule: KeepBack) -> Units:
        """What a rule keeps at each place; of days of sales nothing is known here."""
        amount = rules.units(rule, 0)
        if rule.purpose is not Purpose.SAFETY:
            return np.full(len(self._nodes), amount, np.int64)
        assert rule.below_accuracy is not None
        return np.where(self._accuracy < rule.below_accuracy, amount, 0)


def _rank(place: Named) -> tuple[int, str]:
    """All places, then kinds, then nodes: what comes later says more."""
    if place is None:
        return 0, ""
    return (2 if place[0] == "node" else 1), place[1]


class Day(Struct, frozen=True, kw_only=True):
    """The rules that hold on a day."""

    layers: Layers
    placed: Layers
    summed: Rulebook
    in_days: Sequence[KeepBack]


class Terms:
    """Nodes and rules as they are at present; replaced as a whole when they change."""

    def __init__(
        self,
        nodes: Sequence[NodeTerms],
        places: Mapping[str, int],
        width: int,
        *,
        apart: set[str],
        rules: Sequence[KeepBack],
        categories: Mapping[str, str],
        until: datetime | None = None,
        policy: str = "",
    ) -> None:
        self.nodes: list[str] = sorted(places, key=lambda code: places[code])
        self.in_order: NDArray[np.int64] = np.argsort(np.array(self.nodes, dtype=np.str_))
        self.known = {node.code: node for node in nodes}
        self.until = until
        """From when on others will hold, without anybody telling."""
        self.policy = policy
        """The version of the policy that is live until then."""
        self.spots: dict[tuple[str, str], Spot] = {}
        """Where postcodes lie, for whoever asked once."""
        self.around: set[str] = set()
        """Countries with the first two signs of postcodes, of which all were read."""
        at = [self.known.get(code) for code in self.nodes]
        self._at: list[NodeTerms | None] = at + [None] * (width - len(at))
        self._apart = apart
        self.rules = rules
        self._categories = categories
        self._channels = {rule.channel for rule in rules}
        does_promise = [node is not None and node.does_promise for node in self._at]
        self.never = np.where(does_promise, 0, ALL)
        """What is kept back besides, where a node promises nothing at all."""
        self._buffers = np.array(
            [0 if node is None else node.buffer_units for node in self._at], np.int64
        )
        self._nothing = np.zeros(width, np.int64)
        self._days: dict[date, Day] = {}

    def can_tell(self, skus: Sequence[str], now: datetime) -> bool:
        """Whether all that is kept back of these SKUs is known here."""
        if self.are_over(now) or not self._apart.isdisjoint(skus):
            return False
        return not any(self._concerns(rule, skus) for rule in self._on(now.date()).in_days)

    def are_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now

    def kept(self, skus: Sequence[str], channel: str | None, today: date) -> Kept:
        """What is kept back of each SKU at each place from a channel, for each purpose."""
        layers, channel = self._on(today).layers, self._named(channel)
        if not layers.book:
            return {Purpose.BUFFER: self._buffers}
        goods = [self._names(sku) for sku in skus]
        protection = self._nothing
        for key in layers.book:
            if key[0] is Purpose.PROTECTION and key[1] != channel:
                protection = protection + layers.rows(key, goods, channel, self._nothing)
        others = {
            purpose: layers.rows((purpose, None), goods, channel, self._nothing)
            for purpose in (Purpose.SAFETY, *ADDED)
            if (purpose, None) in layers.book
        }
        return others | {
            Purpose.BUFFER: layers.rows((Purpose.BUFFER, None), goods, channel, self._buffers),
            Purpose.PROTECTION: protection,
        }

    def least_at(self, skus: Sequence[str], channel: str | None, today: date) -> Units | None:
        """Fewer units than this at a place are not shown."""
        placed, key = self._on(today).placed, (Purpose.THRESHOLD, None)
        if not placed.book:
            return None
        goods = [self._names(sku) for sku in skus]
        return placed.rows(key, goods, self._named(channel), self._nothing)

    def least_in_all(self, skus: Sequence[str], channel: str | None, today: date) -> list[int]:
        """Fewer units than this over all places are not shown."""
        book = self._on(today).summed
        if not book:
            return [0] * len(skus)
        return [
            atp_rules.least(
                book,
                Shelf(
                    sku=sku,
                    node="",
                    category=self._categories.get(sku, ""),
                    node_kind=atp_rules.ANY,
                ),
                channel,
            )
            for sku in skus
        ]

    def _on(self, today: date) -> Day:
        known = self._days.get(today)
        if known is not None:
            return known
        hold = [rule for rule in self.rules if holds(rule, today)]
        placed, summed = atp_rules.split_thresholds(hold)
        day = Day(
            layers=Layers(rules.rulebook(hold), self._at),
            placed=Layers(placed, self._at),
            summed=summed,
            in_days=[rule for rule in hold if rule.days is not None],
        )
        self._days = {today: day}
        return day

    def _names(self, sku: str) -> tuple[Named, ...]:
        category = self._categories.get(sku)
        if category is None:
            return (("sku", sku),)
        return ("category", category), ("sku", sku)

    def _named(self, channel: str | None) -> str | None:
        """A channel that no rule names is told what one is told that names no channel."""
        return channel if channel in self._channels else None

    def _concerns(self, rule: KeepBack, skus: Sequence[str]) -> bool:
        if rule.sku is not None:
            return rule.sku in skus
        return rule.category is None or any(
            self._categories.get(sku) == rule.category for sku in skus
        )


def holds(rule: KeepBack, today: date) -> bool:
    if rule.valid_from is not None and rule.valid_from > today:
        return False
    return rule.valid_until is None or rule.valid_until >= today
