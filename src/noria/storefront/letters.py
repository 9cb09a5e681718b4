"""What somebody who waited is told, as text and as MJML, which becomes HTML."""

from collections.abc import Mapping
from datetime import UTC, datetime

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined

from noria.messages.outbox_model import Letter, Medium
from noria.messages.page import Speaker
from noria.storefront.model import News

_MAILS = Environment(
    loader=PackageLoader("noria.storefront", "mails"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS = _MAILS.overlay(autoescape=False)

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "{name} is back",
        "at_store": "{name} is back at {store}.",
        "sent": "{name} is back, and can come to you.",
        "held": "One is held for you until {until}.",
        "not_held": "None is held for you: whoever orders first has it.",
        "see": "See it",
        "why": "You asked for this message on {asked}. It is the only one, and we have forgotten"
        " your address again.",
    },
    "fr": {
        "subject": "{name}\u202f: de retour",
        "at_store": "De retour à {store}\u202f: {name}.",
        "sent": "De retour et livrable chez vous\u202f: {name}.",
        "held": "Un exemplaire vous est réservé jusqu'au {until}.",
        "not_held": "Rien ne vous est réservé\u202f: le premier à commander sera servi.",
        "see": "Voir l'article",
        "why": "Vous avez demandé ce message le {asked}. Il n'y en aura pas d'autre, et nous avons"
        " oublié votre adresse.",
    },
}


def letter(news: News) -> Letter:
    """The message as it leaves."""
    words, speaker = WORDS[news.language], Speaker(news.language, news.time_zone)
    opening = words["at_store" if news.store else "sent"].format(name=news.name, store=news.store)
    until = speaker.moment(news.held_until) if news.held_until else ""
    filled = {
        "language": news.language,
        "subject": words["subject"].format(name=news.name),
        "opening": opening,
        "kept": words["held"].format(until=until) if until else words["not_held"],
        "see": words["see"],
        "why": words["why"].format(asked=speaker.day(news.asked_at.date())),
        "url": news.url,
    }
    return Letter(
        id=news.id,
        to=news.address,
        subject=filled["subject"],
        text=_TEXTS.get_template("back.txt").render(**filled).strip() + "\n",
        html=mrml.to_html(_MAILS.get_template("back.mjml").render(**filled)).content,
        short=f"{opening} {filled['kept']} {news.url}",
    )


def example(language: str) -> Letter:
    """The message as it would look, for whoever words it."""
    now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    news = News(
        id="example", medium=Medium.EMAIL, address="customer@example.com", language=language,
        url="https://shop.example/regency-cakestand", sku="22423", name="Regency cakestand 3 tier",
        store="Lyon Part-Dieu", asked_at=now, held_until=now.replace(hour=18),
        time_zone="Europe/Paris", attempts=1,
    )  # fmt: skip
    return letter(news)
