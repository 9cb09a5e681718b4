"""In which amounts partners send to customers, and what amounts cost that they do not sell."""

import numpy as np
import pytest

import world
from noria.catalog import views as catalog
from noria.network.model import Spot
from noria.partners import actions as partners
from noria.partners import rules, views
from noria.partners.model import OddAmounts, Partner, PartnerKind, PriceAt, Term
from noria.promise.delivery import asking, scenes, ways
from noria.promise.delivery.outlook import Terms, largest
from noria.sourcing import actions, telling
from noria.sourcing.field import packs_of
from noria.sourcing.model import Wish
from world import ACTOR, MONDAY

SENT, CHARGED, REFUSED = OddAmounts


@pytest.fixture
def tx(retail):
    world.shelve(retail, "LYS", mug=20)
    partner = Partner(code="P", name="P", kind=PartnerKind.SUPPLIER, nodes=("LYS",))
    partners.save(retail, partner, actor=ACTOR, now=MONDAY)
    return retail


def agree(tx, odd, *, minimum=6, pack=3):
    term = Term(sku="mug", price_cents=300, minimum_units=minimum, pack_units=pack,
                odd_amounts=odd, valid_from=MONDAY.date())  # fmt: skip
    partners.save_terms(tx, "P", [term], actor=ACTOR, now=MONDAY)
    assert views.terms_on(tx, "P", ["mug"], MONDAY.date()) == {"mug": term}


def decide(tx, mugs):
    wish = Wish(order_id="o1", wanted={"mug": mugs}, spot=Spot(48.86, 2.34))
    return actions.decide(tx, [wish], load={}, now=MONDAY)["o1"]


@pytest.mark.parametrize(
    ("because", "odd", "units", "sent", "surplus"),
    [
        ("any amount", SENT, 1, 1, 0),
        ("any amount, and six are paid for", CHARGED, 1, 1, 1_500),
        ("two packs, and the third is paid for", CHARGED, 7, 7, 600),
        ("whole packs", CHARGED, 9, 9, 0),
        ("below the minimum", REFUSED, 5, 0, 0),
        ("the minimum", REFUSED, 6, 6, 0),
        ("whole packs of it", REFUSED, 8, 6, 0),
        ("whole packs of more", REFUSED, 9, 9, 0),
    ],
)
def test_amounts(because, odd, units, sent, surplus):
    term = PriceAt(node="N", sku="mug", price_cents=300, shipping_cents=0, free_from_cents=None,
                   minimum_units=6, pack_units=3, odd_amounts=odd)  # fmt: skip
    packs = packs_of((1, 1), [(0, 0, term)])
    charged = 0 if packs is None else packs.cents(np.array([[sent]])).item()
    assert (rules.sent_units(units, term), charged) == (sent, surplus), because


@pytest.mark.parametrize(
    ("because", "odd", "mugs", "legs", "short", "surplus"),
    [
        ("terms are for purchases", SENT, 2, {"LYS": 2}, 0, None),
        ("what is not asked for is paid", CHARGED, 2, {"LYS": 2}, 0, 1_200),
        ("nothing to make up", CHARGED, 6, {"LYS": 6}, 0, None),
        ("too few", REFUSED, 5, {}, 5, None),
        ("the pack that is begun stays", REFUSED, 8, {"LYS": 6}, 2, None),
        ("more than there is", REFUSED, 25, {"LYS": 18}, 7, None),
    ],
)
def test_terms_hold_when_nodes_are_chosen(tx, because, odd, mugs, legs, short, surplus):
    agree(tx, odd)
    plan, why = decide(tx, mugs)
    assert {leg.node: leg.units["mug"] for leg in plan.legs} == legs, because
    assert plan.short.get("mug", 0) == short, because
    assert why.chosen.terms.get("surplus") == surplus, because


