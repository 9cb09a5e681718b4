"""Questions about levels: what is sellable, and under which version."""

from collections.abc import Sequence

from noria.kit.db import Connection, rows
from noria.stock.levels.model import Level


def levels(tx: Connection, shelves: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Level]:
    """What is sellable on these shelves, as (SKU, node); one that was never stocked is 0, 0.

    The version is the number of the transaction that last changed the balance, which PostgreSQL
    keeps in each row anyway: whoever writes balances gives a new one, and it costs nothing.
    """
    found = rows(
        tx,
        Level,
        """
        select given.sku, given.node, coalesce(quantity, 0) as quantity,
            coalesce(balance.xmin::text::bigint, 0) as version
        from unnest(%s::text[], %s::text[]) as given (sku, node)
        left join balance
            on (balance.sku, balance.node, balance.state) = (given.sku, given.node, 'available')
        """,
        [[sku for sku, _ in shelves], [node for _, node in shelves]],
    )
    return {(level.sku, level.node): level for level in found}
