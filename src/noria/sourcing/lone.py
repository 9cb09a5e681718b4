"""Each node sending an order by itself, and whether several nodes could undercut the best of them.

Most orders end here: two parcels cost more than one from a node that has it all.
"""

import numpy as np

from noria.sourcing.offers import NEVER_CENTS, Alone, Choice, Solved
from noria.sourcing.parcels import EVERY, loaded
from noria.sourcing.priced import Priced, nothing

ALONE = "alone"
"""How such a plan was found, and all that were compared with it."""

MOST_OTHERS = 3
"""Plans that are compared with the best."""


def each_alone(priced: Priced, *, with_wait: bool = True) -> Alone:
    """What each node would send of it alone, all that pays, by the way that costs least then.

    `with_wait`, the days that it takes count and cost as well.
    """
    offers = priced.offers
    short = (offers.wanted * offers.short_cents)[:, None]
    does = priced.whole < short
    units = np.where(does, priced.sent, 0)
    cents = np.where(does, priced.whole, short).sum(axis=0)
    if priced.has_limits:
        loads = loaded(offers, units.T, EVERY)
        parcel, ways = priced.parcels.ways(loads, with_wait=with_wait)
        parcel = parcel + priced.parcels.partners(loads)
    else:
        parcel, ways = priced.parcels.cents[0], np.zeros(len(offers.nodes), np.int64)
    has_way = (parcel < NEVER_CENTS) & does.any(axis=0)
    cents = np.where(has_way, cents + parcel, NEVER_CENTS)
    return Alone(units=units, ways=ways, parcel_cents=parcel, cents=cents)


def settled_alone(priced: Priced, each: Alone) -> Solved | None:
    """The cheapest node alone, if it is clear that no other plan costs less; else None.

    Ties go to fewer nodes, then to the first names.
    """
    offers = priced.offers
    cents = each.cents
    best_cents = int(cents.min())
    if best_cents >= nothing(offers).cents or not _is_least(priced, each, best_cents):
        return None
    rest, found = cents.copy(), []
    for _ in range(min(1 + MOST_OTHERS, len(rest))):
        node = int(rest.argmin())
        if rest[node] >= NEVER_CENTS:
            break
        found.append(_choice(priced, each, node))
        rest[node] = NEVER_CENTS
    best, *others = found
    return Solved(best=best, others=tuple(others), least_cents=best_cents, way=ALONE, alone=each)


def _is_least(priced: Priced, each: Alone, best_cents: int) -> bool:
    """Whether neither a node that sends less than it could, nor several nodes, cost less."""
    offers, legs = priced.offers, priced.least_leg
    if priced.has_limits:
        may_send_less = (each.parcel_cents >= _least_saved(priced)) & (legs < NEVER_CENTS)
        if may_send_less.any():
            covers = np.minimum(priced.whole, (offers.short_cents * offers.wanted)[:, None])
            if int((covers.sum(axis=0) + legs)[may_send_less].min()) <= best_cents:
                return False
    if len(legs) < 2 or (offers.most_legs is not None and offers.most_legs < 2):
        return True
    two_legs = int(np.partition(legs, 1)[:2].sum())
    return best_cents <= two_legs + offers.split_cents + priced.least_lines + priced.least_wait


def _least_saved(priced: Priced) -> int:
    """What a unit that goes saves at least over one that stays, its parcel aside.

    A node whose parcel costs less than that never sends less than it could.
    """
    dearest = (priced.line + priced.unit).max(axis=1)
    if (packs := priced.offers.packs) is not None:
        dearest = dearest + packs.most_cents().max(axis=1)
    return int((priced.offers.short_cents - dearest).min())


def _choice(priced: Priced, each: Alone, node: int) -> Choice:
    units = each.units[:, node]
    return Choice(
        nodes=(node,),
        units=(tuple(units.tolist()),),
        ways=(int(each.ways[node]),),
        short=tuple((priced.offers.wanted - units).tolist()),
        cents=int(each.cents[node]),
    )
