"""The live table of the demonstration has words for whatever it counts."""

from noria.lab.live import STAGES, WORDS
from noria.orders.model import Stage
from noria.tower.views import KINDS


def test_every_kind_of_exception_has_words():
    assert set(KINDS) == set(WORDS)


def test_every_stage_is_shown():
    assert {stage.value for stage in Stage} == set(STAGES)
