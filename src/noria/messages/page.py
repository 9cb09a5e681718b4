"""Customers' pages as HTML: no script, one request, and at home in a small phone."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from noria.carriage.day_model import DayChoice
from noria.messages import pickup_page, pickup_words
from noria.messages.model import Back, Headline, Mood, Step, Telling, Window, Withdrawn
from noria.messages.words import SAID, SENTENCES, TROUBLES

MOST_WORDS = 1000
PATH = (Step.PREPARING, Step.PREPARED, Step.UNDER_WAY, Step.DELIVERED)
LAST_MILE = {Step.OUT, Step.READY}
OTHER = {"en": "fr", "fr": "en"}

STYLE = resources.files("noria.messages").joinpath("pages/style.css").read_text(encoding="utf-8")
_DIGEST = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:;"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
MAIL_HEADERS = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
"""For previews alone: mail programs want their styles in the line; the tower frames them."""
_PAGES = Environment(
    loader=PackageLoader("noria.messages", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


class Speaker:
    """One language, and one clock: says sentences, days and moments."""

    def __init__(self, language: str, time_zone: str = "UTC") -> None:
        self.language = language
        self._zone = ZoneInfo(time_zone)

    def say(self, name: str, **filled: object) -> str:
        known = SENTENCES[self.language]
        sentences = known if name in known else pickup_words.SENTENCES[self.language]
        return sentences[name].format(**filled)

    def units(self, count: int) -> str:
        return self.say("one_unit" if count == 1 else "units", units=count)

    def day(self, day: date) -> str:
        """Thursday 27 November; jeudi 27 novembre."""
        return format_date(day, "EEEE d MMMM", locale=self.language)

    def days(self, window: Window) -> str:
        """On a day, or between two; a month that both have is named once."""
        first, last = window.first, window.last
        if first == last:
            return self.say("on_day", first=self.day(first))
        is_short = (first.year, first.month) == (last.year, last.month)
        opens = format_date(first, "EEEE d", locale=self.language) if is_short else self.day(first)
        return self.say("between", first=opens, last=self.day(last))

    def last_day(self, until: datetime) -> str:
        """The day that ends then, or in which it lies: until that day, itself included."""
        return self.day((until - timedelta(seconds=1)).astimezone(self._zone).date())

    def hour(self, at: datetime) -> str:
        """Monday 23 November at 12:00; lundi 23 novembre à 12 h 00."""
        pattern = "EEEE d MMMM 'at' HH:mm" if self.language == "en" else "EEEE d MMMM 'à' H 'h' mm"
        return format_datetime(at.astimezone(self._zone), pattern, locale=self.language)

    def moment(self, at: datetime) -> str:
        pattern = "EEE d MMM, HH:mm" if self.language == "en" else "EEE d MMM, HH 'h' mm"
        return format_datetime(at.astimezone(self._zone), pattern, locale=self.language)


def order(
    told: Telling,
    *,
    language: str,
    here: str,
    now: datetime,
    note: str = "",
    others: Mapping[str, str] | None = None,
) -> str:
    """The page of one order; `here` is its address, `note` a key of what was done just now.

    `others` are the addresses of the orders that took units of it.
    """
    speaker = Speaker(language, told.time_zone)
    return _page(
        "order.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        told=told,
        headline=_headline(told, speaker),
        more=more(told, speaker),
        steps=pickup_page.steps(told, language),
        said=SAID[language],
        carrier=carrier,
        path=_path(told),
        pickup=told.pickup,
        code=pickup_page.code(told.pickup) if told.pickup else "",
        qr=pickup_page.svg(told.pickup.code) if told.pickup and told.pickup.code else "",
        hours=pickup_page.hours(told.pickup, language) if told.pickup else (),
        others=others or {},
        amounts=[pickup_page.amount(one, language) for one in told.refunded],
        troubles=TROUBLES[language],
        sent_back=lambda one: sent_back(one, speaker),
        never=never(told, speaker),
        note=speaker.say(note) if note else "",
        now=now,
    )


def never(told: Telling, speaker: Speaker) -> list[tuple[str, str]]:
    """What nobody can withdraw from, and why."""
    return [
        (one.item.name, speaker.say(f"bar_{one.bar.value}"))
        for one in told.barred
        if not one.is_sealed
    ]


def sent_back(one: Withdrawn, speaker: Speaker) -> str:
    """Where a customer sends what they withdrew from; or that it came, or is awaited no more."""
    if one.back is Back.WANTED:
        return speaker.say("send_back" if one.goes_to else "send_where", place=one.goes_to)
    return speaker.say(f"back_{one.back.value}")


def cancel(told: Telling, *, language: str, here: str) -> str:
    """Whether they really want to."""
    speaker = Speaker(language, told.time_zone)
    title = speaker.say("title", order=told.order)
    units = speaker.units(told.stoppable) if told.stoppable else ""
    filled = {"order": told.order, "units": units}
    return _page("cancel.html", speaker, title=title, here=here, at="/cancel", **filled)


def wait(told: Telling, *, language: str, here: str) -> str:
    """When it comes instead: whether they wait for it, or rather cancel."""
    speaker = Speaker(language, told.time_zone)
    return _page(
        "wait.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        at="/wait",
        headline=_headline(told, speaker),
        more=more(told, speaker),
        may_choose=told.may_choose,
    )


def asked(
    name: str, told: Telling, *, language: str, here: str, wrong: str = "", **filled: Any
) -> str:
    """A form about the collection of an order: coming, extend, proxy or place."""
    speaker = Speaker(language, told.time_zone)
    return _page(
        f"{name}.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        at=f"/{name}",
        order=told.order,
        pickup=told.pickup,
        wrong=wrong,
        **filled,
    )


def day(
    told: Telling,
    *,
    language: str,
    here: str,
    day_change_id: str,
    offered: DayChoice,
    wrong: str = "",
) -> str:
    """The days on which it can come instead, to be chosen from; of none, why."""
    speaker = Speaker(language, told.time_zone)
    return _page(
        "day.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        at="/day",
        order=told.order,
        offered=offered.days,
        why=offered.fr if language == "fr" else offered.en,
        day_change_id=day_change_id,
        wrong=speaker.say(wrong) if wrong else "",
    )


def withdraw(
    told: Telling,
    *,
    language: str,
    here: str,
    withdrawal_id: str,
    is_mailed: bool,
    wrong: str = "",
) -> str:
    """What they can give back, to be chosen from, and a button that confirms it.

    `is_mailed`: they hear of it by e-mail too.
    """
    speaker = Speaker(language, told.time_zone)
    return _page(
        "withdraw.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        at="/withdraw",
        order=told.order,
        items=told.withdrawable,
        sealed={one.item.sku: one.bar.value for one in told.barred if one.is_sealed},
        never=never(told, speaker),
        until=told.withdraw_until,
        withdrawal_id=withdrawal_id,
        is_mailed=is_mailed,
        wrong=wrong,
    )


def report(
    told: Telling,
    *,
    language: str,
    here: str,
    report_id: str,
    wrong: str = "",
    chosen: str = "",
    typed: str = "",
) -> str:
    """What is wrong, to be filled in; `wrong` is a sentence about what was filled in before."""
    speaker = Speaker(language, told.time_zone)
    return _page(
        "report.html",
        speaker,
        title=speaker.say("title", order=told.order),
        here=here,
        at="/report",
        order=told.order,
        report_id=report_id,
        troubles=TROUBLES[language],
        most=MOST_WORDS,
        wrong=wrong,
        chosen=chosen,
        typed=typed,
    )


def sorry(name: str, *, language: str) -> str:
    """No order to show: why, and what to do."""
    speaker = Speaker(language)
    filled = {"headline": speaker.say(name), "more": speaker.say(f"{name}_more")}
    return _page("sorry.html", speaker, title="Noria", here="", **filled)


def _page(template: str, speaker: Speaker, *, here: str, at: str = "", **filled: Any) -> str:
    language = speaker.language
    other = OTHER[language]
    return _PAGES.get_template(template).render(
        language=language,
        other_language=other,
        other=f"{here}{at}?language={other}" if here else "",
        style=STYLE,
        say=speaker.say,
        days=speaker.days,
        on=speaker.day,
        moment=speaker.moment,
        last_day=speaker.last_day,
        here=here,
        **filled,
    )


def carrier(code: str) -> str:
    """A carrier by its code, as people write it: DPD, Mondial Relay."""
    return " ".join(
        word.upper() if len(word) <= 3 else word.capitalize() for word in code.split("_")
    )


def _headline(told: Telling, speaker: Speaker) -> str:
    by = told.pickup.ready_by if told.pickup else None
    filled: Mapping[str, str] = {
        "by": speaker.hour(by) if by else "",
        "delivered_on": speaker.day(told.delivered_on) if told.delivered_on else "",
        "place": told.goes_to,
        "window": speaker.days(told.window) if told.window else "",
        "last": speaker.day(told.window.last) if told.window else "",
    }
    return speaker.say(pickup_page.headline_key(told), **filled)


def more(told: Telling, speaker: Speaker) -> Sequence[str]:
    """What follows the headline: an apology, what was said before, what came already."""
    lines = []
    if told.mood is Mood.SORRY:
        lines.append(speaker.say("sorry"))
    if told.headline is Headline.UNSURE:
        lines.append(speaker.say("unsure_more"))
    if told.before is not None and told.headline is not Headline.DELIVERED:
        lines.append(speaker.say("said_before", window=speaker.days(told.before)))
    if told.headline is Headline.UNPAID and told.pay_by is not None:
        lines.append(speaker.say("pay_by", by=speaker.hour(told.pay_by)))
    if told.headline in {Headline.WAITING, Headline.CHECKED} and told.window is not None:
        lines.append(speaker.say("expected", window=speaker.days(told.window)))
    if told.headline is Headline.WAITING and told.window is None:
        lines.append(speaker.say("no_day_yet"))
    if told.is_part_delivered:
        lines.append(speaker.say("rest"))
    return lines


def _path(told: Telling) -> Sequence[Step]:
    """The steps that are drawn: those that every part passes, and the last mile once it is one."""
    if told.pickup is not None:
        return pickup_page.path(told)
    met = [part.step for part in told.parts if part.step in LAST_MILE]
    return (*PATH[:3], *dict.fromkeys(met), *PATH[3:])
