"""What was handed over without a network, and given up, cancelled or moved before it was heard."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.collect import counter_actions as counter
from noria.collect import rules, store, views
from noria.collect.model import HandedOver, HandOverBody, Refused
from noria.collect.views import Held
from noria.kit.db import Connection
from noria.kit.ids import uuid7
from noria.orders import actions as orders
from noria.orders import collected_actions as collected
from noria.orders import refund_actions as refunds
from noria.orders import release_actions as release
from noria.orders import views as order_views
from noria.orders.model import Leg, Short, TimelineEntry
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State


def after_all(
    tx: Connection,
    key: str,
    told: HandOverBody,
    held: Held,
    gone: Sequence[str],
    *,
    at: datetime,
    actor: str,
    now: datetime,
) -> HandedOver:
    """What lay in the bags of the legs that are `gone` from the book is with its customer.

    It is booked as sold, nothing of it is sent again nor paid back, and a person looks.
    """
    bags = views.laid(tx, gone)
    legs = [structs.replace(leg, lines=bags[leg.id])
            for _, leg in sorted(orders.legs(tx, gone).items())]  # fmt: skip
    proven = counter.is_proven(tx, told, held, is_fact=True)
    refused = rules.refused_units(told.order, legs, told.refused, is_fact=True)
    taken = Counter({(leg.id, line.line): line.quantity for leg in legs for line in leg.lines})
    for short, _ in refused:
        taken[short.leg, short.line] -= short.units
    counter.pay(tx, told, at=at, is_fact=True, actor=actor, now=now)
    with release.letting_go(tx, told.order, actor=actor, now=now):
        _settle(tx, key, told, held, taken, refused, actor=actor, now=now)
    _book(tx, told, legs, taken, refused, at=at, actor=actor, now=now)
    store.put_back(tx, gone, actor=actor, now=now)
    done = HandedOver(
        id=key,
        order=told.order,
        node=told.node,
        happened_at=at,
        legs=sorted({leg for (leg, _), units in taken.items() if units}),
        units=taken.total(),
        refused=sum(short.units for short, _ in refused),
        is_proven=proven,
        is_late=True,
    )
    store.add_hand_over(tx, done, told.way, actor=actor, now=now)
    store.add_refusals(tx, key, refused)
    store.close(tx, told.order, told.node)
    return done


def _settle(
    tx: Connection,
    key: str,
    told: HandOverBody,
    held: Held,
    taken: Counter[tuple[str, int]],
    refused: Sequence[tuple[Short, Refused]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """What they have is not sent once more, and not paid back; what they refused is."""
    order, cause = told.order, f"hand_over:{key}"
    by_line: Counter[int] = Counter()
    for (_, line), units in taken.items():
        by_line[line] += units
    live = [leg for leg in order_views.legs(tx, [order])[order]
            if leg.withdrawn_at is None and leg.shipped_at is None]  # fmt: skip
    entry = TimelineEntry(at=now, kind="handed_over", actor=actor, cause=cause)
    if again := rules.sent_again(live, by_line):
        collected.take_back(tx, live, again, told=entry)
        refunds.withdraw(tx, order, cause=cause)
    else:
        collected.note(tx, order, entry)
    if refunds.withdraw(tx, order, cause=rules.cause(order, told.node, held.keep_until)):
        back = [(short.line, short.units) for short, _ in refused]
        refunds.owe(
            tx, order, back, is_whole=False, cause=cause, reason="refused_in_store", actor=actor,
            now=now,
        )  # fmt: skip


def _book(
    tx: Connection,
    told: HandOverBody,
    legs: Sequence[Leg],
    taken: Counter[tuple[str, int]],
    refused: Sequence[tuple[Short, Refused]],
    *,
    at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """The units are gone, whatever the book says of them; what is broken is not for sale."""
    sold = [(line.sku, taken[leg.id, line.line]) for leg in legs for line in leg.lines]
    broken = [(one.sku, short.units) for short, one in refused if one.grade in rules.DAMAGED]
    movements = [
        Movement(
            id=uuid7(int(now.timestamp() * 1000)),
            kind=kind,
            cause=f"order:{told.order}",
            happened_at=at,
            moves=tuple(
                Move(
                    sku=sku,
                    quantity=units,
                    source=Place(told.node, State.AVAILABLE),
                    target=Place(told.node, to),
                )
                for sku, units in moved
                if units
            ),
            reason="handed over before it was given up",
        )
        for kind, to, moved in (
            (MovementKind.SOLD, State.OUTSIDE, sold),
            (MovementKind.DAMAGED, State.DAMAGED, broken),
        )
        if any(units for _, units in moved)
    ]
    if movements:
        stock.book(tx, movements, actor=actor, now=now)
