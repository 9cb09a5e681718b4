"""Verbs of webhooks: set endpoints up, line deliveries up, send them, learn from the answers."""

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from noria.kit import egress, events, trail
from noria.kit.db import Connection
from noria.kit.egress import TargetRefused, Unreachable
from noria.kit.errors import NotFound, Stale
from noria.kit.events import Event, EventsForgotten
from noria.webhooks import rules, store, views
from noria.webhooks.model import (
    Delivery,
    DeliveryStatus,
    Made,
    NotDead,
    Outcome,
    Parcel,
    Secret,
    Verdict,
    Vitals,
    Webhook,
    WebhookWish,
)

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""

FANNED_OUT_AT_ONCE = 1000
LEASE = timedelta(seconds=60)
LANES = 4
WEARY_AT = 5
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 20_000


def save(
    tx: Connection,
    webhook_id: str,
    wish: WebhookWish,
    *,
    reach: egress.Rules,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion = lambda _: None,
) -> Made:
    """Create an endpoint, with its first secret, or change it. `now` is machine time.

    Raises:
        TargetRefused: its address is not one that we send to.
        UnknownEventType: no event will ever match one of its patterns.
        Stale: somebody else changed it at this moment.
    """
    egress.read(wish.url, reach)
    rules.check_types(wish.event_types)
    before = views.webhook(tx, webhook_id)
    version = 0 if before is None else before.version
    check(None if before is None else before.version)
    if not store.upsert(tx, webhook_id, wish, since=events.horizon(tx), version=version):
        raise Stale(believed=version, current="another")
    after = known(tx, webhook_id)
    _record(tx, "webhook.changed", before, after, actor=actor, request_id=request_id)
    if before is not None:
        return Made(webhook=after)
    secret = _new_secret()
    store.add_secret(tx, webhook_id, secret, now=now, previous_ends_at=now)
    return Made(webhook=after, secret=secret)


def remove(tx: Connection, webhook_id: str, *, actor: str, request_id: str = "") -> None:
    """Forget an endpoint, and all that was sent to it."""
    before = known(tx, webhook_id)
    store.delete(tx, webhook_id)
    _record(tx, "webhook.removed", before, None, actor=actor, request_id=request_id)


def rotate(
    tx: Connection,
    webhook_id: str,
    overlap: timedelta,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
) -> Secret:
    """Give an endpoint a new secret; the one of today signs beside it for `overlap`."""
    webhook = known(tx, webhook_id)
    store.lock(tx, [webhook_id])
    secret = _new_secret()
    ends_at = store.add_secret(tx, webhook_id, secret, now=now, previous_ends_at=now + overlap)
    _record(tx, "webhook.secret.rotated", webhook, webhook, actor=actor, request_id=request_id)
    return Secret(secret=secret, previous_ends_at=ends_at)


def replay(tx: Connection, webhook_id: str, delivery_id: str, *, now: datetime) -> Delivery:
    """Send a delivery that has ended again, under the same id; later ones do not wait for it.

    Raises:
        NotFound: there is no such delivery.
        NotDead: it waits anyway.
    """
    delivery = views.delivery(tx, webhook_id, delivery_id)
    if delivery is None:
        raise NotFound(what="delivery", id=delivery_id)
    store.lock(tx, [webhook_id])
    subjects = store.revive(tx, webhook_id, now=now, delivery_id=delivery_id)
    if not subjects:
        raise NotDead(id=delivery_id)
    store.promote(tx, webhook_id, subjects)
    after = views.delivery(tx, webhook_id, delivery_id)
    assert after is not None
    return after


def replay_dead(tx: Connection, webhook_id: str, *, now: datetime) -> int:
    """Send all dead deliveries of an endpoint again; return how many."""
    known(tx, webhook_id)
    store.lock(tx, [webhook_id])
    subjects = store.revive(tx, webhook_id, now=now)
    store.promote(tx, webhook_id, sorted(set(subjects)))
    return len(subjects)


def known(tx: Connection, webhook_id: str) -> Webhook:
    """An endpoint.

    Raises:
        NotFound: there is none of that id.
    """
    found = views.webhook(tx, webhook_id)
    if found is None:
        raise NotFound(what="webhook", id=webhook_id)
    return found


