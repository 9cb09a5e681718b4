"""The SQL of webhooks that writes. Whoever changes which delivery is first locks the health row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from noria.kit.db import Connection, rows
from noria.kit.event import Happened
from noria.webhooks.model import (
    DeliveryStatus,
    Outcome,
    Parcel,
    Vitals,
    WebhookWish,
)


def upsert(tx: Connection, webhook_id: str, wish: WebhookWish, *, since: int, version: int) -> bool:
    """Write an endpoint whose version is `version` (0: there is none yet); False if it is another.

    Being switched on again clears the reason for which we stopped.
    """
    written = tx.execute(
        """
        insert into webhook (id, url, event_types, nodes, description, is_active, since)
        select %(id)s, %(url)s, %(types)s, %(nodes)s, %(description)s, %(is_active)s, %(since)s
        on conflict (id) do update
        set url = excluded.url, event_types = excluded.event_types, nodes = excluded.nodes,
            description = excluded.description, is_active = excluded.is_active,
            stop_reason = case when excluded.is_active then '' else webhook.stop_reason end,
            version = webhook.version + 1, changed_at = now()
        where webhook.version = %(version)s
        returning version
        """,
        {
            "id": webhook_id,
            "url": wish.url,
            "types": list(wish.event_types),
            "nodes": None if wish.nodes is None else list(wish.nodes),
            "description": wish.description,
            "is_active": wish.is_active,
            "since": since,
            "version": version,
        },
    ).fetchone()
    if written is not None:
        tx.execute(
            "insert into webhook_health (webhook) values (%s) on conflict do nothing", [webhook_id]
        )
    return written is not None and written[0] == version + 1


def delete(tx: Connection, webhook_id: str) -> None:
    tx.execute("delete from webhook where id = %s", [webhook_id])


def stop(tx: Connection, webhook_id: str, reason: str) -> None:
    tx.execute(
        """
        update webhook
        set is_active = false, stop_reason = %s, version = version + 1, changed_at = now()
        where id = %s and is_active
        """,
        [reason, webhook_id],
    )


def add_secret(
    tx: Connection, webhook_id: str, secret: str, *, now: datetime, previous_ends_at: datetime
) -> datetime | None:
    """Make `secret` the one of today; the one before goes on until then, older ones go.

    Return when the one before ends, or None if there is none.
    """
    tx.execute(
        "delete from webhook_secret where webhook = %s and ends_at is not null", [webhook_id]
    )
    if previous_ends_at > now:
        old = tx.execute(
            "update webhook_secret set ends_at = %s where webhook = %s",
            [previous_ends_at, webhook_id],
        ).rowcount
    else:
        tx.execute("delete from webhook_secret where webhook = %s", [webhook_id])
        old = 0
    tx.execute(
        "insert into webhook_secret (webhook, secret, made_at) values (%s, %s, %s)",
        [webhook_id, secret, now],
    )
    return previous_ends_at if old else None


def secrets(tx: Connection, webhook_ids: Sequence[str], *, now: datetime) -> dict[str, list[str]]:
    """The secrets that sign today, newest first, by endpoint."""
    found: dict[str, list[str]] = {}
    for webhook_id, secret in tx.execute(
        """
        select webhook, secret
        from webhook_secret
        where webhook = any(%s) and (ends_at is null or ends_at > %s)
        order by webhook, ends_at desc nulls first, secret
        """,
        [list(webhook_ids), now],
    ):
        found.setdefault(webhook_id, []).append(secret)
    return found


def lock_cursor(tx: Connection) -> int | None:
    """Up to where events have become deliveries; None if another process is at it."""
    found = tx.execute("select seq from webhook_cursor for update skip locked").fetchone()
    return None if found is None else int(found[0])


def move_cursor(tx: Connection, seq: int) -> None:
    tx.execute("update webhook_cursor set seq = %s", [seq])


def lock(tx: Connection, webhook_ids: Sequence[str]) -> None:
    """Hold back whoever else would change which deliveries of these endpoints are first."""
    tx.execute(
        "select from webhook_health where webhook = any(%s) order by webhook for update",
        [list(webhook_ids)],
    )


def insert_deliveries(tx: Connection, pairs: Sequence[tuple[str, Happened]]) -> None:
    """Line up events for their endpoints, each behind the earlier ones of its subject."""
    tx.execute(
        """
        insert into webhook_delivery (webhook, event, subject, is_first)
        select webhook, event, subject,
            row_number() over (partition by webhook, subject order by event) = 1
                and not exists (
                    select from webhook_delivery as earlier
                    where earlier.webhook = given.webhook and earlier.subject = given.subject
                        and earlier.status = 'waiting'
                )
        from unnest(%s::text[], %s::bigint[], %s::text[]) as given (webhook, event, subject)
        on conflict (webhook, event) do nothing
        """,
        [
            [webhook for webhook, _ in pairs],
            [event.seq for _, event in pairs],
            [event.subject for _, event in pairs],
        ],
    )


def claim(
    tx: Connection, *, now: datetime, lease: timedelta, limit: int, lanes: int, weary_at: int
) -> list[Parcel]:
    """Take up to `limit` deliveries that are due, at most `lanes` at once for one endpoint.

    An endpoint that failed `weary_at` times in a row gets one lane, so that it cannot keep all
    senders waiting. A claim ends by itself after `lease`: a sender that was killed blocks nothing.
    """
    claimed = tx.execute(
        """
        with chosen as (
            select due.id
            from (
                select id, failures
                from webhook
                join webhook_health on webhook_health.webhook = webhook.id
                where is_active
                order by random()
            ) as endpoint
            cross join lateral (
                select delivery.id
                from webhook_delivery as delivery
                where delivery.webhook = endpoint.id and delivery.is_first
                    and delivery.next_at <= %(now)s
                    and (delivery.claimed_until is null or delivery.claimed_until <= %(now)s)
                order by delivery.next_at, delivery.event
                limit greatest(0,
                    case when endpoint.failures >= %(weary_at)s then 1 else %(lanes)s end - (
                        select count(*)
                        from webhook_delivery as busy
                        where busy.webhook = endpoint.id and busy.claimed_until > %(now)s
                    )
                )
                for update skip locked
            ) as due
            limit %(limit)s
        )
        update webhook_delivery as delivery
        set claimed_until = %(until)s
        from chosen, webhook, happening as event
        where delivery.id = chosen.id and webhook.id = delivery.webhook
            and event.seq = delivery.event
        returning delivery.id, webhook.id, webhook.url, delivery.attempts, delivery.claimed_until,
            event.seq, event.type, event.subject, event.node, event.data, event.at
        """,
        {
            "now": now,
            "until": now + lease,
            "limit": limit,
            "lanes": lanes,
            "weary_at": weary_at,
        },
    ).fetchall()
    signing = secrets(tx, [entry[1] for entry in claimed], now=now)
    ordered = sorted(claimed, key=lambda entry: entry[5])
    return [_parcel(entry, signing.get(entry[1], [])) for entry in ordered]


def _parcel(entry: tuple[Any, ...], signing: Sequence[str]) -> Parcel:
    delivery_id, webhook_id, url, attempts, claimed_until, *event = entry
    seq, type_, subject, node, data, at = event
    return Parcel(
        id=delivery_id,
        webhook=webhook_id,
        url=url,
        secrets=signing,
        attempts=attempts,
        claimed_until=claimed_until,
        event=Happened(seq=seq, type=type_, subject=subject, node=node, data=data, at=at),
    )


def settle(
    tx: Connection,
    parcel: Parcel,
    outcome: Outcome,
    *,
    status: DeliveryStatus,
    now: datetime,
    next_at: datetime,
) -> bool:
    """Write how an attempt went; False if the claim had ended, and somebody else has it now."""
    return (
        tx.execute(
            """
            update webhook_delivery
            set status = %(status)s::delivery_status,
                is_first = (%(status)s::delivery_status = 'waiting'), claimed_until = null,
                attempts = attempts + 1, next_at = %(next_at)s, last_at = %(now)s,
                last_status = %(code)s, last_error = %(error)s, last_answer = %(answer)s
            where id = %(id)s and claimed_until = %(claimed_until)s
            """,
            {
                "id": parcel.id,
                "claimed_until": parcel.claimed_until,
                "status": status.value,
                "now": now,
                "next_at": next_at,
                "code": outcome.status,
                "error": outcome.error,
                "answer": outcome.answer,
            },
        ).rowcount
        == 1
    )


def promote(tx: Connection, webhook_id: str, subjects: Sequence[str]) -> None:
    """Let the earliest waiting delivery of each subject be first, where none is."""
    tx.execute(
        """
        update webhook_delivery
        set is_first = true
        where webhook = %(webhook)s and status = 'waiting' and (subject, event) in (
            select subject, min(event)
            from webhook_delivery
            where webhook = %(webhook)s and status = 'waiting' and subject = any(%(subjects)s)
            group by subject
            having not bool_or(is_first)
        )
        """,
        {"webhook": webhook_id, "subjects": list(subjects)},
    )


def revive(
    tx: Connection, webhook_id: str, *, now: datetime, delivery_id: str | None = None
) -> list[str]:
    """Let dead deliveries wait again, with all their attempts; return their subjects.

    A single one may also have been delivered: it is then told a second time.
    """
    return [
        subject
        for (subject,) in tx.execute(
            """
            update webhook_delivery
            set status = 'waiting', attempts = 0, next_at = %(now)s
            where webhook = %(webhook)s and status <> 'waiting'
                and case when %(id)s::text is null then status = 'dead' else id = %(id)s end
            returning subject
            """,
            {"webhook": webhook_id, "now": now, "id": delivery_id},
        )
    ]


def vitals(tx: Connection, webhook_id: str) -> Vitals | None:
    """The health of an endpoint, locked; None if it was deleted meanwhile."""
    found = rows(
        tx,
        Vitals,
        """
        select failures, failing_since, reported_at
        from webhook_health
        where webhook = %s
        for update
        """,
        [webhook_id],
    )
    return found[0] if found else None


def save_vitals(
    tx: Connection, webhook_id: str, vitals: Vitals, *, succeeded_at: datetime | None
) -> None:
    tx.execute(
        """
        update webhook_health
        set failures = %s, failing_since = %s, reported_at = %s,
            succeeded_at = coalesce(%s, succeeded_at)
        where webhook = %s
        """,
        [vitals.failures, vitals.failing_since, vitals.reported_at, succeeded_at, webhook_id],
    )


def forget_delivered(tx: Connection, *, before: datetime, limit: int) -> int:
    """Drop some of the deliveries that went well before then; what failed goes with its event."""
    return tx.execute(
        """
        delete from webhook_delivery
        where id in (
            select id
            from webhook_delivery
            where status = 'delivered' and last_at < %s
            order by last_at
            limit %s
        )
        """,
        [before, limit],
    ).rowcount
