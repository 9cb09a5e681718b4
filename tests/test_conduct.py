"""How partners keep their word: trust, answers, breaches, scorecards."""

from datetime import timedelta

import pytest
from msgspec import structs

import work_list
import world
from noria.catalog import actions as catalog
from noria.conduct import actions, rules, views
from noria.conduct.model import (
    Acceptance,
    AlreadyAnswered,
    BreachKind,
    BreachRule,
    Decline,
    Keeper,
    Record,
    Why,
)
from noria.fulfilment import views as fulfilment_views
from noria.fulfilment.rules import observed_departures
from noria.kit import clock
from noria.kit.money import Money
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.network.reliability_model import OUTCOMES, Topic
from noria.orders import reroute_actions
from noria.orders import views as orders
from noria.orders.model import Destination, Reroute, WrongStage
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners.feed_model import FeedPlan, Pulse
from noria.partners.model import AgainstTerms, Partner, PartnerKind, Term
from noria.promise import views as promises
from noria.promise.keep_back_model import EVERYTHING
from noria.supply import actions as supply
from noria.supply.model import NewPurchase, PurchaseLine
from test_partners_feeds import send
from world import ACTOR, MONDAY

HOUR = timedelta(hours=1)
TOULON = Destination(postcode="83000", town="Toulon", latitude=43.0, longitude=6.0)


def pulse(hours_ago, every=60.0):
    return Pulse(partner="P", nodes=("N",), heard_at=MONDAY, counted_at=MONDAY - hours_ago * HOUR,
                 every_minutes=every)  # fmt: skip


def kept(hours_ago, *, buffer=4, asked=0, refused=0, lost=0.0):
    record = Record(partner="P", asked_units=asked, refused_units=refused, lost_share=lost)
    found = rules.belief(pulse(hours_ago), record, now=MONDAY)
    node = Keeper(code="N", buffer_units=buffer, time_zone="Europe/Paris")
    return rules.kept_back(node, found).units, found.is_silent


@pytest.mark.parametrize(
    ("because", "given", "units", "is_silent"),
    [
        ("fresh figures are believed but for what experience says", (0.5, {}), 1, False),
        ("after one interval nothing is missing yet", (1, {}), 1, False),
        ("halfway to the next: it is late, and a person hears", (1.51, {}), 2, True),
        ("one feed is missing: half the trust, twice the buffer", (2, {}), 5, True),
        ("two feeds are missing: nothing is believed", (3, {}), EVERYTHING, True),
        ("and nothing later", (300, {}), EVERYTHING, True),
        ("half of what was asked was refused", (0, {"asked": 1000, "refused": 500}), 4, False),
        ("little asked says little", (0, {"asked": 1, "refused": 1}), 1, False),
        ("a feed loses half of its units", (0, {"lost": 0.5}), 5, False),
        ("a buffer of nothing is taken as one unit", (2, {"buffer": 0}), 2, True),
    ],
)
def test_trust(because, given, units, is_silent):
    hours_ago, more = given
    assert kept(hours_ago, **more) == (units, is_silent), because


def test_trust_never_grows_with_silence_or_refusals():
    silence = [kept(hours / 4)[0] for hours in range(20)]
    assert silence == sorted(silence)
    refusals = [kept(1, asked=100, refused=units)[0] for units in range(0, 100, 5)]
    assert refusals == sorted(refusals)


def test_a_partner_that_was_never_heard_is_not_judged():
    never = Pulse(partner="P", nodes=("N",), heard_at=None, counted_at=None, every_minutes=None)
    assert rules.belief(never, None, now=MONDAY) is None


@pytest.fixture
def tx(retail):
    node = world.node("DROP", NodeKind.SUPPLIER)
    network.save_nodes(retail, [node], actor=ACTOR, now=MONDAY)
    clock.start_driving(retail, MONDAY)
    partners.save(
        retail,
        Partner(code="ATELIER", name="Atelier", kind=PartnerKind.SUPPLIER, nodes=("DROP",)),
        actor=ACTOR, now=MONDAY,
    )  # fmt: skip
    plan = FeedPlan(every_minutes=60)
    feeds.save_plan(retail, plan, partner="ATELIER", actor=ACTOR, now=MONDAY)
    return retail


def at(tx, hours):
    now = MONDAY + hours * HOUR
    clock.drive(tx, now)
    return now


