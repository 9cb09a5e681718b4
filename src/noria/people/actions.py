"""Verbs of who comes in: let in, give, take away. Every change is written to the trail.

`now` is real time here, never a replay's: sessions and keys end for people and machines of today.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from noria.kit import trail
from noria.kit.auth import Actor, Permission
from noria.kit.db import Connection, Database
from noria.kit.errors import NotFound
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.people import passwords, rules, store, views
from noria.people.model import (
    Credential,
    EmailTaken,
    ExpiryPassed,
    Grant,
    Key,
    KeyRefused,
    KeyRevoked,
    KeyWish,
    LogInRefused,
    Made,
    Opened,
    PasswordWrong,
    Person,
    Policy,
    Profile,
    Session,
    SessionOver,
    TooManyLogIns,
)

WRITE_PEOPLE, WRITE_KEYS = Permission.PEOPLE_WRITE, Permission.KEYS_WRITE


class Proven(Struct, frozen=True, kw_only=True):
    """Whom a key stands for, and until when it does."""

    actor: Actor
    until: datetime


NOBODY = "nobody"
"""Who tries to come in, before we know them; and whom a try is for that names no one we know."""


def log_in(
    db: Database, email: str, password: str, *, address: str, lasts: timedelta, now: datetime
) -> Opened:
    """Open a session. Whoever fails cannot tell why: the work is the same for an e-mail of nobody.

    A try is counted before the password is looked at, in a transaction of its own, so that tries
    sent at once count too. The slow hash is made outside transactions: it would hold a connection.

    Raises:
        TooManyLogIns: too many tries for this e-mail, or from this address.
        LogInRefused: unknown e-mail, wrong password, or somebody who may no longer come in.
    """
    email = rules.normal_email(email)
    buckets = rules.log_in_buckets(email, address)
    known = db.run(lambda tx: _count_try(tx, buckets, email, now=now))
    nobody = passwords.of_nobody()
    is_right = passwords.is_right(known.password_hash if known else nobody, password)
    if known is None or not known.is_active or not is_right:
        subject = f"person:{known.person}" if known else NOBODY
        db.run(lambda tx: _note_refused(tx, subject, address))
        raise LogInRefused
    outdated = passwords.is_outdated(known.password_hash)
    fresh = passwords.hashed(password) if outdated else None

    def open_session(tx: Connection) -> Opened:
        _lock_unchanged(tx, known)
        if fresh is not None:
            store.set_password(tx, known.person, fresh)
        store.give_back(tx, sorted(buckets))
        return _open(tx, known.person, address=address, now=now, expires_at=now + lasts)

    return db.run(open_session)


def log_out(tx: Connection, token_hash: bytes, *, actor: Actor) -> None:
    store.end_session(tx, token_hash)
    trail.record(tx, actor=actor.id, action="session.ended", subject=actor.id)


def change_password(
    db: Database, person_id: str, current: str, new: str, *, keep: bytes, now: datetime
) -> None:
    """Let a person change their own password; every session but `keep` (its token's hash) ends.

    Raises:
        TooManyLogIns: too many wrong tries.
        PasswordWrong: `current` is not the password.
        PasswordWeak: the new one is easy to guess.
    """

    def count_try(tx: Connection) -> Credential:
        known = _credential(tx, person_id)
        _spend(tx, rules.email_bucket(known.email), now=now)
        return known

    known = db.run(count_try)
    if not passwords.is_right(known.password_hash, current):
        raise PasswordWrong
    rules.check_password(new, email=known.email)
    fresh = passwords.hashed(new)

    def change(tx: Connection) -> None:
        _lock_unchanged(tx, known)
        store.give_back(tx, sorted(rules.email_bucket(known.email)))
        _set_password(tx, person_id, fresh, keep=keep, actor_id=f"person:{person_id}")

    db.run(change)


def session_of(tx: Connection, token: str, *, now: datetime) -> Session:
    """The session behind a cookie.

    Raises:
        SessionOver: it is unknown, it has ended, or its person may no longer come in.
    """
    found = store.use_session(tx, rules.digest(token), now=now, seen_before=now - rules.SEEN_EVERY)
    if found is None:
        raise SessionOver
    return found


def actor_of_key(tx: Connection, token: str, *, now: datetime) -> Proven:
    """Whom an API key stands for.

    Raises:
        KeyRefused: it is no key of ours, its secret is wrong, or it was revoked or has expired.
    """
    parsed = rules.parsed_token(token)
    proof = store.find_key(tx, parsed[0]) if parsed else None
    if parsed is None or proof is None:
        raise KeyRefused
    until = rules.proven_until(proof, rules.digest(parsed[1]), now)
    if until is None:
        raise KeyRefused
    if proof.last_used_at is None or proof.last_used_at <= now - rules.SEEN_EVERY:
        store.use_key(tx, proof.id, now=now)
    reach = rules.key_reach(proof.permissions, proof.nodes)
    return Proven(actor=Actor(id=f"key:{proof.id}", name=proof.name, reach=reach), until=until)


def hold(tx: Connection, person_id: str) -> Person:
    """Lock a person and read them: what a decision is taken on cannot change under it.

    Raises:
        NotFound: there is no such person.
    """
    found = views.person(tx, person_id) if store.lock_person(tx, person_id) else None
    if found is None:
        raise NotFound(what="person", id=person_id)
    return found


def add_person(
    tx: Connection,
    profile: Profile,
    password: str,
    grants: Sequence[Grant],
    *,
    actor: Actor,
    now: datetime,
) -> Person:
    """Add somebody who can log in from now on.

    Raises:
        PasswordWeak: the password is easy to guess.
        EmailTaken: the e-mail belongs to somebody else.
        UnknownCodes: a grant names a node that is not in the network.
        BeyondYourReach: a grant reaches further than the actor does.
    """
    profile = _normal(profile)
    rules.check_password(password, email=profile.email)
    wanted = _checked(tx, grants, before=(), actor=actor)
    person_id = uuid7(int(now.timestamp() * 1000))
    if not store.insert_person(tx, person_id, profile, passwords.hashed(password), now=now):
        raise EmailTaken(email=profile.email)
    store.insert_grants(tx, person_id, wanted)
    added = hold(tx, person_id)
    _note(tx, "added", before=None, after=added, actor=actor)
    return added


def change_person(
    tx: Connection,
    person_id: str,
    profile: Profile,
    *,
    actor: Actor,
    now: datetime,
) -> Person:
    """Edit a person. Whoever is made inactive is logged out at once.

    Raises:
        NotFound: there is no such person.
        EmailTaken: the e-mail belongs to somebody else.
        BeyondYourReach: the person reaches further than the actor does.
    """
    before = hold(tx, person_id)
    profile = _normal(profile)
    rules.check_authority(actor, WRITE_PEOPLE, rules.grants_reach(before.grants))
    if not store.update_person(tx, person_id, profile, now=now):
        raise EmailTaken(email=profile.email)
    if not profile.is_active:
        store.end_sessions(tx, person_id)
    after = hold(tx, person_id)
    _note(tx, "changed", before=before, after=after, actor=actor)
    return after


def set_grants(
    tx: Connection,
    person_id: str,
    grants: Sequence[Grant],
    *,
    actor: Actor,
    now: datetime,
) -> Person:
    """Make these the grants of a person. They hold from that person's next request on.

    Raises:
        NotFound: there is no such person.
        UnknownCodes: a grant names a node that is not in the network.
        BeyondYourReach: what is given or taken away reaches further than the actor does.
    """
    before = hold(tx, person_id)
    wanted = _checked(tx, grants, before=before.grants, actor=actor)
    store.replace_grants(tx, person_id, wanted, now=now)
    after = hold(tx, person_id)
    _note(tx, "grants.changed", before=before, after=after, actor=actor)
    return after


def reset_password(tx: Connection, person_id: str, password: str, *, actor: Actor) -> None:
    """Set the password of somebody who forgot theirs; their sessions end.

    Raises:
        NotFound: there is no such person.
        PasswordWeak: the password is easy to guess.
        BeyondYourReach: the person reaches further than the actor does.
    """
    person = hold(tx, person_id)
    rules.check_authority(actor, WRITE_PEOPLE, rules.grants_reach(person.grants))
    rules.check_password(password, email=person.email)
    fresh = passwords.hashed(password)
    _set_password(tx, person_id, fresh, keep=None, actor_id=actor.id)


def add_key(tx: Connection, wish: KeyWish, *, actor: Actor, now: datetime) -> Made:
    """Make a key with at most the reach of its maker; the token in the answer is shown once.

    Raises:
        CommandLineOnly: it may drive the clock, and the actor is not at the machine itself.
        BeyondYourReach: it reaches further than the actor does.
        UnknownCodes: it names a node that is not in the network.
        ExpiryPassed: it would have expired already.
    """
    rules.check_may_be_given(actor, wish.permissions)
    names = [permission.value for permission in wish.permissions]
    rules.check_authority(actor, WRITE_KEYS, rules.key_reach(names, wish.nodes))
    network.check_known(tx, wish.nodes or ())
    if wish.expires_at is not None and wish.expires_at <= now:
        raise ExpiryPassed(at=wish.expires_at.isoformat())
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    store.insert_key(tx, key_id, wish, rules.digest(secret), by=actor.id, now=now)
    added = _key(tx, key_id)
    _note(tx, "added", before=None, after=added, actor=actor)
    return Made(key=added, token=rules.key_token(key_id, secret))


def rotate_key(
    tx: Connection,
    key_id: str,
    *,
    overlap: timedelta,
    actor: Actor,
    now: datetime,
) -> Made:
    """Give a key a new secret; the one it had works for `overlap` more, an older one no longer.

    Raises:
        NotFound: there is no such key.
        KeyRevoked: it was revoked.
        BeyondYourReach: the key, which the actor would then hold, reaches further than they do.
    """
    assert timedelta(0) <= overlap <= rules.LONGEST_OVERLAP
    before = _locked_key(tx, key_id)
    rules.check_authority(actor, WRITE_KEYS, rules.key_reach(before.permissions, before.nodes))
    if before.revoked_at is not None:
        raise KeyRevoked
    secret = secrets.token_urlsafe(32)
    until = now + overlap if overlap else None
    store.rotate_key(tx, key_id, rules.digest(secret), previous_until=until, now=now)
    after = _key(tx, key_id)
    _note(tx, "rotated", before=before, after=after, actor=actor)
    return Made(key=after, token=rules.key_token(key_id, secret))


def revoke_key(
    tx: Connection,
    key_id: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> Key:
    """End a key for good; every process has heard of it within 5 s. A second time changes nothing.

    Raises:
        NotFound: there is no such key.
        BeyondYourReach: the actor does not manage keys wherever this one holds.
    """
    before = _locked_key(tx, key_id)
    where = None if before.nodes is None else frozenset(before.nodes)
    rules.check_authority(actor, WRITE_KEYS, {WRITE_KEYS: where})
    if store.revoke_key(tx, key_id, by=actor.id, reason=reason, now=now):
        after = _key(tx, key_id)
        _note(tx, "revoked", before=before, after=after, actor=actor)
        return after
    return before


def forget_old(tx: Connection, *, now: datetime) -> int:
    """Drop sessions that have ended and buckets that nobody took from for a day."""
    return store.forget(tx, now=now, buckets_before=now - timedelta(days=1))


def _count_try(
    tx: Connection, buckets: Mapping[str, Policy], email: str, *, now: datetime
) -> Credential | None:
    _spend(tx, buckets, now=now)
    return store.credential(tx, email)


def _note_refused(tx: Connection, subject: str, address: str) -> None:
    """Write down a log-in that failed; of an e-mail that nobody has, not what was typed."""
    trail.record(
        tx, actor=NOBODY, action="session.refused", subject=subject, after={"address": address}
    )


def _spend(tx: Connection, buckets: Mapping[str, Policy], *, now: datetime) -> None:
    """Take a token from each bucket, in key order; where one is empty, none is taken at all."""
    for subject in sorted(buckets):
        level = store.take(tx, subject, buckets[subject], now=now)
        if level.taken == 0:
            seconds = rules.wait_s(buckets[subject], level.tokens)
            raise TooManyLogIns(seconds=seconds, retry_after_s=seconds)


def _credential(tx: Connection, person_id: str) -> Credential:
    found = store.lock_person(tx, person_id)
    if found is None:
        raise NotFound(what="person", id=person_id)
    return found


def _lock_unchanged(tx: Connection, known: Credential) -> None:
    """Hold the person; what was true while the hash was made must be true still."""
    if store.lock_person(tx, known.person) != known:
        raise LogInRefused


def _open(
    tx: Connection, person_id: str, *, address: str, now: datetime, expires_at: datetime
) -> Opened:
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    store.insert_session(
        tx,
        person_id,
        token_hash=rules.digest(token),
        csrf_hash=rules.digest(csrf_token),
        address=address,
        now=now,
        expires_at=expires_at,
    )
    actor_id = f"person:{person_id}"
    trail.record(
        tx, actor=actor_id, action="session.opened", subject=actor_id, after={"address": address}
    )
    return Opened(person_id=person_id, token=token, csrf_token=csrf_token, expires_at=expires_at)


def _set_password(
    tx: Connection,
    person_id: str,
    password_hash: str,
    *,
    keep: bytes | None,
    actor_id: str,
) -> None:
    store.set_password(tx, person_id, password_hash)
    ended = store.end_sessions(tx, person_id, but=keep)
    trail.record(
        tx,
        actor=actor_id,
        action="password.changed",
        subject=f"person:{person_id}",
        after={"sessions_ended": ended},
    )


def _checked(
    tx: Connection, grants: Sequence[Grant], *, before: Sequence[Grant], actor: Actor
) -> tuple[Grant, ...]:
    wanted = rules.normal_grants(grants)
    network.check_known(tx, [node for grant in wanted for node in grant.nodes or ()])
    touched = rules.grants_reach(rules.changed_grants(before, wanted))
    rules.check_authority(actor, WRITE_PEOPLE, touched)
    return wanted


def _normal(profile: Profile) -> Profile:
    return Profile(
        email=rules.normal_email(profile.email),
        name=profile.name.strip(),
        language=profile.language,
        is_active=profile.is_active,
    )


def _key(tx: Connection, key_id: str) -> Key:
    found = views.key(tx, key_id)
    if found is None:
        raise NotFound(what="key", id=key_id)
    return found


def _locked_key(tx: Connection, key_id: str) -> Key:
    store.lock_key(tx, key_id)
    return _key(tx, key_id)


def _note(
    tx: Connection,
    action: str,
    *,
    before: Person | Key | None,
    after: Person | Key,
    actor: Actor,
) -> None:
    kind = "key" if isinstance(after, Key) else "person"
    trail.record(
        tx,
        actor=actor.id,
        action=f"{kind}.{action}",
        subject=f"{kind}:{after.id}",
        before=before,
        after=after,
    )
