"""A task is given to somebody, whoever had it, and taken away again; through the door as well."""

from datetime import timedelta

import pytest

import world
from caller import calling
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.work import actions, assign_actions, views
from noria.work.assign_model import AssignBody
from noria.work.fact_model import TaskOver
from noria.work.model import NewPlan, Take, WaveOver
from world import ACTOR, MONDAY

NINA, TOM = "person:nina", "person:tom"


@pytest.fixture
def two(retail):
    """Two orders in one wave at PAR, and Nina has it."""
    clock.start_driving(retail, MONDAY)
    world.shelve(retail, "PAR", mug=9)
    world.accept(retail, world.order("o1", mug=1), world.order("o2", mug=1))
    [wave] = actions.plan(retail, "W", NewPlan(node="PAR"), actor=ACTOR, now=MONDAY).waves
    actions.take(retail, Take(id="c1", wave=wave), actor=NINA, now=MONDAY, must=lambda _: None)
    return retail


def assign(tx, task="leg:o1.1", key="a1", person=TOM):
    asked = AssignBody(task=task, person=person)
    return assign_actions.assign(tx, key, asked, actor=ACTOR, now=MONDAY, must=lambda _: None)


def who(tx):
    return {one.id: one.taken_by for one in views.tasks(tx, now=MONDAY)}


def test_a_late_task_goes_to_somebody_else_and_the_rest_stays(two):
    assert who(two) == {"leg:o1.1": NINA, "leg:o2.1": NINA}
    given = assign(two)
    assert (given.person, given.until > MONDAY) == (TOM, True)
    assert who(two) == {"leg:o1.1": TOM, "leg:o2.1": NINA}
    assert assign(two, "leg:o2.1", "a2", person=None).person == ACTOR, "nobody named: to oneself"
    assert [one.tasks_left for one in views.waves(two, now=MONDAY)] == [1, 1], "the old one is over"
    assign_actions.withdraw(two, "a1", now=MONDAY, must=lambda _: None)
    assert who(two) == {"leg:o1.1": None, "leg:o2.1": ACTOR}
    with pytest.raises(WaveOver):
        assign_actions.withdraw(two, "a1", now=MONDAY, must=lambda _: None)


def test_what_somebody_else_has_meanwhile_is_not_taken_from_them(two):
    given = assign(two)
    later = given.until + timedelta(minutes=1)
    actions.take(two, Take(id="c2", wave=given.wave), actor=NINA, now=later, must=lambda _: None)
    with pytest.raises(WaveOver):
        assign_actions.withdraw(two, "a1", now=later, must=lambda _: None)


def test_what_is_picked_is_nobodys_task(two):
    world.pick(two, "o1.1")
    with pytest.raises(TaskOver):
        assign(two)
    with pytest.raises(NotFound):
        assign_actions.withdraw(two, "a9", now=MONDAY, must=lambda _: None)


def test_an_exception_is_proposed_carried_out_once_and_undone_through_the_door(db):
    """A late pick, as the tower does it: the call that is proposed, twice, and its undo."""
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
        world.accept(tx, world.order("o1", mug=1))
        clock.drive(tx, MONDAY + timedelta(days=1))
    with calling(db) as client:
        [row] = client.get("/v1/exceptions?kind=task.late").json()["items"]
        assert (row["name"], row["currency"], row["money_cents"]) == ("Pick is late", "EUR", 990)
        offered = row["proposal"]
        path, body = offered["path"].replace("{id}", "mine"), offered["body"]
        answers = [client.request(offered["method"], path, json=body) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 200], answers[0].text
        assert answers[0].json() == answers[1].json()
        assert who_now(client) == answers[0].json()["person"]
        undo = offered["undo"]["path"].replace("{id}", "mine")
        assert client.put(undo).status_code == 200
        assert client.put(undo).status_code == 200, "sent twice"
        assert who_now(client) is None
        french = client.get("/v1/exceptions?kind=task", headers={"Accept-Language": "fr"}).json()
        assert "à prélever avant le" in french["items"][0]["detail"]
        kinds = client.get("/v1/exception-kinds").json()["items"]
        assert {"task.late", "parcel.lost"} <= {one["kind"] for one in kinds}
        assert (
            client.put("/v1/receipts/none/settlement", json={"outcome": "accepted"}).status_code
            == 404
        )
    with calling(db, Permission.TOWER_READ, nodes=("PAR",)) as reader:
        [row] = reader.get("/v1/exceptions?kind=task.late").json()["items"]
        assert row["proposal"] is None, "nothing is offered to who may do nothing"


def who_now(client):
    return client.get("/v1/tasks").json()["items"][0]["taken_by"]
