"""The form of a customer's page by which another day is chosen: posted without any script."""

import re
from datetime import date, datetime

import litestar
from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from noria.carriage import day_actions as carriage
from noria.carriage.day_model import DayBody, DayFixed, DayNotOffered
from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.kit.errors import IdReused
from noria.kit.ids import uuid7
from noria.messages import page as pages
from noria.messages.actions import CUSTOMER, followed
from noria.messages.api import (
    PUBLIC,
    Asked,
    answered,
    form_of,
    here_of,
    language_of,
    order_page,
    told_now,
)

ID = re.compile(r"[A-Za-z0-9-]{1,40}")
PREFIX = "link."
"""Ids that pages make never meet those of people."""


@litestar.get("/{token:str}/day", sync_to_thread=True, **PUBLIC)
def get_day_page(request: Asked, token: str, state: State) -> Response[str]:
    """The days that can be chosen."""
    return answered(request, lambda: _form(request, token, state.db))


@litestar.post("/{token:str}/day", status_code=200, **PUBLIC)
async def post_day_page(request: Asked, token: str, state: State) -> Response[str]:
    """Another day is asked for; the form's own id makes that sending it twice asks once."""
    form = await form_of(request, {}, 40)
    return await sync_to_thread(
        _post, request, token, state.db, form.get("id", ""), form.get("day", "")
    )


def _post(request: Asked, token: str, db: Database, key: str, day: str) -> Response[str]:
    def work() -> str:
        chosen = _day(day)
        if chosen is None or not ID.fullmatch(key):
            return _form(request, token, db, wrong="day_wrong")
        try:
            db.run(lambda tx: _ask(tx, token, f"{PREFIX}{key}", chosen, clock.now(tx)))
        except DayNotOffered:
            return _form(request, token, db, wrong="day_wrong")
        except DayFixed:
            return order_page(request, token, db, note="day_late")
        return order_page(request, token, db, note="day_done")

    return answered(request, work)


def _ask(tx: Connection, token: str, key: str, day: date, now: datetime) -> None:
    """Ask once under this id, and for this order alone."""
    order = followed(tx, token)
    known = carriage.known(tx, key)
    if known is None:
        carriage.ask(tx, key, DayBody(order=order, day=day), actor=CUSTOMER, now=now)
    elif (known.order, known.day) != (order, day):
        raise IdReused(id=key)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form(request: Asked, token: str, db: Database, *, wrong: str = "") -> str:
    told, now = told_now(db, token)
    with db.transaction() as tx:
        offered = carriage.choice(tx, told.order, now=now)
    return pages.day(
        told,
        language=language_of(request),
        here=here_of(token),
        day_change_id=uuid7(int(clock.wall().timestamp() * 1000)),
        offered=offered,
        wrong=wrong,
    )


outside_routes = [get_day_page, post_day_page]
