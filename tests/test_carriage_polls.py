"""Carriers are asked where boxes are: what they say no to, or do not answer, is told once."""
# ruff: noqa: F811 - fixtures of another module

from datetime import datetime

import pytest

import carriage_case
import carrier_fakes as fakes
import world
from caller import calling
from carriage_case import (  # noqa: F401 - fixtures
    ENVIRON,
    carrier,
    case,
    opened,
    webhook_server,
)
from crowd import PATIENCE_S
from noria.carriage import call_actions
from noria.connectors.carriers import actions as carriers
from noria.connectors.carriers import jobs, ports
from noria.fulfilment import tracking_actions, tracking_views
from noria.kit.egress import Rules
from noria.kit.jobs import job as known
from noria.kit.jobs_run import run
from world import MONDAY


@pytest.fixture(scope="module")
def db(server, template):
    with opened(server, template) as shared:
        yield shared


def patient(plan):
    """On a busy machine an answer may take its time: it is none the less one."""
    return ports.connected(plan, Rules(is_open=True, timeout_s=PATIENCE_S), ENVIRON)


def polled(case):
    """Ask where all of its boxes are, whenever they were asked about last."""
    case.db.run(lambda tx: tx.execute("update label set polled_at = null"))
    jobs.poll(case.db)


@pytest.fixture
def under_way(case, carrier, monkeypatch):
    """Two boxes of one leg are with a carrier."""
    monkeypatch.setattr(carriage_case, "connect", patient)
    monkeypatch.setattr(jobs, "connect", patient)
    for box in (1, 2):
        case.ask(f"l{box}", box=box)
    case.work()
    case.db.run(lambda tx: (world.pick(tx, case.leg), world.ship(tx, case.leg, parcels=2)))
    case.db.run(lambda tx: call_actions.link(tx, now=MONDAY))
    return case


def test_a_carrier_that_knows_us_no_more_is_told_once_until_it_answers(under_way, carrier):
    carrier.answers = lambda *_: fakes.json_answer(401, {"error": "unknown key"})
    for _ in range(3):
        polled(under_way)
    [found] = under_way.exceptions("carrier")
    assert (found.kind, found.owner) == ("carrier.refuses", "integrator")
    assert found.facts["says"].startswith("status 401")
    assert found.facts["replies"] == 6
    carrier.answers = fakes.webhook
    polled(under_way)
    assert under_way.exceptions("carrier") == [], "it is well again"
    carrier.answers = lambda *_: fakes.json_answer(403, {"error": "unknown key"})
    polled(under_way)
    assert [one.kind for one in under_way.exceptions("carrier")] == ["carrier.refuses"], "anew"


def test_a_carrier_that_does_not_answer_is_told_once_until_it_does(under_way, carrier):
    def kinds():
        return [one.kind for one in under_way.exceptions("carrier")]

    carrier.answers = lambda *_: fakes.json_answer(503, {"error": "come back later"})
    for minutes, expected, why in (
        (0, [], "once may be a hiccup"),
        (40, [], "twice, too"),
        (20, ["carrier.silent"], "three times over an hour is a silence"),
        (90, ["carrier.silent"], "and it is one, however long it lasts"),
    ):
        later(under_way, minutes)
        polled(under_way)
        assert kinds() == expected, why
    [found] = under_way.exceptions("carrier")
    assert (found.owner, found.facts["says"], found.facts["replies"]) == (
        "integrator", "status 503", 4,
    )  # fmt: skip
    carrier.answers = lambda *_: fakes.json_answer(404, {"error": "not scanned yet"})
    polled(under_way)
    assert kinds() == [], "whoever knows nothing yet does answer"


def test_a_silent_carrier_is_asked_again_when_somebody_wants_to_know(under_way, carrier):
    carrier.answers = lambda *_: fakes.json_answer(503, {})
    for _ in range(3):
        later(under_way, 40)
        polled(under_way)
    [found] = under_way.exceptions("carrier")
    assert (found.kind, found.facts["carrier"]) == ("carrier.silent", under_way.code)
    carrier.answers = fakes.webhook
    assert ask(under_way) == {"asked": 2}, "though both were asked about just now"
    assert under_way.exceptions("carrier") == []


