"""Moments and days as a reader writes them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

UTC = "UTC"
DAY = "EEE d MMM y"
MOMENT = {"en": f"{DAY}, HH:mm", "fr": f"{DAY} 'à' H\u202f'h'\u202fmm"}


def day(on: date, language: str) -> str:
    """Mon 28 Nov 2011; lun. 28 nov. 2011."""
    return str(format_date(on, DAY, locale=language))


def moment(at: datetime, language: str, zone: str = UTC, usual: str = UTC) -> str:
    """A moment by the clock of a zone, which is named where it is not the one that is `usual`.

    UTC is always named, for nobody lives by it: Mon 28 Nov 2011, 14:05 (UTC).
    """
    said = format_datetime(at.astimezone(ZoneInfo(zone)), MOMENT[language], locale=language)
    return str(said) if zone == usual != UTC else f"{said} ({_place(zone)})"


def _place(zone: str) -> str:
    """By what a time zone is known: Europe/Paris is Paris."""
    return zone.rpartition("/")[2].replace("_", " ")
