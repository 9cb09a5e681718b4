"""What stores forget of a customer: the code, the plate, who was allowed to come instead."""

from collections.abc import Sequence

from noria.collect import store
from noria.kit.db import Connection


def erase(tx: Connection, orders: Sequence[str]) -> None:
    """Forget it; what was handed over, when and by whom stays."""
    store.erase(tx, orders)
