"""Which rule wins, and how many units it keeps back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from noria.kit.errors import Fault
from noria.promise.keep_back_model import (
    ADDED,
    MEASURED_DAYS,
    OWN_BUFFER,
    Because,
    KeepBack,
    Purpose,
    Shelf,
)

Named = tuple[str, str] | None
"""What a rule names of the goods or the place: ("sku", "mug"), ("category", "lamps"), or all."""

Rulebook = Mapping[
    tuple[Purpose, str | None], Mapping[Named, Mapping[Named, Mapping[str | None, KeepBack]]]
]
"""By purpose (a protection: and by the channel it is for), goods, place and channel: one rule."""

ELSEWHERE = {
    Purpose.TRUST: "trust is measured, and not set",
    Purpose.NETWORK: "say it as PUT /v1/channel-networks/{id}",
    Purpose.ASSORTMENT: "say it as PUT /v1/assortment-rules/{id}",
}
"""Purposes that have a door of their own."""


def rulebook(rules: Sequence[KeepBack]) -> Rulebook:
    """Rules laid out so that the winner for a shelf is found without reading the others.

    Of two that name exactly the same, the one that begins later wins, then the later id.
    """
    book: dict[
        tuple[Purpose, str | None], dict[Named, dict[Named, dict[str | None, KeepBack]]]
    ] = {}
    for rule in sorted(rules, key=lambda rule: (rule.valid_from or date.min, rule.id)):
        is_for = rule.channel if rule.purpose is Purpose.PROTECTION else None
        about = None if rule.purpose is Purpose.PROTECTION else rule.channel
        places = book.setdefault((rule.purpose, is_for), {}).setdefault(_goods(rule), {})
        places.setdefault(_place(rule), {})[about] = rule
    return book


def winner(
    book: Rulebook, purpose: Purpose, is_for: str | None, shelf: Shelf, channel: str | None
) -> KeepBack | None:
    """The most specific rule of a purpose for a shelf and whoever asks, if there is any.

    Goods say more than places, places more than channels: a rule that names the SKU beats one that
    names its category, and that one any that names no goods; among these, a node beats its kind,
    and that beats all places; among these, a rule about the channel beats one about all.
    """
    by_goods = book.get((purpose, is_for))
    if by_goods is None:
        return None
    for goods in (("sku", shelf.sku), ("category", shelf.category), None):
        by_place = by_goods.get(goods)
        if by_place is None:
            continue
        for place in (("node", shelf.node), ("kind", shelf.node_kind.value), None):
            by_channel = by_place.get(place)
            if by_channel is None:
                continue
            rule = by_channel.get(channel) or by_channel.get(None)
            if rule is not None:
                return rule
    return None


def kept(book: Rulebook, shelf: Shelf, channel: str | None) -> list[Because]:
    """What is kept back from `channel` at a shelf, purpose by purpose; thresholds are apart.

    Who names no channel is in none: everything that is protected is kept from it.
    """
    found = [*_buffer(book, shelf, channel)]
    safety = winner(book, Purpose.SAFETY, None, shelf, channel)
    if safety is not None and _is_doubtful(safety, shelf):
        found.append(_because(safety, shelf))
    found += [
        _because(rule, shelf)
        for purpose in ADDED
        if (rule := winner(book, purpose, None, shelf, channel)) is not None
    ]
    for purpose, is_for in book:
        if purpose is Purpose.PROTECTION and is_for != channel:
            protection = winner(book, purpose, is_for, shelf, channel)
            if protection is not None:
                found.append(_because(protection, shelf))
    return [one for one in found if one.units]


def threshold(book: Rulebook, shelf: Shelf, channel: str | None) -> Because | None:
    """Below how many units a channel no longer sees a shelf, if a rule says so."""
    rule = winner(book, Purpose.THRESHOLD, None, shelf, channel)
    return None if rule is None else _because(rule, shelf)


def units(rule: KeepBack, sold: int) -> int:
    """How many units a rule keeps: its own, or its days times a mean day's sales, rounded up."""
    if rule.units is not None:
        return rule.units
    assert rule.days is not None
    return -(-rule.days * sold // MEASURED_DAYS)


def faults(rule: KeepBack) -> list[Fault]:
    """What is wrong with a rule that somebody makes, field by field."""
    if rule.purpose in ADDED:
        return [Fault("/purpose", ELSEWHERE[rule.purpose])]
    return [*faults_of_scope(rule), *_faults_of_amount(rule)]


def _goods(rule: KeepBack) -> Named:
    if rule.sku is not None:
        return ("sku", rule.sku)
    return None if rule.category is None else ("category", rule.category)


def _place(rule: KeepBack) -> Named:
    if rule.node is not None:
        return ("node", rule.node)
    return None if rule.node_kind is None else ("kind", rule.node_kind.value)


def _buffer(book: Rulebook, shelf: Shelf, channel: str | None) -> Iterator[Because]:
    """The node's own buffer is the most general rule there is: any other one beats it."""
    rule = winner(book, Purpose.BUFFER, None, shelf, channel)
    if rule is not None:
        yield _because(rule, shelf)
    elif shelf.buffer_units:
        yield Because(purpose=Purpose.BUFFER, units=shelf.buffer_units, reason=OWN_BUFFER)


def _is_doubtful(rule: KeepBack, shelf: Shelf) -> bool:
    """Whether a node's book was measured, and found right less often than the rule asks."""
    assert rule.below_accuracy is not None
    return shelf.accuracy is not None and shelf.accuracy < rule.below_accuracy


def _because(rule: KeepBack, shelf: Shelf) -> Because:
    return Because(
        purpose=rule.purpose,
        units=units(rule, shelf.sold),
        rule=rule.id,
        reason=rule.reason,
        channel=rule.channel,
    )


def faults_of_scope(rule: KeepBack) -> Iterator[Fault]:
    """What is wrong with the goods, places, channel and dates that a rule names."""
    if rule.sku is not None and rule.category is not None:
        yield Fault("/category", "name a SKU or a category, not both")
    if rule.category == "":
        yield Fault("/category", "leave it out to mean all goods", "required")
    if rule.node is not None and rule.node_kind is not None:
        yield Fault("/node_kind", "name a node or a kind of nodes, not both")
    if rule.purpose is Purpose.PROTECTION and rule.channel is None:
        yield Fault("/channel", "say which channel it is kept for", "required")
    if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
        yield Fault("/valid_until", "it ends before it begins")


def _faults_of_amount(rule: KeepBack) -> Iterator[Fault]:
    if rule.units is None and rule.days is None:
        yield Fault("/units", "say how many units, or how many days of sales", "required")
    if rule.units is not None and rule.days is not None:
        yield Fault("/days", "say units or days, not both")
    if rule.purpose is Purpose.SAFETY and rule.below_accuracy is None:
        yield Fault("/below_accuracy", "say below which accuracy it holds", "required")
    if rule.purpose is not Purpose.SAFETY and rule.below_accuracy is not None:
        yield Fault("/below_accuracy", "only a safety asks for the accuracy of a node")
