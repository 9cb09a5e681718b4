"""An order that its channel told no day is promised one by what comes for it, and told so once."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from noria.kit import clock
from noria.messages import outbox_rules
from noria.messages import views as message_views
from noria.orders import actions, unpromised_rules, views, waiting_actions, watch_actions
from noria.orders.model import Stage
from noria.orders.unpromised_model import Missing, Unknown
from noria.promise import views as promises
from noria.promise.delivery.model import OptionKind
from noria.promise.delivery.views import calibration
from noria.supply import actions as supply
from noria.supply import asn_actions as asns
from noria.supply import change_actions as supply_changes
from noria.supply.asn_model import AsnLine, NewAsn
from noria.supply.change_model import PurchaseChange
from noria.supply.model import (
    NewPurchase,
    NewReceipt,
    NewTransfer,
    PurchaseLine,
    ReceivedLine,
    UnitLine,
)
from world import ACTOR, MONDAY

DAY = timedelta(days=1)
TUESDAY, THURSDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 26), date(2026, 11, 27)
SUNDAY, SATURDAY, NEXT_MONDAY = date(2026, 11, 22), date(2026, 11, 28), date(2026, 11, 30)
DECEMBER_11 = date(2026, 12, 11)


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    return retail


def buy(units, day, *, node="PAR", key="po", sku="mug"):
    def does(tx):
        lines = (PurchaseLine(sku=sku, quantity=units),)
        new = NewPurchase(
            supplier="Atelier", node=node, ordered_at=MONDAY, expected_on=day, lines=lines
        )
        supply.buy(tx, key, new)

    return does


def announce(units, day):
    def does(tx):
        new = NewAsn(
            supplier="Atelier",
            node="PAR",
            expected_on=day,
            lines=(AsnLine(sku="mug", quantity=units),),
        )
        asns.announce(tx, "asn", new, now=MONDAY)

    return does


def move(units, day):
    """From the shop, whose shelf no order may be sent from, to a warehouse."""

    def does(tx):
        world.amend(tx, "SHOP", does_ship=False)
        world.shelve(tx, "SHOP", mug=units)
        lines = (UnitLine(sku="mug", quantity=units),)
        new = NewTransfer(source="SHOP", target="PAR", expected_on=day, lines=lines)
        supply.plan_transfer(tx, "t", new, now=MONDAY)

    return does


def before(units):
    return lambda tx: world.accept(tx, world.order("first", mug=units))


def shelve(node, **units):
    return lambda tx: world.shelve(tx, node, **units)


def busy(units):
    """The printer has so many posters to make already: ten a day, for 14 days."""
    return lambda tx: world.accept(tx, world.order("first", poster=units))


def closes(tx):
    world.amend(tx, "PAR", does_ship=False)


ONE = {"mug": 1}


@pytest.mark.parametrize(
    ("because", "known", "wanted", "first"),
    [
        ("nothing comes", [], ONE, None),
        ("it is begun the day after it comes", [buy(1, THURSDAY)], ONE, SATURDAY),
        ("what a supplier announces", [announce(1, THURSDAY)], ONE, SATURDAY),
        ("what is moved to where it is sent from", [move(1, THURSDAY)], ONE, SATURDAY),
        ("it comes from farther away", [buy(1, THURSDAY, node="LYS")], ONE, NEXT_MONDAY),
        ("too few come", [buy(1, THURSDAY)], {"mug": 2}, None),
        (
            "the last of them counts",
            [buy(1, TUESDAY), buy(1, THURSDAY, key="p2")],
            {"mug": 2},
            SATURDAY,
        ),
        ("what is late has no day", [buy(1, SUNDAY)], ONE, None),
        ("others waited before", [before(1), buy(1, THURSDAY)], ONE, None),
        (
            "they are served first",
            [before(1), buy(1, TUESDAY), buy(1, THURSDAY, key="p2")],
            ONE,
            SATURDAY,
        ),
        (
            "part lies, the rest comes",
            [shelve("PAR", cup=1), buy(1, THURSDAY)],
            {"cup": 1, "mug": 1},
            SATURDAY,
        ),
        ("of part nothing is known", [buy(1, THURSDAY)], {"cup": 1, "mug": 1}, None),
        ("it comes to where nothing is sent", [closes, buy(1, THURSDAY)], ONE, None),
        ("no more days may be booked: it is made after", [busy(140)], {"poster": 5}, DECEMBER_11),
    ],
)
def test_what_is_promised_at_acceptance(because, tx, known, wanted, first):
    for does in known:
        does(tx)
    taken = world.accept(tx, world.order(**wanted))["o1"]
    assert taken.waiting, because
    told = promises.promises(tx, ["o1"]).get("o1")
    assert (told and told.promised_from, taken.promised_from) == (first, first), because
    assert world.audit(tx) == []


M = Missing


@pytest.mark.parametrize(
    ("because", "missing", "asked", "reason", "skus"),
    [
        ("nobody has it", [M(sku="mug", waiting=1)], None, Unknown.NOTHING_COMES, ["mug"]),
        (
            "what should come is late",
            [M(sku="mug", waiting=1, late=5)],
            None,
            Unknown.LATE,
            ["mug"],
        ),
        (
            "a SKU without any supply comes first",
            [M(sku="cup", waiting=1, late=5), M(sku="mug", waiting=1)],
            None,
            Unknown.NOTHING_COMES,
            ["mug"],
        ),
        (
            "it comes for others",
            [M(sku="cup", waiting=1, coming=1), M(sku="mug", waiting=2, ahead=3, coming=4)],
            None,
            Unknown.SPOKEN_FOR,
            ["mug"],
        ),
        (
            "it lies out of reach",
            [M(sku="mug", waiting=1, lying=9)],
            None,
            Unknown.UNREACHABLE,
            ["mug"],
        ),
        (
            "who makes it is shut",
            [M(sku="poster", waiting=1, ahead=9, is_made=True)],
            None,
            Unknown.UNREACHABLE,
            ["poster"],
        ),
        ("too late", [M(sku="mug", waiting=1, coming=9)], THURSDAY, Unknown.TOO_LATE, ["mug"]),
        (
            "none at all is worse",
            [M(sku="mug", waiting=1)],
            THURSDAY,
            Unknown.NOTHING_COMES,
            ["mug"],
        ),
    ],
)
def test_why_there_is_no_day(because, missing, asked, reason, skus):
    found = unpromised_rules.why(missing, asked)
    assert (found.reason, found.skus) == (reason, skus), because
    for text in (found.en, found.fr):
        assert (skus[0] in text) is (reason is not Unknown.TOO_LATE), because
        assert "{" not in text


def later(tx, *, days, minutes=0):
    """So much later, the worker has looked once more: what was promised by that."""
    now = MONDAY + timedelta(days=days, minutes=minutes)
    clock.drive(tx, now)
    actions.source_waiting(tx, actor=ACTOR, now=now)
    return waiting_actions.promise_waiting(tx, now=now)[0]


def kinds(tx, key="o1"):
    return [entry.kind for entry in views.order(tx, key).timeline]


def heard(tx, key="o1"):
    """What the customer should have been told by now."""
    facts = message_views.facts(tx, key, now=clock.now(tx))
    return [one.kind for one in outbox_rules.due(facts, clock.now(tx))]


def test_a_story_of_an_order_that_waits(tx):
    taken = world.accept(tx, world.order(mug=1))["o1"]
    assert (taken.stage, taken.promised_to) == (Stage.WAITING, None)
    assert views.order(tx, "o1").unpromised.reason is Unknown.NOTHING_COMES
    assert heard(tx) == ["confirmed"]
    assert later(tx, days=0, minutes=1) == [], "still nobody knows"

    buy(1, TUESDAY)(tx)
    assert later(tx, days=0, minutes=2) == ["o1"], "supply is announced"
    first = promises.promises(tx, ["o1"])["o1"]
    assert (first.promised_from, first.node) == (THURSDAY, None)
    assert views.order(tx, "o1").unpromised is None
    assert later(tx, days=0, minutes=3) == [], "once"
    assert kinds(tx).count("promised") == 1
    assert heard(tx) == ["confirmed", "promised"]
    assert watch_actions.look(tx, "o1", now=clock.now(tx)).chance > 0.9, "it is on its way to us"

    receive(tx, 1, now=MONDAY + DAY)
    later(tx, days=1, minutes=1)
    [leg] = views.legs(tx, ["o1"])["o1"]
    again = promises.promises(tx, ["o1"])["o1"]
    assert again == structs.replace(first, node="PAR", service="HOME"), "it stays as it was made"
    assert changes(tx) == []
    world.send(tx, leg.id, now=MONDAY + 2 * DAY)
    assert promises.promises(tx, ["o1"])["o1"].is_kept
    assert [one.kept for one in calibration(tx)] == [1]
    assert world.audit(tx) == []


def test_a_node_that_is_found_first_is_told_as_well(tx):
    world.accept(tx, world.order(mug=1))
    world.shelve(tx, "PAR", mug=1)
    later(tx, days=0, minutes=1)
    assert views.order(tx, "o1").stage is Stage.SOURCED
    assert kinds(tx).count("promised") == 1
    assert heard(tx) == ["confirmed", "promised"]


def test_what_comes_later_than_it_should_is_told_before_the_day_is_over(tx):
    buy(1, TUESDAY)(tx)
    world.accept(tx, world.order(mug=1))
    assert "promised" not in kinds(tx), "it was told with the confirmation"
    change = PurchaseChange(expected_on=DECEMBER_11)
    supply_changes.change_purchase(tx, "po", "c1", change, actor=ACTOR, now=MONDAY)
    now = MONDAY + timedelta(minutes=30)
    clock.drive(tx, now)
    assert watch_actions.watch(tx, now=now).delayed == 1
    [(day, _)] = changes(tx)
    assert day > DECEMBER_11
    assert watch_actions.watch(tx, now=now + timedelta(minutes=20)).delayed == 0, "told once"


@pytest.mark.parametrize(
    ("because", "wanted", "known", "option"),
    [
        (
            "brought home, as nothing else was chosen",
            {"mug": 1},
            [buy(1, TUESDAY)],
            "home_standard",
        ),
        ("made for them", {"poster": 1}, [], "made_for_you"),
        ("made for them, and it waits", {"poster": 5}, [busy(140)], "made_for_you"),
    ],
)
def test_what_nobody_chose_is_promised_as_what_it_is(because, tx, wanted, known, option):
    for does in known:
        does(tx)
    world.accept(tx, world.order(**wanted))
    told = promises.promises(tx, ["o1"])["o1"]
    assert OptionKind(told.option) is OptionKind(option), because


def receive(tx, units, *, now):
    lines = (ReceivedLine(sku="mug", quantity=units),)
    new = NewReceipt(purchase_order="po", received_at=now, lines=lines)
    supply.receive(tx, "r", new, actor=ACTOR, now=now)


def changes(tx):
    return tx.execute("select promised_to, reason from promise_change").fetchall()
