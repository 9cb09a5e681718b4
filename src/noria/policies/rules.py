"""Which settings hold for what is decided, what is wrong with a policy, and how two differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct, structs

from noria.kit.errors import Fault
from noria.policies.model import (
    OF_A_NODE,
    OF_ALL,
    Applied,
    Content,
    Difference,
    Known,
    Measure,
    Override,
    Priority,
    Protection,
    Ranking,
    Scope,
    Setting,
    SettingKind,
    Settings,
    Value,
)

TYPES: Mapping[str, Any] = get_type_hints(Settings, include_extras=True)
LISTS = ("overrides", "protections")


class Rulebook(Struct, frozen=True, kw_only=True):
    """A policy as it holds on one day; `known` remembers what was worked out."""

    settings: Settings
    overrides: Sequence[Override]
    known: dict[Scope, Applied]


def rulebook(content: Content, day: date) -> Rulebook:
    """Lay out a policy for a day: only the overrides that hold then, the strongest last."""
    return Rulebook(
        settings=content.settings,
        overrides=sorted((one for one in content.overrides if _holds(one, day)), key=strength),
        known={},
    )


def applied(book: Rulebook, scope: Scope) -> Applied:
    """The settings for what is decided: each field by itself from the strongest that sets it.

    The goods say more than the place, the place more than the channel, the channel more than the
    country; a node says more than its kind. Of two that name exactly the same, the one that begins
    later wins, then the later id.
    """
    found = book.known.get(scope)
    if found is None:
        found = book.known[scope] = _applied(book, scope)
    return found


def has_nodes(book: Rulebook) -> bool:
    """Whether a setting of a node is other than what changes nothing, anywhere."""
    plain = Settings()
    return any(getattr(book.settings, name) != getattr(plain, name) for name in OF_A_NODE) or any(
        name in OF_A_NODE for one in book.overrides for name in one.sets
    )


def strength(one: Override) -> tuple[bool, int, bool, bool, date, str]:
    """How much an override says: the greatest wins."""
    place = 2 if one.node is not None else int(one.node_kind is not None)
    return (
        one.category is not None,
        place,
        one.channel is not None,
        one.country is not None,
        one.valid_from or date.min,
        one.id,
    )


def faults(content: Content, known: Known) -> list[Fault]:
    """What is wrong with a policy, each with the pointer of its field."""
    found = [*_twice(content)]
    for index, one in enumerate(content.overrides):
        found += [
            structs.replace(fault, pointer=f"/overrides/{index}{fault.pointer}")
            for fault in (*_names(one, known), *_dates(one), *_faults_of_override(one))
        ]
    for index, kept in enumerate(content.protections):
        found += [
            structs.replace(fault, pointer=f"/protections/{index}{fault.pointer}")
            for fault in (*_names(kept, known), *_dates(kept), *_faults_of_protection(kept, known))
        ]
    return found


def differences(before: Content, after: Content) -> list[Difference]:
    """All that differs, field by field; overrides and protections are told by their ids."""
    one, other = _flat(before), _flat(after)
    return [
        Difference(pointer=pointer, before=one.get(pointer), after=other.get(pointer))
        for pointer in sorted({*one, *other})
        if one.get(pointer) != other.get(pointer)
    ]


def settings() -> list[Setting]:
    """Every setting with its bounds, in the order in which they are told."""
    schema = msgspec.json.schema(Settings)["$defs"]
    usual = msgspec.to_builtins(Settings())
    return [
        _setting(name, told, schema, usual[name])
        for name, told in schema["Settings"]["properties"].items()
    ]


def priorities(
    content: Content, channels: Iterable[str], measures: Sequence[Measure], day: date
) -> list[Priority]:
    """Channels, the one to serve first first.

    An override that names the channel (an event between two days, for instance) says its rank. If
    there is none and the policy ranks by measures, each measure is scaled over the channels from 0
    (worst) to 1 (best), and the rank is 100 times the weighted mean. Otherwise it is the policy's.
    """
    book = rulebook(content, day)
    fresh = _fresh(measures, content.ranking, day)
    scores = _scores(fresh, content.ranking)
    found = [_priority(book, channel, scores) for channel in sorted(set(channels))]
    return sorted(found, key=lambda one: (-one.rank, one.channel))


def _setting(
    name: str, told: Mapping[str, Any], schema: Mapping[str, Any], usual: Value
) -> Setting:
    choices = schema[told["$ref"].rpartition("/")[2]]["enum"] if "$ref" in told else ()
    kinds = {"integer": SettingKind.WHOLE, "number": SettingKind.SHARE}
    kinds |= {"boolean": SettingKind.SWITCH}
    return Setting(
        name=name,
        kind=kinds.get(told.get("type", ""), SettingKind.CHOICE),
        minimum=told.get("minimum"),
        maximum=told.get("maximum"),
        choices=choices,
        usual=usual,
        is_of_a_node=name in OF_A_NODE,
        is_of_all=name in OF_ALL,
    )


def _applied(book: Rulebook, scope: Scope) -> Applied:
    values: dict[str, Any] = {}
    by: dict[str, str] = {}
    for one in book.overrides:
        if _fits(one, scope):
            for name, value in one.sets.items():
                if scope.node is not None or name not in OF_A_NODE:
                    values[name] = msgspec.convert(value, TYPES[name])
                    by[name] = one.id
    settings = structs.replace(book.settings, **values)
    return Applied(settings=settings, overrides=tuple(sorted(set(by.values()))))


def _holds(one: Override | Protection, day: date) -> bool:
    return (one.valid_from or date.min) <= day <= (one.valid_until or date.max)


def _fits(one: Override, scope: Scope) -> bool:
    return (
        one.channel in (None, scope.channel)
        and one.country in (None, scope.country)
        and (one.category is None or one.category in scope.categories)
        and one.node in (None, scope.node)
        and one.node_kind in (None, scope.node_kind)
    )


def _twice(content: Content) -> Iterator[Fault]:
    for name in LISTS:
        seen: set[str] = set()
        for index, one in enumerate(getattr(content, name)):
            if one.id in seen:
                yield Fault(f"/{name}/{index}/id", f"{one.id} is there twice")
            seen.add(one.id)


def _names(one: Override | Protection, known: Known) -> Iterator[Fault]:
    if one.node is not None and one.node_kind is not None:
        yield Fault("/node_kind", "a node says its kind already: leave one of them out")
    if one.channel is not None and one.channel not in known.channels:
        yield Fault("/channel", f"there is no channel {one.channel}")
    if one.node is not None and one.node not in known.nodes:
        yield Fault("/node", f"there is no node {one.node}")
    if one.category is not None and one.category not in known.categories:
        yield Fault("/category", "no SKU has this category")


def _dates(one: Override | Protection) -> Iterator[Fault]:
    if one.valid_from and one.valid_until and one.valid_from > one.valid_until:
        yield Fault("/valid_until", "it ends before it begins")


def _faults_of_override(one: Override) -> Iterator[Fault]:
    where = (one.channel, one.country, one.category, one.node, one.node_kind)
    if where == (None,) * 5 and one.valid_from is None and one.valid_until is None:
        yield Fault("", "it names nothing: set it for the whole policy instead")
    for name, value in one.sets.items():
        if name not in TYPES:
            yield Fault(f"/sets/{name}", "there is no such setting")
            continue
        try:
            msgspec.convert(value, TYPES[name])
        except msgspec.ValidationError as problem:
            yield Fault(f"/sets/{name}", str(problem))
        if name == "priority" and not _ranks_a_channel(one):
            yield Fault("/sets/priority", "name a channel, and neither a country nor a category")
        if name in OF_ALL:
            yield Fault(f"/sets/{name}", "it is one for all: set it for the whole policy instead")
        elif name not in OF_A_NODE and (one.node is not None or one.node_kind is not None):
            yield Fault(f"/sets/{name}", "it is one for an order, and cannot differ by node")


def _ranks_a_channel(one: Override) -> bool:
    """Whether a rank that it sets can count: it is one of a channel as a whole."""
    return one.channel is not None and one.country is None and one.category is None


def _faults_of_protection(one: Protection, known: Known) -> Iterator[Fault]:
    if (one.units is None) == (one.days is None):
        yield Fault("/units", "give either units or days")
    if one.sku is not None and one.category is not None:
        yield Fault("/category", "name a SKU or a category, not both")
    if one.sku is not None and one.sku not in known.skus:
        yield Fault("/sku", f"there is no SKU {one.sku}")


def _flat(content: Content) -> dict[str, Any]:
    """A policy as pointers and plain values."""
    plain = msgspec.to_builtins(content)
    found: dict[str, Any] = {}
    for name in ("settings", "ranking"):
        found |= {f"/{name}/{field}": value for field, value in plain[name].items()}
    for name in LISTS:
        for one in plain[name]:
            at = f"/{name}/{one['id']}"
            found |= {
                f"{at}/{field}": value
                for field, value in one.items()
                if field not in ("id", "sets") and value is not None
            }
            found |= {f"{at}/sets/{key}": value for key, value in one.get("sets", {}).items()}
    return found


def _fresh(measures: Sequence[Measure], ranking: Ranking, day: date) -> list[Measure]:
    """The last measure of each channel, if it still says something."""
    last = {
        one.channel: one
        for one in sorted(measures, key=lambda one: one.day)
        if 0 <= (day - one.day).days <= ranking.fresh_days
    }
    return [last[channel] for channel in sorted(last)]


def _scores(measures: Sequence[Measure], ranking: Ranking) -> dict[str, float]:
    """Ranks from 0 to 100; a measure in which all channels are alike puts each in the middle."""
    weights = {
        name: weight
        for name in ("conversion", "margin", "rotation")
        if (weight := getattr(ranking, name)) > 0
    }
    if not weights or not measures:
        return {}
    scores = dict.fromkeys((one.channel for one in measures), 0.0)
    for name, weight in weights.items():
        values = {one.channel: getattr(one, name) for one in measures}
        low, high = min(values.values()), max(values.values())
        for channel, value in values.items():
            share = 0.5 if high == low else (value - low) / (high - low)
            scores[channel] += 100 * weight * share / sum(weights.values())
    return {channel: round(score, 2) for channel, score in scores.items()}


def _priority(book: Rulebook, channel: str, scores: Mapping[str, float]) -> Priority:
    setting = [
        one
        for one in book.overrides
        if "priority" in one.sets and one.channel == channel and _ranks_a_channel(one)
    ]
    if setting:
        last = setting[-1]
        rank = int(last.sets["priority"])
        until = f" until {last.valid_until}" if last.valid_until else ""
        jusqua = f" jusqu'au {last.valid_until}" if last.valid_until else ""
        return Priority(
            channel=channel,
            rank=rank,
            by=last.id,
            en=f"{channel} has rank {rank}{until}: {last.reason}",
            fr=f"{channel} a le rang {rank}{jusqua}\u202f: {last.reason}",
        )
    if channel in scores:
        rank_measured = scores[channel]
        return Priority(
            channel=channel,
            rank=rank_measured,
            by="measures",
            en=f"{channel} has rank {rank_measured} by what was measured",
            fr=f"{channel} a le rang {rank_measured} d'après les mesures",
        )
    rank = book.settings.priority
    return Priority(
        channel=channel,
        rank=rank,
        by="settings",
        en=f"{channel} has rank {rank}, as all channels without one of their own",
        fr=f"{channel} a le rang {rank}, comme tout canal sans rang propre",
    )
