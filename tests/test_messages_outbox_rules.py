"""Which messages are due and when they may go, as tables; and how each reads."""

from datetime import UTC, date, datetime, timedelta

import pytest

from noria.messages import letters, result_rules
from noria.messages import outbox_rules as rules
from noria.messages.model import Elsewhere, Turn, Window
from noria.messages.outbox_model import Choices, Due, Medium, Message, MessageKind, State
from noria.messages.result_model import Arrival, ResultBody
from noria.orders.carried_model import Progress
from test_messages_rules import CAME, FRI, MUG, NOW, SAT, facts, sent

P = Progress
LATE = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("known", "expected", "why"),
    [
        (facts(sent()), {"confirmed"}, "nothing has happened yet"),
        (facts(sent(), is_held=True), set(), "not before it is released"),
        (
            facts(sent(shipped=True), sent(leg="o1.2", picked=True), is_held=True),
            {"on_its_way o1.1"},
            "what had left before goes its way",
        ),
        (
            facts(sent(picked=True), is_held=True, is_unsure=True),
            {f"unsure {SAT}"},
            "held for so long that it misses its days",
        ),
        (facts(sent(), is_held=True, is_unpaid=True), set(), "theirs to pay"),
        (
            facts(sent(), is_held=True, is_unpaid=True, pay_by=NOW + timedelta(days=1)),
            {f"payment_reminder {(NOW + timedelta(days=1)).date()}"},
            "it is cancelled tomorrow",
        ),
        (facts(sent(), is_held=True, is_unpaid=True, pay_by=NOW), set(), "it is over"),
        (facts(waiting=[MUG], told=None), {"confirmed"}, "also while it waits for stock"),
        (facts(sent(picked=True)), {"confirmed", "prepared o1.1"}, "packed"),
        (facts(sent(shipped=True)), {"confirmed", "on_its_way o1.1"}, "no longer packed: gone"),
        (
            facts(sent(FRI, P.OUT_FOR_DELIVERY, shipped=True)),
            {"confirmed", "out_for_delivery o1.1"},
            "only how far it is",
        ),
        (facts(sent(FRI, P.READY, shipped=True)), {"confirmed", "ready o1.1"}, "at the relay"),
        (facts(sent(FRI, P.LOST, shipped=True)), {"confirmed", "in_trouble o1.1"}, "lost"),
        (
            facts(sent(delivered=CAME, shipped=True), sent(leg="o1.2", shipped=True)),
            {"confirmed", "delivered o1.1", "on_its_way o1.2"},
            "each part by itself",
        ),
        (facts(sent(LATE)), {"confirmed", f"delayed {LATE}"}, "the plan is late: told at once"),
        (
            facts(sent(), turns=[Turn(at=NOW, window=Window(LATE, LATE))]),
            {"confirmed", f"delayed {LATE}"},
            "another day was promised",
        ),
        (facts(cancelled=[MUG]), {"cancelled"}, "nothing else matters then"),
        (
            facts(elsewhere=[Elsewhere(order="o2", is_all=True)]),
            set(),
            "merged: they hear of it by the order that took it",
        ),
        (
            facts(cancelled=[MUG], elsewhere=[Elsewhere(order="o2", is_all=False)]),
            {"cancelled"},
            "part was split off before, the rest is cancelled",
        ),
    ],
)
def test_what_a_customer_should_have_heard_by_now(known, expected, why):
    found = {f"{one.kind} {one.part}".strip() for one in rules.due(known, NOW)}
    assert found == expected, why


@pytest.mark.parametrize(
    ("medium", "at", "goes", "why"),
    [
        (Medium.EMAIL, (26, 23, 30), (26, 23, 30), "a mail rings nobody"),
        (Medium.SMS, (26, 12, 0), (26, 12, 0), "by day"),
        (Medium.SMS, (26, 7, 0), (26, 7, 0), "eight in Paris"),
        (Medium.SMS, (26, 6, 59), (26, 7, 0), "a minute before eight"),
        (Medium.SMS, (26, 20, 0), (27, 7, 0), "nine at night: the next morning"),
        (Medium.SMS, (26, 23, 30), (27, 7, 0), "after midnight in Paris: the same morning"),
        (Medium.PUSH, (26, 20, 0), (27, 7, 0), "a notification rings too"),
    ],
)
def test_texts_wait_for_the_morning_of_their_reader(medium, at, goes, why):
    day, hour, minute = at
    found = rules.not_before(
        medium, datetime(2026, 11, day, hour, minute, tzinfo=UTC), "Europe/Paris"
    )
    assert found == datetime(2026, 11, goes[0], goes[1], goes[2], tzinfo=UTC), why


