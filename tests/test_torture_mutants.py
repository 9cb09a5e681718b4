"""The tests' own test: what is planted is found, and nothing is found where nothing was planted."""

from importlib import resources

import pytest

from noria.lab.torture import checks, mutants
from noria.lab.torture.model import Place
from test_torture_properties import fresh_databases

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def place(server, template, tmp_path):
    return Place(database=fresh_databases(server, template), home=tmp_path)


def test_planted_faults_are_found(place):
    found = mutants.run(place, 0, len(mutants.FEW))
    assert found.faults == []
    assert found.counts == {"planted": len(mutants.FEW), "found": len(mutants.FEW)}


def test_nothing_is_found_where_nothing_was_planted(place):
    """What finds a fault by being broken itself would prove nothing; lost ties are tried elsewhere."""
    few = {one.check for one in mutants.FEW}
    for check in sorted((few | {"replies"}) - {"deadlocks"}):
        with place.database() as url:
            assert checks.check(check, url) == [], check


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda one: one.name)
def test_what_a_mutant_replaces_is_still_there(mutant):
    text = resources.files("noria").joinpath(mutant.file).read_text()
    assert text.count(mutant.old) >= 1, "the code has changed: plant the fault where it now belongs"
