"""Customers' pages by their link, and what people do about what customers report."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

import litestar
from litestar import MediaType, Request, Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Struct

from noria.kit import clock, problems
from noria.kit.auth import Permission
from noria.kit.bodies import FOR_PEOPLE
from noria.kit.db import Connection, Database
from noria.kit.errors import NotFound, Refusal
from noria.kit.http import (
    PAGE,
    STATUS,
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
from noria.kit.ids import uuid7
from noria.messages import actions, views
from noria.messages import page as pages
from noria.messages.model import (
    Answer,
    Link,
    LinkUnknown,
    Report,
    TellCustomer,
    Telling,
    TooManyReports,
    Trouble,
)
from noria.orders.model import NothingToCancel

Asked = Request[Any, Any, Any]
QueryOpen = Annotated[
    bool | None,
    QueryParameter(name="open", description="Only those nobody has looked after, or only others."),
]
PUBLIC: dict[str, Any] = {
    "opt": {"public": True, FOR_PEOPLE: True},
    "include_in_schema": False,
}
LARGEST_FORM = 10_000


class SettleBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about a report, for those who read it later, and what its customer is told."""

    answer: Answer
    told: TellCustomer = ""


@reads("/orders/{order_id:str}/link", Permission.ORDERS_WRITE)
def get_link(order_id: PathCode, door: NamedDependency[Door], state: State) -> Link:
    """The address at which the customer follows the order: put it in what you send them.

    Whoever has it can do what the customer can, so it is for who may change orders everywhere.
    """
    door.actor.must_everywhere(Permission.ORDERS_WRITE)
    return _link(state, order_id, door.read(lambda tx: actions.link(tx, order_id)))


@puts("/orders/{order_id:str}/link-renewals/{renewal_id:str}", Permission.ORDERS_WRITE)
def put_link_renewal(
    order_id: PathCode, renewal_id: PathCode, door: NamedDependency[Door], state: State
) -> Response[Link]:
    """Another address, because the one before got into wrong hands: that one shows nothing more."""
    door.actor.must_everywhere(Permission.ORDERS_WRITE)

    def renew(tx: Connection, now: datetime) -> Link:
        token = actions.renew_link(tx, order_id, actor=door.actor.id, now=now)
        return _link(state, order_id, token)

    return door.once(renewal_id, order_id, renew)


@reads("/reports", Permission.ORDERS_READ)
def get_reports(
    door: NamedDependency[Door],
    order: QueryCode = None,
    is_open: QueryOpen = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Report]:
    """What customers reported by their link, the oldest first."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.reports(tx, order=order, is_open=is_open, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.reported_at.isoformat(), one.id))


@reads("/reports/{report_id:str}", Permission.ORDERS_READ)
def get_report(report_id: PathCode, door: NamedDependency[Door]) -> Report:
    """One report, and what was done about it."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    found = door.read(lambda tx: views.report(tx, report_id))
    if found is None:
        raise NotFound(what="report", id=report_id)
    return found


@puts("/reports/{report_id:str}/settlement", Permission.ORDERS_WRITE)
def put_report_settlement(
    report_id: PathCode, data: JSONBody[SettleBody], door: NamedDependency[Door]
) -> Response[Report]:
    """Somebody has looked after it: the exception is gone; the customer reads what is `told`."""
    door.actor.must_everywhere(Permission.ORDERS_WRITE)
    return door.once(
        report_id,
        data,
        lambda tx, now: actions.settle(
            tx, report_id, answer=data.answer, told=data.told, actor=door.actor.id, now=now
        ),
        reused=lambda tx: actions.settled_otherwise(tx, report_id, data.answer, data.told),
    )


def _link(state: State, order_id: str, token: str) -> Link:
    return Link(order=order_id, url=f"{state.settings.public_url}/t/{token}")


@litestar.get("/{token:str}", sync_to_thread=True, **PUBLIC)
def get_order_page(request: Asked, token: str, state: State) -> Response[str]:
    """Where it is, when it comes, what changed, and what they can do."""
    return answered(request, lambda: order_page(request, token, state.db))


@litestar.get("/{token:str}/cancel", sync_to_thread=True, **PUBLIC)
def get_cancel_page(request: Asked, token: str, state: State) -> Response[str]:
    """What would be cancelled, and a button."""

    def ask() -> str:
        told, _ = told_now(state.db, token)
        return pages.cancel(told, language=language_of(request), here=here_of(token))

    return answered(request, ask)


@litestar.post("/{token:str}/cancel", sync_to_thread=True, status_code=200, **PUBLIC)
def post_cancel_page(request: Asked, token: str, state: State) -> Response[str]:
    """Cancel what has not left; asked twice, it is done once."""

    def do() -> str:
        try:
            state.db.run(lambda tx: actions.cancel(tx, token, now=clock.now(tx)))
        except NothingToCancel:
            return order_page(request, token, state.db, note="too_late")
        return order_page(request, token, state.db, note="cancelled_now")

    return answered(request, do)


