"""Counts of very many shelves: what nobody knows is not left out in silence."""

import pytest

from noria.stock import mass_actions
from noria.stock.model import Shelves
from world import ACTOR, MONDAY


@pytest.mark.parametrize(
    ("because", "sku", "node"),
    [("no such SKU", "nothing", "PAR"), ("no such node", "mug", "NOWHERE")],
)
def test_a_code_that_nobody_knows_is_a_bug(retail, because, sku, node):
    lines = Shelves(skus=["mug", sku], nodes=["PAR", node], quantities=[3, 4])
    with pytest.raises(AssertionError):
        mass_actions.count(
            retail, lines, cause="feed:f1", counted_at=MONDAY, includes_held=False, actor=ACTOR,
            now=MONDAY,
        )  # fmt: skip
