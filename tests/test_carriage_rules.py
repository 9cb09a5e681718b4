"""Decisions about carriers as tables: calls, health, choice of a service, customs."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

import world
from noria.carriage import call_rules, choice_rules, consignment_views, customs_rules
from noria.carriage.call_rules import Outcome, Step
from noria.carriage.model import (
    Account,
    AskPickup,
    Call,
    CallKind,
    CallState,
    Connector,
    Health,
    Priced,
    Sender,
)
from noria.carriage.port import Ability

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OUT, S = Outcome, CallState
FINDS, SEARCHES, NOTHING = {Ability.FINDS}, {Ability.SEARCHES}, frozenset()


def call(kind=CallKind.BUY, **more):
    return Call(id="b.1", kind=kind, subject="l1", account="x", reference="N1", **more)


def sender(street):
    return Sender(name="Noria", street=street)


@pytest.mark.parametrize(
    ("because", "senders", "lines", "street"),
    [
        ("nobody said where the node is", {}, ("", ""), "1 quai"),
        ("the node itself knows better", {}, ("2 rue Neuve", ""), "2 rue Neuve"),
        ("with its building", {}, ("2 rue Neuve", "Bât. A"), "2 rue Neuve, Bât. A"),
        ("the account speaks of this node", {"LYS": sender("3 place B")}, ("2 rue Neuve", ""),
         "3 place B"),
    ],
)  # fmt: skip
def test_from_which_street_a_parcel_comes(because, senders, lines, street):
    account = Account(
        code="any", connector=Connector.WEBHOOK, services={}, sender=sender("1 quai"),
        senders=senders,
    )  # fmt: skip
    node = world.node("LYS", street=lines[0], address_more=lines[1])
    assert consignment_views.sender(account, node).street == street, because


@pytest.mark.parametrize(
    ("because", "known", "abilities", "wanted"),
    [
        ("never sent", call(), NOTHING, Step.SEND),
        ("perhaps sent, and it can be asked", call(maybe_sent=True), FINDS, Step.LOOK),
        ("perhaps sent, it can be searched", call(maybe_sent=True), SEARCHES, Step.LOOK),
        ("perhaps sent, and nobody can tell", call(maybe_sent=True), NOTHING, Step.ASK_PERSON),
        ("the same reference twice is once", call(maybe_sent=True), {Ability.REPEATS}, Step.SEND),
        ("taken back twice is once", call(CallKind.CANCEL, maybe_sent=True), NOTHING, Step.SEND),
        ("a van that may come", call(CallKind.PICKUP, maybe_sent=True), FINDS, Step.ASK_PERSON),
    ],
)
def test_what_comes_next(because, known, abilities, wanted):
    assert call_rules.step(known, abilities) is wanted, because


@pytest.mark.parametrize(
    ("because", "known", "taken", "outcome", "state", "maybe_sent"),
    [
        ("made", call(), Step.SEND, OUT.DONE, S.DONE, False),
        ("found", call(maybe_sent=True), Step.LOOK, OUT.DONE, S.DONE, False),
        ("a plain no", call(), Step.SEND, OUT.DECLINED, S.DECLINED, False),
        ("a no after a doubt settles nothing", call(maybe_sent=True), Step.SEND, OUT.DECLINED,
         S.STUCK, True),
        ("nobody has heard of it", call(), Step.SEND, OUT.NOT_SENT, S.WAITING, False),
        ("an old doubt stays", call(maybe_sent=True), Step.SEND, OUT.NOT_SENT, S.WAITING, True),
        ("no answer is a doubt", call(), Step.SEND, OUT.NO_ANSWER, S.WAITING, True),
        ("a doubt is never given up as a no", call(attempts=50), Step.SEND, OUT.NO_ANSWER,
         S.WAITING, True),
        ("certainly not made: again", call(maybe_sent=True, attempts=1), Step.LOOK, OUT.ABSENT,
         S.WAITING, False),
        ("not seen is not not made", call(maybe_sent=True), Step.LOOK, OUT.UNSURE, S.WAITING, True),
        ("looked for long enough", call(maybe_sent=True, looks=7), Step.LOOK, OUT.UNSURE,
         S.STUCK, True),
        ("a carrier away is no reason to give up", call(maybe_sent=True, looks=70), Step.LOOK,
         OUT.NOT_SENT, S.WAITING, True),
        ("tried often enough", call(attempts=11), Step.SEND, OUT.BUSY, S.STUCK, False),
        ("a person has to ask", call(maybe_sent=True), Step.ASK_PERSON, OUT.UNSURE, S.STUCK, True),
    ],
)  # fmt: skip
def test_what_follows(because, known, taken, outcome, state, maybe_sent):
    then = call_rules.after(known, taken, outcome, settle_s=300, now=NOW)
    assert (then.state, then.maybe_sent) == (state, maybe_sent), because


def test_a_doubt_is_left_to_settle():
    then = call_rules.after(call(), Step.SEND, OUT.NO_ANSWER, settle_s=300, now=NOW)
    assert then.next_at == NOW + timedelta(seconds=300)


def test_pauses_grow_and_are_the_same_each_time():
    waits = [call_rules.pause(count, "b.1") for count in range(1, 9)]
    assert waits == [call_rules.pause(count, "b.1") for count in range(1, 9)]
    assert timedelta(seconds=4) < waits[0] < waits[2] < waits[5] < timedelta(minutes=12)


def test_an_account_in_trouble_rests_and_one_call_sees_how_it_is():
    health = Health()
    for _ in range(4):
        health = call_rules.health_after(health, OUT.NO_ANSWER, NOW)
    assert call_rules.room(health, 4, NOW) == 4, "a few troubles are borne"
    health = call_rules.health_after(health, OUT.NOT_SENT, NOW)
    assert call_rules.room(health, 4, NOW) == 0
    later = NOW + timedelta(seconds=31)
    assert call_rules.room(health, 4, later) == 1
    longer = call_rules.health_after(health, OUT.BUSY, later)
    assert longer.closed_until == later + timedelta(minutes=1)
    assert call_rules.health_after(longer, OUT.DECLINED, later) == Health(), "a no is an answer"


FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)


def priced(name, cents, day, **more):
    return Priced(account=name, service=f"{name}-home", cents=cents, arrives_on=day, is_live=False,
                  **more)  # fmt: skip


CHEAP, FAST, SLOW = priced("b", 500, FRIDAY), priced("a", 900, FRIDAY), priced("c", 300, MONDAY)


@pytest.mark.parametrize(
    ("because", "offered", "due", "away", "chosen", "is_late"),
    [
        ("the cheapest that keeps the promise", [FAST, CHEAP, SLOW], SATURDAY, set(), "b", False),
        ("without a promise the cheapest", [FAST, CHEAP, SLOW], None, set(), "c", False),
        ("ties by name", [priced("b", 9, FRIDAY), priced("a", 9, FRIDAY)], None, set(), "a", False),
        ("nobody keeps it: the earliest", [SLOW, CHEAP], date(2026, 11, 26), set(), "b", True),
        ("who is away is passed over", [FAST, CHEAP], SATURDAY, {"b"}, "a", False),
        ("late rather than away", [SLOW, CHEAP], SATURDAY, {"b"}, "c", True),
        ("all away: it waits for the best", [FAST, CHEAP], SATURDAY, {"a", "b"}, "b", False),
        ("nothing goes there", [], SATURDAY, set(), None, False),
    ],
)
def test_the_promise_is_a_fence(because, offered, due, away, chosen, is_late):
    best, choice = choice_rules.choose(offered, due=due, away=away)
    assert (best and best.account) == chosen, because
    assert choice.is_late is is_late, because
    assert len(choice.considered) == len(offered)


def test_what_a_carrier_says_now_goes_before_our_tariff():
    now = Priced(account="b", service="b-home", cents=450, arrives_on=FRIDAY, is_live=True)
    assert choice_rules.merged([CHEAP, FAST], [now]) == [now, FAST]


@pytest.mark.parametrize(
    ("because", "source", "target", "passes"),
    [
        ("within France", ("FR", "75001"), ("FR", "69003"), False),
        ("within the union", ("FR", "75001"), ("DE", "10115"), False),
        ("Monaco is in it", ("FR", "06000"), ("MC", "98000"), False),
        ("Switzerland", ("FR", "75001"), ("CH", "1200"), True),
        ("overseas departments", ("FR", "75001"), ("FR", "97400"), True),
        ("New Caledonia", ("FR", "75001"), ("FR", "98800"), True),
        ("the Canaries", ("FR", "75001"), ("ES", "35001"), True),
        ("within Réunion", ("FR", "97400"), ("FR", "97410"), False),
        ("from one island to another", ("FR", "97100"), ("FR", "97200"), True),
        ("Great Britain", ("FR", "75001"), ("GB", "SW1A 1AA"), True),
    ],
)
def test_which_lanes_pass_customs(because, source, target, passes):
    assert customs_rules.passes_customs(source, target) is passes, because


@pytest.mark.parametrize(
    ("because", "units", "sold", "cents"),
    [
        ("one line, its price", 2, [(2, 990)], 1980),
        ("bought and given away, all in one box", 2, [(1, 1000), (1, 0)], 1000),
        ("one of the two, at the average", 1, [(1, 1000), (1, 0)], 500),
        ("half a cent counts as one", 1, [(1, 1), (1, 0)], 1),
        ("no line of it: the list price", 2, [], 1400),
    ],
)
def test_what_a_box_is_worth_to_customs(because, units, sold, cents):
    assert customs_rules.value_cents(units, sold, 700) == cents, because


@pytest.mark.parametrize("until", ["08:00:00", "07:59:00"])
def test_a_van_is_asked_for_some_time_and_not_for_none(until):
    body = {
        "id": "v1", "account": "a", "node": "PAR", "day": "2026-11-27", "ready_from": "08:00:00",
        "ready_until": until, "boxes": 1, "weight_g": 1,
    }  # fmt: skip
    with pytest.raises(msgspec.ValidationError, match="ready_until is not later"):
        msgspec.convert(body, AskPickup, strict=False)
