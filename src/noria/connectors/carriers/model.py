"""How a carrier's reply is read: a reader turns bytes into what they say, or says why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from noria.fulfilment.tracking_model import Heard, Outcome, Reply
from noria.orders.carried_model import Progress

Codes = Mapping[str, Progress]
Reader = Callable[[bytes], Reply]

LONGEST = 500
FIRST_YEAR, LAST_YEAR = 1990, 2199


class NotUnderstood(Exception):  # noqa: N818 - it becomes an answer: a reply that a person looks at
    """A reply is no reply of this carrier. What is wrong with it is the message."""


def read(*heard: Heard) -> Reply:
    """A reply that was understood."""
    return Reply(outcome=Outcome.READ, heard=heard)


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
    text = " ".join(str(words or "").replace("\0", " ").split())
    return text[:LONGEST]


def instant(text: str, zone: str = "Europe/Paris") -> datetime:
    """An ISO instant; one without an offset is local time of the carrier.

    Raises:
        NotUnderstood: it is none.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotUnderstood(f"“{text[:40]}” is no time") from None
    return in_zone(at, zone)


def in_zone(at: datetime, zone: str) -> datetime:
    """An instant: `at` as it is if it knows its offset, else as a clock in that zone shows it.

    Raises:
        NotUnderstood: no parcel was under way in that year.
    """
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise NotUnderstood(f"the year {at.year} is none of a parcel's")
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))


def stamped(text: str, form: str, zone: str = "Europe/Paris") -> datetime:
    """A local time in a form of the carrier's own, as `strptime` reads it.

    Raises:
        NotUnderstood: it is not in that form.
    """
    try:
        return in_zone(datetime.strptime(text.strip(), form), zone)  # noqa: DTZ007 - zone follows
    except ValueError:
        raise NotUnderstood(f"“{text[:40]}” is not in the form {form}") from None
