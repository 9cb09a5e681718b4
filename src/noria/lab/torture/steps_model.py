"""The stock in a few lines of Python: what long random histories are compared with."""

from collections import Counter
from datetime import datetime

from noria.catalog.model import Tracking
from noria.lab.torture import ground
from noria.promise.model import Hold
from noria.stock.model import Movement, State

SKUS = tuple(f"ms{number}" for number in range(6))
NODES = ground.NODES[:2]
TRACKED = {SKUS[4]: Tracking.LOT, SKUS[5]: Tracking.SERIAL}

End = tuple[str, State]
Moved = tuple[str, End, End, int]
"""SKU, from where, to where, units."""


class Model:
    """Units by SKU, node and state; holds as (SKU, node, units, until); what lapsed; the time."""

    def __init__(self) -> None:
        self.units: Counter[tuple[str, str, State]] = Counter()
        self.holds: dict[str, tuple[str, str, int, datetime | None]] = {}
        self.lapsed: dict[str, tuple[str, str, int]] = {}
        self.now = ground.NOW
        self.moved: list[Moved] = []
        """What the steps of a transaction moved, one after the other."""
        self.facts: dict[str, Moved] = {}
        """What each fact of the transaction says, by its id."""

    def begin(self) -> None:
        """Another transaction."""
        self.moved, self.facts = [], {}

    def move(
        self, sku: str, units: int, source: tuple[str, State], target: tuple[str, State]
    ) -> None:
        self.units[sku, *source] -= units
        self.units[sku, *target] += units
        ends = (source, target) if units > 0 else (target, source)
        if units:
            self.moved.append((sku, *ends, abs(units)))

    def fact(self, movement: Movement) -> list[int]:
        """What the book did not know is found first; how many units those are."""
        gaps = []
        for move in movement.moves:
            source = (move.source.node, move.source.state)
            short = move.quantity - self.units[move.sku, *source]
            if move.source.state is not State.OUTSIDE and short > 0:
                self.move(move.sku, short, (move.source.node, State.OUTSIDE), source)
                gaps.append(short)
            target = (move.target.node, move.target.state)
            self.move(move.sku, move.quantity, source, target)
        return gaps

    def set_shelf(self, sku: str, node: str, units: int) -> int:
        surplus = units - self.units[sku, node, State.AVAILABLE]
        self.move(sku, surplus, (node, State.OUTSIDE), (node, State.AVAILABLE))
        return surplus

    def lapse(self, pairs: set[tuple[str, str]] | None = None) -> int:
        """Give back what is over, at these places or everywhere; a hold is free at its instant."""
        over = [
            key
            for key, (sku, node, _, until) in self.holds.items()
            if until is not None and until <= self.now and (pairs is None or (sku, node) in pairs)
        ]
        for key in over:
            self.lapsed[key] = self.holds[key][:3]
            self.draw(key, self.holds[key][2], State.AVAILABLE)
        return len(over)

    def hold(self, holds: list[Hold]) -> bool:
        """All of them or none."""
        asked: Counter[tuple[str, str]] = Counter()
        for one in holds:
            asked[one.sku, one.node] += one.quantity
        self.lapse(set(asked))
        if any(units > self.units[(*pair, State.AVAILABLE)] for pair, units in asked.items()):
            return False
        for one in holds:
            self.move(
                one.sku, one.quantity, (one.node, State.AVAILABLE), (one.node, State.RESERVED)
            )
            self.holds[one.id] = (one.sku, one.node, one.quantity, one.expires_at)
        return True

    def revived(self, key: str, until: datetime | None, units: int | None = None) -> bool:
        """Whether a hold keeps its units, or so many of those that lapsed, until another time."""
        sku, node, held, _ = self.holds.get(key) or (*self.lapsed[key][:2], 0, None)
        self.lapse({(sku, node)})
        if key in self.holds:
            self.holds[key] = (sku, node, held, until)
            return True
        lost = self.lapsed[key][2]
        again = lost if units is None else units
        if again > self.units[sku, node, State.AVAILABLE]:
            return False
        self.move(sku, again, (node, State.AVAILABLE), (node, State.RESERVED))
        self.holds[key] = (sku, node, again, until)
        del self.lapsed[key]
        if again < lost:
            self.lapsed[key] = (sku, node, lost - again)
        return True

    def draw(self, key: str, units: int, to: State) -> None:
        sku, node, held, until = self.holds[key]
        self.move(sku, units, (node, State.RESERVED), (node, to))
        self.holds[key] = (sku, node, held - units, until)
        if held == units:
            del self.holds[key]
