"""Every way there is for a basket, at the door; and how promises turned out."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from msgspec import structs

import world
from caller import calling
from noria.catalog import actions as catalog
from noria.kit import clock
from noria.kit.auth import Permission
from noria.network import actions as network
from noria.network.calendar import rests_at
from noria.network.model import Lane, NodeKind
from noria.orders import journeys_views
from noria.orders import views as orders
from noria.orders.model import Delivery, NotARelay, RelayRefuses
from noria.promise import views as promises
from noria.promise.delivery import actions, views
from noria.promise.delivery.legs import believed, curve, groups, window
from noria.promise.delivery.model import LegPlan, OptionKind
from noria.sourcing.views import decisions

DAY = timedelta(days=1)


def ask(client, **more):
    body = {"lines": [{"sku": "mug", "quantity": 2}], "latitude": 48.86, "longitude": 2.34}
    return client.post("/v1/promises", json=body | more)


def test_a_basket_is_told_every_way_there_is(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
        world.shelve(tx, "SHOP", cup=1)
        network.save_lanes(
            tx, [Lane(source="PAR", target="SHOP", transit_days=2)], actor="x", now=world.MONDAY
        )
    with calling(db, Permission.PROMISE_READ) as client:
        told = ask(client, postcode="75001", stores=["SHOP"]).json()
        by_option = {way["option"]: way for way in told["ways"]}
        assert set(by_option) == {"home_standard", "ship_to_store"}
        home = by_option["home_standard"]
        assert home["first"] <= home["last"]
        assert 0.95 <= home["chance"] < 1
        assert home["cents"] == 600
        assert home["order_by"] is not None
        assert told["is_believed"]
        here = ask(client, lines=[{"sku": "cup"}], stores=["SHOP"]).json()
        assert [way["option"] for way in here["ways"]] == ["pick_up"]
        nobody = ask(client, lines=[{"sku": "bowl"}], postcode="75001").json()
        assert (nobody["ways"], nobody["missing"]) == ([], ["bowl"])
        assert client.get("/readyz").status_code == 200, "what is kept for promises is no part"
        nowhere = ask(client)
        assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (400, "/postcode")


def test_what_was_told_at_checkout_is_kept_or_broken_for_all_to_see(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
        world.accept(tx, world.order(mug=1))
        world.send(tx, "o1.1")
    with calling(db, Permission.PROMISE_READ) as client:
        [step] = client.get("/v1/promises/calibration").json()["items"]
        assert (step["settled"], step["kept"]) == (1, 1)
        for by, key in (("node", "PAR"), ("carrier", "Poste"), ("option", "home_standard")):
            [one] = client.get(f"/v1/promises/records?by={by}").json()["items"]
            assert (one["key"], one["kept"], one["broken"]) == (key, 1, 0)


def test_what_is_learned_is_kept_run_by_run_and_named_by_promises(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
        world.accept(tx, world.order(mug=1))
        world.send(tx, "o1.1")
        assert views.foresight(tx).run is None
        later = world.MONDAY + 30 * DAY
        first, second = (
            actions.learn(tx, journeys_views.journeys(tx, now=later), now=later) for _ in range(2)
        )
        assert first < second
        assert views.foresight(tx).run == second
        assert views.foresight(tx).learned.rows == 1
        stages = [stage.name for stage in views.foresight(tx).learned.stages]
        assert stages == ["accept", "handle", "hand_over", "transit"]


OPEN = None


@pytest.mark.parametrize(
    ("because", "is_partners", "days", "left"),
    [
        ("nobody accepts at our own nodes", False, {}, (0, 0, OPEN, OPEN, OPEN)),
        ("a partner that has not answered is open", True, {}, (0, OPEN, OPEN, OPEN, OPEN)),
        ("one that answered late", True, {"accepted": 2}, (0, 2, OPEN, OPEN, OPEN)),
        ("what is picked is accepted", True, {"picked": 1}, (0, 1, OPEN, OPEN, OPEN)),
        ("packed, and not gone", False, {"picked": 0, "packed": 1}, (0, 0, 1, OPEN, OPEN)),
        ("gone, and nobody packed it", False, {"picked": 0, "shipped": 2}, (0, 0, 2, 2, OPEN)),
        (
            "what leaves before its van leaves with it", False,
            {"picked": -1, "packed": -1, "shipped": -1, "delivered": 1}, (0, 0, 0, 0, 1),
        ),
    ],
)  # fmt: skip
def test_when_a_leg_left_each_stage(retail, because, is_partners, days, left):
    world.shelve(retail, "PAR", mug=9)
    world.accept(retail, world.order(mug=1))
    retail.execute("set local session_replication_role = replica")
    if is_partners:
        retail.execute("insert into partner_node (node, partner) values ('PAR', 'P')")
    for step, count in days.items():
        retail.execute(
            f"update leg set {step}_at = leaves_at + %s * interval '1 day'",
            [count],
        )
    told = journeys_views.journeys(retail, now=world.MONDAY + 30 * DAY)
    [began] = told.moments[0]
    found = [None if np.isnan(moment[0]) else moment[0] - began for moment in told.moments]
    assert found == list(left), because


RELAY = world.node("REL", NodeKind.RELAY, at=(48.87, 2.36), takes_bulky=False)
POINT = structs.replace(world.HOME, code="POINT", name="Point", goes_to_relays=True)


def build_with_relays(tx):
    world.build(tx)
    network.save_services(tx, [POINT], actor="x", now=world.MONDAY)
    network.save_nodes(tx, [RELAY], actor="x", now=world.MONDAY)
    departures = (*world.NODES[0].departures, *relay_departures())
    world.amend(tx, "PAR", departures=departures)
    world.shelve(tx, "PAR", mug=9)


def relay_departures():
    return tuple(structs.replace(one, service="POINT") for one in world.NODES[0].departures)


def test_relay_points_are_offered_by_nearness_with_their_hours(db):
    with db.transaction() as tx:
        build_with_relays(tx)
    with calling(db, Permission.PROMISE_READ) as client:
        told = ask(client, postcode="75001").json()
        [way] = [one for one in told["ways"] if one["option"] == "relay"]
        assert (way["relay"], way["parts"][0]["service"]) == ("REL", "POINT")
        [point] = told["relays"]
        assert (point["node"], point["km"] < 5, len(point["hours"])) == ("REL", True, 6)
        none = ask(client, postcode="75001", relays=[]).json()
        assert "relay" not in {one["option"] for one in none["ways"]}
    with db.transaction() as tx:
        mug = structs.replace(world.SKUS[2], is_bulky=True)
        catalog.save(tx, [mug], actor="x", now=world.MONDAY)
    with calling(db, Permission.PROMISE_READ) as client:
        bulky = ask(client, postcode="75001").json()
        assert "relay" not in {one["option"] for one in bulky["ways"]}, "it keeps nothing bulky"


def test_an_order_goes_to_the_relay_point_that_was_chosen(db):
    with db.transaction() as tx:
        build_with_relays(tx)
        chosen = Delivery(option=OptionKind.RELAY, relay="REL")
        order = structs.replace(world.order("o1", mug=1), delivery=chosen)
        taken = world.accept(tx, order)["o1"]
        assert [leg.service for leg in taken.legs] == ["POINT"]
        kept = orders.order(tx, "o1")
        assert (kept.relay, kept.destination.latitude) == ("REL", RELAY.latitude)
        assert kept.option is OptionKind.RELAY
        wrong = structs.replace(order, id="o2", delivery=structs.replace(chosen, relay="SHOP"))
        with pytest.raises(NotARelay):
            world.accept(tx, wrong)
        mug = structs.replace(world.SKUS[2], is_bulky=True)
        catalog.save(tx, [mug], actor="x", now=world.MONDAY)
        with pytest.raises(RelayRefuses):
            world.accept(tx, structs.replace(order, id="o3"))


def test_a_promise_says_why_and_until_when(db):
    with db.transaction() as tx:
        build_with_relays(tx)
        world.shelve(tx, "LYS", mug=1)
        world.shelve(tx, "SHOP", mug=5)
        world.amend(tx, "SHOP", does_hand_over=True, does_ship=False)
    with calling(db, Permission.PROMISE_READ) as client:
        told = ask(client, postcode="75001", explain=True).json()
        home = told["ways"][0]
        assert home["order_within"].endswith("min") or " h " in home["order_within"]
        why = {(one["option"], one["relay"]): one["legs"] for one in told["why"]}
        [leg] = why["home_standard", None]
        assert [one["stage"] for one in leg["stages"]] == [
            "accept", "handle", "hand_over", "transit",
        ]  # fmt: skip
        assert leg["days"]["50%"] <= leg["days"]["95%"] == home["last"]
        assert leg["cut_off"] == home["order_by"]
        narrowed = {one["node"]: one["code"] for one in told["narrowed"]}
        assert narrowed == {"LYS": "not-all", "SHOP": "does-not-ship"}
        said = {one["node"]: (one["why"]["en"], one["why"]["fr"]) for one in told["narrowed"]}
        assert said["SHOP"] == ("does not ship", "n'expédie pas")
        assert said["LYS"][1].startswith("n'a pas tout"), "in the reader's words, with its SKUs"


@pytest.mark.parametrize(
    ("because", "goods", "node", "more"),
    [
        ("nobody there takes it", {"is_hazardous": True}, {}, {}),
        ("it is too bulky for the node", {"is_bulky": True}, {"takes_bulky": False}, {}),
        ("nobody wraps there", {}, {}, {"lines": [{"sku": "mug", "gift_wrap": True}]}),
        ("our boxes are not there", {}, {}, {"own_packaging": True}),
        ("all its days are full", {}, {"capacities": world.NO_HANDS}, {}),
        ("it is what a digital node sends", {"is_digital": True}, {}, {}),
    ],
)
def test_what_a_fence_of_sourcing_refuses_is_not_promised(db, because, goods, node, more):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
    with calling(db, Permission.PROMISE_READ) as client:
        assert ask(client, postcode="75001").json()["ways"]
    with db.transaction() as tx:
        mug = structs.replace(world.SKUS[2], **goods)
        catalog.save(tx, [mug], actor="x", now=world.MONDAY)
        world.amend(tx, "PAR", **node)
    with calling(db, Permission.PROMISE_READ) as client:
        assert ask(client, postcode="75001", **more).json()["ways"] == [], because


@pytest.mark.parametrize(
    ("because", "node", "sku", "changes", "days"),
    [
        ("there is room for both", "PAR", "mug", {"orders_per_day": 2}, 0),
        ("one order a day", "PAR", "mug", {"orders_per_day": 1}, 1),
        ("hands for one of them", "PAR", "mug", {"units_per_day": 3}, 1),
        ("a printer counts its orders too", "PRINT", "poster", {"orders_per_day": 1}, 1),
    ],
)
def test_a_node_that_is_full_promises_the_first_day_with_room(
    db, because, node, sku, changes, days
):
    """What is promised, what sourcing plans and what the order is told are of one day."""
    lines = [{"sku": sku, "quantity": 2}]
    with db.transaction() as tx:
        clock.start_driving(tx, world.MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
        world.amend(tx, node, **changes)
    with calling(db, Permission.PROMISE_READ) as client:
        [before] = ask(client, lines=lines, postcode="75001").json()["ways"]
    with db.transaction() as tx:
        first = world.accept(tx, world.order("o1", **{sku: 2}))["o1"].legs[0]
    with calling(db, Permission.PROMISE_READ) as client:
        told = ask(client, lines=lines, postcode="75001", explain=True).json()
    [after] = told["ways"]
    with db.transaction() as tx:
        second = world.accept(tx, world.order("o2", **{sku: 2}))["o2"].legs[0]
        promise = promises.promises(tx, ["o2"])["o2"]
        why = decisions(tx, "o2", "EUR")[-1]
    assert (second.leaves_at.date() - first.leaves_at.date()).days == days, because
    assert (second.begun_by - first.begun_by).days == days, because
    assert after["parts"][0]["departs_on"] == second.leaves_at.date().isoformat(), because
    assert (after["first"], after["last"]) == (
        promise.promised_from.isoformat(), promise.promised_to.isoformat(),
    ), because  # fmt: skip
    assert (after["first"] > before["first"]) is bool(days), because
    rooms = [one for one in told["why"][0]["legs"][0]["stages"] if one["stage"] == "room"]
    assert [one["day"] for one in rooms] == [second.begun_by.isoformat()] * days, because
    assert all("no room before" in one["because"]["en"] for one in rooms)
    assert all("plus de place avant" in one["because"]["fr"] for one in rooms)
    assert ("no room before" in why.sentence.en) is bool(days), because


def leg(departs, arrives):
    return LegPlan(
        departs_on=date.fromisoformat(departs),
        arrives_on=date.fromisoformat(arrives),
        groups=groups(node="N", kind="store", service="S", carrier="C", region="FR-67"),
    )


FRANCE = rests_at("FR", "75001", range(2024, 2030))
ALSACE = rests_at("FR", "67000", range(2024, 2030))


@pytest.mark.parametrize(
    ("because", "departs", "arrives", "rests", "never"),
    [
        ("nothing comes on a Sunday", "2026-11-27", "2026-11-28", FRANCE, "2026-11-29"),
        ("nor on Bastille Day", "2026-07-13", "2026-07-15", FRANCE, "2026-07-14"),
        ("nor in Alsace on St. Stephen's", "2026-12-24", "2026-12-28", ALSACE, "2026-12-26"),
        ("nor there on Good Friday", "2026-04-02", "2026-04-04", ALSACE, "2026-04-03"),
    ],
)
def test_no_day_without_delivery_ends_a_window(because, departs, arrives, rests, never):
    plan = leg(departs, arrives)
    reached = curve(believed(), plan, rests)
    at = (date.fromisoformat(never) - plan.departs_on).days
    assert reached[at] == reached[at - 1], because
    for chance in np.linspace(0.2, 0.99, 9):
        assert window([(plan.departs_on, reached)], chance).last.isoformat() != never, because


@pytest.mark.parametrize(
    ("because", "departs", "arrives"),
    [
        ("a leap day is a day", "2028-02-28", "2028-02-29"),
        ("clocks go forward over the weekend", "2026-03-28", "2026-03-30"),
        ("clocks go back over the weekend", "2026-10-24", "2026-10-26"),
        ("the year ends", "2026-12-30", "2026-12-31"),
    ],
)
def test_a_window_holds_the_day_of_the_plan(because, departs, arrives):
    plan = leg(departs, arrives)
    told = window([(plan.departs_on, curve(believed(), plan, FRANCE))], 0.95)
    assert told.first <= plan.arrives_on <= told.last, because
    assert isinstance(told.last, date)
    assert not isinstance(told.last, datetime)
