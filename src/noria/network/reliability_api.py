"""Reliability at the door: what was counted of whom, and what is believed by it."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit.auth import Permission
from noria.kit.http import PAGE, Door, Page, QueryCursor, QueryLimit, cursor, page, reads
from noria.network import reliability_rules, reliability_views
from noria.network.reliability_model import Shown, Topic

QueryTopic = Annotated[Topic | None, QueryParameter(description="Only what is measured of this.")]
QueryStarts = Annotated[
    str,
    QueryParameter(
        max_length=300,
        description="How a key begins: node:PAR, kind:store, carrier:Poste, service:HOME,"
        " service:HOME:PAR:FR-75.",
    ),
]


@reads("/reliability", Permission.NETWORK_READ)
def get_reliability(
    door: NamedDependency[Door],
    topic: QueryTopic = None,
    starts: QueryStarts = "",
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Shown]:
    """How nodes and services turned out, each with its counts, its group, and its interval."""
    door.actor.must_everywhere(Permission.NETWORK_READ)
    after_topic, after_key = cursor(page_cursor, 2) or ("", "")
    found = door.read(
        lambda tx: reliability_views.estimate_page(
            tx,
            topic=topic.value if topic else None,
            starts=starts,
            after=(str(after_topic), str(after_key)),
            limit=limit + 1,
        )
    )
    return page(
        [reliability_rules.shown(one) for one in found], limit, lambda one: (one.topic, one.key)
    )


routes = [get_reliability]
