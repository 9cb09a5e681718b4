"""What carriers send us, at the door: any body is taken, kept, and read if it can be."""

import hashlib
from datetime import datetime
from typing import Annotated

import litestar
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from noria.carriage import call_actions
from noria.carriage import hook_actions as hooks
from noria.connectors.carriers import actions, rules
from noria.connectors.carriers.model import PollAsked
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment import tracking_views as views
from noria.fulfilment.tracking_model import KeptReply, Received
from noria.kit import clock
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
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import Code, uuid7

Asked = Annotated[
    str,
    QueryParameter(
        name="number",
        max_length=64,
        pattern=r"^[A-Za-z0-9._/-]{0,64}$",
        description="The parcel that was asked about, where the reply does not name it.",
    ),
]
IsOpen = Annotated[
    bool | None,
    QueryParameter(name="open", description="Only those that a person has still to look at."),
]


TAKEN = ("application/json", "application/xml", "text/xml", "application/octet-stream")


class Settled(Struct, frozen=True):
    id: str


class ReplyPage(Struct, frozen=True, kw_only=True):
    """A reply as it came, as text where it is text."""

    reply: KeptReply
    body: str


@posts("/carriers/{carrier:str}/replies", Permission.FULFILMENT_WORK, opt={"media": TAKEN})
def post_reply(
    carrier: FromPath[str], body: bytes, door: NamedDependency[Door], *, number: Asked = ""
) -> Response[Received]:
    """Take in what a carrier says of parcels: its webhook, or an answer that was polled.

    The body is the carrier's own, as it came. It is always kept. What cannot be read changes
    nothing, and waits for a person. The same reply again changes nothing.
    """
    door.actor.must_everywhere(Permission.FULFILMENT_WORK)
    reply = rules.read(carrier, body, number)

    def work(tx: Connection, now: datetime) -> Received:
        key = uuid7(int(now.timestamp() * 1000))
        return tracking.receive(tx, carrier, key, body, reply, actor=door.actor.id, now=now)

    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return door.act([carrier, number, digest], work)


@litestar.post(
    "/carrier-hooks/{token:str}",
    status_code=200,
    sync_to_thread=True,
    opt={"public": True, "media": TAKEN},
)
def post_hook(
    token: FromPath[str], body: bytes, door: NamedDependency[Door], *, number: Asked = ""
) -> Response[Received]:
    """Take in what a carrier says of parcels, at the address that was made for its account.

    As `POST /v1/carriers/{carrier}/replies`, for carriers that send no key: the address itself says
    who speaks, and lets them do nothing else.
    """
    account = door.read(lambda tx: hooks.speaker(tx, token))
    carrier = call_actions.tracked_as(account)
    reply = rules.read(carrier, body, number)

    def work(tx: Connection, now: datetime) -> Received:
        hooks.heard(tx, account.code, now=now)
        key = uuid7(int(now.timestamp() * 1000))
        speaks = f"carrier:{account.code}"
        return tracking.receive(tx, carrier, key, body, reply, actor=speaks, now=now)

    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return door.act([account.code, number, digest], work)


@reads("/carriers/replies", Permission.FULFILMENT_READ)
def get_replies(
    door: NamedDependency[Door],
    *,
    carrier: QueryCode = None,
    is_open: IsOpen = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[KeptReply]:
    """Replies of carriers, the newest first; those that were read are kept for 90 days."""
    door.actor.must_everywhere(Permission.FULFILMENT_READ)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.replies(tx, carrier=carrier, is_open=is_open, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.received_at.isoformat(), one.id))


@reads("/carriers/replies/{reply_id:str}", Permission.FULFILMENT_READ)
def get_reply(reply_id: PathCode, door: NamedDependency[Door]) -> ReplyPage:
    """A reply with its body, as it came."""
    door.actor.must_everywhere(Permission.FULFILMENT_READ)
    found = door.read(lambda tx: views.reply(tx, reply_id))
    if found is None:
        raise NotFound(what="reply", id=reply_id)
    reply, body = found
    return ReplyPage(reply=reply, body=body.decode("utf-8", "backslashreplace"))


@puts("/carriers/replies/{reply_id:str}/settlement", Permission.FULFILMENT_WORK)
def put_settlement(reply_id: PathCode, door: NamedDependency[Door]) -> Response[Settled]:
    """A person has dealt with a reply that nobody could read: it waits no longer."""
    door.actor.must_everywhere(Permission.FULFILMENT_WORK)

    def work(tx: Connection, now: datetime) -> Settled:
        tracking.settle(tx, reply_id, now=now)
        return Settled(id=reply_id)

    return door.once(reply_id, None, work)


class PollBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which carrier: the account under which it is asked."""

    account: Code


@puts("/carriers/polls/{poll_id:str}", Permission.FULFILMENT_WORK)
def put_poll(
    poll_id: PathCode, data: JSONBody[PollBody], door: NamedDependency[Door]
) -> Response[PollAsked]:
    """Have a carrier that fell silent asked again now where boxes are.

    It is asked by a job; what it says, or that it does not answer, is kept as whenever it is asked.
    While that waits to begin, asking gives the same one. `next_at`: when it may be asked by itself.
    """
    door.actor.must_everywhere(Permission.FULFILMENT_WORK)

    def ask(tx: Connection, now: datetime) -> PollAsked:
        del now
        who = door.actor.id
        return actions.ask_again(tx, data.account, asked_by=who, wall=clock.wall())

    return door.once(poll_id, data, ask)


routes = [post_reply, post_hook, get_replies, get_reply, put_settlement, put_poll]
