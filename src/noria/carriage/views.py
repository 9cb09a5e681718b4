"""Questions about accounts, labels, documents, pickups, manifests and calls to carriers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from noria.carriage.model import (
    Account,
    Call,
    CallKind,
    CustomsGood,
    Health,
    Label,
    Manifest,
    Paper,
    Pickup,
)
from noria.kit.db import Connection, row, rows


def account(tx: Connection, code: str) -> tuple[Account, int] | None:
    """An account and its version."""
    found = tx.execute(
        "select plan::text, version from carrier_account where code = %s", [code]
    ).fetchone()
    return None if found is None else (_plan(found[0]), found[1])


def accounts(tx: Connection, *, after: str = "", limit: int = 1000) -> list[Account]:
    """Accounts in key order beyond `after`."""
    found = tx.execute(
        "select plan::text from carrier_account where code > %s order by code limit %s",
        [after, limit],
    )
    return [_plan(plan) for (plan,) in found]


def health(tx: Connection) -> dict[str, Health]:
    """How accounts do, by code; those that were never called are left out."""
    found = tx.execute("select account, failures, closed_until from carrier_health")
    return {
        account: Health(failures=failures, closed_until=until) for account, failures, until in found
    }


def labels(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    legs: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 1000,
) -> list[Label]:
    """Labels, the newest first."""
    at, key = after or (None, None)
    return rows(
        tx,
        _label,
        """
        select id, leg_id as leg, box, order_id as "order", node, account, service, state,
            state_since, packed, number, cents, choice, detail, asked_at, actor
        from label
        where (%(ids)s::text[] is null or id = any(%(ids)s))
            and (%(legs)s::text[] is null or leg_id = any(%(legs)s))
            and (%(states)s::text[] is null or state = any(%(states)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(key)s::text))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        {
            "ids": None if ids is None else list(ids),
            "legs": None if legs is None else list(legs),
            "states": None if states is None else list(states),
            "nodes": None if nodes is None else list(nodes),
            "at": at,
            "key": key,
            "limit": limit,
        },
    )


def live_label(tx: Connection, leg: str, box: int) -> str | None:
    """The label that a box has, unless it was declined or cancelled."""
    found = tx.execute(
        """
        select id
        from label
        where leg_id = %s and box = %s and state not in ('declined', 'cancelled')
        """,
        [leg, box],
    ).fetchone()
    return None if found is None else str(found[0])


def call_of(tx: Connection, subject: str, kinds: Sequence[CallKind]) -> Call | None:
    """The latest call for a subject of one of these kinds."""
    return row(
        tx,
        _call,
        """
        select id, kind, subject, account, reference, state, maybe_sent, attempts, looks, detail
        from carrier_call
        where subject = %s and kind = any(%s)
        order by reference desc
        limit 1
        """,
        [subject, [kind.value for kind in kinds]],
    )


def is_under_way(tx: Connection, call_id: str) -> bool:
    """Whether somebody may be at the telephone with this call, or nobody knows how it ended."""
    found = tx.execute("select maybe_sent from carrier_call where id = %s", [call_id]).fetchone()
    return bool(found and found[0])


def due(tx: Connection, *, now: datetime) -> list[str | None]:
    """Accounts that have calls to make; None stands for labels whose carrier is to be chosen."""
    found = tx.execute(
        """
        select distinct account
        from carrier_call
        where state = 'waiting' and next_at <= %(now)s
            and (claimed_until is null or claimed_until <= %(now)s)
        order by account nulls first
        """,
        {"now": now},
    )
    return [account for (account,) in found]


def papers(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    leg: str | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 1000,
) -> list[Paper]:
    """Documents without their content, the newest first."""
    at, key = after or (None, None)
    return rows(
        tx,
        _paper,
        """
        select id, kind, format, language, node, legs, state, detail, asked_at, actor
        from document
        where (%(ids)s::text[] is null or id = any(%(ids)s))
            and (%(leg)s::text is null or legs @> array[%(leg)s::text])
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(key)s::text))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        {
            "ids": None if ids is None else list(ids),
            "leg": leg,
            "nodes": None if nodes is None else list(nodes),
            "at": at,
            "key": key,
            "limit": limit,
        },
    )


def content(tx: Connection, key: str) -> bytes | None:
    """The bytes of a document that was made."""
    found = tx.execute("select content from document where id = %s", [key]).fetchone()
    return None if found is None or found[0] is None else bytes(found[0])


def pickups(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 1000,
) -> list[Pickup]:
    """Pickups, the newest first."""
    at, key = after or (None, None)
    return rows(
        tx,
        _pickup,
        """
        select id, account, node, day, ready_from, ready_until, boxes, weight_g, state, number,
            detail, asked_at, actor
        from pickup
        where (%(ids)s::text[] is null or id = any(%(ids)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(key)s::text))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        _paged(ids, nodes, at, key, limit),
    )