def fan_out(tx: Connection) -> bool:
    """Line the next events up for each endpoint that wants them; return whether more follow."""
    cursor = store.lock_cursor(tx)
    if cursor is None:
        return False
    endpoints = views.active(tx)
    if not endpoints:
        store.move_cursor(tx, max(cursor, events.horizon(tx)))
        return False
    try:
        found = events.after(tx, cursor, limit=FANNED_OUT_AT_ONCE)
    except EventsForgotten as refusal:
        store.move_cursor(tx, int(refusal.details["forgotten"]))
        return True
    pairs = [
        (webhook.id, event)
        for event in found.events
        for webhook in endpoints
        if rules.wants(webhook, event)
    ]
    if pairs:
        store.lock(tx, sorted({webhook for webhook, _ in pairs}))
        store.insert_deliveries(tx, pairs)
    store.move_cursor(tx, found.cursor)
    return len(found.events) == FANNED_OUT_AT_ONCE


def claim(tx: Connection, *, now: datetime, limit: int) -> list[Parcel]:
    """Take deliveries that are due, to be sent and settled before the claim ends."""
    return store.claim(tx, now=now, lease=LEASE, limit=limit, lanes=LANES, weary_at=WEARY_AT)


async def send(parcel: Parcel, *, source: str, reach: egress.Rules, now: datetime) -> Outcome:
    """One attempt. Whatever goes wrong out there is an outcome, not an exception."""
    if not parcel.secrets:
        return Outcome(error="the endpoint has no secret to sign with")
    body = rules.envelope(parcel.event, source=source)
    headers = rules.headers(parcel.id, body, secrets=parcel.secrets, now=now)
    try:
        answer = await egress.post(parcel.url, body, headers, reach)
    except TargetRefused as refusal:
        return Outcome(error=refusal.sentence("en"))
    except Unreachable as problem:
        return Outcome(error=str(problem))
    return Outcome(status=answer.status, answer=answer.body)


def settle(tx: Connection, parcel: Parcel, outcome: Outcome, *, now: datetime) -> None:
    """Write how an attempt went, decide what follows, and let the next of the subject go.

    A claim that has ended by now is left to whoever has it; an endpoint that was removed, to rest.
    """
    vitals = store.vitals(tx, parcel.webhook)
    if vitals is None:
        return
    verdict = rules.judge(outcome)
    wait = rules.next_attempt(parcel.attempts + 1, parcel.id)
    if verdict is Verdict.DELIVERED:
        status = DeliveryStatus.DELIVERED
    elif verdict is Verdict.GONE or wait is None:
        status = DeliveryStatus.DEAD
    else:
        status = DeliveryStatus.WAITING
    next_at = now + (wait or timedelta())
    if not store.settle(tx, parcel, outcome, status=status, now=now, next_at=next_at):
        return
    if status is not DeliveryStatus.WAITING:
        store.promote(tx, parcel.webhook, [parcel.event.subject])
    _learn(tx, parcel, vitals, verdict, now)


def forget_old(tx: Connection, *, now: datetime) -> int:
    """Drop a slice of the deliveries that went well long ago; call again until it answers 0."""
    return store.forget_delivered(tx, before=now - KEPT, limit=FORGOTTEN_AT_ONCE)


def _learn(tx: Connection, parcel: Parcel, vitals: Vitals, verdict: Verdict, now: datetime) -> None:
    """Keep the endpoint's health, and tell a person when it turns."""
    after, told = rules.vitals_after(vitals, verdict, now)
    store.save_vitals(
        tx, parcel.webhook, after, succeeded_at=now if verdict is Verdict.DELIVERED else None
    )
    if verdict is Verdict.GONE:
        store.stop(tx, parcel.webhook, "gone")
        told = "webhook.stopped"
    if told is not None:
        data = {"url": parcel.url, "failing_since": after.failing_since}
        events.publish(tx, [Event(type=told, subject=parcel.webhook, data=data)])


def _record(
    tx: Connection,
    action: str,
    before: Webhook | None,
    after: Webhook | None,
    *,
    actor: str,
    request_id: str,
) -> None:
    webhook = after or before
    assert webhook is not None
    trail.record(
        tx,
        actor=actor,
        action=action,
        subject=webhook.id,
        before=before,
        after=after,
        request_id=request_id or None,
    )


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
