"""Decisions of counts of many shelves: values in, values out."""

from collections.abc import Mapping, Sequence

from noria.stock.model import Shelved, Shift


def target(quantity: int, taken: int) -> int:
    """What the book ought to say: what was counted, less what was taken off it since."""
    return max(0, quantity - taken)


def shifts(
    lines: Sequence[Shelved], known: Sequence[int], taken: Mapping[tuple[str, str], int]
) -> list[Shift]:
    """What has to change so that the book says what was counted; the same is left out."""
    return [
        Shift(sku=line.sku, node=line.node, before=before, change=change)
        for line, before in zip(lines, known, strict=True)
        if (change := target(line.quantity, taken.get((line.sku, line.node), 0)) - before)
    ]
