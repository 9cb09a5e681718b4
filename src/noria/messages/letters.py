"""Messages as text and as MJML, which becomes the HTML that mail programs understand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined

from noria.messages import page, rules
from noria.messages.model import Facts, Item, Part, Sent, Step, Telling, Turn, Window
from noria.messages.outbox_model import Letter, MessageKind
from noria.messages.outbox_rules import STEP_TELLS
from noria.messages.page import Speaker
from noria.messages.words import OPENINGS, STEPS, SUBJECTS

_MAILS = Environment(
    loader=PackageLoader("noria.messages", "mails"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS = _MAILS.overlay(autoescape=False)
STEP_OF = {kind: step for step, kind in STEP_TELLS.items()}


def letter(
    kind: MessageKind,
    told: Telling,
    *,
    part: str,
    key: str,
    to: str,
    url: str,
    language: str,
    facts: Facts,
) -> Letter:
    """A message of this kind: about one leg if `part` names one, else about all of the order."""
    speaker = Speaker(language, told.time_zone)
    legs = [one.leg for one in facts.sent]
    parts = [told.parts[legs.index(part)]] if part in legs else told.parts
    opening = _opening(kind, told, parts, speaker)
    filled = {
        "language": language,
        "say": speaker.say,
        "days": speaker.days,
        "told": told,
        "subject": SUBJECTS[language][kind.value].format(order=told.order),
        "opening": opening,
        "more": page.more(told, speaker) if kind is MessageKind.DELAYED else (),
        "parts": parts if kind is not MessageKind.CANCELLED else (),
        "steps": STEPS[language],
        "carrier": page.carrier,
        "url": url,
    }
    mjml = _MAILS.get_template("letter.mjml").render(**filled)
    return Letter(
        id=key,
        to=to,
        subject=str(filled["subject"]),
        text=_TEXTS.get_template("letter.txt").render(**filled).strip() + "\n",
        html=mrml.to_html(mjml).content,
        short=f"{opening} {url}",
    )


def _opening(kind: MessageKind, told: Telling, parts: Sequence[Part], speaker: Speaker) -> str:
    """The sentence of the message: of its part, if it is about one; no day where none is told."""
    window = parts[0].window if len(parts) == 1 and parts[0].window else told.window
    sentence = OPENINGS[speaker.language][kind.value]
    if window is None and "{days}" in sentence:
        sentence = sentence.partition(". ")[0] + "."
    return sentence.format(days=speaker.days(window) if window else "", place=told.goes_to)


def example(kind: MessageKind, language: str, url: str) -> Letter:
    """A message as it would look, of an order that is made up: for whoever words them."""
    now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    step = STEP_OF.get(kind)
    is_late, is_out = kind is MessageKind.DELAYED, step not in {None, Step.PREPARED}
    items = [
        Item(sku="22423", name="Regency cakestand 3 tier", units=1),
        Item(sku="20725", name="Lunch bag red retrospot", units=4),
    ]
    sent = Sent(
        leg="536365.1",
        arrives_on=monday if is_late else friday,
        items=items,
        picked_at=now if step else None,
        shipped_at=now if is_out else None,
        delivered_at=now if step is Step.DELIVERED else None,
    )
    facts = Facts(
        order="536365",
        time_zone="Europe/Paris",
        goes_to="13006 Marseille",
        told=Window(friday, friday),
        is_held=False,
        turns=[Turn(at=now, window=Window(monday, monday))] if is_late else [],
        waiting=[],
        cancelled=items if kind is MessageKind.CANCELLED else [],
        sent=[] if kind is MessageKind.CANCELLED else [sent],
        stoppable=0,
    )
    told = rules.telling(facts, now)
    part = sent.leg if step else ""
    return letter(
        kind, told, part=part, key="example", to="customer@example.com", url=url,
        language=language, facts=facts,
    )  # fmt: skip
