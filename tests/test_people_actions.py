from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from argon2 import PasswordHasher

import staff
from noria.kit import trail
from noria.kit.auth import SYSTEM, Role
from noria.kit.db import savepoint
from noria.kit.errors import NotFound, UnknownCodes
from noria.kit.jobs import PERIODIC
from noria.people import actions, jobs, passwords, rules, store, views
from noria.people.model import (
    BeyondYourReach,
    EmailTaken,
    LogInRefused,
    PasswordWeak,
    PasswordWrong,
    SessionOver,
    TooManyLogIns,
)
from staff import (
    CHOSEN,
    DAY,
    NOW,
    PASSWORD,
    P,
    actions_in_trail,
    actor_of,
    add,
    add_key,
    grant,
    log_in,
    profile,
    session,
)

nodes, quick_hashes = staff.nodes, staff.quick_hashes


def test_a_log_in_opens_a_session_that_knows_the_grants(db, nodes):
    person = add(db, "Claire@Example.ORG", grant(Role.STORE_MANAGER, "PAR"))
    opened = log_in(db, "claire@example.org ")
    found = session(db, opened.token)
    assert (found.person, found.language) == (person.id, "fr")
    assert found.grants == (grant(Role.STORE_MANAGER, "PAR"),)
    assert actions_in_trail(db) == ["person.added", "session.opened"]


def test_no_token_is_kept_as_it_is(db):
    add(db)
    opened = log_in(db)
    with db.transaction() as tx:
        kept = str(tx.execute("select * from session").fetchall())
        kept += str(tx.execute("select * from person").fetchall())
    assert opened.token not in kept
    assert opened.csrf_token not in kept
    assert PASSWORD not in kept


def test_unknown_e_mail_wrong_password_and_inactive_are_one_answer_by_one_path(db, monkeypatch):
    person = add(db)
    add(db, "gone@example.org")
    gone = db.run(lambda tx: store.credential(tx, "gone@example.org"))
    db.run(
        lambda tx: actions.change_person(
            tx, gone.person, profile("gone@example.org", is_active=False), actor=SYSTEM, now=NOW
        )
    )
    verified = []
    monkeypatch.setattr(
        passwords,
        "is_right",
        lambda known, password, real=passwords.is_right: (
            verified.append((known, password)) or real(known, password)
        ),
    )
    seen = set()
    for email, password in [
        ("nobody@example.org", PASSWORD),
        ("claire@example.org", "not-the-password"),
        ("gone@example.org", PASSWORD),
    ]:
        with pytest.raises(LogInRefused) as refused:
            log_in(db, email, password)
        seen.add((refused.value.code, refused.value.sentence("fr"), refused.value.retry_after_s))
    assert len(seen) == 1
    assert [password for _, password in verified] == [PASSWORD, "not-the-password", PASSWORD]
    assert verified[0][0] == passwords.of_nobody()
    parameters = [known.rsplit("$", 2)[0] for known, _ in verified]
    assert len(set(parameters)) == 1, "a hash of nobody costs what any other costs"
    assert person.is_active


def test_the_hash_of_nobody_opens_for_no_password(db):
    with pytest.raises(LogInRefused):
        log_in(db, "nobody@example.org", "nobody")


def test_a_hash_with_other_parameters_is_made_again_at_the_next_log_in(db, monkeypatch):
    add(db)
    old = db.run(lambda tx: store.credential(tx, "claire@example.org")).password_hash
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(2, 16, 1))
    log_in(db)
    new = db.run(lambda tx: store.credential(tx, "claire@example.org")).password_hash
    assert "m=8," in old
    assert "m=16," in new
    log_in(db)
    assert db.run(lambda tx: store.credential(tx, "claire@example.org")).password_hash == new


def test_passwords_are_argon2id_with_parameters_no_weaker_than_the_standard_asks():
    assert CHOSEN.type.name == "ID"
    assert (CHOSEN.time_cost, CHOSEN.memory_cost) >= (2, 19_456)


