"""Orders whose plan changes: a node closes or refuses, a window ends, a better plan is found."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import world
from caller import database
from crowd import until_somebody_waits
from noria.conduct import actions as conduct
from noria.conduct.model import Acceptance
from noria.kit import clock
from noria.orders import actions, plan_store, reroute_actions, views, watch_actions
from noria.orders.model import Reroute, Stage, WrongStage
from noria.policies import actions as policies
from noria.policies.model import Content, Draft, Override, Settings
from noria.promise import atp_views
from noria.promise import views as promises
from noria.sourcing import views as sourcing
from noria.work import actions as work
from noria.work import assign_actions
from noria.work import fact_actions as facts
from noria.work import views as work_views
from noria.work.assign_model import AssignBody
from noria.work.fact_model import Scan
from noria.work.model import Take
from world import ACTOR, MONDAY

HOUR = timedelta(hours=1)
SOON = MONDAY + HOUR / 2
EVENING = MONDAY + 7 * HOUR
"""Past the cut-off at four in Paris."""


@pytest.fixture
def tx(retail):
    return retail


def live(tx, *overrides, now=MONDAY, key="trial", **settings):
    """Let orders be decided under these settings from then on."""
    content = Content(settings=Settings(**settings), overrides=overrides)
    draft = Draft(id=key, based_on=None, changed_at=now, author=ACTOR, content=content)
    policies.save_draft(tx, draft)
    policies.publish(tx, key, key, believed=1, reason="a test", actor=ACTOR, now=now)
    policies.activate(tx, key, key, starts_at=None, reason="a test", actor=ACTOR, now=now)


def accept(tx, *orders, now=MONDAY):
    return actions.accept(tx, orders, actor=ACTOR, now=now)


def reroute(tx, *, now=MONDAY, **asked):
    return reroute_actions.reroute(tx, Reroute(reason="flooded", **asked), actor=ACTOR, now=now)


def sends(tx, order="o1"):
    """Which node still sends what of an order."""
    return {
        leg.node: sum(line.due_units for line in leg.lines)
        for leg in views.legs(tx, [order])[order]
        if leg.withdrawn_at is None
    }


def changes(tx):
    return tx.execute(
        "select order_id::text, promised_to, reason from promise_change order by order_id, number"
    ).fetchall()


def in_agreement(tx):
    assert world.audit(tx) == []
    return True


def test_a_node_closes_and_its_orders_go_elsewhere_within_their_promise(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", mug=5)
    told = accept(tx, world.order("o1", mug=2), world.order("o2", mug=1))["o1"]
    found = reroute(tx, node="PAR", closes_node=True)
    assert (found.legs, found.orders, found.left) == (2, 2, 0)
    assert (sends(tx), sends(tx, "o2")) == ({"LYS": 2}, {"LYS": 1})
    assert changes(tx) == [], "two days are within the promise"
    assert views.order(tx, "o1").promised_to == told.promised_to
    assert [one.kind for one in views.order(tx, "o1").timeline] == [
        "accepted", "sourced", "withdrawn", "sourced"
    ]  # fmt: skip
    assert accept(tx, world.order("o3", mug=1))["o3"].legs[0].node == "LYS", "nothing new there"
    assert in_agreement(tx)


def test_what_cannot_be_kept_is_written_down(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", mug=5)
    told = accept(tx, world.order(mug=2))["o1"]
    reroute(tx, node="PAR", now=EVENING)
    assert sends(tx) == {"LYS": 2}
    day = MONDAY.date() + timedelta(days=4)
    assert changes(tx) == [("o1", day, "flooded")], "it leaves tomorrow: two days, and one more"
    kept = promises.promises(tx, ["o1"])["o1"]
    assert kept.promised_to == told.promised_to, "the first one is the one that is judged"
    found = tx.execute("select data from event where type = 'promise.changed'").fetchall()
    assert [data["promised_to"] for (data,) in found] == [day.isoformat()]
    reroute(tx, node="LYS", now=EVENING)
    assert sends(tx) == {}, "PAR was left too: it is not asked again before its next day"
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY + timedelta(hours=20)) == 1
    assert sends(tx) == {"PAR": 2}, "PAR was left once, and is open"
    assert len(changes(tx)) == 1, "it is no later than what was told last"
    assert in_agreement(tx)


def test_in_time_comes_before_cheap(tx):
    live(tx, waiting_day_cents=0)  # so that without the promise LYS would come first, by name
    world.shelve(tx, "PAR", mug=1)
    world.shelve(tx, "LYS", mug=1)
    world.amend(tx, "PRINT", departures=(), units_per_day=1)
    accept(tx, world.order(mug=1))
    world.amend(tx, "SHOP", handling_minutes=10)
    world.shelve(tx, "SHOP", mug=1)
    world.amend(tx, "LYS", lead_days=3)
    reroute(tx, node="PAR")
    assert sends(tx) == {"SHOP": 1}, "LYS would break the promise"
    assert changes(tx) == []


def test_where_nobody_has_it_the_order_waits_for_stock(tx):
    world.shelve(tx, "PAR", mug=2)
    accept(tx, world.order(mug=2))
    reroute(tx, node="PAR", closes_node=True)
    assert (sends(tx), views.order(tx, "o1").stage) == ({}, Stage.WAITING)
    assert in_agreement(tx)
    later = MONDAY + timedelta(days=3)
    world.shelve(tx, "LYS", mug=2, now=later)
    actions.source_waiting(tx, actor=ACTOR, now=later)
    assert sends(tx) == {"LYS": 2}
    assert [order for order, *_ in changes(tx)] == ["o1"], "it comes late, and is told so"
    assert in_agreement(tx)


def test_single_legs_are_declined_and_what_is_picked_stays(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", mug=5)
    accept(tx, world.order("o1", mug=2), world.order("o2", mug=1))
    assert reroute(tx, legs=["o2.1"]).orders == 1
    assert (sends(tx), sends(tx, "o2")) == ({"PAR": 2}, {"LYS": 1})
    world.pick(tx, "o1.1")
    with pytest.raises(WrongStage):
        reroute(tx, legs=["o1.1"])
    assert reroute(tx, node="PAR").legs == 0, "a node loses only what is not picked"


def test_the_worker_empties_what_closed_by_other_ways(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", mug=5)
    accept(tx, world.order(mug=2))
    assert reroute_actions.leave_closed(tx, actor=ACTOR, now=MONDAY) == 0
    world.amend(tx, "PAR", is_open=False)
    assert reroute_actions.leave_closed(tx, actor=ACTOR, now=MONDAY) == 1
    assert sends(tx) == {"LYS": 2}


def test_an_order_waits_in_its_window_and_counts_meanwhile(tx):
    live(tx, window_minutes=120)
    world.shelve(tx, "PAR", mug=3)
    taken = accept(tx, world.order(mug=2))["o1"]
    assert (taken.stage, taken.legs, taken.waiting) == (Stage.WAITING, [], 2)
    assert taken.promised_to is not None, "it is promised by the plan that it would get"
    assert sourcing.decisions(tx, "o1", "EUR")[0].explanation.notes == ("window",)
    assert world.levels(tx) == {("mug", "PAR", "available"): 3}, "nothing is held yet"
    free = atp_views.visible(tx, ["mug"])
    assert [one.units for one in free] == [1], "but its units are no longer promised"
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY + HOUR) == 0
    assert actions.source_waiting(tx, actor=ACTOR, now=MONDAY + 2 * HOUR) == 1
    assert sends(tx) == {"PAR": 2}
    assert views.order(tx, "o1").promised_to == taken.promised_to
    assert in_agreement(tx)


@pytest.mark.parametrize(
    ("because", "hours", "minutes"),
    [
        ("long before the van, all of it", 0, 240),
        ("at noon in Paris four hours are left, one of work, a half of margin", 3, 120),
        ("three quarters of it just fit", 2.5, 180),
        ("so late in the day it is decided at once", 4.84, None),
    ],
)
def test_no_window_outlasts_the_cut_off(tx, because, hours, minutes):
    live(tx, window_minutes=240)
    world.shelve(tx, "PAR", mug=3)
    now = MONDAY + timedelta(hours=hours) - HOUR
    accept(tx, world.order(mug=1), now=now)
    found = tx.execute("select until from order_window").fetchone()
    assert (found and (found[0] - now) / timedelta(minutes=1)) == minutes, because
    if minutes:
        actions.source_waiting(tx, actor=ACTOR, now=now + timedelta(minutes=minutes))
        [leg] = views.legs(tx, ["o1"])["o1"]
        assert leg.leaves_at == MONDAY + 6 * HOUR, "it still leaves today"


def test_who_ranks_higher_is_served_first_when_units_are_scarce(tx):
    live(tx, Override(id="event", channel="web", sets={"priority": 10}, reason="stores sell first"))
    world.amend(tx, "PAR")
    tx.execute("insert into channel (code, name) values ('stores', 'Stores')")
    web, stores = world.order("a", mug=1), world.order("b", at=MONDAY + HOUR, mug=1)
    accept(tx, web)
    actions.accept(
        tx, [world.structs.replace(stores, channel="stores")], actor=ACTOR, now=MONDAY + HOUR
    )
    world.shelve(tx, "PAR", mug=1)
    actions.source_waiting(tx, actor=ACTOR, now=MONDAY + 2 * HOUR)
    assert (sends(tx, "a"), sends(tx, "b")) == ({}, {"PAR": 1}), "though it came later"


LOOKS = {"reoptimise_minutes": 30, "reoptimise_saves_cents": 100}


def look_again(tx, hours=1):
    now = MONDAY + timedelta(hours=hours)
    return reroute_actions.reoptimise(
        tx,
        in_hand=lambda orders: work_views.in_hand(tx, orders, now=now),
        actor=ACTOR,
        now=now,
    )[1]


def test_a_plan_changes_where_that_pays(tx):
    live(tx, **LOOKS)
    world.shelve(tx, "LYS", mug=2)
    accept(tx, world.order(mug=2))
    world.shelve(tx, "PAR", mug=2)
    assert look_again(tx, 0.4) == 0, "not before half an hour"
    assert look_again(tx) == 1
    assert sends(tx) == {"PAR": 2}
    saved = tx.execute("select changes, saved_cents from order_look").fetchone()
    assert saved == (1, 300 + 80), "freight, and a day of waiting"
    assert look_again(tx, 2) == 0, "there is nothing better"
    assert in_agreement(tx)


@pytest.mark.parametrize(
    ("because", "settings", "saves"),
    [
        ("as shipped, plans stay", {}, False),
        ("it saves enough", LOOKS, True),
        ("it does not save enough", LOOKS | {"reoptimise_saves_cents": 400}, False),
        ("never too often", LOOKS | {"reoptimise_at_most": 0}, False),
    ],
)
def test_what_the_policy_asks_of_a_change(tx, because, settings, saves):
    live(tx, **settings)
    world.shelve(tx, "LYS", mug=2)
    accept(tx, world.order(mug=2))
    world.shelve(tx, "PAR", mug=2)
    assert (look_again(tx) == 1) is saves, because
    assert sends(tx) == ({"PAR": 2} if saves else {"LYS": 2}), because


def test_a_change_never_breaks_the_promise_nor_touches_what_is_picked(tx):
    live(tx, waiting_day_cents=0, **LOOKS)
    world.shelve(tx, "LYS", mug=2, cup=1)
    accept(tx, world.order("o1", mug=2), world.order("o2", cup=1))
    world.amend(tx, "PAR", lead_days=4)
    world.shelve(tx, "PAR", mug=2, cup=1)
    assert look_again(tx) == 0, "cheaper, but late"
    world.amend(tx, "PAR")
    world.pick(tx, "o2.1")
    assert look_again(tx, 2) == 1
    assert (sends(tx), sends(tx, "o2")) == ({"PAR": 2}, {"LYS": 1})
    assert in_agreement(tx)


def test_what_was_taken_from_a_node_is_not_cheaper_there_before_its_next_day(tx):
    live(tx, **LOOKS)
    world.shelve(tx, "PAR", mug=2)
    world.shelve(tx, "LYS", mug=2)
    accept(tx, world.order(mug=2))
    reroute(tx, legs=["o1.1"])
    assert "not-asked" in sourcing.decisions(tx, "o1", "EUR")[0].explanation.notes
    assert (look_again(tx), sends(tx)) == (0, {"LYS": 2}), "it was refused today"
    assert (look_again(tx, 14), sends(tx)) == (1, {"PAR": 2}), "midnight in Paris"
    midnight = MONDAY.replace(hour=23)
    kept = [plan_store.forget_refused(tx, before=midnight + step) for step in (0 * HOUR, HOUR)]
    assert kept == [0, 1], "over at midnight, to be forgotten after it"


def anywhere(node):
    return True


def take(tx, node, *, now=SOON):
    """Take a wave: half an hour before anybody looks for a cheaper plan."""
    wanted = Take(id=f"take-{node}", node=node)
    return work.take(tx, wanted, actor=ACTOR, now=now, must=anywhere)


def scan(tx):
    one = Scan(id="scan", happened_at=SOON, task="leg:o1.1", sku="mug")
    facts.tell(tx, [one], actor=ACTOR, now=SOON, must=anywhere, may_for_others=anywhere)


def give_back(tx, taken):
    work.give_back(tx, taken.wave, actor=ACTOR, now=SOON, may_for_others=anywhere)


def assign(tx):
    asked = AssignBody(task="leg:o1.1", person=ACTOR)
    assign_actions.assign(tx, "given", asked, actor=ACTOR, now=SOON, must=anywhere)


@pytest.mark.parametrize(
    ("because", "begins", "stays"),
    [
        ("a partner said that it sends it", lambda tx: conduct.accept(
            tx, [Acceptance(id="o1.1")], actor=ACTOR, now=MONDAY), True),
        ("somebody walks with it", lambda tx: take(tx, "LYS"), True),
        ("somebody walks elsewhere", lambda tx: take(tx, "SHOP"), False),
        ("their time is over", lambda tx: take(tx, "LYS", now=MONDAY), False),
        ("they were heard of since", lambda tx: [take(tx, "LYS", now=MONDAY), scan(tx)], True),
        ("they gave it back", lambda tx: give_back(tx, take(tx, "LYS")), False),
        ("the wave is no more", lambda tx: work.dissolve(
            tx, take(tx, "LYS").wave, now=SOON, must=anywhere), False),
        ("it was given to somebody", assign, True),
        ("and taken away again", lambda tx: [assign(tx), assign_actions.withdraw(
            tx, "given", now=SOON, must=anywhere)], False),
    ],
)  # fmt: skip
def test_what_somebody_has_begun_stays(tx, because, begins, stays):
    clock.start_driving(tx, MONDAY)
    live(tx, **LOOKS)
    world.shelve(tx, "LYS", mug=2)
    world.shelve(tx, "SHOP", bowl=1)
    accept(tx, world.order("o1", mug=2), world.order("o2", bowl=1))
    world.shelve(tx, "PAR", mug=2)
    begins(tx)
    assert look_again(tx) == (0 if stays else 1), because
    assert sends(tx) == ({"LYS": 2} if stays else {"PAR": 2}), because


def test_what_is_given_back_is_looked_at_again_at_the_next_turn(tx):
    live(tx, **LOOKS)
    world.shelve(tx, "LYS", mug=2)
    accept(tx, world.order(mug=2))
    world.shelve(tx, "PAR", mug=2)
    wave = take(tx, "LYS")
    assert look_again(tx) == 0
    give_back(tx, wave)
    assert look_again(tx, 2) == 1


@pytest.mark.parametrize("first", ["pick", "look", "take"])
def test_a_pick_and_a_cheaper_plan_meet(server, template, first):
    """Whoever comes first has the leg, and the other one leaves it alone, or is told."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            live(tx, **LOOKS)
            world.shelve(tx, "LYS", mug=2)
            accept(tx, world.order(mug=2))
            world.shelve(tx, "PAR", mug=2)

        def pick(tx):
            return world.pick(tx, "o1.1", now=MONDAY + HOUR)

        first_of = {
            "pick": (pick, look_again),
            "look": (look_again, pick),
            "take": (lambda tx: take(tx, "LYS"), look_again),
        }
        one, other = first_of[first]
        with ThreadPoolExecutor(1) as pool:
            with db.transaction() as tx:
                one(tx)
                waits = pool.submit(db.run, other)
                until_somebody_waits(db)
            if first != "look":
                assert waits.result() == 0
            else:
                with pytest.raises(WrongStage):
                    waits.result()
        with db.transaction() as tx:
            assert sends(tx) == ({"PAR": 2} if first == "look" else {"LYS": 2})
            assert in_agreement(tx)


