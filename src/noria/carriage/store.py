"""Labels, calls to carriers, pickups, manifests, documents: the SQL that writes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from noria.carriage.call_rules import After
from noria.carriage.model import (
    Account,
    AskManifest,
    AskPickup,
    Call,
    CallKind,
    Choice,
    CustomsGood,
    Health,
    LabelState,
    Packed,
    PaperKind,
    PaperState,
)
from noria.carriage.port import Sheet
from noria.kit.db import Connection, rows
from noria.kit.errors import Stale

SUBJECTS = {
    CallKind.PICKUP: "update pickup set state = %s, detail = %s where id = %s",
    CallKind.MANIFEST: "update manifest set state = %s, detail = %s where id = %s",
}


def upsert_account(tx: Connection, account: Account, believed: int, *, now: datetime) -> None:
    """Write an account whose version is still the believed one (0: absent)."""
    written = tx.execute(
        """
        insert into carrier_account (code, plan, version, changed_at)
        values (%s, %s, %s + 1, %s)
        on conflict (code) do update
        set plan = excluded.plan, version = excluded.version, changed_at = excluded.changed_at
        where carrier_account.version = excluded.version - 1
        """,
        [account.code, _json(account), believed, now],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def upsert_goods(tx: Connection, goods: Sequence[CustomsGood]) -> None:
    tx.execute(
        """
        insert into customs_good (sku, hs_code, origin, description)
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[])
        on conflict (sku) do update
        set hs_code = excluded.hs_code, origin = excluded.origin,
            description = excluded.description
        """,
        [
            [one.sku for one in goods],
            [one.hs_code for one in goods],
            [one.origin for one in goods],
            [one.description for one in goods],
        ],
    )


def insert_labels(tx: Connection, labels: Sequence[dict[str, Any]]) -> set[str]:
    """Write labels that were asked for; the ids of those whose box has no other live one."""
    found: set[str] = set()
    for label in labels:
        written = tx.execute(
            """
            insert into label (id, leg_id, box, order_id, node, account, service, state,
                state_since, packed, asked_at, actor)
            values (%(id)s, %(leg)s, %(box)s, %(order)s, %(node)s, %(account)s, %(service)s,
                'asked', %(now)s, %(packed)s, %(now)s, %(actor)s)
            on conflict do nothing
            """,
            {**label, "packed": _json(label["packed"])},
        ).rowcount
        if written:
            found.add(label["id"])
    return found


def insert_calls(tx: Connection, calls: Iterable[tuple[str, CallKind, str, str | None]]) -> None:
    """Write intents, as (id, kind, subject, account); each gets a reference like no other.

    Four letters of chance keep installations apart that share a contract. One that was declined,
    or that nobody wanted any more, is wanted again.
    """
    given = list(calls)
    tx.execute(
        """
        insert into carrier_call (id, kind, subject, account, reference)
        select id, kind, subject, account,
            'N' || left(gen_random_uuid()::text, 4)
                || lpad(to_hex(nextval('carrier_reference')), 9, '0')
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[])
            with ordinality as given (id, kind, subject, account, position)
        order by position
        on conflict (id) do update
        set state = 'waiting', maybe_sent = false, attempts = 0, looks = 0, next_at = 'epoch',
            claimed_until = null, detail = ''
        where carrier_call.state in ('declined', 'dropped')
        """,
        [
            [key for key, _, _, _ in given],
            [kind.value for _, kind, _, _ in given],
            [subject for _, _, subject, _ in given],
            [account for _, _, _, account in given],
        ],
    )


def claim(
    tx: Connection, account: str | None, *, now: datetime, lease: timedelta, limit: int
) -> list[Call]:
    """Take calls that are due, as they were before; until the lease ends nobody else does.

    From here on each of them counts as perhaps sent, whatever becomes of this process.
    """
    return rows(
        tx,
        _call,
        """
        with due as (
            select *
            from carrier_call
            where account is not distinct from %(account)s and state = 'waiting'
                and next_at <= %(now)s and (claimed_until is null or claimed_until <= %(now)s)
            order by next_at, id
            limit %(limit)s
            for update skip locked
        ), claimed as (
            update carrier_call
            set claimed_until = %(until)s, maybe_sent = true
            from due
            where carrier_call.id = due.id
        )
        select id, kind, subject, account, reference, state, maybe_sent, attempts, looks, detail
        from due
        order by next_at, id
        """,
        {"account": account, "now": now, "until": now + lease, "limit": limit},
    )


def settle_call(
    tx: Connection, call_id: str, then: After, *, looked: bool, detail: str, now: datetime
) -> bool:
    """Write what became of a call; whether it was still open."""
    return bool(
        tx.execute(
            """
            update carrier_call
            set state = %(state)s, maybe_sent = %(maybe_sent)s, next_at = %(next_at)s,
                claimed_until = null, detail = %(detail)s,
                attempts = attempts + (not %(looked)s)::int, looks = looks + %(looked)s::int,
                called_at = case when %(looked)s then called_at else %(now)s end
            where id = %(id)s and state in ('waiting', 'stuck')
            """,
            {
                "id": call_id,
                "state": then.state.value,
                "maybe_sent": then.maybe_sent,
                "next_at": then.next_at,
                "looked": looked,
                "detail": detail,
                "now": now,
            },
        ).rowcount
    )


def reopen_call(tx: Connection, call_id: str) -> None:
    """Let a call that is known not to have been made be made, with all its tries."""
    tx.execute(
        """
        update carrier_call
        set state = 'waiting', maybe_sent = false, attempts = 0, looks = 0, next_at = 'epoch',
            claimed_until = null
        where id = %s
        """,
        [call_id],
    )


def end_call(tx: Connection, call_id: str, state: str) -> None:
    tx.execute(
        "update carrier_call set state = %s, claimed_until = null where id = %s", [state, call_id]
    )


def lock_call(tx: Connection, call_id: str) -> None:
    """One settles a call at a time."""
    tx.execute("select from carrier_call where id = %s for update", [call_id])


def lock_label(tx: Connection, label_id: str) -> None:
    tx.execute("select from label where id = %s for update", [label_id])


def save_health(tx: Connection, account: str, health: Health) -> None:
    tx.execute(
        """
        insert into carrier_health (account, failures, closed_until) values (%s, %s, %s)
        on conflict (account) do update
        set failures = excluded.failures, closed_until = excluded.closed_until
        """,
        [account, health.failures, health.closed_until],
    )


def save_choice(tx: Connection, label_id: str, account: str, chosen: str, choice: Choice) -> None:
    tx.execute(
        "update label set account = %s, service = %s, choice = %s where id = %s",
        [account, chosen, _json(choice), label_id],
    )


def set_label(
    tx: Connection,
    label_id: str,
    state: LabelState,
    *,
    now: datetime,
    detail: str = "",
    number: str | None = None,
    cents: int | None = None,
) -> None:
    """Write how far a label is; a number and a price once known stay."""
    tx.execute(
        """
        update label
        set state = %s, state_since = %s, detail = %s, number = coalesce(%s, number),
            cents = coalesce(%s, cents)
        where id = %s
        """,
        [state.value, now, detail, number, cents, label_id],
    )


def set_subject(tx: Connection, kind: CallKind, key: str, state: str, detail: str = "") -> None:
    """Write how far a pickup or a manifest is."""
    tx.execute(SUBJECTS[kind], [state, detail, key])


def insert_pickup(tx: Connection, wanted: AskPickup, *, actor: str, now: datetime) -> bool:
    """Write that a van is wanted; False: one comes already."""
    return bool(
        tx.execute(
            """
            insert into pickup (id, account, node, day, ready_from, ready_until, boxes, weight_g,
                state, asked_at, actor)
            values (%s, %s, %s, %s, %s, %s, %s, %s, 'asked', %s, %s)
            on conflict do nothing
            """,
            [
                wanted.id,
                wanted.account,
                wanted.node,
                wanted.day,
                wanted.ready_from,
                wanted.ready_until,
                wanted.boxes,
                wanted.weight_g,
                now,
                actor,
            ],
        ).rowcount
    )


def set_pickup_number(tx: Connection, pickup_id: str, number: str) -> None:
    tx.execute("update pickup set number = %s where id = %s", [number, pickup_id])


def insert_manifest(tx: Connection, wanted: AskManifest, *, actor: str, now: datetime) -> int:
    """Write a manifest of every label that was bought and is on none; how many there are.

    What is not sent after all, or goes to an old address, is not handed over.
    """
    tx.execute(
        """
        insert into manifest (id, account, node, state, asked_at, actor)
        values (%s, %s, %s, 'asked', %s, %s)
        """,
        [wanted.id, wanted.account, wanted.node, now, actor],
    )
    return tx.execute(
        """
        insert into manifest_label (manifest, label)
        select %s, label.id
        from label
        join leg on leg.id = label.leg_id and withdrawn_at is null
        where account = %s and label.node = %s and state = 'bought'
            and not exists (select from manifest_label where manifest_label.label = label.id)
            and not exists (
                select from label_trouble
                where label_trouble.label = label.id and kind = 'outdated' and settled_at is null
            )
        order by label.id
        on conflict do nothing
        """,
        [wanted.id, wanted.account, wanted.node],
    ).rowcount


def free_labels(tx: Connection, manifest_id: str) -> None:
    """Take the labels off a manifest that the carrier would not make."""
    tx.execute("delete from manifest_label where manifest = %s", [manifest_id])


def set_manifest_document(tx: Connection, manifest_id: str, document: str) -> None:
    tx.execute("update manifest set document = %s where id = %s", [document, manifest_id])


def insert_sheet(
    tx: Connection,
    key: str,
    sheet: Sheet,
    *,
    node: str,
    legs: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Keep a document that a carrier gave out."""
    tx.execute(
        """
        insert into document (id, kind, format, language, node, legs, state, content, asked_at,
            actor)
        values (%s, %s, %s, '', %s, %s, 'made', %s, %s, %s)
        on conflict do nothing
        """,
        [
            key,
            sheet.kind.value,
            sheet.format.value,
            node,
            list(legs),
            sheet.content,
            now,
            actor,
        ],
    )


