"""What lies where for the orders of a batch, as columns: what one plan takes, the next misses."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import numpy as np
from msgspec import Struct, structs

from noria.catalog.model import Sku
from noria.network.diary_model import Diary
from noria.network.diary_rules import first_day, noted, opening, room_by
from noria.network.scene_model import Later
from noria.network.scene_rules import later
from noria.partners import rules as partners
from noria.partners.model import OddAmounts, PriceAt
from noria.policies import rules as policies
from noria.policies.model import Scope, Settings
from noria.policies.rules import Rulebook
from noria.promise.fence_model import Barred
from noria.promise.units_table import UnitsTable
from noria.sourcing.candidates import ODD_AMOUNT, Around, odd_reason
from noria.sourcing.field import NONE, packs_of
from noria.sourcing.ground import Ground, Hands, Shelves
from noria.sourcing.model import Plan, PlannedLeg, Units, Wish
from noria.sourcing.offers import NEVER_CENTS, Packs, Whole

Rows = dict[str, Whole]
"""By SKU, units at each node of the ground."""


class Left:
    """What is left of stock, of hands and of orders that nodes can take on."""

    def __init__(
        self,
        ground: Ground,
        stocks: Mapping[str | None, Mapping[str, Mapping[str, int]]],
        around: Mapping[str | None, Around],
        free: Mapping[str, int],
        diaries: Mapping[str, Diary] = MappingProxyType({}),
        not_before: dict[str, date] | None = None,
    ) -> None:
        """`not_before` is that of the ground's scene: it is kept as orders are taken."""
        self._ground = ground
        self._not_before = {} if not_before is None else not_before
        self._diaries = {
            ground.place[code]: diary for code, diary in diaries.items() if code in ground.place
        }
        self._days = {place: opening(diary)[0] for place, diary in self._diaries.items()}
        self._later: dict[tuple[int, date], Later] = {}
        self._rows = {channel: _rows(ground, stock) for channel, stock in stocks.items()}
        self._around = {channel: _known(ground, one) for channel, one in around.items()}
        self._most = _row(ground, free, NEVER_CENTS)
        self._free = self._most.copy()
        for place in self._diaries:
            self._look_again(place)
        self._settings: dict[Scope, tuple[list[Settings | None], Whole]] = {}

    def shelves(self, wish: Wish, held: Mapping[str, Units], *, is_priced: bool) -> Shelves:
        """The shelves of an order's lines; `held` is what it holds itself, by node.

        Unless it `is_priced`, opportunity prices are left out of it.
        """
        lines, width = list(wish.wanted), len(self._ground.nodes)
        rows, nothing = self._rows[wish.channel], np.zeros(width, np.int64)
        known = self._around.get(wish.channel) or _known(self._ground, Around())
        units = np.array([rows.get(sku, nothing) for sku in lines]).reshape(len(lines), width)
        for node, own in held.items():
            if (place := self._ground.place.get(node)) is not None:
                units[:, place] += [own.get(sku, 0) for sku in lines]
        sold = np.array([known.sold.get(sku, nothing) for sku in lines])
        for sku in lines:
            if (made := known.made.get(sku)) is not None:
                sold[:, made > 0] = NONE
        worth = np.full_like(units, NONE)
        if is_priced:
            worth = np.array([known.worth.get(sku, nothing) for sku in lines])
        goods = np.full_like(units, NONE)
        shipping, free_from = nothing, nothing + NEVER_CENTS
        for line in range(len(lines) - 1, -1, -1):
            if (terms := known.terms.get(lines[line])) is not None:
                goods[line] = terms[0]
                shipping = np.where(terms[0] >= 0, terms[1], shipping)
                free_from = np.where(terms[0] >= 0, terms[2], free_from)
        barred, reasons = self._rules(wish, known)
        packs = _as_sold(wish, known, units, barred, reasons)
        return Shelves(
            units=units,
            worth_cents=worth,
            sold_units=sold,
            goods_cents=goods,
            packs=packs,
            shipping_cents=shipping,
            free_from_cents=free_from,
            barred=barred,
            reasons=reasons,
        )

    def hands(
        self, book: Rulebook, scope: Scope, wish: Wish, shelves: Shelves, skus: Mapping[str, Sku]
    ) -> Hands:
        """What people can still handle, and what a policy says of each node.

        A node without room for all that it has of an order begins it on its first day with room;
        if that is after the day that counts, it gives what it has room for before.
        """
        settings, setting = self._settled(book, scope)
        wanted = np.array([*wish.wanted.values()], np.int64)[:, None]
        asked = np.minimum(shelves.units, wanted).sum(axis=0)
        free, later = self._free, dict[int, Later]()
        if (asked > free).any():
            units, _ = self._ground.within_fences(wish, shelves, skus)
            asked = np.minimum(units, wanted).sum(axis=0)
        for place in np.flatnonzero(asked > free).tolist():
            diary = self._diaries.get(place)
            day = first_day(diary, asked.item(place)) if diary is not None else None
            if diary is None or day is None or day == self._days[place] or self._makes(place):
                continue
            if free.item(place) and wish.due is not None and day > wish.due:
                continue
            if not later:
                free = free.copy()
            later[place] = self._begun(place, diary, day, asked.item(place))
            free[place] = room_by(diary, day)
        return Hands(free_units=free, settings=settings, setting=setting, later=later)

    def begins(self, hands: Hands, nodes: Sequence[str]) -> dict[str, date]:
        """Those of these nodes whose days are full until one, and the day on which they begin."""
        if not self._is_late and not hands.later:
            return {}
        places = [self._ground.place[code] for code in nodes]
        found = {
            place: hands.later[place].day if place in hands.later else self._days[place]
            for place in places
            if place in self._diaries
        }
        return {
            self._ground.nodes[place]: day
            for place, day in found.items()
            if day != self._diaries[place].first
        }

    @property
    def _is_late(self) -> bool:
        return any(day != self._diaries[place].first for place, day in self._days.items())

    def take(self, plan: Plan, hands: Hands) -> Plan:
        """Take a plan off what is there: a channel that has fewer than others is left none.

        The plan with the day by which each of its nodes has to begin, where that is known.
        """
        legs = []
        for part in plan.legs:
            leg, place = part, self._ground.place[part.node]
            for rows in self._rows.values():
                for sku, taken in leg.units.items():
                    if sku in rows:
                        rows[sku][place] = max(0, rows[sku].item(place) - taken)
            units = sum(leg.units.values())
            diary = self._diaries.get(place)
            if self._most[place] < NEVER_CENTS:
                self._most[place] -= units
                self._free[place] = self._most[place]
            if diary is not None:
                day = self._begun_by(place, leg, hands)
                self._diaries[place] = noted(diary, units, day)
                self._look_again(place)
                leg = structs.replace(leg, begun_by=day)
            legs.append(leg)
        return structs.replace(plan, legs=legs)

    def _look_again(self, place: int) -> None:
        """How much can be begun by the day on which the scene has the node begin.

        Who makes to order begins the next one on the first day that takes another.
        """
        diary = self._diaries[place]
        if self._makes(place):
            day = self._days[place] = opening(diary)[0]
            if day != diary.first:
                self._not_before[self._ground.nodes[place]] = day
        room = room_by(diary, self._days[place])
        self._free[place] = min(room, self._most.item(place), NEVER_CENTS)

    def _makes(self, place: int) -> bool:
        return self._ground.nodes[place] in self._ground.scene.taken

    def _begun(self, place: int, diary: Diary, day: date, units: int) -> Later:
        found = self._later.get((place, day))
        if found is None:
            found = later(self._ground.scene, diary, day, units)
            self._later[place, day] = found
        return found

    def _begun_by(self, place: int, leg: PlannedLeg, hands: Hands) -> date:
        """The last day on which a node can begin a leg, for its van or for who collects it.

        Who makes to order begins it on the day that it is booked for.
        """
        if self._makes(place):
            return self._days[place]
        then, scene = hands.later.get(place), self._ground.scene
        for one in scene.exits[leg.node] if then is None else then.exits:
            if (one.service.code, one.leaves_at) == (leg.service, leg.leaves_at):
                return one.begun_by
        return self._days[place] if then is None else then.day

    def _rules(
        self, wish: Wish, known: "_Known"
    ) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, str]]]:
        """What keeps the channel off shelves of the order, and why, by the place of the node."""
        barred: dict[int, dict[str, str]] = {}
        reasons: dict[int, dict[str, str]] = {}
        for sku in sorted(wish.wanted) if known.barred else ():
            for place, rule in known.barred.get(sku, ()):
                barred.setdefault(place, {})[sku] = rule.purpose
                reasons.setdefault(place, {})[rule.purpose] = rule.reason
        return barred, reasons

    def _settled(self, book: Rulebook, scope: Scope) -> tuple[list[Settings | None], Whole]:
        """The settings that hold at each node, where any differ by node."""
        found = self._settings.get(scope)
        if found is not None:
            return found
        width = len(self._ground.nodes)
        if not policies.has_nodes(book):
            found = [None], np.zeros(width, np.int64)
        else:
            each: dict[Settings, int] = {}
            which = []
            for code in self._ground.nodes:
                kind = self._ground.scene.nodes[code].kind
                at = Scope(
                    channel=scope.channel,
                    country=scope.country,
                    categories=scope.categories,
                    node=code,
                    node_kind=kind,
                )
                which.append(each.setdefault(policies.applied(book, at).settings, len(each)))
            found = list(each), np.array(which, np.int64)
        self._settings[scope] = found
        return found


