"""Partners' conduct at the door: they accept or decline legs, and are measured by it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.conduct import actions, views
from noria.conduct.model import (
    Acceptance,
    Answered,
    BreachRule,
    Decline,
    Measured,
    Scorecard,
    Standing,
)
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    check_address,
    cursor,
    deletes,
    page,
    posts,
    puts,
    reads,
)
from noria.orders import views as orders
from noria.partners import actions as partners
from noria.partners import views as partner_views
from noria.partners.model import PartnerKind

Item = TypeVar("Item", Acceptance, Decline)
Days = Annotated[int, QueryParameter(ge=1, le=366, description="Days to look at, and before.")]
QueryKinds = Annotated[
    list[PartnerKind] | None,
    QueryParameter(name="kind", max_items=5, description="Only these. May be repeated."),
]


class AcceptanceBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Acceptance, ...], Meta(min_length=1, max_length=500)]


class DeclineBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Decline, ...], Meta(min_length=1, max_length=500)]


@posts("/acceptances/batch", Permission.FULFILMENT_WORK)
def post_acceptances(
    data: JSONBody[AcceptanceBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Answered]]:
    """A partner says of each leg that it will send it."""
    return _each(door, "PUT /v1/acceptances/{leg_id}", data.items, actions.accept)


@posts("/declines/batch", Permission.FULFILMENT_WORK)
def post_declines(
    data: JSONBody[DeclineBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Answered]]:
    """A node says of each leg that it will not send it; it is sourced elsewhere at once."""
    return _each(door, "PUT /v1/declines/{leg_id}", data.items, actions.decline)


@posts("/trust/measure", Permission.PARTNERS_WRITE)
def post_measure(door: NamedDependency[Door]) -> Response[Measured]:
    """Measure now how far each partner is believed; the worker does so every minute."""
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)
    return door.act([], lambda tx, now: actions.measure(tx, now=now))


@reads("/partners/{partner:str}/scorecard", Permission.PARTNERS_READ)
def get_scorecard(partner: PathCode, door: NamedDependency[Door], days: Days = 28) -> Scorecard:
    """Fill rate, lateness, refusals, accuracy of feeds and cost, each with its trend."""

    def ask(tx: Connection) -> Scorecard:
        nodes = partners.known(tx, partner).nodes
        if nodes:
            door.actor.must(Permission.PARTNERS_READ, *nodes)
        return actions.scorecard(tx, partner, days, now=clock.now(tx))

    return door.read(ask)


@reads("/scorecards", Permission.PARTNERS_READ)
def get_scorecards(
    door: NamedDependency[Door],
    kinds: QueryKinds = None,
    partner: QueryCode = None,
    days: Days = 28,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Standing]:
    """Partners in key order, each with its scorecard, eight weeks, its feed and its breaches."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    nodes = door.actor.nodes(Permission.PARTNERS_READ)

    def ask(tx: Connection) -> list[Standing]:
        found = partner_views.partners(
            tx, nodes=nodes, is_whole=True, kinds=kinds, only=partner, after=after, limit=limit + 1
        )
        return actions.standings(tx, found, days, now=clock.now(tx))

    return page(door.read(ask), limit, lambda one: (one.partner,))


@reads("/breach-rules", Permission.PARTNERS_READ)
def get_breach_rules(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[BreachRule]:
    """When something not done is a breach, by id, those of the past and of the future too."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.breach_rules(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.id,))


@reads("/breach-rules/{rule:str}", Permission.PARTNERS_READ, has_version=True)
def get_breach_rule(rule: PathCode, door: NamedDependency[Door]) -> Response[BreachRule]:
    """One rule; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _known(tx, rule))


@puts("/breach-rules/{rule:str}", Permission.PARTNERS_WRITE, has_version=True)
def put_breach_rule(
    rule: PathCode, data: JSONBody[BreachRule], door: NamedDependency[Door]
) -> Response[BreachRule]:
    """Say after how long something not done is a breach, of one partner or of all."""
    check_address("id", data.id, rule)
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)
    return door.save(actions.save_rule, data, lambda tx: _known(tx, rule))


@deletes("/breach-rules/{rule:str}", Permission.PARTNERS_WRITE)
def delete_breach_rule(rule: PathCode, door: NamedDependency[Door]) -> None:
    """Take a rule away; its exceptions go with it."""
    door.actor.must_everywhere(Permission.PARTNERS_WRITE)
    door.end(actions.end_rule, rule)


def _known(tx: Connection, rule: str) -> tuple[BreachRule, int]:
    found = views.rule(tx, rule)
    if found is None:
        raise NotFound(what="breach rule", id=rule)
    return found


def _each(
    door: Door,
    scope: str,
    items: Sequence[Item],
    verb: Callable[..., Mapping[str, Answered]],
) -> Response[BatchAnswer[Answered]]:
    """A verb for a list, once for each leg, where the actor may work at each leg's node."""
    by_id = {item.id: item for item in items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Answered]:
        for node in orders.nodes_of(tx, ids):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        return verb(tx, [by_id[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch(scope, [(item.id, item) for item in items], work)


routes = [
    post_acceptances,
    post_declines,
    post_measure,
    get_scorecard,
    get_scorecards,
    get_breach_rules,
    get_breach_rule,
    put_breach_rule,
    delete_breach_rule,
]
