"""The part of a customer's page, and of a message, that is about collecting in a store."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date, time
from io import BytesIO

import segno
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from noria.collect.rules import spaced
from noria.messages.model import Headline, Paid, Pickup, Step, Telling
from noria.messages.pickup_words import SENTENCES, STEPS
from noria.messages.words import STEPS as PLAIN_STEPS

DAYS_LONGER = 3
"""How much longer a customer may have it kept, once."""
PATH = (Step.PREPARING, Step.READY, Step.DELIVERED)
SCALE = 6


def svg(code: str) -> str:
    """A QR code as an address that an image takes: no script, no other host."""
    drawn = BytesIO()
    _qr(code).save(drawn, kind="svg", scale=SCALE, border=4, dark="#000", light="#fff",
                   xmldecl=False, nl=False)  # fmt: skip
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"


def png(code: str) -> bytes:
    """A QR code as mail programs show it."""
    drawn = BytesIO()
    _qr(code).save(drawn, kind="png", scale=SCALE, border=4)
    return drawn.getvalue()


def _qr(code: str) -> segno.QRCode:
    return segno.make_qr(code, error="m")


def say(language: str, name: str, **filled: object) -> str:
    return SENTENCES[language][name].format(**filled)


def steps(told: Telling, language: str) -> Mapping[Step, str]:
    """What steps are called; of what is collected some otherwise."""
    if told.pickup is None:
        return PLAIN_STEPS[language]
    return {**PLAIN_STEPS[language],
            **{Step(key): words for key, words in STEPS[language].items()}}  # fmt: skip


def path(told: Telling) -> Sequence[Step]:
    """The steps that are drawn: those on the way to the store once something is."""
    met = {part.step for part in told.parts}
    way = [one for one in (Step.PREPARED, Step.UNDER_WAY) if one in met]
    return (*PATH[:1], *way, *PATH[1:])


def headline_key(told: Telling) -> str:
    """Which sentence answers where it is."""
    plain = str(told.headline.value)
    key = f"{plain}_pickup"
    if told.pickup is None or key not in SENTENCES["en"]:
        return plain
    if told.headline is Headline.CANCELLED and not told.is_not_collected:
        return plain
    is_by = told.headline is Headline.COMING and told.pickup.ready_by is not None
    return f"{key}_by" if is_by else key


def code(pickup: Pickup) -> str:
    return spaced(pickup.code) if pickup.code else ""


def hours(pickup: Pickup, language: str) -> Sequence[tuple[str, str]]:
    """The days to come, each with when the store is open."""
    return [(_weekday(one.day, language), _spans(one.spans, language)) for one in pickup.days]


def _weekday(day: date, language: str) -> str:
    return format_date(day, "EEEE d MMM", locale=language)


def _spans(spans: Sequence[tuple[time, time]], language: str) -> str:
    if not spans:
        return say(language, "closed")
    if spans == [(time.min, time.max)]:
        return say(language, "all_day")
    return ", ".join(f"{_clock(opens, language)} \N{EN DASH} {_clock(closes, language)}"
                     for opens, closes in spans)  # fmt: skip


def _clock(at: time, language: str) -> str:
    pattern = "HH:mm" if language == "en" else "H 'h' mm"
    return format_time(at, pattern, locale=language)


def amount(paid: Paid, language: str) -> str:
    return format_currency(paid.cents / 100, paid.currency, locale=language)
