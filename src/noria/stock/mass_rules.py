"""Decisions of counts of many shelves: values in, values out."""

from collections.abc import Mapping, Sequence

from noria.stock.model import Shelves, Shift


def target(quantity: int, taken: int) -> int:
    """What the book ought to say: what was counted, less what was taken off it since."""
    return max(0, quantity - taken)


def shifts(
    lines: Shelves, known: Sequence[int], taken: Mapping[tuple[str, str], int]
) -> list[Shift]:
    """What has to change so that the book says what was counted; the same is left out."""
    return [
        Shift(sku=sku, node=node, before=before, change=change)
        for sku, node, quantity, before in zip(
            lines.skus, lines.nodes, lines.quantities, known, strict=True
        )
        if (change := target(quantity, taken.get((sku, node), 0)) - before)
    ]
