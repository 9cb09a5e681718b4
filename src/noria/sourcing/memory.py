"""What a process keeps between decisions, so that a batch gathers little more than its stock.

Nothing in it is believed longer than it is true: the network is asked for its marks in the
transaction that decides (`network.kept_views`), and units in memory only choose; the guarded write
sells, and whoever finds too little asks the database.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import is_
from types import MappingProxyType

from noria.kit.db import Connection
from noria.network import calendar, reliability_rules, scene_rules, tariff_views
from noria.network.diary_model import Diary
from noria.network.kept_views import Kept, Network
from noria.network.model import NodeKind
from noria.network.scene_model import Scene
from noria.promise.matrix import Matrix
from noria.promise.units_table import UnitsTable
from noria.sourcing.ground import Register
from noria.sourcing.model import Stage, Wish

AHEAD = (timedelta(minutes=1), timedelta(seconds=5))
"""So far ahead it is looked whether a departure will have been missed."""


class Memory:
    """For one database, asked by one thread at a time."""

    def __init__(self, matrix: Matrix | None = None) -> None:
        self.register = Register()
        self.matrix = matrix
        self._kept = Kept()
        self._stage: tuple[Network, date, Stage] | None = None
        self._of: Stage | None = None
        self._scene: Scene | None = None
        self._until = datetime.min.replace(tzinfo=UTC)
        self._on_days: tuple[Scene, Mapping[str, date], Scene] | None = None

    def stage(self, tx: Connection, wishes: Sequence[Wish], now: datetime) -> Stage:
        """All nodes and services, and the ways to these wishes' areas, whatever the hour."""
        areas = {reliability_rules.area(wish.country, wish.postcode) for wish in wishes}
        found = self._kept.network(tx, areas)
        books = tariff_views.books(tx, now.date())
        before = self._stage
        if (
            before is not None
            and before[:2] == (found, now.date())
            and all(map(is_, books, before[2].books))
            and len(books) == len(before[2].books)
        ):
            return before[2]
        years = (now.year, now.year + 1)
        stage = Stage(
            nodes=found.nodes,
            services=found.services,
            books=books,
            known=found.known,
            holidays={
                code: calendar.node_holidays(node, years) for code, node in found.nodes.items()
            },
        )
        self._stage = (found, now.date(), stage)
        return stage

    def scene(self, known: Stage, now: datetime) -> Scene:
        """The scene of nodes that make nothing to order, while every departure stays the next.

        What is accepted later is never ready sooner. So if all that is accepted at `until` still
        leaves with these departures, so does all that is accepted before; only `order_by` differs.
        """
        found = self._scene
        if found is not None and self._of is known and found.as_of <= now <= self._until:
            return found
        self._of, self._scene = known, scene_of(known, now)
        self._until = next(
            (now + ahead for ahead in AHEAD if _holds(self._scene, now + ahead)), now
        )
        return self._scene

    def on_days(
        self, scene: Scene, diaries: Mapping[str, Diary], days: Mapping[str, date]
    ) -> Scene:
        """The scene with nodes beginning on these days; as before, while they stay the same."""
        if not days:
            return scene
        before = self._on_days
        if before is not None and before[0] is scene and before[1] == days:
            return before[2]
        begun = scene_rules.begun_on(scene, diaries, days)
        self._on_days = (scene, days, begun)
        return begun

    def stocks(
        self, skus: Sequence[str], channels: Sequence[str | None]
    ) -> dict[str | None, UnitsTable] | None:
        """What each channel may be sent, by node and SKU; None: ask the database."""
        found: dict[str | None, UnitsTable] = {}
        for channel in channels:
            units = None if self.matrix is None else self.matrix.sendable(skus, channel)
            if units is None:
                return None
            found[channel] = units
        return found


def scene_of(
    known: Stage, now: datetime, taken: Mapping[str, Mapping[date, int]] = MappingProxyType({})
) -> Scene:
    """The departures of that instant; `taken` is what makers have to make already, by day."""
    return scene_rules.scene(
        known.nodes,
        known.services,
        books=known.books,
        known=known.known,
        holidays=known.holidays,
        now=now,
        taken=taken,
    )


def _holds(scene: Scene, at: datetime) -> bool:
    """Whether what is accepted then leaves with every departure of a scene."""
    return all(
        scene_rules.still_leaves(
            scene.nodes[code],
            one.leaves_at,
            at,
            scene.known,
            scene.holidays[code],
            code=one.service.code,
            service=one.service,
        )
        for code, exits in scene.exits.items()
        if scene.nodes[code].kind is not NodeKind.DIGITAL
        for one in exits
    )
