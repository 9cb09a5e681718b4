"""Audits as they are run: kept, told, measured, asked for, and beside people at work."""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

import world
from caller import calling
from noria.kit import clock, events, jobs_run
from noria.kit import jobs as queue
from noria.kit.auth import Permission
from noria.kit.jobs import PERIODIC
from noria.stock import actions as stock
from noria.stock.model import Counted
from noria.tower import actions, audit_rules, audit_views, jobs
from noria.tower.audit_model import AuditElsewhere, NoAuditUnderWay
from noria.tower.checks import CHECKS
from noria.value.jobs import follow as follow_value
from test_kit_jobs import look, work_off
from world import ACTOR, MONDAY

OFF_BY_ONE = "update balance set quantity = quantity + 1 where sku = 'cup' and state = 'available'"
HIDDEN = "update balance set quantity = quantity + 1 where sku = 'bowl' and state = 'available'"


@pytest.fixture
def book(db):
    """Three SKUs on two shelves."""
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=5, bowl=2)
        world.shelve(tx, "SHOP", cup=3)
    return db


def audit(db, key="a1", *, is_full=True, **more):
    return actions.audit(db, key, is_full=is_full, asked_by=ACTOR, **more)


def ask(db, question, *arguments, **named):
    return db.run(lambda tx: question(tx, *arguments, **named))


def damage(db, statement):
    with db.transaction() as tx:
        tx.execute(statement)


def types(db):
    return [event.type for event in ask(db, events.after, 0).events]


def test_an_audit_is_kept_with_what_it_compared(book):
    run = audit(book)
    assert (run.differences, run.is_full, run.skus, run.skus_done) == (0, True, 4, 4)
    assert run.began_at <= run.ended_at
    results = {one.name: one for one in ask(book, audit_views.results, "a1")}
    assert results["balance.moves"].compared == 6, "three shelves, and outside of each"
    assert results["movement.lines"].compared == 2
    assert "audit.finished" in types(book)


def test_differences_are_kept_with_their_movement(book):
    damage(book, OFF_BY_ONE)
    assert audit(book).differences == 4
    found = [one for _, one in ask(book, audit_views.findings, "a1")]
    assert {one.check for one in found} == {
        "balance.moves",
        "sku.zero",
        "level.told",
        "value.units",
    }
    assert {one.sku for one in found} == {"cup"}
    assert len({one.movement for one in found}) == 1
    [told] = [one for one in ask(book, events.after, 0).events if one.type == "audit.finished"]
    assert told.data["differences"] == 4
    damage(book, OFF_BY_ONE.replace("+", "-"))
    assert audit(book, "a2").differences == 0
    assert len(ask(book, audit_views.findings, "a1")) == 4, "history stays"


def test_an_audit_of_what_was_touched_looks_at_nothing_else(book):
    """It asks about three SKUs; the full one at night finds what nobody touched."""
    with book.transaction() as tx, world.behind_the_book(tx):
        tx.execute("update movement set recorded_at = recorded_at - interval '2 days'")
    assert audit(book).differences == 0
    damage(book, HIDDEN)
    with book.transaction() as tx:
        tx.execute("update audit_run set at = at - interval '1 day'")
        world.shelve(tx, "PAR", mug=6)
    run = audit(book, "a2", is_full=False)
    assert (run.is_full, run.skus, run.differences) == (False, 1, 0)
    assert audit(book, "a3").differences == 4


def test_the_first_audit_is_a_full_one_whatever_is_asked(book):
    assert audit(book, is_full=False).is_full


