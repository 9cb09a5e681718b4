"""What to count next, and which differences are unusual: learned from counts, with shrinkage.

A record goes wrong by what happens to it. Its *exposure* is the moves since somebody looked, plus
one for every week (things get lost in quiet, too). Records go wrong at a rate λ per exposure;
each is Gamma distributed around the rate of what it is part of, with the weight of `STRENGTH`
wrong records, so what was seldom counted borrows from its node, and the node from all nodes:

    λ_all   = (W + STRENGTH) / (E + STRENGTH / FIRST_RATE)
    λ_node  = (W_node + STRENGTH) / (E_node + STRENGTH / λ_all)
    λ_shelf = (W_shelf + STRENGTH) / (E_shelf + STRENGTH / λ_node)

with W the counts that found a difference and E their exposure. The chance that a record with
exposure e and s signals (refused picks, facts that took more than the book knew) is wrong now:

    P = 1 - exp(-λ_shelf · e) · (1 - c)^min(s, 3)

where c is how often such a signal was right at the node: a Beta(6, 4) prior, then what counts said.
What a count is expected to put right is P times the units by which wrong records are off at the
node, shrunk in the same way, and never more than lie there:

    u_all  = (U + STRENGTH · FIRST_OFF) / (W + STRENGTH)
    u_node = (U_node + STRENGTH · u_all) / (W_node + STRENGTH)
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import structs

from noria.stock.counts.model import Candidate, Learned, Odds, Shelf

STRENGTH = 2.0
FIRST_RATE = 0.01
"""Before anything was counted: one record in a hundred goes wrong with each move."""

FIRST_OFF = 2.0
"""Before anything was counted: so many units is a wrong record off."""

QUIET = timedelta(days=7)
LEAST_EXPOSURE = 0.1
SIGNALS_SEEN = 3
SIGNAL_RIGHT, SIGNAL_WRONG = 6.0, 4.0
LARGEST_SHAPE = 2.0
"""Losses come in groups, so the tail of differences stays as heavy as with this shape."""


def exposure(shelf: Shelf, now: datetime) -> float:
    """What a record went through since somebody looked, in moves."""
    since = shelf.counted_at or shelf.since
    quiet = (now - since) / QUIET if since is not None else 0.0
    return max(shelf.moves + quiet, LEAST_EXPOSURE)


def odds(node: Learned, every: Learned) -> Odds:
    """What a node's counts say, shrunk to those of all nodes."""
    over_all = _shrunk(every.wrong, every.exposure, FIRST_RATE)
    off_over_all = (every.units + STRENGTH * FIRST_OFF) / (every.wrong + STRENGTH)
    return Odds(
        rate=_shrunk(node.wrong, node.exposure, over_all),
        off_units=(node.units + STRENGTH * off_over_all) / (node.wrong + STRENGTH),
        signal_right=(SIGNAL_RIGHT + node.signalled_wrong)
        / (SIGNAL_RIGHT + SIGNAL_WRONG + node.signalled),
    )


def _shrunk(wrong: float, exposed: float, around: float) -> float:
    return (wrong + STRENGTH) / (exposed + STRENGTH / around)


def rate(shelf: Shelf, at: Odds) -> float:
    """Wrong records per exposure, shrunk to the node's rate."""
    return _shrunk(shelf.wrong, shelf.exposure, at.rate)


def chance_wrong(shelf: Shelf, at: Odds, *, now: datetime) -> float:
    """How likely the book of a shelf is wrong now."""
    right = math.exp(-rate(shelf, at) * exposure(shelf, now))
    signals = min(shelf.refused + shelf.gaps, SIGNALS_SEEN)
    return float(1 - right * (1 - at.signal_right) ** signals)


