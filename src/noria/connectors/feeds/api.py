"""Feeds at the door: send one, see what it would change, let it be booked or not."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.connectors.feeds.actions import take
from noria.connectors.files.media import TAKEN, check_type
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault
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
    posts,
    reads,
)
from noria.partners import actions as partners
from noria.partners import feed_actions as actions
from noria.partners import feed_views as views
from noria.partners.feed_model import Feed, FeedChange

JSON_TYPE = "application/json"
LARGEST_AT_ONCE = 1_000_000
MEDIA = (*TAKEN, JSON_TYPE)

IsPreview = Annotated[
    bool, QueryParameter(description="Show what it would change, and book nothing.")
]
IsFull = Annotated[
    bool | None,
    QueryParameter(description="What it does not name is not there; by default as planned."),
]
CountedAt = Annotated[
    datetime | None,
    QueryParameter(description="When the partner counted, with its offset; by default now."),
]
AtOnce = Annotated[
    bool, QueryParameter(description="Book it before answering; only up to a million bytes.")
]
Name = Annotated[str, QueryParameter(max_length=200, description="What the file is called.")]


@posts("/partners/{partner:str}/feeds/{feed:str}", Permission.FEEDS_SEND, status_code=202,
       opt={"media": MEDIA})  # fmt: skip
def post_feed(
    partner: PathCode,
    feed: PathCode,
    body: bytes,
    request: Request[Any, Any, Any],
    door: NamedDependency[Door],
    *,
    is_preview: IsPreview = False,
    is_full: IsFull = None,
    counted_at: CountedAt = None,
    is_at_once: AtOnce = False,
    name: Name = "",
) -> Response[Feed]:
    """What a partner has, as CSV, XLSX, Parquet or JSON, read as its plan says; once for its id.

    A job reads it: GET /v1/feeds/{feed} tells how far it is. One that would lose too much waits for
    a person. Whoever sends it needs the permission at every node of the partner.
    """
    check_type(request.headers.get("content-type", ""), [JSON_TYPE])

    def send(tx: Connection) -> Feed:
        whose = partners.known(tx, partner)
        _must(door, Permission.FEEDS_SEND, whose.nodes)
        return actions.send(
            tx,
            feed,
            partner,
            body,
            name=name,
            is_full=is_full,
            is_preview=is_preview,
            counted_at=counted_at,
            actor=door.actor.id,
            now=clock.now(tx),
        )

    sent = door.db.run(send)
    if is_at_once and len(body) <= LARGEST_AT_ONCE:
        sent = take(door.db, feed, cursor=None)
    return Response(sent, status_code=202)


@reads("/feeds", Permission.PARTNERS_READ)
def get_feeds(
    door: NamedDependency[Door],
    partner: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Feed]:
    """Feeds that were sent or fetched, the newest first."""
    after = cursor(page_cursor, 2)
    nodes = door.actor.nodes(Permission.PARTNERS_READ)
    found = door.read(
        lambda tx: views.feeds(tx, partner=partner, nodes=nodes, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.sent_at.isoformat(), one.id))


@reads("/feeds/{feed:str}", Permission.PARTNERS_READ)
def get_feed(feed: PathCode, door: NamedDependency[Door]) -> Feed:
    """A feed: what it said, what that would change, and what was booked of it."""
    return door.read(lambda tx: _seen(tx, door, feed))


@reads("/feeds/{feed:str}/changes", Permission.PARTNERS_READ)
def get_changes(
    feed: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[FeedChange]:
    """What a preview, or a feed that is held, would change, shelf by shelf."""
    after = _number(page_cursor, 0)

    def ask(tx: Connection) -> list[FeedChange]:
        _seen(tx, door, feed)
        return views.changes(tx, feed, after=after, limit=limit + 1)

    return page(door.read(ask), limit, lambda one: (one.number,))


@reads("/feeds/{feed:str}/faults", Permission.PARTNERS_READ)
def get_feed_faults(
    feed: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Fault]:
    """What was wrong with a feed, line by line: the first thousand faults."""
    after = _number(page_cursor, -1)

    def ask(tx: Connection) -> list[tuple[int, Fault]]:
        _seen(tx, door, feed)
        language = door.actor.language
        return [
            (number, Fault(f"line {one.line}, column {one.column}" if one.column
                           else f"line {one.line}", one.says.filled(language, {}), one.code))
            for number, one in views.faults(tx, feed, after=after, limit=limit + 1)
        ]  # fmt: skip

    numbered = page(door.read(ask), limit, lambda one: (one[0],))
    return Page([fault for _, fault in numbered.items], numbered.next)


@posts("/feeds/{feed:str}/booking", Permission.PARTNERS_WRITE)
def post_booking(feed: PathCode, door: NamedDependency[Door]) -> Response[Feed]:
    """Let a preview, or a feed that is held, be booked after all."""

    def accept(tx: Connection, now: datetime) -> Feed:
        _must_write(tx, door, feed)
        return actions.accept(tx, feed, actor=door.actor.id, now=now)

    return door.act([feed, "booking"], accept)


@posts("/feeds/{feed:str}/rejection", Permission.PARTNERS_WRITE)
def post_rejection(feed: PathCode, door: NamedDependency[Door]) -> Response[Feed]:
    """Let a preview, or a feed that is held, not be booked."""

    def reject(tx: Connection, now: datetime) -> Feed:
        _must_write(tx, door, feed)
        return actions.reject(tx, feed, actor=door.actor.id, now=now)

    return door.act([feed, "rejection"], reject)


def _seen(tx: Connection, door: Door, feed: str) -> Feed:
    found = views.feed(tx, feed)
    _must(door, Permission.PARTNERS_READ, partners.known(tx, found.partner).nodes)
    return found


def _must_write(tx: Connection, door: Door, feed: str) -> None:
    found = views.feed(tx, feed)
    _must(door, Permission.PARTNERS_WRITE, partners.known(tx, found.partner).nodes)


def _must(door: Door, permission: Permission, nodes: tuple[str, ...]) -> None:
    """At every node of the partner; of one without nodes, everywhere."""
    if nodes:
        door.actor.must(permission, *nodes)
    else:
        door.actor.must_everywhere(permission)


def _number(page_cursor: str | None, first: int) -> int:
    shown = cursor(page_cursor, 1) or [first]
    return shown[0] if isinstance(shown[0], int) else first


routes = [
    post_feed,
    get_feeds,
    get_feed,
    get_changes,
    get_feed_faults,
    post_booking,
    post_rejection,
]
