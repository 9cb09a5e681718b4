"""Exceptions kept as rows: what a look writes, who looks, and how old an answer may be."""

from collections import Counter
from datetime import timedelta

import pytest

import auditor
import world
from caller import calling
from noria.kit import clock, looks
from noria.kit.auth import SYSTEM
from noria.kit.looks import LastLook, Need
from noria.orders import hold_actions, release_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.tower import (
    escalation_actions,
    exception_actions,
    exception_views,
    jobs,
    standing_actions,
    standing_store,
)
from noria.tower.exception_model import NewNote
from noria.tower.standing_api import AS_OF
from noria.tower.standing_model import FRESH, USABLE, Looked
from world import ACTOR, MONDAY

TUESDAY = MONDAY + timedelta(days=2)
LIST = "/v1/exceptions"
AS_IT_IS = {"Cache-Control": "max-age=60"}


def hold(tx, order, reason="asked to wait"):
    body = HoldBody(order=order, kind=HoldKind.MANUAL, reason=reason)
    hold_actions.place(tx, f"h-{order}", body, actor=ACTOR, now=MONDAY)


def lift(tx, order):
    release_actions.lift(
        tx, f"h-{order}", because="all is well", actor=ACTOR, now=TUESDAY, must=lambda _: None
    )


def build(tx):
    """Two days ago one order was held, and one found no stock."""
    clock.start_driving(tx, MONDAY)
    world.build(tx)
    world.shelve(tx, "PAR", mug=9)
    world.accept(tx, world.order("held", mug=1))
    world.accept(tx, world.order("waits", cup=1))
    hold(tx, "held")
    clock.drive(tx, TUESDAY)


@pytest.fixture
def house(db):
    with db.transaction() as tx:
        build(tx)
    return db


@pytest.fixture
def tx(house):
    with house.transaction() as tx:
        yield tx


def standing(tx):
    return Counter(exception_views.by_kind(tx))


def by_the_views(tx):
    return Counter(
        dict(tx.execute("select kind, count(*) from every_exception group by kind").fetchall())
    )


def test_a_look_writes_what_differs_and_what_is_over_goes_by_itself(tx):
    assert standing_actions.look(tx) == Looked(come=by_the_views(tx).total())
    assert standing(tx) == by_the_views(tx)
    assert standing_actions.look(tx) == Looked(), "nothing has changed: nothing is written"
    tx.execute("update order_line set price_cents = price_cents + 1 where order_id = 'held'")
    assert standing_actions.look(tx).changed == standing(tx)["order.held"]
    lift(tx, "held")
    assert standing_actions.look(tx).gone >= 1
    assert "order.held" not in standing(tx)
    assert standing(tx) == by_the_views(tx)


def told(tx):
    found = tx.execute(
        "select type, data ->> 'kind' from event where type like 'exception.%' order by seq"
    )
    return found.fetchall()


def test_the_worker_looks_before_anybody_asks_and_tells_what_came_and_went(house):
    jobs.look(house)
    assert house.run(standing) == house.run(by_the_views) != Counter()
    opened = [("exception.opened", kind) for kind in sorted(house.run(by_the_views))]
    assert sorted(house.run(told)) == opened
    house.run(lambda tx: lift(tx, "held"))
    house.run(standing_actions.look)
    assert sorted(house.run(told)) == opened, "it is the worker who tells"
    jobs.look(house)
    assert house.run(told)[len(opened) :] == [("exception.closed", "order.held")], (
        "it has found the rows as somebody else's look left them"
    )


def test_what_an_erasure_drops_is_not_told_as_gone(house):
    jobs.look(house)
    before = house.run(told)
    house.run(lambda tx: standing_store.erase(tx, ["held"], []))
    assert house.run(lambda tx: escalation_actions.tell(tx, now=TUESDAY)) == []
    jobs.look(house)
    assert house.run(told) == before


def test_what_is_said_alike_is_counted(tx):
    for _ in range(2):
        tx.execute(
            """
            insert into customer_report (id, order_id, trouble, words, reported_at)
            values (gen_random_uuid()::text, 'held', 'other', 'where is it?', noria_now())
            """
        )
    standing_actions.look(tx)
    assert standing(tx)["order.reported"] == 2
    assert standing_actions.look(tx) == Looked(), "each is its own row"


def test_rows_are_left_as_they_are_until_they_are_old(house):
    standing_actions.keep(house)
    before = house.run(standing)
    house.run(lambda tx: lift(tx, "held"))
    standing_actions.keep(house, fresh=timedelta(days=1))
    assert house.run(standing) == before, "not old by then"
    standing_actions.keep(house, fresh=timedelta(0))
    assert house.run(standing)["order.held"] == 0


