"""The outbox: nothing is stepped over, whatever order writers commit in."""

import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noria.kit import events
from noria.kit.clock import wall
from noria.kit.db import Database, savepoint
from noria.kit.event import matches
from noria.kit.events import Event, EventsForgotten, Wanted


def happened(kind="order.accepted", subject="A", node=None, data=None):
    return Event(type=kind, subject=subject, node=node, data=data)


def write(db: Database, *given: Event) -> None:
    db.run(lambda tx: events.publish(tx, given))


def read(db: Database, cursor=0, **more):
    return db.run(lambda tx: events.after(tx, cursor, **more))


def subjects(found):
    return [event.subject for event in found.events]


def test_events_come_back_as_they_were_written(db):
    write(db, happened(subject="1", data={"a": [1, None]}), happened(subject="2", node="PAR"))
    found = read(db)
    assert [(event.seq, event.type, event.subject) for event in found.events] == [
        (1, "order.accepted", "1"),
        (2, "order.accepted", "2"),
    ]
    assert found.events[0].data == {"a": [1, None]}
    assert found.events[1].node == "PAR"
    assert abs(found.events[0].at - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.cursor == 2
    assert read(db, found.cursor).events == []


def test_one_who_commits_late_is_not_stepped_over(db):
    """Took its seq first, commits last: readers wait for it, whoever has the lower transaction id."""
    with db.transaction() as early, db.transaction() as late:
        late.execute("select pg_current_xact_id()")  # the lower transaction id, the higher seq
        events.publish(early, [happened(subject="first")])
        events.publish(late, [happened(subject="second")])
        assert read(db).events == []
        assert read(db).cursor == 0
    assert subjects(read(db)) == ["first", "second"]


def test_the_cursor_does_not_run_ahead_of_an_open_writer(db):
    with db.transaction() as slow:
        events.publish(slow, [happened(subject="slow")])
        write(db, happened(subject="quick"))
        cursor = read(db).cursor
        assert cursor == 0
    assert subjects(read(db, cursor)) == ["slow", "quick"]


def test_what_was_decided_before_an_open_writer_is_read_meanwhile(db):
    write(db, happened(subject="before"))
    with db.transaction() as slow:
        events.publish(slow, [happened(subject="slow")])
        assert subjects(read(db)) == ["before"]


def await_end_of_writers(db):
    """A server notices a moment later that its client is gone."""
    deadline = time.monotonic() + 10
    while db.run(events.horizon) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize("ending", ["rolled back", "undone by a savepoint", "connection lost"])
def test_a_writer_that_fails_holds_nobody_up(db, url, ending):
    if ending == "rolled back":
        with db.transaction() as tx:
            events.publish(tx, [happened(subject="lost")])
            raise_rollback = psycopg.Rollback()
            write(db, happened(subject="kept"))
            raise raise_rollback
    elif ending == "connection lost":
        with psycopg.connect(url) as lost:
            events.publish(lost, [happened(subject="lost")])
            write(db, happened(subject="kept"))
            lost.close()
        await_end_of_writers(db)
    else:
        with db.transaction() as tx:
            with savepoint(tx):
                events.publish(tx, [happened(subject="lost")])
                raise psycopg.Rollback
            write(db, happened(subject="kept"))
            assert subjects(read(db)) == ["kept"], "the announcement went with the savepoint"
            events.publish(tx, [happened(subject="again")])
            write(db, happened(subject="later"))
            assert subjects(read(db)) == ["kept"], "and a new one was made"
        assert subjects(read(db)) == ["kept", "again", "later"]
        return
    assert subjects(read(db)) == ["kept"]


def test_a_long_transaction_that_writes_no_event_holds_nobody_up(db):
    with db.transaction() as long:
        long.execute("create table elsewhere (n int)")
        write(db, happened())
        assert len(read(db).events) == 1


def test_one_announcement_a_transaction(db):
    with db.transaction() as tx:
        for number in range(50):
            events.publish(tx, [happened(subject=str(number))])
        held = tx.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone()
    assert held == (1,)


def test_an_open_writer_elsewhere_is_none_of_our_business(db, server):
    """Advisory locks are seen across databases; only ours count."""
    with psycopg.connect(server) as other:
        other.execute("select pg_advisory_xact_lock_shared(20047::bigint << 48)")
        write(db, happened())
        assert len(read(db).events) == 1


def test_under_load_every_event_is_read_once_and_in_order_of_its_subject(db):
    writers, rounds, seen, stop = 6, 40, [], threading.Event()

    def keep_reading():
        cursor = 0
        while True:
            is_last = stop.is_set()
            found = read(db, cursor, limit=7)
            seen.extend(found.events)
            if is_last and not found.events:
                return
            cursor = found.cursor

    def keep_writing(writer):
        for turn in range(rounds):
            with db.transaction() as tx:
                events.publish(tx, [happened(subject=f"own-{writer}", data=turn)])
                tx.execute("select pg_sleep(random() * 0.004)")
                if turn % 5 == 4:
                    raise psycopg.Rollback
                # a subject that all share is locked first, as any row that two may change
                tx.execute("select pg_advisory_xact_lock(1)")
                events.publish(tx, [happened(subject="shared", data=[writer, turn])])

    reader = threading.Thread(target=keep_reading)
    crowd = [threading.Thread(target=keep_writing, args=[number]) for number in range(writers)]
    for thread in [reader, *crowd]:
        thread.start()
    for thread in crowd:
        thread.join()
    stop.set()
    reader.join()
    kept = rounds - rounds // 5
    assert len(seen) == len({event.seq for event in seen}) == writers * kept * 2
    assert [event.seq for event in seen] == sorted(event.seq for event in seen)
    for writer in range(writers):
        turns = [event.data for event in seen if event.subject == f"own-{writer}"]
        assert turns == sorted(turns)


WANTED = [
    ("nothing asked for is all", Wanted(), ["1", "2", "3", "4"]),
    ("one type", Wanted(types=["order.accepted"]), ["1"]),
    ("a wildcard", Wanted(types=["order.*"]), ["1", "2"]),
    ("the wildcard of all", Wanted(types=["*"]), ["1", "2", "3", "4"]),
    ("either", Wanted(types=["order.accepted", "stock.*"]), ["1", "3", "4"]),
    ("no type is nothing", Wanted(types=[]), []),
    ("a dot is a dot, an underscore an underscore", Wanted(types=["order_accepted"]), []),
    ("one subject", Wanted(subjects=["2"]), ["2"]),
    ("of one node, so none without", Wanted(nodes=["PAR"]), ["2", "3"]),
    ("no node at all", Wanted(nodes=[]), []),
    ("both must hold", Wanted(types=["stock.*"], nodes=["PAR"]), ["3"]),
]


def test_wanted(db):
    given = [
        happened("order.accepted", "1"),
        happened("order.shipped", "2", node="PAR"),
        happened("stock.level.changed", "3", node="PAR"),
        happened("stock.level.changed", "4", node="LYS"),
    ]
    write(db, *given)
    for because, wanted, found in WANTED:
        slice_ = read(db, wanted=wanted)
        assert subjects(slice_) == found, because
        assert slice_.cursor == 4, "the cursor goes on even where nothing was wanted"
        assert [event.subject for event in given if wanted.has(event)] == found, because


def test_a_rare_type_is_found_without_looking_at_all_at_once(db, monkeypatch):
    monkeypatch.setattr(events, "LOOKED_AT_ONCE", 10)
    write(db, *[happened("noise.made", str(number)) for number in range(35)], happened())
    cursor, steps, found = 0, 0, []
    while cursor < 36:
        slice_ = read(db, cursor, wanted=Wanted(types=["order.accepted"]))
        assert slice_.cursor > cursor
        cursor, steps, found = slice_.cursor, steps + 1, found + slice_.events
    assert (steps, [event.seq for event in found]) == (4, [36])


def test_old_events_go_and_who_comes_too_late_is_told(db):
    write(db, *[happened(subject=str(number)) for number in range(5)])
    with db.transaction() as tx:
        tx.execute("update event set written_at = now() - interval '91 days' where seq <= 3")
    assert db.run(lambda tx: events.forget_old(tx, now=wall())) == 3
    assert db.run(lambda tx: events.forget_old(tx, now=wall())) == 0
    with pytest.raises(EventsForgotten) as refusal:
        read(db, 2)
    assert refusal.value.details == {"cursor": 2, "forgotten": 3, "days": 90}
    assert subjects(read(db, 3)) == ["3", "4"]
    assert subjects(read(db, db.run(events.oldest))) == ["3", "4"]


def test_old_events_go_slice_by_slice(db, monkeypatch):
    monkeypatch.setattr(events, "FORGOTTEN_AT_ONCE", 4)
    write(db, *[happened(subject=str(number)) for number in range(10)])
    later = wall() + timedelta(days=91)
    assert [db.run(lambda tx: events.forget_old(tx, now=later)) for _ in range(4)] == [4, 4, 2, 0]


@pytest.mark.parametrize(("type_", "subject"), [("Order", "1"), ("order", "1"), ("a.b", "")])
def test_what_no_event_looks_like_is_refused_by_the_table(db, type_, subject):
    with pytest.raises(psycopg.errors.CheckViolation):
        write(db, happened(type_, subject))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text("ab._*", max_size=6), st.text("ab._", max_size=6))
