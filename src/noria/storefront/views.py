"""Questions about who waits, and about what could be offered instead."""

from collections.abc import Sequence
from functools import partial
from typing import Any, LiteralString

from noria.kit.db import Connection, row, rows
from noria.network.model import Spot
from noria.promise import atp_views
from noria.promise.atp_model import Near
from noria.storefront.model import (
    News,
    Place,
    Suggestion,
    Suggestions,
    Wait,
    WaitState,
    read,
)

LOOKED_AT = 60
"""So many SKUs of a kind are looked at, at most, before those that are near are shown."""

WAITS: LiteralString = """
    select id, sku, channel, store, country, postcode, medium, language, asked_at, until, state,
        told_at, node, turn_until, reservation, ended_at, delivery, attempts, result
    from wait"""


def wait(tx: Connection, wait_id: str) -> Wait | None:
    return row(tx, partial(read, Wait), f"{WAITS} where id = %s", [wait_id])


def waits(
    tx: Connection,
    *,
    sku: str | None = None,
    store: str | None = None,
    state: WaitState | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Wait]:
    """Who waits or was told, those who asked first first; `after` is (asked_at as text, id)."""
    return rows(
        tx,
        partial(read, Wait),
        f"""{WAITS}
        where (%(sku)s::text is null or sku = %(sku)s)
            and (%(store)s::text is null or store = %(store)s)
            and (%(state)s::text is null or state = %(state)s)
            and (%(at)s::timestamptz is null or (asked_at, id) > (%(at)s, %(id)s))
        order by asked_at, id
        limit %(limit)s
        """,
        {
            "sku": sku,
            "store": store,
            "state": None if state is None else state.value,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def news(tx: Connection, wait_id: str) -> News | None:
    """What one who waits is told; None once nobody has to be told any more."""
    return row(
        tx,
        partial(read, News),
        """
        select wait.id, medium, address, language, url, wait.sku, sku.name, store.name as store,
            asked_at, case when reservation is not null then turn_until end as held_until,
            node.time_zone, attempts
        from wait
        join sku on sku.code = wait.sku
        join node on node.code = wait.node
        left join node as store on store.code = wait.store
        where wait.id = %s and delivery = 'waiting'
        """,
        [wait_id],
    )


def suggestions(
    tx: Connection,
    sku: str,
    spot: Spot,
    *,
    channel: str | None,
    kinds: Sequence[str],
    within_km: float,
    limit: int,
) -> Suggestions:
    """What is near now: instead of a SKU, and together with it."""
    likely = tx.execute(
        """
        (
            select false as is_together, code, name, 0 as orders, sum(units) as rank
            from sku
            left join recent_sales on recent_sales.sku = sku.code
            where category = (select category from sku where code = %(sku)s)
                and category <> '' and code <> %(sku)s and is_sold
            group by code, name
            order by rank desc nulls last, code
            limit %(most)s
        )
        union all
        (
            select true, code, name, orders, likeness
            from bought_together
            join sku on sku.code = other
            where bought_together.sku = %(sku)s and is_sold
            order by likeness desc, code
            limit %(most)s
        )
        """,
        {"sku": sku, "most": LOOKED_AT},
    ).fetchall()
    nearby = atp_views.near_each(
        tx,
        sorted({code for _, code, *_ in likely}),
        spot,
        channel=channel,
        kinds=kinds,
        within_km=within_km,
        limit=3,
    )

    def shown(*, is_together: bool) -> list[Suggestion]:
        return [
            Suggestion(sku=code, name=name, orders=orders, places=_places(nearby[code]))
            for together, code, name, orders, _ in likely
            if together is is_together and nearby.get(code)
        ][:limit]

    return Suggestions(sku=sku, instead=shown(is_together=False), together=shown(is_together=True))


def _places(near: Sequence[Near]) -> list[Place]:
    return [Place(node=one.node, name=one.name, km=one.km, units=one.units) for one in near]
