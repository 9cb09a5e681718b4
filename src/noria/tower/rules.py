"""Decisions of the tower: values in, values out."""

import hashlib
from collections.abc import Iterable


def digest(balances: Iterable[tuple[str, str, str, int]]) -> str:
    """A fingerprint of all balances: SHA-256 over `sku<TAB>node<TAB>state<TAB>units` lines.

    Two installations with the same units in the same places have the same digest.
    """
    found = hashlib.sha256()
    for sku, node, state, units in balances:
        found.update(f"{sku}\t{node}\t{state}\t{units}\n".encode())
    return found.hexdigest()