def test_slices_miss_no_sku_and_count_none_twice(book, monkeypatch):
    whole = audit(book, "a1")
    monkeypatch.setattr(audit_rules, "SLICE", 1)
    steps = []
    sliced = audit(book, "a2", step=lambda done, total: steps.append((done, total)))
    assert list(dict.fromkeys(steps)) == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert sliced.skus_done == whole.skus_done
    compared = [
        [(one.name, one.compared) for one in ask(book, audit_views.results, key)]
        for key in ("a1", "a2")
    ]
    assert compared[0] == compared[1]
    damage(book, OFF_BY_ONE)
    assert audit(book, "a3").differences == 4
    with book.transaction() as tx:
        world.shelve(tx, "LYS", bowl=1, mug=1)
    touched = audit(book, "a4", is_full=False)
    assert touched.skus == 3
    assert touched.differences == 4, "what is wrong stays wrong"


def test_what_a_run_found_before_it_was_begun_again_is_forgotten(book):
    damage(book, OFF_BY_ONE)
    audit(book)
    assert audit(book).differences == 4, "not eight"


class BrokenOff(BaseException):
    """As a kill does it: nothing of ours gets to run."""


def told(db, key):
    """What a run compared and found, without how long it took."""
    results = [
        (one.name, one.compared, one.differences) for one in ask(db, audit_views.results, key)
    ]
    return results, [finding for _, finding in ask(db, audit_views.findings, key)]


def test_what_is_broken_off_after_each_slice_finds_what_one_go_finds(book, monkeypatch):
    damage(book, OFF_BY_ONE)
    monkeypatch.setattr(audit_rules, "SLICE", 1)
    whole = audit(book, "a1")
    breaks = 0
    while True:
        seen = []

        def step(done, _total, seen=seen):
            seen.append(done)
            if len(seen) == 2:
                raise BrokenOff

        try:
            again = audit(book, "a2", step=step)
        except BrokenOff:
            breaks += 1
            assert ask(book, audit_views.run, "a2").skus_done == seen[-1]
            assert ask(book, audit_views.left_at_a_terminal) == "a2"
            continue
        break
    assert breaks >= 4 + sum(not check.is_by_sku for check in CHECKS)
    assert (again.differences, again.skus_done) == (whole.differences, whole.skus_done)
    assert told(book, "a2") == told(book, "a1")
    with pytest.raises(NoAuditUnderWay):
        ask(book, audit_views.left_at_a_terminal)


def test_two_processes_do_not_go_on_with_one_audit(book):
    def step(done, _total):
        if done == 0:
            audit(book, "a1")

    with pytest.raises(AuditElsewhere):
        audit(book, "a1", step=step)
    run = ask(book, audit_views.run, "a1")
    assert (run.skus_done, run.differences, run.failure) == (4, 0, None), "counted once"


def test_units_of_a_sku_that_no_catalog_knows_are_seen(book):
    with book.transaction() as tx:
        tx.execute("set local session_replication_role = replica")
        tx.execute("insert into balance values ('zzz', 'PAR', 'available', 1)")
        tx.execute("insert into balance values ('AAA', 'PAR', 'available', 1)")
    audit(book)
    assert {one.sku for _, one in ask(book, audit_views.findings, "a1")} == {"zzz", "AAA"}


