"""Decisions about fences: values in, values out."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from babel.numbers import format_decimal

from noria.kit import moments
from noria.kit.errors import Fault, Text
from noria.promise.atp_model import Free
from noria.promise.fence_model import (
    AssortmentRule,
    Barred,
    ChannelNetwork,
    Doubt,
    Missed,
    Trust,
)
from noria.promise.keep_back_model import EVERYTHING, FENCES, OWN_BUFFER, Because, Purpose

DOUBTED_UNITS = 10
"""So many units of a shelf, at least, are not promised once a unit was not found there."""

HOUR_MINUTES = 60

NOT_ACTIVE, NOT_FOUND, NOT_SOLD = "partner-not-active", "not-found-there", "not-sold-there"
FIGURES, TERMS = "figures", "terms"
UNSELLABLE, NAMED, UNSOURCED = "unsellable", "named", "unsourced"
"""What takes all of a shelf, beside what rules keep back."""

REASONS: Mapping[str, Text] = {
    NOT_ACTIVE: Text("the partner is not active", "le partenaire n'est pas actif"),
    NOT_FOUND: Text(
        "a unit was not found there, and a count is called",
        "une unité n'y a pas été trouvée, et un comptage est demandé",
    ),
    NOT_SOLD: Text("left out of what the channel sells", "exclu de ce que vend le canal"),
    OWN_BUFFER: Text("the node's own", "celui du site"),
    TERMS: Text(
        "from {minimum_units} units on, in packs of {pack_units}",
        "à partir de {minimum_units} unités, par lots de {pack_units}",
    ),
    FIGURES: Text(
        "believed to {trust}%: counted on {counted_at}, expected every {every_minutes};"
        " {refused_units} of {asked_units} refused; a feed loses {lost}%",
        "cru à {trust}\u202f%\u202f: compté le {counted_at}, attendu toutes les"
        " {every_minutes}\u202f; {refused_units} refusées sur {asked_units}\u202f; un envoi perd"
        " {lost}\u202f%",
    ),
}
"""What rules that nobody wrote give as a reason: a code, and perhaps figures (`reason`)."""


def network_faults(network: ChannelNetwork) -> list[Fault]:
    """What is wrong with a channel's network, field by field."""
    faults = _faults_of_dates(network.valid_from, network.valid_until)
    if not network.nodes and not network.node_kinds:
        faults.append(
            Fault("/nodes", "name the nodes or the kinds of nodes that serve", "required")
        )
    return faults


def serves(network: ChannelNetwork, day: date) -> bool:
    """Whether a network says on this day which nodes serve its channel."""
    return (network.valid_from or date.min) <= day <= (network.valid_until or date.max)


def assortment_faults(rule: AssortmentRule) -> list[Fault]:
    """What is wrong with a rule of assortment, field by field."""
    faults = _faults_of_dates(rule.valid_from, rule.valid_until)
    if rule.sku is not None and rule.category is not None:
        faults.append(Fault("/category", "name a SKU or a category, not both"))
    if rule.category == "":
        faults.append(Fault("/category", "leave it out to mean all goods", "required"))
    if rule.node is not None and rule.node_kind is not None:
        faults.append(Fault("/node_kind", "name a node or a kind of nodes, not both"))
    return faults


def _faults_of_dates(valid_from: date | None, valid_until: date | None) -> list[Fault]:
    if valid_from and valid_until and valid_until < valid_from:
        return [Fault("/valid_until", "it ends before it begins")]
    return []


def barred(free: Iterable[Free]) -> list[Barred]:
    """Shelves that have units of which none can be promised because of a fence, or of no trust."""
    return [
        bar
        for one in free
        if one.shelf.on_shelf > 0 and one.units <= 0
        for bar in bars(one.shelf.sku, one.shelf.node, one.because)
    ]


def spent(free: Iterable[Free]) -> list[Barred]:
    """Shelves of which all that lies there is kept back, by what keeps most of it; no fence does.

    Of two that keep as much, the first that is asked counts.
    """
    return [
        _spent(one)
        for one in free
        if one.shelf.on_shelf > 0
        and one.units <= 0
        and not bars(one.shelf.sku, one.shelf.node, one.because)
    ]