def _as_sold(
    wish: Wish,
    known: "_Known",
    units: Whole,
    barred: dict[int, dict[str, str]],
    reasons: dict[int, dict[str, str]],
) -> Packs | None:
    """In which amounts partners send what is asked; what they refuse of it is taken away."""
    odd = []
    for line, (sku, asked) in enumerate(wish.wanted.items()):
        for place, term in known.odd.get(sku, ()):
            odd.append((line, place, term))
            has = min(units.item(line, place), asked)
            if has <= 0 or term.odd_amounts is not OddAmounts.REFUSED:
                continue
            if sent := partners.sent_units(has, term):
                units[line, place] = sent
            else:
                barred.setdefault(place, {}).setdefault(sku, ODD_AMOUNT)
                reasons.setdefault(place, {})[ODD_AMOUNT] = odd_reason(term)
    return packs_of(units.shape, odd)


class _Known(Struct, frozen=True, eq=False):
    """What is known of shelves beside what lies on them: rows by SKU.

    `terms` [what, node] are what a unit costs us, its parcel, and from where on that is free; `odd`
    those under which not every amount is sent to a customer at its price.
    """

    worth: Rows
    sold: Rows
    made: Rows
    terms: Rows
    odd: Mapping[str, Sequence[tuple[int, PriceAt]]]
    barred: Mapping[str, Sequence[tuple[int, Barred]]]


