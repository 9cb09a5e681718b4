"""Another day for what is under way: asked of its carrier, and followed once it agrees."""

import re
from datetime import date, timedelta

import pytest

import carrier_fakes as fakes
import world
from caller import calling
from carriage_case import Case, webhook_server  # noqa: F401 - fixtures
from noria.carriage import actions, call_actions, day_actions, day_rules
from noria.carriage.day_model import DayBody, DayFixed, DayNotOffered, DayState, Fixed, Moving
from noria.carriage.model import Connector
from noria.carriage.port import Ability
from noria.connectors.carriers import karrio_port, relay_labels
from noria.connectors.carriers.webhook import WebhookCarrier
from noria.kit.errors import Invalid
from noria.messages import actions as messages
from noria.messages import outbox_rules
from noria.messages import views as message_views
from noria.messages.outbox_model import Due
from noria.network.model import DAILY_ROUNDS, NO_RESTS, USUAL_ROUNDS, Rests, Rounds
from noria.orders import views as orders
from noria.orders import watch_actions
from noria.orders.carried_model import Progress
from noria.promise import views as promises
from test_carriage_calls import db  # noqa: F401 - a fixture
from world import ACTOR, MONDAY

NOW = MONDAY + timedelta(hours=4)


@pytest.fixture
def carrier(webhook_server):  # noqa: F811 - a fixture of another module
    fake, url = webhook_server
    fake.reset(fakes.webhook)
    return fake, url


@pytest.fixture
def sent(db, carrier):  # noqa: F811 - a fixture of another module
    """An order that left with a label, and whose carrier changes days."""
    case = Case(db, carrier[1], does_move_days=True)
    case.ask()
    case.work()
    leave(case)
    return case


def leave(case):
    def do(tx):
        world.pick(tx, case.leg)
        world.ship(tx, case.leg)
        call_actions.link(tx, now=NOW)

    case.db.run(do)


def choice(case):
    return case.db.run(lambda tx: day_actions.choice(tx, case.order, now=NOW))


def ask(case, day, key="d"):
    wanted = DayBody(order=case.order, day=day)
    return case.db.run(
        lambda tx: day_actions.ask(tx, f"{case.order}-{key}", wanted, actor=ACTOR, now=NOW)
    )


def state(case, key="d"):
    return case.db.run(lambda tx: day_actions.known(tx, f"{case.order}-{key}")).state


def due(tx, case):
    return outbox_rules.due(message_views.facts(tx, case.order, now=NOW), NOW)


def test_the_promise_follows_when_the_carrier_agrees_and_the_customer_is_told(sent):
    before = sent.db.run(lambda tx: orders.legs(tx, [sent.order]))[sent.order][0]
    days = choice(sent).days
    assert len(days) == day_rules.MOST_DAYS
    assert all(day > before.arrives_on and day.weekday() < 6 for day in days)
    chosen = days[2]
    assert ask(sent, chosen).state is DayState.ASKED
    with pytest.raises(DayFixed):
        ask(sent, chosen, key="again")
    with sent.db.transaction() as tx:
        assert orders.legs(tx, [sent.order])[sent.order][0].arrives_on == before.arrives_on
        assert message_views.facts(tx, sent.order, now=NOW).day_asked.is_open
    sent.work()
    assert state(sent) is DayState.AGREED
    with sent.db.transaction() as tx:
        assert orders.legs(tx, [sent.order])[sent.order][0].arrives_on == chosen
        assert promises.last_told(tx, [sent.order]) == {sent.order: chosen}
        watched = watch_actions.look(tx, sent.order, now=NOW)
        assert (watched.promised_to, watched.chance > 0.1) == (chosen, True)
        [deliver] = [one for one in watched.milestones if one.step.value == "deliver"]
        assert deliver.due_at.date() >= chosen
        told = due(tx, sent)
        assert Due("day_chosen", chosen.isoformat()) in told
        assert "delayed" not in {one.kind for one in told}, "it comes as they wanted"
        world.deliver(tx, sent.leg, now=NOW)
        kept = tx.execute(
            "select is_kept, chosen_to from promise where order_id = %s", [sent.order]
        ).fetchone()
        assert kept == (True, chosen)
    assert choice(sent).days == ()


def test_what_the_carrier_declines_comes_as_it_was_said(sent, carrier):
    fake, _ = carrier
    fake.answers = lambda *_: fakes.json_answer(409, {"detail": "no van"})
    chosen = choice(sent).days[0]
    ask(sent, chosen)
    sent.work()
    assert state(sent) is DayState.DECLINED
    with sent.db.transaction() as tx:
        assert Due("day_kept", chosen.isoformat()) in due(tx, sent)
        assert orders.legs(tx, [sent.order])[sent.order][0].arrives_on < chosen
    assert choice(sent).days, "another one may be asked for"


def test_another_day_than_asked_is_no_agreement(sent, carrier):
    fake, _ = carrier
    fake.answers = lambda *_: fakes.json_answer(200, {"day": "2031-01-01"})
    ask(sent, choice(sent).days[0])
    sent.work()
    assert state(sent) is DayState.DECLINED


def test_a_call_without_an_answer_is_made_again(sent, carrier):
    fake, _ = carrier
    fake.moods = ["dead"]
    ask(sent, choice(sent).days[0])
    sent.work()
    assert state(sent) is DayState.ASKED
    sent.work(minutes=10)
    assert state(sent) is DayState.AGREED
    asked = [path for method, path, *_ in fake.asked if path.startswith("/days/")]
    assert len(asked) == 2