def test_ten_failures_close_an_e_mail_from_every_address(db):
    add(db)
    for number in range(10):
        with pytest.raises(LogInRefused):
            log_in(db, password="wrong", address=f"203.0.113.{number}")
    with pytest.raises(TooManyLogIns) as refused:
        log_in(db, address="198.51.100.1")
    assert refused.value.retry_after_s == 90
    assert "90" in refused.value.sentence("fr")
    later = NOW + timedelta(seconds=90)
    assert log_in(db, address="198.51.100.1", now=later).token


def test_a_hundred_failures_close_an_address_for_every_e_mail(db):
    add(db)
    for number in range(100):
        with pytest.raises(LogInRefused):
            log_in(db, f"guess{number}@example.org")
    with pytest.raises(TooManyLogIns):
        log_in(db)
    assert log_in(db, address="198.51.100.1").token


def test_log_ins_that_succeed_are_not_counted(db):
    add(db)
    for _ in range(15):
        log_in(db)


def test_tries_sent_at_once_are_all_counted(db):
    add(db)

    def attempt(_):
        try:
            log_in(db, password="wrong")
        except (LogInRefused, TooManyLogIns) as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as several:
        answers = list(several.map(attempt, range(30)))
    assert answers.count("log-in-refused") == 10
    assert answers.count("too-many-log-ins") == 20


def test_a_refused_try_takes_nothing_from_the_other_bucket(db):
    for number in range(10):
        with pytest.raises(LogInRefused):
            log_in(db, "victim@example.org", address=f"203.0.113.{number}")
    for _ in range(120):
        with pytest.raises(TooManyLogIns):
            log_in(db, "victim@example.org", address="198.51.100.1")
    with pytest.raises(LogInRefused):
        log_in(db, "other@example.org", address="198.51.100.1")


def test_a_password_changed_while_its_hash_was_checked_opens_nothing(db, monkeypatch):
    person = add(db)

    def verify_slowly(known, password, real=passwords.is_right):
        is_right = real(known, password)
        db.run(
            lambda tx: actions.reset_password(tx, person.id, "sept-navires-au-port", actor=SYSTEM)
        )
        return is_right

    monkeypatch.setattr(passwords, "is_right", verify_slowly)
    with pytest.raises(LogInRefused):
        log_in(db)


# sessions


def test_a_session_ends_at_its_end_and_at_log_out(db):
    person = add(db)
    opened = log_in(db)
    session(db, opened.token, now=NOW + timedelta(hours=11, minutes=59))
    with pytest.raises(SessionOver):
        session(db, opened.token, now=NOW + timedelta(hours=12))
    db.run(lambda tx: actions.log_out(tx, rules.digest(opened.token), actor=actor_of(person)))
    with pytest.raises(SessionOver):
        session(db, opened.token)
    with pytest.raises(SessionOver):
        session(db, "made-up")


def test_use_is_written_once_a_minute(db):
    add(db)
    opened = log_in(db)

    def last_used(after_s):
        session(db, opened.token, now=NOW + timedelta(seconds=after_s))
        with db.transaction() as tx:
            return tx.execute("select last_used_at from session").fetchone()[0] - NOW

    assert last_used(60) == timedelta(0)
    assert last_used(61) == timedelta(seconds=61)
    assert last_used(90) == timedelta(seconds=61)


def test_an_inactive_person_is_out_at_once_and_stays_out(db):
    person = add(db)
    opened = log_in(db)
    db.run(
        lambda tx: actions.change_person(
            tx, person.id, profile(is_active=False), actor=SYSTEM, now=NOW
        )
    )
    with pytest.raises(SessionOver):
        session(db, opened.token)
    with pytest.raises(LogInRefused):
        log_in(db)


def test_a_session_that_was_left_behind_does_not_let_an_inactive_person_in(db):
    add(db)
    opened = log_in(db)
    with db.transaction() as tx:
        tx.execute("update person set is_active = false")
    with pytest.raises(SessionOver):
        session(db, opened.token)