def test_texts_are_few_and_only_for_who_said_yes():
    both, none = Choices(sms=True), Choices(email=False)
    assert rules.media(MessageKind.READY, both) == [Medium.EMAIL, Medium.SMS]
    assert rules.media(MessageKind.DELIVERED, both) == [Medium.EMAIL]
    assert rules.media(MessageKind.READY, Choices()) == [Medium.EMAIL]
    assert rules.media(MessageKind.READY, none) == []
    app = Choices(email=False, chat=True, push=True)
    assert rules.media(MessageKind.READY, app) == [Medium.CHAT, Medium.PUSH]
    assert rules.media(MessageKind.CONFIRMED, app) == [], "only what is worth a ring"
    assert rules.language(Choices(language="en"), "FR") == "en"
    assert [rules.language(Choices(), land) for land in ("FR", "BE", "DE")] == ["fr", "fr", "en"]


def test_attempts_are_repeated_ever_later_and_end():
    waits = [rules.again_at(attempts, NOW) for attempts in range(1, 8)]
    assert waits[-1] is None
    assert sorted(waits[:-1]) == waits[:-1]


@pytest.mark.parametrize("kind", list(MessageKind))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_message_reads_well_in_both_languages(kind, language):
    letter = letters.example(kind, language, "https://noria.example/t/x")
    assert "536365" in letter.subject
    assert "https://noria.example/t/x" in letter.text
    assert "https://noria.example/t/x" in letter.html
    for text in (letter.subject, letter.text):
        assert "{" not in text
        assert "  ." not in text
        assert "None" not in text
    assert "&amp;#" not in letter.html
    assert "<mj-" not in letter.html


def test_what_is_overtaken_is_left_unsaid():
    known = facts(sent(delivered=CAME, shipped=True))
    due = rules.due(known, NOW)
    assert rules.is_overtaken(Due("on_its_way", "o1.1"), due)
    assert not rules.is_overtaken(Due("delivered", "o1.1"), due)


@pytest.mark.parametrize(
    ("because", "heard", "state"),
    [
        ("nothing was said", [], State.SENT),
        ("it arrived", [("delivered", 2)], State.SENT),
        ("it came back", [("bounced", 2)], State.FAILED),
        ("it came back after all", [("delivered", 2), ("bounced", 3)], State.FAILED),
        (
            "a second attempt of the carrier's arrived",
            [("bounced", 2), ("delivered", 3)],
            State.SENT,
        ),
        ("of one moment the worse holds", [("bounced", 2), ("delivered", 2)], State.FAILED),
    ],
)
def test_whatever_order_results_come_in_the_latest_holds(because, heard, state):
    sent = Message(
        id="m1", order="o1", kind=MessageKind.CONFIRMED, part="", medium=Medium.EMAIL,
        language="en", state=State.SENT, planned_at=NOW, due_at=NOW, attempts=1, ended_at=NOW,
        result="accepted by the mail server",
    )  # fmt: skip
    results = [
        ResultBody(outcome=Arrival(outcome), at=NOW.replace(microsecond=at))
        for outcome, at in heard
    ]
    for several in (results, results[::-1], results * 2):
        after = sent
        for one in several:
            after = result_rules.after(after, one)
        assert after.state is state, because
        assert (after.bounced_at is not None) is (state is State.FAILED), because


@pytest.mark.parametrize(
    ("says", "kept"),
    [
        ("550 5.1.1 <camille@example.com>: no such user", "550 5.1.1 … no such user"),
        ("unknown subscriber +33 6 12 34 56 78", "unknown subscriber …"),
        ("421 4.7.0 try later", "421 4.7.0 try later"),
    ],
)
def test_no_address_is_kept_of_what_a_carrier_says(says, kept):
    assert result_rules.without_addresses(says) == kept
