"""A unit is paid back once, whatever became of it: cancelled, lost, refused, sent again, returned."""

import random
from datetime import timedelta

import pytest
from msgspec import structs

import world
from noria.fulfilment import replace_actions
from noria.kit import clock
from noria.kit.errors import NotFound, Refusal
from noria.orders import refund_actions, refund_views, views
from noria.orders.model import Delivery, Stage
from noria.orders.refund_model import RefundMade, RefundPaid
from noria.orders.replace_model import Because, How, ReplaceBody
from noria.promise.delivery.model import OptionKind
from noria.returns import actions as returns
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    Inspection,
    NewReturn,
    NotReturnable,
    Reception,
    ReturnLine,
)
from test_orders_reroute import live
from world import ACTOR, MONDAY

LATER = MONDAY + timedelta(days=2)


@pytest.fixture
def sent(retail):
    """Two mugs are on their way; there are four more."""
    world.shelve(retail, "PAR", mug=2)
    world.shelve(retail, "LYS", mug=4)
    world.accept(retail, world.order(mug=2))
    world.pick(retail, "o1.1")
    world.ship(retail, "o1.1")
    return retail


def replace(tx, leg="o1.1", how=How.SEND_AGAIN, because=Because.REFUSED, key="r1"):
    asked = ReplaceBody(leg=leg, how=how, because=because)
    return replace_actions.replace(tx, key, asked, actor=ACTOR, now=LATER)


def announce(tx, key, units=2, replacement=None):
    lines = (ReturnLine(sku="mug", quantity=units),)
    new = NewReturn(order="o1", node="PAR", replacement=replacement, reason="x", lines=lines)
    returns.announce(tx, key, new, actor=ACTOR, now=LATER)


def inspect(tx, key, units=2):
    lines = (ReturnLine(sku="mug", quantity=units),)
    returns.receive(tx, key, Reception(lines=lines), actor=ACTOR, now=LATER)
    found = Finding(sku="mug", quantity=units, grade=Grade.A, disposition=Disposition.RESTOCK)
    returns.inspect(tx, key, Inspection(lines=(found,)), actor=ACTOR, now=LATER)


def come_back(tx, key, units=2, replacement=None):
    announce(tx, key, units, replacement)
    inspect(tx, key, units)


def due(tx):
    return sum(one.cents for one in refund_views.refunds(tx, order="o1"))


def test_what_was_refused_and_sent_again_comes_back_and_nothing_is_due(sent):
    replace(sent)
    world.send(sent, "o1.2", now=LATER)
    come_back(sent, "a", replacement="r1")
    assert due(sent) == 0, "the customer has what was sent again"
    assert world.levels(sent)["mug", "PAR", "available"] == 2
    with pytest.raises(NotReturnable):
        announce(sent, "b", units=1, replacement="r1")
    come_back(sent, "c")
    assert due(sent) == 1980, "what was sent again came back, too"
    with pytest.raises(NotReturnable):
        announce(sent, "d", units=1)
    assert world.audit(sent) == []


def test_what_was_refused_and_paid_back_is_not_paid_back_as_a_return(sent):
    announce(sent, "a")
    replace(sent, how=How.REFUND)
    assert due(sent) == 1980
    inspect(sent, "a")
    assert due(sent) == 1980, "though its return was announced before"
    come_back(sent, "b", replacement="r1")
    assert due(sent) == 1980


def test_what_is_on_its_way_anew_is_not_paid_back(sent):
    announce(sent, "a")
    replace(sent)
    inspect(sent, "a")
    assert due(sent) == 0, "it is sent again, as was asked"


def test_a_replacement_of_another_order_is_none_of_this_one(sent):
    world.accept(sent, world.order("o2", mug=1))
    world.pick(sent, "o2.1")
    world.ship(sent, "o2.1")
    replace(sent, leg="o2.1", key="r2")
    with pytest.raises(NotFound):
        announce(sent, "a", units=1, replacement="r2")


def test_the_delivery_is_paid_back_once_with_the_last_of_it(retail):
    world.shelve(retail, "PAR", mug=2)
    way = Delivery(option=OptionKind.HOME_STANDARD, price_cents=490)
    world.accept(retail, structs.replace(world.order(mug=2), delivery=way))
    world.cancel(retail, "o1", mug=1)
    assert due(retail) == 990
    world.cancel(retail, "o1")
    assert due(retail) == 1980 + 490
    refunds = refund_views.refunds(retail, order="o1")
    assert sorted(one.delivery_cents for one in refunds) == [0, 490]
    assert [[line.units for line in one.lines] for one in refunds] == [[1], [1]]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_no_unit_is_paid_back_twice(retail, seed):
    """Replacements, returns and cancellations in any order: what is due stays within what was paid."""
    chance = random.Random(seed)
    world.shelve(retail, "PAR", mug=20)
    world.shelve(retail, "LYS", mug=20)
    world.accept(retail, world.order(mug=6))
    returned = []
    for step in range(40):
        live = [leg for leg in views.legs(retail, ["o1"])["o1"] if leg.withdrawn_at is None]
        leg = chance.choice(live).id if live else "o1.1"
        try:
            with retail.transaction():
                _happens(retail, chance, step, leg, returned)
        except Refusal:
            continue
        lines = refund_views.paid(retail, "o1").lines
        assert all(line.refunded <= line.units for line in lines.values()), step
        assert due(retail) <= 6 * 990
        assert world.audit(retail) == [], step
    assert views.order(retail, "o1").stage in set(Stage)


