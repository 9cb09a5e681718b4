"""Questions about other days for deliveries."""

from collections.abc import Sequence
from typing import Any

from noria.carriage import views
from noria.carriage.day_model import DayChange, DayState, Moving
from noria.kit.db import Connection, rows
from noria.network import views as network
from noria.network.rules import rounds
from noria.orders.model import Order


def moving(tx: Connection, order: Order) -> list[Moving]:
    """The legs of an order that are still to come, as far as their day can be changed."""
    legs = [
        leg
        for leg in order.legs
        if leg.withdrawn_at is None
        and leg.delivered_at is None
        and any(line.due_units for line in leg.lines)
    ]
    if not legs:
        return []
    found = _labels(tx, [leg.id for leg in legs])
    accounts = {one.code: one for one in views.accounts(tx)} if found else {}
    services = network.services(tx, [leg.service for leg in legs])
    return [
        Moving(
            arrives_on=leg.arrives_on,
            carrier_says=leg.carrier_says,
            labels=found.get(leg.id, ()),
            does_move=all(
                accounts[account].is_active and accounts[account].does_move_days
                for _, account in found.get(leg.id, ())
            ),
            rounds=rounds(services.get(leg.service)),
        )
        for leg in legs
    ]


def _labels(tx: Connection, legs: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """By leg of which every box that is still to come has one: its labels, as (id, account)."""
    found = tx.execute(
        """
        select shipment.leg_id, array_agg(label.id::text order by label.id),
            array_agg(label.account::text order by label.id)
        from shipment
        join parcel on parcel.shipment_id = shipment.id
        left join parcel_number on parcel_number.sscc = parcel.sscc
        left join parcel_progress using (carrier, number)
        left join label on label.leg_id = shipment.leg_id and label.number = parcel_number.number
            and label.state = 'bought'
        where shipment.leg_id = any(%s)
            and parcel_progress.delivered_at is null
            and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
        group by shipment.leg_id
        having bool_and(label.id is not null)
        """,
        [list(legs)],
    )
    return {
        leg: list(zip(labels, accounts, strict=True)) for leg, labels, accounts in found.fetchall()
    }


def changes(
    tx: Connection,
    *,
    order: str | None = None,
    ids: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[DayChange]:
    """Days that were chosen, the newest first, beyond (asked_at as text, id)."""
    at, key = after or (None, None)
    return rows(
        tx,
        _change,
        """
        select id, order_id as order, day, state, detail, asked_at, actor
        from day_change
        where (%(order)s::text is null or order_id = %(order)s)
            and (%(ids)s::text[] is null or id = any(%(ids)s))
            and (%(nodes)s::text[] is null or exists (
                select from leg where leg.order_id = day_change.order_id and node = any(%(nodes)s)
            ))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s::timestamptz, %(key)s))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        {
            "order": order,
            "ids": None if ids is None else list(ids),
            "nodes": None if nodes is None else list(nodes),
            "at": at,
            "key": key,
            "limit": limit,
        },
    )


def asked(tx: Connection, ask: str) -> tuple[DayChange, str]:
    """The change that an ask belongs to, and its label."""
    found = tx.execute("select day_change, label from day_ask where id = %s", [ask]).fetchone()
    assert found is not None, "it was asked"
    change, label = found
    return changes(tx, ids=[change])[0], label


def legs_of(tx: Connection, key: str) -> list[str]:
    """The legs whose boxes a change is about, as far as they are still to come."""
    found = tx.execute(
        """
        select distinct leg.id
        from day_ask
        join label on label.id = day_ask.label
        join leg on leg.id = label.leg_id
        where day_change = %s and leg.delivered_at is null and leg.withdrawn_at is null
        order by leg.id
        """,
        [key],
    )
    return [leg for (leg,) in found]


def states(tx: Connection, key: str) -> set[DayState]:
    """What carriers have said of the boxes of a change."""
    found = tx.execute("select distinct state from day_ask where day_change = %s", [key])
    return {DayState(state) for (state,) in found}


def _change(*, state: str, **more: Any) -> DayChange:
    return DayChange(state=DayState(state), **more)