def test_a_new_password_ends_the_other_sessions(db):
    person = add(db)
    here, there = log_in(db), log_in(db)
    actions.change_password(
        db, person.id, PASSWORD, "sept-navires-au-port", keep=rules.digest(here.token), now=NOW
    )
    assert session(db, here.token)
    with pytest.raises(SessionOver):
        session(db, there.token)
    with pytest.raises(LogInRefused):
        log_in(db)
    assert log_in(db, password="sept-navires-au-port").token
    assert "password.changed" in actions_in_trail(db)


def test_a_password_is_only_changed_by_who_knows_it_and_tries_are_counted(db):
    person = add(db)
    for _ in range(10):
        with pytest.raises(PasswordWrong):
            actions.change_password(
                db, person.id, "wrong", "sept-navires-au-port", keep=b"", now=NOW
            )
    with pytest.raises(TooManyLogIns):
        actions.change_password(db, person.id, PASSWORD, "sept-navires-au-port", keep=b"", now=NOW)


def test_a_new_password_is_not_weak(db):
    person = add(db)
    with pytest.raises(PasswordWeak):
        actions.change_password(db, person.id, PASSWORD, "short", keep=b"", now=NOW)
    assert log_in(db).token


def test_a_reset_ends_every_session(db):
    person = add(db)
    opened = log_in(db)
    db.run(lambda tx: actions.reset_password(tx, person.id, "sept-navires-au-port", actor=SYSTEM))
    with pytest.raises(SessionOver):
        session(db, opened.token)


# people and grants


def test_an_e_mail_belongs_to_one_person(db):
    add(db)
    other = add(db, "other@example.org")
    with pytest.raises(EmailTaken):
        add(db, "CLAIRE@example.org")
    with pytest.raises(EmailTaken):
        db.run(
            lambda tx: actions.change_person(
                tx, other.id, profile("claire@example.org"), actor=SYSTEM, now=NOW
            )
        )
    assert len(db.run(views.people)) == 2


def test_grants_are_replaced_whole_and_noted(db, nodes):
    person = add(db, "claire@example.org", grant(Role.PLANNER, "PAR"))
    changed = db.run(
        lambda tx: actions.set_grants(
            tx, person.id, [grant(Role.AUDITOR), grant(Role.PLANNER, "LYS")], actor=SYSTEM, now=NOW
        )
    )
    assert changed.grants == (grant(Role.AUDITOR), grant(Role.PLANNER, "LYS"))
    assert changed.version == person.version + 1
    (entry, *_) = db.run(trail.entries)
    assert entry.action == "person.grants.changed"
    assert entry.before["grants"] == [{"role": "planner", "nodes": ["PAR"]}]
    assert {"role": "auditor", "nodes": None} in entry.after["grants"]
    assert "password" not in str(entry.after)


def test_grants_name_nodes_that_are_there(db, nodes):
    with pytest.raises(UnknownCodes, match="MOON"):
        add(db, "claire@example.org", grant(Role.PLANNER, "PAR", "MOON"))
    assert db.run(views.people) == []


def test_who_manages_one_node_gives_nothing_at_another(db, nodes):
    chief = actor_of(add(db, "chief@example.org", grant(Role.DIRECTOR, "PAR")))
    person = add(db, "claire@example.org", grant(Role.PLANNER, "LYS"))

    def give(*grants):
        return db.run(
            lambda tx: actions.set_grants(tx, person.id, grants, actor=chief, now=NOW)
        ).grants

    with pytest.raises(BeyondYourReach):
        give(grant(Role.PLANNER, "LYS"), grant(Role.AUDITOR))
    with pytest.raises(BeyondYourReach):
        give()
    assert len(give(grant(Role.PLANNER, "LYS"), grant(Role.STORE_MANAGER, "PAR"))) == 2
    with pytest.raises(BeyondYourReach):
        db.run(
            lambda tx: actions.change_person(
                tx, person.id, profile("mine@example.org"), actor=chief, now=NOW
            )
        )
    with pytest.raises(BeyondYourReach):
        db.run(
            lambda tx: actions.reset_password(tx, person.id, "sept-navires-au-port", actor=chief)
        )
    with pytest.raises(BeyondYourReach):
        add(db, "new@example.org", grant(Role.STORE_ASSOCIATE), actor=chief)


