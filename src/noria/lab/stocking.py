"""What each node carries, and what lies there when the story begins: past demand times cover."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from msgspec import Struct

from noria.catalog.model import Sku
from noria.lab.chance import chance, pick
from noria.lab.demand import Demand, demand, window_before
from noria.lab.goods import words
from noria.lab.model import Assortment, Chain, History, Opening
from noria.network.model import Node, NodeKind

FAST_PERCENT, STOCKED_PERCENT = 20, 70
"""Of all SKUs by order lines: the best sellers, and what the chain stocks; the rest is virtual."""

STORE_RANGE, DARK_STORE_RANGE = 400, 250
OFF_CENTRAL_CHANCE = 0.02
THIRD_PARTY_CHANCE = 0.6
MARKETPLACE_CHANCE = 0.35
TWO_SUPPLIERS_CHANCE = 0.1
MADE_CHANCE = 0.05
PRINTED_WORDS = {
    "SIGN", "CARD", "WRAP", "NOTEBOOK", "PRINT", "STICKER", "JOURNAL", "SKETCHBOOK", "POSTER",
    "LABEL", "INVITE",
}  # fmt: skip

COVER_DAYS = {
    NodeKind.WAREHOUSE: 42,
    NodeKind.THIRD_PARTY: 10,
    NodeKind.MARKETPLACE: 7,
    NodeKind.STORE: 21,
    NodeKind.DARK_STORE: 14,
    NodeKind.SUPPLIER: 84,
}
FEWEST = {NodeKind.WAREHOUSE: 12, NodeKind.STORE: 2, NodeKind.DARK_STORE: 2, NodeKind.SUPPLIER: 96}
MOST = {NodeKind.STORE: 240, NodeKind.DARK_STORE: 480}
MOST_ELSEWHERE = 20_000
PRINTER_FEED_UNITS = 1_000
"""What the printer's feed declares for each SKU: it prints as asked, within its capacity a day."""

LUCK_PERCENT = 70, 150
"""Stock is never what it should be, but so many percent of it: a few lines run short."""


class Ranks(Struct, frozen=True, kw_only=True):
    """All SKUs, most ordered first, and the slices of them; `printed` ones are no best sellers."""

    fast: Sequence[str]
    stocked: Sequence[str]
    virtual: Sequence[str]
    printed: AbstractSet[str]


def assortment(chain: Chain, history: History, at: date) -> Assortment:
    """Which SKUs each node carries from `at` on, by what was ordered before."""
    return assortment_by(chain, history.skus, demand(chain, history, window_before(history, at)))


def assortment_by(chain: Chain, skus: Sequence[Sku], seen: Demand) -> Assortment:
    """Which SKUs each node carries, by the demand seen."""
    ranks = _ranks(skus, seen)
    return Assortment(
        carried={
            node.code: tuple(sorted(_carried(chain, node, seen, ranks))) for node in chain.nodes
        },
        virtual=tuple(sorted(ranks.virtual)),
    )


def opening_stock(chain: Chain, history: History, at: date, seed: int) -> list[Opening]:
    """What lies where at `at`, in order of node and SKU, from demand before `at` alone.

    In the first two weeks of the history there is no past: its first four weeks stand in for it.
    Suppliers' and the marketplace's units are what their feeds declare.
    """
    seen = demand(chain, history, window_before(history, at))
    carried = assortment_by(chain, history.skus, seen).carried
    return [
        Opening(node=node.code, sku=sku, quantity=quantity)
        for node in chain.nodes
        for sku in carried[node.code]
        if (quantity := _opening_units(node, sku, seen, seed))
    ]


def wanted_units(node: Node, sku: str, seen: Demand) -> int:
    """The units that cover the node's days of demand, within what is sensible for its kind."""
    if node.kind in (NodeKind.PRINTER, NodeKind.MAKER):
        return PRINTER_FEED_UNITS
    units = seen.regional.get(node.code, seen.units).get(sku, 0)
    covering = -(-units * COVER_DAYS[node.kind] // seen.window.days)
    fewest, most = FEWEST.get(node.kind, 0), MOST.get(node.kind, MOST_ELSEWHERE)
    return min(max(covering, fewest), most)


def _opening_units(node: Node, sku: str, seen: Demand, seed: int) -> int:
    wanted = wanted_units(node, sku, seen)
    if node.kind in (NodeKind.PRINTER, NodeKind.MAKER):
        return wanted
    least, most = LUCK_PERCENT
    percent = least + pick(seed, "opening", node.code, sku, below=most - least + 1)
    return wanted * percent // 100


def _ranks(skus: Sequence[Sku], seen: Demand) -> Ranks:
    ranked = sorted((sku.code for sku in skus), key=lambda code: (-seen.lines.get(code, 0), code))
    fast = ranked[: len(ranked) * FAST_PERCENT // 100]
    stocked_count = len(ranked) * STOCKED_PERCENT // 100
    printed = {s.code for s in skus if PRINTED_WORDS.intersection(words(s.name))}
    return Ranks(
        fast=fast,
        stocked=ranked[:stocked_count],
        virtual=ranked[stocked_count:],
        printed=printed - set(fast),
    )


def _carried(  # noqa: PLR0911 - one for each kind of node
    chain: Chain, node: Node, seen: Demand, ranks: Ranks
) -> list[str]:
    """What one node carries; chance is drawn from the SKU, so that it does not change in time."""
    seed = chain.seed

    def is_central(sku: str) -> bool:
        return chance(seed, "central", sku) >= OFF_CENTRAL_CHANCE

    match node.kind:
        case NodeKind.WAREHOUSE:
            return [sku for sku in ranks.stocked if is_central(sku)]
        case NodeKind.THIRD_PARTY:
            shared = [sku for sku in ranks.fast if chance(seed, "3pl", sku) < THIRD_PARTY_CHANCE]
            return sorted({*shared, *(sku for sku in ranks.stocked if not is_central(sku))})
        case NodeKind.MARKETPLACE:
            return [sku for sku in ranks.fast if chance(seed, "market", sku) < MARKETPLACE_CHANCE]
        case NodeKind.PRINTER:
            return sorted(ranks.printed)
        case NodeKind.SUPPLIER:
            dropped = [sku for sku in ranks.virtual if sku not in ranks.printed]
            return [sku for sku in dropped if node.code in suppliers_of(chain, sku)]
        case NodeKind.STORE | NodeKind.DARK_STORE:
            here = seen.regional[node.code]
            best = sorted(
                (sku for sku in ranks.stocked if here.get(sku)), key=lambda sku: (-here[sku], sku)
            )
            return best[: STORE_RANGE if node.kind is NodeKind.STORE else DARK_STORE_RANGE]
        case NodeKind.MAKER:
            rest = [sku for sku in ranks.virtual if sku not in ranks.printed]
            return [sku for sku in rest if chance(seed, "maker", sku) < MADE_CHANCE]
        case NodeKind.RELAY | NodeKind.DIGITAL:
            return []


def suppliers_of(chain: Chain, sku: str) -> list[str]:
    """Who makes a SKU: one of the suppliers, seldom all of them; the first one sells it to us."""
    suppliers = [node.code for node in chain.nodes if node.kind is NodeKind.SUPPLIER]
    main = suppliers[pick(chain.seed, "supplier", sku, below=len(suppliers))]
    others = [code for code in suppliers if code != main]
    has_all = chance(chain.seed, "suppliers", sku) < TWO_SUPPLIERS_CHANCE
    return [main, *others] if has_all else [main]
