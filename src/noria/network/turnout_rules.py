"""Counts of weeks added up to what a person reads."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import structs

from noria.network.reliability_model import Shown, Topic
from noria.network.turnout_model import By, Count, Member, Turned, TurnedWeek, Turnout


def key_of_estimate(by: By, member: Member) -> str:
    """Under which key it is kept what is believed of a member."""
    if by is By.LANE:
        return f"service:{member.service}:{member.node}:{member.area}"
    return f"{by.value}:{member.key}"


def turnout(
    member: Member,
    counts: Iterable[Count],
    believed: Shown | None,
    *,
    main: Topic,
    today: date,
    weeks: int,
) -> Turnout:
    """A member's counts of `weeks`, those of as many before, and each week of the main topic."""
    topics: dict[str, Turned] = {}
    main_weeks: dict[int, Count] = {}
    for one in counts:
        topics[one.topic.value] = _added(topics.get(one.topic.value, Turned()), one, weeks)
        if one.topic is main:
            main_weeks[one.weeks_ago] = one
    return Turnout(
        **structs.asdict(member),
        topics=topics,
        weeks=_weeks(main_weeks, today, 2 * weeks),
        believed=believed.good if believed else None,
        low=believed.low if believed else None,
        high=believed.high if believed else None,
    )


def _added(sum_: Turned, one: Count, weeks: int) -> Turned:
    if one.weeks_ago < weeks:
        return structs.replace(sum_, units=sum_.units + one.units, good=sum_.good + one.good)
    return structs.replace(
        sum_,
        units_before=sum_.units_before + one.units,
        good_before=sum_.good_before + one.good,
    )


def _weeks(found: Mapping[int, Count], today: date, number: int) -> Sequence[TurnedWeek]:
    """The last `number` weeks; yesterday is the last day that was counted whole."""
    return [
        TurnedWeek(
            since=today - timedelta(weeks=ago + 1),
            units=found[ago].units if ago in found else 0,
            good=found[ago].good if ago in found else 0,
        )
        for ago in reversed(range(number))
    ]
