"""Questions about what was learned of deliveries, and what became of what was promised."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.kit.db import Connection, rows
from noria.promise.delivery.legs import believed
from noria.promise.delivery.model import Calibration, Foresight, Learned, PromiseRecord

_LEARNED = msgspec.json.Decoder(Learned)
_LAST: list[tuple[tuple[int, datetime], Foresight]] = []
"""The run that this process read last: a run never changes, so it is read once."""


def foresight(tx: Connection) -> Foresight:
    """What the last run learned; what is believed beforehand where there was none."""
    found = tx.execute(
        "select number, learned_at from delivery_run order by number desc limit 1"
    ).fetchone()
    if found is None:
        return believed()
    key = (found[0], found[1])
    if _LAST and _LAST[0][0] == key:
        return _LAST[0][1]
    told = tx.execute(
        "select learned::text from delivery_run where number = %s", [found[0]]
    ).fetchone()
    assert told is not None, "runs that are the last are not forgotten"
    known = Foresight(run=found[0], learned=_LEARNED.decode(told[0]))
    _LAST[:] = [(key, known)]
    return known


def calibration(tx: Connection) -> list[Calibration]:
    """Of those promised with about this chance, how many were kept."""
    return rows(
        tx,
        Calibration,
        """
        select floor(chance * 20)::int * 5 as from_percent, sum(settled)::bigint as settled,
            sum(kept)::bigint as kept,
            round(sum(chance * settled) / sum(settled), 4)::double precision as told,
            round(sum(kept) / sum(settled), 4)::double precision as share_kept
        from (
            select chance, count(*) as settled, count(*) filter (where is_kept) as kept
            from promise
            where settled_at is not null
            group by chance
        ) as alike
        group by 1
        order by 1 desc
        """,
    )


BY = {
    "node": "coalesce(promise.node, '')",
    "carrier": "coalesce(service.carrier, '')",
    "option": "promise.option",
}


def records(
    tx: Connection, by: str, after: str, limit: int, nodes: Sequence[str] | None = None
) -> list[PromiseRecord]:
    """Kept and broken promises by node, carrier or option, in key order."""
    return rows(
        tx,
        PromiseRecord,
        f"""
        select * from (
            select {BY[by]} as key, count(*) filter (where is_kept) as kept,
                count(*) filter (where not is_kept) as broken,
                count(*) filter (where settled_at is null and withdrawn_at is null) as open,
                round(avg(promise.chance) filter (where settled_at is not null), 4)
                    ::double precision as told
            from promise
            left join service on service.code = promise.service
            where %(nodes)s::text[] is null or promise.node = any(%(nodes)s)
            group by 1
        ) as record
        where key > %(after)s
        order by key
        limit %(limit)s
        """,  # noqa: S608 - one of BY
        {"after": after, "limit": limit, "nodes": None if nodes is None else list(nodes)},
    )