def insert_paper(
    tx: Connection,
    key: str,
    kind: PaperKind,
    form: str,
    *,
    language: str,
    node: str,
    legs: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Write that a document is wanted; the worker makes it."""
    tx.execute(
        """
        insert into document (id, kind, format, language, node, legs, state, asked_at, actor)
        values (%s, %s, %s, %s, %s, %s, 'waiting', %s, %s)
        """,
        [key, kind.value, form, language, node, list(legs), now, actor],
    )


def set_paper(
    tx: Connection, key: str, state: PaperState, content: bytes | None, detail: str = ""
) -> None:
    tx.execute(
        "update document set state = %s, content = %s, detail = %s where id = %s",
        [state.value, content, detail, key],
    )


def erase_papers(tx: Connection, legs: Sequence[str]) -> int:
    """Drop the content of every document that names who gets these legs; how many there were.

    A carrier's words may name them too.
    """
    tx.execute("update label set detail = '' where leg_id = any(%s)", [list(legs)])
    tx.execute(
        """
        update carrier_call
        set detail = ''
        where subject in (select id from label where leg_id = any(%s))
        """,
        [list(legs)],
    )
    tx.execute(
        """
        update label_trouble
        set detail = ''
        where label in (select id from label where leg_id = any(%s))
        """,
        [list(legs)],
    )
    return tx.execute(
        """
        update document
        set state = 'erased', content = null, detail = ''
        where legs && %s::text[] and kind <> 'pick_list' and state <> 'erased'
        """,
        [list(legs)],
    ).rowcount


def mark_linked(tx: Connection, labels: Sequence[str]) -> None:
    tx.execute("update label set is_linked = true where id = any(%s)", [list(labels)])


def mark_polled(tx: Connection, labels: Sequence[str], *, now: datetime) -> None:
    tx.execute("update label set polled_at = %s where id = any(%s)", [now, list(labels)])


def _call(**columns: Any) -> Call:
    return msgspec.convert(columns, Call)


def _json(value: Account | Packed | Choice) -> str:
    return msgspec.json.encode(value).decode()
