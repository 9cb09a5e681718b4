"""What is asked before somebody takes something: whose it is, and that it is paid."""

from datetime import datetime

from noria.collect import rules, store, views
from noria.collect.model import CodeMistyped, CodeTriedTooOften, HandOverBody, NotProven
from noria.collect.views import Held
from noria.kit.db import Connection
from noria.kit.errors import IdReused
from noria.orders import hold_views as payments
from noria.orders import release_actions as releases
from noria.orders.hold_model import PaymentBody
from noria.orders.model import Payment


def check_tries(tx: Connection, node: str, *, now: datetime) -> None:
    """Refuse to try one more code where too many were wrong.

    Raises:
        CodeTriedTooOften: they were.
    """
    tries = views.wrong_codes(tx, node, since=now - rules.TRIES_WITHIN)
    if tries >= rules.MOST_TRIES:
        minutes = int(rules.TRIES_WITHIN.total_seconds() // 60)
        raise CodeTriedTooOften(tries=tries, node=node, minutes=minutes)


def note_wrong(tx: Connection, told: HandOverBody, *, actor: str, now: datetime) -> None:
    """A hand-over was refused for its code, if it named one: that is a try like any other."""
    if told.code is not None and told.way in rules.BY_CODE:
        store.add_wrong_code(tx, told.node, actor=actor, now=now)


def is_proven(tx: Connection, told: HandOverBody, held: Held, *, is_fact: bool) -> bool:
    """Whether it was shown whose it is; only a fact may be without.

    Raises:
        CodeMistyped, NotProven: it was not.
    """
    try:
        proven = rules.is_proof(told, held.code, views.proxy(tx, told.order))
    except (CodeMistyped, NotProven):
        if is_fact:
            return False
        raise
    if not proven and not is_fact:
        raise NotProven(
            order=told.order,
            en="the code, or who came, is another",
            fr="le code ou la personne n'est pas la bonne",
        )
    return proven


def pay(
    tx: Connection, told: HandOverBody, *, at: datetime, is_fact: bool, actor: str, now: datetime
) -> None:
    """What is paid in the store is paid now, or not handed over; a fact that is not is seen so.

    Raises:
        NotPaidYet: it is not, and nobody says that it was paid at the till.
        PaidAlready, IdReused: it was paid before, or with this payment something else was.
    """
    is_paid = payments.payments(tx, [told.order])[told.order] is Payment.PAID
    if is_fact and (is_paid or told.payment is None):
        return
    if told.payment is None:
        releases.check_paid(tx, [told.order])
        return
    paid = PaymentBody(order=told.order, paid_at=at, reference=told.payment.reference)
    try:
        releases.pay(tx, told.payment.id, paid, actor=actor, now=now)
    except IdReused:
        if not is_fact:
            raise
