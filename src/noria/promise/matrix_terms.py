"""What is taken off a shelf before it is promised, for whole tables at once."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from noria.promise.cells import Units
from noria.promise.keep_back_model import KeepBack
from noria.promise.matrix_views import NodeTerms

ALL = 2**60
"""Kept back where a node promises nothing: it is closed, or has no shelf."""


class Terms:
    """Nodes and rules as they are at present; replaced as a whole when they change."""

    def __init__(
        self,
        nodes: Sequence[NodeTerms],
        places: Mapping[str, int],
        width: int,
        apart: set[str],
        rules: Sequence[KeepBack],
    ) -> None:
        self.nodes: list[str] = sorted(places, key=lambda code: places[code])
        self.in_order: NDArray[np.int64] = np.argsort(np.array(self.nodes, dtype=np.str_))
        self._apart = apart
        self._rules = rules
        back = np.full(width, ALL, np.int64)
        for node in nodes:
            if node.does_promise:
                back[places[node.code]] = node.buffer_units
        self._back = back

    def can_tell(self, skus: Sequence[str], today: date) -> bool:
        """Whether all that is kept back of these SKUs is known here."""
        if not self._apart.isdisjoint(skus):
            return False
        return not any(_may_concern(rule, skus, today) for rule in self._rules)

    def kept_back(self) -> Units:
        """Units kept back at each place, of every SKU."""
        return self._back


def _may_concern(rule: KeepBack, skus: Sequence[str], today: date) -> bool:
    if rule.valid_from is not None and rule.valid_from > today:
        return False
    if rule.valid_until is not None and rule.valid_until < today:
        return False
    return rule.sku is None or rule.sku in skus
