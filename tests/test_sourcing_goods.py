"""What goods cost to buy, at a partner's and at ours: the term `goods`, and who sends for it."""

import pytest
from msgspec import structs

from noria.sourcing import rules
from test_sourcing_rules import TODAY, WEIGHTS, node, option, under

OWN = node("PAR", option(601), mug=2)
EPI = structs.replace(node("EPI", mug=2), goods_cents={"mug": 700})
CHO = structs.replace(node("CHO", option(500), mug=2), goods_cents={"mug": 850})


@pytest.mark.parametrize(
    ("because", "weighs", "cost_cents", "nodes", "sends", "goods"),
    [
        ("ours is compared with nobody's", False, 400, [EPI, OWN], "EPI", {"EPI": 0, "PAR": 0}),
        ("ours costs less to buy", True, 400, [EPI, OWN], "PAR", {"EPI": 600, "PAR": 0}),
        ("as much: the parcel decides", True, 700, [EPI, OWN], "EPI", {"EPI": 0, "PAR": 0}),
        ("ours costs more to buy", True, 900, [CHO, OWN], "CHO", {"CHO": 0, "PAR": 100}),
        ("what ours costs is not known", True, 0, [EPI, CHO, OWN], "EPI",
         {"EPI": 0, "CHO": 300, "PAR": 0}),
        ("nobody but us has it", True, 900, [OWN], "PAR", {"PAR": 0}),
        ("a partner that has none sets no price", True, 900,
         [structs.replace(EPI, units={"mug": 0, "cup": 1}), OWN], "PAR", {"PAR": 0}),
    ],
)  # fmt: skip
def test_what_goods_cost_to_buy(because, weighs, cost_cents, nodes, sends, goods):
    settings = under(weighs_own_goods=weighs)
    plan, why = rules.source(
        {"mug": 2}, nodes, weights=WEIGHTS, costs={"mug": cost_cents}, today=TODAY, due=None,
        under=settings,
    )  # fmt: skip
    assert [leg.node for leg in plan.legs] == [sends], because
    assert {one.node: one.terms.get("goods", 0) for one in why.candidates} == goods, because