@litestar.get("/{token:str}/wait", sync_to_thread=True, **PUBLIC)
def get_wait_page(request: Asked, token: str, state: State) -> Response[str]:
    """When it comes instead, and a button for who would rather wait."""

    def ask() -> str:
        told, _ = told_now(state.db, token)
        return pages.wait(told, language=language_of(request), here=here_of(token))

    return answered(request, ask)


@litestar.post("/{token:str}/wait", sync_to_thread=True, status_code=200, **PUBLIC)
def post_wait_page(request: Asked, token: str, state: State) -> Response[str]:
    """They wait: it is written once for a day."""

    def do() -> str:
        state.db.run(lambda tx: actions.wait(tx, token, now=clock.now(tx)))
        return order_page(request, token, state.db, note="waiting_now")

    return answered(request, do)


@litestar.get("/{token:str}/report", sync_to_thread=True, **PUBLIC)
def get_report_page(request: Asked, token: str, state: State) -> Response[str]:
    """A form for what is wrong."""
    return answered(request, lambda: _form(request, token, state.db))


@litestar.post("/{token:str}/report", status_code=200, **PUBLIC)
async def post_report_page(request: Asked, token: str, state: State) -> Response[str]:
    """Take a report; the form's own id makes that sending it twice reports it once."""
    body = await request.body()
    return await sync_to_thread(_report, request, token, state.db, body[:LARGEST_FORM])


def _report(request: Asked, token: str, db: Database, body: bytes) -> Response[str]:
    sent = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    words = sent.get("words", "").strip().replace("\r\n", "\n")
    chosen, report_id = sent.get("trouble", ""), sent.get("id", "")

    def do() -> str:
        is_whole = chosen in {one.value for one in Trouble} and len(words) <= pages.MOST_WORDS
        if not is_whole or not 0 < len(report_id) <= 64:
            speaker = pages.Speaker(language_of(request))
            wrong = speaker.say("wrong", most=pages.MOST_WORDS)
            return _form(request, token, db, wrong=wrong, chosen=chosen, typed=words)
        try:
            db.run(
                lambda tx: actions.report(
                    tx, token, report_id, Trouble(chosen), words, now=clock.now(tx)
                )
            )
        except TooManyReports as refusal:
            wrong = refusal.sentence(language_of(request))
            return _form(request, token, db, wrong=wrong, chosen=chosen, typed=words)
        return order_page(request, token, db, note="reported")

    return answered(request, do)


def _form(request: Asked, token: str, db: Database, **filled: str) -> str:
    return pages.report(
        told_now(db, token)[0],
        language=language_of(request),
        here=here_of(token),
        report_id=uuid7(int(clock.wall().timestamp() * 1000)),
        **filled,
    )


async def form_of(request: Asked, longest: Mapping[str, int], otherwise: int) -> dict[str, str]:
    """The fields of a posted form, each cut to how long it may be."""
    body = (await request.body())[:LARGEST_FORM]
    return fields(body, longest, otherwise)


def fields(body: bytes, longest: Mapping[str, int], otherwise: int) -> dict[str, str]:
    """The fields of a form as it was posted, each cut to how long it may be."""
    return {
        name: values[0].strip()[: longest.get(name, otherwise)]
        for name, values in parse_qs(body.decode(errors="replace")).items()
    }


def order_page(request: Asked, token: str, db: Database, *, note: str = "") -> str:
    told, now = told_now(db, token)
    elsewhere = [one.order for one in told.elsewhere]
    others = db.run(lambda tx: actions.links_from_another(tx, elsewhere)) if elsewhere else {}
    return pages.order(
        told,
        language=language_of(request),
        here=here_of(token),
        others={order: here_of(other) for order, other in others.items()},
        now=now,
        note=note,
    )


def told_now(db: Database, token: str) -> tuple[Telling, datetime]:
    """What the customer is told, and as of when."""
    with db.transaction() as tx:
        tx.execute("set transaction read only")
        now = clock.now(tx)
        return actions.tell(tx, token, now=now), now


def answered(request: Asked, ask: Callable[[], str]) -> Response[str]:
    """The page, or a page that says why there is none: never a problem document."""
    try:
        content, status = ask(), 200
    except LinkUnknown:
        content, status = pages.sorry("none_there", language=language_of(request)), 404
    except Refusal as refusal:
        content, status = pages.sorry("away", language=language_of(request)), STATUS[refusal.kind]
    return Response(
        content, status_code=status, media_type=MediaType.HTML, headers=dict(pages.HEADERS)
    )


def language_of(request: Asked) -> str:
    asked = request.query_params.get("language")
    return asked if asked in pages.OTHER else problems.language(request)


def here_of(token: str) -> str:
    return f"/t/{token}"


routes = [get_link, put_link_renewal, get_reports, get_report, put_report_settlement]
outside_routes = [
    *(get_order_page, get_cancel_page, post_cancel_page, get_wait_page, post_wait_page),
    *(get_report_page, post_report_page),
]
