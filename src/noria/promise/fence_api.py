"""Fences at the door: which nodes serve a channel, and what it sells from where."""

from functools import partial
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

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
    deletes,
    page,
    puts,
    reads,
)
from noria.promise import fence_actions as actions
from noria.promise import fence_views as views
from noria.promise.fence_model import AssortmentRule, ChannelNetwork

QueryOpens = Annotated[
    bool,
    QueryParameter(
        description="Without any network today every node serves the channel: that is meant."
    ),
]


@reads("/channel-networks", Permission.PROMISE_READ)
def get_networks(
    door: NamedDependency[Door],
    channel: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[ChannelNetwork]:
    """Which nodes serve which channel, by id, those of the past and of the future too."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.networks(tx, channel=channel, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.id,))


@reads("/channel-networks/{network:str}", Permission.PROMISE_READ, has_version=True)
def get_network(network: PathCode, door: NamedDependency[Door]) -> Response[ChannelNetwork]:
    """One network; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _network(tx, network))


@puts("/channel-networks/{network:str}", Permission.PROMISE_WRITE, has_version=True)
def put_network(
    network: PathCode,
    data: JSONBody[ChannelNetwork],
    door: NamedDependency[Door],
    *,
    opens: QueryOpens = False,
) -> Response[ChannelNetwork]:
    """Say which nodes serve a channel, and until when; all others then do not."""
    check_address("id", data.id, network)
    door.actor.must_everywhere(Permission.PROMISE_WRITE)
    return door.save(
        partial(actions.save_network, opens=opens), data, lambda tx: _network(tx, network)
    )


@deletes("/channel-networks/{network:str}", Permission.PROMISE_WRITE)
def delete_network(
    network: PathCode, door: NamedDependency[Door], *, opens: QueryOpens = False
) -> None:
    """Take a network away; the last one of today only with `opens`: then every node serves."""
    door.actor.must_everywhere(Permission.PROMISE_WRITE)
    door.end(partial(actions.end_network, opens=opens), network)


@reads("/assortment-rules", Permission.PROMISE_READ)
def get_assortment(
    door: NamedDependency[Door],
    channel: QueryCode = None,
    sku: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[AssortmentRule]:
    """What channels sell from where, by id; filters ask for what a rule names."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(
        lambda tx: views.assortment_rules(
            tx, channel=channel, sku=sku, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.id,))


@reads("/assortment-rules/{rule:str}", Permission.PROMISE_READ, has_version=True)
def get_assortment_rule(rule: PathCode, door: NamedDependency[Door]) -> Response[AssortmentRule]:
    """One rule of assortment; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _rule(tx, rule))


@puts("/assortment-rules/{rule:str}", Permission.PROMISE_WRITE, has_version=True)
def put_assortment_rule(
    rule: PathCode, data: JSONBody[AssortmentRule], door: NamedDependency[Door]
) -> Response[AssortmentRule]:
    """Say what a channel sells, or does not, from these places, in that time."""
    check_address("id", data.id, rule)
    door.actor.must_everywhere(Permission.PROMISE_WRITE)
    return door.save(actions.save_assortment, data, lambda tx: _rule(tx, rule))


@deletes("/assortment-rules/{rule:str}", Permission.PROMISE_WRITE)
def delete_assortment_rule(rule: PathCode, door: NamedDependency[Door]) -> None:
    """Take a rule of assortment away; the trail keeps it."""
    door.actor.must_everywhere(Permission.PROMISE_WRITE)
    door.end(actions.end_assortment, rule)


def _network(tx: Connection, network: str) -> tuple[ChannelNetwork, int]:
    found = views.network(tx, network)
    if found is None:
        raise NotFound(what="network", id=network)
    return found


def _rule(tx: Connection, rule: str) -> tuple[AssortmentRule, int]:
    found = views.assortment_rule(tx, rule)
    if found is None:
        raise NotFound(what="rule", id=rule)
    return found


routes = [
    get_networks,
    get_network,
    put_network,
    delete_network,
    get_assortment,
    get_assortment_rule,
    put_assortment_rule,
    delete_assortment_rule,
]
