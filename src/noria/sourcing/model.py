"""What nodes can send for an order, what it would cost, and which were chosen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import overload

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.kit.errors import Text
from noria.network.model import Node, Service, Spot
from noria.network.reliability_model import Reliability
from noria.network.tariff_model import Book
from noria.partners.model import PriceAt
from noria.policies.model import Settings

Units = Mapping[str, int]
"""SKU to whole units."""

Terms = Mapping[str, int]
"""Each term of a cost by its name, in whole cents; those that are nothing are left out."""

PAID = ("freight", "shipping", "handling", "overtime", "goods", "surplus")
"""Terms that somebody is paid for; the other ones weigh drawbacks."""


class Under(Struct, frozen=True, kw_only=True):
    """What a decision is taken under: a version of a policy, as it holds for this order today."""

    policy: str
    settings: Settings
    overrides: tuple[str, ...] = ()


GREEDY = Under(policy="greedy-1", settings=Settings())


class Goods(Struct, frozen=True):
    """What one unit of a SKU weighs, how large it is, and what it costs to buy; 0: not known."""

    weight_g: int
    volume_cm3: int = 0
    cost_cents: int = 0


class Step(Struct, frozen=True, kw_only=True):
    """A parcel from this node by this service, up to a weight and perhaps a volume: price, day."""

    max_weight_g: int
    cents: int
    arrives_on: date
    max_volume_cm3: int | None = None


class Extra(Struct, frozen=True, kw_only=True):
    """What a parcel costs more, once, if any of these SKUs is in it."""

    skus: frozenset[str]
    cents: int


class Option(Struct, frozen=True, kw_only=True):
    """A service at a node: when it leaves next, the chance that it is on time, what it costs.

    A parcel weighs its volume over `volume_divisor` if that is more (0: never). `refused` are SKUs
    that the service does not take. `late_days` [grace] are the days that it is expected to come
    after its day and so many days of grace.
    """

    service: str
    leaves_at: datetime
    chance: float
    steps: Sequence[Step]
    volume_divisor: int = 0
    extras: Sequence[Extra] = ()
    refused: frozenset[str] = frozenset()
    late_days: tuple[float, ...] = ()


class Candidate(Struct, frozen=True, kw_only=True):
    """A node that might send something: what it has of the order, and how that could travel.

    `free_units` is what its people can still handle; None: no limit is known. The last
    `overtime_units` of them cost `overtime_cents` each. `barred` are SKUs of the order that the
    node may not send, each with the code of the fence. `found_chance` is that of finding what the
    book says is there. `settings` are those that hold at this node for these goods; None: those of
    the order. By SKU: `worth_cents` is the fresh opportunity price of a unit there (None: there is
    none that is fresh), `sold_units` what went there in 28 days (None: it has no shelf of its own),
    `goods_cents` what a partner asks for a unit, `odd` the terms under which it does not send
    every amount at that price; its parcels cost `shipping_cents` more,
    below goods of `free_from_cents`. `reasons` are those of the rules that bar, by code.
    """

    node: str
    km: int
    units: Units
    handling_cents: int
    options: Sequence[Option]
    free_units: int | None = None
    does_ship: bool = True
    settings: Settings | None = None
    is_open: bool = True
    barred: Mapping[str, str] = {}
    found_chance: float = 1.0
    overtime_units: int = 0
    overtime_cents: int = 0
    worth_cents: Mapping[str, int] | None = None
    sold_units: Mapping[str, int] | None = None
    goods_cents: Mapping[str, int] = {}
    odd: Mapping[str, PriceAt] = {}
    shipping_cents: int = 0
    free_from_cents: int | None = None
    reasons: Mapping[str, str] = {}


class Fence(Struct, frozen=True, kw_only=True):
    """Why a node fell out: a stable code, and what it would have taken.

    `detail` are SKUs, and the reason that was written of a rule; `facts` the figures behind the
    code. Where it is known: what its parcel would have cost (`paid_cents`), and when it would have
    come. `why` says all of it in words (`telling.why`) to whoever reads; it is not stored.
    """

    node: str
    code: str
    detail: str = ""
    facts: Mapping[str, int] = {}
    units: int = 0
    paid_cents: int | None = None
    arrives_on: date | None = None
    why: Text | None = None


class PlannedLeg(Struct, frozen=True, kw_only=True):
    """One node's part of a plan, with each term of its cost in whole cents.

    `begun_by` is the last day on which the node can begin it; None: its capacity is not known.
    """

    node: str
    service: str
    units: Units
    leaves_at: datetime
    arrives_on: date
    chance: float
    terms: Terms
    begun_by: date | None = None

    @property
    def cost_cents(self) -> int:
        return sum(self.terms.values())


class Plan(Struct, frozen=True, kw_only=True):
    """The legs that send an order, and the units for which nobody has stock."""

    legs: Sequence[PlannedLeg]
    short: Units


class Compared(Struct, frozen=True, kw_only=True):
    """A plan that was considered: its nodes, and each term of what it would cost in whole cents.

    Some terms are paid (`PAID`); the others are what its drawbacks are worth.
    """

    nodes: Sequence[str]
    short_units: int
    terms: Terms
    arrives_on: date | None

    @property
    def total_cents(self) -> int:
        return sum(self.terms.values())

    @property
    def paid_cents(self) -> int:
        return sum(self.terms.get(name, 0) for name in PAID)


class Seen(Struct, frozen=True, kw_only=True):
    """What one candidate had to offer alone when the decision was taken: units, day, each term."""

    node: str
    km: int
    units: int
    of_units: int
    terms: Terms = {}
    arrives_on: date | None = None
    chance: float | None = None


class SeenTable(Sequence[Seen]):
    """Many candidates as columns; each is laid out as `Seen` when somebody asks for it.

    `numbers` [row, node] has a row each for `SEEN`, and one for each of `terms`. Days are counted
    from `since`, chances are ten-thousandths, and both are -1 where nothing would come. It reads
    by most units, then by what its terms add up to (without the wait), then by names.
    """

    def __init__(
        self,
        nodes: Sequence[str],
        of_units: int,
        since: date,
        terms: Sequence[str],
        numbers: NDArray[np.int64],
    ) -> None:
        self.nodes, self.of_units, self.since = nodes, of_units, since
        self.terms, self.numbers = terms, numbers
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    @overload
    def __getitem__(self, at: int) -> Seen: ...

    @overload
    def __getitem__(self, at: slice) -> list[Seen]: ...

    def __getitem__(self, at: int | slice) -> Seen | list[Seen]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        if self._order is None:
            cents = self.numbers[len(SEEN) :].sum(axis=0)
            self._order = np.lexsort((self.nodes, cents, -self.numbers[SEEN_UNITS])).tolist()
        return self.at(self._order[at])

    def at(self, place: int) -> Seen:
        """The candidate in that column."""
        km, units, day, chance, *cents = self.numbers[:, place].tolist()
        return Seen(
            node=self.nodes[place],
            km=km,
            units=units,
            of_units=self.of_units,
            terms={name: one for name, one in zip(self.terms, cents, strict=True) if one},
            arrives_on=None if day < 0 else self.since + timedelta(days=day),
            chance=None if chance < 0 else chance / 10_000,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.nodes))

    def __repr__(self) -> str:
        return repr(list(self))


class PlansAlone(Sequence[Compared]):
    """Plans of one node each: what it would do alone, laid out when somebody asks for it.

    `rows` are the column of the node, the units that stay, and what the wait costs.
    """

    def __init__(self, seen: SeenTable, rows: Sequence[tuple[int, int, int]]) -> None:
        self.seen, self.rows = seen, rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Compared: ...

    @overload
    def __getitem__(self, at: slice) -> list[Compared]: ...

    def __getitem__(self, at: int | slice) -> Compared | list[Compared]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place, short, wait_cents = self.rows[at]
        one = self.seen.at(place)
        terms = {**one.terms, "waiting": wait_cents} if wait_cents else one.terms
        return Compared(nodes=[one.node], short_units=short, terms=terms, arrives_on=one.arrives_on)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.rows))

    def __repr__(self) -> str:
        return repr(list(self))


SEEN = ("km", "units", "day", "chance")
"""The rows of a table's numbers before those of terms."""

