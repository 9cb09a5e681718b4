"""How a carrier's reply is read: a reader turns bytes into what they say, or says why not."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.fulfilment.tracking_model import Heard, Outcome, Reply
from noria.orders.carried_model import Progress

Codes = Mapping[str, Progress]
Told = TypeVar("Told")

POLL_JOB = "carriers.ask"
LONGEST = 500
FIRST_YEAR, LAST_YEAR = 1990, 2199
HOME = "Europe/Paris"

ZONES: Mapping[str, str] = {
    **dict.fromkeys(("GB", "IE", "IM", "JE", "GG"), "Europe/London"),
    "PT": "Europe/Lisbon",
    **dict.fromkeys(("FI", "EE", "LV", "LT", "GR", "CY", "BG", "RO", "UA", "MD"), "Europe/Athens"),
    "TR": "Europe/Istanbul",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "MX": "America/Mexico_City",
    "CN": "Asia/Shanghai",
    "HK": "Asia/Hong_Kong",
    "TW": "Asia/Taipei",
    "SG": "Asia/Singapore",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "IN": "Asia/Kolkata",
    "AE": "Asia/Dubai",
    "AU": "Australia/Sydney",
    "RE": "Indian/Reunion",
    "GP": "America/Guadeloupe",
    "MQ": "America/Martinique",
    "GF": "America/Cayenne",
    "YT": "Indian/Mayotte",
}
"""The clock of a country whose events come without an offset: of several, that of most people."""

MILLISECONDS_FROM = 10**11
"""So many seconds after 1970 no parcel is under way: larger numbers count milliseconds."""

DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(.*)\Z", re.DOTALL)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\Z")
HOUR = re.compile(
    r"""[\ ,T]* (?:(?:à|at|um)\s*)?
    (?: (\d{1,2}) [:hH.] (\d{2}) (?:[:.] (\d{2}))? (?:\.\d+)? \s* ([AaPp]\.?[Mm]\.?)? )? \s*\Z""",
    re.VERBOSE,
)


class NotUnderstood(Exception):  # noqa: N818 - it becomes an answer: a reply that a person looks at
    """A reply is no reply of this carrier. What is wrong with it is the message."""


def read(*heard: Heard) -> Reply:
    """A reply that was understood."""
    return Reply(outcome=Outcome.READ, heard=heard)


def read_each(told: Iterable[Told], reader: Callable[[Told], Heard]) -> Reply:
    """What each event says. One that nobody understands costs none of the others, and is told."""
    events = list(told)
    said: list[Heard] = []
    faults: list[str] = []
    for event in events:
        try:
            said.append(reader(event))
        except NotUnderstood as problem:
            faults.append(str(problem))
    if not faults:
        return read(*said)
    detail = short(f"{len(faults)} of {len(events)} events: {faults[0]}")
    return Reply(outcome=Outcome.UNREADABLE, heard=tuple(said), detail=detail)


def refused(code: object, words: object) -> Reply:
    """The carrier itself says no: it does not know the parcel, or us."""
    return Reply(outcome=Outcome.REFUSED, detail=short(f"{code}: {words}"))


def heard(
    number: str, progress: Progress, at: datetime, code: str, label: object = "", place: object = ""
) -> Heard:
    """One thing said, with the carrier's own words cut to what is kept.

    Raises:
        NotUnderstood: it names no parcel or no code.
    """
    parcel, said = "".join(short(number).split())[:64], short(code)[:100]
    if not parcel or not said:
        raise NotUnderstood("an event names no parcel, or has no code")
    return Heard(
        number=parcel,
        progress=progress,
        happened_at=at,
        code=said,
        label=short(label),
        place=short(place),
    )


def short(words: object) -> str:
    """Text as it is kept: on one line, without what a database cannot hold, cut at the end."""
    plain = str(words or "").encode("utf-8", "replace").decode()
    text = " ".join(plain.replace("\0", " ").split())
    return text[:LONGEST]


def instant(text: str, zone: str = HOME, *, is_month_first: bool = False) -> datetime:
    """An instant, as carriers write them; one without an offset is local time in `zone`.

    Read are ISO 8601, days before months (or months before days, if so said), digits alone, and
    seconds or milliseconds since 1970.

    Raises:
        NotUnderstood: it is none of these, or no parcel was under way in that year.
    """
    text = text.strip()
    try:
        return in_zone(_moment(text, is_month_first=is_month_first), zone)
    except (ValueError, OverflowError, OSError):
        raise NotUnderstood(f"“{text[:40]}” is no time") from None


def in_zone(at: datetime, zone: str) -> datetime:
    """An instant: `at` as it is if it knows its offset, else as a clock in that zone shows it.

    Raises:
        NotUnderstood: no parcel was under way in that year.
    """
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise NotUnderstood(f"the year {at.year} is none of a parcel's")
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))


def _moment(text: str, *, is_month_first: bool) -> datetime:
    if (found := DAY_FIRST.match(text)) is not None:
        one, other, year, rest = found.groups()
        month, day = (one, other) if is_month_first and int(one) <= 12 else (other, one)
        return _at_hour(int(year), int(month), int(day), rest)
    if (found := COMPACT.match(text)) is not None and FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - zone follows
    if text.isascii() and text.isdecimal():
        seconds = int(text)
        return datetime.fromtimestamp(
            seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds, UTC
        )
    return datetime.fromisoformat(text)


def _at_hour(year: int, month: int, day: int, rest: str) -> datetime:
    """That day, at the hour that follows it; without one, at its beginning."""
    found = HOUR.match(rest)
    if found is None:
        raise ValueError(rest)
    hour, minute, second, half = found.groups()
    count = int(hour or 0)
    if half is not None:
        if not 1 <= count <= 12:
            raise ValueError(rest)
        count = count % 12 + (12 if half[0] in "pP" else 0)
    return datetime(year, month, day, count, int(minute or 0), int(second or 0))  # noqa: DTZ001 - zone follows


class PollAsked(Struct, frozen=True, kw_only=True):
    """A carrier is asked where boxes are: the job that asks, and when it may be asked by itself."""

    account: str
    job: str
    next_at: datetime
