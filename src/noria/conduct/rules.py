"""Decisions about partners: values in, values out.

How many units a partner's node keeps back. Let b be the node's own buffer, at least 1, and t the
trust in its figures. It keeps ceil(b / t): b while they are believed, twice as much at one half,
everything at nothing. Trust is a product of three shares:

- freshness: 1 up to one expected interval after its last count; then it falls evenly, to nothing
  after three of them: two feeds are missing then, and the third is due. One half of an interval
  after the first is missed (at 1.5) the feed counts as silent, and an exception says so: three
  quarters of the way to nothing are still left then, so it is told before anything is oversold;
- what was refused: units sent of those asked, drawn towards 98 % while there are few; what a
  partner let lie until it was taken away was refused as well;
- what a feed loses: the share of its units that was gone with a feed, on the mean of the last ones.

A partner that is not active is not measured: its nodes keep everything back.
"""

from datetime import datetime, timedelta
from math import ceil

from noria.conduct.model import Belief, Heard, Keeper, Record, Scorecard, Week, Window
from noria.kit.errors import Fault
from noria.partners.feed_model import Pulse
from noria.promise.fence_model import Trust
from noria.promise.fence_rules import FIGURES, NOT_ACTIVE, reason
from noria.promise.keep_back_model import EVERYTHING

SILENT_AFTER, NOTHING_AFTER = 1.5, 3.0
"""In expected intervals after the last count."""

USUAL_MINUTES = 24 * 60.0
"""How often a feed is expected of which nothing is known yet."""

PRIOR_SENT, PRIOR_UNITS = 0.98, 50


def belief(pulse: Pulse, record: Record | None, *, now: datetime) -> Belief | None:
    """How far a partner's figures are believed; None: it never sent any."""
    if pulse.counted_at is None:
        return None
    every = pulse.every_minutes or USUAL_MINUTES
    age = _age(pulse.counted_at, every, now)
    fresh = min(1.0, max(0.0, (NOTHING_AFTER - age) / (NOTHING_AFTER - 1)))
    asked = record.asked_units if record else 0
    refused = record.refused_units if record else 0
    sent = (asked - refused + PRIOR_SENT * PRIOR_UNITS) / (asked + PRIOR_UNITS)
    lost = min(1.0, max(0.0, record.lost_share if record else 0.0))
    trust = fresh * sent * (1 - lost)
    return Belief(
        partner=pulse.partner,
        trust=round(trust, 4),
        is_silent=age > SILENT_AFTER,
        every_minutes=every,
        reason=reason(
            FIGURES,
            trust=f"{trust:.0%}".removesuffix("%"),
            counted_at=f"{pulse.counted_at:%Y-%m-%dT%H:%M}",
            every_minutes=f"{every:.0f}",
            refused_units=refused,
            asked_units=asked,
            lost=f"{lost:.0%}".removesuffix("%"),
        ),
    )


def heard(pulse: Pulse, *, now: datetime) -> Heard:
    """How a partner's feed does now."""
    every = pulse.every_minutes or USUAL_MINUTES
    return Heard(
        heard_at=pulse.heard_at,
        counted_at=pulse.counted_at,
        every_minutes=pulse.every_minutes,
        is_silent=pulse.counted_at is not None
        and _age(pulse.counted_at, every, now) > SILENT_AFTER,
    )


def kept_back(node: Keeper, belief: Belief) -> Trust:
    """What a node keeps back beyond its own buffer, for lack of trust; why, by its own clock."""
    base = max(1, node.buffer_units)
    units = EVERYTHING
    if belief.trust > 0:
        units = min(EVERYTHING, ceil(round(base / belief.trust, 6)) - base)
    return Trust(node=node.code, units=units, reason=f"{belief.reason} zone={node.time_zone}")


def stopped(node: str) -> Trust:
    """A node of a partner that we do not work with keeps everything back, whatever it counted."""
    return Trust(node=node, units=EVERYTHING, reason=NOT_ACTIVE)


def rule_faults(valid_from: object, valid_until: object) -> list[Fault]:
    """What is wrong with the dates of a rule."""
    if valid_from and valid_until and str(valid_until) < str(valid_from):
        return [Fault("/valid_until", "it ends before it begins")]
    return []


def scorecard(
    partner: str, days: int, now: Window, before: Window, trust: float | None
) -> Scorecard:
    """A partner's shares, and by how much each differs from that of the days before."""
    shares, past = _shares(now), _shares(before)
    return Scorecard(
        partner=partner,
        days=days,
        trust=trust,
        trend={
            name: round(share - earlier, 4)
            for name, share in shares.items()
            if share is not None and (earlier := past[name]) is not None
        },
        now=now,
        before=before,
        **shares,
    )


def spans(now: datetime, days: int, weeks: int) -> list[tuple[datetime, datetime]]:
    """These days, as many before, and then weeks from the oldest on, the last one ending now."""
    begins = now - timedelta(days=days)
    starts = [now - timedelta(weeks=number) for number in range(weeks, 0, -1)]
    return [
        (begins, now),
        (begins - timedelta(days=days), begins),
        *((start, start + timedelta(weeks=1)) for start in starts),
    ]


def week(since: datetime, one: Window) -> Week:
    """Seven days of a partner."""
    shares = _shares(one)
    return Week(
        since=since,
        legs=one.legs,
        units=one.units,
        fill_rate=shares["fill_rate"],
        late_share=shares["late_share"],
    )


def _age(counted_at: datetime, every_minutes: float, now: datetime) -> float:
    """How old what was counted is, in expected intervals."""
    return (now - counted_at).total_seconds() / 60 / every_minutes


def _shares(one: Window) -> dict[str, float | None]:
    return {
        "fill_rate": _share(one.units - one.refused_units, one.units),
        "late_share": _share(one.late_legs, one.due_legs),
        "refused_share": _share(one.refused_units, one.units),
        "feed_accuracy": _share(one.units - one.not_found_units, one.units),
        "feed_fault_share": _share(one.feed_faults, one.feed_lines),
        "cost_cents_a_unit": _share(one.cost_cents, one.units),
    }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
