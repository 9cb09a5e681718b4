"""Questions to the ledger's history. None costs more the longer the history is.

A cut (`ledger_cut`) keeps what balances were after every move up to a seq, and within which times
the moves since the cut before happened and were recorded. A past instant is then the last cut
before it, plus what the stretches that reach to it say, which is a day or so of one place's moves.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.stock.history_model import INSIDE, Basis, BookedMove, End, Flow, Mark, Told
from noria.stock.model import Balance, Movement, MovementKind, Place, State
from noria.stock.tracked import views as tracked

Shape = TypeVar("Shape", bound=Struct)

NEWEST = (1 << 63) - 1


def balances_at(
    tx: Connection,
    at: datetime,
    basis: Basis,
    *,
    skus: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[object] | None = None,
    limit: int | None = 100,
) -> list[Balance]:
    """Balances at a past instant that were not zero, in key order.

    By HAPPENED, late movements count from when they happened; by RECORDED, from when we heard. The
    former may be less than nothing for a while, where reports contradict each other.
    """
    return rows(
        tx,
        _shaped(Balance),
        """
        with stretch as materialized (
            select low, high from ledger_stretches(%(at)s, %(at)s, %(is_recorded)s)
        )
        select place.sku, place.node, place.state::text, past.quantity
        from balance as place
        cross join lateral (
            select coalesce((
                select quantity
                from balance_snapshot as kept
                where (kept.sku, kept.node, kept.state) = (place.sku, place.node, place.state)
                    and kept.seq <= (select high from stretch where low is null)
                order by kept.seq desc
                limit 1
            ), 0) + coalesce((
                select sum(part.change)
                from stretch
                cross join changes_at_node(place.sku, place.node, stretch.low, stretch.high) as part
                join movement on movement.id = part.movement_id
                where part.state = place.state
                    and case when %(is_recorded)s then recorded_at else happened_at end <= %(at)s
            ), 0)::bigint as quantity
        ) as past
        where past.quantity <> 0
            and (%(skus)s::text[] is null or place.sku = any(%(skus)s))
            and (%(nodes)s::text[] is null or place.node = any(%(nodes)s))
            and (%(after)s::text[] is null or (place.sku, place.node, place.state::text)
                > (%(after)s[1], %(after)s[2], %(after)s[3]))
        order by place.sku, place.node, place.state::text
        limit %(limit)s
        """,
        {
            "at": at,
            "is_recorded": basis is Basis.RECORDED,
            "skus": None if skus is None else list(skus),
            "nodes": None if nodes is None else list(nodes),
            "after": None if after is None else [str(part) for part in after],
            "limit": limit,
        },
    )


def ends(
    tx: Connection, sku: str, node: str, *, top: Mark, since: datetime | None, limit: int
) -> list[End]:
    """Both ends of the newest lines of moves at a node, of which `top` is the first, newest first.

    `limit` counts lines; ends beyond our walls are there too. What was recorded long before `since`
    is not looked at.
    """
    return rows(
        tx,
        _shaped(End),
        """
        select near.seq, movement.id as movement, near.line, movement.kind::text,
            coalesce(near.own_cause, movement.cause) as cause, movement.reason,
            movement.actor, movement.happened_at, movement.recorded_at,
            part.state::text, part.change
        from (
            (
                select * from move_part
                where sku = %(sku)s and target_node = %(node)s
                    and seq <= %(top)s and (seq < %(top)s or line <= %(top_line)s)
                    and seq > %(bottom)s
                order by seq desc, line desc
                limit %(limit)s
            )
            union all
            (
                select * from move_part
                where sku = %(sku)s and source_node = %(node)s and source_node <> target_node
                    and seq <= %(top)s and (seq < %(top)s or line <= %(top_line)s)
                    and seq > %(bottom)s
                order by seq desc, line desc
                limit %(limit)s
            )
            order by seq desc, line desc
            limit %(limit)s
        ) as near
        join movement on movement.id = near.movement_id
        cross join lateral (
            select source_state as state, -quantity as change where source_node = %(node)s
            union all
            select target_state, quantity where target_node = %(node)s
        ) as part
        order by near.seq desc, near.line desc, part.state
        """,
        {
            "sku": sku,
            "node": node,
            "top": top.seq,
            "top_line": top.line,
            "bottom": 0 if since is None else _decided_by(tx, since),
            "limit": limit,
        },
    )


def start(tx: Connection, sku: str, node: str, until: datetime | None = None) -> Mark:
    """Where to begin to tell: today, or a cut after which nothing was recorded by then."""
    seq = None if until is None else _cut_after(tx, until)
    if seq is None:
        found = tx.execute(
            "select state::text, quantity from balance where sku = %s and node = %s", [sku, node]
        )
    else:
        found = tx.execute(
            """
            select distinct on (state) state::text, quantity
            from balance_snapshot
            where sku = %s and node = %s and seq <= %s
            order by state, seq desc
            """,
            [sku, node, seq],
        )
    known = {State(state): int(units) for state, units in found.fetchall()}
    levels = {state: known.get(state, 0) for state in INSIDE}
    return Mark(seq=NEWEST if seq is None else seq, state=None, levels=levels)


def flows(tx: Connection, sku: str, node: str, *, since: datetime, until: datetime) -> list[Flow]:
    """Units that came to a SKU's places at a node, and left them, recorded in a period."""
    return rows(
        tx,
        _shaped(Flow),
        """
        select part.state::text, movement.kind::text,
            coalesce(sum(part.change) filter (where part.change > 0), 0)::bigint as came,
            coalesce(-sum(part.change) filter (where part.change < 0), 0)::bigint as left
        from ledger_stretches(%(since)s, %(until)s, true) as stretch
        cross join changes_at_node(%(sku)s, %(node)s, stretch.low, stretch.high) as part
        join movement on movement.id = part.movement_id
        where movement.recorded_at > %(since)s and movement.recorded_at <= %(until)s
            and part.state <> 'outside'
        group by part.state, movement.kind
        order by part.state, movement.kind::text
        """,
        {"since": since, "until": until, "sku": sku, "node": node},
    )


