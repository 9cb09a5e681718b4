"""Waits and what is bought together: the SQL that writes, and the reads that lock."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from noria.kit.db import Connection, rows
from noria.messages.outbox_model import Medium, State
from noria.storefront.model import Open, WaitBody, read

LEASE = timedelta(minutes=5)
"""A message that is claimed is nobody else's for so long: then whoever claimed it has died."""

MOST_WAITING = 1000
"""So many of a SKU are looked at, at a time, those who asked first."""


def insert(
    tx: Connection, wait: str, body: WaitBody, *, medium: Medium, until: date, now: datetime
) -> bool:
    """Whether nobody of this address waits there already."""
    found = tx.execute(
        """
        insert into wait (id, sku, channel, store, country, postcode, medium, address, language,
            url, customer, shopper, hold_minutes, asked_at, until, state)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'waiting')
        on conflict do nothing
        """,
        [
            wait,
            body.sku,
            body.channel,
            body.store,
            body.country if body.postcode else None,
            body.postcode.replace(" ", "").upper() if body.postcode else None,
            medium.value,
            (body.email or body.phone or "").lower(),
            body.language,
            body.url,
            body.customer,
            body.shopper,
            body.hold_minutes,
            now,
            until,
        ],
    )
    return found.rowcount == 1


def end(tx: Connection, wait: str, *, now: datetime) -> None:
    """They do not wait any more, and are not told what was not sent yet."""
    tx.execute(
        """
        update wait
        set ended_at = case when state = 'waiting' then %(now)s else ended_at end,
            state = case when state = 'waiting' then 'ended' else state end,
            delivery = case when delivery = 'waiting' then 'dropped' else delivery end,
            result = case when delivery = 'waiting' then 'no longer wanted' else result end,
            address = null
        where id = %(wait)s and (state = 'waiting' or delivery = 'waiting')
        """,
        {"now": now, "wait": wait},
    )


def end_overdue(tx: Connection, *, now: datetime) -> int:
    """Those who have waited long enough wait no longer; how many."""
    return tx.execute(
        """
        update wait
        set state = 'ended', ended_at = %s, address = null
        where state = 'waiting' and until < %s
        """,
        [now, now.date()],
    ).rowcount


def waiting_skus(tx: Connection, *, after: str, limit: int) -> list[str]:
    """SKUs that somebody waits for, in key order."""
    found = tx.execute(
        "select distinct sku from wait where state = 'waiting' and sku > %s order by sku limit %s",
        [after, limit],
    )
    return [sku for (sku,) in found]


def channels(tx: Connection, skus: Sequence[str]) -> list[str | None]:
    """In which channels these SKUs are waited for."""
    found = tx.execute(
        "select distinct channel from wait where state = 'waiting' and sku = any(%s) order by 1",
        [list(skus)],
    )
    return [channel for (channel,) in found]


def lock_open(tx: Connection, sku: str, nodes: Sequence[str]) -> list[Open]:
    """Who waits for a SKU that is at these nodes, locked, those who asked first first."""
    return rows(
        tx,
        partial(read, Open),
        """
        select id, sku, channel, store, country, postcode, medium, shopper, hold_minutes
        from wait
        where state = 'waiting' and sku = %s and (store is null or store = any(%s))
        order by asked_at, id
        limit %s
        for update
        """,
        [sku, list(nodes), MOST_WAITING],
    )


def spoken(tx: Connection, sku: str, *, now: datetime) -> dict[str, int]:
    """By node, units that somebody was told of, whose turn it still is, and that nobody holds."""
    return dict(
        tx.execute(
            """
            select node, count(*)
            from wait
            where state = 'told' and sku = %s and turn_until > %s and reservation is null
            group by node
            """,
            [sku, now],
        ).fetchall()
    )


