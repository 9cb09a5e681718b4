"""The SQL of people, sessions, keys and buckets that writes, and the reads decisions lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from noria.kit.db import Connection, row, savepoint
from noria.people.model import (
    Credential,
    Grant,
    KeyProof,
    KeyWish,
    Level,
    Policy,
    Profile,
    Session,
)


def insert_person(
    tx: Connection, person_id: str, profile: Profile, password_hash: str, *, now: datetime
) -> bool:
    """Write a person; False if the e-mail is somebody's already."""
    written = tx.execute(
        """
        insert into person
            (id, email, name, language, is_active, password_hash, created_at, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict on constraint an_email_belongs_to_one_person do nothing
        """,
        [
            person_id,
            profile.email,
            profile.name,
            profile.language,
            profile.is_active,
            password_hash,
            now,
            now,
        ],
    )
    return written.rowcount == 1


def lock_person(tx: Connection, person_id: str) -> Credential | None:
    """Hold the person's row, so that no two changes decide on one state."""
    return row(
        tx,
        Credential,
        "select id as person, email, password_hash, is_active from person where id = %s for update",
        [person_id],
    )


def credential(tx: Connection, email: str) -> Credential | None:
    """What a log-in is checked against."""
    return row(
        tx,
        Credential,
        "select id as person, email, password_hash, is_active from person where email = %s",
        [email],
    )


def update_person(tx: Connection, person_id: str, profile: Profile, *, now: datetime) -> bool:
    """Write what was edited; False if the e-mail is somebody else's."""
    try:
        with savepoint(tx):
            tx.execute(
                """
                update person
                set email = %s, name = %s, language = %s, is_active = %s,
                    version = version + 1, changed_at = %s
                where id = %s
                """,
                [
                    profile.email,
                    profile.name,
                    profile.language,
                    profile.is_active,
                    now,
                    person_id,
                ],
            )
    except psycopg.errors.UniqueViolation:
        return False
    return True


def set_password(tx: Connection, person_id: str, password_hash: str) -> None:
    tx.execute("update person set password_hash = %s where id = %s", [password_hash, person_id])


def insert_grants(tx: Connection, person_id: str, grants: Sequence[Grant]) -> None:
    pairs = [
        (grant.role.value, node)
        for grant in grants
        for node in ((None,) if grant.nodes is None else grant.nodes)
    ]
    tx.execute(
        "insert into role_grant (person, role, node)"
        " select %s, role, node from unnest(%s::text[], %s::text[]) as given (role, node)",
        [person_id, [role for role, _ in pairs], [node for _, node in pairs]],
    )


def replace_grants(
    tx: Connection, person_id: str, grants: Sequence[Grant], *, now: datetime
) -> None:
    """Make these the person's grants, and no others."""
    tx.execute("delete from role_grant where person = %s", [person_id])
    insert_grants(tx, person_id, grants)
    tx.execute(
        "update person set version = version + 1, changed_at = %s where id = %s", [now, person_id]
    )


