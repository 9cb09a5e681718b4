"""Which musts keep a node out, and the figures by which it is told."""

from datetime import timedelta

import pytest
from msgspec import structs

from noria.sourcing import rules
from noria.sourcing.model import GREEDY
from test_sourcing_rules import TODAY, WEIGHTS, node, option, source


@pytest.mark.parametrize(
    ("because", "candidate", "code"),
    [
        ("it has none of it", node("PAR", bowl=9), "no-stock"),
        ("it has, and does not ship", node("PAR", ships=False, mug=9), "does-not-ship"),
        ("its people have no time left", node("PAR", free=0, mug=9), "full"),
        ("they are late already", node("PAR", free=-3, mug=9), "full"),
        ("no service comes so far", structs.replace(node("PAR", mug=9), options=()), "no-service"),
        ("no service carries one of them", node("PAR", option(max_weight_g=299), mug=9), "too-heavy"),
        ("what it can carry goes", node("PAR", option(max_weight_g=599), mug=9), None),
        ("it would come too late", node("PAR", option(days=3), mug=9), "too-late"),
        ("only the fast service would be too dear, and is taken all the same",
         node("PAR", option(100, 3), option(9_000, 1, service="FAST"), mug=9), None),
        ("just in time", node("PAR", option(days=2), mug=9), None),
        ("just light enough", node("PAR", option(max_weight_g=600), mug=9), None),
    ],
)  # fmt: skip
def test_fences(because, candidate, code):
    plan, why = source({"mug": 2}, candidate, due=TODAY + timedelta(days=2))
    assert [fence.code for fence in why.fences] == ([code] if code else []), because
    assert bool(plan.legs) is (code is None), because


FAR, LARGE = option(max_weight_g=100), structs.replace(option(), volume_divisor=5_000)
SMALL = structs.replace(
    option(), steps=[structs.replace(option().steps[0], max_volume_cm3=9_000)]
)  # fmt: skip


@pytest.mark.parametrize(
    ("because", "options", "volume_cm3", "most_legs", "code", "facts"),
    [
        ("no service bears one", [option(max_weight_g=250), FAR], 0, 5,
         "too-heavy", {"weight_g": 300, "most_weight_g": 250}),
        ("two legs, and one bears each", [option(max_weight_g=599)], 0, 5, None, {}),
        ("not to be split, and all of it is too much", [option(max_weight_g=599)], 0, 1,
         "too-heavy", {"weight_g": 600, "most_weight_g": 599}),
        ("not to be split, and just light enough", [option(max_weight_g=600)], 0, 1, None, {}),
        ("its volume counts as weight", [LARGE], 200_000, 5,
         "too-heavy", {"weight_g": 40_000, "most_weight_g": 30_000}),
        ("light, and too large", [SMALL], 9_001, 5,
         "too-large", {"volume_cm3": 9_001, "most_volume_cm3": 9_000}),
        ("another one has room", [SMALL, option()], 9_001, 5, None, {}),
        ("none takes such goods", [structs.replace(FAR, refused=frozenset({"mug"}))], 0, 5,
         "no-service", {"km": 100}),
    ],
)  # fmt: skip
def test_what_no_service_bears(because, options, volume_cm3, most_legs, code, facts):
    _, why = rules.source(
        {"mug": 2}, [node("PAR", *options, mug=9)], weights=WEIGHTS,
        volumes={"mug": volume_cm3}, today=TODAY, due=None, under=GREEDY, most_legs=most_legs,
    )  # fmt: skip
    found = [(fence.code, fence.facts) for fence in why.fences]
    assert found == ([(code, facts)] if code else []), because
