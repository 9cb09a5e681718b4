"""Webhooks at the door: endpoints, their secrets, their health, and what was delivered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.egress import Rules
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    check_version,
    cursor,
    deletes,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import uuid7
from noria.webhooks import actions, views
from noria.webhooks.event_types import EVENT_TYPES
from noria.webhooks.model import (
    Delivery,
    DeliveryStatus,
    Health,
    Made,
    Secret,
    Webhook,
    WebhookWish,
)

QueryStatus = Annotated[
    DeliveryStatus | None, QueryParameter(description="Only deliveries that are in this state.")
]
LONGEST_OVERLAP_HOURS = 168
LARGEST_EVENT = (1 << 62) - 1


class EventTypeShown(Struct, frozen=True, kw_only=True):
    """A type of event: an example of its subject, and what has happened to it."""

    name: str
    subject: str
    says: str


class RotationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the secret of today goes on signing beside the new one, in hours."""

    overlap_hours: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP_HOURS, examples=[24])] = 24


class Replayed(Struct, frozen=True, kw_only=True):
    """How many dead deliveries are sent again."""

    replayed: int


@reads("/event-types", Permission.EVENTS_READ)
def get_event_types(door: NamedDependency[Door]) -> Sequence[EventTypeShown]:
    """The types of events that there are."""
    language = door.actor.language
    return [
        EventTypeShown(name=each.name, subject=each.subject, says=each.says.filled(language, {}))
        for each in EVENT_TYPES.values()
    ]


@reads("/webhooks", Permission.EVENTS_READ)
def get_webhooks(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Webhook]:
    """Endpoints by id, those that hear of nothing beyond your nodes."""
    after = (cursor(page_cursor, 1) or [""])[0]
    nodes = door.actor.nodes(Permission.EVENTS_READ)
    found = door.read(lambda tx: views.webhooks(tx, nodes=nodes, after=str(after), limit=limit + 1))
    return page(found, limit, lambda webhook: (webhook.id,))


@reads("/webhooks/{webhook_id:str}", Permission.EVENTS_READ, has_version=True)
def get_webhook(webhook_id: PathCode, door: NamedDependency[Door]) -> Response[Webhook]:
    """An endpoint; its ETag goes back as If-Match when it is changed."""

    def look(tx: Connection) -> tuple[Webhook, int]:
        webhook = _seen(tx, door, webhook_id)
        return webhook, webhook.version

    return door.show(look)


@posts("/webhooks", Permission.WEBHOOKS_WRITE)
def post_webhook(
    data: JSONBody[WebhookWish], door: NamedDependency[Door], state: State
) -> Response[Made]:
    """Create an endpoint under an id of ours. Its secret is shown in this answer, and no more."""
    _check_reach(door, data.nodes)
    webhook_id = uuid7(int(clock.wall().timestamp() * 1000))

    def create(tx: Connection, _: datetime) -> Made:
        return _save(tx, door, state, webhook_id, data)

    return door.act(data, create)


@puts("/webhooks/{webhook_id:str}", Permission.WEBHOOKS_WRITE, has_version=True)
def put_webhook(
    webhook_id: PathCode,
    data: JSONBody[WebhookWish],
    door: NamedDependency[Door],
    state: State,
) -> Response[Made]:
    """Create an endpoint, or change it, naming by If-Match the version that was read.

    The answer to its creation holds its secret, and none later does.
    """
    _check_reach(door, data.nodes)

    def save(tx: Connection, _: datetime) -> tuple[Made, int]:
        kept = views.webhook(tx, webhook_id)
        if kept is not None:
            _check_reach(door, kept.nodes)
        made = _save(tx, door, state, webhook_id, data)
        return made, made.webhook.version

    return door.edit(save)


@deletes("/webhooks/{webhook_id:str}", Permission.WEBHOOKS_WRITE)
def delete_webhook(webhook_id: PathCode, door: NamedDependency[Door]) -> None:
    """Forget an endpoint, with all that was delivered to it or waits for it."""

    def remove(tx: Connection) -> None:
        _check_reach(door, actions.known(tx, webhook_id).nodes)
        actions.remove(tx, webhook_id, actor=door.actor.id, request_id=door.request_id)

    door.db.run(remove)


