"""Which nodes send an order: fences, costs and ties as tables, and what holds for every plan."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import highspy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from noria.policies.model import Settings, Split
from noria.sourcing import rules
from noria.sourcing.model import GREEDY, Candidate, Compared, Option, Plan, Step, Under
from noria.sourcing.records import packed, unpacked

TODAY = date(2026, 11, 23)
LEAVES = datetime(2026, 11, 23, 16, tzinfo=UTC)
WEIGHTS = {"bowl": 500, "cup": 200, "mug": 300}


def under(**settings):
    return Under(policy="trial-1", settings=Settings(**settings))


FREE = under(split_cents=0, waiting_day_cents=0)


def option(cents=600, days=1, *, max_weight_g=30_000, service="HOME", chance=0.9):
    step = Step(
        max_weight_g=max_weight_g, cents=cents, arrives_on=TODAY + timedelta(days=days)
    )  # fmt: skip
    return Option(service=service, leaves_at=LEAVES, chance=chance, steps=[step])


def node(name, *options, handling=0, free=None, ships=True, **units):
    return Candidate(
        node=name, km=100, units=units, handling_cents=handling, options=options or (option(),),
        free_units=free, does_ship=ships,
    )  # fmt: skip


def source(wanted, *candidates, due=None, under=GREEDY, most_legs=None):
    return rules.source(
        wanted, candidates, weights=WEIGHTS, today=TODAY, due=due, under=under,
        most_legs=most_legs,
    )  # fmt: skip


def compared(plan: Plan, under=GREEDY):
    """What a plan costs, worked out once more from its legs."""
    arrives = max((leg.arrives_on for leg in plan.legs), default=None)
    terms = Counter()
    for leg in plan.legs:
        terms.update(leg.terms)
    terms["split"] = under.settings.split_cents * max(0, len(plan.legs) - 1)
    terms["waiting"] = under.settings.waiting_day_cents * (arrives - TODAY).days if arrives else 0
    return Compared(
        nodes=[leg.node for leg in plan.legs], short_units=sum(plan.short.values()),
        terms={name: cents for name, cents in terms.items() if cents}, arrives_on=arrives,
    )  # fmt: skip


def sent(plan: Plan):
    return {leg.node: dict(leg.units) for leg in plan.legs}


@pytest.mark.parametrize(
    ("because", "candidates", "legs", "short"),
    [
        ("nobody has anything", [], {}, {"mug": 1, "cup": 2}),
        ("one parcel beats two", [node("PAR", mug=1), node("LYS", mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("one parcel beats two, though it is dearer by less than a split",
         [node("PAR", option(100), mug=1), node("NCE", option(100), cup=2), node("LYS", option(449), mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("two beat one that is dearer by more, though it has it all",
         [node("PAR", option(100), mug=1), node("NCE", option(100), cup=2), node("LYS", option(9_000), mug=1, cup=2)],
         {"NCE": {"cup": 2}, "PAR": {"mug": 1}}, {}),
        ("split when nobody has it all", [node("PAR", mug=1), node("LYS", cup=2)],
         {"LYS": {"cup": 2}, "PAR": {"mug": 1}}, {}),
        ("one SKU may come from two nodes", [node("PAR", mug=1, cup=1), node("LYS", cup=1)],
         {"PAR": {"cup": 1, "mug": 1}, "LYS": {"cup": 1}}, {}),
        ("the cheapest of those who have it all",
         [node("PAR", option(700), mug=1, cup=2), node("LYS", option(650), mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("handling counts, for each SKU",
         [node("PAR", option(600), handling=50, mug=1, cup=2), node("LYS", option(699), mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("a day of waiting is worth 80 cents",
         [node("PAR", option(600, 3), mug=1, cup=2), node("LYS", option(700, 1), mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("but not 81", [node("PAR", option(600, 2), mug=1, cup=2), node("LYS", option(681, 1), mug=1, cup=2)],
         {"PAR": {"cup": 2, "mug": 1}}, {}),
        ("a tie goes by name", [node("PAR", mug=1, cup=2), node("LYS", mug=1, cup=2)],
         {"LYS": {"cup": 2, "mug": 1}}, {}),
        ("what nobody has is short, the rest goes", [node("PAR", mug=1, cup=1)],
         {"PAR": {"cup": 1, "mug": 1}}, {"cup": 1}),
        ("people handle so many units today", [node("PAR", free=2, mug=1, cup=2), node("LYS", free=2, mug=1, cup=2)],
         {"LYS": {"cup": 2}, "PAR": {"mug": 1}}, {}),
        ("nobody sends more than is wanted", [node("PAR", mug=99, cup=99)],
         {"PAR": {"cup": 2, "mug": 1}}, {}),
    ],
)  # fmt: skip
def test_source(because, candidates, legs, short):
    plan, _ = source({"mug": 1, "cup": 2}, *candidates)
    assert sent(plan) == legs, because
    assert plan.short == short, because


def test_of_a_nodes_services_the_cheapest_that_is_in_time_carries():
    ways = (
        option(500, 4, service="SLOW"),
        option(700, 1, service="FAST"),
        option(650, 2, service="MID"),
    )
    for due, service in ((None, "SLOW"), (2, "MID"), (1, "FAST")):
        day = None if due is None else TODAY + timedelta(days=due)
        plan, _ = source({"mug": 1}, node("PAR", *ways, mug=1), due=day, under=FREE)
        assert [leg.service for leg in plan.legs] == [service]


def test_each_term_of_the_cost_is_there_to_read():
    split = under(split_cents=250, waiting_day_cents=80)
    plan, why = source(
        {"mug": 2, "cup": 1},
        node("PAR", option(600, 1), handling=50, mug=2),
        node("LYS", option(900, 3), handling=20, cup=1),
        under=split,
    )
    chosen = why.chosen
    assert chosen.terms == {"freight": 1500, "handling": 70, "split": 250, "waiting": 3 * 80}
    assert chosen.paid_cents == 1500 + 70
    assert chosen.total_cents == 1500 + 70 + 250 + 240
    assert chosen.arrives_on == TODAY + timedelta(days=3), "the slowest parcel decides"
    assert (why.policy, why.compared[0]) == ("trial-1", chosen)
    assert sum(leg.cost_cents for leg in plan.legs) == 1570


VALUE = under(split=Split.BY_VALUE, split_value_cents=5_000)
PARTS = (node("PAR", mug=1), node("LYS", cup=2))


@pytest.mark.parametrize(
    ("because", "settings", "value", "is_begun", "most"),
    [
        ("as the cost says", under(), 0, False, 100),
        ("never", under(split=Split.NEVER), 9_999, False, 1),
        ("not for so little", VALUE, 4_999, False, 1),
        ("from its value on", VALUE, 5_000, False, 100),
        ("in so many parcels", under(most_legs=3), 0, False, 3),
        ("what is split already is not held up", under(split=Split.NEVER), 0, True, 100),
    ],
)
def test_how_many_nodes_may_send_it(because, settings, value, is_begun, most):
    assert rules.most_legs(value, settings, is_begun=is_begun) == most, because


@pytest.mark.parametrize(
    ("because", "candidates", "most", "legs", "fences"),
    [
        ("nobody has it all", PARTS, 1, {}, {"PAR": "not-all", "LYS": "not-all"}),
        ("who has it all sends it", [*PARTS, node("NCE", option(9_000), mug=1, cup=2)], 1,
         {"NCE": {"cup": 2, "mug": 1}}, {"PAR": "not-all", "LYS": "not-all"}),
        ("as many as it may", PARTS, 2, {"LYS": {"cup": 2}, "PAR": {"mug": 1}}, {}),
        ("and no more", [node("PAR", mug=1), node("LYS", cup=1), node("NCE", cup=1)], 2,
         {"LYS": {"cup": 1}, "NCE": {"cup": 1}}, {}),
    ],
)  # fmt: skip
def test_split_control(because, candidates, most, legs, fences):
    plan, why = source({"mug": 1, "cup": 2}, *candidates, most_legs=most)
    assert sent(plan) == legs, because
    assert {fence.node: fence.code for fence in why.fences} == fences, because


@pytest.mark.parametrize(
    ("because", "settings", "sends"),
    [
        ("cheapest first", {}, "LYS"),
        ("a node that is left out", {"is_excluded": True}, "PAR"),
        ("its units are worth more there", {"left_cents": 60}, "PAR"),
        ("a little", {"left_cents": 40}, "LYS"),
        ("its freight counts double", {"freight_percent": 200}, "PAR"),
    ],
)
def test_a_node_has_settings_of_its_own(because, settings, sends):
    own = structs.replace(node("LYS", option(550), mug=1), settings=Settings(**settings))
    plan, _ = source({"mug": 1}, own, node("PAR", option(600), mug=1))
    assert list(sent(plan)) == [sends], because


SKUS = st.sampled_from(sorted(WEIGHTS))
WANTED = st.dictionaries(SKUS, st.integers(1, 6), min_size=1)
STOCK = st.dictionaries(SKUS, st.integers(0, 8))
PRICES = st.integers(0, 2_000)


@st.composite
def options(draw):
    return option(
        draw(PRICES), draw(st.integers(0, 4)),
        max_weight_g=draw(st.sampled_from([400, 1_500, 30_000])),
        service=draw(st.sampled_from(["FAST", "HOME"])),
    )  # fmt: skip


@st.composite
def candidates(draw):
    """Nodes of every sort: poor and rich, full, heavy-handed, far and slow."""
    return [
        node(
            name,
            *draw(st.lists(options(), min_size=1, max_size=2)),
            handling=draw(st.integers(0, 100)),
            free=draw(st.none() | st.integers(-1, 10)),
            ships=draw(st.sampled_from([True, True, True, False])),
            **draw(STOCK),
        )
        for name in draw(st.lists(st.sampled_from("ABCDEFGH"), unique=True, max_size=6))
    ]


@st.composite
def roomy(draw):
    """Nodes that differ in stock and price alone: nobody is full, late, far or afraid of weight."""
    return [
        node(name, option(draw(PRICES)), handling=draw(st.integers(0, 100)), **draw(STOCK))
        for name in draw(st.lists(st.sampled_from("ABCDEFGH"), unique=True, max_size=6))
    ]


DUES = st.none() | st.integers(0, 4).map(lambda days: TODAY + timedelta(days=days))


@settings(deadline=None, max_examples=60)
@given(wanted=WANTED, nodes=candidates(), due=DUES)
def test_a_plan_sends_what_is_wanted_from_where_it_is_and_in_time(wanted, nodes, due):
    plan, why = source(wanted, *nodes, due=due)
    by_name = {one.node: one for one in nodes}
    assert len(sent(plan)) == len(plan.legs), "a node sends one parcel"
    for leg in plan.legs:
        one = by_name[leg.node]
        assert leg.units
        assert all(0 < units <= one.units[sku] for sku, units in leg.units.items())
        assert one.free_units is None or sum(leg.units.values()) <= one.free_units
        assert one.does_ship
        assert due is None or leg.arrives_on <= due
    for sku, units in wanted.items():
        gone = sum(leg.units.get(sku, 0) for leg in plan.legs)
        assert gone + plan.short.get(sku, 0) == units
    assert all(units > 0 for units in plan.short.values())
    assert why.chosen == compared(plan) == why.compared[0]
    assert {fence.node for fence in why.fences} | {one.node for one in why.candidates} == set(
        by_name
    )


@settings(deadline=None, max_examples=60)
@given(wanted=WANTED, nodes=candidates(), due=DUES, chance=st.randoms(use_true_random=False))
def test_equal_inputs_give_equal_plans_in_whatever_order_they_come(wanted, nodes, due, chance):
    shuffled = chance.sample(nodes, len(nodes))
    turned = dict(reversed(wanted.items()))
    assert source(wanted, *nodes, due=due) == source(turned, *shuffled, due=due)


@settings(deadline=None, max_examples=60)
@given(wanted=WANTED, nodes=roomy())
def test_with_room_enough_only_what_nobody_has_is_short(wanted, nodes):
    plan, _ = source(wanted, *nodes)
    missing = {
        sku: units - sum(one.units.get(sku, 0) for one in nodes) for sku, units in wanted.items()
    }
    assert plan.short == {sku: units for sku, units in missing.items() if units > 0}


@settings(deadline=None, max_examples=60)
@given(wanted=WANTED, nodes=roomy(), more=STOCK, data=st.data())
def test_with_room_enough_more_stock_never_leaves_more_short(wanted, nodes, more, data):
    before, _ = source(wanted, *nodes)
    lucky = data.draw(st.sampled_from([*[one.node for one in nodes], "NEW"]))
    known = next((one for one in nodes if one.node == lucky), node(lucky))
    units = {sku: known.units.get(sku, 0) + more.get(sku, 0) for sku in WEIGHTS}
    richer = [one for one in nodes if one.node != lucky] + [structs.replace(known, units=units)]
    after, _ = source(wanted, *richer)
    assert all(units <= before.short.get(sku, 0) for sku, units in after.short.items())


def test_where_weight_is_limited_more_stock_still_sends_what_can_be_carried():
    light = option(max_weight_g=600)
    few, _ = source({"mug": 3}, node("PAR", light, mug=2))
    many, _ = source({"mug": 3}, node("PAR", light, mug=3))
    assert (few.short, many.short) == ({"mug": 1}, {"mug": 1})


def cheaper(one, cents):
    [only] = one.options
    steps = [structs.replace(step, cents=max(0, step.cents - cents)) for step in only.steps]
    return structs.replace(one, options=[structs.replace(only, steps=steps)])


@settings(deadline=None, max_examples=60)
@given(
    wanted=WANTED, prices=st.lists(st.tuples(PRICES, st.integers(0, 5)), min_size=1, max_size=5),
    rebate=st.integers(0, 2_000), data=st.data(),
)  # fmt: skip
def test_where_one_parcel_does_a_cheaper_rate_never_makes_it_dearer(wanted, prices, rebate, data):
    nodes = [
        node(name, option(*price), **wanted) for name, price in zip("ABCDE", prices, strict=False)
    ]
    _, before = source(wanted, *nodes)
    place = data.draw(st.integers(0, len(nodes) - 1))
    nodes[place] = cheaper(nodes[place], rebate)
    _, after = source(wanted, *nodes)
    assert after.chosen.total_cents <= before.chosen.total_cents
    everyone = [compared(Plan(legs=source(wanted, one)[0].legs, short={})) for one in nodes]
    assert after.chosen.total_cents == min(one.total_cents for one in everyone), (
        "it is the cheapest"
    )


@settings(deadline=None, max_examples=60)
@given(wanted=WANTED, nodes=roomy())
def test_no_opening_that_was_tried_is_better_than_what_was_chosen(wanted, nodes):
    _, why = source(wanted, *nodes)
    keys = [(one.short_units, one.total_cents) for one in why.compared]
    assert keys == sorted(keys)


def test_a_rebate_does_not_lure_the_plan_on_to_a_dear_path():
    """Who covers most, then who is cheapest, would take B once it is cheaper than A, and pay both."""

    def nodes(price_of_b):
        return [
            node("ALL", option(0), bowl=6),
            node("A", option(500), cup=2, mug=1),
            node("B", option(price_of_b), cup=1, mug=2),
            node("D", option(10), mug=1),
        ]  # fmt: skip

    wanted = {"bowl": 6, "cup": 2, "mug": 2}
    before, dear = source(wanted, *nodes(510), under=FREE)
    after, rebated = source(wanted, *nodes(490), under=FREE)
    assert set(sent(before)) == set(sent(after)) == {"ALL", "A", "D"}
    assert rebated.chosen.total_cents <= dear.chosen.total_cents


@pytest.mark.parametrize(
    ("because", "slow", "service", "total"),
    [
        ("the fast one costs a little more and spares three days", 590, "FAST", 680),
        ("until the slow one is cheaper by more than three days", 300, "SLOW", 620),
    ],
)
def test_of_two_services_the_one_that_costs_less_with_its_wait_carries(
    because, slow, service, total
):
    ways = (option(600, 1, service="FAST"), option(slow, 4, service="SLOW"))
    plan, why = source({"mug": 1}, node("PAR", *ways, mug=1))
    assert ([leg.service for leg in plan.legs], why.chosen.total_cents) == ([service], total)


def test_a_fast_service_pays_only_if_every_parcel_is_fast():
    """The slowest parcel decides when the wait is over: one alone in a hurry spares nothing."""
    ways = (option(600, 1, service="FAST"), option(500, 4, service="SLOW"))
    both = source({"mug": 1, "cup": 1}, node("PAR", *ways, mug=1), node("LYS", *ways, cup=1))
    one = source(
        {"mug": 1, "cup": 1}, node("PAR", *ways, mug=1), node("LYS", ways[1], cup=1)
    )  # fmt: skip
    assert [leg.service for leg in both[0].legs] == ["FAST", "FAST"]
    assert [leg.service for leg in one[0].legs] == ["SLOW", "SLOW"]


@pytest.mark.parametrize("days", [-1, 0, 3, 1200])
def test_a_plan_its_legs_and_its_candidates_tell_the_same_day(days):
    """Yesterday is still today at a node far to the west; a printer may take years."""
    nodes = [node("PAR", option(500, days), mug=1), node("LYS", option(9_000, 2), mug=1)]
    plan, why = source({"mug": 1}, *nodes, under=FREE)
    told = unpacked(packed(why))
    by_node = {one.node: one.arrives_on for one in told.candidates}
    arrives = TODAY + timedelta(days=days)
    assert [leg.arrives_on for leg in plan.legs] == [why.chosen.arrives_on] == [arrives]
    assert by_node == {"PAR": arrives, "LYS": TODAY + timedelta(days=2)}
    assert told.compared == why.compared


def test_nothing_wanted_is_nothing_sent():
    assert source({}, node("PAR", mug=1))[0] == Plan(legs=[], short={})


RISKY = {"late_day_cents": 1_000, "not_found_cents": 2_000}


@pytest.mark.parametrize(
    ("because", "settings", "changes", "terms"),
    [
        ("nothing is risked unless the policy says what it costs", {}, {}, {}),
        ("the chance that it is late, times a late day", RISKY, {}, {"lateness": 100}),
        ("half of it, where a node says so", RISKY | {"lateness_percent": 50}, {}, {"lateness": 50}),
        ("the days that it is expected late", RISKY, {"late_days": (0.4, 0.3, 0.1)}, {"lateness": 300}),
        ("the chance that a unit is not there, for each", RISKY, {"found_chance": 0.95},
         {"lateness": 100, "not_found": 200}),
        ("overtime, for what is beyond the day", {},
         {"free_units": 3, "overtime_units": 2, "overtime_cents": 40}, {"overtime": 40}),
        ("none, where that does not count", {"overtime_percent": 0},
         {"free_units": 3, "overtime_units": 2, "overtime_cents": 40}, {}),
        ("markdown avoided", {"markdown_cents": 70}, {"sold_units": {"mug": 1}}, {"markdown": -140}),
        ("not, where what is left is sold in time", {"markdown_cents": 70}, {"sold_units": {"mug": 2}}, {}),
        ("what a unit is worth there", {"opportunity_percent": 50}, {"worth_cents": {"mug": 90}},
         {"opportunity": 90}),
        ("the policy's own worth, where no price is fresh",
         {"opportunity_percent": 50, "left_cents": 7}, {}, {"opportunity": 14}),
        ("a partner's parcel", {}, {"shipping_cents": 390, "goods_cents": {"mug": 900}}, {"shipping": 390}),
        ("which is free from some worth on",
         {}, {"shipping_cents": 390, "goods_cents": {"mug": 900}, "free_from_cents": 1800}, {}),
    ],
)  # fmt: skip
def test_terms_of_the_expected_cost(because, settings, changes, terms):
    ways = [structs.replace(option(), late_days=changes.pop("late_days", ()))]
    one = structs.replace(node("PAR", *ways, mug=9), **changes)
    plan, why = source({"mug": 2}, one, under=under(split_cents=0, waiting_day_cents=0, **settings))
    assert why.chosen.terms == {"freight": 600, **terms}, because
    assert why.candidates[0].terms == why.chosen.terms, "alone it would cost as much"
    assert sum(leg.cost_cents for leg in plan.legs) == why.chosen.total_cents


def test_the_dearer_of_two_partners_bears_the_difference():
    cheap = structs.replace(node("EPI", mug=1), goods_cents={"mug": 700})
    dear = structs.replace(node("CHO", option(500), mug=1), goods_cents={"mug": 850})
    own = node("PAR", option(601), mug=1)
    plan, why = source({"mug": 1}, cheap, dear, own)
    assert list(sent(plan)) == ["EPI"]
    assert {one.nodes[0]: one.terms.get("goods", 0) for one in why.compared} == {
        "EPI": 0, "PAR": 0, "CHO": 150,
    }  # fmt: skip
    alone, _ = source({"mug": 1}, dear, own)
    assert list(sent(alone)) == ["CHO"], "without the other one, what it asks is what goods cost"


@pytest.mark.parametrize(
    ("because", "preferences", "settings", "sends", "notes"),
    [
        ("nobody is preferred: the first name", (0, 0), {}, "LYS", ()),
        ("who is preferred, at the same cost", (0, 9), {}, "PAR", ("preferred",)),
        ("the one preferred more", (3, 9), {}, "PAR", ("preferred",)),
        ("who would have had it anyway", (9, 3), {}, "LYS", ()),
    ],
)
def test_preferences_break_ties_and_may_abstain(because, preferences, settings, sends, notes):
    nodes = [
        structs.replace(node(name, mug=1), settings=Settings(preference=preference))
        for name, preference in zip(("LYS", "PAR"), preferences, strict=True)
    ]
    plan, why = source({"mug": 1}, *nodes, under=under(**settings))
    assert (list(sent(plan)), why.notes) == ([sends], notes), because


def test_a_preference_may_cost_as_much_as_the_policy_says():
    liked = structs.replace(node("PAR", option(650), mug=1), settings=Settings(preference=9))
    for cents, sends in ((49, "LYS"), (50, "PAR")):
        plan, why = source(
            {"mug": 1}, liked, node("LYS", mug=1), under=under(preference_cents=cents)
        )
        assert list(sent(plan)) == [sends]
        assert why.chosen.nodes == [sends]


TEN = [f"s{number}" for number in range(10)]


def from_five(**settings):
    """Ten lines that only five nodes together can send: what is left open is searched for."""
    nodes = [node(f"N{place}", **dict.fromkeys(TEN[place::5], 2)) for place in range(5)]
    return rules.source(
        dict.fromkeys(TEN, 2), nodes, weights=dict.fromkeys(TEN, 100), today=TODAY, due=None,
        under=under(**settings),
    )  # fmt: skip


def test_without_time_to_search_an_order_is_decided_all_the_same_and_says_so():
    for milliseconds, way, notes in ((0, "sets", ("optimiser-timed-out",)), (9_000, "search", ())):
        plan, why = from_five(solve_ms=milliseconds)
        assert (len(plan.legs), plan.short) == (5, {})
        assert (why.way, why.notes) == (way, notes)


def test_with_a_solver_that_breaks_an_order_is_decided_all_the_same_and_says_so(monkeypatch):
    def away():
        raise RuntimeError("the solver is away")

    monkeypatch.setattr(highspy._core, "_Highs", away)
    plan, why = from_five(solve_ms=9_000)
    assert (len(plan.legs), plan.short) == (5, {})
    assert (why.way, why.notes) == ("sets", ("optimiser-failed",))
