"""What is told of an exception, and what is proposed: facts in, words and calls out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import structs

from noria.kit import moments
from noria.kit.auth import Actor
from noria.kit.errors import Text
from noria.tower.exception_model import (
    Call,
    ExceptionKind,
    ExceptionRow,
    FoundException,
    KindShown,
    Proposal,
    Remedy,
    Zones,
)
from noria.tower.exception_table import BY_KIND
from noria.tower.exception_words import COUNTED, MOMENTS, NOBODY, ONE_UNIT, SPANS, UNITS, WORDS

UNKNOWN = "—"
IN_UTC = Zones()
PRESSING = timedelta(hours=4)
"""What is due within it comes first where what is urgent does."""


def shown(
    found: FoundException, actor: Actor, *, now: datetime, zones: Zones = IN_UTC
) -> ExceptionRow:
    """An exception as somebody sees it: in their language, with what they may do about it.

    Its moments are told by the clock of its node, or of the house where it has none.
    """
    kind = BY_KIND[found.kind]
    language = actor.language
    said = words(found.facts, language, zones, found.node)
    return ExceptionRow(
        key=f"{found.kind} {found.subject} {found.detail}",
        kind=found.kind,
        name=kind.name.filled(language, {}),
        subject=found.subject,
        node=found.node,
        since=found.since,
        detail=kind.detail.filled(language, said).strip(),
        facts=found.facts,
        due_at=found.due_at,
        money_cents=found.money_cents,
        currency=found.currency,
        owner=found.owner,
        proposal=proposal(kind, found, actor, now=now),
        assigned_to=found.assigned_to,
        assigned_name=found.assigned_name,
        snoozed_until=found.snoozed_until,
        comments=found.comments,
        escalated_to=found.escalated_to,
        escalated_at=found.escalated_at,
    )


def proposal(
    kind: ExceptionKind, found: FoundException, actor: Actor, *, now: datetime
) -> Proposal | None:
    """What one call of this actor's does about it: the first remedy that fits and that they may."""
    for remedy in kind.remedies:
        if _fits(remedy, found.facts) and actor.may(remedy.needs, found.node):
            facts = {**found.facts, "node": found.node}
            facts |= {"now": now.isoformat(), "today": now.date().isoformat(), "id": "{id}"}
            may_undo = remedy.undo_needs is None or actor.may(remedy.undo_needs, found.node)
            return _offered(remedy, facts, actor.language, may_undo=may_undo)
    return None


def kind_shown(kind: ExceptionKind, language: str) -> KindShown:
    """A kind as the API tells it; what is filled from facts is shown by their names."""
    return KindShown(
        kind=kind.kind,
        name=kind.name.filled(language, {}),
        means=kind.means.filled(language, {}),
        owners=[role.value for role in kind.owners],
        money=kind.money.filled(language, {}),
        closes=kind.closes.filled(language, {}),
        proposals=[_offered(one, None, language, may_undo=True) for one in kind.remedies],
    )


def words(
    facts: Mapping[str, Any], language: str, zones: Zones = IN_UTC, node: str | None = None
) -> dict[str, Any]:
    """Facts as they are said: codes as words, moments and days as the reader writes them."""
    said: dict[str, Any] = {}
    for name, value in facts.items():
        if value is None:
            said[name] = NOBODY.filled(language, {}) if name == "who" else UNKNOWN
        elif name in MOMENTS:
            said[name] = _moment(str(value), language, zones, node)
        elif name in COUNTED and isinstance(value, int):
            said[name] = units(value, language)
        elif name == "minutes":
            said[name] = _span(int(value), language)
        elif word := WORDS.get(name, {}).get(str(value)):
            said[name] = word.filled(language, {})
        else:
            said[name] = value
    return said


def _fits(remedy: Remedy, facts: Mapping[str, Any]) -> bool:
    return all(facts.get(name) in allowed for name, allowed in remedy.when.items())


def _offered(
    remedy: Remedy, facts: Mapping[str, Any] | None, language: str, *, may_undo: bool
) -> Proposal:
    call = filled(remedy.call, facts, language)
    return Proposal(
        action=remedy.name,
        label=remedy.label.filled(language, {}),
        does=remedy.does.filled(language, {}),
        method=call.method,
        path=call.path,
        body=call.body,
        undo=filled(remedy.undo, facts, language) if remedy.undo and may_undo else None,
    )


def filled(call: Call, facts: Mapping[str, Any] | None, language: str) -> Call:
    """A call with its facts and its words; None: its names as they stand in the table."""
    path = call.path if facts is None else call.path.format_map(facts)
    return structs.replace(call, path=path, body=_filled_body(call.body, facts, language))


def _filled_body(body: Any, facts: Mapping[str, Any] | None, language: str) -> Any:
    if isinstance(body, Text):
        return body.filled(language, {})
    if isinstance(body, str):
        return body if facts is None else _filled_text(body, facts)
    if isinstance(body, Mapping):
        return {name: _filled_body(value, facts, language) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled_body(value, facts, language) for value in body]
    return body


def _filled_text(text: str, facts: Mapping[str, Any]) -> Any:
    """What is nothing but a fact is that fact, be it a number or more; else it is told in words."""
    name = text[1:-1]
    return facts[name] if text == f"{{{name}}}" and name in facts else text.format_map(facts)


def units(count: int, language: str) -> str:
    """So many units: French has one of them, and none, in the singular."""
    is_one = abs(count) < 2 if language == "fr" else abs(count) == 1
    return f"{count} {(ONE_UNIT if is_one else UNITS).filled(language, {})}"


def _span(minutes: int, language: str) -> str:
    """How long that is, in the largest unit of which it is a whole number of at least two."""
    length, unit = next(
        (one for one in SPANS if minutes >= 2 * one[0] and minutes % one[0] == 0), SPANS[-1]
    )
    return f"{minutes // length} {unit.filled(language, {})}"


def _moment(value: str, language: str, zones: Zones, node: str | None) -> str:
    """A moment or a day as it is written in a sentence.

    A moment is told by the clock of the node, which is named where it is not that of the house.
    """
    if len(value) == len("2011-11-28"):
        return moments.day(date.fromisoformat(value), language)
    zone = zones.of_nodes.get(node or "", zones.usual)
    return moments.moment(datetime.fromisoformat(value), language, zone, zones.usual)
