"""The properties of the stock, as many trials as a landing has time for."""

import logging
import os
from contextlib import contextmanager

import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from conftest import numbers
from copies import copy, drop
from noria.lab.bench import UnknownFigure
from noria.lab.torture import campaign, oversell
from noria.lab.torture.crowd import Answer
from noria.lab.torture.model import Place, Property, tally
from noria.lab.torture.properties import PROPERTIES
from noria.promise.model import NotEnough

ON_DATABASES = {"races": 3, "steps": 2, "oversell": 1, "deadlocks": 1, "events": 1, "histories": 1}
"""Properties that end no server, and in how many parts: any worker may take one up."""
PARTS = [
    pytest.param(one, part, parts, id=f"{one.name}-{part + 1}")
    for name, parts in ON_DATABASES.items()
    for one in PROPERTIES
    if one.name == name
    for part in range(parts)
]
WITH_SERVERS = [one for one in PROPERTIES if one.name not in {*ON_DATABASES, "mutants"}]

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def place(server, template, home):
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    return Place(database=fresh_databases(server, template), home=home)


def fresh_databases(server, template):
    """Each trial, or each check of a mutant, has a database of its own."""

    @contextmanager
    def database():
        name = f"noria_test_{os.getpid()}_torture_{next(numbers)}"
        with psycopg.connect(server, autocommit=True) as admin:
            copy(admin, template, name)
        yield make_conninfo(server, dbname=name)
        drop(server, name)

    return database


@pytest.mark.parametrize(("one", "part", "parts"), PARTS)
def test_a_property_holds(one, part, parts, server, template, tmp_path):
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    place = Place(database=fresh_databases(server, template), home=tmp_path)
    first, end = (one.some * each // parts for each in (part, part + 1))
    found = one.run(place, first, end - first)
    assert found.faults == [], dict(found.counts)


@pytest.mark.parametrize("one", WITH_SERVERS, ids=lambda one: one.name)
def test_a_property_of_servers_holds(one, place):
    found = one.run(place, 0, one.some)
    assert found.faults == [], dict(found.counts)


def granted():
    return Answer(value=None)


def refused():
    return Answer(refusal=NotEnough(sku="a", node="T1", available=0, asked=1))


A, B = ("a", "T1"), ("b", "T1")
JUDGED = [
    ("all that was there, no more", [[(*A, 1)]] * 2, {A: 1}, [granted(), refused()], {}, {A: 1}, 0),
    ("one too many", [[(*A, 1)]] * 2, {A: 1}, [granted(), granted()], {}, {A: 1}, 3),
    ("refused although it was there", [[(*A, 1)]], {A: 1}, [refused()], {A: 1}, {}, 2),
    ("the book says otherwise", [[(*A, 1)]], {A: 2}, [granted()], {A: 2}, {}, 1),
    ("two lines are added up", [[(*A, 1), (*A, 1)]], {A: 1}, [refused()], {A: 1}, {}, 0),
    ("all or nothing", [[(*A, 1), (*B, 1)]], {A: 1, B: 0}, [refused()], {A: 1}, {}, 0),
    ("half of it", [[(*A, 1), (*B, 1)]], {A: 1, B: 0}, [granted()], {}, {A: 1}, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("because", "wishes", "stock", "answers", "left", "held", "faults"), JUDGED
)
def test_a_round_is_judged(because, wishes, stock, answers, left, held, faults):
    plan = oversell.Round(number=0, stock=stock, wishes=wishes, way=oversell.Way.ALONE)
    assert len(oversell.judge(plan, answers, left, held)) == faults, because


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch):
    """Three slices of two trials: the second run does what the first had not done."""
    firsts = []

    def run(_place, first, trials):
        if first == 4 and len(firsts) == 2:
            firsts.append("interrupted")
            raise KeyboardInterrupt
        firsts.append(first)
        return tally(tried=trials)

    one = Property(name="x", says="", trials="tries", some=5, many=9, at_once=2, run=run)
    monkeypatch.setattr(campaign, "PROPERTIES", (one,))
    monkeypatch.setattr(campaign, "_server", quiet_server)
    with pytest.raises(KeyboardInterrupt):
        list(go(tmp_path))
    [found] = go(tmp_path)
    assert firsts == [0, 2, "interrupted", 4]
    assert (found.of, found.counts) == (5, {"tried": 5})
    with (tmp_path / "slices.jsonl").open("ab") as log:
        log.write(b'{"figure":"x","is_lo')
    assert list(go(tmp_path)) == [found], "a line that was cut off is none"
    [again] = go(tmp_path, is_fresh=True)
    assert (again.of, firsts[4:]) == (5, [0, 2, 4])


@contextmanager
def quiet_server(home):
    yield Place(database=None, home=home)


@contextmanager
def no_bar(_name):
    yield lambda _done, _total: None


def go(home, *, is_fresh=False):
    return campaign.torture(home, [], is_long=False, is_fresh=is_fresh, bars=no_bar)


def test_a_finding_is_one_line_of_json():
    found = msgspec.json.encode(campaign._finding(PROPERTIES[0], []))
    assert found.startswith(b'{"figure":"oversell","value":0,"unit":"violations"')


def test_a_property_that_nobody_knows_is_refused():
    with pytest.raises(UnknownFigure) as refused:
        campaign.chosen(["oversell", "undersell"])
    assert "histories" in refused.value.details["known"]
