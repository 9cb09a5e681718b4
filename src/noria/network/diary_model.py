"""What a node of known capacity has to handle by which day, and so what it can still take on."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from noria.network.model import Node

ENDLESS = 10**12
"""What a node can handle of which no limit is known."""


class Workload(Struct, frozen=True, kw_only=True):
    """Units, and the orders that they are of."""

    units: int = 0
    orders: int = 0


class Agenda(Struct, frozen=True, kw_only=True):
    """What a node has to handle, by the last day on which it can begin it, and what is `used` up.

    A day is used up by what was picked on it, and by what the node said that it is too busy for.
    """

    due: Mapping[date, Workload] = {}
    used: Mapping[date, Workload] = {}


class Diary(Struct, frozen=True, kw_only=True):
    """The days of a node: the `first` on which a new order would be begun, and its agenda.

    `since` is the first on which anybody works: it is before that where there are lead days.
    """

    node: Node
    holidays: frozenset[date]
    since: date
    first: date
    agenda: Agenda = Agenda()
