"""Opportunity prices as they are used: worked out from orders, gone on with, too old, told."""

from datetime import timedelta

import numpy as np
import pytest
from msgspec import structs

import world
from noria.network.model import Spot
from noria.orders import actions, price_actions
from noria.policies import actions as policies
from noria.policies.model import Content, Draft, Settings
from noria.sourcing import actions as sourcing
from noria.sourcing import price_actions as prices
from noria.sourcing import telling, views, worth
from noria.sourcing.futures import expected, past
from noria.sourcing.model import Wish
from world import ACTOR, MONDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COAST = structs.replace(world.PARIS, latitude=43.3, longitude=5.4)
WEIGHED = Settings(opportunity_percent=100, split_cents=0, waiting_day_cents=0, missed_cents=1_500)


def live(tx, settings):
    content = Content(settings=settings)
    policies.save_draft(
        tx, Draft(id="priced", based_on=None, changed_at=MONDAY, author=ACTOR, content=content)
    )
    policies.publish(tx, "priced", "priced", believed=1, reason="a test", actor=ACTOR, now=MONDAY)
    policies.activate(
        tx, "priced", "priced", starts_at=None, reason="a test", actor=ACTOR, now=MONDAY
    )


@pytest.fixture
def scarce(db):
    """Two mugs at the coast, where four weeks of customers wanted one a day; many in Paris."""
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=90, now=MONDAY - 30 * DAY)
        world.shelve(tx, "SHOP", mug=2, cup=5, now=MONDAY - 30 * DAY)
        for number in range(1, 29):
            at = MONDAY - number * DAY
            asked = structs.replace(world.order(f"p{number}", mug=1, at=at), destination=COAST)
            actions.accept(tx, [asked], actor=ACTOR, now=at)
        world.shelve(tx, "PAR", mug=90)
        world.shelve(tx, "SHOP", mug=2, cup=5)
        live(tx, WEIGHED)
    return db


def wish(key="o1", *, spot=world.PARIS, **wanted):
    return Wish(
        order_id=key, wanted=wanted, spot=Spot(spot.latitude, spot.longitude), channel="web"
    )


def decided(db, asked, *, at):
    with db.transaction() as tx:
        return sourcing.decide(tx, [asked], load={}, now=at)[asked.order_id]


def test_what_the_coast_will_miss_is_worth_something_there(scarce):
    assert price_actions.run(scarce, now=MONDAY + HOUR) > 0
    with scarce.transaction() as tx:
        [run] = views.runs(tx)
        found = {(one.sku, one.node): one.cents for one in views.prices(tx)}
    assert (run.done, run.futures, run.orders) == (8, 8, 27)
    assert run.published_at == MONDAY + HOUR
    assert found.keys() == {("mug", "SHOP")}, "of what is plenty no more is missed"
    assert 0 < found["mug", "SHOP"] <= 1_500


def test_a_decision_weighs_them_and_tells_their_run(scarce):
    """A customer half way would be served from the coast; the coast's own customers need it."""
    half_way = structs.replace(world.PARIS, latitude=45.2, longitude=4.6)
    before, stale = decided(scarce, wish(mug=1, spot=half_way), at=MONDAY + HOUR)
    assert ([leg.node for leg in before.legs], stale.notes) == (["SHOP"], (telling.NO_PRICES,))
    price_actions.run(scarce, now=MONDAY + HOUR)
    after, why = decided(scarce, wish(mug=1, spot=half_way), at=MONDAY + 2 * HOUR)
    assert ([leg.node for leg in after.legs], why.notes) == (["PAR"], ())
    assert (why.prices.as_of, why.prices.run) == (MONDAY + HOUR, "1")
    shop = next(one for one in why.compared if list(one.nodes) == ["SHOP"])
    assert shop.terms["opportunity"] > 0
    assert shop.paid_cents < why.chosen.paid_cents
    assert "worth more where they are" in telling.sentence(why, "EUR").en


def test_prices_that_are_too_old_are_not_used_and_the_decision_says_so(scarce):
    price_actions.run(scarce, now=MONDAY + HOUR)
    late = MONDAY + HOUR + timedelta(minutes=WEIGHED.prices_fresh_minutes + 1)
    _, why = decided(scarce, wish(mug=1), at=late)
    assert (why.notes, why.prices) == ((telling.STALE_PRICES,), None)


def test_a_run_that_was_stopped_goes_on_from_its_last_future(scarce):
    numbers, futures = [], []

    def stop(done, _total):
        futures.append(done)
        if len(futures) == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        price_actions.run(
            scarce, now=MONDAY + HOUR, save=lambda _tx, number: numbers.append(number), step=stop
        )
    with scarce.transaction() as tx:
        assert views.worth(tx, ["mug"]) == (None, None), "nothing stands before all is done"
    again = []
    price_actions.run(
        scarce, now=MONDAY + HOUR, number=numbers[0], step=lambda done, _: again.append(done)
    )
    assert (futures, again) == ([0, 1, 2, 3], [3, 4, 5, 6, 7, 8])
    with scarce.transaction() as tx:
        resumed = views.prices(tx)
    price_actions.run(scarce, now=MONDAY + HOUR)
    with scarce.transaction() as tx:
        assert views.prices(tx) == resumed, "equal books give equal prices"
        assert [run.number for run in views.runs(tx)] == [2, 1]


@pytest.mark.parametrize(
    ("because", "days", "weeks"),
    [
        ("what came in three days is three days of a week", 3, 3 / 7),
        ("hours say nothing of a week", 0.1, 1 / 7),
        ("nor is a week and a half one week", 10, 10 / 7),
        ("from two weeks on they are whole ones", 20, 3),
    ],
)
def test_how_many_weeks_a_past_is(because, days, weeks):
    order = ([0], [1], np.array([100.0]))
    known = past([order, order], [3600.0, days * 86_400.0], skus=1, week_seconds=7 * 86_400.0)
    assert known.weeks == pytest.approx(weeks), because
    each = expected(known, 0.0, np.zeros(1))
    assert each.sum() == pytest.approx(2 / weeks, rel=0.2), "as many a week as came"


def test_they_are_due_once_a_day_and_as_stock_moves(scarce):
    def is_due(at):
        with scarce.transaction() as tx:
            return prices.is_due(tx, now=at)

    assert is_due(MONDAY), "there are none"
    price_actions.run(scarce, now=MONDAY)
    assert not is_due(MONDAY + HOUR), "nothing moved"
    assert is_due(MONDAY + DAY)
    with scarce.transaction() as tx:
        world.shelve(tx, "SHOP", mug=9, now=MONDAY + HOUR)
    assert is_due(MONDAY + HOUR)
    assert not is_due(MONDAY + timedelta(minutes=5)), "but not every minute"


def test_a_policy_that_does_not_weigh_them_asks_for_none(db):
    with db.transaction() as tx:
        world.build(tx)
        assert prices.is_due(tx, now=MONDAY), "the one that is shipped weighs them"
        live(tx, Settings())
        assert not prices.is_due(tx, now=MONDAY)
    assert worth.wanted_skus([]) == []
    assert price_actions.run(db, now=MONDAY) == 0
