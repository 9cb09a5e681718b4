"""Questions about decisions."""

from collections import defaultdict
from collections.abc import Sequence

from noria.kit.db import Connection
from noria.network import views as network
from noria.sourcing.model import Decision, Explanation
from noria.sourcing.records import first_shape, unpacked
from noria.sourcing.telling import sentence


def shut(tx: Connection, skus: Sequence[str]) -> dict[str, dict[str, int]]:
    """What of these SKUs lies at nodes that do not work at present."""
    found = tx.execute(
        """
        select node, sku, quantity
        from node
        join balance on balance.node = node.code
        where not node.is_open and sku = any(%s) and state = 'available' and quantity > 0
        """,
        [list(skus)],
    )
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for node, sku, quantity in found:
        units[node][sku] = quantity
    return units


def decisions(tx: Connection, order: str) -> list[Decision]:
    """Every decision taken for an order, newest first, whatever shape it was stored in."""
    found = tx.execute(
        "select number, taken_at, policy, record, explanation from decision"
        " where order_id = %s order by number desc",
        [order],
    ).fetchall()
    told = [
        (number, taken_at, policy, unpacked(record) if record else first_shape(written))
        for number, taken_at, policy, record, written in found
    ]
    names = _names(tx, [explanation for *_, explanation in told])
    return [
        Decision(
            order_id=order,
            number=number,
            taken_at=taken_at,
            policy=policy,
            sentence=sentence(explanation, names),
            explanation=explanation,
        )
        for number, taken_at, policy, explanation in told
    ]


def _names(tx: Connection, told: list[Explanation]) -> dict[str, str]:
    """How the nodes of decisions are called today."""
    codes = {node for one in told for plan in one.compared for node in plan.nodes}
    codes |= {fence.node for one in told for fence in one.fences}
    return {code: node.name for code, node in network.nodes(tx, sorted(codes)).items()}