def test_the_silence_is_over_where_nothing_is_under_way(under_way, carrier):
    carrier.answers = lambda *_: fakes.json_answer(503, {})
    for _ in range(3):
        later(under_way, 40)
        polled(under_way)
    gone = "update label set state = 'cancelled' where state = 'bought'"
    under_way.db.run(lambda tx: tx.execute(gone))
    assert ask(under_way) == {"asked": 0}
    assert under_way.exceptions("carrier") == []


def test_whoever_has_it_asked_hears_what_asks_and_when_it_is_asked_by_itself(under_way):
    with calling(under_way.db) as client:
        body = {"account": under_way.code}
        first = client.put("/v1/carriers/polls/once", json=body)
        assert (first.status_code, first.json()["account"]) == (200, under_way.code)
        job = client.get(first.json()["job"]).json()
        assert (job["kind"], job["state"]) == ("carriers.ask", "waiting")
        assert datetime.fromisoformat(first.json()["next_at"]).minute % 15 == 0
        assert client.put("/v1/carriers/polls/once", json=body).json() == first.json()
        unknown = client.put("/v1/carriers/polls/other", json={"account": "nobody"})
        assert unknown.json()["code"] == "not-found"


def ask(case):
    """Ask for it, and do the job as the worker would; its result."""

    def asked(tx):
        return carriers.ask_again(tx, case.code, asked_by="person:ops", wall=MONDAY).job

    job = case.db.run(asked).rpartition("/")[2]
    assert case.db.run(asked).endswith(job), "while it waits, it is that one"
    run(case.db, job, lambda: False)
    with case.db.transaction() as tx:
        return known(tx, job).result


def test_a_carrier_that_refuses_and_then_is_silent_is_one_exception(under_way, carrier):
    carrier.answers = lambda *_: fakes.json_answer(401, {"error": "unknown key"})
    polled(under_way)
    carrier.answers = lambda *_: fakes.json_answer(503, {})
    for _ in range(3):
        later(under_way, 30)
        polled(under_way)
    assert [one.kind for one in under_way.exceptions("carrier")] == ["carrier.refuses"]
    carrier.answers = fakes.webhook
    polled(under_way)
    assert under_way.exceptions("carrier") == [], "both are over once it answers"


def later(case, minutes):
    """So many minutes went by since it was asked."""
    aged = """
        update carrier_reply
        set received_at = received_at - make_interval(mins => %s)
        where account = %s
        """
    case.db.run(lambda tx: tx.execute(aged, [minutes, case.code]))


def test_what_nobody_can_read_is_told_once_however_often_it_is_asked(under_way, carrier):
    carrier.answers = lambda *_: fakes.json_answer(200, {"events": "soon"})
    for _ in range(3):
        polled(under_way)
    [found] = under_way.exceptions("carrier")
    assert (found.kind, found.facts["replies"]) == ("carrier.unreadable", 6)
    under_way.db.run(lambda tx: tracking_actions.settle(tx, found.facts["reply"], now=MONDAY))
    polled(under_way)
    assert under_way.exceptions("carrier") == [], "the same odd reply is settled already"


def test_a_number_that_is_not_known_yet_keeps_nobody_from_the_others(
    under_way, carrier, monkeypatch
):
    unknown = under_way.label("l1").number
    monkeypatch.setattr(jobs, "REFUSALS", 1)  # as if there were as many as would stop it

    def answers(fake, method, path, *more):
        if path.endswith(unknown):
            return fakes.json_answer(404, {"error": "not scanned yet"})
        return fakes.webhook(fake, method, path, *more)

    carrier.answers = answers
    polled(under_way)
    with under_way.db.transaction() as tx:
        heard = {one.number: len(one.events) for one in tracking_views.parcels(tx, [under_way.leg])}
    assert heard[unknown] == 0
    assert heard[under_way.label("l2").number] == 1
    before = len(carrier.asked)
    jobs.poll(under_way.db)
    assert len(carrier.asked) == before, "it is asked about again in its turn"
    with under_way.db.transaction() as tx:
        told = tx.execute("select detail from carrier_reply where detail like 'status 404%'")
        assert told.fetchall() == [], "that it knows nothing yet is no refusal"
