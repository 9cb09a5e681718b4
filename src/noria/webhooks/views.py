"""Questions about webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from noria.kit.db import Connection, row, rows
from noria.webhooks.model import Delivery, DeliveryStatus, Health, Webhook


def webhook(tx: Connection, webhook_id: str) -> Webhook | None:
    return row(tx, _webhook, "select * from webhook where id = %s", [webhook_id])


def webhooks(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Webhook]:
    """Endpoints by id, after `after`; with `nodes`, those that hear of no other node."""
    return rows(
        tx,
        _webhook,
        """
        select *
        from webhook
        where id > %(after)s and (%(nodes)s::text[] is null or nodes <@ %(nodes)s)
        order by id
        limit %(limit)s
        """,
        {"after": after, "nodes": None if nodes is None else list(nodes), "limit": limit},
    )


def active(tx: Connection) -> list[Webhook]:
    return rows(tx, _webhook, "select * from webhook where is_active order by id")


def health(tx: Connection, webhook_id: str) -> Health | None:
    return row(
        tx,
        Health,
        """
        select webhook, failures, failing_since, succeeded_at,
            (
                select count(*) from webhook_delivery
                where webhook = webhook_health.webhook and status = 'waiting'
            ) as waiting,
            (
                select count(*) from webhook_delivery
                where webhook = webhook_health.webhook and status = 'dead'
            ) as dead
        from webhook_health
        where webhook = %s
        """,
        [webhook_id],
    )


def deliveries(
    tx: Connection,
    webhook_id: str,
    *,
    status: DeliveryStatus | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries to an endpoint, newest event first, of events before `before`."""
    return rows(
        tx,
        _delivery,
        """
        select delivery.*, event.type
        from webhook_delivery as delivery
        join event on event.seq = delivery.event
        where delivery.webhook = %(webhook)s
            and (%(status)s::delivery_status is null or delivery.status = %(status)s)
            and (%(before)s::bigint is null or delivery.event < %(before)s)
        order by delivery.event desc
        limit %(limit)s
        """,
        {
            "webhook": webhook_id,
            "status": status and status.value,
            "before": before,
            "limit": limit,
        },
    )


def delivery(tx: Connection, webhook_id: str, delivery_id: str) -> Delivery | None:
    return row(
        tx,
        _delivery,
        """
        select delivery.*, event.type
        from webhook_delivery as delivery
        join event on event.seq = delivery.event
        where delivery.webhook = %s and delivery.id = %s
        """,
        [webhook_id, delivery_id],
    )


def failing(tx: Connection) -> list[tuple[str, str, datetime, int]]:
    """Endpoints that a person must look at: id, url, failing since, failures in a row."""
    return tx.execute(
        """
        select webhook.id, webhook.url, failing_since, failures
        from webhook
        join webhook_health on webhook_health.webhook = webhook.id
        where is_active and reported_at is not null
        order by failing_since, webhook.id
        """
    ).fetchall()


def backlog(tx: Connection) -> int:
    """How many events have not become deliveries yet."""
    found = tx.execute("select greatest(0, event_horizon() - seq) from webhook_cursor").fetchone()
    return int(found[0]) if found else 0


def _webhook(**columns: Any) -> Webhook:
    return msgspec.convert(columns, Webhook)


def _delivery(**columns: Any) -> Delivery:
    return msgspec.convert(columns, Delivery)