def _known(ground: Ground, around: Around) -> _Known:
    place, width = ground.place, len(ground.nodes)
    terms: Rows = {}
    odd: dict[str, list[tuple[int, PriceAt]]] = {}
    for (sku, code), term in around.prices.items():
        if code in place:
            if sku not in terms:
                terms[sku] = np.array([[NONE], [0], [NEVER_CENTS]]).repeat(width, axis=1)
            free_from = NEVER_CENTS if term.free_from_cents is None else term.free_from_cents
            terms[sku][:, place[code]] = term.price_cents, term.shipping_cents, free_from
            if term.odd_amounts is not OddAmounts.SENT:
                odd.setdefault(sku, []).append((place[code], term))
    barred: dict[str, list[tuple[int, Barred]]] = {}
    for (sku, code), rule in around.barred.items():
        if code in place:
            barred.setdefault(sku, []).append((place[code], rule))
    return _Known(
        worth=_rows(ground, around.worth_cents or {}),
        sold=_by_sku(ground, around.sold_units),
        made=_by_sku(ground, dict.fromkeys(around.made, 1)),
        terms=terms,
        odd=odd,
        barred=barred,
    )


def _by_sku(ground: Ground, values: Mapping[tuple[str, str], int]) -> Rows:
    rows: Rows = {}
    for (sku, code), value in values.items():
        if value and (place := ground.place.get(code)) is not None:
            if sku not in rows:
                rows[sku] = np.zeros(len(ground.nodes), np.int64)
            rows[sku][place] = value
    return rows


def _rows(ground: Ground, stock: Mapping[str, Mapping[str, int]]) -> Rows:
    if isinstance(stock, UnitsTable):
        return _whole_rows(ground, stock)
    rows: Rows = {}
    for code, shelf in stock.items():
        place = ground.place.get(code)
        if place is None:
            continue
        for sku, units in shelf.items():
            if sku not in rows:
                rows[sku] = np.zeros(len(ground.nodes), np.int64)
            rows[sku][place] = units
    return rows


def _whole_rows(ground: Ground, stock: UnitsTable) -> Rows:
    """The same of a table, without looking at each unit of it."""
    known = [place for place, code in enumerate(stock.nodes) if code in ground.place]
    there = [ground.place[stock.nodes[place]] for place in known]
    units = np.zeros((len(stock.skus), len(ground.nodes)), np.int64)
    units[:, there] = np.maximum(stock.units[:, known], 0)
    return {sku: row for sku, row in zip(stock.skus, units, strict=True) if row.any()}


def _row(ground: Ground, values: Mapping[str, int], missing: int) -> Whole:
    found = np.full(len(ground.nodes), missing, np.int64)
    for code, value in values.items():
        if code in ground.place:
            found[ground.place[code]] = value
    return found