SEEN_UNITS = SEEN.index("units")

NOTHING = -1
"""A day or a chance that there is not."""


class Prices(Struct, frozen=True, kw_only=True):
    """Which run computed the opportunity prices that a decision used, and when."""

    run: str
    as_of: datetime


class PriceRun(Struct, frozen=True, kw_only=True):
    """One working out of opportunity prices: of which moment, from how much, how far it is."""

    number: int
    as_of: datetime
    moves_until: int
    orders: int
    skus: int
    futures: int
    done: int
    published_at: datetime | None


class OpportunityPrice(Struct, frozen=True, kw_only=True):
    """What a unit of a SKU is worth left at a node; what is not listed is worth nothing there."""

    sku: str
    node: str
    cents: int


class Explanation(Struct, frozen=True, kw_only=True):
    """A decision that can be read: who could have, who fell out and why, what was compared.

    `chosen` is the first of `compared`. `way` is how it was found; `notes` are codes of what was
    not as usual (`WORDS` in `telling.py` says each in words). Nodes whose days are full begin it on
    the day that `begins` says.
    """

    policy: str
    candidates: Sequence[Seen]
    fences: Sequence[Fence]
    compared: Sequence[Compared]
    overrides: tuple[str, ...] = ()
    due: date | None = None
    way: str = "greedy"
    notes: tuple[str, ...] = ()
    prices: Prices | None = None
    begins: Mapping[str, date] = {}

    @property
    def chosen(self) -> Compared:
        return self.compared[0]


class Decision(Struct, frozen=True, kw_only=True):
    """An explanation as it was stored, and in one sentence: nothing is ever overwritten.

    `remarks` say beside it what was not as usual, note by note, then how the plan was found, and
    by which local rules and opportunity prices.
    """

    order_id: str
    number: int
    taken_at: datetime
    policy: str
    sentence: Text
    remarks: Sequence[Text]
    explanation: Explanation


class Wish(Struct, frozen=True, kw_only=True):
    """An order's units that need nodes: where they go, by when, and who has declined already."""

    order_id: str
    wanted: Units
    spot: Spot
    due: date | None = None
    without: frozenset[str] = frozenset()
    channel: str | None = None
    country: str = "FR"
    postcode: str = ""
    wrapped: frozenset[str] = frozenset()
    own_packaging: bool = False
    value_cents: int = 0
    is_to_relay: bool = False
    """It goes to a relay point, by the services that go there."""
    store: str | None = None
    """It is collected in that store."""
    point: str | None = None
    """It goes to that store or relay point, and only on days when that is open."""
    lanes: Mapping[str, int] = {}
    """Days to that store by lanes of our own, from where they begin."""
    is_begun: bool = False
    """Part of the order has a node already: to send the rest splits nothing more."""


class Stage(Struct, frozen=True, kw_only=True):
    """What is known of nodes and services, whatever the hour: from it, the scene of an instant."""

    nodes: Mapping[str, Node]
    services: Mapping[str, Service]
    books: Sequence[Book]
    known: Reliability
    holidays: Mapping[str, frozenset[date]]