def _happens(tx, chance, step, leg, returned):
    what = chance.choice(["send", "ship", "deliver", "replace", "announce", "inspect", "cancel"])
    if what == "send":
        world.send(tx, leg, now=LATER)
    elif what == "ship":
        world.pick(tx, leg, now=LATER)
        world.ship(tx, leg, now=LATER)
    elif what == "deliver":
        world.deliver(tx, leg, now=LATER)
    elif what == "replace":
        how, because = chance.choice(list(How)), chance.choice(list(Because))
        replace(tx, leg, how, because, key=f"r{step}")
    elif what == "announce":
        ids = [key for (key,) in tx.execute("select id from replacement order by id")]
        announce(tx, f"a{step}", 1 + step % 2, chance.choice([None, *ids]))
        returned.append((f"a{step}", 1 + step % 2))
    elif what == "inspect" and returned:
        inspect(tx, *returned.pop())
    elif what == "cancel":
        world.cancel(tx, "o1", mug=1)


def test_the_delivery_is_paid_back_with_the_last_that_is_returned(retail):
    """Who sends all of it back gets what its way to them cost, too: the law says so."""
    world.shelve(retail, "PAR", mug=3)
    way = Delivery(option=OptionKind.HOME_STANDARD, price_cents=490)
    world.accept(retail, structs.replace(world.order(mug=3), delivery=way))
    world.cancel(retail, "o1", mug=1)
    world.send(retail, "o1.1")
    come_back(retail, "a", units=1)
    assert due(retail) == 1980, "one is kept"
    come_back(retail, "b", units=1)
    assert due(retail) == 2970 + 490
    refunds = refund_views.refunds(retail, order="o1")
    assert sorted(one.delivery_cents for one in refunds) == [0, 0, 490]
    assert world.audit(retail) == []


def overdue(tx, at):
    clock.start_driving(tx, at)
    clock.drive(tx, at)
    found = "select kind, subject, owner, money_cents, facts from order_exception"
    return tx.execute(found).fetchall()


def test_what_nobody_tells_as_paid_is_an_exception_until_it_is(sent):
    come_back(sent, "a", units=1)
    [refund] = refund_views.refunds(sent, order="o1")
    assert refund.pay_by == LATER + timedelta(days=14)
    assert overdue(sent, LATER + timedelta(days=3)) == []
    at = LATER + timedelta(days=3, minutes=1)
    [(kind, subject, owner, cents, facts)] = overdue(sent, at)
    assert (kind, subject, owner, cents) == (
        "refund.overdue", f"refund:{refund.id}", "operations", 990,
    )  # fmt: skip
    assert (facts["reason"], facts["is_reminded"]) == ("returned", False)
    told = sent.execute("select count(*) from event where type = 'refund.due'").fetchone()
    [again] = refund_actions.remind(sent, [refund.id], now=at)
    assert again.reminded_at == at
    more = sent.execute("select count(*) from event where type = 'refund.due'").fetchone()
    assert more[0] == told[0] + 1, "the payment system hears of it again"
    assert overdue(sent, at)[0][4]["is_reminded"], "now a person says that it is paid"
    paid = RefundPaid(made_at=at, reference="re_1")
    refund_actions.pay(sent, refund.id, paid, actor=ACTOR, now=at)
    assert overdue(sent, at) == []
    with pytest.raises(RefundMade):
        refund_actions.remind(sent, [refund.id], now=at)
    with pytest.raises(NotFound):
        refund_actions.remind(sent, ["nothing"], now=at)


def test_the_policy_says_when_a_refund_is_for_a_person(sent):
    live(sent, refund_overdue_days=1)
    come_back(sent, "a", units=1)
    assert overdue(sent, LATER + timedelta(days=1)) == []
    [(kind, *_)] = overdue(sent, LATER + timedelta(days=1, minutes=1))
    assert kind == "refund.overdue"


def test_the_time_of_a_refund_runs_from_when_its_customer_asked(sent):
    """What came late, and was looked at late, is overdue at once: the law does not wait for us."""
    announce(sent, "a", units=1)
    lines = (ReturnLine(sku="mug", quantity=1),)
    much_later = LATER + timedelta(days=20)
    returns.receive(sent, "a", Reception(lines=lines), actor=ACTOR, now=much_later)
    found = Finding(sku="mug", quantity=1, grade=Grade.A, disposition=Disposition.RESTOCK)
    returns.inspect(sent, "a", Inspection(lines=(found,)), actor=ACTOR, now=much_later)
    [refund] = refund_views.refunds(sent, order="o1")
    assert refund.pay_by == LATER + timedelta(days=14)
    [(kind, *_)] = overdue(sent, much_later + timedelta(minutes=1))
    assert kind == "refund.overdue"
