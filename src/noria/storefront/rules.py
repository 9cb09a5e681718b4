"""Whose turn it is when units are back: in the order of asking, no more people than units."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from noria.promise.model import Available
from noria.storefront.model import Open

TURN = timedelta(hours=24)
"""For so long the unit that somebody was told of is nobody else's news, also where none is held."""


def left(shown: Iterable[Available], spoken: Mapping[str, int]) -> dict[str, int]:
    """Units of one SKU by node that nobody was told of yet; `spoken` are those of running turns.

    Demand that is accepted and at no node yet goes first, wherever it will be served from: so many
    units, of the largest shelves, are nobody's news either.
    """
    rows = list(shown)
    units = {one.node: max(0, _own(one) - spoken.get(one.node, 0)) for one in rows}
    unsourced = max((one.unsourced for one in rows), default=0)
    for node in sorted(units, key=lambda code: (-units[code], code)):
        taken = min(unsourced, units[node])
        units[node] -= taken
        unsourced -= taken
    return units


def _own(one: Available) -> int:
    """The sum of a shelf by itself, as `Available` says it."""
    kept = one.buffer + one.safety + one.trust + one.protection + one.named + one.unsellable
    return one.on_shelf + one.expired + one.own - kept


def turns(
    waiting: Sequence[Open],
    left: Mapping[str | None, Mapping[str, int]],
    reach: Callable[[Open, Mapping[str, int]], str | None],
) -> list[tuple[Open, str]]:
    """Who is told now, and of which node's unit: those who asked first, as long as there are units.

    `left` are the units that each channel may have. `reach` says from which of the nodes that have
    one a unit could get to somebody; who cannot be reached is passed over, and keeps their place.
    """
    rest = {channel: dict(units) for channel, units in left.items()}
    found = []
    for one in waiting:
        there = {code: units for code, units in rest.get(one.channel, {}).items() if units > 0}
        node = reach(one, there) if there else None
        if node is not None:
            for units in rest.values():
                units[node] = units.get(node, 0) - 1
            found.append((one, node))
    return found


def turn_until(one: Open, due_at: datetime) -> datetime:
    """Until when a unit is theirs, from when they hear of it: as long as it is held, else a day."""
    return due_at + (timedelta(minutes=one.hold_minutes) if one.hold_minutes else TURN)
