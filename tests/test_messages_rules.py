"""What a customer is told, as a table; and links that nobody makes up."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.messages import page, rules, words
from noria.messages.model import (
    Facts,
    Headline,
    Item,
    Mood,
    Parcel,
    Sent,
    Step,
    Trouble,
    Turn,
    Window,
    Withdrawal,
)
from noria.orders.carried_model import Progress

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MON, TUE, FRI, SAT = (date(2026, 11, day) for day in (23, 24, 27, 28))
MUG = Item(sku="mug", name="Mug", units=2)
TOLD = Window(FRI, SAT)


def sent(arrives=FRI, *progress, picked=False, shipped=False, delivered=None, leg="o1.1"):
    return Sent(
        leg=leg,
        arrives_on=arrives,
        items=[MUG],
        picked_at=NOW if picked or shipped else None,
        shipped_at=NOW if shipped else None,
        delivered_at=delivered,
        parcels=[
            Parcel(carrier="post", number=f"P{n}", progress=one) for n, one in enumerate(progress)
        ],
    )


def facts(*legs, **more):
    known = {
        "order": "o1",
        "time_zone": "Europe/Paris",
        "goes_to": "75001 Paris",
        "told": TOLD,
        "is_held": False,
        "turns": [],
        "waiting": [],
        "cancelled": [],
        "sent": list(legs),
        "stoppable": 0,
    }
    return Facts(**known | more)


P = Progress
CAME = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "headline", "mood", "window", "why"),
    [
        (facts(sent()), Headline.COMING, Mood.CALM, TOLD, "as it was told"),
        (facts(sent(TUE)), Headline.COMING, Mood.CALM, TOLD, "sooner changes no promise"),
        (facts(sent(SAT), told=None), Headline.COMING, Mood.CALM, Window(SAT, SAT), "a plan alone"),
        (
            facts(sent(date(2026, 11, 30))),
            Headline.LATER,
            Mood.SORRY,
            Window(date(2026, 11, 30), date(2026, 11, 30)),
            "the plan is behind what was told: said before the customer finds out",
        ),
        (
            facts(sent(date(2026, 12, 1)), turns=[Turn(at=NOW, window=Window(MON, date(2026, 12, 2)))]),
            Headline.LATER,
            Mood.SORRY,
            Window(MON, date(2026, 12, 2)),
            "another day was told already",
        ),
        (
            facts(sent(), told=Window(MON, TUE), turns=[Turn(at=NOW, window=TOLD)]),
            Headline.LATER,
            Mood.SORRY,
            TOLD,
            "what was told first is not forgotten",
        ),
        (facts(sent(MON), told=Window(MON, TUE)), Headline.OVERDUE, Mood.SORRY, Window(MON, TUE),
         "its days are over"),
        (facts(sent(shipped=True), is_unsure=True), Headline.UNSURE, Mood.SORRY, TOLD,
         "nobody can say when, and that is said"),
        (facts(sent(MON), told=Window(MON, TUE), is_unsure=True), Headline.OVERDUE, Mood.SORRY,
         Window(MON, TUE), "its days are over, sure or not"),
        (facts(sent(FRI, P.OUT_FOR_DELIVERY, shipped=True)), Headline.TODAY, Mood.CALM, TOLD, "van"),
        (facts(sent(FRI, P.READY, shipped=True)), Headline.READY, Mood.GOOD, TOLD, "at the relay"),
        (
            facts(sent(FRI, P.READY, P.OUT_FOR_DELIVERY, shipped=True)),
            Headline.TODAY,
            Mood.CALM,
            TOLD,
            "one of two is there",
        ),
        (facts(sent(FRI, P.LOST, shipped=True)), Headline.IN_TROUBLE, Mood.SORRY, TOLD, "lost"),
        (
            facts(sent(FRI, P.DELIVERED, P.RETURNING, shipped=True)),
            Headline.IN_TROUBLE,
            Mood.SORRY,
            TOLD,
            "the slowest parcel decides",
        ),
        (facts(sent(delivered=CAME, shipped=True)), Headline.DELIVERED, Mood.GOOD, TOLD, "all came"),
        (
            facts(sent(delivered=CAME, shipped=True), sent(leg="o1.2")),
            Headline.COMING,
            Mood.CALM,
            TOLD,
            "some of it came",
        ),
        (facts(waiting=[MUG], told=None), Headline.WAITING, Mood.CALM, None, "nobody has it"),
        (facts(sent(), waiting=[MUG]), Headline.WAITING, Mood.CALM, TOLD, "some nobody has"),
        (facts(sent(), is_held=True), Headline.CHECKED, Mood.CALM, TOLD, "somebody looks into it"),
        (facts(sent(), is_held=True, is_unsure=True), Headline.UNSURE, Mood.SORRY, TOLD,
         "for so long that it will be late"),
        (facts(sent(), is_held=True, is_unpaid=True), Headline.UNPAID, Mood.CALM, TOLD, "theirs"),
        (facts(cancelled=[MUG]), Headline.CANCELLED, Mood.CALM, TOLD, "nothing is left of it"),
    ],
)  # fmt: skip
def test_one_sentence_answers_where_it_is(known, headline, mood, window, why):
    told = rules.telling(known, NOW)
    assert (told.headline, told.mood, told.window) == (headline, mood, window), why
    for language in words.SENTENCES:
        shown = page.order(told, language=language, here="/t/x", now=NOW)
        assert shown.count("<h1>") == 1
        assert "{" not in shown.split("</style>")[1], "every blank is filled"
        assert len(shown.encode()) < 100_000


@pytest.mark.parametrize(
    ("one", "step"),
    [
        (sent(), Step.PREPARING),
        (sent(picked=True), Step.PREPARED),
        (sent(shipped=True), Step.UNDER_WAY),
        (sent(FRI, P.ANNOUNCED, shipped=True), Step.UNDER_WAY),
        (sent(FRI, P.OTHER, shipped=True), Step.UNDER_WAY),
        (sent(FRI, P.FAILED, shipped=True), Step.UNDER_WAY),
        (sent(FRI, None, shipped=True), Step.UNDER_WAY),
        (sent(FRI, P.DELIVERED, shipped=True), Step.DELIVERED),
        (sent(FRI, P.LOST, delivered=CAME, shipped=True), Step.DELIVERED),
    ],
)
def test_a_part_is_as_far_as_its_slowest_parcel(one, step):
    assert rules.telling(facts(one), NOW).parts[0].step is step


def test_a_day_that_hardly_holds_is_said_of_no_part():
    (part,) = rules.telling(facts(sent(shipped=True), is_unsure=True), NOW).parts
    assert part.window is None


def test_days_are_those_of_the_customers_clock():
    told = rules.telling(facts(sent(delivered=CAME, shipped=True)), NOW)
    assert told.delivered_on == date(2026, 11, 26), "half past midnight in Paris"


def test_both_languages_say_the_same_things():
    assert set(words.SENTENCES["en"]) == set(words.SENTENCES["fr"])
    for table, enum in ((words.STEPS, Step), (words.SAID, Progress), (words.TROUBLES, Trouble)):
        for language in words.SENTENCES:
            assert set(table[language]) == set(enum)
    assert {one.value for one in Headline} <= set(words.SENTENCES["fr"])


@given(
    secret=st.binary(min_size=32, max_size=32),
    order=st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
    renewed=st.integers(0, 3),
    place=st.integers(0, 200),
    letter=st.sampled_from("ABab01_-~"),
)
def test_a_link_is_of_its_order_until_it_is_renewed_and_no_other_works(
    secret, order, renewed, place, letter
):
    link = rules.link(secret, order, renewed)
    assert rules.named(link) == order
    assert rules.is_genuine(secret, link, renewed)
    assert not rules.is_genuine(secret, link, renewed + 1)
    assert not rules.is_genuine(secret[::-1] + b"x", link, renewed)
    at = place % len(link)
    forged = link[:at] + letter + link[at + 1 :]
    assert forged == link or not rules.is_genuine(secret, forged, renewed)


@pytest.mark.parametrize(
    ("language", "stoppable", "said"),
    [
        ("en", 1, "1 unit."),
        ("en", 2, "2 units."),
        ("fr", 1, "1 article."),
        ("fr", 2, "2 articles."),
    ],
)
def test_what_is_cancelled_is_counted_as_people_do(language, stoppable, said):
    told = rules.telling(facts(sent(), stoppable=stoppable), NOW)
    assert said in page.cancel(told, language=language, here="/t/x")


@pytest.mark.parametrize(
    ("known", "until", "why"),
    [
        ({"sent": [sent(shipped=True, delivered=CAME)]}, date(2026, 12, 10), "by their own clock"),
        ({"sent": [sent(shipped=True, delivered=CAME), sent()]}, None, "the rest is being picked"),
        ({"sent": [sent(shipped=True, delivered=CAME)], "waiting": [MUG]}, None, "the rest waits"),
        ({"sent": []}, None, "nothing has come"),
    ],
)
def test_the_right_to_withdraw_ends_fourteen_days_after_the_last_of_it_has_come(known, until, why):
    told = facts(**known, withdrawal=Withdrawal(open=[MUG]))
    later = NOW.replace(month=12, day=24)
    assert rules.telling(told, NOW).withdraw_until == until, why
    assert rules.telling(told, later).withdrawable == ([MUG] if until is None else ()), why
