"""What customers collect, at the door of a store: what is due, what waits, and who took it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.collect import actions, hand_over_actions, views
from noria.collect import counter_actions as counter
from noria.collect import keep_actions as keep
from noria.collect.model import (
    Allowed,
    Announced,
    Arrive,
    Arrived,
    CodeUnknown,
    Collection,
    Compartment,
    Due,
    Extended,
    Extension,
    HandedOver,
    HandOverBody,
    Inbound,
    LookUp,
    NoticeBody,
    NotProven,
    ProxyBody,
    Punctual,
    PutBack,
    Ready,
)
from noria.fulfilment.model import LegId
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import Code
from noria.orders import views as orders

DAYS_SHOWN = timedelta(days=28)
QueryDay = Annotated[date | None, QueryParameter(description="A day, counted.")]
QueryLeg = Annotated[
    str | None, QueryParameter(description="Only free ones that bear this leg.", max_length=64)
]


class ReadyBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Ready, ...], Meta(min_length=1, max_length=500)]


class ArriveBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Arrive, ...], Meta(min_length=1, max_length=500)]


class PutBackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Legs whose units are on their shelves again."""

    node: Code
    legs: Annotated[tuple[LegId, ...], Meta(min_length=1, max_length=500)]


class PutBackDone(Struct, frozen=True, kw_only=True):
    legs: list[str]


class CompartmentBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Compartment, ...], Meta(min_length=1, max_length=500)]


@reads("/collections/due", Permission.FULFILMENT_READ)
def get_due(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Due]:
    """What stores have to make ready, with the minutes that are left; what is late comes first."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: keep.due(tx, nodes=nodes, now=clock.now(tx), after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.due_at.isoformat(), one.leg))


@reads("/collections/inbound", Permission.FULFILMENT_READ)
def get_inbound(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Inbound]:
    """What is under way to stores where it is collected, with the boxes to be scanned."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(lambda tx: views.inbound(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.arrives_on, one.leg))


