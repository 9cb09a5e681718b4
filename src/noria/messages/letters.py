"""Messages as text and as MJML, which becomes the HTML that mail programs understand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined

from noria.messages import page, pickup_page, pickup_words, rules, withdraw_rules
from noria.messages.model import (
    Answered,
    Back,
    Day,
    Facts,
    Item,
    Paid,
    Part,
    Pickup,
    Sent,
    Step,
    Telling,
    Trouble,
    Turn,
    Window,
    Withdrawal,
    Withdrawn,
)
from noria.messages.outbox_model import Letter, MessageKind
from noria.messages.outbox_rules import LATE_TELLS, STEP_TELLS
from noria.messages.page import Speaker
from noria.messages.words import OPENINGS, SUBJECTS, TROUBLES

_MAILS = Environment(
    loader=PackageLoader("noria.messages", "mails"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS = _MAILS.overlay(autoescape=False)
Table = Mapping[str, Mapping[str, str]]
PARTLESS = {
    MessageKind.CANCELLED,
    MessageKind.NOT_COLLECTED,
    MessageKind.REFUNDED,
    MessageKind.WITHDRAWN,
    MessageKind.ANSWERED,
}
LATE = frozenset(LATE_TELLS.values())
WITH_CODE = {MessageKind.READY, MessageKind.PICKUP_REMINDER}
EXAMPLE_NODE = "Noria, 12 rue de Tournai, 59000 Lille"
EXAMPLE_PARTS = {
    MessageKind.REFUNDED: "r-1",
    MessageKind.ANSWERED: "q-1",
    MessageKind.WITHDRAWN: "w-1",
}
EXAMPLE_ANSWER = {
    "en": "We are sorry. A new one leaves today; you need not send the old one back.",
    "fr": "Nous sommes désolés. Un nouveau part aujourd'hui\u202f; inutile de renvoyer l'ancien.",
}
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
    opening = _opening(kind, told, parts, speaker, part=part)
    pickup = told.pickup if told.pickup and told.pickup.code else None
    filled = {
        "language": language,
        "say": speaker.say,
        "days": speaker.days,
        "told": told,
        "subject": _word(kind, told, language, SUBJECTS, pickup_words.SUBJECTS).format(
            order=told.order
        ),
        "opening": opening,
        "more": _more(kind, told, speaker, part=part),
        "parts": parts if kind not in PARTLESS else (),
        "steps": pickup_page.steps(told, language),
        "pickup": pickup if kind in WITH_CODE else None,
        "code": pickup_page.code(pickup) if pickup else "",
        "hours": pickup_page.hours(pickup, language) if pickup else (),
        "carrier": page.carrier,
        "url": url,
        "choices": _choices(told, url, speaker) if kind in LATE else (),
    }
    mjml = _MAILS.get_template("letter.mjml").render(**filled)
    return Letter(
        id=key,
        to=to,
        subject=str(filled["subject"]),
        text=_TEXTS.get_template("letter.txt").render(**filled).strip() + "\n",
        html=mrml.to_html(mjml).content,
        short=f"{opening} {url}",
        picture=pickup_page.png(pickup.code)
        if pickup and pickup.code and kind in WITH_CODE
        else b"",
    )


def _more(kind: MessageKind, told: Telling, speaker: Speaker, *, part: str) -> Sequence[str]:
    """What follows the first sentence: why it is late or has no day yet, or what we answered."""
    if kind is MessageKind.ANSWERED:
        return [line for one in told.answers if one.report == part
                for line in one.words.splitlines() if line.strip()]  # fmt: skip
    if kind is MessageKind.CONFIRMED:
        return [*(page.more(told, speaker) if told.window is None else ()), *_rights(told, speaker)]
    return page.more(told, speaker) if kind in LATE else ()


def _rights(told: Telling, speaker: Speaker) -> list[str]:
    """What of an order nobody can withdraw from, and why: law has it confirmed on paper."""
    barred = [
        speaker.say("barred_line", goods=one.item.name, why=speaker.say(f"bar_{one.bar.value}"))
        for one in told.barred
    ]
    return [speaker.say("barred"), *barred] if barred else []


def _choices(told: Telling, url: str, speaker: Speaker) -> Sequence[tuple[str, str]]:
    """What who is told that it is late may do, each as its address and what it is called.

    An address alone does nothing: mail programs open them by themselves.
    """
    if not told.may_choose:
        return ()
    here, _, query = url.partition("?")
    ways = [("wait", "wait"), ("cancel", "cancel")]
    if told.can_move:
        ways.append(("place", "place" if told.pickup else "place_from_home"))
    return [(f"{here}/{path}?{query}".rstrip("?"), speaker.say(name)) for path, name in ways]


def _word(kind: MessageKind, told: Telling, language: str, plain: Table, collected: Table) -> str:
    """What is said of orders that are collected, if it is another thing."""
    own = collected[language].get(kind.value)
    if own is not None and (told.pickup is not None or kind.value not in plain[language]):
        return own
    return plain[language][kind.value]


def _opening(
    kind: MessageKind, told: Telling, parts: Sequence[Part], speaker: Speaker, *, part: str
) -> str:
    """The sentence of the message: of its part, if it is about one; no day where none is told."""
    window = parts[0].window if len(parts) == 1 and parts[0].window else told.window
    sentence = _word(kind, told, speaker.language, OPENINGS, pickup_words.OPENINGS)
    if window is None and "{days}" in sentence:
        sentence = sentence.partition(". ")[0] + "."
    pickup = told.pickup
    amounts = [pickup_page.amount(one, speaker.language)
               for one in told.refunded if one.refund == part]  # fmt: skip
    troubles = [TROUBLES[speaker.language][one.trouble]
                for one in told.answers if one.report == part]  # fmt: skip
    return sentence.format(
        days=speaker.days(window) if window else "",
        place=told.goes_to,
        code=pickup_page.code(pickup) if pickup else "",
        until=speaker.last_day(pickup.keep_until) if pickup and pickup.keep_until else "",
        amount=amounts[0] if amounts else "",
        **_withdrawn(told, speaker, part),
        pay_by=speaker.hour(told.pay_by) if told.pay_by else "",
        trouble=troubles[0] if troubles else "",
    )


def _withdrawn(told: Telling, speaker: Speaker, part: str) -> dict[str, str]:
    """What a customer withdrew from, in words: what, when, and where it goes."""
    for one in told.withdrawn:
        if one.id == part:
            back = page.sent_back(one, speaker)
            if one.back is not Back.CALLED_OFF:
                back = f"{back} {speaker.say('paid_back')}"
            return {"goods": one.goods, "at": speaker.hour(one.at), "back": back}
    return {"goods": "", "at": "", "back": ""}


def example(kind: MessageKind, language: str, url: str) -> Letter:
    """A message as it would look, of an order that is made up: for whoever words them."""
    now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    step = Step.READY if kind is MessageKind.PICKUP_REMINDER else STEP_OF.get(kind)
    is_over = kind in PARTLESS
    is_chosen, is_out = kind is MessageKind.DAY_CHOSEN, step not in {None, Step.PREPARED}
    is_late = kind is MessageKind.DELAYED or is_chosen
    is_unpaid = kind is MessageKind.PAYMENT_REMINDER
    is_waiting = kind is MessageKind.PROMISED
    items = [
        Item(sku="22423", name="Regency cakestand 3 tier", units=1),
        Item(sku="20725", name="Lunch bag red retrospot", units=4),
    ]
    sent = Sent(
        leg="536365.1",
        arrives_on=monday if is_late else friday,
        items=items,
        is_in_store=step is Step.READY,
        ready_at=now if step is Step.READY else None,
        picked_at=now if step else None,
        shipped_at=now if is_out else None,
        delivered_at=now if step is Step.DELIVERED else None,
    )
    facts = Facts(
        order="536365",
        time_zone="Europe/Paris",
        goes_to="Marseille Prado, 41 avenue du Prado, 13006 Marseille"
        if step is Step.READY
        else "13006 Marseille",
        told=Window(friday, friday),
        is_held=is_unpaid,
        is_unpaid=is_unpaid,
        pay_by=now + timedelta(days=1) if is_unpaid else None,
        is_unsure=kind is MessageKind.UNSURE,
        turns=[Turn(at=now, window=Window(monday, monday), is_chosen=is_chosen)] if is_late else [],
        waiting=items if is_waiting else [],
        cancelled=items if is_over else [],
        sent=[] if is_over or is_waiting else [sent],
        stoppable=len(items) if kind in LATE else 0,
        can_move=kind in LATE,
        pickup=_example_pickup(now) if step is Step.READY else None,
        withdrawal=Withdrawal(
            made=[
                Withdrawn(id="w-1", at=now, goods=withdraw_rules.told(items), goes_to=EXAMPLE_NODE)
            ]
        ),
        refunded=[Paid(refund="r-1", cents=2580, currency="EUR")],
        answers=[
            Answered(report="q-1", trouble=Trouble.DAMAGED, at=now, words=EXAMPLE_ANSWER[language])
        ],
    )
    told = rules.telling(facts, now)
    part = EXAMPLE_PARTS.get(kind, sent.leg if step else "")
    return letter(
        kind, told, part=part, key="example", to="customer@example.com", url=url,
        language=language, facts=facts,
    )  # fmt: skip


def _example_pickup(now: datetime) -> Pickup:
    days = [(now + timedelta(days=count)).date() for count in range(7)]
    return Pickup(
        store="Marseille Prado",
        town="13006 Marseille",
        time_zone="Europe/Paris",
        days=[
            Day(day=day, spans=[(time(10), time(19))] if day.weekday() < 6 else []) for day in days
        ],
        code="7KM4QXP",
        keep_until=now + timedelta(days=7),
        remind_at=now,
    )
