"""Questions about policies: which one is live, which there are, which is to come."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import structs

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.policies.model import (
    Activation,
    Content,
    Draft,
    Known,
    Measure,
    Override,
    Policy,
    PolicyRow,
    Protection,
)


def live(tx: Connection) -> Policy:
    """The version to decide under now.

    It is asked in the transaction that decides, so an activation holds from its commit on, or from
    its time on, in every process. What it says is sent only if this process does not have it.
    """
    found = tx.execute(
        """
        select id, digest, case when digest = any(%s) then null
            else jsonb_build_array(made_at, author, reason, policy_now(content))::text end
        from policy_version
        where id = live_policy()
        """,
        [list(_known.copy())],
    ).fetchone()
    assert found is not None, "a first version is there from the first migration on"
    policy_id, digest, text = found
    kept = _known.get(digest)
    if kept is not None and kept.id == policy_id:
        return kept
    policy = version(tx, policy_id) if text is None else _policy(policy_id, text)
    _known.clear()
    _known[digest] = policy
    return policy


_known: dict[str, Policy] = {}
"""The version that this process met last, by what it says, which never changes."""


@lru_cache(maxsize=64)
def _policy(policy_id: str, text: str) -> Policy:
    made_at, author, reason, content = msgspec.json.decode(
        text, type=tuple[datetime, str, str, Content]
    )
    return Policy(id=policy_id, made_at=made_at, author=author, reason=reason, content=content)


def version(tx: Connection, policy_id: str) -> Policy:
    """A version, live or not.

    Raises:
        NotFound: there is no such one.
    """
    found = tx.execute(
        "select jsonb_build_array(made_at, author, reason, policy_now(content))::text"
        " from policy_version where id = %s",
        [policy_id],
    ).fetchone()
    if found is None:
        raise NotFound(what="policy", id=policy_id)
    return _policy(policy_id, found[0])


def live_at(tx: Connection, at: datetime) -> Policy:
    """The version that was live then: what begins is announced before, so nothing of it changes."""
    found = tx.execute("select live_policy(%s)", [at]).fetchone()
    assert found is not None
    return version(tx, found[0])


def signed(tx: Connection, policy: Policy) -> Policy:
    """A version with what its author is called now."""
    found = tx.execute(
        "select name from person where 'person:' || id = %s", [policy.author]
    ).fetchone()
    return structs.replace(policy, author_name=found[0]) if found else policy


def versions(
    tx: Connection, *, before: int | None = None, limit: int = 100
) -> list[tuple[int, PolicyRow]]:
    """Versions with their numbers, newest first; `before` is the number to go on from."""
    found = tx.execute(
        """
        select number, policy_version.id, made_at, author, reason, (
            select starts_at
            from policy_activation
            where id = live_activation() and policy = policy_version.id and isfinite(starts_at)
        ) as live_since, person.name as author_name, policy_version.id = live_policy() as is_live,
            author = 'system:noria' as is_shipped
        from policy_version
        left join person on 'person:' || person.id = policy_version.author
        where %(before)s::bigint is null or number < %(before)s
        order by number desc
        limit %(limit)s
        """,
        {"before": before, "limit": limit},
    )
    names = PolicyRow.__struct_fields__
    return [
        (number, PolicyRow(**dict(zip(names, values, strict=True)))) for number, *values in found
    ]


DRAFT = (
    "policy_draft.id, based_on, policy_draft.changed_at, author, policy_now(content), person.name"
)
DRAFTS = "policy_draft left join person on 'person:' || person.id = policy_draft.author"


def draft(tx: Connection, draft_id: str) -> tuple[Draft, int] | None:
    """A draft and its version."""
    found = tx.execute(
        f"select {DRAFT}, policy_draft.version from {DRAFTS} where policy_draft.id = %s",  # noqa: S608 - ours
        [draft_id],
    ).fetchone()
    return None if found is None else (_draft(*found[:-1]), found[-1])


def drafts(tx: Connection, *, after: str = "", limit: int = 100) -> list[Draft]:
    """Drafts by id, beyond `after`."""
    found = tx.execute(
        f"select {DRAFT} from {DRAFTS} where policy_draft.id > %s"  # noqa: S608 - ours
        " order by policy_draft.id limit %s",
        [after, limit],
    )
    return [_draft(*values) for values in found]


def _draft(*values: Any) -> Draft:
    return msgspec.convert(dict(zip(Draft.__struct_fields__, values, strict=True)), Draft)


def activation(tx: Connection, activation_id: str) -> Activation | None:
    return row(
        tx,
        Activation,
        """
        select policy_activation.id, policy, greatest(starts_at, '0001-01-01Z') as starts_at,
            asked_at, policy_activation.author, reason, withdrawn_at
        from policy_activation
        left join policy_withdrawal on activation = policy_activation.id
        where policy_activation.id = %s
        """,
        [activation_id],
    )


def activations(tx: Connection, *, before: str | None = None, limit: int = 100) -> list[Activation]:
    """Activations, the last to begin first, each with what takes its place; `before` is an id.

    What Noria came with began before time is told.
    """
    return rows(
        tx,
        Activation,
        """
        select policy_activation.id, policy,
            greatest(policy_activation.starts_at, '0001-01-01Z') as starts_at, asked_at,
            policy_activation.author, reason, withdrawn_at, person.name as author_name,
            policy_activation.id = live_activation() as is_live,
            next.ends_at, next.replaced_by
        from policy_activation
        left join policy_withdrawal on activation = policy_activation.id
        left join person on 'person:' || person.id = policy_activation.author
        left join lateral (
            select greatest(later.starts_at, '0001-01-01Z') as ends_at, later.policy as replaced_by
            from policy_activation as later
            where withdrawn_at is null
                and (later.starts_at, later.number)
                    > (policy_activation.starts_at, policy_activation.number)
                and not exists (select from policy_withdrawal where activation = later.id)
            order by later.starts_at, later.number
            limit 1
        ) as next on true
        where %(before)s::text is null
            or (policy_activation.starts_at, policy_activation.number)
                < (select starts_at, number from policy_activation where id = %(before)s)
        order by policy_activation.starts_at desc, policy_activation.number desc
        limit %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def live_since(tx: Connection) -> tuple[datetime, list[Activation]]:
    """Since when the live version has been live, and what is to follow, soonest first."""
    since = tx.execute(
        """
        select greatest(max(starts_at), '0001-01-01Z')
        from policy_activation
        where starts_at <= noria_now()
            and not exists (select from policy_withdrawal where activation = policy_activation.id)
        """
    ).fetchone()
    assert since is not None
    coming = rows(
        tx,
        Activation,
        """
        select policy_activation.id, policy, starts_at, asked_at, author, reason,
            person.name as author_name
        from policy_activation
        left join person on 'person:' || person.id = policy_activation.author
        where starts_at > noria_now()
            and not exists (select from policy_withdrawal where activation = policy_activation.id)
        order by starts_at, number
        limit 100
        """,
    )
    return since[0], coming


