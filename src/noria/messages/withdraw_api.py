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
    fields,
    here_of,
    language_of,
    order_page,
    told_now,
)
from noria.messages.model import FormTooLong, NothingToWithdraw, WithdrawalBarred
from noria.messages.outbox_model import Medium
from noria.messages.senders import open_media

ID = re.compile(r"[A-Za-z0-9-]{1,40}")
UNITS = "units:"
MOST_DIGITS = 6
LARGEST_FORM = 400_000
"""One field for each SKU of an order: some 2,000 of the longest."""


@litestar.get("/{token:str}/withdraw", sync_to_thread=True, **PUBLIC)
def get_withdraw_page(request: Asked, token: str, state: State) -> Response[str]:
    """What would be sent back, and a button that confirms it."""
    return answered(request, lambda: _form(request, token, state))


@litestar.post("/{token:str}/withdraw", status_code=200, **PUBLIC)
async def post_withdraw_page(request: Asked, token: str, state: State) -> Response[str]:
    """They withdraw; the form's own id makes that sending it twice is one withdrawal."""
    return await sync_to_thread(_post, request, token, state, await request.body())


def _post(request: Asked, token: str, state: State, body: bytes) -> Response[str]:
    db: Database = state.db
    form = fields(body, {}, 40) if len(body) <= LARGEST_FORM else {}
    asked = {
        name.removeprefix(UNITS): int(value)
        for name, value in form.items()
        if name.startswith(UNITS) and value.isdecimal() and len(value) <= MOST_DIGITS
    }
    key = form.get("id", "")

    def work() -> str:
        if len(body) > LARGEST_FORM:
            wrong = FormTooLong().sentence(language_of(request))
            return _form(request, token, state, wrong=wrong)
        if not ID.fullmatch(key):
            return _form(request, token, state)
        try:
            db.run(lambda tx: actions.withdraw(tx, token, key, asked, now=clock.now(tx)))
        except (NothingToWithdraw, WithdrawalBarred) as refusal:
            return _form(request, token, state, wrong=refusal.sentence(language_of(request)))
        is_mailed = _is_mailed(token, state)
        note = "withdrawn_mailed" if is_mailed else "withdrawn_shown"
        return order_page(request, token, db, note=note)

    return answered(request, work)


def _is_mailed(token: str, state: State) -> bool:
    """Whether we can write to whoever has the order: an e-mail is set up, wanted, and known."""
    if Medium.EMAIL not in open_media(state.settings):
        return False
    db: Database = state.db
    return db.run(lambda tx: actions.is_mailed(tx, token))


def _form(request: Asked, token: str, state: State, *, wrong: str = "") -> str:
    return pages.withdraw(
        told_now(state.db, token)[0],
        language=language_of(request),
        here=here_of(token),
        withdrawal_id=uuid7(int(clock.wall().timestamp() * 1000)),
        is_mailed=_is_mailed(token, state),
        wrong=wrong,
    )


outside_routes = [get_withdraw_page, post_withdraw_page]
