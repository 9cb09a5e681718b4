"""A movement is undone by its mirror image, once; nothing in the book is ever changed."""

import threading

import psycopg
import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.kit.db import savepoint
from noria.kit.errors import IdReused, NotFound
from noria.stock import actions, history_actions
from noria.stock.history_model import Basis, CorrectedAlready, NotCorrectable
from noria.stock.model import Counted, MovementKind, State
from test_stock_history import DAY, FRIDAY, HELD, HOUR, MONDAY, OUT, SHELF, at, book, told
from world import ACTOR


@pytest.fixture
def tx(retail):
    return retail


def correct(tx, key, by="c1"):
    return history_actions.correct(
        tx, key, by, reason="typed twice", actor="person:omar", now=FRIDAY
    )


def test_a_correction_leaves_both_in_the_book(tx):
    book(tx, "m1", 10)
    book(tx, "m2", 4, SHELF, OUT, happened=MONDAY + HOUR)
    done, gaps = correct(tx, "m2")
    assert (done.movement, done.happened_at, done.recorded_at, gaps) == (
        "m2",
        MONDAY + HOUR,
        FRIDAY,
        (),
    )
    assert world.levels(tx) == {("mug", "PAR", "available"): 10}
    assert [(one.movement, one.kind.value, one.cause, one.actor, one.change) for one in told(tx)][
        :2
    ] == [
        ("c1", "corrected", "movement:m2", "person:omar", 4),
        ("m2", "sold", "till:m2", ACTOR, -4),
    ]
    assert at(tx, MONDAY + DAY, Basis.HAPPENED) == {("mug", "PAR", "available"): 10}
    assert at(tx, MONDAY + DAY, Basis.RECORDED) == {("mug", "PAR", "available"): 6}
    assert world.audit(tx) == []


def test_what_was_found_so_that_a_mistake_fitted_is_undone_with_it(tx):
    assert book(tx, "m1", 2, SHELF, OUT), "the book knew of none"
    _, gaps = correct(tx, "m1")
    assert gaps == ()
    assert world.levels(tx) == {}, "as if nobody had said anything"
    assert world.audit(tx) == []


def test_a_correction_is_a_fact_even_when_its_units_are_gone(tx):
    book(tx, "m1", 10)
    book(tx, "m2", 8, SHELF, OUT)
    _, gaps = correct(tx, "m1")
    assert [(gap.quantity, gap.movement) for gap in gaps] == [(8, "c1")]
    assert world.levels(tx) == {}
    assert world.audit(tx) == []


def test_a_movement_is_corrected_once_and_the_first_is_named(tx):
    book(tx, "m1", 10)
    correct(tx, "m1")
    with pytest.raises(CorrectedAlready) as refused:
        correct(tx, "m1", "c2")
    assert refused.value.details == {"movement": "m1", "by": "c1"}
    correct(tx, "c1", "c3")
    assert world.levels(tx) == {("mug", "PAR", "available"): 10}, "a wrong correction is corrected"


@pytest.mark.parametrize(
    ("because", "key", "by", "refusal"),
    [
        ("there is none", "nowhere", "c1", NotFound),
        ("the id is taken", "m1", "m1", IdReused),
        ("a reservation counts on it", "m2", "c1", NotCorrectable),
        ("a transfer counts on it", "m3", "c1", NotCorrectable),
    ],
)
def test_what_cannot_be_corrected(tx, because, key, by, refusal):
    book(tx, "m1", 10)
    book(tx, "m2", 1, SHELF, HELD, kind=MovementKind.RESERVED)
    book(tx, "m3", 1, SHELF, State.IN_TRANSIT, to="LYS", kind=MovementKind.TRANSFERRED)
    before = world.levels(tx)
    with pytest.raises(refusal), savepoint(tx):
        correct(tx, key, by)
    assert world.levels(tx) == before, because


def test_two_who_correct_at_once_do_it_once(db):
    with db.transaction() as tx:
        world.build(tx)
        book(tx, "m1", 10)
    start, got = threading.Barrier(2), []

    def one(by):
        start.wait()
        try:
            with db.transaction() as tx:
                correct(tx, "m1", by)
            got.append("done")
        except CorrectedAlready:
            got.append("already")

    both = [threading.Thread(target=one, args=[by]) for by in ("c1", "c2")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(got) == ["already", "done"]
    with db.transaction() as tx:
        assert world.levels(tx) == {}


@pytest.mark.parametrize("table", ["movement", "move"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {} cascade", "update {} set {}"])
def test_nobody_changes_the_book(tx, table, change):
    book(tx, "m1", 10)
    column = {"movement": "reason = ''", "move": "quantity = 1"}[table]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
        tx.execute(change.format(table, column))


def test_a_count_is_corrected_too(tx):
    lines = [Counted(sku="mug", quantity=7)]
    actions.count(tx, "c7", "PAR", lines, counted_at=MONDAY, actor=ACTOR, now=MONDAY)
    correct(tx, "c7")
    assert world.levels(tx) == {}


def test_a_movement_has_a_page_of_its_own(db):
    with db.transaction() as tx:
        world.build(tx)
        book(tx, "m1", 10)
        book(tx, "m2", 14, SHELF, OUT)
        correct(tx, "m1")
    with calling(db, Permission.STOCK_READ) as client:
        first = client.get("/v1/movements/m1").json()
        assert (first["corrected_by"], first["corrects"]) == ("c1", None)
        (move,) = first["moves"]
        assert (move["quantity"], move["source"]["state"]) == (10, "outside")
        assert client.get("/v1/movements/c1").json()["corrects"] == "m1"
        assert len(client.get("/v1/movements/m2").json()["found"]) == 1
        assert client.get("/v1/movements/m9").status_code == 404
    with calling(db, Permission.STOCK_READ, nodes=("LYS",)) as client:
        assert client.get("/v1/movements/m1").status_code == 403


def test_a_sale_told_late_leaves_a_plain_count_as_it_is(tx):
    count = [Counted(sku="mug", quantity=5)]
    actions.count(tx, "k1", "PAR", count, counted_at=FRIDAY, actor=ACTOR, now=FRIDAY)
    book(tx, "m1", 2, SHELF, OUT, happened=MONDAY)
    assert world.levels(tx) == {("mug", "PAR", "available"): 5}
