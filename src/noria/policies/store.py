"""Policies: the SQL that writes them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.kit.db import Connection, columns
from noria.kit.errors import Stale
from noria.policies.model import Activation, Content, Draft, Measure, Protection


def lock_draft(tx: Connection, draft: str) -> None:
    tx.execute("select from policy_draft where id = %s for update", [draft])


def upsert_draft(tx: Connection, draft: Draft, believed: int) -> None:
    """Write a draft whose version is still the believed one (0: absent).

    Raises:
        Stale: somebody else wrote it first.
    """
    written = tx.execute(
        """
        insert into policy_draft (id, based_on, content, author, changed_at, version)
        values (%s, %s, %s, %s, %s, %s + 1)
        on conflict (id) do update
        set based_on = excluded.based_on, content = excluded.content, author = excluded.author,
            changed_at = excluded.changed_at, version = excluded.version
        where policy_draft.version = excluded.version - 1
        """,
        [
            draft.id,
            draft.based_on,
            msgspec.json.encode(draft.content).decode(),
            draft.author,
            draft.changed_at,
            believed,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def delete_draft(tx: Connection, draft: str) -> None:
    tx.execute("delete from policy_draft where id = %s", [draft])


def insert_version(
    tx: Connection, policy: str, content: Content, *, author: str, reason: str, now: datetime
) -> bool:
    """Write a version with its protections; False if there is one of this name."""
    is_new = tx.execute(
        """
        insert into policy_version (id, content, author, reason, made_at)
        values (%s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [policy, msgspec.json.encode(content).decode(), author, reason, now],
    ).rowcount
    if is_new:
        _insert_protections(tx, policy, content.protections)
    return bool(is_new)


def _insert_protections(tx: Connection, policy: str, protections: Sequence[Protection]) -> None:
    for one in protections:
        tx.execute(
            """
            insert into policy_protection (policy, id, sku, category, node, node_kind, channel,
                units, days, reason, valid_from, valid_until)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                policy,
                one.id,
                one.sku,
                one.category,
                one.node,
                one.node_kind and one.node_kind.value,
                one.channel,
                one.units,
                one.days,
                one.reason,
                one.valid_from,
                one.valid_until,
            ],
        )


def insert_activation(tx: Connection, asked: Activation) -> bool:
    """Write from when on a version is live; False if the id is taken."""
    return bool(
        tx.execute(
            """
            insert into policy_activation (id, policy, starts_at, asked_at, author, reason)
            values (%s, %s, %s, %s, %s, %s)
            on conflict do nothing
            """,
            [
                asked.id,
                asked.policy,
                asked.starts_at,
                asked.asked_at,
                asked.author,
                asked.reason,
            ],
        ).rowcount
    )


def lock_activation(tx: Connection, activation: str) -> None:
    tx.execute("select from policy_activation where id = %s for update", [activation])


def withdraw(tx: Connection, activation: str, *, author: str, now: datetime) -> None:
    tx.execute(
        "insert into policy_withdrawal (activation, withdrawn_at, author) values (%s, %s, %s)",
        [activation, now, author],
    )


def upsert_measures(
    tx: Connection, measures: Sequence[Measure], *, author: str, now: datetime
) -> int:
    """Write what channels did; how many of them are new or differ."""
    names = ("channel", "day", "conversion", "margin", "rotation")
    values = dict(zip(names, columns(measures), strict=True))
    return tx.execute(
        """
        insert into channel_measure
            (channel, day, conversion, margin, rotation, author, recorded_at)
        select channel, day, conversion, margin, rotation, %(author)s, %(now)s
        from unnest(%(channel)s::text[], %(day)s::date[], %(conversion)s::float8[],
            %(margin)s::float8[], %(rotation)s::float8[])
            as given (channel, day, conversion, margin, rotation)
        on conflict (channel, day) do update
        set conversion = excluded.conversion, margin = excluded.margin,
            rotation = excluded.rotation, author = excluded.author,
            recorded_at = excluded.recorded_at
        where (channel_measure.conversion, channel_measure.margin, channel_measure.rotation)
            is distinct from (excluded.conversion, excluded.margin, excluded.rotation)
        """,
        {**values, "author": author, "now": now},
    ).rowcount
