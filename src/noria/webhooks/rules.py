"""Decisions about deliveries: who is told, how it is signed, what an answer means, what next."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from standardwebhooks import Webhook as Signer

from noria.kit.event import Happened, Wanted, matches
from noria.webhooks.event_types import EVENT_TYPES
from noria.webhooks.model import Outcome, UnknownEventType, Verdict, Vitals, Webhook

WAITS = tuple(
    timedelta(**wait)
    for wait in (
        {"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5},
        {"hours": 10}, {"hours": 14}, {"hours": 20}, {"hours": 24},
    )
)  # fmt: skip
"""Between the ten attempts; the example of Standard Webhooks, 75 h 35 min 5 s in all."""

JITTER = 0.1
REPORTED_AFTER = timedelta(hours=1)
GONE = 410


def check_types(patterns: Iterable[str]) -> None:
    """Refuse patterns that no event will ever match: most often they are misspelt."""
    unknown = [
        pattern for pattern in patterns if not any(matches(pattern, known) for known in EVENT_TYPES)
    ]
    if unknown:
        raise UnknownEventType(patterns=", ".join(unknown))


def wants(webhook: Webhook, event: Happened) -> bool:
    """Whether an endpoint is told of an event. Nobody is told of their own troubles."""
    is_about_itself = event.type.startswith("webhook.") and event.subject == webhook.id
    wanted = Wanted(types=webhook.event_types, nodes=webhook.nodes)
    return (
        webhook.is_active
        and event.seq > webhook.since
        and not is_about_itself
        and wanted.has(event)
    )


def next_attempt(attempts: int, seed: str) -> timedelta | None:
    """How long to wait after so many failed attempts; None: that was the last one.

    Give or take a tenth, by `seed`: what failed together is not tried again together.
    """
    assert attempts > 0
    if attempts > len(WAITS):
        return None
    digest = hashlib.blake2b(f"{seed} {attempts}".encode(), digest_size=8).digest()
    chance = int.from_bytes(digest) / 2**64
    return WAITS[attempts - 1] * (1 + JITTER * (2 * chance - 1))


def judge(outcome: Outcome) -> Verdict:
    """2xx is told; 410 asks us never to come back; all else, redirects too, is tried again."""
    if outcome.status is not None and 200 <= outcome.status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if outcome.status == GONE else Verdict.FAILED


def vitals_after(vitals: Vitals, verdict: Verdict, now: datetime) -> tuple[Vitals, str | None]:
    """The health of an endpoint after an attempt, and the event that a person must hear of."""
    if verdict is Verdict.DELIVERED:
        return Vitals(), None if vitals.reported_at is None else "webhook.recovered"
    since = vitals.failing_since or now
    is_due = vitals.reported_at is None and now - since >= REPORTED_AFTER
    after = Vitals(
        failures=vitals.failures + 1,
        failing_since=since,
        reported_at=now if is_due else vitals.reported_at,
    )
    return after, "webhook.failing" if is_due else None


def envelope(event: Happened, *, source: str) -> bytes:
    """The event as CloudEvents 1.0 in JSON; `node` is our one extension attribute."""
    attributes = {
        "specversion": "1.0",
        "id": str(event.seq),
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": event.at,
        "datacontenttype": "application/json",
    }
    node = {} if event.node is None else {"node": event.node}
    return msgspec.json.encode(attributes | node | {"data": event.data})


def headers(
    delivery_id: str, body: bytes, *, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """What Standard Webhooks 1.0 asks for: id, time, and one signature for each secret."""
    text = body.decode()
    return {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Signer(secret).sign(delivery_id, now, text) for secret in secrets
        ),
    }