def tell(
    tx: Connection,
    wait: str,
    node: str,
    *,
    turn_until: datetime,
    reservation: str | None,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """It is their turn; without `due_at` there is no way to send it, and the event alone tells."""
    tx.execute(
        """
        update wait
        set state = 'told', told_at = %(now)s, node = %(node)s, turn_until = %(turn_until)s,
            reservation = %(reservation)s, due_at = %(due_at)s,
            delivery = case when %(due_at)s::timestamptz is null then 'dropped' else 'waiting' end,
            result = case
                when %(due_at)s::timestamptz is null then 'no way of sending is set up' else ''
            end,
            address = case when %(due_at)s::timestamptz is null then null else address end
        where id = %(wait)s
        """,
        {
            "wait": wait,
            "node": node,
            "turn_until": turn_until,
            "reservation": reservation,
            "due_at": due_at,
            "now": now,
        },
    )


def claim(tx: Connection, *, now: datetime, limit: int) -> list[str]:
    """Waits whose message is due, the oldest first, each for one sender alone."""
    found = tx.execute(
        """
        with due as (
            select id
            from wait
            where delivery = 'waiting' and due_at <= %(now)s
            order by due_at, id
            limit %(limit)s
            for update skip locked
        )
        update wait
        set due_at = %(until)s, attempts = attempts + 1
        from due
        where wait.id = due.id
        returning wait.id
        """,
        {"now": now, "until": now + LEASE, "limit": limit},
    )
    return sorted(key for (key,) in found)


def settle(
    tx: Connection, wait: str, state: State, *, result: str, again_at: datetime | None = None
) -> None:
    """Write what came of an attempt; the address is forgotten with the last."""
    tx.execute(
        """
        update wait
        set delivery = %(state)s, result = %(result)s, due_at = coalesce(%(again_at)s, due_at),
            address = case when %(state)s = 'waiting' then address end
        where id = %(wait)s and delivery = 'waiting'
        """,
        {"wait": wait, "state": state.value, "result": result[:500], "again_at": again_at},
    )


def erase(tx: Connection, customer: str, alias: str, *, now: datetime) -> None:
    """Forget where to tell a customer, and who it was; they wait no longer."""
    tx.execute(
        """
        update wait
        set customer = %(alias)s, shopper = case when hold_minutes > 0 then %(alias)s end,
            address = null, state = case when state = 'waiting' then 'ended' else state end,
            ended_at = case when state = 'waiting' then %(now)s else ended_at end,
            delivery = case when delivery = 'waiting' then 'dropped' else delivery end
        where customer = %(customer)s
        """,
        {"customer": customer, "alias": alias, "now": now},
    )


def learn(tx: Connection, *, since: datetime, most_lines: int, least: int, most: int) -> int:
    """Make anew which SKUs orders had in common; how many pairs.

    Orders of more than `most_lines` SKUs say little of any two of them, and are left out; so are
    pairs of fewer than `least` orders, and all but the `most` likest of each SKU.
    """
    tx.execute("delete from bought_together")
    return tx.execute(
        """
        with bought as (
            select order_id, array_agg(distinct sku) as skus
            from order_line
            join customer_order on customer_order.id = order_line.order_id
            where placed_at > %(since)s and quantity > cancelled
            group by order_id
            having count(distinct sku) <= %(most_lines)s
        ), line as (
            select order_id, unnest(skus) as sku from bought
        ), alone as (
            select sku, count(*) as orders from line group by sku
        ), pair as (
            select one.sku, other.sku as other, count(*) as orders
            from line as one
            join line as other using (order_id)
            where one.sku <> other.sku
            group by one.sku, other.sku
            having count(*) >= %(least)s
        ), likest as (
            select pair.sku, pair.other, pair.orders,
                pair.orders / sqrt(mine.orders::double precision * theirs.orders) as likeness
            from pair
            join alone as mine on mine.sku = pair.sku
            join alone as theirs on theirs.sku = pair.other
        ), ranked as (
            select *, row_number() over (partition by sku order by likeness desc, other) as place
            from likest
        )
        insert into bought_together (sku, other, orders, likeness)
        select sku, other, orders, likeness from ranked where place <= %(most)s
        """,
        {"since": since, "most_lines": most_lines, "least": least, "most": most},
    ).rowcount
