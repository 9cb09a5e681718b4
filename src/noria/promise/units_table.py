"""Units by node and SKU as one table: read as a mapping, or taken whole."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from noria.promise.cells import Units


class UnitsTable(Mapping[str, Mapping[str, int]]):
    """What lies where: node to SKU to units, where there are any; `units` [SKU, node]."""

    def __init__(self, skus: Sequence[str], nodes: Sequence[str], units: Units) -> None:
        self.skus, self.nodes, self.units = skus, nodes, units
        self._has = np.asarray((units > 0).any(axis=0))
        self._place = {node: place for place, node in enumerate(nodes)}

    def __getitem__(self, node: str) -> Mapping[str, int]:
        place = self._place[node]
        if not self._has[place]:
            raise KeyError(node)
        column = self.units[:, place].tolist()
        return {sku: units for sku, units in zip(self.skus, column, strict=True) if units > 0}

    def __iter__(self) -> Iterator[str]:
        return (self.nodes[place] for place in self._has.nonzero()[0].tolist())

    def __len__(self) -> int:
        return int(self._has.sum())