def test_a_run_that_breaks_has_failed_and_says_so(book, monkeypatch):
    def breaks(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(actions.checks, "ask", breaks)
    job = book.run(lambda tx: jobs.jobs.enqueue(tx, jobs.AUDIT_JOB, {"is_full": True}))
    with pytest.raises(jobs_run.Again):
        jobs_run.run(book, job, lambda: False)
    run = ask(book, audit_views.run, job)
    assert run.failure == audit_rules.BROKEN
    assert "audit.failed" in types(book)
    monkeypatch.undo()
    assert ask(book, audit_views.audit).last is None, "a run that failed has compared nothing"
    jobs_run.run(book, job, lambda: False)
    assert look(book, job).result == {"differences": 0}
    assert ask(book, audit_views.run, job).failure is None


def test_the_worker_asks_once_when_it_is_due(book, monkeypatch):
    monkeypatch.setenv("NORIA_AUDIT_MINUTES", "60")
    for _ in range(2):
        PERIODIC["tower.audit"].run(book)
    work_off(book)
    PERIODIC["tower.audit"].run(book)
    work_off(book)
    [run] = ask(book, audit_views.runs)
    assert (run.is_full, run.differences, run.asked_by) == (True, 0, "system:noria")


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_the_worker_does_not_ask_again_before_the_first_has_begun(book, monkeypatch, state):
    monkeypatch.setenv("NORIA_AUDIT_MINUTES", "60")
    PERIODIC["tower.audit"].run(book)
    book.run(lambda tx: tx.execute("update job set state = %s", [state]))
    book.run(lambda tx: tx.execute("update procrastinate_jobs set queueing_lock = null"))
    PERIODIC["tower.audit"].run(book)
    assert len(ask(book, lambda tx: queue.jobs(tx, kinds=["tower.audit"]))) == 1


def test_the_worker_does_not_ask_where_it_is_switched_off(book, monkeypatch):
    monkeypatch.setenv("NORIA_AUDIT_MINUTES", "0")
    PERIODIC["tower.audit"].run(book)
    work_off(book)
    assert ask(book, audit_views.runs) == []


@pytest.mark.parametrize(
    ("because", "skus", "balances", "size"),
    [
        ("a small book is one slice", 100, 2_000, 12_500),
        ("200 balances a SKU", 10_000, 2_000_000, 1_250),
        ("ten balances a SKU", 1_000_000, 10_000_000, 25_000),
        ("never measured: at least one a SKU", 1_000_000, 0, 250_000),
        ("nothing at all", 0, 0, 1),
    ],
)
def test_how_many_skus_are_looked_at_at_once(because, skus, balances, size):
    assert audit_rules.slice_size(parts=skus, balances=balances) == size, because


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
NIGHT = NOON.replace(hour=2)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("because", "now", "minutes", "last", "last_full", "due"),
    [
        ("never audited: everything", NOON, 60, None, None, True),
        ("an hour is over: what was touched", NOON, 60, NOON - HOUR, NIGHT, False),
        ("not yet", NOON, 60, NOON - HOUR / 2, NIGHT, None),
        ("a night has passed: everything", NIGHT, 60, NIGHT - HOUR, NOON - 24 * HOUR, True),
        ("not before the night", NIGHT - HOUR, 60, NIGHT - 2 * HOUR, NOON - 24 * HOUR, False),
        ("only touched ones so far", NOON, 60, NOON - HOUR, None, True),
        ("the worker slept for days", NOON, 60, NOON - 70 * HOUR, NOON - 70 * HOUR, True),
        ("switched off", NOON, 0, None, None, None),
    ],
)
def test_when_an_audit_is_due(because, now, minutes, last, last_full, due):
    assert audit_rules.due(now, minutes=minutes, last=last, last_full=last_full) is due, because


def test_at_the_door(book):
    with calling(book, Permission.AUDIT_READ) as client:
        never = client.get("/v1/audit").json()
        assert (never["last"], never["is_clean"], never["findings"]) == (None, None, [])
        assert "yet" in never["says"]["en"], "never a false zero"
        asked = client.post("/v1/audit/runs", json={})
        assert asked.status_code == 202, asked.text
        again = client.post("/v1/audit/runs", json={}).json()
        assert again == asked.json(), "one that waits is enough"
        work_off(book)
        follow_value(book)  # the worker may have done so, or not: it does once a minute
        damage(book, OFF_BY_ONE)
        audit(book, "a2")
        last = client.get("/v1/audit").json()
        assert (last["is_clean"], last["last"]["differences"]) == (False, 5)
        assert last["findings"][0]["movement"]
        first = client.get("/v1/audit/runs", params={"limit": 1}).json()
        assert [run["id"] for run in first["items"]] == ["a2"]
        rest = client.get("/v1/audit/runs", params={"cursor": first["next"]}).json()
        assert [run["id"] for run in rest["items"]] == [asked.json()["id"]]
        shown = client.get("/v1/audit/runs/a2").json()
        assert {one["name"] for one in shown["checks"] if one["differences"]} == {
            "balance.moves", "sku.zero", "level.told", "value.units", "value.states",
        }  # fmt: skip
        page = client.get("/v1/audit/runs/a2/findings", params={"limit": 2}).json()
        more = client.get("/v1/audit/runs/a2/findings", params={"cursor": page["next"]}).json()
        assert [len(page["items"]), len(more["items"]), more["next"]] == [2, 3, None]
        one = client.get("/v1/audit/runs/a2/findings", params={"check": "sku.zero"}).json()
        assert [found["subject"] for found in one["items"]] == ["sku:cup"]
        assert client.get("/v1/audit/runs/none/findings").status_code == 404


