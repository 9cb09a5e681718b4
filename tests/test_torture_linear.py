"""The checker of histories finds what cannot have happened, and leaves alone what can."""

import itertools
import random

import pytest

from noria.lab.torture.linear import UNKNOWN, Call, is_linearizable, shelf


def history(*calls):
    """Calls as (caller, sent, back, question, answer)."""
    return [
        Call(caller=caller, sent=sent, back=back, asked=asked, answer=answer)
        for caller, sent, back, asked, answer in calls
    ]


def take(key, units=1):
    return ("take", key, units)


GOOD = [
    ("nothing happened", 1, history()),
    ("one after the other", 1, history((1, 0, 1, take("a"), "held"), (2, 2, 3, take("b"), "refused"))),
    ("at once, either may win", 1, history((1, 0, 3, take("a"), "refused"), (2, 1, 2, take("b"), "held"))),
    ("a release in between", 1, history((1, 0, 1, take("a"), "held"), (1, 2, 5, ("give", "a"), "done"), (2, 3, 4, take("b"), "held"))),
    ("the unknown one took it", 1, history((1, 0, 9, take("a"), UNKNOWN), (2, 10, 11, take("b"), "refused"))),
    ("the unknown one did nothing", 1, history((1, 0, 9, take("a"), UNKNOWN), (2, 10, 11, take("b"), "held"))),
    ("the unknown one came long after", 1, history((1, 0, 1, take("a"), UNKNOWN), (2, 2, 3, ("read",), 1), (3, 4, 5, ("read",), 0))),
    ("sent again with its id", 2, history((1, 0, 1, take("a"), UNKNOWN), (1, 2, 3, take("a"), "held"), (2, 4, 5, ("read",), 1))),
    ("a count during a sale", 5, history((1, 0, 5, ("count", 7), 2), (2, 1, 2, take("a"), "held"), (3, 6, 7, ("read",), 6))),
    ("received, then taken", 0, history((1, 0, 3, ("put", 2), "done"), (2, 1, 2, take("a", 2), "held"))),
]  # fmt: skip

BAD = [
    ("one unit sold twice", 1, history((1, 0, 1, take("a"), "held"), (2, 0, 1, take("b"), "held"))),
    ("refused although it was there", 1, history((1, 0, 1, take("a"), "refused"), (2, 2, 3, ("read",), 1))),
    ("a stale read", 1, history((1, 0, 1, take("a"), "held"), (2, 2, 3, ("read",), 1))),
    ("a read that goes back", 1, history((1, 0, 9, take("a"), "held"), (2, 1, 2, ("read",), 0), (2, 3, 4, ("read",), 1))),
    ("a lost hold", 2, history((1, 0, 1, take("a"), "held"), (2, 2, 3, take("b"), "held"), (3, 4, 5, ("read",), 1))),
    ("a doubled retry", 2, history((1, 0, 1, take("a"), UNKNOWN), (1, 2, 3, take("a"), "held"), (2, 4, 5, ("read",), 0))),
    ("a release that counted twice", 1, history((1, 0, 1, take("a"), "held"), (1, 2, 3, ("give", "a"), "done"), (1, 4, 5, ("give", "a"), "done"), (2, 6, 7, ("read",), 2))),
    ("answered before it can have happened", 0, history((1, 0, 1, take("a"), "held"), (2, 2, 3, ("put", 1), "done"))),
    ("a retry with a new id", 2, history((1, 0, 1, take("a"), "held"), (1, 0, 1, take("a2"), "held"), (2, 2, 3, take("b"), "held"))),
    ("half of a wish", 3, history((1, 0, 1, take("a", 3), "held"), (2, 2, 3, ("read",), 2))),
    ("an answer that was taken back", 1, history((1, 0, 1, take("a"), "held"), (2, 2, 3, take("b"), "held"))),
    ("the unknown one cannot be both", 1, history((1, 0, 1, take("a"), UNKNOWN), (2, 2, 3, ("read",), 0), (3, 4, 5, ("read",), 1))),
    ("a count that overwrote a sale", 5, history((1, 0, 1, take("a"), "held"), (2, 2, 3, ("count", 5), 0))),
]  # fmt: skip


@pytest.mark.parametrize(("because", "units", "calls"), GOOD)
def test_what_can_have_happened(because, units, calls):
    assert is_linearizable(calls, shelf, (units, frozenset())), because


@pytest.mark.parametrize(("because", "units", "calls"), BAD)
def test_what_cannot_have_happened(because, units, calls):
    assert not is_linearizable(calls, shelf, (units, frozenset())), because


def test_the_search_agrees_with_trying_every_order():
    """Small random histories, most of them wrong: every permutation is tried."""
    chance = random.Random(7)
    verdicts = []
    for _ in range(400):
        calls = [drawn(chance, number) for number in range(5)]
        verdict = is_linearizable(calls, shelf, (2, frozenset()))
        assert verdict == tried_every_order(calls, (2, frozenset())), calls
        verdicts.append(verdict)
    assert 40 < sum(verdicts) < 360, "both kinds are drawn"


def drawn(chance, number):
    sent = chance.randint(0, 8)
    asked, answers = chance.choice(
        [
            (take(f"k{number}", chance.randint(1, 2)), ["held", "refused", UNKNOWN]),
            (("read",), [0, 1, 2]),
            (("put", 1), ["done", UNKNOWN]),
            (("give", "k0"), ["done", UNKNOWN]),
        ]
    )
    return Call(
        caller=number,
        asked=asked,
        answer=chance.choice(answers),
        sent=sent,
        back=sent + chance.randint(1, 6) + 0.5,
    )


def tried_every_order(calls, start):
    unknown = [call for call in calls if call.is_unknown]
    known = [call for call in calls if not call.is_unknown]
    for size in range(len(unknown) + 1):
        for happened in itertools.combinations(unknown, size):
            for order in itertools.permutations([*known, *happened]):
                if is_in_time(order) and explains(order, start):
                    return True
    return False


def is_in_time(order):
    return not any(
        not later.is_unknown and later.back < earlier.sent
        for earlier, later in itertools.combinations(order, 2)
    )


def explains(order, state):
    for call in order:
        state, answer = shelf(state, call.asked)
        if not call.is_unknown and answer != call.answer:
            return False
    return True