@pytest.mark.parametrize(
    ("because", "odd", "mugs", "ours", "theirs", "minimum", "legs", "surplus"),
    [
        ("in packs all of it is one parcel", REFUSED, 12, 7, 20, 6, {"LYS": 12}, None),
        ("ours give back what fills a pack", REFUSED, 12, 7, 6, 6, {"PAR": 6, "LYS": 6}, None),
        ("a pack that is begun stays there", REFUSED, 12, 7, 11, 6, {"PAR": 6, "LYS": 6}, None),
        ("a pack and all of ours", REFUSED, 13, 7, 6, 6, {"PAR": 7, "LYS": 6}, None),
        ("one unit more than two packs", REFUSED, 13, 1, 12, 6, {"PAR": 1, "LYS": 12}, None),
        ("ours do not make it up", REFUSED, 12, 5, 6, 6, {"PAR": 5, "LYS": 6}, None),
        ("no pack is the minimum", REFUSED, 12, 7, 6, 12, {"PAR": 7}, None),
        ("whole packs cost nothing more", CHARGED, 12, 7, 6, 6, {"PAR": 6, "LYS": 6}, None),
        ("what is left of a pack is paid", CHARGED, 12, 7, 5, 6, {"PAR": 7, "LYS": 5}, 300),
        ("any amount is sent", SENT, 12, 7, 5, 6, {"PAR": 7, "LYS": 5}, None),
    ],
)
def test_a_line_is_shared_in_amounts_that_a_partner_sells(
    tx, because, odd, mugs, ours, theirs, minimum, legs, surplus
):
    agree(tx, odd, minimum=minimum, pack=6)
    world.shelve(tx, "PAR", mug=ours)
    tx.execute("update balance set quantity = %s where (sku, node) = ('mug', 'LYS')"
               " and state = 'available'", [theirs])  # fmt: skip
    plan, why = decide(tx, mugs)
    assert {leg.node: leg.units["mug"] for leg in plan.legs} == legs, because
    assert why.chosen.terms.get("surplus") == surplus, because


def test_another_node_sends_what_a_partner_refuses_or_charges_for(tx):
    world.shelve(tx, "PAR", mug=9)
    for odd in (CHARGED, REFUSED):
        agree(tx, odd)
        plan, _ = decide(tx, 2)
        assert [leg.node for leg in plan.legs] == ["PAR"], odd


def test_why_a_partner_does_not_send_so_few_is_told(tx):
    agree(tx, REFUSED)
    [fence] = decide(tx, 2)[1].fences
    said = telling.why(fence, None)
    assert (fence.node, fence.code) == ("LYS", "odd-amount")
    assert said.en.endswith("(mug: from 6 units on, in packs of 3)")
    assert said.fr.endswith("(mug\u202f: à partir de 6 unités, par lots de 3)")


@pytest.mark.parametrize(
    ("because", "odd", "mugs", "there"),
    [
        ("any amount is sent", SENT, 2, 20),
        ("any amount is sent, at a price", CHARGED, 2, 20),
        ("too few", REFUSED, 2, 0),
        ("whole packs", REFUSED, 8, 6),
    ],
)
def test_what_would_be_refused_is_not_promised(tx, because, odd, mugs, there):
    agree(tx, odd)
    outlook = scenes.outlook(tx, scenes.kept({}), lambda _: {}, now=MONDAY)
    place = outlook.grid.place["LYS"]
    units = np.zeros((1, len(outlook.grid.nodes)), np.int64)
    units[0, place] = 20
    assert asking.as_sold(outlook, {"mug": mugs}, units)[0, place] == there, because
    agree(tx, SENT)
    later = scenes.outlook(tx, scenes.kept({}), lambda _: {}, now=MONDAY)
    assert asking.as_sold(later, {"mug": mugs}, units)[0, place] == 20, "the term says otherwise"


def test_a_promise_shares_a_line_in_amounts_that_a_partner_sells(tx):
    agree(tx, REFUSED, pack=6)
    outlook = scenes.outlook(tx, scenes.kept({}), lambda _: {}, now=MONDAY)
    units = np.zeros((1, len(outlook.grid.nodes)), np.int64)
    units[0, [outlook.grid.place[node] for node in ("PAR", "LYS")]] = 7, 6
    question = asking.Question(wanted={"mug": 12}, postcode="75011")
    goods, paris = catalog.skus(tx, ["mug"]), Spot(48.86, 2.34)
    found = asking.found(outlook, question, goods, units, paris, MONDAY)
    parts = [{part.node: part.units["mug"] for part in way.parts} for way in found.ways]
    assert parts == [{"PAR": 6, "LYS": 6}] * len(parts) != []
    seen = ways.look(outlook, asking.basket(question, goods, units), Terms())
    for missing, given in ((5, {5}), (6, {6}), (12, {6, 7})):
        shares = largest(outlook.grid, seen, np.array([missing]), np.ones_like(seen.makes))
        assert {part.item() for part, _ in shares} == given, "no part of a pack"
        by_partner = [part.item() for part, nodes in shares if nodes[outlook.grid.place["LYS"]]]
        assert all(units % 6 == 0 for units in by_partner)
