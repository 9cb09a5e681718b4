"""Messages at the door: how customers want them, what became of each, and how they look."""

from datetime import datetime
from typing import Annotated

from litestar import MediaType, Response
from litestar.datastructures import State as AppState
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
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
    puts,
    reads,
)
from noria.messages import letters, outbox_views
from noria.messages import outbox_actions as actions
from noria.messages import page as pages
from noria.messages.outbox_model import Choices, Message, MessageKind, NoSuchMessage, State

QueryState = Annotated[
    State | None, QueryParameter(name="state", description="Only messages that stand so.")
]
QueryLanguage = Annotated[
    str, QueryParameter(description="Its language.", enum=["en", "fr"], pattern="^(en|fr)$")
]


@puts("/orders/{order_id:str}/message-choices", Permission.ORDERS_WRITE)
def put_message_choices(
    order_id: PathCode, data: JSONBody[Choices], door: NamedDependency[Door]
) -> Response[Choices]:
    """How the customer of an order wants to hear of it; the last that was said holds."""

    def choose(tx: Connection, now: datetime) -> Choices:
        return actions.choose(tx, order_id, data, actor=door.actor.id, now=now)

    return door.act(data, choose)


@reads("/messages", Permission.ORDERS_READ)
def get_messages(
    door: NamedDependency[Door],
    order: QueryCode = None,
    standing: QueryState = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Message]:
    """Messages to customers, the newest first, and what became of each."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: outbox_views.messages(
            tx, order=order, state=standing, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.planned_at.isoformat(), one.id))


@reads("/message-previews/{kind:str}", Permission.ORDERS_READ, media_type=MediaType.HTML)
def get_message_preview(
    kind: PathCode, state: AppState, language: QueryLanguage = "en"
) -> Response[str]:
    """How a message looks, with an order that is made up."""
    known = {one.value: one for one in MessageKind}
    if kind not in known:
        raise NoSuchMessage(kind=kind, known=", ".join(known))
    shown = letters.example(known[kind], language, f"{state.settings.public_url}/t/example")
    return Response(shown.html, media_type=MediaType.HTML, headers=pages.MAIL_HEADERS)


routes = [put_message_choices, get_messages, get_message_preview]
