"""Sending twice is the same as sending once: an answer is written with its effect."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.burst import Ask
from noria.kit.db import Connection, array, rows, savepoint
from noria.kit.errors import Refusal

T = TypeVar("T")

KEPT = timedelta(days=30)


class Known(Struct, frozen=True):
    """What a key was answered before."""

    key: str
    digest: bytes
    status: int
    body: bytes


def digest(content: Any) -> bytes:
    """A fingerprint of the content that does not depend on the order of keys or on white space."""
    return hashlib.blake2b(msgspec.json.encode(content, order="sorted"), digest_size=16).digest()


class Claim(Struct, frozen=True):
    """What became of the keys asked for: these were answered before, these came with other content.

    Every other key is now claimed, and must be settled or released.
    """

    known: Mapping[str, Known]
    reused: frozenset[str]


def claim(tx: Connection, scope: str, digests: Mapping[str, bytes]) -> Claim:
    """Take these keys, or learn what they were answered before.

    Two callers with one key meet here: the second waits until the first has committed, then gets
    its answer. Keys are claimed in order, so that batches cannot deadlock on each other.
    """
    keys = sorted(digests)
    if not keys:
        return Claim(known={}, reused=frozenset())
    fresh = {
        row[0]
        for row in tx.execute(
            """
            insert into answer (scope, key, digest)
            select %s, * from unnest(%s::text[], %b::bytea[])
            on conflict do nothing
            returning key
            """,
            [scope, keys, [digests[key] for key in keys]],
        )
    }
    old = [key for key in keys if key not in fresh]
    if not old:
        return Claim(known={}, reused=frozenset())
    answers = rows(
        tx,
        Known,
        "select key, digest, status, body from answer where scope = %s and key = any(%s)",
        [scope, old],
    )
    same = {answer.key: answer for answer in answers if answer.digest == digests[answer.key]}
    return Claim(known=same, reused=frozenset(old) - same.keys())


def ask(scope: str, keys: Sequence[str]) -> Ask[dict[str, Known]]:
    """What keys were answered before. Nothing is claimed.

    For who locks what keys with the same content are about, and answers with `ask_keep`: the second
    of two with one key then sees the answer of the first, or breaks on it.
    """
    return Ask(
        """
        select key, encode(digest, 'hex'), status, convert_from(body, 'UTF8')
        from answer
        where scope = $1 and key = any($2::text[])
        """,
        [scope, array(keys)],
        lambda found: {
            key: Known(key, bytes.fromhex(mark), int(status), body.encode())
            for key, mark, status, body in found
        },
    )


def ask_keep(scope: str, answers: Mapping[str, tuple[bytes, bytes]]) -> Ask[None]:
    """Keep what new keys are answered: their digest and what is told, status 200.

    A key that somebody else used just now breaks it: psycopg.errors.UniqueViolation.
    """
    return Ask(
        """
        insert into answer (scope, key, digest, status, body)
        select $1, key, decode(digest, 'hex'), 200, convert_to(told, 'UTF8')
        from unnest($2::text[], $3::text[], $4::text[]) as given (key, digest, told)
        """,
        [
            scope,
            array(answers),
            array([digest.hex() for digest, _ in answers.values()]),
            array([told.decode() for _, told in answers.values()]),
        ],
        lambda _: None,
    )


def release(tx: Connection, scope: str, keys: Sequence[str]) -> None:
    """Give back keys whose request was refused: asked again, it is judged again."""
    if keys:
        tx.execute("delete from answer where scope = %s and key = any(%s)", [scope, list(keys)])


def release_route(tx: Connection, route: str) -> None:
    """Give back all keys of a route, whoever used them: what it does may be done twice."""
    tx.execute("delete from answer where starts_with(scope, %s)", [f"{route} "])


def settle(tx: Connection, scope: str, answers: Mapping[str, tuple[int, bytes]]) -> None:
    """Write down what claimed keys were answered: status and body."""
    if not answers:
        return
    tx.execute(
        """
        update answer set status = new.status, body = new.body
        from unnest(%s::text[], %s::int[], %b::bytea[]) as new (key, status, body)
        where answer.scope = %s and answer.key = new.key
        """,
        [
            list(answers),
            [status for status, _ in answers.values()],
            [body for _, body in answers.values()],
            scope,
        ],
    )


def each(
    tx: Connection,
    now: datetime,
    keys: list[str],
    verb: Callable[[Connection, datetime, list[str]], Mapping[str, T]],
) -> dict[str, T | Refusal]:
    """All in one go; if that is refused, each half by itself, so that each gets its own answer."""
    try:
        with savepoint(tx):
            return dict(verb(tx, now, keys)) if keys else {}
    except Refusal as refusal:
        if len(keys) == 1:
            return {keys[0]: refusal}
    half = len(keys) // 2
    return each(tx, now, keys[:half], verb) | each(tx, now, keys[half:], verb)


def forget_old(tx: Connection) -> int:
    """Drop the answers that are older than we promise to keep them."""
    return tx.execute("delete from answer where answered_at < now() - %s", [KEPT]).rowcount
