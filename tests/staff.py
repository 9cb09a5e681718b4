"""People and keys as the tests of the room need them."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from noria.kit import clock, trail
from noria.kit.auth import SYSTEM, Permission
from noria.people import actions, passwords, rules
from noria.people.model import (
    Grant,
    KeyWish,
    Profile,
)

PASSWORD = "neuf-tramways-a-l-aube"
CHOSEN = passwords._hasher
NOW = clock.wall()
DAY = timedelta(days=1)
P = Permission


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """The real algorithm with small parameters: these tests are about what is done around it."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords.of_nobody.cache_clear()
    yield
    passwords.of_nobody.cache_clear()


@pytest.fixture
def nodes(db):
    with db.transaction() as tx:
        for code in ("PAR", "LYS"):
            tx.execute(
                "insert into node (code, name, kind, country, postcode, town, latitude, longitude,"
                " time_zone) values (%s, %s, 'store', 'FR', '75001', 'X', 48, 2, 'Europe/Paris')",
                [code, code],
            )


def grant(role, *nodes):
    return Grant(role=role, nodes=nodes or None)


def profile(email="claire@example.org", **changes):
    return Profile(**({"email": email, "name": "Claire", "language": "fr"} | changes))


def add(db, email="claire@example.org", *grants, actor=SYSTEM):
    return db.run(
        lambda tx: actions.add_person(
            tx, profile(email), PASSWORD, grants, actor=actor, now=clock.wall()
        )
    )


def actor_of(person):
    return rules.person_actor(person.id, person.name, person.language, person.grants)


def log_in(db, email="claire@example.org", password=PASSWORD, *, address="203.0.113.9", now=NOW):
    return actions.log_in(db, email, password, address=address, lasts=timedelta(hours=12), now=now)


def session(db, token, *, now=NOW):
    return db.run(lambda tx: actions.session_of(tx, token, now=now))


def add_key(db, *permissions, nodes=None, actor=SYSTEM, expires_at=None, now=NOW):
    wish = KeyWish(name="Till", permissions=permissions, nodes=nodes, expires_at=expires_at)
    return db.run(lambda tx: actions.add_key(tx, wish, actor=actor, now=now))


def by_key(db, token, *, now=NOW):
    return db.run(lambda tx: actions.actor_of_key(tx, token, now=now))


def actions_in_trail(db):
    return [entry.action for entry in reversed(db.run(trail.entries))]
