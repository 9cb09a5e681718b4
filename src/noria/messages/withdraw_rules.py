"""The right to withdraw from what was bought at a distance: values in, values out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from noria.messages.model import Back, Bar, Barred, Item
from noria.network.model import Node, Spot
from noria.network.rules import great_circle_km
from noria.returns.model import ReturnLine, Rma

Units = Mapping[str, int]

PREFIX = "withdrawal."
"""Ids that the page makes never meet those of people."""
UNTAKEN = " \N{EM DASH} withdrawal: no node could be found that takes it back"
"""What a person reads behind the goods where we do not know where they go back to."""
MOST_WORDS = 2000
SEALED = frozenset({Bar.SEALED_HYGIENE, Bar.SEALED_MEDIA})
"""What is sealed can be given back as long as it is: only whoever has it knows."""


def last_day(arrived: Sequence[date | None], right_days: int) -> date | None:
    """Until which day they may, of parts that came on these days; None: one is still to come.

    EU law gives 14 days after the last of it has come (2011/83, article 9); a policy may give more.
    """
    days = [day for day in arrived if day is not None]
    return max(days) + timedelta(days=right_days) if days and len(days) == len(arrived) else None


def lines(open_: Sequence[Item], asked: Mapping[str, int]) -> tuple[ReturnLine, ...]:
    """What goes back of what may, by what was asked of each SKU; never more than there is."""
    units = {one.sku: min(asked.get(one.sku, 0), one.units) for one in open_}
    return tuple(ReturnLine(sku=sku, quantity=count) for sku, count in units.items() if count > 0)


def barred(items: Sequence[Item], bars: Mapping[str, Bar]) -> tuple[Barred, ...]:
    """What of this nobody, or nobody who broke its seal, can withdraw from."""
    return tuple(
        Barred(item=one, bar=bars[one.sku], is_sealed=bars[one.sku] in SEALED)
        for one in items
        if one.sku in bars
    )


def never(kept: Sequence[Barred]) -> frozenset[str]:
    """The SKUs that cannot be given back in any case."""
    return frozenset(one.item.sku for one in kept if not one.is_sealed)


def told(items: Sequence[Item]) -> str:
    """Goods in words of either language, each with its units."""
    return ", ".join(f"{one.units} \N{MULTIPLICATION SIGN} {one.name}" for one in items)


def untaken(items: Sequence[Item]) -> str:
    """What a person reads of goods that nobody takes back: as much as a report may hold."""
    goods, most = told(items), MOST_WORDS - len(UNTAKEN)
    return (goods if len(goods) <= most else f"{goods[: most - 1]}…") + UNTAKEN


def pending(untaken: Sequence[tuple[datetime, Units]], back: Sequence[Rma]) -> dict[str, int]:
    """Units that were withdrawn, nobody took back, and no person has announced since."""
    units: Counter[str] = Counter()
    for _, withdrawn in untaken:
        units.update(withdrawn)
    first = min((at for at, _ in untaken), default=None)
    for one in back:
        is_by_hand = one.replacement is None and not one.id.startswith(PREFIX)
        if is_by_hand and first is not None and one.asked_at >= first:
            for line in one.lines:
                units[line.sku] -= line.received if one.received_at else line.quantity
    return dict(+units)


def back(one: Rma) -> Back:
    """What became of what was announced."""
    if one.called_off_at is not None:
        return Back.CALLED_OFF
    return Back.WANTED if one.received_at is None else Back.RECEIVED


def taker(
    senders: Sequence[Node], nodes: Sequence[Node], country: str, there: Spot | None
) -> Node | None:
    """Where it goes back to: to who sent it, else to the nearest that takes returns; None: nobody.

    Never to a node that is closed for good; across a border only if nobody in the country takes
    them.
    """
    for node in senders:
        if node.does_take_returns and node.is_open:
            return node
    takers = [node for node in nodes if node.does_take_returns and node.is_open]
    return min(
        takers,
        key=lambda node: (
            node.country != country,
            great_circle_km(Spot(node.latitude, node.longitude), there) if there else 0,
            node.code,
        ),
        default=None,
    )
