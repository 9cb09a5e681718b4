"""What becomes of orders after all is done that was to be done: returns, lost patience, money."""

from datetime import UTC, datetime, timedelta

from noria.lab import schedule as due
from noria.lab.client import Client
from noria.lab.schedule import PATIENCE

PAYS_AFTER = timedelta(hours=20)
"""A payment system that hears of a refund has paid it by the next morning."""


def receive_returns(client: Client, at: datetime, seed: int) -> None:
    """Boxes that customers sent back are opened, and what is in them graded."""
    for rma in client.every("/v1/returns"):
        if not due.is_back(rma, at, seed):
            continue
        path = f"/v1/returns/{rma['id']}"
        lines = client.get(path)["lines"]
        box = [{"sku": line["sku"], "quantity": line["quantity"]} for line in lines]
        client.put(f"{path}/reception", {"lines": box})
        found = []
        for line in box:
            grade, disposition = due.finding(rma, line["sku"], seed)
            found.append(line | {"grade": grade, "disposition": disposition})
        client.put(f"{path}/inspection", {"lines": found})


def give_up_waiting(client: Client, at: datetime) -> None:
    """Customers who have waited too long cancel what has not been found for them."""
    for row in client.every("/v1/orders", stage="waiting"):
        if datetime.fromisoformat(row["placed_at"]).astimezone(UTC) > at - PATIENCE:
            continue
        order = client.get(f"/v1/orders/{row['id']}")
        units: dict[str, int] = {}
        for line in order["lines"]:
            units[line["sku"]] = units.get(line["sku"], 0) + line["waiting"]
        client.put(
            f"/v1/cancellations/W-{row['id']}-{at:%Y%m%d}",
            {
                "order": row["id"],
                "lines": [{"sku": sku, "quantity": n} for sku, n in units.items() if n],
                "reason": "waited too long",
            },
        )


def pay_back(client: Client, at: datetime) -> None:
    """The payment system tells of the refunds that it has made, as it would by its webhook."""
    for refund in client.every("/v1/refunds", made="false"):
        due_at = datetime.fromisoformat(refund["due_at"]).astimezone(UTC)
        if due_at <= at - PAYS_AFTER:
            client.put(f"/v1/refunds/{refund['id']}/payment", {"made_at": at.isoformat()})