def test_a_pattern_means_the_same_to_python_and_to_words(pattern, type_):
    if pattern.endswith("*"):
        assert matches(pattern, type_) == (type_[: len(pattern) - 1] == pattern[:-1])
    else:
        assert matches(pattern, type_) == (pattern == type_)


def test_what_was_written_as_text_is_read_forgotten_and_emptied_like_the_rest(db):
    """As a batch of wishes writes it: nothing is taken apart before somebody reads."""
    write(db, happened(subject="1", data={"reason": "Mrs. Dupont called", "units": 2}))
    with db.transaction() as tx:
        tx.execute(
            "insert into event (type, subject, node, told) values ('reservation.made', '2', 'PAR', %s)",
            ['{"reason":"for Mrs. Dupont","units":[1,null]}'],
        )
    assert [event.data["units"] for event in read(db).events] == [2, [1, None]]
    assert subjects(read(db, wanted=Wanted(types=["reservation.*"], nodes=["PAR"]))) == ["2"]
    db.run(lambda tx: events.redact(tx, ["1", "2"]))
    assert [event.data for event in read(db).events] == [
        {"reason": "", "units": 2},
        {"reason": "", "units": [1, None]},
    ]
    with db.transaction() as tx, pytest.raises(psycopg.errors.CheckViolation):
        tx.execute("insert into event (type, subject) values ('a.b', 'neither')")
