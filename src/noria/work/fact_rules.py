"""Decisions about what was told: values in, values out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from noria.catalog.gs1_model import Meaning
from noria.fulfilment.model import PackedUnits, UnitWeight
from noria.stock.tracked.model import NamedLot
from noria.supply.model import UnitLine
from noria.work.fact_model import (
    AlreadyConfirmed,
    Laid,
    Meant,
    MoreThanWanted,
    Open,
    UnitsUnaccounted,
    WrongSku,
)
from noria.work.model import Part, Surplus

LARGEST_SHOWN = 5


def laid(
    meant: Meant, tasks: Mapping[str, Sequence[Part]], slots: Mapping[str, int], *, about: str
) -> list[Laid]:
    """Units that were scanned on the tasks that want them: slot by slot, none in part if too many.

    `about` is the task or wave that the scan was for.

    Raises:
        WrongSku: none of them wants it.
        AlreadyConfirmed: all that they want is confirmed.
        MoreThanWanted: they want fewer.
    """
    wanting = [
        (task, part) for task, parts in tasks.items() for part in parts if part.sku == meant.sku
    ]
    if not wanting:
        raise WrongSku(task=about, sku=meant.sku)
    left = sum(part.left for _, part in wanting)
    if not left:
        raise AlreadyConfirmed(task=about, sku=meant.sku)
    if meant.units > left:
        raise MoreThanWanted(task=about, sku=meant.sku, left=left, asked=meant.units)
    found, units = [], meant.units
    for task, part in sorted(wanting, key=lambda one: (slots.get(one[0], 0), one[0])):
        taken = min(units, part.left)
        if taken:
            units -= taken
            found.append(Laid(task=task, slot=slots.get(task), units=taken, left=part.left - taken))
    return found


def check_finished(task: str, parts: Sequence[Part]) -> None:
    """Refuse to finish what is not accounted for.

    Raises:
        UnitsUnaccounted: some of it is neither confirmed nor missing.
    """
    if left := [f"{part.left} of {part.sku}" for part in parts if part.left]:
        raise UnitsUnaccounted(task=task, left=", ".join(left[:LARGEST_SHOWN]))


def surplus(scans: Sequence[Open], parts: Sequence[Part]) -> list[Surplus]:
    """Confirmed units that are not wanted any more: somebody cancelled meanwhile."""
    due = {part.sku: part.units - part.missing for part in parts}
    confirmed: dict[str, int] = defaultdict(int)
    for one in scans:
        confirmed[one.sku] += one.quantity
    return [
        Surplus(sku=sku, units=units - due.get(sku, 0))
        for sku, units in sorted(confirmed.items())
        if units > due.get(sku, 0)
    ]


def taken(scans: Sequence[Open], parts: Sequence[Part]) -> list[UnitLine]:
    """The units that were confirmed, by SKU, with their lots and serials: as many as are wanted.

    Of units that are not wanted any more, those that were scanned last go back.
    """
    units: dict[str, int] = defaultdict(int)
    lots: dict[str, dict[tuple[str, date | None], int]] = defaultdict(lambda: defaultdict(int))
    serials: dict[str, list[str]] = defaultdict(list)
    for one, kept in _kept(scans, parts):
        units[one.sku] += kept
        if one.serial is not None:
            serials[one.sku].append(one.serial)
        if one.lot is not None:
            lots[one.sku][one.lot, one.expires_on] += kept
    return [
        UnitLine(
            sku=sku,
            quantity=count,
            lots=tuple(
                NamedLot(lot=lot, quantity=several, expires_on=until)
                for (lot, until), several in lots[sku].items()
            ),
            serials=tuple(serials[sku]),
        )
        for sku, count in sorted(units.items())
        if count
    ]


def named(lines: Sequence[UnitLine]) -> tuple[PackedUnits, ...]:
    """The lots and serials that were taken, as a pick names them."""
    return tuple(
        PackedUnits(sku=line.sku, lots=line.lots, serials=line.serials)
        for line in lines
        if line.lots or line.serials
    )


def weight_of_one(meaning: Meaning) -> int | None:
    """What one of the units weighs that a code stands for, in grams; None: it does not say."""
    if not meaning.weight_g:
        return None
    return max(round(meaning.weight_g / meaning.units), 1)


def weighed(scans: Sequence[Open], parts: Sequence[Part]) -> tuple[UnitWeight, ...]:
    """What a unit of each SKU weighs, on the average of those that are taken and say it."""
    grams: dict[str, int] = defaultdict(int)
    units: dict[str, int] = defaultdict(int)
    for one, kept in _kept(scans, parts):
        if one.weight_g is not None:
            grams[one.sku] += one.weight_g * kept
            units[one.sku] += kept
    return tuple(
        UnitWeight(sku=sku, weight_g=max(round(grams[sku] / count), 1))
        for sku, count in sorted(units.items())
    )


def _kept(scans: Sequence[Open], parts: Sequence[Part]) -> Iterator[tuple[Open, int]]:
    """The scans of which units are wanted still, and how many of each."""
    due = {part.sku: part.units - part.missing for part in parts}
    for one in scans:
        kept = min(one.quantity, due.get(one.sku, 0))
        if kept > 0:
            due[one.sku] -= kept
            yield one, kept
