"""A trial decides as the live system does: what is kept back, who is first, who waits, who makes."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.network import actions as network
from noria.network.model import NodeKind, Spot
from noria.orders import actions, trial_actions
from noria.orders.model import Delivery, Told
from noria.orders.trial_model import Past
from noria.orders.trial_rules import Keeps, Sales, in_turn, rules_of
from noria.policies import actions as policies
from noria.policies.model import (
    Content,
    Draft,
    Measure,
    Override,
    Policy,
    Protection,
    Ranking,
    Settings,
)
from noria.promise import fence_actions, keep_back_actions
from noria.promise.fence_model import ChannelNetwork
from noria.promise.keep_back_model import KeepBack, Purpose, Shelf
from noria.sourcing.model import Wish
from noria.supply import actions as supply
from world import ACTOR, MONDAY

HOUR = timedelta(hours=1)
EVE, SUNDAY = MONDAY - HOUR, MONDAY + timedelta(days=6)
TODAY = MONDAY.date()
KEPT = Protection(id="stores", channel="till", node="PAR", units=2, reason="sales")


@pytest.fixture
def tx(retail):
    catalog.save_channel(retail, Channel(code="till", name="Tills"), actor=ACTOR)
    return retail


def draft(tx, key, settings=None, **more):
    content = Content(settings=settings or Settings(), **more)
    policies.save_draft(
        tx, Draft(id=key, based_on=None, changed_at=MONDAY, author=ACTOR, content=content)
    )


def take(tx, key, *, at=MONDAY, channel="web", **units):
    order = structs.replace(world.order(key, at=at, **units), channel=channel)
    actions.accept(tx, [order], actor=ACTOR, now=at)


def totals(tx, *sides):
    found = trial_actions.compare(tx, sides, since=EVE, until=SUNDAY).trials
    return {trial.policy: trial.total for trial in found}


def test_what_a_draft_protects_is_kept_back_in_its_trial_and_in_no_other(tx):
    world.shelve(tx, "PAR", mug=2, now=EVE)
    draft(tx, "kept", protections=(KEPT,))
    draft(tx, "later", protections=(structs.replace(KEPT, valid_from=SUNDAY.date()),))
    take(tx, "o1", mug=1)
    found = totals(tx, "live", "draft:kept", "draft:later")
    assert [one.sent for one in found.values()] == [1, 0, 1]
    assert found["draft:kept"].waiting == 1


def test_what_the_live_version_protects_is_not_kept_back_under_another(tx):
    world.shelve(tx, "PAR", mug=2, now=EVE)
    take(tx, "o1", mug=1)
    draft(tx, "kept", protections=(KEPT,))
    draft(tx, "open")
    policies.publish(tx, "v2", "kept", believed=1, reason="sales", actor=ACTOR, now=MONDAY)
    policies.activate(tx, "a2", "v2", starts_at=None, reason="sales", actor=ACTOR, now=MONDAY)
    found = totals(tx, "live", "draft:open")
    assert (found["v2"].sent, found["draft:open"].sent) == (0, 1)


def keep(tx, **more):
    rule = KeepBack(id="r1", purpose=Purpose.BUFFER, node="PAR", reason="thefts", **more)
    keep_back_actions.save(tx, rule, actor=ACTOR, now=MONDAY)


def serve(tx):
    network = ChannelNetwork(
        id="n1", channel="web", node_kinds=(NodeKind.STORE,), reason="stores send"
    )
    fence_actions.save_network(tx, network, actor=ACTOR, now=MONDAY)


@pytest.mark.parametrize(
    ("because", "change", "sent"),
    [
        ("nothing is kept", lambda tx: None, 1),
        ("the node keeps two", lambda tx: world.amend(tx, "PAR", buffer_units=2), 0),
        ("a rule keeps two", lambda tx: keep(tx, units=2), 0),
        ("a rule that is over", lambda tx: keep(tx, units=2, valid_until=date(2026, 11, 1)), 1),
        ("the web is served by stores alone", serve, 0),
    ],
)
def test_buffers_and_networks_hold_in_trials_as_they_do_live(tx, because, change, sent):
    world.shelve(tx, "PAR", mug=2, now=EVE)
    take(tx, "o1", mug=1)
    change(tx)
    assert totals(tx, "live")["expected-2"].sent == sent, because


def test_the_channel_that_ranks_higher_is_served_first_of_what_comes(tx):
    """One mug comes for two who wait: it goes to whom the policy serves first, at its cost."""
    far = structs.replace(world.PARIS, latitude=43.3, longitude=5.37)
    take(tx, "o1", mug=1)
    order = structs.replace(world.order("o2", to=far, at=MONDAY, mug=1), channel="till")
    actions.accept(tx, [order], actor=ACTOR, now=MONDAY)
    take(tx, "o3", at=MONDAY + 3 * HOUR, bowl=1)
    world.shelve(tx, "PAR", mug=1, now=MONDAY + HOUR)
    first = Override(id="tills", channel="till", sets={"priority": 90}, reason="sales")
    draft(tx, "tills", Settings(), overrides=(first,))
    draft(tx, "first-come")
    draft(tx, "measured", ranking=Ranking(conversion=1))
    for channel, conversion in (("till", 0.9), ("web", 0.1)):
        seen = Measure(channel=channel, day=TODAY, conversion=conversion, margin=0.1, rotation=1)
        policies.measure(tx, [seen], actor=ACTOR, now=MONDAY)
    found = totals(tx, "draft:first-come", "draft:tills", "draft:measured")
    assert [one.sent for one in found.values()] == [1, 1, 1]
    freight = {policy: one.terms["freight"] for policy, one in found.items()}
    assert freight == {"draft:first-come": 600, "draft:tills": 900, "draft:measured": 900}


def test_what_came_is_looked_at_the_same_day(tx):
    take(tx, "o1", mug=1)
    world.shelve(tx, "PAR", mug=1, now=MONDAY + HOUR)
    take(tx, "o2", at=MONDAY + 2 * HOUR, bowl=1)
    [live] = trial_actions.compare(tx, ["live"], since=EVE, until=SUNDAY).trials
    assert [(day.sent, day.waiting) for day in live.days] == [(1, 1)]


def test_orders_wait_in_a_window_for_what_comes_nearer(tx):
    """Without one, Marseille sends it at once; within two hours Paris has it, for less."""
    world.shelve(tx, "SHOP", mug=1, now=EVE)
    take(tx, "o1", mug=1)
    world.shelve(tx, "PAR", mug=1, now=MONDAY + HOUR)
    draft(tx, "window", Settings(window_minutes=120))
    draft(tx, "at-once", Settings())
    found = totals(tx, "draft:at-once", "draft:window")
    assert found["draft:at-once"].terms["freight"] == 900
    assert found["draft:window"].terms["freight"] == 600
    assert (found["draft:window"].sent, found["draft:window"].waiting) == (1, 0)


def test_a_day_that_was_told_is_kept_first_and_what_is_late_is_still_sent(tx):
    world.shelve(tx, "LYS", mug=1, now=EVE)
    tuesday = TODAY + timedelta(days=1)
    told = Told(first=tuesday, last=tuesday, chance=0.9)
    order = structs.replace(world.order("o1", mug=2), delivery=Delivery(told=told))
    actions.accept(tx, [order], actor=ACTOR, now=MONDAY)
    take(tx, "o2", at=MONDAY + HOUR, cup=1)
    [live] = trial_actions.compare(tx, ["live"], since=EVE, until=SUNDAY).trials
    assert (live.total.sent, live.total.waiting) == (1, 2), "Lyon is late, and sends what it has"


def test_digital_goods_are_delivered_and_printers_print_over_the_days_that_they_have(tx):
    card = Sku(code="card", name="Gift card", price_cents=2000, is_digital=True)
    catalog.save(tx, [card], actor=ACTOR, now=MONDAY)
    cloud = structs.replace(world.node("CLOUD", NodeKind.DIGITAL), hours=())
    network.save_nodes(tx, [cloud], actor=ACTOR, now=MONDAY)
    supply.set_made(tx, "CLOUD", ["card"])
    world.amend(tx, "PRINT", booking_days=2)
    take(tx, "o1", card=3)
    for number in range(3):
        take(tx, f"p{number}", at=MONDAY + number * HOUR, poster=8)
    [live] = trial_actions.compare(tx, ["live"], since=EVE, until=SUNDAY).trials
    assert live.total.sent == 4, "one gift card, and twenty posters in three parts"
    assert live.total.waiting == 1, "four posters more than two days can print"


def test_sales_of_days_before_count_and_those_of_that_day_do_not():
    key = ("mug", "PAR")
    days = [(0, 5), (-1, 2), (-28, 3), (-29, 7)]
    sales = Sales([(key, TODAY + timedelta(days=day), units) for day, units in days])
    assert sales.before(key, TODAY) == 5
    assert sales.before(key, TODAY + timedelta(days=1)) == 7
    assert sales.before(("cup", "PAR"), TODAY) == 0


def test_days_of_sales_are_those_of_the_day_that_is_looked_at():
    key = ("mug", "PAR")
    shelf = Shelf(sku="mug", node="PAR", node_kind=NodeKind.WAREHOUSE, sold=999)
    content = Content(protections=(structs.replace(KEPT, units=None, days=14),))
    rules = rules_of(live(content), [])
    sales = Sales([(key, TODAY - timedelta(days=1), 10)])
    keeps = [Keeps(rules, {key: shelf}, sales, TODAY + timedelta(days=day)) for day in (0, 40)]
    assert [one.of("web", key).units for one in keeps] == [5, 0]
    assert keeps[0].of("till", key).units == 0


def live(content):
    return Policy(id="p", made_at=MONDAY, author=ACTOR, reason="", content=content)


def test_turns_go_by_windows_then_ranks_then_who_came_first():
    def one(order, channel, hours):
        wish = Wish(order_id=order, wanted={}, spot=Spot(0, 0), channel=channel)
        return Past(placed_at=MONDAY + hours * HOUR, wish=wish)

    some = [one("a", "web", 0), one("b", "till", 2), one("c", "till", 1), one("d", "web", 3)]
    turns = in_turn(some, {"web": 50.0, "till": 90.0}, windows={"d"})
    assert [past.wish.order_id for past in turns] == ["d", "c", "b", "a"]
