"""A first hour at the door: what is there, what is doubtful in it, which stores are switched on."""

from litestar.di import NamedDependency
from litestar.params import FromPath

from noria.kit.auth import Permission
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
from noria.welcome import launch_views, look_actions, rules, views
from noria.welcome.launch_model import Launch, LaunchedStore
from noria.welcome.model import Checked, Emptiness, Finding, FirstHour
from noria.welcome.questions import QUESTIONS


@reads("/first-hour", Permission.CATALOG_READ)
def get_first_hour(door: NamedDependency[Door]) -> FirstHour:
    """How much of a retailer is there."""
    nodes = door.actor.nodes(Permission.CATALOG_READ)
    return door.read(lambda tx: views.first_hour(tx, nodes=nodes))


@reads("/first-hour/emptiness", Permission.CATALOG_READ)
def get_emptiness(door: NamedDependency[Door]) -> Emptiness:
    """Whether nothing is there yet: the tower then begins with the first hour."""
    return door.read(lambda tx: Emptiness(views.is_empty(tx)))


@reads("/first-hour/checks", Permission.TOWER_READ)
def get_checks(door: NamedDependency[Door]) -> Checked:
    """What is doubtful in what was brought, what to put right first, how right the book may be."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    while True:
        look_actions.keep(door.db, wants_no_copy=door.wants_no_copy)
        kept = door.read(look_actions.kept)
        if kept is not None:  # else a file came in just now
            break
    found, at = kept
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
) -> Page[Launch]:
    """Stores that a channel was switched on at together, and whether the next may follow.

    A launch is a network of the channel that names stores (PUT /v1/channel-networks/{network}).
    """
    door.actor.must_everywhere(Permission.TOWER_READ)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: launch_views.launches(tx, channel=channel, after=after, limit=limit + 1)
    )
    shown = page(found, limit, lambda one: (one[0].isoformat(), one[1].network))
    return Page([launch for _, launch in shown.items], shown.next)


@reads("/launches/{network:str}/stores", Permission.TOWER_READ)
def get_launched_stores(
    network: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[LaunchedStore]:
    """The stores of a launch by code, each with what it did in the last 28 days of it."""
    door.actor.must_everywhere(Permission.TOWER_READ)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: launch_views.stores(tx, network, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.node,))


routes = [
    get_first_hour,
    get_emptiness,
    get_checks,
    get_findings,
    get_launches,
    get_launched_stores,
]
