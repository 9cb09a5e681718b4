"""Questions about units that holds name."""

from collections.abc import Sequence

from noria.kit.db import Connection, rows
from noria.stock.tracked.claims_model import Claim


def of(tx: Connection, holders: Sequence[str]) -> dict[str, list[Claim]]:
    """What each of these holds claims, or claimed while its time was not over, in key order."""
    found = rows(
        tx,
        Claim,
        """
        select holder, sku, code, node, is_serial, quantity, until, is_standing
        from unit_claim
        where holder = any(%s)
        order by holder, sku, code
        """,
        [list(holders)],
    )
    claims: dict[str, list[Claim]] = {holder: [] for holder in holders}
    for claim in found:
        claims[claim.holder].append(claim)
    return claims
