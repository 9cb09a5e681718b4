from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import staff
from noria.kit.auth import SYSTEM, Role
from noria.kit.errors import NotFound, UnknownCodes
from noria.people import actions, store, views
from noria.people.model import (
    BeyondYourReach,
    CommandLineOnly,
    ExpiryPassed,
    KeyRefused,
    KeyRevoked,
    Policy,
)
from staff import (
    DAY,
    NOW,
    P,
    actions_in_trail,
    actor_of,
    add,
    add_key,
    by_key,
    grant,
)

nodes, quick_hashes = staff.nodes, staff.quick_hashes


def test_a_key_stands_for_its_permissions_at_its_nodes(db, nodes):
    made = add_key(db, P.STOCK_READ, P.STOCK_WRITE, nodes=("PAR",))
    proven = by_key(db, made.token)
    assert proven.actor.id == f"key:{made.key.id}"
    assert proven.actor.may(P.STOCK_WRITE, "PAR")
    assert not proven.actor.may(P.STOCK_WRITE, "LYS")
    assert not proven.actor.may(P.ORDERS_READ)
    with db.transaction() as tx:
        kept = str(tx.execute("select * from api_key").fetchall())
        kept += str(tx.execute("select * from trail").fetchall())
    assert made.token.split("_", 2)[2] not in kept


def test_wrong_secrets_and_unknown_keys_are_one_answer(db):
    made = add_key(db, P.STOCK_READ)
    for token in (
        made.token + "x",
        made.token[:-1],
        f"noria_{'0' * 16}_secret",
        f"noria_{made.key.id}_",
        "Basic",
        "",
    ):
        with pytest.raises(KeyRefused):
            by_key(db, token)


def test_rotation_keeps_the_old_secret_for_the_overlap_only(db):
    made = add_key(db, P.STOCK_READ)

    def rotate(overlap, at):
        return db.run(
            lambda tx: actions.rotate_key(tx, made.key.id, overlap=overlap, actor=SYSTEM, now=at)
        )

    second = rotate(DAY, NOW)
    assert second.token != made.token
    assert by_key(db, second.token).actor.id == by_key(db, made.token).actor.id
    assert by_key(db, made.token).until == NOW + DAY
    with pytest.raises(KeyRefused):
        by_key(db, made.token, now=NOW + DAY)
    third = rotate(DAY, NOW)
    assert by_key(db, second.token)
    with pytest.raises(KeyRefused):
        by_key(db, made.token)
    rotate(timedelta(0), NOW)
    for token in (second.token, third.token):
        with pytest.raises(KeyRefused):
            by_key(db, token)
    assert actions_in_trail(db).count("key.rotated") == 3


def test_a_revoked_key_is_refused_and_stays_revoked(db):
    made = add_key(db, P.STOCK_READ)

    def revoke(reason):
        return db.run(lambda tx: actions.revoke_key(tx, made.key.id, reason, actor=SYSTEM, now=NOW))

    first = revoke("leaked")
    assert first.revoked_at == NOW
    with pytest.raises(KeyRefused):
        by_key(db, made.token)
    assert revoke("again") == first
    assert actions_in_trail(db) == ["key.added", "key.revoked"]
    with pytest.raises(KeyRevoked):
        db.run(lambda tx: actions.rotate_key(tx, made.key.id, overlap=DAY, actor=SYSTEM, now=NOW))


def test_a_key_expires(db):
    made = add_key(db, P.STOCK_READ, expires_at=NOW + DAY)
    assert by_key(db, made.token).until == NOW + DAY
    with pytest.raises(KeyRefused):
        by_key(db, made.token, now=NOW + DAY)
    with pytest.raises(ExpiryPassed):
        add_key(db, P.STOCK_READ, expires_at=NOW)


