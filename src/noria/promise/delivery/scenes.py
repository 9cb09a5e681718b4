"""The network as it stands, kept for a few seconds by each server process.

It is the same for everybody who asks, and costs a hundred times what one answer does. A change of
hours, prices or lanes shows at most `FRESH_FOR` later; units on shelves are never kept here.
"""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from noria.kit.db import Connection
from noria.network import tariff_views
from noria.network import views as network
from noria.network.calendar import node_holidays
from noria.network.model import NodeKind
from noria.promise.delivery import views
from noria.promise.delivery.ways import Scene, stand

FRESH_FOR = timedelta(seconds=5)
KEY = "delivery scene"


def scene(tx: Connection, parts: MutableMapping[str, Any], *, now: datetime) -> Scene:
    """The network at `now`, or as it was kept in `parts` a moment ago."""
    kept: Scene | None = parts.get(KEY)
    if kept is not None and kept.as_of <= now < kept.as_of + FRESH_FOR:
        return kept
    made = _scene(tx, now)
    parts[KEY] = made
    return made


def _scene(tx: Connection, now: datetime) -> Scene:
    services = network.services(tx)
    books = tariff_views.books(tx, now.date())
    years = (now.year, now.year + 1)
    return Scene(
        as_of=now,
        stands={
            code: stand(node, services, books, node_holidays(node, years), now)
            for code, node in network.nodes(tx).items()
            if node.is_open and node.kind not in (NodeKind.DIGITAL, NodeKind.RELAY)
        },
        lanes={(lane.source, lane.target): lane.transit_days for lane in network.lanes(tx)},
        foresight=views.foresight(tx),
    )