def measures(
    tx: Connection, *, after: tuple[str, str] | None = None, limit: int = 100
) -> list[Measure]:
    """What channels did, by channel and day, beyond `after`."""
    return rows(
        tx,
        Measure,
        """
        select channel, day, conversion, margin, rotation
        from channel_measure
        where %(channel)s::text is null or (channel, day) > (%(channel)s, %(day)s::date)
        order by channel, day
        limit %(limit)s
        """,
        {"channel": after and after[0], "day": after and after[1], "limit": limit},
    )


def measures_of(tx: Connection, wanted: Sequence[tuple[str, date]]) -> list[Measure]:
    """What these channels did on these days, as far as it was told."""
    return rows(
        tx,
        Measure,
        """
        select channel, day, conversion, margin, rotation
        from channel_measure
        join unnest(%s::text[], %s::date[]) as asked (channel, day) using (channel, day)
        order by channel, day
        """,
        [[channel for channel, _ in wanted], [day for _, day in wanted]],
    )


def measures_between(tx: Connection, first: date, last: date) -> list[Measure]:
    """All that was measured of channels on these days, both counted."""
    return rows(
        tx,
        Measure,
        """
        select channel, day, conversion, margin, rotation
        from channel_measure
        where day >= %s and day <= %s
        order by channel, day
        """,
        [first, last],
    )


def last_measures(tx: Connection) -> list[Measure]:
    """The last that was measured of each channel."""
    return rows(
        tx,
        Measure,
        """
        select distinct on (channel) channel, day, conversion, margin, rotation
        from channel_measure
        where day <= noria_now()::date
        order by channel, day desc
        """,
    )


def known(tx: Connection, content: Content) -> Known:
    """Which of the codes that a policy names exist."""
    scopes: list[Override | Protection] = [*content.overrides, *content.protections]
    found = tx.execute(
        """
        select array(select code::text from channel where code = any(%s)),
            array(select code::text from node where code = any(%s)),
            array(select code::text from sku where code = any(%s)),
            array(
                select name from unnest(%s::text[]) as asked (name)
                where exists (select from sku where category = asked.name)
            )
        """,
        [
            _named([one.channel for one in scopes]),
            _named([one.node for one in scopes]),
            _named([one.sku for one in content.protections]),
            _named([one.category for one in scopes]),
        ],
    ).fetchone()
    assert found is not None
    channels, nodes, skus, categories = (frozenset(codes) for codes in found)
    return Known(channels=channels, nodes=nodes, skus=skus, categories=categories)


def _named(codes: Sequence[str | None]) -> list[str]:
    return sorted({code for code in codes if code is not None})
