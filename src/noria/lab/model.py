"""The nouns of the demonstration: a real order history, and what is made up around it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum

from msgspec import Struct

from noria.catalog.model import Sku
from noria.kit.errors import Kind, Refusal, Text
from noria.network.model import Lane, Node, Service
from noria.network.tariff_model import Tariff, Zoning


class InvoiceLine(Struct, frozen=True, kw_only=True, gc=False):
    """Units of one SKU at one price each; an invoice never names a SKU twice.

    There are half a million of them, so the garbage collector is spared the tour.
    """

    sku: str
    quantity: int
    price_cents: int


class Invoice(Struct, frozen=True, kw_only=True):
    """What a customer bought at one moment (UTC); `country` is the one of the data, in English."""

    id: str
    placed_at: datetime
    customer: str
    country: str
    lines: tuple[InvoiceLine, ...]


class TakeBackKind(Enum):
    """Cancelled before it can have left, or sent back afterwards."""

    CANCELLATION = "cancellation"
    RETURN = "return"


class TakenLine(Struct, frozen=True, kw_only=True, gc=False):
    sku: str
    quantity: int


class TakeBack(Struct, frozen=True, kw_only=True):
    """Units of invoice `of` that are cancelled or sent back at `at` (UTC).

    `is_whole` says that nothing of that invoice is left. Over all take-backs of an invoice, no SKU
    is taken back more often than it was bought.
    """

    id: str
    at: datetime
    of: str
    customer: str
    kind: TakeBackKind
    is_whole: bool
    lines: tuple[TakenLine, ...]


class Report(Struct, frozen=True, kw_only=True):
    """What became of every row that was read: sold, taking back, or dropped for a reason.

    Rows of one SKU in an invoice make one line, so there are fewer `lines` than `rows_sold`.
    Unmatched rows take back, in whole or in part, what nobody is known to have bought before.
    """

    rows_read: int
    rows_sold: int
    rows_taking_back: int
    rows_dropped: Mapping[str, int]
    invoices: int
    lines: int
    take_backs: int
    units_taken_back: int
    rows_unmatched: int
    units_unmatched: int


class Month(Struct, frozen=True, kw_only=True):
    """One calendar month (UTC), in order of time, then id.

    `take_backs` are of invoices in this month, `of_earlier` of invoices before it.
    """

    name: str
    invoices: tuple[Invoice, ...]
    take_backs: tuple[TakeBack, ...]
    of_earlier: tuple[TakeBack, ...]


class History(Struct, frozen=True, kw_only=True):
    """The cleaned history, in order of time, then id; the SKUs in order of code."""

    skus: tuple[Sku, ...]
    invoices: tuple[Invoice, ...]
    take_backs: tuple[TakeBack, ...]
    report: Report

    @property
    def months(self) -> list[str]:
        """The months that have invoices, oldest first."""
        return sorted({f"{invoice.placed_at:%Y-%m}" for invoice in self.invoices})

    def month(self, name: str) -> Month:
        """The invoices and take-backs of one month, for example `2011-11`.

        Raises:
            UnknownMonth: if the history has no such month.
        """
        if name not in self.months:
            raise UnknownMonth(month=name, first=self.months[0], last=self.months[-1])
        invoices = tuple(i for i in self.invoices if f"{i.placed_at:%Y-%m}" == name)
        taken = [t for t in self.take_backs if f"{t.at:%Y-%m}" == name]
        ids = {invoice.id for invoice in invoices}
        return Month(
            name=name,
            invoices=invoices,
            take_backs=tuple(t for t in taken if t.of in ids),
            of_earlier=tuple(t for t in taken if t.of not in ids),
        )


class Home(Struct, frozen=True, kw_only=True):
    """Where a customer lives, made up: a real commune, and a name that is nobody's."""

    customer: str
    name: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    country: str = "FR"


class Chain(Struct, frozen=True, kw_only=True):
    """A made-up retailer: its nodes, the carriers' services it uses, the lanes between nodes."""

    seed: int
    nodes: tuple[Node, ...]
    services: tuple[Service, ...]
    lanes: tuple[Lane, ...]
    zonings: tuple[Zoning, ...] = ()
    tariffs: tuple[Tariff, ...] = ()


class Assortment(Struct, frozen=True, kw_only=True):
    """Which SKUs each node carries, sorted; `virtual` ones are in no building of the chain."""

    carried: Mapping[str, tuple[str, ...]]
    virtual: tuple[str, ...]


class Window(Struct, frozen=True, kw_only=True):
    """The time that demand was read from, `start` up to, not including, `end` (UTC midnights)."""

    start: datetime
    end: datetime
    is_past: bool

    def __post_init__(self) -> None:
        assert self.start < self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days


class Opening(Struct, frozen=True, kw_only=True):
    """Units of a SKU that lie at a node when the story begins."""

    node: str
    sku: str
    quantity: int


class PlannedLine(Struct, frozen=True, kw_only=True):
    """What is asked for and what will be counted in; where they differ, there is a `reason`."""

    sku: str
    quantity: int
    received: int
    reason: str = ""

    def __post_init__(self) -> None:
        assert 0 <= self.received <= self.quantity
        assert (self.received < self.quantity) == bool(self.reason)


class Replenishment(Struct, frozen=True, kw_only=True):
    """A purchase order, if `source` is a supplier, or a transfer: planned days, and its lines."""

    id: str
    source: str
    target: str
    ordered_on: date
    dispatched_on: date
    arrives_on: date
    lines: tuple[PlannedLine, ...]


def midnight(day: date) -> datetime:
    """The first instant of that day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class UnknownMonth(Refusal):
    code = "unknown-month"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The order history has no month “{month}”.",
        "L'historique des commandes n'a pas de mois « {month} ».",
    )
    do = Text(
        "Give a month from {first} to {last}, as year-month.",
        "Donnez un mois de {first} à {last}, sous la forme année-mois.",
    )
