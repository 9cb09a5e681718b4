"""What messages forget of a customer: their own words, how they want to hear, and their link."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.messages import store

PUT_SETTLEMENT = "PUT /v1/reports/{report_id}/settlement"
PUT_RESULT = "PUT /v1/message-results/{message_id}"


def erase(tx: Connection, orders: Sequence[str], *, actor: str, now: datetime) -> None:
    """Empty what customers of these orders reported; their links show nothing more.

    Messages themselves keep neither addresses nor texts, but what was heard of them may name
    somebody.
    """
    reports = store.erase(tx, orders)
    idempotency.release(tx, PUT_SETTLEMENT, reports)
    idempotency.release_route(tx, PUT_RESULT)
    for order in orders:
        store.renew(tx, order, actor=actor, now=now)