@posts("/webhooks/{webhook_id:str}/secret", Permission.WEBHOOKS_WRITE)
def post_secret(
    webhook_id: PathCode, data: JSONBody[RotationBody], door: NamedDependency[Door]
) -> Response[Secret]:
    """Make a new secret, shown in this answer and no more. For a while both sign."""

    def rotate(tx: Connection, _: datetime) -> Secret:
        _check_reach(door, actions.known(tx, webhook_id).nodes)
        return actions.rotate(
            tx,
            webhook_id,
            timedelta(hours=data.overlap_hours),
            actor=door.actor.id,
            now=clock.wall(),
            request_id=door.request_id,
        )

    return door.act({"webhook": webhook_id, "rotation": data}, rotate)


@reads("/webhooks/{webhook_id:str}/health", Permission.EVENTS_READ)
def get_webhook_health(webhook_id: PathCode, door: NamedDependency[Door]) -> Health:
    """How an endpoint does: since when it fails, and how much waits for it or is dead."""

    def look(tx: Connection) -> Health:
        _seen(tx, door, webhook_id)
        health = views.health(tx, webhook_id)
        assert health is not None
        return health

    return door.read(look)


@reads("/webhooks/{webhook_id:str}/deliveries", Permission.EVENTS_READ)
def get_deliveries(
    webhook_id: PathCode,
    door: NamedDependency[Door],
    status: QueryStatus = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Delivery]:
    """What was delivered or waits, newest event first; `status=dead` is the dead-letter list."""
    before = _event(cursor(page_cursor, 1))

    def look(tx: Connection) -> list[Delivery]:
        _seen(tx, door, webhook_id)
        return views.deliveries(tx, webhook_id, status=status, before=before, limit=limit + 1)

    return page(door.read(look), limit, lambda delivery: (delivery.event,))


@posts("/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/replay", Permission.WEBHOOKS_WRITE)
def post_replay(
    webhook_id: PathCode, delivery_id: PathCode, door: NamedDependency[Door]
) -> Response[Delivery]:
    """Send one delivery that has ended again, under the same webhook-id."""

    def replay(tx: Connection, _: datetime) -> Delivery:
        _check_reach(door, actions.known(tx, webhook_id).nodes)
        return actions.replay(tx, webhook_id, delivery_id, now=clock.wall())

    return door.act({"webhook": webhook_id, "delivery": delivery_id}, replay)


@posts("/webhooks/{webhook_id:str}/replay", Permission.WEBHOOKS_WRITE)
def post_replay_of_dead(webhook_id: PathCode, door: NamedDependency[Door]) -> Response[Replayed]:
    """Send all dead deliveries of an endpoint again."""

    def replay(tx: Connection, _: datetime) -> Replayed:
        _check_reach(door, actions.known(tx, webhook_id).nodes)
        return Replayed(replayed=actions.replay_dead(tx, webhook_id, now=clock.wall()))

    return door.act({"webhook": webhook_id}, replay)


def _save(tx: Connection, door: Door, state: State, webhook_id: str, wish: WebhookWish) -> Made:
    return actions.save(
        tx,
        webhook_id,
        wish,
        reach=Rules(is_open=state.settings.webhook_allow_private),
        actor=door.actor.id,
        now=clock.wall(),
        request_id=door.request_id,
        check=partial(check_version, door),
    )


def _check_reach(door: Door, nodes: Sequence[str] | None) -> None:
    """Nobody sets up an endpoint that hears of more than they may see."""
    for permission in (Permission.WEBHOOKS_WRITE, Permission.EVENTS_READ):
        if nodes is None:
            door.actor.must_everywhere(permission)
        else:
            door.actor.must(permission, *nodes)


def _seen(tx: Connection, door: Door, webhook_id: str) -> Webhook:
    """An endpoint that the actor may look at; another one is as good as none."""
    webhook = actions.known(tx, webhook_id)
    reached = door.actor.nodes(Permission.EVENTS_READ)
    if reached is not None and not set(webhook.nodes or ("*",)) <= set(reached):
        raise NotFound(what="webhook", id=webhook_id)
    return webhook


def _event(key: Sequence[str | int] | None) -> int | None:
    """The event that a page ended at; what we did not write ourselves begins an empty page."""
    if key is None:
        return None
    return max(0, min(key[0], LARGEST_EVENT)) if isinstance(key[0], int) else 0


routes = [
    get_event_types,
    get_webhooks,
    get_webhook,
    post_webhook,
    put_webhook,
    delete_webhook,
    post_secret,
    get_webhook_health,
    get_deliveries,
    post_replay,
    post_replay_of_dead,
]
