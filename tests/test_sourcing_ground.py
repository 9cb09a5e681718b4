"""The field of an order, worked out for all nodes at once, is that of its candidates one by one."""

import random
from datetime import timedelta

import numpy as np
import pytest
from msgspec import structs

from laid_out import candidates
from noria.network import scene_rules
from noria.network.calendar import node_holidays, public_holidays
from noria.network.model import NodeKind, Rests, Spot
from noria.network.reliability_model import OUTCOMES, Estimate, Reliability, Topic
from noria.network.tariff_rules import book
from noria.partners.model import PriceAt
from noria.policies import rules as policies
from noria.policies.model import Content, Override, Scope, Settings
from noria.promise.fence_model import Barred
from noria.sourcing import actions, rules
from noria.sourcing.candidates import Around
from noria.sourcing.ground import Ground, Register
from noria.sourcing.model import Plan, PlannedLeg, Under, Wish
from noria.sourcing.offers import NEVER_CENTS
from noria.sourcing.stock import Left
from test_promise_agrees import PARIS, TARIFF, YEARS, ZONING, a_network, some_load
from world import MONDAY

HOLIDAYS = public_holidays("FR", YEARS)
PLACES = [("75001", PARIS), ("13001", Spot(43.3, 5.4)), ("67000", Spot(48.6, 7.75))]


def believed(nodes, services, luck):
    """Something was measured of some nodes and of some lanes."""
    estimates = {}
    for topic, keys in (
        (Topic.DEPARTURE, [f"node:{code}" for code in nodes]),
        (Topic.PICK, [f"node:{code}" for code in nodes]),
        (Topic.TRANSIT, [f"service:{one}:{code}" for one in services for code in nodes]),
        (Topic.TRANSIT, [f"service:{one}:N1:FR-75" for one in services]),
    ):
        for key in keys:
            if luck.random() < 0.4:
                shares = [luck.randint(1, 9) for _ in OUTCOMES[topic]]
                estimates[topic, key] = Estimate(
                    topic=topic, key=key, parent="", counts=(), weights=(), strength=1.0,
                    shares=tuple(share / sum(shares) for share in shares),
                )  # fmt: skip
    return Reliability(
        estimates=estimates,
        node_groups={code: (f"node:{code}",) for code in nodes},
        service_groups=dict.fromkeys(services, ()),
        chances={code: one.chance for code, one in services.items()},
    )


def a_scene(nodes, services, luck):
    nodes = dict(nodes)
    for code in luck.sample(sorted(nodes), 2):
        kind = luck.choice([NodeKind.PRINTER, NodeKind.DIGITAL, NodeKind.STORE])
        per_day = luck.choice([2, 10]) if kind is NodeKind.PRINTER else None
        nodes[code] = structs.replace(
            nodes[code], kind=kind, units_per_day=per_day, is_open=luck.random() < 0.8
        )
    holidays = {code: node_holidays(node, YEARS) for code, node in nodes.items()}
    taken = {
        code: {MONDAY.date() + timedelta(days=1): luck.randint(0, 3)}
        for code, node in nodes.items()
        if scene_rules.is_maker(node)
    }
    return scene_rules.scene(
        nodes, services, books=[book(TARIFF, ZONING)] if luck.random() < 0.5 else [],
        known=believed(nodes, services, luck), holidays=holidays, now=MONDAY, taken=taken,
    )  # fmt: skip


def some_around(nodes, goods, luck):
    pairs = [(sku, code) for sku in goods for code in nodes]
    barred = luck.sample(pairs, 2) if luck.random() < 0.4 else []
    return Around(
        worth_cents={code: {sku: luck.randint(0, 300) for sku in goods} for code in nodes}
        if luck.random() < 0.5
        else None,
        sold_units={pair: luck.randint(0, 40) for pair in pairs if luck.random() < 0.7},
        prices={
            (sku, code): PriceAt(
                node=code, sku=sku, price_cents=luck.randint(100, 900),
                shipping_cents=luck.choice([0, 250]), free_from_cents=luck.choice([None, 600]),
            )
            for sku, code in pairs
            if luck.random() < 0.15
        },
        barred={
            (sku, code): Barred(node=code, sku=sku, purpose="assortment", rule="r", reason="no")
            for sku, code in barred
        },
        made={pair for pair in pairs if luck.random() < 0.05},
    )  # fmt: skip


def some_policy(luck):
    settings = Settings(
        late_day_cents=luck.choice([0, 300]), not_found_cents=luck.choice([0, 500]),
        markdown_cents=luck.choice([0, 70]), left_cents=luck.choice([0, 20]),
        opportunity_percent=luck.choice([0, 100]), solve_ms=0,
    )  # fmt: skip
    out = [
        Override(id="out", node="N1", reason="it rests", sets={"is_excluded": True}),
        Override(id="dear", node_kind=NodeKind.STORE, reason="x", sets={"handling_percent": 150}),
    ]
    return policies.rulebook(
        Content(settings=settings, overrides=tuple(luck.sample(out, luck.randint(0, 2)))),
        MONDAY.date(),
    )