def movement(tx: Connection, movement_id: str) -> Movement | None:
    """A movement with its moves, and the lots and serials that they named."""
    found = told(tx, movement_id)
    if found is None:
        return None
    return Movement(
        id=found.id,
        kind=found.kind,
        cause=found.cause,
        happened_at=found.happened_at,
        moves=tuple(found.moves),
        reason=found.reason,
    )


def told(tx: Connection, movement_id: str) -> Told | None:
    """A movement with all that the book says of it."""
    found = tx.execute(
        "select kind::text, cause, reason, actor, happened_at, recorded_at from movement"
        " where id = %s",
        [movement_id],
    ).fetchone()
    if found is None:
        return None
    kind, cause, reason, actor, happened_at, recorded_at = found
    is_correction = kind == MovementKind.CORRECTED.value and cause.startswith("movement:")
    return Told(
        id=movement_id,
        kind=MovementKind(kind),
        cause=cause,
        reason=reason,
        actor=actor,
        happened_at=happened_at,
        recorded_at=recorded_at,
        moves=_moves(tx, movement_id),
        corrects=cause.removeprefix("movement:") if is_correction else None,
        corrected_by=corrected_by(tx, movement_id),
        found=found_for(tx, movement_id),
    )


def _moves(tx: Connection, movement_id: str) -> list[BookedMove]:
    lots, serials = tracked.named(tx, movement_id)
    return [
        BookedMove(
            sku=sku,
            quantity=quantity,
            source=Place(source_node, State(source_state)),
            target=Place(target_node, State(target_state)),
            lots=tuple(lots.get(line, ())),
            serials=tuple(serials.get(line, ())),
            cause=cause,
        )
        for line, sku, quantity, source_node, source_state, target_node, target_state, cause in (
            tx.execute(
                """
                select line, sku, quantity, source_node, source_state::text, target_node,
                    target_state::text, own_cause
                from move_part
                where movement_id = %s
                order by line
                """,
                [movement_id],
            )
        )
    ]


def corrected_by(tx: Connection, movement_id: str) -> str | None:
    """The movement that corrects this one, if there is one."""
    found = tx.execute(
        "select id from movement where kind = 'corrected' and cause = %s",
        [f"movement:{movement_id}"],
    ).fetchone()
    return None if found is None else str(found[0])


def found_for(tx: Connection, movement_id: str) -> list[str]:
    """What was booked as found so that this movement fitted, and was not corrected since."""
    found = tx.execute(
        """
        select id
        from movement
        where kind = 'found' and cause = %s
            and not exists (
                select from movement as undone
                where undone.kind = 'corrected' and undone.cause = 'movement:' || movement.id
            )
        order by id
        """,
        [f"movement:{movement_id}"],
    )
    return [str(key) for (key,) in found.fetchall()]


def last_cut(tx: Connection) -> tuple[datetime | None, int]:
    """When the last cut was made, and about how many moves have come since."""
    found = tx.execute(
        """
        select max(made_at),
            coalesce(pg_sequence_last_value('move_seq_seq'), 0) - coalesce(max(seq), 0)
        from ledger_cut
        """
    ).fetchone()
    assert found is not None
    return found[0], int(found[1])


def _cut_after(tx: Connection, until: datetime) -> int | None:
    """The cut that holds every move recorded by then, unless the open end may hold some too."""
    found = tx.execute(
        """
        select min(seq)
        from ledger_cut
        where seq >= (
            select coalesce(max(seq), 0) from ledger_cut where first_recorded_at <= %s
        ) and seq < (select max(seq) from ledger_cut)
        """,
        [until],
    ).fetchone()
    return None if found is None or found[0] is None else int(found[0])


def _decided_by(tx: Connection, since: datetime) -> int:
    """The last cut of which every move was recorded by then."""
    found = tx.execute(
        "select coalesce(max(seq), 0) from ledger_cut where recorded_by <= %s", [since]
    ).fetchone()
    assert found is not None
    return int(found[0])


def _shaped(shape: type[Shape]) -> Callable[..., Shape]:
    """`shape` made of columns, its states and kinds from their names."""

    def make(**columns: Any) -> Shape:
        return msgspec.convert(columns, shape)

    return make
