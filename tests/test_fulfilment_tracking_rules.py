"""Where a parcel is, whatever order its carrier's words come in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.fulfilment.tracking_model import Heard
from noria.fulfilment.tracking_rules import usual_silence, whereabouts
from noria.orders.carried_model import Progress

DAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
NOW = DAY + timedelta(days=30)


def said(progress, hours=0.0, code=None, label=""):
    at = DAY + timedelta(hours=hours)
    return Heard(
        number="N1", progress=progress, happened_at=at, code=code or progress.value, label=label
    )


P = Progress


@pytest.mark.parametrize(("because", "events", "progress", "since"), [
    ("the latest word decides", [(P.HANDED_OVER, 1), (P.IN_TRANSIT, 5)], P.IN_TRANSIT, 5),
    ("it got there with the first of several scans",
     [(P.IN_TRANSIT, 2), (P.IN_TRANSIT, 4), (P.IN_TRANSIT, 9)], P.IN_TRANSIT, 2),
    ("coming back to a place is getting there anew",
     [(P.OUT_FOR_DELIVERY, 2), (P.FAILED, 8), (P.OUT_FOR_DELIVERY, 26)], P.OUT_FOR_DELIVERY, 26),
    ("a scan after the delivery is late news", [(P.DELIVERED, 8), (P.IN_TRANSIT, 12)], P.DELIVERED, 8),
    ("a parcel that was not kept comes back after all",
     [(P.DELIVERED, 8), (P.RETURNED, 90)], P.RETURNED, 90),
    ("of one instant, the further word holds", [(P.DELIVERED, 8), (P.OUT_FOR_DELIVERY, 8)], P.DELIVERED, 8),
    ("a code that nobody knows moves nothing", [(P.IN_TRANSIT, 3), (P.OTHER, 9)], P.IN_TRANSIT, 3),
    ("what was lost may be found", [(P.LOST, 3), (P.DELIVERED, 99)], P.DELIVERED, 99),
    ("the future waits for its time", [(P.IN_TRANSIT, 3), (P.DELIVERED, 24 * 40)], P.IN_TRANSIT, 3),
])  # fmt: skip
def test_whereabouts(because, events, progress, since):
    at = whereabouts([said(*event) for event in events], now=NOW)
    assert (at.progress, at.since) == (progress, DAY + timedelta(hours=since)), because


def test_nothing_known_is_said_of_nothing():
    assert whereabouts([], now=NOW) is None
    assert whereabouts([said(P.OTHER)], now=NOW) is None


def test_attempts_are_days():
    at = whereabouts([said(P.FAILED, 4), said(P.FAILED, 5), said(P.FAILED, 28)], now=NOW)
    assert at.attempts == 2


words = st.builds(
    said,
    st.sampled_from(Progress),
    st.integers(0, 60),
    st.sampled_from(["A1", "B2", None]),
    st.sampled_from(["", "depot"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(words, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(events, chance):
    again = [*events, *chance.choices(events, k=5)] if events else []
    chance.shuffle(again)
    assert whereabouts(again, now=NOW) == whereabouts(events, now=NOW)


@pytest.mark.parametrize(("because", "gaps", "long_gap", "usual"), [
    ("nothing measured: three days", 0, None, timedelta(days=3)),
    ("little data hardly counts", 1, timedelta(days=30), timedelta(days=3) * 100 / 101 + timedelta(days=30) / 101),
    ("much data decides", 9900, timedelta(days=1), timedelta(days=1.02)),
    ("a night is never unusual", 10**9, timedelta(hours=1), timedelta(hours=12)),
])  # fmt: skip
def test_usual_silence(because, gaps, long_gap, usual):
    assert abs(usual_silence(gaps, long_gap) - usual) < timedelta(seconds=1), because