def test_who_wants_no_copy_sees_what_was_just_done(house):
    with calling(house) as client:
        first = client.get(f"{LIST}/at-risk")
        assert first.headers[AS_OF] == TUESDAY.isoformat()
        house.run(lambda tx: lift(tx, "held"))
        again = client.get(f"{LIST}/at-risk", headers={"Cache-Control": "no-cache"})
        assert again.json()["exceptions"] < first.json()["exceptions"]


def test_a_driven_clock_that_leaps_has_them_looked_at(house):
    with calling(house) as client:
        client.get(LIST)
        later = TUESDAY + timedelta(hours=1)
        with house.transaction() as tx:
            clock.drive(tx, later)
        assert client.get(LIST, headers=AS_IT_IS).headers[AS_OF] == later.isoformat()


def test_while_somebody_looks_others_read_the_rows(house):
    house.run(standing_actions.look)
    with house.transaction() as other, house.transaction() as tx:
        lift(other, "held")
        assert standing_actions.look(other).gone
        asked = standing_store.last(tx)
        assert standing_actions.look_since(tx, asked, is_patient=False) == Looked()
        assert standing(tx)["order.held"] == 1, "as they were"


def test_a_look_that_began_since_is_not_repeated(tx):
    asked = standing_store.last(tx)
    standing_actions.look(tx)
    hold(tx, "waits", "another")
    assert standing_actions.look_since(tx, asked, is_patient=True) == Looked()
    assert standing_actions.look(tx).come == 1


@pytest.mark.parametrize(
    ("because", "looked", "driven", "wants_no_copy", "need"),
    [
        ("nobody ever looked: zero would be false", None, 0, False, Need.A_LOOK),
        ("just now", 5, 0, False, Need.NOTHING),
        ("it was the asker who did something", 5, 0, True, Need.A_LOOK),
        ("a while ago: one looks, the others read", 40, 0, False, Need.A_TRY),
        ("too long ago for anybody", 61, 0, False, Need.A_LOOK),
        ("the clock of the machine was set back", -3600, 0, False, Need.A_LOOK),
        ("the clock of the business leapt", 1, 3600, False, Need.A_LOOK),
        ("or was set back, as a replay begins", 1, -3600, False, Need.A_LOOK),
    ],
)
def test_what_a_reader_needs(because, looked, driven, wants_no_copy, need):
    at = None if looked is None else MONDAY
    last = LastLook(
        began_at=None if looked is None else TUESDAY - timedelta(seconds=looked),
        at=at,
        asked_at=TUESDAY,
        now=MONDAY + timedelta(seconds=driven),
    )
    told = looks.need(last, wants_no_copy=wants_no_copy, fresh=FRESH, usable=USABLE)
    assert told is need, because


def test_one_that_came_since_can_be_taken_at_once_and_who_has_it_is_told(tx):
    standing_actions.look(tx)
    hold(tx, "waits", "a strange address")
    note = NewNote(id="n1", kind="order.held", subject="order:waits", verb="assigned")
    exception_actions.note(tx, [note], actor=SYSTEM, now=TUESDAY)
    [mine] = exception_views.exceptions(tx, assigned_to=SYSTEM.id)
    assert (mine.kind, mine.subject) == ("order.held", "order:waits")
    assert standing_actions.look(tx) == Looked(), "a look says the same"


def test_who_is_forgotten_is_on_no_row_and_nothing_is_zero(house):
    with calling(house) as client:
        count = len(client.get(LIST).json()["items"])
        with house.transaction() as tx:
            exception_actions.erase(tx, ["held"], [])
            left = tx.execute("select order_id from standing_exception").fetchall()
            assert left == [("waits",)]
        told = client.get(LIST, headers=AS_IT_IS).json()["items"]
        assert len(told) == count, "looked at anew: the order is still held"


def test_the_audit_finds_rows_that_no_look_can_take_away(tx):
    standing_actions.look(tx)
    assert "exception.standing" not in auditor.names(tx)
    tx.execute("update standing_exception set money_cents = 7 where kind = 'order.waiting'")
    [found] = [one for one in auditor.findings(tx) if one.check == "exception.standing"]
    assert found.subject == "exception:order.waiting order:waits"
    assert found.found == "operations 7"
    standing_actions.look(tx)
    hold(tx, "waits", "a strange address")
    assert "exception.standing" not in auditor.names(tx), "what came since has its event"
