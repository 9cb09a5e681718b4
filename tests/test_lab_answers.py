"""Partners in a story answer their legs: most in time, a few late, a few not as hoped."""

from datetime import UTC, datetime, timedelta

import pytest

from noria.lab import schedule as due

PLANNED = datetime(2011, 11, 7, 9, 10, tzinfo=UTC)
LEGS = [{"id": f"o{number}.1", "planned_at": PLANNED.isoformat()} for number in range(4000)]
TWO_HOURS = timedelta(hours=2)


def test_most_accept_in_time_some_late_and_some_decline():
    said = [due.answer(leg, 1) for leg in LEGS]
    assert all(one.at > PLANNED for one in said)
    late = sum(one.at > PLANNED + TWO_HOURS for one in said) / len(said)
    declined = sum(one.why is not None for one in said) / len(said)
    assert late == pytest.approx(due.ANSWERED_LATE_CHANCE, abs=0.012)
    assert declined == pytest.approx(due.DECLINED_CHANCE, abs=0.01)
    assert {one.why for one in said} == {None, *due.DECLINED_WHY}
    assert said == [due.answer(leg, 1) for leg in LEGS], "the same again"
    assert said != [due.answer(leg, 2) for leg in LEGS]


def test_what_is_accepted_is_picked_from_the_next_full_hour_on():
    accepts = next(leg for leg in LEGS if due.answer(leg, 1).why is None)
    at = due.answer(accepts, 1).at
    hour = at.replace(minute=0) + timedelta(hours=1)
    assert not due.is_accepted(accepts, hour - due.STEP, 1)
    assert due.is_accepted(accepts, hour, 1)
    declines = next(leg for leg in LEGS if due.answer(leg, 1).why is not None)
    assert not due.is_accepted(declines, PLANNED + timedelta(days=9), 1)