def _spent(one: Free) -> Barred:
    takes: list[tuple[int, str, str | None, str]] = [
        *((each.units, each.purpose.value, each.rule, each.reason) for each in one.because),
        (one.shelf.unsellable, UNSELLABLE, None, ""),
        (one.shelf.named, NAMED, None, ""),
    ]
    _, purpose, rule, reason = max(takes, key=lambda take: take[0])
    return Barred(node=one.shelf.node, sku=one.shelf.sku, purpose=purpose, rule=rule, reason=reason)


def unshown(
    free: Sequence[Free], shown: Container[tuple[str, str]], unsourced: Mapping[str, int]
) -> list[Barred]:
    """Shelves that have units of which none is shown; `shown` are SKUs at nodes.

    Accepted orders wait for as many as there are everywhere, or there are fewer than a threshold.
    """
    there: dict[str, int] = {}
    for one in free:
        there[one.shelf.sku] = there.get(one.shelf.sku, 0) + max(0, one.units)
    return [
        Barred(
            node=one.shelf.node,
            sku=one.shelf.sku,
            purpose=UNSOURCED
            if unsourced.get(one.shelf.sku, 0) >= there[one.shelf.sku]
            else Purpose.THRESHOLD.value,
            rule=None,
            reason="",
        )
        for one in free
        if one.units > 0 and (one.shelf.sku, one.shelf.node) not in shown
    ]


def bars(sku: str, node: str, because: Iterable[Because]) -> list[Barred]:
    """What keeps all of a shelf, whatever lies on it: a fence, or no trust at all."""
    return [
        Barred(node=node, sku=sku, purpose=one.purpose.value, rule=one.rule, reason=one.reason)
        for one in because
        if one.units >= EVERYTHING and one.purpose in {*FENCES, Purpose.TRUST}
    ]


def changed(wanted: Sequence[Trust], kept: Sequence[Trust]) -> tuple[list[Trust], list[str]]:
    """What of trust has to be written, and the nodes whose trust is whole again.

    The reason is of the moment when the units changed: a minute later it would read otherwise.
    """
    known = {one.node: one for one in kept}
    named = {one.node for one in wanted}
    return (
        [
            one
            for one in wanted
            if one.units and (one.node not in known or known[one.node].units != one.units)
        ],
        sorted(
            {one.node for one in wanted if not one.units and one.node in known}
            | {node for node in known if node not in named}
        ),
    )


def doubted(missed: Sequence[Missed]) -> list[Doubt]:
    """Of each shelf, in key order, the units that it shall not promise until it is counted.

    As many again as were missed, and `DOUBTED_UNITS` at least: who missed one of ten has seen that
    the other nine are not there either, while hundreds may lie in another location.
    """
    units: dict[tuple[str, str], int] = {}
    for one in missed:
        units[one.sku, one.node] = units.get((one.sku, one.node), 0) + one.units
    return [
        Doubt(sku=sku, node=node, units=max(count, DOUBTED_UNITS))
        for (sku, node), count in sorted(units.items())
    ]


def reason(code: str, **figures: object) -> str:
    """A reason of ours as it is stored: its code, and each figure by its name, in no language."""
    return " ".join([code, *(f"{name}={one}" for name, one in figures.items())])


def said(stored: str) -> Text:
    """A stored reason in words: those of ours in each language, what a person wrote as it is."""
    code, *figures = stored.split(" ")
    words = REASONS.get(code)
    if words is None or not all("=" in one for one in figures):
        return Text(stored, stored)
    known = dict(one.split("=", 1) for one in figures)
    return Text(words.filled("en", _spoken(known, "en")), words.filled("fr", _spoken(known, "fr")))


def _spoken(known: Mapping[str, str], language: str) -> dict[str, str]:
    """Figures as a reader writes them: a moment by the clock of the node, a span in hours."""
    spoken = dict(known)
    for name in ("refused_units", "asked_units"):
        if name in known:
            spoken[name] = format_decimal(int(known[name]), locale=language)
    if at := known.get("counted_at"):
        counted_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
        zone = known.get("zone", moments.UTC)
        spoken["counted_at"] = moments.moment(counted_at, language, zone)
    if minutes := known.get("every_minutes"):
        every = int(minutes)
        is_short = every < 2 * HOUR_MINUTES
        spoken["every_minutes"] = f"{every} min" if is_short else f"{every / HOUR_MINUTES:.0f} h"
    return spoken
