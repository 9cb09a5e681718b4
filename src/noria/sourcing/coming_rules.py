"""What lies where once what comes has come: values in, values out."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from msgspec import Struct

from noria.promise.atp_model import Supply, SupplyKind
from noria.promise.atp_rules import Picture, is_late

MOST_DAYS = 20
"""On how many days on which something comes it is looked whether that is enough."""

Shelves = Mapping[str, Mapping[str, int]]


class Coming(Struct, frozen=True, kw_only=True):
    """What a channel may be sent of some SKUs: now, and as supply comes.

    `units` are by SKU and node; below zero where more is kept back than there is. `supplies` are
    those that have a day, the earliest first. `made` is who makes a SKU to order, `free` how many
    units each of them can still make.
    """

    units: Mapping[str, Mapping[str, int]]
    supplies: Sequence[Supply]
    made: Mapping[str, AbstractSet[str]]
    free: Mapping[str, int]


def coming(picture: Picture) -> Coming:
    """What a picture says of the days to come; what is late is left out: nobody knows its day.

    What is to be loaded leaves its shelf now. One capacity makes all that a maker makes.
    """
    units: dict[str, dict[str, int]] = defaultdict(dict)
    made: dict[str, set[str]] = defaultdict(set)
    days: dict[str, dict[date, int]] = defaultdict(dict)
    supplies = []
    for one in picture.free:
        units[one.shelf.sku][one.shelf.node] = one.units
    for supply in picture.supplies:
        if supply.kind is SupplyKind.PRODUCTION:
            made[supply.sku].add(supply.node)
            days[supply.node][supply.day] = supply.units
        elif supply.units < 0:
            shelf = units[supply.sku]
            shelf[supply.node] = shelf.get(supply.node, 0) + supply.units
        elif not is_late(supply, picture.today):
            supplies.append(supply)
    return Coming(
        units=units,
        supplies=sorted(supplies, key=lambda one: (one.day, one.document, one.sku, one.node)),
        made=made,
        free={node: sum(free.values()) for node, free in days.items()},
    )


def days(known: Coming, skus: Collection[str]) -> list[date | None]:
    """The days on which there is more of these SKUs, the earliest first; None: it can be made."""
    later = sorted({one.day for one in known.supplies if one.sku in skus})[:MOST_DAYS]
    return [None, *later] if any(known.made.get(sku) for sku in skus) else [*later]


def shelves(
    known: Coming, skus: Collection[str], ahead: Mapping[str, int], until: date | None
) -> dict[str, dict[str, int]]:
    """What each node has for an order once all has come that comes until a day; None: as it is.

    By SKU, the first units that come, or are made, are for the demand `ahead` of it.
    """
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for sku in sorted(skus):
        there, before = dict(known.units.get(sku, {})), ahead.get(sku, 0)
        for one in known.supplies:
            if one.sku == sku and until is not None and one.day <= until:
                gone = min(before, one.units)
                before -= gone
                there[one.node] = there.get(one.node, 0) + one.units - gone
        for node in sorted(known.made.get(sku, ())):
            gone = min(before, known.free[node])
            before -= gone
            there[node] = there.get(node, 0) + known.free[node] - gone
        for node, units in there.items():
            if units > 0:
                found[node][sku] = units
    return found


def made_before(known: Coming, skus: Collection[str], ahead: Mapping[str, int]) -> dict[str, int]:
    """By maker, the units of demand that is ahead: they are made first."""
    found: dict[str, int] = defaultdict(int)
    for sku in sorted(skus):
        before = ahead.get(sku, 0)
        for node in sorted(known.made.get(sku, ())):
            gone = min(before, known.free[node])
            before -= gone
            if gone:
                found[node] += gone
    return found


def are_enough(there: Shelves, wanted: Mapping[str, int]) -> bool:
    """Whether all nodes together have what is wanted."""
    return all(
        sum(units.get(sku, 0) for units in there.values()) >= count for sku, count in wanted.items()
    )
