"""Learning how long deliveries take, asked for at the door."""

from litestar import Response
from litestar.di import NamedDependency
from msgspec import Struct

from noria.kit.auth import Permission
from noria.kit.http import Door, posts
from noria.orders import journeys_actions


class Learnt(Struct, frozen=True, kw_only=True):
    """The run that promises are made with from now on."""

    run: int


@posts("/promises/learning", Permission.PROMISE_WRITE)
def post_learning(door: NamedDependency[Door]) -> Response[Learnt]:
    """Learn now how long deliveries take, from our own legs; the worker does so each night."""
    door.actor.must_everywhere(Permission.PROMISE_WRITE)
    return door.act(None, lambda tx, now: Learnt(run=journeys_actions.learn(tx, now=now)))


routes = [post_learning]
