"""Verbs that forget why somebody sent goods back, in their words."""

from collections.abc import Sequence

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.returns import erasure_store

SCOPES = (
    "PUT /v1/returns/{return_id}",
    "PUT /v1/returns/{return_id}/reception",
    "PUT /v1/returns/{return_id}/inspection",
    "PUT /v1/returns/{return_id}/calling-off",
)


def erase(tx: Connection, orders: Sequence[str]) -> None:
    """Empty the reasons of these orders' returns, and the answers that repeat them."""
    returned = erasure_store.erase(tx, orders)
    for scope in SCOPES:
        idempotency.release(tx, scope, returned)