@pytest.mark.parametrize(
    ("because", "overrides", "chance"),
    [
        ("as the version says", (), 0.9),
        ("a channel's own", [("channel", "web")], 0.99),
        ("another country's", [("country", "DE")], 0.9),
        ("what is in the order", [("category", "crockery")], 0.99),
    ],
)
def test_promises_are_made_with_the_chance_that_is_asked(tx, because, overrides, chance):
    """The first one, and the later one that takes its place."""
    tx.execute("update sku set category = 'crockery' where code = 'mug'")
    live(
        tx,
        *(
            Override(id="one", sets={"promised_chance": 0.99}, reason="a test", **{where: what})
            for where, what in overrides
        ),
        promised_chance=0.9,
    )
    world.shelve(tx, "PAR", mug=2)
    accept(tx, world.order(mug=2))
    told = promises.promises(tx, ["o1"])["o1"]
    assert chance <= told.chance < (0.99 if chance == 0.9 else 1), because
    [course] = watch_actions.gather(tx, ["o1"], now=MONDAY)
    later = watch_actions.later(tx, course, now=MONDAY)
    assert later.chance == told.chance, because


def test_below_which_chance_a_day_is_told_depends_on_the_goods(tx):
    tx.execute("update sku set category = 'crockery' where code = 'mug'")
    never = {"late_told_below": 1}
    live(tx, Override(id="one", sets=never, category="crockery", reason="a test"))
    world.shelve(tx, "PAR", mug=2, bowl=2)
    accept(tx, world.order("o1", mug=2), world.order("o2", bowl=2))
    courses = watch_actions.gather(tx, ["o1", "o2"], now=MONDAY)
    knows = {one.order: watch_actions.later(tx, one, now=MONDAY) is not None for one in courses}
    assert knows == {"o1": False, "o2": True}