@reads("/collections/put-backs", Permission.FULFILMENT_READ)
def get_put_backs(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[PutBack]:
    """What still lies where customers collect, and is on sale again: to be put on its shelf."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(lambda tx: views.put_backs(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.since.isoformat(), one.leg))


@reads("/collections", Permission.FULFILMENT_READ)
def get_collections(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Collection]:
    """What waits for customers: those who are there first, then what is kept least long."""
    after = cursor(page_cursor, 3)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: views.collections(
            tx, now=clock.now(tx), nodes=nodes, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (views.sort_at(one).isoformat(), one.order, one.node))


@reads("/collections/figures", Permission.FULFILMENT_READ)
def get_figures(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    first: QueryDay = None,
    last: QueryDay = None,
    limit: QueryLimit = PAGE,
    page_cursor: QueryCursor = None,
) -> Page[Punctual]:
    """What share each store made ready in time, over the last 28 days or those that are asked."""
    after = cursor(page_cursor, 1)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)

    def ask(tx: Connection) -> list[Punctual]:
        today = clock.now(tx).date()
        since = first or today - DAYS_SHOWN
        return views.punctual(tx, nodes=nodes, first=since, last=last or today)

    found = [one for one in door.read(ask) if after is None or one.node > after[0]]
    return page(found[: limit + 1], limit, lambda one: (one.node,))


@posts("/collections/look-ups", Permission.FULFILMENT_WORK)
def post_look_up(data: JSONBody[LookUp], door: NamedDependency[Door]) -> Page[Collection]:
    """Find what waits: by the code that was scanned or typed, an order's number, or a name."""
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    found, is_wrong = door.db.run(
        lambda tx: keep.look_up(tx, data, actor=door.actor.id, now=clock.now(tx))
    )
    if is_wrong:
        raise CodeUnknown
    return Page(found)


@posts("/collections/arrivals/batch", Permission.FULFILMENT_WORK)
def post_arrivals(
    data: JSONBody[ArriveBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Arrived]]:
    """What was sent came to the store, by the scan of a box: it is to be made ready now."""
    by_id = {item.id: item for item in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Arrived]:
        legs = views.legs_in_boxes(tx, ids)
        stores = orders.stores(tx, orders.orders_of(tx, legs.values()).values())
        for store in {*stores.values(), *views.arrived_at(tx, list(legs.values()))}:
            door.actor.must(Permission.FULFILMENT_WORK, store)
        return actions.arrive(tx, [by_id[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch("POST /v1/collections/arrivals", [(one.id, one) for one in data.items], work)


@posts("/collections/ready/batch", Permission.FULFILMENT_WORK)
def post_ready(
    data: JSONBody[ReadyBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Ready]]:
    """Picked legs lie ready in the store, each in its place; their customers are told."""
    by_id = {item.id: item for item in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Ready]:
        for node in orders.nodes_of(tx, ids):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        return actions.ready(tx, [by_id[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch("POST /v1/collections/ready", [(one.id, one) for one in data.items], work)


@puts("/hand-overs/{hand_over_id:str}", Permission.FULFILMENT_WORK)
def put_hand_over(
    hand_over_id: PathCode, data: JSONBody[HandOverBody], door: NamedDependency[Door]
) -> Response[HandedOver]:
    """Somebody took what waited for them, once, however often it is sent; or refused some of it."""
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    try:
        return door.once(
            hand_over_id,
            data,
            lambda tx, now: hand_over_actions.hand_over(
                tx, hand_over_id, data, actor=door.actor.id, now=now
            ),
        )
    except NotProven:
        door.db.run(lambda tx: counter.note_wrong(tx, data, actor=door.actor.id, now=clock.now(tx)))
        raise


@puts("/collection-extensions/{extension_id:str}", Permission.FULFILMENT_WORK)
def put_collection_extension(
    extension_id: PathCode, data: JSONBody[Extension], door: NamedDependency[Door]
) -> Response[Extended]:
    """Keep it for longer: it works as long as it is there."""
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    return door.once(
        extension_id,
        data,
        lambda tx, now: keep.extend(tx, data, actor=door.actor.id, now=now),
    )


@posts("/collections/put-backs", Permission.FULFILMENT_WORK)
def post_put_backs(
    data: JSONBody[PutBackBody], door: NamedDependency[Door]
) -> Response[PutBackDone]:
    """What is on sale again is on its shelf again."""
    door.actor.must(Permission.FULFILMENT_WORK, data.node)

    def work(tx: Connection, now: datetime) -> PutBackDone:
        for node in orders.nodes_of(tx, data.legs):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        return PutBackDone(legs=keep.put_back(tx, data.legs, actor=door.actor.id, now=now))

    return door.act(data, work)


@puts("/orders/{order_id:str}/proxy", Permission.ORDERS_WRITE)
def put_proxy(
    order_id: PathCode, data: JSONBody[ProxyBody], door: NamedDependency[Door]
) -> Response[Allowed]:
    """Who may collect an order instead of its customer: the last that was said holds."""

    def work(tx: Connection, now: datetime) -> Allowed:
        keep.allow(tx, order_id, data.name, actor=door.actor.id, now=now)
        return Allowed(order=order_id, is_allowed=data.name is not None)

    return door.act(data, work)


@puts("/orders/{order_id:str}/coming", Permission.ORDERS_WRITE)
def put_coming(
    order_id: PathCode, data: JSONBody[NoticeBody], door: NamedDependency[Door]
) -> Response[Announced]:
    """The customer is there, or on their way; in the drive, in which car and at which bay."""

    def work(tx: Connection, now: datetime) -> Announced:
        told = keep.announce(tx, order_id, data, now=now)
        return Announced(order=order_id, arrives_at=told.arrives_at)

    return door.act(data, work)


@reads("/compartments", Permission.FULFILMENT_READ)
def get_compartments(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    leg: QueryLeg = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Compartment]:
    """Compartments of lockers, the smallest first; for a leg, those that are free and bear it."""
    after = cursor(page_cursor, 4)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)

    def ask(tx: Connection) -> list[Compartment]:
        every = views.compartments(tx, nodes)
        if leg is None:
            return [one for one, _ in every]
        known = orders.leg(tx, leg)
        if known is None:
            return []
        door.actor.must(Permission.FULFILMENT_READ, known.node)
        grams, cm3 = actions.size(tx, known)
        return [
            one
            for one, is_free in every
            if is_free and one.node == known.node and one.volume_cm3 >= cm3 and one.most_g >= grams
        ]

    found = [one for one in door.read(ask) if after is None or _place(one) > tuple(after)]
    return page(found[: limit + 1], limit, _place)


def _place(one: Compartment) -> tuple[str, int, str, str]:
    return one.node, one.volume_cm3, one.locker, one.name


@posts("/compartments/batch", Permission.NETWORK_WRITE)
def post_compartments(
    data: JSONBody[CompartmentBatch], door: NamedDependency[Door]
) -> Response[Page[Compartment]]:
    """Say what the compartments of lockers hold and bear."""
    for one in data.items:
        door.actor.must(Permission.NETWORK_WRITE, one.node)

    def work(tx: Connection, _: datetime) -> Page[Compartment]:
        keep.save_compartments(tx, data.items)
        return Page(list(data.items))

    return door.act(data, work)


routes = [
    *(get_due, get_inbound, get_put_backs, get_collections, get_figures, post_look_up),
    *(post_arrivals, post_ready, put_hand_over, put_collection_extension, post_put_backs),
    *(put_proxy, put_coming, get_compartments, post_compartments),
]
