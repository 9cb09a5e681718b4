"""What stores keep for customers: the SQL that writes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from noria.collect.model import Compartment, HandedOver, Notice, Refused, Spot, Way
from noria.kit.db import Connection
from noria.orders.model import Leg, Short


def secret(tx: Connection) -> bytes:
    """What codes are made with; an installation has its own."""
    found = tx.execute("select secret from collect_secret").fetchone()
    assert found is not None, "the migration makes it"
    return bytes(found[0])


def replace_secret(tx: Connection, secret: bytes) -> None:
    tx.execute("update collect_secret set secret = %s", [secret])


def open_collection(
    tx: Connection, order: str, node: str, code: str, *, ready_at: datetime, keep_until: datetime,
    remind_at: datetime,
) -> None:  # fmt: skip
    """Write that something of a locked order waits there; what comes later is kept as long."""
    tx.execute(
        """
        insert into collection (order_id, node, code, ready_at, keep_until, remind_at)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (order_id, node) do update
        set code = coalesce(collection.code, excluded.code),
            ready_at = case when collection.code is null then excluded.ready_at
                else collection.ready_at end,
            keep_until = case when collection.code is null then excluded.keep_until
                else greatest(collection.keep_until, excluded.keep_until) end,
            remind_at = excluded.remind_at, reminded_at = null, expired_at = null
        """,
        [order, node, code, ready_at, keep_until, remind_at],
    )


def add_legs(
    tx: Connection, legs: Sequence[tuple[Leg, Spot, datetime, datetime]], *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write where legs lie, as (leg, spot, when it was due, when it was ready)."""
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into collect_leg (leg_id, order_id, node, due_at, ready_at, recorded_at, actor,
                spot_kind, spot, compartment)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (leg.id, leg.order, leg.node, due_at, ready_at, now, actor, spot.kind.value,
                 spot.name, spot.compartment)
                for leg, spot, due_at, ready_at in legs
            ],
        )  # fmt: skip
    tx.execute(
        """
        insert into collect_line (leg_id, line, sku, quantity)
        select leg_id, line, sku, quantity - gone
        from leg_line
        where leg_id = any(%s) and quantity > gone
        """,
        [[leg.id for leg, *_ in legs]],
    )


def set_spots(tx: Connection, spots: Sequence[tuple[str, Spot]]) -> None:
    """Write where legs lie now, as (leg, spot)."""
    tx.execute(
        """
        update collect_leg
        set spot_kind = given.kind, spot = given.name, compartment = given.compartment
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[])
            as given (leg, kind, name, compartment)
        where collect_leg.leg_id = given.leg
        """,
        [
            [leg for leg, _ in spots],
            [spot.kind.value for _, spot in spots],
            [spot.name for _, spot in spots],
            [spot.compartment for _, spot in spots],
        ],
    )