def a_wish(goods, luck):
    skus = luck.sample(sorted(goods), luck.randint(1, 3))
    postcode, spot = luck.choice(PLACES)
    return Wish(
        order_id="o",
        wanted=dict(sorted((sku, luck.randint(1, 3)) for sku in skus)),
        spot=spot,
        postcode=postcode,
        due=luck.choice([None, MONDAY.date() + timedelta(days=luck.randint(1, 6))]),
        wrapped=frozenset(skus[:1]) if luck.random() < 0.15 else frozenset(),
        own_packaging=luck.random() < 0.15,
        is_to_relay=luck.random() < 0.1,
        without=frozenset({"N2"}) if luck.random() < 0.2 else frozenset(),
    )


def one_by_one(scene, wish, shelves, hands, nodes, goods, around, book):
    """The candidates of a wish as they were always laid out, with the settings of their nodes."""
    free = {
        code: units
        for code, units in zip(nodes, hands.free_units.tolist(), strict=True)
        if units < NEVER_CENTS
    }
    later = {nodes[place]: then for place, then in hands.later.items()}
    found = candidates(
        scene, wish, shelves, free, skus=goods, rests=Rests(HOLIDAYS), around=around, later=later
    )
    if not policies.has_nodes(book):
        return found
    return [
        structs.replace(
            one,
            settings=policies.applied(
                book, Scope(node=one.node, node_kind=scene.nodes[one.node].kind)
            ).settings,
        )
        for one in found
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_field_decides_as_its_candidates_do(seed):
    """Equal plans and equal explanations, whatever the network, the goods and the policy are."""
    luck, register, sent, later = random.Random(seed), Register(), 0, 0
    for _ in range(12):
        nodes, services, goods, shelves = a_network(luck)
        scene = a_scene(nodes, services, luck)
        around, rulebook = some_around(nodes, goods, luck), some_policy(luck)
        kept = actions.diaries_of(scene, some_load(nodes, luck), MONDAY)
        scene = actions.begun_on_days(scene, kept)
        ground = Ground(scene, register)
        for _ in range(4):
            wish = a_wish(goods, luck)
            left = Left(ground, {None: shelves}, {None: around}, {}, kept)
            known = left.shelves(wish, {}, is_priced=around.worth_cents is not None)
            hands = left.hands(rulebook, Scope(), wish, known, goods)
            field = ground.field(wish, known, hands, skus=goods, rests=Rests(HOLIDAYS))
            later += len(hands.later)
            under = Under(policy="p", settings=rulebook.settings)
            asked = {
                "weights": {sku: one.weight_g for sku, one in goods.items()},
                "volumes": {sku: one.volume_cm3 for sku, one in goods.items()},
                "today": MONDAY.date(), "due": wish.due, "under": under,
                "most_legs": luck.choice([None, 1]),
            }  # fmt: skip
            slow = one_by_one(scene, wish, shelves, hands, ground.nodes, goods, around, rulebook)
            expected = rules.source(wish.wanted, slow, **asked)
            assert rules.source(wish.wanted, field, **asked) == expected
            sent += bool(expected[0].legs)
    assert sent > 20, "most orders could be sent"
    assert later > 2, "some nodes had to begin on another day"


def test_what_one_plan_takes_the_next_misses():
    luck = random.Random(1)
    nodes, services, *_ = a_network(luck)
    scene = scene_rules.scene(
        nodes, services, books=[], known=believed(nodes, services, luck),
        holidays={code: node_holidays(node, YEARS) for code, node in nodes.items()}, now=MONDAY,
    )  # fmt: skip
    ground = Ground(scene, Register())
    left = Left(ground, {None: {"N0": {"s0": 3}}, "web": {"N0": {"s0": 1}}}, {}, {"N0": 9})
    leg = PlannedLeg(
        node="N0", service="HOME", units={"s0": 2}, leaves_at=MONDAY, arrives_on=MONDAY.date(),
        chance=1.0, terms={},
    )  # fmt: skip
    book, asked = (
        policies.rulebook(Content(), MONDAY.date()),
        Wish(order_id="o", wanted={"s0": 1}, spot=PARIS),
    )
    before = left.hands(book, Scope(), asked, left.shelves(asked, {}, is_priced=False), {})
    left.take(Plan(legs=[leg], short={}), before)
    for channel, units in ((None, 1), ("web", 0)):
        wish = structs.replace(asked, channel=channel)
        assert left.shelves(wish, {}, is_priced=False).units.sum() == units
    after = left.hands(book, Scope(), asked, left.shelves(asked, {}, is_priced=False), {})
    assert np.min(after.free_units) == 7
