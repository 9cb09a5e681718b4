"""Decisions of a first hour: what to put right first, and how right the book may be. Pure."""

from collections.abc import Iterable, Mapping

from noria.stock.counts.sampling import interval
from noria.welcome.model import Basis, Check, Guess, Tried, Weight

ORDER = tuple(Weight)


def first_things_first(checks: Iterable[Check]) -> list[Check]:
    """What stops the business, then what bends its promises; of the same weight, the larger share.

    What found nothing comes last, in the same order.
    """
    return sorted(
        checks,
        key=lambda one: (
            one.found == 0,
            ORDER.index(one.weight),
            -one.found / max(one.of, 1),
            one.check,
        ),
    )


def accuracy(tried: Mapping[Basis, Tried]) -> Guess | None:
    """The best guess that there is: by samples, else by counts, else by what facts have shown."""
    for basis in Basis:
        known = tried.get(basis)
        if known is not None and known.tried > 0:
            lower, upper = interval(known.right, known.tried)
            return Guess(
                basis=basis,
                tried=known.tried,
                estimate=known.right / known.tried,
                lower=lower,
                upper=upper,
            )
    return None
