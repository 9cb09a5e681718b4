"""What wishes are decided on, as far as it has to be worked out."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from noria.kit.db import Connection
from noria.promise import atp_rules, atp_views, keep_back_views, wish_rules
from noria.promise import keep_back_rules as rules
from noria.promise.wish_model import Facts, Pair, Shelves


def shelves(
    tx: Connection,
    facts: Facts,
    available: Mapping[Pair, int],
    pairs: Sequence[Pair],
    channels: Collection[str | None],
    *,
    made: Mapping[str, int] | None = None,
    makes: Collection[Pair] = frozenset(),
) -> Shelves:
    """What there is, and what of it each channel may not have.

    It asks the database again only where rules were made, or where demand waits.
    """
    return Shelves(
        available=available,
        kept=keep_back_views.kept_from(tx, facts.terms, pairs, channels),
        made=made or {},
        makes=makes,
        closed=facts.closed,
        named=facts.named,
        spare=_spare(tx, facts.waited_for, channels) if facts.waited_for else {},
        own=facts.own,
    )


def _spare(
    tx: Connection, skus: Iterable[str], channels: Iterable[str | None]
) -> dict[tuple[str | None, str], int]:
    """What each channel may have of SKUs that demand waits for which is nowhere yet."""
    waiting = atp_rules.nowhere(atp_views.expected(tx, sorted(skus)))
    if not waiting:
        return {}
    asked = sorted(waiting)
    book = rules.rulebook(keep_back_views.rules_now(tx, asked, None))
    stocked = atp_views.stocked(tx, asked)
    found: dict[tuple[str | None, str], int] = {}
    for channel in channels:
        free = ((one.shelf.sku, one.units) for one in atp_rules.free(stocked, book, channel))
        found |= wish_rules.spare(free, waiting, channel)
    return found