def insert_session(
    tx: Connection,
    person_id: str,
    *,
    token_hash: bytes,
    csrf_hash: bytes,
    address: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    tx.execute(
        """
        insert into session
            (token_hash, csrf_hash, person, address, created_at, expires_at, last_used_at)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [token_hash, csrf_hash, person_id, address, now, expires_at, now],
    )


def use_session(
    tx: Connection, token_hash: bytes, *, now: datetime, seen_before: datetime
) -> Session | None:
    """The session, if it still holds and its person may still come in; noted as used at `now`.

    It is noted only where it was last noted before `seen_before`, to spare a write a request.
    """
    return row(
        tx,
        _session,
        """
        with used as (
            update session
            set last_used_at = %(now)s
            where token_hash = %(hash)s and last_used_at < %(seen_before)s
        )
        select person.id as person, person.name, person.language, session.csrf_hash,
            coalesce(granted.grants, '[]') as grants
        from session
        join person on person.id = session.person
        left join granted on granted.person = person.id
        where token_hash = %(hash)s and expires_at > %(now)s and person.is_active
        """,
        {"hash": token_hash, "now": now, "seen_before": seen_before},
    )


def end_session(tx: Connection, token_hash: bytes) -> None:
    tx.execute("delete from session where token_hash = %s", [token_hash])


def end_sessions(tx: Connection, person_id: str, *, but: bytes | None = None) -> int:
    """End a person's sessions, but one; return how many there were."""
    ended = tx.execute(
        "delete from session where person = %s and token_hash is distinct from %s",
        [person_id, but],
    )
    return ended.rowcount


def insert_key(
    tx: Connection, key_id: str, wish: KeyWish, secret_hash: bytes, *, by: str, now: datetime
) -> None:
    tx.execute(
        """
        insert into api_key
            (id, name, secret_hash, permissions, nodes, created_by, created_at, expires_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            key_id,
            wish.name,
            secret_hash,
            sorted({permission.value for permission in wish.permissions}),
            None if wish.nodes is None else sorted(set(wish.nodes)),
            by,
            now,
            wish.expires_at,
        ],
    )


def find_key(tx: Connection, key_id: str) -> KeyProof | None:
    """What a presented key is checked against."""
    return row(
        tx,
        KeyProof,
        """
        select id, name, secret_hash, previous_hash, previous_until, permissions, nodes,
            expires_at, last_used_at, exists(
                select from api_key_revocation where key = api_key.id
            ) as is_revoked
        from api_key
        where id = %s
        """,
        [key_id],
    )


def lock_key(tx: Connection, key_id: str) -> bool:
    """Hold the key's row, so that no two changes decide on one state; False if there is none."""
    return tx.execute("select from api_key where id = %s for update", [key_id]).rowcount == 1


def use_key(tx: Connection, key_id: str, *, now: datetime) -> None:
    tx.execute("update api_key set last_used_at = %s where id = %s", [now, key_id])


def rotate_key(
    tx: Connection,
    key_id: str,
    secret_hash: bytes,
    *,
    previous_until: datetime | None,
    now: datetime,
) -> None:
    """Give the key a new secret; the one it had works until `previous_until`, or no more."""
    tx.execute(
        """
        update api_key
        set previous_hash = case when %(until)s::timestamptz is not null then secret_hash end,
            previous_until = %(until)s, secret_hash = %(hash)s, rotated_at = %(now)s
        where id = %(id)s
        """,
        {"id": key_id, "hash": secret_hash, "until": previous_until, "now": now},
    )


def revoke_key(tx: Connection, key_id: str, *, by: str, reason: str, now: datetime) -> bool:
    """Write the revocation; False if the key was revoked already, which then stands."""
    written = tx.execute(
        "insert into api_key_revocation (key, revoked_by, revoked_at, reason)"
        " values (%s, %s, %s, %s) on conflict do nothing",
        [key_id, by, now, reason],
    )
    return written.rowcount == 1


def take(tx: Connection, subject: str, policy: Policy, *, wanted: int = 1, now: datetime) -> Level:
    """Take up to `wanted` whole tokens from a bucket that fills up as time goes by.

    One statement, so that processes that take at once each see what the other left. A machine
    whose clock is behind adds nothing, rather than taking time back.
    """
    level = row(
        tx,
        Level,
        """
        insert into bucket as known (subject, tokens, taken, at)
        values (%(subject)s, %(capacity)s - %(first)s, %(first)s, %(now)s)
        on conflict (subject) do update
        set (tokens, taken, at) = (
            select held - share, share, greatest(known.at, excluded.at)
            from least(
                %(capacity)s::double precision,
                known.tokens
                    + greatest(0, extract(epoch from excluded.at - known.at)) * %(per_second)s
            ) as held
            cross join lateral (select least(%(wanted)s, floor(held))::int) as shares (share)
        )
        returning taken, tokens
        """,
        {
            "subject": subject,
            "capacity": policy.capacity,
            "per_second": policy.per_second,
            "wanted": wanted,
            "first": min(wanted, policy.capacity),
            "now": now,
        },
    )
    assert level is not None
    return level


def give_back(tx: Connection, subjects: Sequence[str]) -> None:
    """Put one token back into each of these buckets; what is too much is cut when next taken."""
    tx.execute("update bucket set tokens = tokens + 1 where subject = any(%s)", [list(subjects)])


def forget(tx: Connection, *, now: datetime, buckets_before: datetime) -> int:
    """Drop sessions that have ended, and buckets that are long full again; return how many."""
    sessions = tx.execute("delete from session where expires_at <= %s", [now])
    buckets = tx.execute("delete from bucket where at < %s", [buckets_before])
    return sessions.rowcount + buckets.rowcount


def _session(**columns: Any) -> Session:
    return msgspec.convert(columns, Session)