def add_arrivals(
    tx: Connection, arrived: Sequence[tuple[Leg, str, datetime, str | None]], *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write that legs came, as (leg, store, when, the store's own leg)."""
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into collect_arrival (leg_id, order_id, node, arrived_at, recorded_at, actor,
                into_leg)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [(leg.id, leg.order, node, at, now, actor, into) for leg, node, at, into in arrived],
        )


def add_hand_over(tx: Connection, told: HandedOver, way: Way, *, actor: str, now: datetime) -> None:
    tx.execute(
        """
        insert into hand_over (id, order_id, node, happened_at, recorded_at, actor, way, is_proven,
            is_late)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [told.id, told.order, told.node, told.happened_at, now, actor, way.value, told.is_proven,
         told.is_late],
    )  # fmt: skip
    if told.legs:
        tx.execute(
            "insert into hand_over_leg (leg_id, hand_over_id) select unnest(%s::text[]), %s",
            [list(told.legs), told.id],
        )


def add_refusals(tx: Connection, hand_over: str, refused: Sequence[tuple[Short, Refused]]) -> None:
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into collect_refusal (hand_over_id, leg_id, line, sku, quantity, grade, reason)
            values (%s, %s, %s, %s, %s, %s, %s)
            on conflict (hand_over_id, leg_id, line, grade) do update
            set quantity = collect_refusal.quantity + excluded.quantity
            """,
            [
                (hand_over, short.leg, short.line, one.sku, short.units, one.grade.value,
                 one.reason)
                for short, one in refused
            ],
        )  # fmt: skip


def close(tx: Connection, order: str, node: str, *, expired_at: datetime | None = None) -> None:
    """Nothing of it waits there any more: its code opens nothing."""
    tx.execute(
        "update collection set code = null, expired_at = coalesce(%s, expired_at)"
        " where order_id = %s and node = %s",
        [expired_at, order, node],
    )
    tx.execute("delete from collect_notice where order_id = %s and node = %s", [order, node])


def extend(tx: Connection, order: str, node: str, *, until: datetime, remind_at: datetime) -> None:
    tx.execute(
        """
        update collection
        set keep_until = %s, remind_at = %s, reminded_at = null, extended = extended + 1
        where order_id = %s and node = %s
        """,
        [until, remind_at, order, node],
    )


def ended(tx: Connection, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """(order, node) of what is kept no longer, and is still there."""
    found = tx.execute(
        """
        select order_id, node
        from collection
        where expired_at is null and code is not null and keep_until <= %s
        order by keep_until, order_id
        limit %s
        """,
        [now, limit],
    )
    return found.fetchall()


def reminded(tx: Connection, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """(order, node) of what is kept for little longer, each once."""
    found = tx.execute(
        """
        with due as (
            select order_id, node
            from collection
            where reminded_at is null and expired_at is null and code is not null
                and remind_at <= %(now)s and keep_until > %(now)s and exists (
                    select from leg
                    where leg.order_id = collection.order_id and leg.node = collection.node
                        and ready_at is not null and shipped_at is null and withdrawn_at is null
                )
            order by remind_at, order_id
            limit %(limit)s
            for update skip locked
        )
        update collection
        set reminded_at = %(now)s
        from due
        where (collection.order_id, collection.node) = (due.order_id, due.node)
        returning collection.order_id, collection.node
        """,
        {"now": now, "limit": limit},
    )
    return sorted(found.fetchall())


def add_wrong_code(tx: Connection, node: str, *, actor: str, now: datetime) -> None:
    tx.execute("insert into collect_wrong_code values (%s, %s, %s)", [node, now, actor])


def settle_wrong_codes(tx: Connection, node: str, *, now: datetime) -> int:
    """What was tried there counts no more; how many tries."""
    return tx.execute(
        "update collect_wrong_code set settled_at = %s where node = %s and settled_at is null",
        [now, node],
    ).rowcount


def settle_hand_over(
    tx: Connection, hand_over: str, *, words: str, actor: str, now: datetime
) -> None:
    """Write that somebody has looked after it; whoever said so first stays."""
    tx.execute(
        """
        insert into hand_over_settlement (hand_over_id, words, actor, settled_at)
        values (%s, %s, %s, %s)
        on conflict do nothing
        """,
        [hand_over, words, actor, now],
    )


def forget_wrong_codes(tx: Connection, *, before: datetime) -> None:
    tx.execute("delete from collect_wrong_code where tried_at < %s", [before])


def set_proxy(tx: Connection, order: str, name: str | None, *, actor: str, now: datetime) -> None:
    tx.execute("delete from collect_proxy where order_id = %s", [order])
    if name is not None:
        tx.execute(
            "insert into collect_proxy (order_id, name, allowed_at, actor) values (%s, %s, %s, %s)",
            [order, name, now, actor],
        )


def set_notice(tx: Connection, order: str, node: str, told: Notice) -> None:
    tx.execute(
        """
        insert into collect_notice (order_id, node, arrives_at, told_at, vehicle, bay)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (order_id, node) do update
        set arrives_at = excluded.arrives_at, told_at = excluded.told_at,
            vehicle = excluded.vehicle, bay = excluded.bay
        """,
        [order, node, told.arrives_at, told.told_at, told.vehicle, told.bay],
    )


def put_back(tx: Connection, legs: Iterable[str], *, actor: str, now: datetime) -> list[str]:
    """What these legs send no more is on its shelf again; of which legs it was not before."""
    asked = {"legs": sorted(set(legs)), "now": now, "actor": actor}
    found = tx.execute(
        """
        with whole as (
            update collect_leg
            set put_back_at = %(now)s, put_back_by = %(actor)s
            from leg
            where leg.id = leg_id and leg_id = any(%(legs)s) and withdrawn_at is not null
                and put_back_at is null
            returning leg_id
        ), in_vain as (
            insert into collect_put_back (leg_id, put_back_at, put_back_by)
            select id, %(now)s, %(actor)s
            from leg
            where id = any(%(legs)s) and service = 'pick-up' and withdrawn_at is not null
                and picked_at is not null and ready_at is null
            on conflict do nothing
            returning leg_id
        ), in_part as (
            update collect_line
            set put_back = collect_line.quantity - (leg_line.quantity - gone)
            from leg_line
            join leg on leg.id = leg_line.leg_id
            where (leg_line.leg_id, leg_line.line) = (collect_line.leg_id, collect_line.line)
                and collect_line.leg_id = any(%(legs)s) and withdrawn_at is null
                and shipped_at is null
                and collect_line.quantity - put_back > leg_line.quantity - gone
            returning collect_line.leg_id
        )
        select leg_id from whole union select leg_id from in_vain union select leg_id from in_part
        """,
        asked,
    )
    return sorted(leg for (leg,) in found)


def lock_compartments(tx: Connection, asked: Sequence[tuple[str, str, str | None]]) -> None:
    """Lock these, as (node, locker, name), in order: nothing else is put into them meanwhile."""
    tx.execute(
        """
        select from compartment
        where (node, locker, name) in (
            select * from unnest(%s::text[], %s::text[], %s::text[])
        )
        order by node, locker, name
        for update
        """,
        [list(part) for part in zip(*asked, strict=True)],
    )


def save_compartments(tx: Connection, every: Sequence[Compartment]) -> None:
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into compartment (node, locker, name, volume_cm3, most_g)
            values (%s, %s, %s, %s, %s)
            on conflict (node, locker, name) do update
            set volume_cm3 = excluded.volume_cm3, most_g = excluded.most_g
            """,
            [(one.node, one.locker, one.name, one.volume_cm3, one.most_g) for one in every],
        )


def save_expected(
    tx: Connection, expected: Sequence[tuple[str, datetime]], *, now: datetime
) -> None:
    """Write when legs are expected to be ready, and forget those that are."""
    tx.execute(
        "delete from collect_watch where not leg_id = any(%s)", [[leg for leg, _ in expected]]
    )
    tx.execute(
        """
        insert into collect_watch (leg_id, expected_at, looked_at)
        select leg_id, at, %s from unnest(%s::text[], %s::timestamptz[]) as given (leg_id, at)
        on conflict (leg_id) do update
        set expected_at = excluded.expected_at, looked_at = excluded.looked_at
        """,
        [now, [leg for leg, _ in expected], [at for _, at in expected]],
    )


def erase(tx: Connection, orders: Sequence[str]) -> None:
    """Forget codes, plates and who was allowed to collect these orders."""
    ids = list(orders)
    tx.execute("delete from collect_proxy where order_id = any(%s)", [ids])
    tx.execute("delete from collect_notice where order_id = any(%s)", [ids])
    tx.execute("update collection set code = null where order_id = any(%s)", [ids])
    tx.execute(
        """
        update collect_refusal
        set reason = ''
        from hand_over
        where hand_over.id = hand_over_id and order_id = any(%s)
        """,
        [ids],
    )
    tx.execute(
        """
        update hand_over_settlement
        set words = ''
        from hand_over
        where hand_over.id = hand_over_id and order_id = any(%s)
        """,
        [ids],
    )
