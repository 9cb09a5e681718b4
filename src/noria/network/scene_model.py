"""The network at an instant: the one picture that a promise and sourcing both decide by."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from noria.network.model import Node, Service
from noria.network.reliability_model import Reliability
from noria.network.tariff_model import Book


class Exit(Struct, frozen=True, kw_only=True):
    """A service's next departure from a node, and its tariff then: the same for every order.

    What is ordered until `order_by` still leaves with it; `begun_by` is the last day on which it
    can be begun.
    """

    service: Service
    leaves_at: datetime
    day: date
    prices: Book | None
    order_by: datetime
    begun_by: date


class Later(Struct, frozen=True, kw_only=True):
    """A node whose days are full until one: what it begins then is ready, and leaves, so."""

    day: date
    ready_at: datetime
    exits: Sequence[Exit]


class Scene(Struct, frozen=True, kw_only=True):
    """All that does not depend on the order: nodes, their exits, and how reliable they are.

    `ready_at` is when what is ordered now could be handed over at each node. `taken` is what nodes
    that make to order have to make already, day by day: there, how much is asked says when; none
    of it is made before the day of `not_before`, for until then they have orders enough.
    """

    as_of: datetime
    nodes: Mapping[str, Node]
    exits: Mapping[str, Sequence[Exit]]
    known: Reliability
    ready_at: Mapping[str, datetime]
    services: Mapping[str, Service] = {}
    books: Sequence[Book] = ()
    holidays: Mapping[str, frozenset[date]] = {}
    taken: Mapping[str, Mapping[date, int]] = {}
    not_before: Mapping[str, date] = {}


class Traits(Struct, frozen=True):
    """What goods ask of a node that is to send them."""

    is_digital: bool = False
    is_hazardous: bool = False
    is_bulky: bool = False
    is_wrapped: bool = False
    needs_own_packaging: bool = False
