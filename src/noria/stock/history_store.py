"""The history's SQL that writes: cuts through the book, so that no date is far from one."""

from datetime import datetime

from noria.kit.db import Connection

MOST_MOVES = 500_000
"""As many numbers of moves one cut spans: what one statement adds up, and one reader looks at."""


def cut(tx: Connection, *, now: datetime) -> int:
    """Keep what balances are after the next moves in order; how many numbers it spans, or 0.

    A row is kept only where something moved since the cut before.
    """
    tx.execute("select pg_advisory_xact_lock(hashtext('stock.cut'))")
    highest = horizon(tx)
    last = tx.execute("select coalesce(max(seq), 0) from ledger_cut").fetchone()
    assert last is not None
    previous = int(last[0])
    if highest is None or highest <= previous:
        return 0
    seq = min(highest, previous + MOST_MOVES)
    is_made = tx.execute(
        """
        insert into ledger_cut (seq, previous_seq, made_at, first_happened_at, first_recorded_at,
            happened_by, recorded_by)
        select %(seq)s, %(previous)s, %(now)s, min(happened_at), min(recorded_at),
            greatest(max(happened_at), max(before.happened_by)),
            greatest(max(recorded_at), max(before.recorded_by))
        from move
        join movement on movement.id = move.movement_id
        left join ledger_cut as before on before.seq = %(previous)s
        where move.seq > %(previous)s and move.seq <= %(seq)s
        having count(*) > 0
        """,
        {"seq": seq, "previous": previous, "now": now},
    ).rowcount
    if not is_made:
        return 0
    tx.execute(
        """
        insert into balance_snapshot (sku, node, state, seq, quantity)
        select sku, node, state, %(seq)s, coalesce(before.quantity, 0) + moved.change
        from (
            select sku, node, state, sum(change)::bigint as change
            from entry
            where seq > %(previous)s and seq <= %(seq)s
            group by sku, node, state
        ) as moved
        left join lateral (
            select quantity
            from balance_snapshot
            where (balance_snapshot.sku, balance_snapshot.node, balance_snapshot.state)
                = (moved.sku, moved.node, moved.state)
            order by seq desc
            limit 1
        ) as before on true
        """,
        {"seq": seq, "previous": previous},
    )
    return seq - previous


def horizon(tx: Connection, *, patience_s: float = 1.0) -> int | None:
    """The seq up to which every move is decided; None if a writer takes longer than that."""
    found = tx.execute("select move_horizon(make_interval(secs => %s))", [patience_s]).fetchone()
    assert found is not None
    return None if found[0] is None else int(found[0])


def lock_movement(tx: Connection, movement_id: str) -> bool:
    """Let nobody else correct this movement meanwhile; whether there is one."""
    found = tx.execute("select from movement where id = %s for no key update", [movement_id])
    return found.fetchone() is not None
