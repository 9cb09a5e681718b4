"""The right to withdraw from what was bought at a distance: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from noria.messages.model import Item
from noria.network.model import Node, Spot
from noria.network.rules import great_circle_km
from noria.returns.model import ReturnLine

RIGHT = timedelta(days=14)
"""So long after the last of it has come a customer may withdraw (EU law: 2011/83, article 9)."""
PREFIX = "withdrawal."
"""Ids that the page makes never meet those of people."""
UNTAKEN = " \N{EM DASH} withdrawal: no node could be found that takes it back"
"""What a person reads behind the goods where we do not know where they go back to."""


def last_day(arrived: Sequence[date | None]) -> date | None:
    """Until which day they may, of parts that came on these days; None: one is still to come."""
    days = [day for day in arrived if day is not None]
    return max(days) + RIGHT if days and len(days) == len(arrived) else None


def lines(open_: Sequence[Item], asked: Mapping[str, int]) -> tuple[ReturnLine, ...]:
    """What goes back of what may, by what was asked of each SKU; never more than there is."""
    units = {one.sku: min(asked.get(one.sku, 0), one.units) for one in open_}
    return tuple(ReturnLine(sku=sku, quantity=count) for sku, count in units.items() if count > 0)


def told(items: Sequence[Item]) -> str:
    """Goods in words of either language, each with its units."""
    return ", ".join(f"{one.units} \N{MULTIPLICATION SIGN} {one.name}" for one in items)


def taker(
    senders: Sequence[Node], nodes: Sequence[Node], country: str, there: Spot | None
) -> Node | None:
    """Where it goes back to: to who sent it, else to the nearest that takes returns; None: nobody.

    Across a border only if nobody in the country takes them.
    """
    for node in senders:
        if node.does_take_returns:
            return node
    takers = [node for node in nodes if node.does_take_returns]
    return min(
        takers,
        key=lambda node: (
            node.country != country,
            great_circle_km(Spot(node.latitude, node.longitude), there) if there else 0,
            node.code,
        ),
        default=None,
    )
