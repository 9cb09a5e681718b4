"""A first hour at the door: what is there, what is doubtful in it, which stores are switched on."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from noria.kit.auth import Permission
from noria.kit.db import Connection, freeze
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    reads,
)
from noria.kit.looks import AS_OF
from noria.welcome import launch_views, look_actions, rules, views
from noria.welcome.launch_model import Launch, LaunchedStore
from noria.welcome.look_model import Kept
from noria.welcome.model import Checked, Emptiness, Finding, FirstHour
from noria.welcome.questions import QUESTIONS

T = TypeVar("T")


@reads("/first-hour", Permission.CATALOG_READ)
def get_first_hour(door: NamedDependency[Door]) -> Response[FirstHour]:
    """How much of a retailer is there.

    A large one is counted every half hour and after files came in, for who sees all of it:
    `Noria-As-Of` says when, `Cache-Control: no-cache` has it counted now.
    """
    nodes = door.actor.nodes(Permission.CATALOG_READ)

    def ask(tx: Connection) -> FirstHour | None:
        return None if nodes is None and views.is_large(tx) else views.first_hour(tx, nodes=nodes)

    if (now := door.read(ask)) is not None:
        return Response(now)
    there, at = _of_a_look(door, look_actions.FIGURES, look_actions.figures)
    return Response(there, headers={AS_OF: at.isoformat()})


@reads("/first-hour/emptiness", Permission.CATALOG_READ)
def get_emptiness(door: NamedDependency[Door]) -> Emptiness:
    """Whether nothing is there yet: the tower then begins with the first hour."""
    return door.read(lambda tx: Emptiness(views.is_empty(tx)))


@reads("/first-hour/checks", Permission.TOWER_READ)
def get_checks(door: NamedDependency[Door]) -> Checked:
    """What is doubtful in what was brought, what to put right first, how right the book may be."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    found, at = _of_a_look(door, look_actions.CHECKS, look_actions.checks)
    checks = rules.told(QUESTIONS, found.answers, door.actor.language)
    return Checked(at=at, checks=rules.first_things_first(checks), accuracy=found.accuracy)


@reads("/first-hour/checks/{check:str}/findings", Permission.TOWER_READ)
def get_findings(
    check: FromPath[str],
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Finding]:
    """What one check found, by its key; customers are named to who reads orders everywhere."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    question = next((one for one in QUESTIONS if one.name == check), None)
    if question is None:
        raise NotFound(what="check", id=check)
    after = str((cursor(page_cursor, 1) or [""])[0])
    has_customers = door.actor.nodes(Permission.ORDERS_READ) is None
    found = door.read(
        lambda tx: views.findings(
            tx, question, after=after, limit=limit + 1, has_customers=has_customers
        )
    )
    return page(found, limit, lambda one: (one.key,))


@reads("/launches", Permission.TOWER_READ)
def get_launches(
    door: NamedDependency[Door],
    channel: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Response[Page[Launch]]:
    """Stores that a channel was switched on at together, and whether the next may follow.

    A launch is a network of the channel that names stores (PUT /v1/channel-networks/{network}).
    What they did is counted once a minute at most: `Noria-As-Of` says when, `Cache-Control:
    no-cache` has it counted now.
    """
    door.actor.must_everywhere(Permission.TOWER_READ)
    after = cursor(page_cursor, 2)

    def ask(tx: Connection) -> tuple[list[tuple[date, Launch]], datetime] | None:
        counted = look_actions.counts(tx)
        if counted is None:
            return None
        did, at = counted
        return launch_views.launches(tx, did, channel=channel, after=after, limit=limit + 1), at

    found, at = _of_a_look(door, look_actions.COUNTS, ask)
    shown = page(found, limit, lambda one: (one[0].isoformat(), one[1].network))
    some = Page([launch for _, launch in shown.items], shown.next)
    return Response(some, headers={AS_OF: at.isoformat()})


@reads("/launches/{network:str}/stores", Permission.TOWER_READ)
def get_launched_stores(
    network: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Response[Page[LaunchedStore]]:
    """The stores of a launch by code, each with what it did in the last 28 days of it."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    after = str((cursor(page_cursor, 1) or [""])[0])

    def ask(tx: Connection) -> tuple[list[LaunchedStore], datetime] | None:
        counted = look_actions.counts(tx)
        if counted is None:
            return None
        did, at = counted
        return launch_views.stores(tx, did, network, after=after, limit=limit + 1), at

    found, at = _of_a_look(door, look_actions.COUNTS, ask)
    return Response(page(found, limit, lambda one: (one.node,)), headers={AS_OF: at.isoformat()})


def _of_a_look(
    door: Door, what: Kept, question: Callable[[Connection], tuple[T, datetime] | None]
) -> tuple[T, datetime]:
    """The answer out of what a look kept, all of one instant, and when it looked."""

    def ask(tx: Connection) -> tuple[T, datetime] | None:
        freeze(tx)
        return question(tx)

    while True:
        look_actions.keep(door.db, what, wants_no_copy=door.wants_no_copy)
        answer = door.read(ask)
        if answer is not None:  # else what it is made of changed just now
            return answer


routes = [
    get_first_hour,
    get_emptiness,
    get_checks,
    get_findings,
    get_launches,
    get_launched_stores,
]