def exceptions(tx):
    return [(one.kind, one.subject, one.money_cents) for one in work_list.exceptions(tx)]


def free(tx):
    return {one.node: one.units for one in promises.available(tx, ["mug"])}


def test_a_feed_that_stops_is_told_before_it_oversells_and_is_forgotten_when_it_is_back(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    actions.measure(tx, now=MONDAY)
    assert (free(tx)["DROP"], exceptions(tx)) == (59, [])
    now = at(tx, 1.75)
    actions.measure(tx, now=now)
    assert 50 < free(tx)["DROP"] < 60, "still sold, with a wider buffer"
    assert exceptions(tx) == [("feed.silent", "partner:ATELIER", 60 * 990)]
    actions.measure(tx, now=at(tx, 3))
    assert "DROP" not in free(tx), "nobody knows what is left there"
    now = at(tx, 4)
    send(tx, b"sku,quantity\nmug,58\n", "f2", at=now)
    assert exceptions(tx) == [], "it closes by itself"
    actions.measure(tx, now=now)
    assert free(tx)["DROP"] == 57
    told = tx.execute(
        "select type from event where type in ('feed.silent', 'feed.back') order by seq"
    )
    assert [kind for (kind,) in told] == ["feed.silent", "feed.back"]


def test_a_partner_that_is_not_active_sells_nothing_until_it_is_active_and_heard(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    atelier = partner_of(tx, "ATELIER")
    quits = structs.replace(atelier, is_active=False)
    now = at(tx, 3)
    actions.measure(tx, now=now)
    partners.save(tx, quits, actor=ACTOR, now=now)
    actions.measure(tx, now=now)
    assert "DROP" not in free(tx), "silent, and then nobody waits for its feed any more"
    partners.save(tx, atelier, actor=ACTOR, now=now)
    send(tx, b"sku,quantity\nmug,58\n", "f2", at=now)
    actions.measure(tx, now=now)
    assert free(tx)["DROP"] == 57, "active and heard again"
    partners.save(tx, quits, actor=ACTOR, now=now)
    assert actions.measure(tx, now=now).nodes == ["DROP"]
    assert "DROP" not in free(tx), "healthy, and not ours to sell any more"
    assert world.accept(tx, world.order(mug=1), now=now)["o1"].legs == []


def test_what_an_inactive_partner_makes_to_order_or_delivers_by_mail_is_not_sold(tx):
    file = structs.replace(world.SKUS[0], code="file", is_digital=True)
    catalog.save(tx, [file], actor=ACTOR, now=MONDAY)
    mail = structs.replace(world.node("MAIL", NodeKind.DIGITAL), hours=())
    network.save_nodes(tx, [mail], actor=ACTOR, now=MONDAY)
    supply.set_made(tx, "MAIL", ["file"])
    codes = ["file", "poster"]
    assert {one.node for one in promises.available(tx, codes)} == {"MAIL", "PRINT"}
    away = Partner(code="AWAY", name="Away", kind=PartnerKind.PRINTER, nodes=("MAIL", "PRINT"),
                   is_active=False)  # fmt: skip
    partners.save(tx, away, actor=ACTOR, now=MONDAY)
    actions.measure(tx, now=MONDAY)
    assert promises.available(tx, codes) == []


def test_a_partner_declines_and_the_order_goes_elsewhere(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    assert leg.node == "DROP"
    world.shelve(tx, "PAR", mug=9)
    actions.decline(tx, [Decline(id=leg.id, why=Why.NO_STOCK)], actor=ACTOR, now=MONDAY)
    legs = orders.legs(tx, ["o1"])["o1"]
    assert [(one.node, one.withdrawn_at is None) for one in legs] == [
        ("DROP", False),
        ("PAR", True),
    ]
    card = actions.scorecard(tx, "ATELIER", 28, now=MONDAY)
    assert (card.fill_rate, card.refused_share, card.feed_accuracy) == (0.0, 1.0, 0.0)
    with pytest.raises(WrongStage):
        actions.accept(tx, [Acceptance(id=leg.id)], actor=ACTOR, now=MONDAY)
    assert world.audit(tx) == []


def test_breaches_open_and_close_with_their_causes(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    tx.execute("delete from feed_plan")  # this is about legs
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    at(tx, 2.1)
    assert exceptions(tx) == [("partner.not_accepted", f"leg:{leg.id}", 1980)]
    actions.accept(tx, [Acceptance(id=leg.id)], actor=ACTOR, now=MONDAY + 2 * HOUR)
    assert exceptions(tx) == []
    with pytest.raises(AlreadyAnswered):
        actions.accept(tx, [Acceptance(id=leg.id)], actor=ACTOR, now=MONDAY + 2 * HOUR)
    clock.drive(tx, leg.leaves_at + 25 * HOUR)
    assert [kind for kind, _, _ in exceptions(tx)] == ["partner.not_shipped"]
    world.pick(tx, leg.id, now=MONDAY)
    world.ship(tx, leg.id, now=leg.leaves_at + 25 * HOUR)
    assert exceptions(tx) == []
    card = actions.scorecard(tx, "ATELIER", 28, now=leg.leaves_at + 25 * HOUR)
    assert (card.late_share, card.now.accept_minutes) == (1.0, 120.0)


def test_a_list_says_of_each_partner_what_its_own_page_says(tx):
    quiet = Partner(code="ZZ", name="Quiet", kind=PartnerKind.DIGITAL)
    partners.save(tx, quiet, actor=ACTOR, now=MONDAY)
    send(tx, b"sku,quantity\nmug,60\n")
    actions.measure(tx, now=MONDAY)
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    now = at(tx, 2.1)
    actions.measure(tx, now=now)  # what is at stake on its shelves, too
    atelier, none = actions.standings(tx, [partner_of(tx, "ATELIER"), quiet], 28, now=now)
    assert atelier.card == actions.scorecard(tx, "ATELIER", 28, now=now)
    assert (atelier.card.now.legs, atelier.card.now.units, atelier.weeks[-1].units) == (1, 2, 2)
    assert [week.legs for week in atelier.weeks] == [0] * 7 + [1]
    assert atelier.weeks[-1].since == now - timedelta(days=7)
    assert (atelier.breaches, atelier.risk_money) == (
        2,
        [Money(currency="EUR", cents=1980 + 58 * 990)],
    ), "a leg, and silence"
    tx.execute("update sku set currency = 'GBP' where code = 'mug'")
    actions.measure(tx, now=now)
    assert views.open_breaches(tx, ["ATELIER"]) == {
        "ATELIER": (
            2,
            [Money(currency="GBP", cents=58 * 990), Money(currency="EUR", cents=1980)],
        )
    }, "pounds and euros do not add up"
    assert (atelier.heard.counted_at, atelier.heard.is_silent) == (MONDAY, True)
    assert (atelier.last_feed.id, atelier.last_feed.state, atelier.last_feed.waiting) == (
        "f1",
        "booked",
        0,
    )
    assert (none.card.fill_rate, none.heard, none.last_feed, none.breaches) == (None, None, None, 0)
    assert leg.node in atelier.nodes


def partner_of(tx, code):
    return partners.known(tx, code)


def test_what_a_supplier_does_not_ship_goes_to_another_node(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    world.shelve(tx, "PAR", mug=9)
    clock.drive(tx, leg.leaves_at + 23 * HOUR)
    day_after = leg.leaves_at + 23 * HOUR
    assert actions.leave_late(tx, actor=ACTOR, now=day_after) == 0, "not yet late"
    card = actions.scorecard(tx, "ATELIER", 28, now=day_after)
    assert (card.fill_rate, card.late_share, card.now.late_hours) == (1.0, 1.0, 23.0)
    late = leg.leaves_at + 25 * HOUR
    clock.drive(tx, late)
    assert actions.leave_late(tx, actor=ACTOR, now=late) == 1
    legs = orders.legs(tx, ["o1"])["o1"]
    assert [(one.node, one.withdrawn_at is None) for one in legs] == [
        ("DROP", False),
        ("PAR", True),
    ]
    assert actions.leave_late(tx, actor=ACTOR, now=late) == 0
    assert world.audit(tx) == []
    card = actions.scorecard(tx, "ATELIER", 28, now=late + 24 * HOUR)
    assert (card.fill_rate, card.refused_share, card.late_share) == (0.0, 1.0, 1.0)
    assert (card.now.due_legs, card.now.shipped_legs, card.now.late_hours) == (1, 0, 25.0)
    record = views.records(tx, late)["ATELIER"]
    assert (record.asked_units, record.refused_units) == (2, 2), "and it is believed less"
    [left] = fulfilment_views.shipped_legs(tx, late.date(), late.date())
    [seen] = observed_departures([left])
    assert (seen.node, OUTCOMES[Topic.DEPARTURE][seen.outcome]) == ("DROP", "late")


@pytest.mark.parametrize(
    ("because", "service", "kept", "late_share"),
    [
        ("it was its turn", "HOME", None, 1.0),
        ("its order was held when it should have left", "HOME", timedelta(0), None),
        ("it was held later", "HOME", 20 * HOUR, 1.0),
        ("nobody came to collect it", "pick-up", None, None),
    ],
)
def test_what_a_partner_could_not_ship_is_not_its_fault(tx, because, service, kept, late_share):
    send(tx, b"sku,quantity\nmug,60\n")
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    tx.execute("update leg set service = %s", [service])
    if kept is not None:
        tx.execute(
            "insert into order_hold (id, order_id, kind, reason, placed_at, placed_by)"
            " values ('h', 'o1', 'manual', 'x', %s, 'x')",
            [leg.leaves_at + kept],
        )
    card = actions.scorecard(tx, "ATELIER", 28, now=leg.leaves_at + 24 * HOUR)
    assert card.late_share == late_share, because


def test_a_rule_about_a_partner_beats_one_about_all(tx):
    send(tx, b"sku,quantity\nmug,60\n")
    world.accept(tx, world.order(mug=2))
    patient = BreachRule(id="slow", kind=BreachKind.NOT_ACCEPTED, partner="ATELIER", minutes=600,
                         reason="they are few")  # fmt: skip
    actions.save_rule(tx, patient, actor=ACTOR, now=MONDAY)
    at(tx, 1.4)
    at(tx, 2.5)
    assert [one for one in exceptions(tx) if one[0] == "partner.not_accepted"] == []
    actions.end_rule(tx, "slow", actor=ACTOR)
    assert "partner.not_accepted" in [one[0] for one in exceptions(tx)]
    assert views.rule(tx, "slow") is None


@pytest.mark.parametrize(
    ("because", "units", "is_refused"),
    [("whole packs from the minimum on", 24, False), ("less than the minimum", 6, True),
     ("no whole packs", 20, True)],
)  # fmt: skip
def test_a_purchase_is_held_against_the_terms_of_its_supplier(tx, because, units, is_refused):
    term = Term(sku="mug", price_cents=300, minimum_units=12, pack_units=12,
                valid_from=MONDAY.date())  # fmt: skip
    partners.save_terms(tx, "ATELIER", [term], actor=ACTOR, now=MONDAY)
    new = NewPurchase(supplier="Atelier", node="PAR", ordered_at=MONDAY, expected_on=MONDAY.date(),
                      lines=(PurchaseLine(sku="mug", quantity=units),))  # fmt: skip
    if is_refused:
        with pytest.raises(AgainstTerms, match=f"mug .{units} → {12 * (1 + units // 12)}"):
            supply.buy(tx, "po1", new)
    else:
        assert supply.buy(tx, "po1", new).id == "po1", because


def test_the_story_of_a_silent_partner_and_a_store_that_closes(tx):
    """Virtual stock sells; its feed stops, and orders go to a store; that closes, and they go on."""
    send(tx, b"sku,quantity\nmug,60\n")
    world.shelve(tx, "SHOP", mug=9)
    world.shelve(tx, "LYS", mug=9)
    world.amend(tx, "PAR", is_open=False)
    assert [leg.node for leg in world.accept(tx, world.order("o1", mug=2))["o1"].legs] == ["DROP"]
    now = at(tx, 3)
    actions.measure(tx, now=now)
    [leg] = world.accept(tx, world.order("o2", to=TOULON, mug=2), now=now)["o2"].legs
    assert leg.node == "SHOP", "nobody believes the partner any more"
    asked = Reroute(node="SHOP", closes_node=True, reason="water damage")
    done = reroute_actions.reroute(tx, asked, actor=ACTOR, now=now)
    assert (done.legs, done.left) == (1, 0)
    legs = [one for one in orders.legs(tx, ["o2"])["o2"] if one.withdrawn_at is None]
    assert [one.node for one in legs] == ["LYS"]
    assert "feed.silent" in [one[0] for one in exceptions(tx)]
    assert world.audit(tx) == []
