"""Trends at the door."""

from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit.auth import Permission
from noria.kit.http import Door, posts, reads
from noria.tower import trend_actions, trend_views
from noria.tower.trend_model import Against, CountedDays, Trends

QueryWeeks = Annotated[
    int, QueryParameter(description="How many whole weeks, back from last Sunday.", ge=1, le=53)
]
QueryAgainst = Annotated[
    Against, QueryParameter(description="Beside as many weeks before, or the same a year ago.")
]


@reads("/tower/trends", Permission.TOWER_READ)
def get_trends(
    door: NamedDependency[Door], weeks: QueryWeeks = 8, against: QueryAgainst = Against.BEFORE
) -> Trends:
    """How the business goes by week, beside the same weeks before; of the whole network.

    What stock is worth is told to who has `value.read` everywhere.
    """
    door.actor.must_everywhere(Permission.TOWER_READ)
    sees_value = door.actor.nodes(Permission.VALUE_READ) is None
    return door.read(
        lambda tx: trend_views.trends(tx, weeks=weeks, against=against, sees_value=sees_value)
    )


@posts("/tower/trends", Permission.TOWER_WRITE)
def post_trends(door: NamedDependency[Door]) -> Response[CountedDays]:
    """Count the next days now; the worker does so each hour."""
    door.actor.must_everywhere(Permission.TOWER_WRITE)
    return door.act(None, lambda tx, now: trend_actions.count(tx, now=now))


routes = [get_trends, post_trends]
