"""From the network as it is to a decision that is kept."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from laid_out import candidates
from noria.catalog.model import Sku
from noria.network import reliability_rules as rules
from noria.network.diary_model import Agenda, Workload
from noria.network.model import NodeKind, Rests, Spot
from noria.network.reliability_model import Estimate, Reliability, Topic
from noria.network.scene_rules import scene
from noria.sourcing import actions, views
from noria.sourcing import rules as sourcing_rules
from noria.sourcing.model import GREEDY, Wish
from world import MONDAY

PARIS = Spot(48.86, 2.34)
NODES = {node.code: node for node in world.NODES}
HOME = world.HOME


@pytest.fixture
def tx(retail):
    return retail


def wish(key="o1", *, without=(), due=None, **wanted):
    return Wish(order_id=key, wanted=wanted, spot=PARIS, due=due, without=frozenset(without))


def at(now=MONDAY, *, estimates=(), holidays=frozenset(), books=(), nodes=NODES, service=HOME):
    services = {"HOME": service}
    known = Reliability(
        estimates={(one.topic, one.key): one for one in estimates},
        node_groups={code: rules.node_groups(one) for code, one in nodes.items()},
        service_groups={code: rules.service_groups(one) for code, one in services.items()},
        chances={code: one.chance for code, one in services.items()},
    )
    days = dict.fromkeys(nodes, frozenset(holidays))
    return scene(nodes, services, books=books, known=known, holidays=days, now=now)


def found_by(stage, asked, stock, free=None, **more):
    skus = {one.code: one for one in (*world.SKUS, *more.pop("skus", ()))}
    return candidates(stage, asked, stock, free or {}, skus=skus, **more)


@pytest.mark.parametrize(
    ("because", "stock", "asked", "found"),
    [
        ("who has some of it", {"PAR": {"mug": 1}, "LYS": {"cup": 1}}, wish(mug=1), ["PAR"]),
        ("in order of name", {"PAR": {"mug": 1}, "LYS": {"mug": 1}}, wish(mug=1), ["LYS", "PAR"]),
        ("nor who is not known any more", {"OSLO": {"mug": 1}}, wish(mug=1), []),
        ("nor who has nothing left", {"PAR": {"mug": 0}}, wish(mug=1), []),
    ],
)  # fmt: skip
def test_candidates(because, stock, asked, found):
    assert [one.node for one in found_by(at(), asked, stock)] == found, because


def test_who_has_declined_is_told_with_that_reason_and_sends_nothing():
    stock = {"PAR": {"mug": 1}, "LYS": {"mug": 1, "cup": 2}, "SHOP": {"cup": 1}}
    asked = wish(mug=1, without=["LYS", "SHOP"])
    lys, par = found_by(at(), asked, stock)
    assert (lys.barred, lys.units["mug"], par.barred) == ({"mug": "declined"}, 0, {})
    plan, why = sourcing_rules.source(
        asked.wanted, [lys, par], weights={"mug": 300}, today=MONDAY.date(), due=None, under=GREEDY
    )
    assert [leg.node for leg in plan.legs] == ["PAR"]
    assert [(one.node, one.code, one.detail) for one in why.fences] == [("LYS", "declined", "mug")]


@pytest.mark.parametrize(
    ("because", "now", "holidays", "leaves_in_hours", "arrives_in_days"),
    [
        ("today's van, tomorrow there", MONDAY, set(), 6, 1),
        (
            "past the cut-off at four in Paris: the van of tomorrow",
            MONDAY + timedelta(hours=7),
            set(),
            23,
            2,
        ),
        ("nothing leaves on a holiday", MONDAY, {MONDAY.date()}, 30, 2),
        ("nothing arrives on one", MONDAY, {MONDAY.date() + timedelta(days=1)}, 6, 2),
    ],
)
def test_when_it_leaves_and_arrives(because, now, holidays, leaves_in_hours, arrives_in_days):
    stage = at(now, holidays=frozenset(holidays))
    [one] = found_by(stage, wish(mug=1), {"PAR": {"mug": 1}}, rests=Rests(frozenset(holidays)))
    [option] = one.options
    assert option.leaves_at == now + timedelta(hours=leaves_in_hours), because
    assert option.steps[0].arrives_on == MONDAY.date() + timedelta(days=arrives_in_days), because


def test_a_rate_that_does_not_come_so_far_is_no_step():
    [near] = found_by(at(), wish(mug=1), {"PAR": {"mug": 1}})
    [far] = found_by(at(), wish(mug=1), {"SHOP": {"mug": 1}})
    assert (near.km, [step.cents for step in near.options[0].steps]) == (1, [600, 900, 9_000])
    assert far.km > 300
    assert [step.cents for step in far.options[0].steps] == [900, 9_000]


def test_a_measured_chance_stands_before_a_believed_one():
    stock = {"PAR": {"mug": 1}, "LYS": {"mug": 1}}
    late = Estimate(
        topic=Topic.TRANSIT,
        key="service:HOME:LYS",
        parent="service:HOME",
        counts=(0, 5, 0, 5, 0, 0, 0, 0, 0),
        weights=(0, 5, 0, 5, 0, 0, 0, 0, 0),
        shares=(0, 0.5, 0, 0.5, 0, 0, 0, 0, 0),
        strength=50.0,
    )
    lyon, paris = found_by(at(estimates=[late]), wish(mug=1), stock)
    assert lyon.options[0].chance == pytest.approx(0.5), "half of them are two days late"
    assert paris.options[0].chance > 0.9, "as the carrier states, and a day of grace"
    assert (lyon.found_chance, paris.found_chance) == (0.97, 0.97), "as is usual"


CHARMS = (
    Sku(code="acid", name="Acid", weight_g=300, volume_cm3=400, is_hazardous=True),
    Sku(code="sofa", name="Sofa", weight_g=20_000, volume_cm3=900_000, is_bulky=True),
    Sku(code="tune", name="Tune", is_digital=True),
)


@pytest.mark.parametrize(
    ("because", "changes", "asked", "barred"),
    [
        ("nothing asked", {}, {"mug": 1}, {}),
        ("hazardous", {}, {"acid": 1, "mug": 1}, {"acid": "hazardous"}),
        ("who takes it", {"takes_hazardous": True}, {"acid": 1}, {}),
        ("bulky", {"takes_bulky": False}, {"sofa": 1, "mug": 1}, {"sofa": "bulky"}),
        ("who takes that", {}, {"sofa": 1}, {}),
        ("digital", {}, {"tune": 1, "mug": 1}, {"tune": "digital"}),
        ("a digital node", {"kind": NodeKind.DIGITAL}, {"tune": 1, "mug": 1}, {"mug": "not-digital"}),
        ("wrapped", {}, {"mug": 1, "cup": 1, "wrapped": {"cup"}}, {"cup": "no-gift-wrap"}),
        ("who wraps", {"does_gift_wrap": True}, {"cup": 1, "wrapped": {"cup"}}, {}),
        ("in our boxes", {}, {"mug": 1, "own_packaging": True}, {"mug": "no-own-packaging"}),
        ("who has them", {"has_own_packaging": True}, {"mug": 1, "own_packaging": True}, {}),
    ],
)  # fmt: skip
def test_what_a_node_may_not_send(because, changes, asked, barred):
    nodes = {"PAR": structs.replace(NODES["PAR"], **changes)}
    wishes = {name: asked[name] for name in ("wrapped", "own_packaging") if name in asked}
    wanted = {sku: units for sku, units in asked.items() if sku not in wishes}
    made = structs.replace(wish(**wanted), **{
        name: frozenset(value) if name == "wrapped" else value for name, value in wishes.items()
    })  # fmt: skip
    [one] = found_by(at(nodes=nodes), made, {"PAR": dict.fromkeys(wanted, 9)}, skus=CHARMS)
    assert one.barred == barred, because
    assert one.units == {sku: 0 if sku in barred else 9 for sku in wanted}, because


def test_what_one_order_takes_the_next_no_longer_finds(tx):
    world.shelve(tx, "PAR", mug=3)
    plans = actions.decide(tx, [wish("a", mug=2), wish("b", mug=2)], load={}, now=MONDAY)
    assert [(key, plan.short) for key, (plan, _) in plans.items()] == [("a", {}), ("b", {"mug": 1})]
    assert actions.decide(tx, [], load={}, now=MONDAY) == {}
    assert world.levels(tx) == {("mug", "PAR", "available"): 3}, "deciding writes nothing"


def asked_of(units, orders=1):
    return {"PAR": Agenda(due={MONDAY.date(): Workload(units=units, orders=orders)})}


def leaving(plans):
    return [[leg.leaves_at.date() for leg in plan.legs] for plan, _ in plans.values()]


def test_a_node_sends_within_its_capacity(tx):
    """What it has no room for today it begins tomorrow; it is full where no day has room."""
    tuesday = MONDAY.date() + timedelta(days=1)
    world.amend(tx, "PAR", units_per_day=5)
    world.shelve(tx, "PAR", mug=9)
    plans = actions.decide(
        tx, [wish("a", mug=2), wish("b", mug=2), wish("c", mug=1)], load=asked_of(2), now=MONDAY
    )
    assert [plan.short for plan, _ in plans.values()] == [{}, {}, {}]
    assert leaving(plans) == [[MONDAY.date()], [tuesday], [MONDAY.date()]]
    assert [leg.begun_by for plan, _ in plans.values() for leg in plan.legs] == [
        MONDAY.date(), tuesday, MONDAY.date(),
    ]  # fmt: skip
    later = actions.decide(tx, [wish("a", mug=2)], load=asked_of(5), now=MONDAY)
    assert leaving(later) == [[tuesday]]
    world.amend(tx, "PAR", capacities=world.NO_HANDS)
    full = actions.decide(tx, [wish("a", mug=2)], load={}, now=MONDAY)
    assert [fence.code for fence in full["a"][1].fences] == ["full"]


def test_what_has_to_come_before_the_day_with_room_is_given_as_far_as_today_goes(tx):
    world.amend(tx, "PAR", units_per_day=5)
    world.shelve(tx, "PAR", mug=9)
    soon = actions.decide(
        tx, [wish("a", mug=3, due=MONDAY.date() + timedelta(days=1))], load=asked_of(4), now=MONDAY
    )
    assert soon["a"][0].legs == [] or soon["a"][0].legs[0].leaves_at.date() == MONDAY.date()


def test_decisions_are_kept_beside_each_other(tx):
    world.shelve(tx, "PAR", mug=9)
    for _ in range(2):
        plan = actions.decide(tx, [wish(mug=1)], load={}, now=MONDAY)["o1"]
        actions.keep(tx, [("o1", plan[1])], now=MONDAY)
    found = views.decisions(tx, "o1", "EUR")
    assert [one.number for one in found] == [2, 1]
    assert found[0].explanation == plan[1], "read back as it was written"
    assert (found[0].policy, found[0].sentence.en) == ("expected-2", "Par sends it for €6.00.")