def test_nobody_changes_who_is_not_there(db):
    with pytest.raises(NotFound):
        db.run(lambda tx: actions.set_grants(tx, "nobody", [], actor=SYSTEM, now=NOW))
    with pytest.raises(NotFound):
        db.run(lambda tx: actions.change_person(tx, "nobody", profile(), actor=SYSTEM, now=NOW))


def test_people_are_shown_to_who_reaches_one_of_their_nodes(db, nodes):
    add(db, "a@example.org", grant(Role.PLANNER, "PAR"))
    add(db, "b@example.org", grant(Role.PLANNER, "LYS"))
    add(db, "c@example.org", grant(Role.PLANNER))
    add(db, "d@example.org")
    emails = [person.email for person in db.run(lambda tx: views.people(tx, nodes=["PAR"]))]
    assert emails == ["a@example.org", "c@example.org"]
    after = db.run(lambda tx: views.people(tx, after="b@example.org", limit=1))
    assert [person.email for person in after] == ["c@example.org"]


# what lies about


def test_what_has_ended_is_dropped(db):
    add(db)
    log_in(db)
    with pytest.raises(LogInRefused):
        log_in(db, "nobody@example.org")
    assert db.run(lambda tx: actions.forget_old(tx, now=NOW + timedelta(hours=13))) == 1
    assert db.run(lambda tx: actions.forget_old(tx, now=NOW + timedelta(hours=25))) == 3


def test_the_worker_sweeps(db):
    add(db)
    actions.log_in(
        db,
        "claire@example.org",
        PASSWORD,
        address="203.0.113.9",
        lasts=timedelta(seconds=1),
        now=NOW - DAY,
    )
    assert PERIODIC["people.forget_old"].run(db) >= 1
    with db.transaction() as tx:
        assert tx.execute("select from session").rowcount == 0
    assert jobs.forget_old(db) == 0


BROKEN = [
    ("an_email_is_lower_case", "update person set email = 'A@example.org'"),
    ("an_email_has_two_sides", "update person set email = 'nobody'"),
    ("a_person_has_a_name", "update person set name = ''"),
    ("we_speak_two_languages", "update person set language = 'de'"),
    ("a_password_is_hashed_with_argon2id", "update person set password_hash = 'secret'"),
    ("a_role_is_known", "insert into role_grant select id, 'king', null from person"),
    ("a_grant_is_given_once", "insert into role_grant select id, 'planner', null from person"),
    ("a_key_may_do_something", "update api_key set permissions = '{}'"),
    ("a_key_reaches_somewhere", "update api_key set nodes = '{}'"),
    ("a_secret_is_hashed", "update api_key set secret_hash = 'secret'"),
    ("an_old_secret_has_an_end", "update api_key set previous_hash = secret_hash"),
    ("a_session_ends_after_it_begins", "update session set expires_at = created_at"),
    ("a_token_is_hashed", "update session set token_hash = 'token'"),
    ("tokens_are_never_owed", "update bucket set tokens = -1"),
]


def test_the_database_holds_the_line_too(db):
    add(db, "claire@example.org", grant(Role.PLANNER))
    log_in(db)
    add_key(db, P.STOCK_READ)
    with db.transaction() as tx:
        for constraint, statement in BROKEN:
            with pytest.raises(psycopg.errors.IntegrityError, match=constraint), savepoint(tx):
                tx.execute(statement)


def test_a_log_in_that_failed_is_in_the_trail(db):
    person = add(db)
    for email in ("nobody@example.org", "claire@example.org"):
        with pytest.raises(LogInRefused):
            log_in(db, email, "not-the-password")
    found = db.run(lambda tx: trail.entries(tx, actor=actions.NOBODY))
    assert [(one.action, one.subject) for one in reversed(found)] == [
        ("session.refused", "nobody"),
        ("session.refused", f"person:{person.id}"),
    ]
    assert "example.org" not in str(found), "what was typed may have been a password"
