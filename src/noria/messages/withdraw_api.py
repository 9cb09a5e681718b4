"""The form of a customer's page by which they withdraw from what they bought."""

import re

import litestar
from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.ids import uuid7
from noria.messages import page as pages
from noria.messages import withdraw_actions as actions
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
from noria.messages.model import NothingToWithdraw

ID = re.compile(r"[A-Za-z0-9-]{1,40}")
UNITS = "units:"
MOST_DIGITS = 6


@litestar.get("/{token:str}/withdraw", sync_to_thread=True, **PUBLIC)
def get_withdraw_page(request: Asked, token: str, state: State) -> Response[str]:
    """What would be sent back, and a button that confirms it."""
    return answered(request, lambda: _form(request, token, state.db))


@litestar.post("/{token:str}/withdraw", status_code=200, **PUBLIC)
async def post_withdraw_page(request: Asked, token: str, state: State) -> Response[str]:
    """They withdraw; the form's own id makes that sending it twice is one withdrawal."""
    form = await form_of(request, {}, 40)
    return await sync_to_thread(_post, request, token, state.db, form)


def _post(request: Asked, token: str, db: Database, form: dict[str, str]) -> Response[str]:
    asked = {
        name.removeprefix(UNITS): int(value)
        for name, value in form.items()
        if name.startswith(UNITS) and value.isdecimal() and len(value) <= MOST_DIGITS
    }
    key = form.get("id", "")

    def work() -> str:
        if not ID.fullmatch(key):
            return _form(request, token, db)
        try:
            db.run(lambda tx: actions.withdraw(tx, token, key, asked, now=clock.now(tx)))
        except NothingToWithdraw as refusal:
            return _form(request, token, db, wrong=refusal.sentence(language_of(request)))
        return order_page(request, token, db, note="withdrawn_now")

    return answered(request, work)


def _form(request: Asked, token: str, db: Database, *, wrong: str = "") -> str:
    return pages.withdraw(
        told_now(db, token)[0],
        language=language_of(request),
        here=here_of(token),
        withdrawal_id=uuid7(int(clock.wall().timestamp() * 1000)),
        wrong=wrong,
    )


outside_routes = [get_withdraw_page, post_withdraw_page]
