"""The forms of a customer's page about collecting, and where it goes: posted without a script."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import litestar
from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from noria.collect.model import KeptLongEnough, NothingWaits, NoticeBody
from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.messages import page as pages
from noria.messages import pickup_actions as actions
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
from noria.messages.model import Home, Telling
from noria.messages.pickup_page import DAYS_LONGER
from noria.network.model import UnknownPostcode
from noria.orders.edit_model import TooLateToEdit

MOST_STORES = 6
MINUTES = {"0": 0, "15": 15, "30": 30, "60": 60}
LONGEST = {"street": 200, "postcode": 16, "town": 100, "name": 100, "vehicle": 40, "bay": 20,
           "store": 64}  # fmt: skip
Form = Mapping[str, str]
Do = Callable[[Connection, str, Form, datetime], str]


@litestar.get("/{token:str}/coming", sync_to_thread=True, **PUBLIC)
def get_coming_page(request: Asked, token: str, state: State) -> Response[str]:
    """A form for when they come."""
    return answered(request, lambda: _form(request, token, state.db, "coming"))


@litestar.post("/{token:str}/coming", status_code=200, **PUBLIC)
async def post_coming_page(request: Asked, token: str, state: State) -> Response[str]:
    """They come: whoever works in the store sees it."""
    return await _posted(request, token, state.db, "coming", _come)


@litestar.get("/{token:str}/extend", sync_to_thread=True, **PUBLIC)
def get_extend_page(request: Asked, token: str, state: State) -> Response[str]:
    """Until when it would be kept, and a button."""
    return answered(request, lambda: _form(request, token, state.db, "extend"))


@litestar.post("/{token:str}/extend", status_code=200, **PUBLIC)
async def post_extend_page(request: Asked, token: str, state: State) -> Response[str]:
    """It is kept longer, once."""
    return await _posted(request, token, state.db, "extend", _extend)


@litestar.get("/{token:str}/proxy", sync_to_thread=True, **PUBLIC)
def get_proxy_page(request: Asked, token: str, state: State) -> Response[str]:
    """A form for who else may collect it."""
    return answered(request, lambda: _form(request, token, state.db, "proxy"))


@litestar.post("/{token:str}/proxy", status_code=200, **PUBLIC)
async def post_proxy_page(request: Asked, token: str, state: State) -> Response[str]:
    """Somebody else may collect it; the last one who was named."""
    return await _posted(request, token, state.db, "proxy", _allow)


@litestar.get("/{token:str}/place", sync_to_thread=True, **PUBLIC)
def get_place_page(request: Asked, token: str, state: State) -> Response[str]:
    """Other stores near, and a form for an address."""
    return answered(request, lambda: _form(request, token, state.db, "place"))


@litestar.post("/{token:str}/place", status_code=200, **PUBLIC)
async def post_place_page(request: Asked, token: str, state: State) -> Response[str]:
    """It goes elsewhere, if that is still possible."""
    return await _posted(request, token, state.db, "place", _move)


async def _posted(request: Asked, token: str, db: Database, name: str, do: Do) -> Response[str]:
    form = await form_of(request, LONGEST, 20)
    return await sync_to_thread(_answer, request, token, db, name, do, form)


def _answer(
    request: Asked, token: str, db: Database, name: str, do: Do, form: Form
) -> Response[str]:
    def work() -> str:
        try:
            note = db.run(lambda tx: do(tx, token, form, clock.now(tx)))
        except UnknownPostcode:
            note = "place_unknown"
        except (NothingWaits, TooLateToEdit, KeptLongEnough):
            return order_page(request, token, db, note=_late(name))
        if note.endswith("_done"):
            return order_page(request, token, db, note=note)
        return _form(request, token, db, name, wrong=note, typed=form)

    return answered(request, work)


def _late(name: str) -> str:
    return "extend_no" if name == "extend" else "place_late"


def _come(tx: Connection, token: str, form: Form, now: datetime) -> str:
    minutes = MINUTES.get(form.get("in_minutes", ""))
    if minutes is None:
        return "coming_wrong"
    told = NoticeBody(in_minutes=minutes, vehicle=form.get("vehicle", ""), bay=form.get("bay", ""))
    actions.come(tx, token, told, now=now)
    return "coming_done"


def _extend(tx: Connection, token: str, _: Form, now: datetime) -> str:
    actions.keep_longer(tx, token, now=now)
    return "extended_done"


def _allow(tx: Connection, token: str, form: Form, now: datetime) -> str:
    name = form.get("name", "")
    if len(name.split()) < 2:
        return "proxy_wrong"
    actions.allow(tx, token, name, now=now)
    return "proxy_done"


def _move(tx: Connection, token: str, form: Form, now: datetime) -> str:
    name, street, postcode, town = (
        form.get(key, "") for key in ("name", "street", "postcode", "town")
    )
    store = form.get("store") or None
    if (store is None) is not bool(street):
        return "place_wrong"
    if store is None:
        if not (postcode and town):
            return "place_wrong"
        if actions.place(tx, token).needs_name and not name:
            return "place_nameless"
    home = None if store else Home(name=name, street=street, postcode=postcode, town=town)
    actions.move(tx, token, store=store, home=home, now=now)
    return "place_done"


def _form(
    request: Asked, token: str, db: Database, name: str, *, wrong: str = "",
    typed: Form | None = None,
) -> str:  # fmt: skip
    told, _ = told_now(db, token)
    language = language_of(request)
    pickup = told.pickup
    until = pickup.keep_until if pickup and not pickup.is_extended else None
    filled = _place(token, db, told, typed or {}) if name == "place" else {}
    return pages.asked(
        name,
        told,
        language=language,
        here=here_of(token),
        wrong=pages.Speaker(language).say(wrong) if wrong else "",
        until=until + timedelta(days=DAYS_LONGER) if until else None,
        **filled,
    )


def _place(token: str, db: Database, told: Telling, typed: Form) -> dict[str, Any]:
    """What the form of places shows: where it goes now, and where else it may go."""
    goes, stores = db.run(
        lambda tx: (actions.place(tx, token), actions.stores_near(tx, token, most=MOST_STORES))
    )
    blank = {"store": "", "name": "", "street": "", "postcode": "", "town": ""}
    if goes.is_home:
        blank |= {"postcode": goes.postcode, "town": goes.town}
    return {
        "stores": stores,
        "can_move": told.can_move,
        "can_readdress": told.can_readdress,
        "goes": goes,
        "is_paid": told.pickup is None or told.pickup.is_paid,
        "typed": {**blank, **typed},
    }


outside_routes = [
    *(get_coming_page, post_coming_page, get_extend_page, post_extend_page),
    *(get_proxy_page, post_proxy_page, get_place_page, post_place_page),
]
