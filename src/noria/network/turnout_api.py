"""How nodes, carriers and lanes turned out lately, at the door."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    reads,
)
from noria.network import turnout_views
from noria.network.model import NodeKind
from noria.network.turnout_model import By, Turnout

QueryBy = Annotated[By, QueryParameter(description="Of whom: node, carrier or lane.")]
QueryNodes = Annotated[
    list[str] | None,
    QueryParameter(name="node", max_items=200, description="Only these. May be repeated."),
]
QueryKinds = Annotated[
    list[NodeKind] | None,
    QueryParameter(name="kind", max_items=20, description="Only nodes of this. May be repeated."),
]
QueryCarrier = Annotated[
    str | None, QueryParameter(max_length=200, description="Only lanes of this carrier.")
]
Weeks = Annotated[int, QueryParameter(ge=1, le=26, description="Weeks to look at, and before.")]


@reads("/turnouts", Permission.NETWORK_READ)
def get_turnouts(
    door: NamedDependency[Door],
    by: QueryBy = By.CARRIER,
    nodes: QueryNodes = None,
    kinds: QueryKinds = None,
    carrier: QueryCarrier = None,
    weeks: Weeks = 4,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Turnout]:
    """What went wrong lately and how much did not, by node, carrier or lane: the most first.

    Whoever reads some nodes sees those, and lanes from them; carriers are of the whole network.
    """
    given = cursor(page_cursor, 2)
    after = (int(given[0]), str(given[1])) if given else None
    if by is By.CARRIER:
        door.actor.must_everywhere(Permission.NETWORK_READ)
    shown = door.nodes(Permission.NETWORK_READ, nodes)

    def ask(tx: Connection) -> list[Turnout]:
        return turnout_views.turnouts(
            tx,
            by,
            today=clock.now(tx).date(),
            weeks=weeks,
            nodes=shown,
            kinds=kinds,
            carrier=carrier,
            after=after,
            limit=limit + 1,
        )

    return page(door.read(ask), limit, lambda one: (one.late, one.key))


routes = [get_turnouts]
