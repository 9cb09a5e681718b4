"""Decisions about what waits in a store: codes, proofs, how long, how late: values in and out."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.collect.model import (
    Arrive,
    CodeMistyped,
    HandOverBody,
    KeptLongEnough,
    NotProven,
    Refused,
    RefusedTooMuch,
    Way,
)
from noria.network import rules as network
from noria.network.model import Node
from noria.orders.model import Leg, Short
from noria.returns.model import Grade

SIGNS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""31, a prime: no 0, 1, I, O or U. A wrong sign, or two that changed places, are noticed."""
LENGTH = 6
"""Signs of a code without its check sign: 31^6, some 887 million."""
MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
LONGEST = timedelta(days=60)
TOLD_LATE = timedelta(minutes=5)
"""What is told so much after it happened was noted without a network, and is a fact."""
STAGING = timedelta(minutes=10)
"""What is left to do of a leg that is picked."""
BY_CODE = frozenset({Way.SCAN, Way.CODE})
DAMAGED = frozenset({Grade.C, Grade.D})


def code(secret: bytes, order: str, node: str, number: int) -> str:
    """A pickup code: six signs that nobody guesses, and a check sign; `number` makes another."""
    digest = hmac.new(secret, f"{order}@{node}:{number}".encode(), hashlib.sha256).digest()
    rest = int.from_bytes(digest[:8])
    signs = ""
    for _ in range(LENGTH):
        rest, at = divmod(rest, len(SIGNS))
        signs += SIGNS[at]
    return signs + _check_sign(signs)


def _check_sign(signs: str) -> str:
    """Weights 2, 3, 4 …, modulo 31: each place counts otherwise."""
    total = sum(SIGNS.index(sign) * weight for weight, sign in enumerate(signs, 2))
    return SIGNS[-total % len(SIGNS)]


def typed(given: str) -> str:
    """A code as it was meant, without the spaces and in capitals.

    Raises:
        CodeMistyped: no code reads so; it is no guess, and counts as none.
    """
    signs = "".join(given.upper().replace("-", "").split())
    is_one = len(signs) == LENGTH + 1 and all(sign in SIGNS for sign in signs)
    if not is_one or _check_sign(signs[:-1]) != signs[-1]:
        raise CodeMistyped
    return signs


def spaced(signs: str) -> str:
    """A code as people read it: 7KM 4QX P."""
    return " ".join(filter(None, (signs[:3], signs[3:6], signs[6:])))


def keep_until(node: Node, since: datetime, days: int) -> datetime:
    """The end of the last day on which it is kept, where the store is; UTC."""
    zone = ZoneInfo(node.time_zone)
    day = since.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time.min, zone).astimezone(ZoneInfo("UTC"))


def days_long(days: int) -> timedelta:
    return timedelta(days=days)


def extended(order: str, ready_at: datetime, until: datetime, days: int) -> datetime:
    """Until when it is kept after so many days more.

    Raises:
        KeptLongEnough: nothing is kept for ever.
    """
    later = until + timedelta(days=days)
    most = ready_at + LONGEST
    if later > most:
        raise KeptLongEnough(order=order, most=most.date(), until=until.date())
    return later


def expected_at(
    node: Node, *, picked_at: datetime | None, minutes: int, holidays: frozenset[date],
    now: datetime,
) -> datetime:  # fmt: skip
    """When a leg that is not ready is expected to be: as long from now as such work usually takes.

    `minutes` are open minutes of the node, in half of all cases.
    """
    if picked_at is not None:
        return now + STAGING
    return network.ready_at(node, now, holidays=holidays, handling_minutes=minutes)


def is_proof(body: HandOverBody, code: str | None, proxy: str | None) -> bool:
    """Whether what was shown is enough; somebody else has to be the one who was named.

    Raises:
        NotProven: what the way asks for was not shown at all.
    """
    if body.way in BY_CODE:
        if body.code is None:
            raise NotProven(order=body.order, en="the code is missing", fr="le code manque")
        return code is not None and hmac.compare_digest(typed(body.code), code)
    if not body.identity_seen:
        raise NotProven(
            order=body.order,
            en="nobody looked at a proof of identity",
            fr="aucune pièce d'identité n'a été vue",
        )
    if body.way is Way.IDENTITY:
        return True
    if body.name is None:
        raise NotProven(order=body.order, en="whoever came is not named", fr="le nom manque")
    return proxy is not None and _plain(body.name) == _plain(proxy)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def cause(order: str, node: str, until: datetime) -> str:
    """What is taken back, as not collected until then, happens for."""
    return f"collection:{order}@{node}:{until:%Y%m%d%H%M}"


def sent_again(legs: Sequence[Leg], taken: Mapping[int, int]) -> list[Short]:
    """Of units that a customer has (by line), those that these legs would bring them once more."""
    left = dict(taken)
    found = []
    for leg in legs:
        for line in leg.lines:
            if units := min(left.get(line.line, 0), line.due_units):
                left[line.line] -= units
                found.append(Short(leg=leg.id, line=line.line, units=units))
    return found


def is_told_late(happened_at: datetime, now: datetime) -> bool:
    """Whether it was noted without a network: then it has happened, whatever is asked now."""
    return happened_at < now - TOLD_LATE


def refused_units(
    order: str, legs: Sequence[Leg], refused: Sequence[Refused], *, is_fact: bool = False
) -> list[tuple[Short, Refused]]:
    """What is refused, laid on the lines of legs that lie ready, from the last.

    Of a fact (`is_fact`) as much as there was.

    Raises:
        RefusedTooMuch: there is less of it.
    """
    left = {(leg.id, line.line): line.due_units for leg in legs for line in leg.lines}
    found = []
    for one in refused:
        units = one.quantity
        for leg in reversed(legs):
            for line in reversed(leg.lines):
                taken = min(units, left[leg.id, line.line]) if line.sku == one.sku else 0
                if taken:
                    left[leg.id, line.line] -= taken
                    units -= taken
                    found.append((Short(leg=leg.id, line=line.line, units=taken), one))
        if units and not is_fact:
            due = sum(line.due_units for leg in legs for line in leg.lines if line.sku == one.sku)
            raise RefusedTooMuch(sku=one.sku, order=order, due=due, asked=one.quantity)
    return found


def by_leg(came: Sequence[Arrive], legs: Mapping[str, str]) -> dict[str, Arrive]:
    """What its boxes tell of each leg: it came with the first, and lacks what any of them does."""
    found: dict[str, Arrive] = {}
    for one in came:
        key = legs[one.id]
        first = found.get(key)
        if first is None:
            found[key] = one
        else:
            found[key] = structs.replace(first, missing=(*first.missing, *one.missing))
    return found


def missing(leg: Leg, units: Sequence[tuple[str, int]]) -> dict[int, int] | None:
    """What was not in the box, by line from the last; None: more than there should have been."""
    left = {line.line: line.due_units for line in leg.lines}
    gone: dict[int, int] = {}
    for sku, count in units:
        rest = count
        for line in reversed(leg.lines):
            taken = min(rest, left[line.line]) if line.sku == sku else 0
            if taken:
                left[line.line] -= taken
                rest -= taken
                gone[line.line] = gone.get(line.line, 0) + taken
        if rest:
            return None
    return gone