def test_nobody_makes_a_key_that_reaches_further_than_they_do(db, nodes):
    chief = actor_of(add(db, "chief@example.org", grant(Role.DIRECTOR, "PAR")))
    assert add_key(db, P.STOCK_WRITE, nodes=("PAR",), actor=chief).token
    with pytest.raises(BeyondYourReach):
        add_key(db, P.STOCK_WRITE, nodes=("PAR", "LYS"), actor=chief)
    with pytest.raises(BeyondYourReach):
        add_key(db, P.STOCK_WRITE, actor=chief)
    with pytest.raises(UnknownCodes):
        add_key(db, P.STOCK_WRITE, nodes=("MOON",))
    narrow = by_key(db, add_key(db, P.KEYS_WRITE).token).actor
    with pytest.raises(BeyondYourReach):
        add_key(db, P.STOCK_READ, actor=narrow)


def test_nobody_gets_hold_of_a_wider_key_by_rotating_it(db, nodes):
    chief = actor_of(add(db, "chief@example.org", grant(Role.DIRECTOR, "PAR")))
    for wide in (add_key(db, P.STOCK_WRITE), add_key(db, P.STOCK_WRITE, nodes=("LYS",))):
        with pytest.raises(BeyondYourReach):
            db.run(
                lambda tx, wide=wide: actions.rotate_key(
                    tx, wide.key.id, overlap=DAY, actor=chief, now=NOW
                )
            )
        with pytest.raises(BeyondYourReach):
            db.run(
                lambda tx, wide=wide: actions.revoke_key(tx, wide.key.id, "", actor=chief, now=NOW)
            )
        assert by_key(db, wide.token)


def test_the_clock_is_given_at_the_machine_alone(db):
    director = actor_of(add(db, "chief@example.org", grant(Role.DIRECTOR)))
    with pytest.raises(CommandLineOnly):
        add_key(db, P.CLOCK_DRIVE, actor=director)
    driver = add_key(db, P.CLOCK_DRIVE, P.KEYS_WRITE)
    with pytest.raises(CommandLineOnly):
        add_key(db, P.CLOCK_DRIVE, actor=by_key(db, driver.token).actor)
    with pytest.raises(BeyondYourReach):
        db.run(
            lambda tx: actions.rotate_key(tx, driver.key.id, overlap=DAY, actor=director, now=NOW)
        )


def test_a_key_is_noted_as_used_once_a_minute(db):
    made = add_key(db, P.STOCK_READ)

    def last_used(after_s):
        by_key(db, made.token, now=NOW + timedelta(seconds=after_s))
        return db.run(lambda tx: views.key(tx, made.key.id)).last_used_at - NOW

    assert last_used(0) == timedelta(0)
    assert last_used(59) == timedelta(0)
    assert last_used(60) == timedelta(seconds=60)


def test_unknown_keys_cannot_be_changed(db):
    with pytest.raises(NotFound):
        db.run(lambda tx: actions.revoke_key(tx, "0" * 16, "", actor=SYSTEM, now=NOW))


# buckets


SIXTY_A_MINUTE = Policy(name="key", capacity=60, window_s=60)


def take(db, wanted=1, at_s=0.0):
    at = NOW + timedelta(seconds=at_s)
    return db.run(lambda tx: store.take(tx, "key:k", SIXTY_A_MINUTE, wanted=wanted, now=at))


def test_a_bucket_gives_what_it_has_and_fills_up(db):
    assert take(db, 50).taken == 50
    assert take(db, 50).taken == 10
    assert take(db, 50).taken == 0
    assert take(db, 50, at_s=5.5).taken == 5
    assert take(db, 1, at_s=6).taken == 1
    assert take(db, 100, at_s=3600).taken == 60


def test_a_new_bucket_gives_no_more_than_it_holds(db):
    assert take(db, 1000).taken == 60


def test_a_clock_that_is_behind_neither_fills_nor_empties(db):
    assert take(db, 60, at_s=10).taken == 60
    assert take(db, 60, at_s=0).taken == 0
    assert take(db, 60, at_s=11).taken == 1


def test_processes_that_take_at_once_get_no_more_than_there_is(db):
    with ThreadPoolExecutor(8) as several:
        taken = list(several.map(lambda _: take(db, 7).taken, range(40)))
    assert sum(taken) == 60