def test_who_sees_one_store_does_not_see_the_audit_of_all(book):
    with calling(book, Permission.AUDIT_READ, nodes=["PAR"]) as client:
        for address in ("/v1/audit", "/v1/audit/runs", "/v1/audit/runs/a/findings"):
            assert client.get(address).status_code == 403, address
        assert client.post("/v1/audit/runs", json={}).status_code == 403


def test_metrics_never_say_zero_before_anything_was_compared(book):
    with calling(book) as client:
        before = client.get("/metrics").text
        assert "noria_audit_age_seconds +Inf" in before
        assert "noria_audit_differences{" not in before
        damage(book, OFF_BY_ONE)
        audit(book)
        after = client.get("/metrics").text
    assert 'noria_audit_differences{check="balance.moves"} 1.0' in after
    assert 'noria_audit_differences{check="order.units"} 0.0' in after
    assert "noria_audit_duration_seconds 0." in after
    assert "noria_audit_age_seconds +Inf" not in after


def test_the_page_is_served_and_asks_only_this_server(book):
    with calling(book) as client:
        page, script = client.get("/docs/audit"), client.get("/docs/assets/audit.js")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'src="/docs/assets/audit.js"' in page.text
    assert script.headers["content-type"].startswith("text/javascript")
    assert "//" not in script.text.replace("/**", ""), "no other server, and no comment unnoticed"


def test_beside_people_at_work_it_finds_nothing_and_blocks_nobody(book):
    """Counts and orders go on in other transactions; each audit sees a whole instant of them."""
    stop, worked = threading.Event(), []

    def work(key, units):
        lines = [Counted(sku="mug", quantity=units), Counted(sku="cup", quantity=units)]
        counted = {"counted_at": MONDAY, "actor": ACTOR, "now": MONDAY}
        book.run(lambda tx: stock.count(tx, key, "PAR", lines, **counted))
        book.run(lambda tx: world.accept(tx, world.order(key, mug=1, cup=1)))

    def works_on(number):
        for turn in itertools.count():
            if stop.is_set():
                break
            work(f"w{number}-{turn}", turn % 7 + 2)
            worked.append(turn)

    threads = [threading.Thread(target=works_on, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        runs = [audit(book, f"a{number}", is_full=number % 2 == 0) for number in range(12)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [run.differences for run in runs] == [0] * 12
    assert len(worked) > 3


def test_old_audits_are_forgotten_but_the_last_full_one(book):
    for key in ("a1", "a2", "a3"):
        audit(book, key, is_full=key != "a3")
    damage(book, "update audit_run set began_at = began_at - interval '500 days'")
    assert ask(book, actions.forget_old, now=MONDAY) == 2
    assert [run.id for run in ask(book, audit_views.runs)] == ["a2"]


def test_differences_need_a_person_until_an_audit_finds_none(book):
    assert audit(book).differences == 0
    damage(book, OFF_BY_ONE)
    audit(book, "a2")
    with calling(book, Permission.TOWER_READ) as client:
        told = client.get("/v1/exceptions", params={"kind": "audit.difference"}).json()["items"]
        assert any(
            (one["subject"], one["node"]) == ("balance:cup:SHOP:available", "SHOP") for one in told
        ), told
        damage(book, OFF_BY_ONE.replace("+ 1", "- 1"))
        audit(book, "a3")
        assert client.get("/v1/exceptions").json()["items"] == []
