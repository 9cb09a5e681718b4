"""How a story with carriers ended: each order, what needed a person, and who was told in time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from noria.kit.db import Connection
from noria.tower import exception_views, standing_actions

ZONE = "Europe/Paris"
"""Of the days that customers of the story are promised."""

MOST_EXCEPTIONS = 100_000
BY_ITSELF = frozenset({"pick.short", "promise.late"})
"""Kinds of exceptions of orders that tell what happened, and ask nobody to do anything."""


class Alarms(Struct, frozen=True, kw_only=True):
    """Orders that came late, and who was told so before the promised window ended.

    Late is what came after the last day first promised, or has not come since. Somebody is told
    who hears of a later day, or that it is late and none is known; a false alarm is somebody told
    whose order then came in time.
    """

    late: int
    late_told: int
    told: int
    false: int
    hours_ahead: float | None

    @property
    def told_share(self) -> float:
        return self.late_told / self.late if self.late else 1.0

    @property
    def false_share(self) -> float:
        return self.false / self.told if self.told else 0.0


class Ending(Struct, frozen=True, kw_only=True):
    """How orders ended, by how; `unexplained` are those of which nobody knows.

    `touched` are orders that waited for a person at some time, by why, `planted` those of them of
    which the story had planted the trouble.
    """

    ends: Mapping[str, int]
    unexplained: Sequence[str]
    orders: int
    touched: int
    planted: int
    kinds: Mapping[str, int]
    alarms: Alarms
    faults: int

    @property
    def free_share(self) -> float:
        """Of orders in which no trouble was planted that mattered, how many needed nobody."""
        counted = self.orders - self.planted
        return 1 - (self.touched - self.planted) / counted if counted else 1.0

    @property
    def untouched_share(self) -> float:
        return 1 - self.touched / self.orders if self.orders else 1.0


def ending(
    tx: Connection,
    touched: Mapping[str, set[str]],
    planted: frozenset[str],
    *,
    faults: int,
) -> Ending:
    """Count how it ended; `touched` is, by order, why it waited for a person."""
    stages: dict[str, str] = dict(tx.execute("select id, stage from customer_order").fetchall())
    owned = _owned(tx)
    ends: Counter[str] = Counter()
    unexplained = []
    for order, stage in sorted(stages.items()):
        if stage in {"delivered", "cancelled"}:
            ends[stage] += 1
        elif order in owned:
            ends[f"in an exception of {owned[order]}"] += 1
        else:
            unexplained.append(order)
    needed = {order: kinds - BY_ITSELF for order, kinds in touched.items()}
    waited = {order for order, kinds in needed.items() if kinds}
    return Ending(
        ends=dict(sorted(ends.items())),
        unexplained=unexplained,
        orders=len(stages),
        touched=len(waited),
        planted=len(waited & planted),
        kinds=Counter(kind for order in sorted(waited - planted) for kind in sorted(needed[order])),
        alarms=alarms(tx),
        faults=faults,
    )


def alarms(tx: Connection) -> Alarms:
    """Who came late, who was told, and how long before the promised window ended."""
    found = tx.execute(
        """
        with known as (
            select order_id,
                coalesce(not is_kept, promised_to < noria_now()::date) as is_late,
                settled_at is not null and is_kept as is_kept,
                ((promised_to + 1)::timestamp at time zone %s) as ends_at,
                least(
                    (
                        select min(changed_at)
                        from promise_change
                        where promise_change.order_id = promise.order_id
                            and promise_change.promised_to > promise.promised_to
                    ),
                    (
                        select min(at)
                        from timeline
                        where timeline.order_id = promise.order_id and kind = 'unsure'
                    )
                ) as told_at
            from promise
            where withdrawn_at is null
        )
        select count(*) filter (where is_late),
            count(*) filter (where is_late and told_at < ends_at),
            count(*) filter (where told_at < ends_at),
            count(*) filter (where told_at < ends_at and is_kept),
            percentile_cont(0.5)
                within group (order by extract(epoch from ends_at - told_at) / 3600)
                filter (where is_late and told_at < ends_at)
        from known
        """,
        [ZONE],
    ).fetchone()
    assert found is not None
    late, late_told, told, false, hours = found
    return Alarms(
        late=late,
        late_told=late_told,
        told=told,
        false=false,
        hours_ahead=None if hours is None else round(float(hours), 1),
    )


def order_of(subject: str, facts: Mapping[str, Any]) -> str | None:
    """The order that an exception is about, or whose parcel or money it is; None: about none."""
    if order := facts.get("order"):
        return str(order)
    kind, _, key = subject.partition(":")
    if kind == "order":
        return key
    return key.rpartition(".")[0] if kind == "leg" else None


def touched_now(rows: Sequence[Mapping[str, Any]], touched: dict[str, set[str]]) -> None:
    """Note which orders wait for a person now."""
    for row in rows:
        order = order_of(row["subject"], row["facts"])
        if order is not None:
            touched.setdefault(order, set()).add(row["kind"])


def told(one: Ending) -> str:
    """The ending in words."""
    alarms = one.alarms
    ahead = "" if alarms.hours_ahead is None else f", {alarms.hours_ahead:.0f} h ahead (median)"
    return "\n".join(
        [
            "ended: "
            + ", ".join(f"{count:,} {how}" for how, count in one.ends.items())
            + f", {len(one.unexplained)} unexplained"
            + "".join(f" {order}" for order in one.unexplained[:5]),
            f"needed nobody: {one.untouched_share:.1%} of {one.orders:,};"
            f" {one.free_share:.1%} where no trouble was planted"
            + "".join(f", {kind} {count}" for kind, count in sorted(one.kinds.items())),
            f"came late: {alarms.late}, told in time: {alarms.told_share:.1%}{ahead}",
            f"told that it is late: {alarms.told}, false alarms: {alarms.false_share:.1%}",
            f"audit: {one.faults} differences",
        ]
    )


def _owned(tx: Connection) -> dict[str, str]:
    """By order: the role that one of its exceptions is for."""
    found: dict[str, str] = {}
    standing_actions.look(tx)
    for row in exception_views.exceptions(tx, limit=MOST_EXCEPTIONS):
        order = order_of(row.subject, row.facts)
        if order is not None and row.owner is not None:
            found.setdefault(order, row.owner)
    return found
