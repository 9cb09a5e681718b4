"""Decisions of a first hour: what to put right first, and how right the book may be. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from noria.stock.counts.sampling import interval
from noria.welcome.model import Answer, Basis, Check, Guess, Question, Tried, Weight

ORDER = tuple(Weight)


def told(questions: Iterable[Question], answers: Sequence[Answer], language: str) -> list[Check]:
    """Each question with its answer, in the reader's language."""
    by_name = {one.check: one for one in answers}
    return [
        Check(
            check=one.name,
            weight=one.weight,
            subject=one.subject,
            asks=one.asks.filled(language, {}),
            why=one.why.filled(language, {}),
            do=one.do.filled(language, {}),
            found=by_name[one.name].found,
            of=by_name[one.name].of,
        )
        for one in questions
    ]


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