def candidate(shelf: Shelf, node: str, at: Odds, *, now: datetime) -> Candidate:
    """A shelf with what is at stake: an empty one still stakes the sale of one unit."""
    chance = chance_wrong(shelf, at, now=now)
    there = max(shelf.units, 1)
    return Candidate(
        sku=shelf.sku,
        node=node,
        units=shelf.units,
        score_cents=round(chance * min(there, at.off_units) * shelf.unit_cents),
        stake_cents=there * shelf.unit_cents,
        chance=round(chance, 4),
        counted_at=shelf.counted_at,
        days=None if shelf.counted_at is None else (now - shelf.counted_at).days,
        moves=shelf.moves,
        refused=shelf.refused,
        gaps=shelf.gaps,
    )


def rank(one: Candidate) -> tuple[int, float, str]:
    """Most money first, then the less certain, then by SKU."""
    assert one.score_cents is not None, "what is ranked still has its money"
    return -one.score_cents, -one.chance, one.sku


def ranked(shelves: Iterable[Shelf], node: str, at: Odds, *, now: datetime) -> list[Candidate]:
    """Shelves of a node with what is at stake, the most worth a count first."""
    return sorted((candidate(shelf, node, at, now=now) for shelf in shelves), key=rank)


def shown(one: Candidate, currency: str, language: str, *, with_value: bool) -> Candidate:
    """A candidate with its reasons, and without its money for those who may not see values."""
    if not with_value:
        one = structs.replace(one, score_cents=None, stake_cents=None)
    return structs.replace(one, currency=currency, reasons=words(one, currency, language))


def words(one: Candidate, currency: str, language: str) -> tuple[str, ...]:
    """Why it should be counted, as a person would say it."""
    french = language == "fr"
    percent = f"{round(100 * one.chance)}" + ("\u202f%" if french else "%")
    said = [_looked(one.days, french=french)]
    for units, (single, plural) in (
        (one.refused, ("prélèvement refusé", "prélèvements refusés") if french
         else ("refused pick", "refused picks")),
        (one.gaps, ("fait au-delà du livre", "faits au-delà du livre") if french
         else ("fact beyond the book", "facts beyond the book")),
        (one.moves, ("mouvement depuis", "mouvements depuis") if french
         else ("movement since", "movements since")),
    ):  # fmt: skip
        if units:
            said.append(f"{units} {single if units == 1 else plural}")
    if one.stake_cents is not None:
        said.append(_staked(one.stake_cents, currency, french=french))
    said.append(
        f"livre faux avec {percent} de chances" if french else f"{percent} chance that it is wrong"
    )
    return tuple(said)


def _staked(cents: int, currency: str, *, french: bool) -> str:
    amount = f"{cents // 100:,}".replace(",", "\u202f" if french else ",")
    money = f"{amount} {'€' if currency == 'EUR' else currency}"
    return f"{money} en jeu" if french else f"{money} at stake"


def _looked(days: int | None, *, french: bool) -> str:
    if days is None:
        return "jamais compté" if french else "never counted"
    if days == 0:
        return "compté aujourd'hui" if french else "counted today"
    if french:
        return f"compté il y a {days} jour{'s' if days > 1 else ''}"
    return f"last counted {days} day{'s' if days > 1 else ''} ago"


def chance_of(difference: int, exposed: float, node: Learned, every: Learned) -> float:
    """How likely a difference of at least so many units is on a shelf of this node.

    Differences of a shelf with exposure e are negative binomial, the mixture of a Poisson over a
    Gamma rate: mean m·e with m = (U + 1) / (E + 1 / m_all), shape min(U + 1, 2). `U` are units that
    counts at the node found too many or too few. Few counts leave the tail wide, so that little is
    unusual before something is known.
    """
    over_all = (every.units + 1) / (every.exposure + 1 / FIRST_RATE)
    mean = (node.units + 1) / (node.exposure + 1 / over_all) * exposed
    shape = min(node.units + 1, LARGEST_SHAPE)
    return negative_binomial_tail(abs(difference), mean, shape)


def negative_binomial_tail(least: int, mean: float, shape: float) -> float:
    """P(X >= least) of a negative binomial with this mean and shape."""
    success = shape / (shape + mean)
    part = success**shape
    below = 0.0
    for units in range(min(least, 10_000)):
        below += part
        part *= (units + shape) / (units + 1) * (1 - success)
    return max(0.0, 1 - below)
