"""Events at the door: read page by page, or live."""

from collections.abc import Sequence
from typing import Annotated

import litestar
from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Struct

from noria.kit import events
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.events import Happened, Wanted
from noria.kit.http import PAGE, PROBLEMS, Door, QueryLimit, reads
from noria.kit.stream import STAY_S, Hub

LARGEST_SEQ = (1 << 62) - 1

QueryTypes = Annotated[
    list[str] | None,
    QueryParameter(
        name="type",
        max_items=100,
        description="Only these types; `order.*` is all that begin with `order.`. May be repeated.",
    ),
]
QuerySubjects = Annotated[
    list[str] | None,
    QueryParameter(name="subject", max_items=100, description="Only these. May be repeated."),
]
QuerySeq = Annotated[
    int | None,
    QueryParameter(ge=0, le=LARGEST_SEQ, description="Only events that follow this seq."),
]
QueryStay = Annotated[
    int,
    QueryParameter(ge=1, le=STAY_S, description="Seconds until the stream asks to come back."),
]


class EventPage(Struct, frozen=True, kw_only=True):
    """Events in order of seq.

    Send `next` as `after` to read on, now or later: it is never null. A page may hold few events
    or none and not be the last: `is_end` says that nothing followed when it was read.
    """

    items: Sequence[Happened]
    next: int
    is_end: bool


@reads("/events", Permission.EVENTS_READ)
def get_events(
    door: NamedDependency[Door],
    types: QueryTypes = None,
    subjects: QuerySubjects = None,
    after: QuerySeq = None,
    limit: QueryLimit = PAGE,
) -> EventPage:
    """What happened, in order, from the oldest event still kept: at the nodes that you may see."""
    wanted = _wanted(door, types, subjects)

    def look(tx: Connection) -> EventPage:
        top = events.horizon(tx)
        cursor = events.oldest(tx) if after is None else after
        found = events.after(tx, cursor, wanted=wanted, limit=limit, up_to=top)
        return EventPage(items=found.events, next=found.cursor, is_end=found.cursor >= top)

    return door.read(look)


@litestar.get(
    "/events/stream",
    media_type="text/event-stream",
    opt={"permission": Permission.EVENTS_READ},
    responses=PROBLEMS
    | {200: ResponseSpec(str, media_type="text/event-stream", generate_examples=False)},
)
async def get_stream(
    request: Request[object, object, State],
    state: State,
    door: NamedDependency[Door],
    *,
    types: QueryTypes = None,
    subjects: QuerySubjects = None,
    after: QuerySeq = None,
    seconds: QueryStay = STAY_S,
) -> Stream:
    """What happens, as server-sent events: from now on, or after Last-Event-ID, missing nothing.

    Each event has its seq as id. After `seconds`, or when you read too slowly, the stream ends
    with an event `resume`: connect again with the last id, as browsers do by themselves.
    """
    hub: Hub = state.hub
    wanted = _wanted(door, types, subjects)
    cursor = _last_seen(request.headers.get("last-event-id"), after)
    if cursor is not None:
        await hub.check(cursor)
    return Stream(
        hub.frames(wanted, cursor, stay_s=seconds),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _wanted(door: Door, types: list[str] | None, subjects: list[str] | None) -> Wanted:
    return Wanted(types=types, subjects=subjects, nodes=door.actor.nodes(Permission.EVENTS_READ))


def _last_seen(header: str | None, after: int | None) -> int | None:
    """The header wins: a browser that reconnects repeats the address it was first given."""
    if not header:
        return after
    if not (header.isascii() and header.isdecimal()) or len(header) > 18:
        raise Invalid(faults=[Fault("/Last-Event-ID", "expected the id of an event that we sent")])
    return int(header)


routes = [get_events, get_stream]
