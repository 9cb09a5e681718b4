"""What a retailer buys each day for orders that wait: whatever no lorry brings yet.

Weekly orders are planned from the past; a basket may hold what nobody foresaw. What is short is
read from the server, and so is what is due: a replay that was killed has forgotten nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from noria.lab.chance import pick
from noria.lab.client import Client
from noria.lab.model import Chain
from noria.lab.replenishment import PACK_UNITS
from noria.lab.stocking import suppliers_of
from noria.network.model import NodeKind

PREFIX = "PB-"
LEAD_DAYS = 2, 5
"""Days from an urgent order to its arrival; the seed chooses for each supplier and day."""


def order(client: Client, chain: Chain, at: datetime, seed: int) -> None:
    """One purchase order a supplier, of whole packs, for what waits and nothing brings."""
    warehouse = next(node for node in chain.nodes if node.kind is NodeKind.WAREHOUSE)
    for supplier, units in sorted(_short(client, chain).items()):
        name = f"{PREFIX}{at:%Y%m%d%H}-{supplier}"
        least, most = LEAD_DAYS
        days = least + pick(seed, "urgent", name, below=most - least + 1)
        lines = [
            {"sku": sku, "quantity": -(-short // PACK_UNITS) * PACK_UNITS}
            for sku, short in sorted(units.items())
        ]
        body = {
            "supplier": supplier,
            "node": warehouse.code,
            "ordered_at": at.isoformat(),
            "expected_on": (at + timedelta(days=days)).date().isoformat(),
            "lines": lines,
        }
        client.put(f"/v1/purchase-orders/{name}", body)


def receive(client: Client, at: datetime) -> None:
    """Count in what of it is due today, in full."""
    for one in client.every("/v1/purchase-orders"):
        if not one["id"].startswith(PREFIX) or one["expected_on"] > at.date().isoformat():
            continue
        lines = client.get(f"/v1/purchase-orders/{one['id']}")["lines"]
        came = [{"sku": line["sku"], "quantity": line["quantity"]} for line in lines]
        body = {"purchase_order": one["id"], "received_at": at.isoformat(), "lines": came}
        client.put(f"/v1/receipts/R-{one['id']}", body)


def _short(client: Client, chain: Chain) -> Mapping[str, Mapping[str, int]]:
    """Units that are short, by the supplier who sells them to us and SKU."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in client.every("/v1/shortages", is_uncovered=True):
        found[suppliers_of(chain, one["sku"])[0]][one["sku"]] = one["uncovered"]
    return found
