"""Decisions about changes of purchase orders and transfers: values in, values out."""

from collections.abc import Mapping, Sequence

from noria.kit.errors import Fault, Invalid
from noria.supply.change_model import PurchaseWanted, TransferWanted


def check(
    ordered: Mapping[str, int],
    received: Mapping[str, int],
    lines: Sequence[PurchaseWanted | TransferWanted],
) -> None:
    """Refuse a change that takes away what has come, or leaves nothing at all.

    Raises:
        Invalid: it cannot be, with every line that is wrong.
    """
    faults = [
        Fault(f"/lines/{place}/quantity", f"{came} of {line.sku} have come already")
        for place, line in enumerate(lines)
        if line.quantity < (came := received.get(line.sku, 0))
    ]
    faults += [
        Fault(f"/lines/{place}/sku", f"there is no {line.sku} in it")
        for place, line in enumerate(lines)
        if line.quantity == 0 and line.sku not in ordered
    ]
    after = {**ordered, **{line.sku: line.quantity for line in lines}}
    if not faults and not any(after.values()):
        faults = [Fault("/lines", "nothing would be left: call it off")]
    if faults:
        raise Invalid(faults=faults)
