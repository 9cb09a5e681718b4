"""What the auditor asks: what is said twice must be said alike.

Each room keeps its checks in a table (`checks.py`), one row each; the tower runs all of them. A
check is one statement over sets, and answers with a row for each difference:

- `subject` says what differs (`balance:mug:PAR:available`), `expected` and `found` how, as text
- `sku` and `node` say where, and may be null
- what its `trace` needs: `state` for a place, `cause` for a cause, `movement` if it knows it

Five words are filled in, so that a statement looks at a part as well as at everything:
`within(sku)` keeps the SKUs of a slice, `at_node(node)` its nodes, `among(order)` the orders,
`since(instant)` what was recorded since the last audit, `lately(instant)` the same on machine time.
"""

import re
import time
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.kit.errors import Text

SHOWN = 1000
"""How many differences of a check are written down; all of them are counted."""


class Severity(Enum):
    """How bad a difference is: units or promises are wrong, or something ought to be looked at."""

    WRONG = "wrong"
    DOUBTFUL = "doubtful"


class Trace(Enum):
    """How the movement is found that brought a difference about, or was there last."""

    PLACE = "place"
    CAUSE = "cause"
    MOVEMENT = "movement"
    NONE = "none"


class Check(Struct, frozen=True, kw_only=True):
    """One question of the auditor. `of` says what it looks at, and `compared` counts that."""

    name: str
    question: Text
    of: str
    statement: str
    compared: str
    severity: Severity = Severity.WRONG
    trace: Trace = Trace.NONE
    is_by_sku: bool = False
    """Whether it can be asked SKU by SKU."""
    is_by_node: bool = False
    """Whether it can be asked node by node; what can be neither is asked once, over everything."""


class Scope(Struct, frozen=True, kw_only=True):
    """The part that is looked at; None is no limit.

    SKUs: above `low`, up to `high`; nodes: above `low_node`, up to `high_node`.
    """

    low: str | None = None
    high: str | None = None
    low_node: str | None = None
    high_node: str | None = None
    skus: Sequence[str] | None = None
    orders: Sequence[str] | None = None
    since: datetime | None = None
    lately: datetime | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """Something that is said twice, and not alike; `movement` caused it, or was there last."""

    check: str
    subject: str
    sku: str | None
    node: str | None
    expected: str
    found: str
    movement: str | None


class Result(Struct, frozen=True, kw_only=True):
    """How many things a check looked at, how much did not agree, and how long that took."""

    check: str
    compared: int
    differences: int
    milliseconds: int


TRACES = {
    Trace.PLACE: """(
        select entry.movement_id
        from entry
        where entry.sku = difference.sku
            and (difference.node is null or entry.node = difference.node)
            and (difference.state is null or entry.state::text = difference.state)
        order by entry.seq desc
        limit 1
    )""",
    Trace.CAUSE: """(
        select movement.id
        from movement
        join move_part as move on move.movement_id = movement.id
        where coalesce(move.own_cause, movement.cause) = difference.cause
            and move.sku = difference.sku
        order by move.seq desc
        limit 1
    )""",
    Trace.MOVEMENT: "difference.movement",
    Trace.NONE: "null",
}

LIMITS = {
    "within": "((%(low)s::text is null or {0} > %(low)s)"
    " and (%(high)s::text is null or {0} <= %(high)s)"
    " and (%(skus)s::text[] is null or {0} = any(%(skus)s)))",
    "at_node": "((%(low_node)s::text is null or {0} > %(low_node)s)"
    " and (%(high_node)s::text is null or {0} <= %(high_node)s))",
    "among": "(%(orders)s::text[] is null or {0} = any(%(orders)s))",
    "since": "(%(since)s::timestamptz is null or {0} >= %(since)s)",
    "lately": "(%(lately)s::timestamptz is null or {0} >= %(lately)s)",
}
LIMIT = re.compile(rf"\b({'|'.join(LIMITS)})\(((?:[^()]|\([^()]*\))+)\)")


def ask(
    tx: Connection, checks: Sequence[Check], scope: Scope
) -> tuple[list[Result], list[Finding]]:
    """Ask these checks about a part; of each, at most `SHOWN` findings in order of subject."""
    results, findings = [], []
    counted: dict[str, int] = {}
    for check in checks:
        began = time.monotonic()
        if check.compared not in counted:
            counted[check.compared] = _count(tx, check, scope)
        found, total = _differences(tx, check, scope)
        findings += found
        results.append(
            Result(
                check=check.name,
                compared=counted[check.compared],
                differences=total,
                milliseconds=round((time.monotonic() - began) * 1000),
            )
        )
    return results, findings


def _differences(tx: Connection, check: Check, scope: Scope) -> tuple[list[Finding], int]:
    found: list[dict[str, Any]] = rows(tx, dict, _question(check), _values(scope))
    names = Finding.__struct_fields__[1:]
    return [Finding(check=check.name, **{name: row[name] for name in names}) for row in found], (
        found[0]["total"] if found else 0
    )


def _count(tx: Connection, check: Check, scope: Scope) -> int:
    row = tx.execute(_limited(check.compared), _values(scope)).fetchone()
    assert row is not None
    return int(row[0])


@cache
def _question(check: Check) -> str:
    return f"""
        select subject, sku, node, expected, found, total,
            {TRACES[check.trace]} as movement
        from (
            select asked.*, count(*) over () as total
            from ({_limited(check.statement)}) as asked
            order by subject
            limit {SHOWN}
        ) as difference
        order by subject
    """  # noqa: S608 - made of tables in the code


@cache
def _limited(statement: str) -> str:
    return LIMIT.sub(lambda found: LIMITS[found[1]].format(found[2]), statement)


def _values(scope: Scope) -> dict[str, Any]:
    return {
        "low": scope.low,
        "high": scope.high,
        "low_node": scope.low_node,
        "high_node": scope.high_node,
        "skus": None if scope.skus is None else list(scope.skus),
        "orders": None if scope.orders is None else list(scope.orders),
        "since": scope.since,
        "lately": scope.lately,
    }


CHECKS = (
    Check(
        name="answer.settled",
        question=Text(
            "Does each request that was taken have its answer?",
            "Chaque demande prise a-t-elle sa réponse\u202f?",
        ),
        of="answers",
        statement="""
            select 'answer:' || scope || ' ' || key as subject, null::text as sku,
                null::text as node, 'an answer' as expected, 'none' as found
            from answer
            where status = 0 and lately(answered_at)
        """,
        compared="select count(*) from answer where lately(answered_at)",
    ),
)
"""What the kit itself says twice."""