def manifests(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 1000,
) -> list[Manifest]:
    """Manifests, the newest first."""
    at, key = after or (None, None)
    return rows(
        tx,
        _manifest,
        """
        select id, account, node, state, document, detail, asked_at, actor,
            (select count(*) from manifest_label where manifest = manifest.id) as labels
        from manifest
        where (%(ids)s::text[] is null or id = any(%(ids)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(key)s::text))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        _paged(ids, nodes, at, key, limit),
    )


def manifest_of(tx: Connection, document: str) -> Manifest | None:
    """The manifest that a document is."""
    found = tx.execute("select id from manifest where document = %s", [document]).fetchone()
    return manifests(tx, ids=[found[0]])[0] if found else None


def listed(tx: Connection, manifest_id: str) -> list[Label]:
    """The labels on a manifest, in key order."""
    found = tx.execute(
        "select label from manifest_label where manifest = %s order by label", [manifest_id]
    ).fetchall()
    known = labels(tx, ids=[key for (key,) in found], limit=len(found))
    return sorted(known, key=lambda one: one.id)


def to_link(tx: Connection, *, limit: int) -> list[tuple[str, str, str, str, str]]:
    """Labels whose box has left meanwhile, as (label, account, shipment, SSCC, number).

    A box is known by its SSCC; one that was labelled without is the one at its place in the row.
    """
    found = tx.execute(
        """
        select label.id, label.account, parcel.shipment_id, parcel.sscc, label.number
        from label
        join shipment on shipment.leg_id = label.leg_id
        join lateral (
            select sscc, shipment_id, row_number() over (order by sscc) as place
            from parcel
            where parcel.shipment_id = shipment.id
        ) as parcel on coalesce(
            parcel.sscc = label.packed ->> 'sscc', parcel.place = label.box
        )
        where label.state = 'bought' and not label.is_linked
        order by label.id
        limit %s
        """,
        [limit],
    )
    return found.fetchall()


def to_poll(
    tx: Connection, accounts: Sequence[str], *, before: datetime, limit: int
) -> list[tuple[str, str, str]]:
    """Boxes under way that were not asked about since then, as (label, account, number)."""
    found = tx.execute(
        """
        select label.id, label.account, label.number
        from label
        join shipment on shipment.leg_id = label.leg_id
        where label.state = 'bought' and account = any(%(accounts)s)
            and (polled_at is null or polled_at < %(before)s)
            and not exists (
                select from parcel_progress
                where parcel_progress.number = label.number
                    and progress in ('delivered', 'returned', 'lost')
            )
            and not exists (select from delivery where delivery.shipment_id = shipment.id)
        order by polled_at nulls first, label.id
        limit %(limit)s
        """,
        {"accounts": list(accounts), "before": before, "limit": limit},
    )
    return found.fetchall()


def goods(tx: Connection, skus: Sequence[str]) -> dict[str, CustomsGood]:
    """What customs are told of these SKUs; those that nobody described are left out."""
    found = rows(
        tx,
        CustomsGood,
        "select sku, hs_code, origin, description from customs_good where sku = any(%s)",
        [list(skus)],
    )
    return {one.sku: one for one in found}


def goods_page(
    tx: Connection, *, sku: str | None = None, after: str, limit: int
) -> list[CustomsGood]:
    """Customs data in key order beyond `after`, or that of one SKU."""
    return rows(
        tx,
        CustomsGood,
        """
        select sku, hs_code, origin, description
        from customs_good
        where sku > %s and sku = coalesce(%s::text, sku)
        order by sku
        limit %s
        """,
        [after, sku, limit],
    )


def _paged(
    ids: Sequence[str] | None, nodes: Sequence[str] | None, at: Any, key: Any, limit: int
) -> dict[str, Any]:
    return {
        "ids": None if ids is None else list(ids),
        "nodes": None if nodes is None else list(nodes),
        "at": at,
        "key": key,
        "limit": limit,
    }


def _plan(text: str) -> Account:
    return msgspec.json.decode(text, type=Account)


def _label(**columns: Any) -> Label:
    return msgspec.convert(columns, Label)


def _call(**columns: Any) -> Call:
    return msgspec.convert(columns, Call)


def _paper(**columns: Any) -> Paper:
    return msgspec.convert(columns, Paper)


def _pickup(**columns: Any) -> Pickup:
    return msgspec.convert(columns, Pickup)


def _manifest(**columns: Any) -> Manifest:
    return msgspec.convert(columns, Manifest)
