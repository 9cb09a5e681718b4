"""Partners at the door: who they are, what they charge, and how their feeds are read."""

from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    check_address,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.partners import actions, feed_actions, feed_views, views
from noria.partners.feed_model import FeedPlan
from noria.partners.model import Partner, Term


class TermBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Term, ...], Meta(min_length=1, max_length=5000)]


class TermsSaved(Struct, frozen=True, kw_only=True):
    """How many terms differed from what was kept."""

    changed: int


@reads("/partners", Permission.PARTNERS_READ)
def get_partners(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Partner]:
    """Partners in key order, those with a node that the asker reaches."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    nodes = door.actor.nodes(Permission.PARTNERS_READ)
    found = door.read(lambda tx: views.partners(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.code,))


@reads("/partners/{partner:str}", Permission.PARTNERS_READ, has_version=True)
def get_partner(partner: PathCode, door: NamedDependency[Door]) -> Response[Partner]:
    """One partner; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _seen(tx, door, partner))


@puts("/partners/{partner:str}", Permission.PARTNERS_WRITE, has_version=True)
def put_partner(
    partner: PathCode, data: JSONBody[Partner], door: NamedDependency[Door]
) -> Response[Partner]:
    """Create or change a partner, naming by If-Match the version that was read."""
    check_address("code", data.code, partner)
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)
    return door.save(actions.save, data, lambda tx: _known(tx, partner))


@reads("/partners/{partner:str}/terms", Permission.PARTNERS_READ)
def get_terms(
    partner: PathCode,
    door: NamedDependency[Door],
    sku: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Term]:
    """What a partner charges, by SKU and first day, also what is over or still to come."""
    after = cursor(page_cursor, 2)

    def ask(tx: Connection) -> list[Term]:
        _seen(tx, door, partner)
        return views.terms(tx, partner, sku=sku, after=after, limit=limit + 1)

    return page(door.read(ask), limit, lambda one: (one.sku, one.valid_from.isoformat()))


@posts("/partners/{partner:str}/terms/batch", Permission.PARTNERS_WRITE)
def post_terms(
    partner: PathCode, data: JSONBody[TermBatch], door: NamedDependency[Door]
) -> Response[TermsSaved]:
    """Write what a partner charges, SKU by SKU, each from a day on: all of it or nothing."""
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)

    def save(tx: Connection, now: datetime) -> TermsSaved:
        changed = actions.save_terms(
            tx, partner, data.items, actor=door.actor.id, now=now, request_id=door.request_id
        )
        return TermsSaved(changed=changed)

    return door.act([partner, data], save)


@reads("/partners/{partner:str}/feed-plan", Permission.PARTNERS_READ, has_version=True)
def get_feed_plan(partner: PathCode, door: NamedDependency[Door]) -> Response[FeedPlan]:
    """How a partner's feed is read; a secret is shown by its name alone."""

    def ask(tx: Connection) -> tuple[FeedPlan, int]:
        _seen(tx, door, partner)
        return _plan(tx, partner)

    return door.show(ask)


@puts("/partners/{partner:str}/feed-plan", Permission.PARTNERS_WRITE, has_version=True)
def put_feed_plan(
    partner: PathCode, data: JSONBody[FeedPlan], door: NamedDependency[Door]
) -> Response[FeedPlan]:
    """Say how a partner's feed is read, and where it is fetched, if it is not sent."""
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)
    save = partial(feed_actions.save_plan, partner=partner)
    return door.save(save, data, lambda tx: _plan(tx, partner))


def _seen(tx: Connection, door: Door, partner: str) -> tuple[Partner, int]:
    """A partner, for who reads at one of its nodes."""
    found = _known(tx, partner)
    reached = door.actor.nodes(Permission.PARTNERS_READ)
    if reached is not None and not set(reached) & set(found[0].nodes):
        raise NotFound(what="partner", id=partner)
    return found


def _known(tx: Connection, partner: str) -> tuple[Partner, int]:
    found = views.partner(tx, partner)
    if found is None:
        raise NotFound(what="partner", id=partner)
    return found


def _plan(tx: Connection, partner: str) -> tuple[FeedPlan, int]:
    found = feed_views.plan(tx, partner)
    if found is None:
        raise NotFound(what="feed plan", id=partner)
    return found


routes = [
    get_partners,
    get_partner,
    put_partner,
    get_terms,
    post_terms,
    get_feed_plan,
    put_feed_plan,
]