def test_days_that_are_not_offered_and_orders_whose_day_is_fixed(sent, db, carrier):  # noqa: F811
    with pytest.raises(DayNotOffered):
        ask(sent, date(2031, 1, 1))
    plain = Case(db, carrier[1])
    plain.ask()
    plain.work()
    assert choice(plain).days == (), "it has not left"
    leave(plain)
    told = choice(plain)
    assert "no day over its interface" in told.en
    with pytest.raises(DayFixed):
        ask(plain, date(2026, 11, 30))


def test_they_choose_it_by_their_link_without_a_script_and_once(sent):
    with sent.db.transaction() as tx:
        here = f"/t/{messages.link(tx, sent.order)}"
    with calling(sent.db) as client:
        client.headers["Authorization"] = ""
        assert "Change the day" in client.get(here).text
        form = client.get(f"{here}/day", params={"language": "fr"})
        assert "Quel jour" in form.text
        assert "<script" not in form.text
        assert len(form.content) < 30_000
        key = re.search(r'name="id" value="([^"]+)"', form.text)[1]
        days = re.findall(r'name="day" value="([^"]+)"', form.text)
        assert len(days) == day_rules.MOST_DAYS
        for wrong in ("", "tomorrow", "2031-01-01"):
            again = client.post(f"{here}/day", data={"id": key, "day": wrong})
            assert "Please choose one of these days." in again.text
        for _ in range(2):
            done = client.post(f"{here}/day", data={"id": key, "day": days[0]})
            assert "We have asked the carrier" in done.text
        late = client.post(f"{here}/day", data={"id": "other", "day": days[1]})
        assert "It is too late to change the day." in late.text
        assert "another day is being asked for" in client.get(f"{here}/day").text
        sent.work()
        assert "You chose this day" in client.get(here).text
    with calling(sent.db) as client:
        listed = client.get("/v1/day-changes", params={"order": sent.order}).json()["items"]
        assert [(one["state"], one["actor"]) for one in listed] == [("agreed", "customer:link")]
        assert client.get(f"/v1/orders/{sent.order}/days").json()["days"]
        body = {"order": sent.order, "day": "2031-01-01"}
        refused = client.put("/v1/day-changes/x1", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "day-not-offered")


def test_who_says_that_it_changes_days_does():
    """Each connector says it by an ability; an account may promise it only where there is one."""
    can = {Connector.WEBHOOK: WebhookCarrier.abilities,
           Connector.MONDIAL_RELAY: relay_labels.MondialRelay.abilities}  # fmt: skip
    for connector, abilities in can.items():
        assert (Ability.DAYS in abilities) is (connector in actions.MOVES_DAYS), connector
    assert Ability.DAYS not in karrio_port.VERBS.values()
    assert not actions.MOVES_DAYS & karrio_port.NAMES.keys()


def test_an_account_cannot_promise_what_its_connector_cannot(db, carrier):  # noqa: F811
    with pytest.raises(Invalid) as refused:
        Case(db, carrier[1], Connector.MONDIAL_RELAY, does_move_days=True)
    assert [fault.pointer for fault in refused.value.faults] == ["/does_move_days"]


HOME = {"is_collected": False, "waits": False, "last": None}
LEG = Moving(
    arrives_on=MONDAY.date(), carrier_says=None, labels=[("l", "a")], does_move=True,
    rounds=USUAL_ROUNDS,
)  # fmt: skip


def leg(**more):
    return Moving(**{name: getattr(LEG, name) for name in LEG.__struct_fields__} | more)


@pytest.mark.parametrize(
    ("because", "legs", "order", "why"),
    [
        ("it can", [LEG], {}, None),
        ("it waits where it is collected", [LEG], {"is_collected": True}, Fixed.COLLECTED),
        ("nothing is to come", [], {}, Fixed.OVER),
        ("some of it waits", [LEG], {"waits": True}, Fixed.WAITS),
        ("asked already", [LEG], {"last": DayState.ASKED}, Fixed.ASKED),
        ("said no before", [LEG], {"last": DayState.DECLINED}, None),
        ("it is in the van", [leg(carrier_says=Progress.OUT_FOR_DELIVERY.value)], {},
         Fixed.TOO_LATE),
        ("under way", [leg(carrier_says=Progress.IN_TRANSIT.value)], {}, None),
        ("one has no label", [LEG, leg(labels=[])], {}, Fixed.NO_LABEL),
        ("one cannot", [LEG, leg(does_move=False)], {}, Fixed.CANNOT),
    ],
)  # fmt: skip
def test_why_a_day_is_fixed(because, legs, order, why):
    assert day_rules.fixed(legs, **(HOME | order)) is why, because


def test_days_are_those_of_delivery_after_the_last_leg_is_expected():
    saturday = date(2026, 11, 28)
    tuesday = Rests(frozenset({date(2026, 12, 1)}))
    found = day_rules.days([LEG, leg(arrives_on=saturday)], tuesday, MONDAY.date())
    assert [day.isoformat()[5:] for day in found[:3]] == ["11-30", "12-02", "12-03"]
    daily = day_rules.days([leg(rounds=DAILY_ROUNDS)], NO_RESTS, saturday)
    assert daily[0] == date(2026, 11, 29), "a Sunday"
    weekdays = Rounds(frozenset(range(5)), closures=frozenset({date(2026, 12, 4)}))
    found = day_rules.days([LEG, leg(rounds=weekdays, arrives_on=saturday)], NO_RESTS, saturday)
    assert [day.isoformat()[5:] for day in found] == [
        "11-30", "12-01", "12-02", "12-03", "12-07", "12-08",
    ], "days on which both come: no Saturday, and not the day on which one rests"  # fmt: skip
