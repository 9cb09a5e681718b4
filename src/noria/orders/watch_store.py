"""Open promises that are watched: the SQL that writes, and finds what to look at."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders.watch_model import Watched


def to_look_at(tx: Connection, *, before: datetime, limit: int) -> list[str]:
    """Orders with an open promise; those longest not looked at come first.

    What waits for its customer in a store has come as promised; what waits for their payment is
    late by their doing.
    """
    found = tx.execute(
        """
        select promise.order_id
        from promise
        join customer_order on customer_order.id = promise.order_id
        left join order_watch on order_watch.order_id = promise.order_id
        where settled_at is null and withdrawn_at is null
            and stage not in ('delivered', 'cancelled')
            and (looked_at is null or looked_at <= %s)
            and not (store is not null and stage in ('picked', 'packed') and not exists (
                select from leg
                where leg.order_id = promise.order_id and withdrawn_at is null
                    and delivered_at is null and ready_at is null
            ))
            and not exists (
                select from order_hold
                where order_hold.order_id = promise.order_id and lifted_at is null
                    and kind = 'payment'
            )
        order by looked_at nulls first, promise.order_id
        limit %s
        """,
        [before, limit],
    )
    return [order for (order,) in found]


def save(tx: Connection, watched: Sequence[Watched], *, now: datetime) -> None:
    """Write how open promises are now; since when one is in danger stays while the step does."""
    dangers = [one.danger for one in watched]
    tx.execute(
        """
        insert into order_watch as known (order_id, looked_at, chance, promised_to, step, leg, node,
            due_at, is_missed, owner, since, is_unsure, unsure_of)
        select order_id, %(now)s, chance, promised_to, step, leg, node, due_at, is_missed, owner,
            case when step is not null then %(now)s::timestamptz end,
            is_unsure, case when is_unsure then promised_to end
        from unnest(%(orders)s::text[], %(chances)s::float8[], %(days)s::date[], %(steps)s::text[],
            %(legs)s::text[], %(nodes)s::text[], %(due)s::timestamptz[], %(missed)s::boolean[],
            %(owners)s::text[], %(unsure)s::boolean[])
            as given (order_id, chance, promised_to, step, leg, node, due_at, is_missed, owner,
                is_unsure)
        on conflict (order_id) do update
        set looked_at = excluded.looked_at, chance = excluded.chance,
            promised_to = excluded.promised_to, step = excluded.step, leg = excluded.leg,
            node = excluded.node, due_at = excluded.due_at, is_missed = excluded.is_missed,
            owner = excluded.owner,
            since = case
                when (known.step, known.leg) is not distinct from (excluded.step, excluded.leg)
                    then known.since
                else excluded.since
            end,
            is_unsure = excluded.is_unsure,
            unsure_of = coalesce(excluded.unsure_of, known.unsure_of)
        """,
        {
            "now": now,
            "orders": [one.order for one in watched],
            "chances": [one.chance for one in watched],
            "days": [one.promised_to for one in watched],
            "steps": [one.step.value if one else None for one in dangers],
            "legs": [one.leg if one else None for one in dangers],
            "nodes": [one.node if one else None for one in dangers],
            "due": [one.due_at if one else None for one in dangers],
            "missed": [bool(one and one.is_missed) for one in dangers],
            "owners": [one.owner.value if one else None for one in dangers],
            "unsure": [one.is_unsure for one in watched],
        },
    )
