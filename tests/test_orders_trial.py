"""Past orders decided again: the same every time, under each policy, and nothing is written."""

from datetime import timedelta

import msgspec
import pytest
from msgspec import structs
from rich.console import Console

import world
from noria.network.model import PICK_UP
from noria.orders import actions, trial_actions
from noria.orders.model import Delivery
from noria.orders.trial_table import shown
from noria.partners import actions as partners
from noria.partners.model import Partner, PartnerKind, Term
from noria.policies import actions as policies
from noria.policies import views as live_policies
from noria.policies.model import Content, Draft, Override, Settings, Split
from noria.promise.delivery.model import OptionKind
from noria.sourcing import store
from world import ACTOR, MONDAY

HOUR = timedelta(hours=1)
EVE, SUNDAY = MONDAY - HOUR, MONDAY + timedelta(days=6)


@pytest.fixture
def tx(retail):
    """Two days of orders: o1 needs two nodes, o2 finds nothing until Tuesday."""
    tx = retail
    world.shelve(tx, "PAR", mug=3, now=EVE - HOUR)
    world.shelve(tx, "SHOP", cup=2, now=EVE - HOUR)
    for number, (hours, units) in enumerate(
        [(0, {"mug": 2}), (1, {"mug": 1, "cup": 1}), (2, {"bowl": 1}), (25, {"cup": 1})]
    ):
        at = MONDAY + hours * HOUR
        actions.accept(tx, [world.order(f"o{number}", at=at, **units)], actor=ACTOR, now=at)
    world.shelve(tx, "PAR", bowl=1, now=MONDAY + 24 * HOUR)
    draft(tx, "whole", Settings(split=Split.NEVER))
    draft(tx, "spared", Settings(), Override(
        id="stores", node_kind=world.NodeKind.STORE, sets={"left_cents": 2_000}, reason="sales",
    ))  # fmt: skip
    return tx


def draft(tx, key, settings, *overrides):
    content = Content(settings=settings, overrides=overrides)
    policies.save_draft(
        tx, Draft(id=key, based_on=None, changed_at=MONDAY, author=ACTOR, content=content)
    )


def compare(tx, *sides):
    return trial_actions.compare(tx, sides, since=EVE, until=SUNDAY)


def test_each_policy_has_shelves_of_its_own(tx):
    before = world.levels(tx)
    live, whole = compare(tx, "live", "draft:whole").trials
    assert (live.policy, whole.policy) == ("expected-2", "draft:whole")
    assert live.total.orders == whole.total.orders == 4
    assert live.total.sent == 4, "o2 finds its bowl on Tuesday"
    assert (live.total.splits, live.total.parcels) == (1, 5)
    assert (whole.total.splits, whole.total.sent, whole.total.waiting) == (0, 3, 1)
    assert live.total.cents == sum(live.total.terms.values()) > 0
    assert [day.waiting for day in live.days] == [1, 0]
    assert world.levels(tx) == before, "nothing is written"


def test_what_is_worth_more_in_stores_stays_there(tx):
    world.shelve(tx, "LYS", cup=2, now=EVE - HOUR)
    live, spared = compare(tx, "live", "draft:spared").trials
    assert (live.total.drained, spared.total.drained) == (0, 0)
    assert "opportunity" not in spared.total.terms, "LYS sends both cups"


def test_what_was_collected_in_a_store_is_collected_there_again(tx):
    """It lies in its store: no parcel, no freight, as it was; another would come by carrier."""
    at = MONDAY + 50 * HOUR
    world.shelve(tx, "SHOP", mug=1, now=at - 2 * HOUR)
    collected = Delivery(option=OptionKind.PICK_UP, store="SHOP")
    order = structs.replace(world.order("c1", at=at, mug=1), delivery=collected)
    [leg] = actions.accept(tx, [order], actor=ACTOR, now=at)["c1"].legs
    assert leg.service == PICK_UP
    [live] = trial_actions.compare(tx, ["live"], since=at - HOUR, until=SUNDAY).trials
    assert (live.total.orders, live.total.sent, live.total.parcels) == (1, 1, 0)
    assert "freight" not in live.total.terms


def test_equal_books_give_equal_answers(tx):
    one, other = (compare(tx, "live", "draft:whole") for _ in range(2))
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def test_two_equal_policies_come_to_the_same(tx):
    draft(tx, "same", live_policies.live(tx).content.settings)
    live, same = compare(tx, "live", "draft:same").trials
    assert live.total == same.total


def test_the_table_says_it_in_both_languages(tx):
    for language, words, day in (
        ("en", "split orders", "2026-11-24"),
        ("fr", "commandes scindées", "24/11/2026"),
    ):
        console = Console(width=250, record=True)
        console.print(shown(compare(tx, "live", "draft:whole"), language, "EUR"))
        text = console.export_text()
        assert words in text
        assert "draft:whole" in text
        assert day in text


def test_without_orders_it_says_so(tx):
    with pytest.raises(trial_actions.NoOrders):
        trial_actions.compare(tx, ["live"], since=SUNDAY, until=SUNDAY + HOUR)
    with pytest.raises(trial_actions.NotFound):
        compare(tx, "draft:nobody")


@pytest.mark.parametrize(
    ("because", "known", "terms"),
    [
        ("what nobody knows costs nothing", lambda tx: None, {}),
        ("a unit is worth more left in Paris", lambda tx: worth(tx, 1_500), {"opportunity": 4_500}),
        ("a partner asks more than the cheapest", lambda tx: asks(tx, "PAR", 700), {"shipping": 120}),
    ],
)  # fmt: skip
def test_a_trial_knows_what_units_are_worth_and_what_partners_ask(tx, because, known, terms):
    known(tx)
    total = compare(tx, "live").trials[0].total
    assert {name: total.terms.get(name, 0) for name in terms} == terms, because


def worth(tx, cents):
    run = store.begin_run(tx, orders=4, skus=1, futures=1, moves_until=0, now=MONDAY)
    store.publish(tx, run, [("mug", "PAR", cents)], now=MONDAY)


def asks(tx, node, cents):
    partner = Partner(
        code="P", name="P", kind=PartnerKind.THIRD_PARTY, nodes=(node,), shipping_cents=60
    )
    partners.save(tx, partner, actor=ACTOR, now=MONDAY)
    term = Term(sku="mug", price_cents=cents, valid_from=MONDAY.date())
    partners.save_terms(tx, "P", [term], actor=ACTOR, now=MONDAY)
