"""The live table of the demonstration has words for whatever it counts."""

from rich.console import Console

from noria.lab.live import SENT_FROM, STAGES, TAKEN_BACK, WORDS, table
from noria.network.model import NodeKind
from noria.orders.model import Stage
from noria.tower import views
from noria.tower.exception_table import BY_KIND


def test_every_kind_of_exception_has_words():
    assert set(BY_KIND) == set(WORDS)


def test_every_stage_is_shown():
    assert {stage.value for stage in Stage} == set(STAGES)


def test_every_reason_to_take_a_leg_back_is_shown():
    assert set(views.TAKEN_BACK) == set(TAKEN_BACK)


def test_every_kind_of_node_that_sells_is_shown():
    assert {kind.value for kind in NodeKind} == set(SENT_FROM)


def test_chances_stand_beside_what_arrived():
    summary = {
        "orders": {}, "units": {}, "promises": {"open": 1, "kept": 19, "broken": 1},
        "exceptions": {}, "taken_back": {"declined": 3}, "sent_from": {"printer": 4},
    }  # fmt: skip
    told = [{"told": 0.956, "share_kept": 0.95, "settled": 20}]
    page = Console(width=120)
    with page.capture() as shown:
        page.print(table(summary, told, "head", "foot"))
    assert "with 95.6 %" in shown.get()
    assert "95.0 % of 20" in shown.get()
    assert "declined by a partner" in shown.get()
    assert "printed on demand" in shown.get()
