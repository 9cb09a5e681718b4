"""Messages at the door: how customers want them, what became of each, and how they look."""

from datetime import datetime
from typing import Annotated

from litestar import MediaType, Response
from litestar.datastructures import State as AppState
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from noria.kit import clock
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
from noria.messages import asked_actions, letters, outbox_views
from noria.messages import outbox_actions as actions
from noria.messages import page as pages
from noria.messages.asked_model import AskMessage, Sendable
from noria.messages.outbox_model import Choices, Message, MessageKind, NoSuchMessage, State
from noria.messages.senders import open_media

QueryState = Annotated[
    State | None, QueryParameter(name="state", description="Only messages that stand so.")
]
QueryLanguage = Annotated[
    str, QueryParameter(description="Its language.", enum=["en", "fr"], pattern="^(en|fr)$")
]

QueryOwnLanguage = Annotated[
    str | None,
    QueryParameter(
        description="Its language; without it, its reader's.",
        enum=["en", "fr"],
        pattern="^(en|fr)$",
    ),
]
QueryPart = Annotated[
    str, QueryParameter(max_length=64, description="What it is about: a leg, a day, a refund.")
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


@reads("/orders/{order_id:str}/sendable-messages", Permission.MESSAGES_SEND)
def get_sendable_messages(
    order_id: PathCode, door: NamedDependency[Door], state: AppState
) -> Page[Sendable]:
    """What the customer of an order could be told now, to whom, in which language, and when."""
    door.actor.must_everywhere(Permission.MESSAGES_SEND)

    def ask(tx: Connection) -> list[Sendable]:
        return asked_actions.sendable(
            tx, order_id, public_url=state.settings.public_url,
            open_media=open_media(state.settings), now=clock.now(tx),
        )  # fmt: skip

    return Page(door.read(ask))


@reads(
    "/orders/{order_id:str}/message-previews/{kind:str}",
    Permission.MESSAGES_SEND,
    media_type=MediaType.HTML,
)
def get_order_message_preview(
    order_id: PathCode,
    kind: FromPath[MessageKind],
    door: NamedDependency[Door],
    state: AppState,
    part: QueryPart = "",
    language: QueryOwnLanguage = None,
) -> Response[str]:
    """How a message of an order would look now; its link and its code are its reader's alone."""
    door.actor.must_everywhere(Permission.MESSAGES_SEND)

    def ask(tx: Connection) -> str:
        return asked_actions.preview(
            tx, order_id, kind, part, language=language, public_url=state.settings.public_url,
            now=clock.now(tx),
        ).html  # fmt: skip

    return Response(door.read(ask), media_type=MediaType.HTML, headers=pages.MAIL_HEADERS)


@puts("/message-sendings/{sending_id:str}", Permission.MESSAGES_SEND)
def put_message_sending(
    sending_id: PathCode, data: JSONBody[AskMessage], door: NamedDependency[Door], state: AppState
) -> Response[Message]:
    """Tell a customer how their order stands, by a way that they want; once for its id."""
    door.actor.must_everywhere(Permission.MESSAGES_SEND)

    def send(tx: Connection, now: datetime) -> Message:
        return asked_actions.send(
            tx, sending_id, data, open_media=open_media(state.settings), actor=door.actor.id,
            now=now,
        )  # fmt: skip

    return door.once(sending_id, data, send)


routes = [
    put_message_choices,
    get_messages,
    get_message_preview,
    get_sendable_messages,
    get_order_message_preview,
    put_message_sending,
]
