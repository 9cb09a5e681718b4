"""Verbs in the node: pick, ship, deliver. Each takes a list, all of it or none."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from noria.fulfilment import pack_views, rules, store, views
from noria.fulfilment.model import (
    CollectedInStore,
    Deliver,
    Delivered,
    DeliveredBeforeShipped,
    OutOfTurn,
    Parcel,
    Pick,
    Picked,
    PickLine,
    Ship,
    Shipment,
    ShortReason,
)
from noria.fulfilment.pack_model import ParcelsOtherwise
from noria.kit import events
from noria.kit.config import company_prefix
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import reliability_actions as reliability
from noria.network import views as network
from noria.network.model import PICK_UP
from noria.network.reliability_model import Observation
from noria.orders import actions as orders
from noria.orders import hold_actions as order_holds
from noria.orders import rules as order_rules
from noria.orders import views as order_views
from noria.orders.model import Leg, Short
from noria.promise import actions as promises
from noria.promise import claim_actions as promise_claims
from noria.promise import fence_actions as fences
from noria.promise.fence_model import Missed
from noria.promise.model import Draw, Hold
from noria.stock import actions as stock
from noria.stock.counts import actions as counts
from noria.stock.counts import views as count_views
from noria.stock.counts.model import CountKind, Task
from noria.stock.model import MovementKind, State
from noria.stock.tracked import claims_views as claims
from noria.stock.tracked import views as tracked
from noria.stock.tracked.model import lot_units

EFFECTS = {
    ShortReason.NOT_FOUND: (State.OUTSIDE, MovementKind.LOST),
    ShortReason.DAMAGED: (State.DAMAGED, MovementKind.DAMAGED),
    ShortReason.EXPIRED: (State.HOLD, MovementKind.INSPECTED),
    ShortReason.TOO_BUSY: (State.AVAILABLE, MovementKind.RELEASED),
}
"""What each reason does to the units that were held: where they go, and as what."""


def pick(tx: Connection, picks: Sequence[Pick], *, actor: str, now: datetime) -> dict[str, Picked]:
    """Legs were picked; what was short is booked for its reason, and sourced elsewhere at once.

    Raises:
        NotFound, OrderHeld, WrongStage, ShortTooMuch: nothing was booked.
        PackedOtherwise, UnitClaimed, SerialElsewhere, WrongLot: a pick names what it cannot have.
    """
    legs = orders.legs(tx, [pick.id for pick in picks])
    order_holds.check_released(tx, [leg.order for leg in legs.values()])
    missing = []
    for each in picks:
        orders.check_stage(legs[each.id], "picked", picked=False, shipped=False)
        missing += rules.shorts(legs[each.id], each)
        rules.check_weighed(legs[each.id], each)
    _book_missing(tx, legs, missing, {each.id for each in picks if each.units}, actor, now)
    turns = _take_in_hand(tx, rules.in_hand(legs, picks, missing), legs, now=now)
    done = [legs[each.id] for each in picks]
    store.save_picks(tx, done, missing, actor=actor, now=now)
    store.save_weights(tx, picks)
    orders.pick(tx, done, [short for short, _, _ in missing], actor=actor, now=now)
    return {
        leg.id: _picked(
            leg,
            [short.units for short, _, _ in missing if short.leg == leg.id],
            turns.get(leg.id, ()),
        )
        for leg in done
    }


def miss(tx: Connection, misses: Sequence[Pick], *, actor: str, now: datetime) -> dict[str, Picked]:
    """Units of legs are not to be had, while the rest of them is still to be picked.

    They are booked for their reason and sourced elsewhere at once; a leg of which nothing is left
    is over.

    Raises:
        NotFound, OrderHeld, WrongStage, ShortTooMuch: nothing was booked.
    """
    legs = orders.legs(tx, [one.id for one in misses])
    order_holds.check_released(tx, [leg.order for leg in legs.values()])
    missing = []
    for each in misses:
        orders.check_stage(legs[each.id], "short", picked=False, shipped=False)
        missing += rules.shorts(legs[each.id], each)
    _book_missing(tx, legs, missing, set(), actor, now)
    store.save_shorts(tx, missing, told_at=now)
    told = {(short.leg, reason.value) for short, _, reason in missing}
    empty = orders.miss(
        tx, legs, [short for short, _, _ in missing], reasons=told, actor=actor, now=now
    )
    store.save_picks(tx, [legs[leg] for leg in sorted(empty)], [], actor=actor, now=now)
    return {
        leg.id: _picked(leg, [short.units for short, _, _ in missing if short.leg == leg.id], ())
        for leg in legs.values()
    }


def call_counts(
    tx: Connection, called: Sequence[tuple[str, str, str, int]], *, actor: str, now: datetime
) -> None:
    """Have shelves counted where units were not found, unless they are to be counted anyhow.

    `called` are (for what, node, SKU, units); only our own houses are counted. Until they are, they
    promise less of it.
    """
    ours = views.counted(tx, {node for _, node, _, _ in called})
    missed = [
        Missed(sku=sku, node=node, units=units) for _, node, sku, units in called if node in ours
    ]
    wanting = views.without_count(tx, sorted({(one.node, one.sku) for one in missed}))
    for node, sku in wanting:
        what = min(what for what, *shelf, _ in called if shelf == [node, sku])
        counts.open_task(
            tx,
            Task(
                id=f"short.{uuid7(int(now.timestamp() * 1000))}",
                node=node,
                kind=CountKind.CYCLE,
                is_blind=True,
                policy=count_views.policy(tx, node)[0],
                opened_at=now,
                opened_by=actor,
            ),
            skus=[sku],
            now=now,
        )
        events.publish(
            tx, [Event(type="pick.not_found", subject=what, node=node, data={"sku": sku})]
        )
    fences.doubt(tx, missed, now=now)


def _book_missing(
    tx: Connection,
    legs: Mapping[str, Leg],
    missing: Sequence[tuple[Short, str, ShortReason]],
    naming: set[str],
    actor: str,
    now: datetime,
) -> None:
    """Book what is missing for its reasons, with all that follows from them locked at once.

    A node that is too busy is not asked for the order again today; nor is somebody else's house
    that did not find it, whose shelf nobody of ours counts.
    """
    if not missing:
        return
    _lock(tx, legs, {short.leg for short, _, _ in missing} | naming)
    for reason, (to, kind) in EFFECTS.items():
        draws = [
            Draw(reservation=order_rules.reservation(short.leg, short.line), units=short.units)
            for short, _, why in missing
            if why is reason
        ]
        promises.draw(tx, draws, to=to, kind=kind, actor=actor, now=now, reason=reason.value)
    lost = [
        (short.leg, legs[short.leg].node, sku, short.units)
        for short, sku, reason in missing
        if reason is ShortReason.NOT_FOUND
    ]
    if lost:
        call_counts(tx, lost, actor=actor, now=now)
    refused = [short for short, _, reason in missing if reason is ShortReason.TOO_BUSY]
    if refused:
        orders.lose_capacity(tx, legs, refused, now=now)
    counted = views.counted(tx, {node for _, node, _, _ in lost})
    away = {short.leg for short in refused}
    away |= {leg for leg, node, _, _ in lost if node not in counted}
    if away:
        orders.refuse(tx, [legs[leg] for leg in sorted(away)], now=now)


def picking(tx: Connection, leg: Leg) -> list[PickLine]:
    """What to take for a leg: of lots the first to expire, and what its pick named already."""
    skus = sorted({line.sku for line in leg.lines})
    named = claims.of(tx, [order_rules.reservation(leg.id, line.line) for line in leg.lines])
    there = tracked.on_shelves(tx, skus, leg.node)
    return rules.to_pick(leg, there, named, tracked.earliest_of(tx, skus, leg.node))


def _take_in_hand(
    tx: Connection, holds: Sequence[Hold], legs: Mapping[str, Leg], *, now: datetime
) -> dict[str, list[OutOfTurn]]:
    """Name for legs what was picked for them; by leg, lots that were not to go first."""
    if not holds:
        return {}
    states = (State.AVAILABLE, State.RESERVED)
    stock.lock(tx, [(hold.sku, hold.node, state) for hold in holds for state in states])
    leg_of = {
        order_rules.reservation(leg.id, line.line): leg.id
        for leg in legs.values()
        for line in leg.lines
    }
    turns: dict[str, list[OutOfTurn]] = {}
    for hold in holds:
        if hold.lots:
            there = tracked.on_shelves(tx, [hold.sku], hold.node).get(hold.sku, [])
            earliest = tracked.earliest_of(tx, [hold.sku], hold.node)[hold.sku]
            turns.setdefault(leg_of[hold.id], []).extend(rules.out_of_turn(hold, there, earliest))
    promise_claims.pick(tx, holds, now=now)
    events.publish(
        tx,
        [
            Event(type="pick.out_of_turn", subject=leg, node=legs[leg].node, data=one)
            for leg, several in turns.items()
            for one in several
        ],
    )
    return turns


def new_ssccs(tx: Connection, count: int) -> list[str]:
    """So many SSCCs that no parcel had, under the company prefix of this installation."""
    prefix = company_prefix(os.environ)
    return [rules.sscc(prefix, serial) for serial in store.next_serials(tx, count)]


def ship(
    tx: Connection, ships: Sequence[Ship], *, actor: str, now: datetime
) -> dict[str, Shipment]:
    """Picked legs were packed and handed over: each parcel gets its SSCC, the units are out.

    Raises:
        NotFound, OrderHeld, WrongStage, CollectedInStore: nothing was booked.
        PackedOtherwise, WrongLot, SerialElsewhere, ParcelsOtherwise: nothing was booked.
    """
    legs = orders.legs(tx, [ship.id for ship in ships])
    for leg in legs.values():
        if leg.service == PICK_UP:
            raise CollectedInStore(leg=leg.id, store=leg.node)
    order_holds.check_released(tx, [leg.order for leg in legs.values()])
    for each in ships:
        orders.check_stage(legs[each.id], "shipped", picked=True, shipped=False)
    grams = views.weights(tx, list(legs.values()))
    packed = _as_packed(tx, ships, legs)
    plain = [ship for ship in ships if ship.id not in packed]
    ssccs = iter(new_ssccs(tx, sum(ship.parcels for ship in plain)))
    shipments = {}
    for each in ships:
        leg = legs[each.id]
        weight = rules.weight([(line.due_units, grams[leg.id][line.sku]) for line in leg.lines])
        shipments[leg.id] = Shipment(
            id=leg.id,
            leg=leg.id,
            order=leg.order,
            node=leg.node,
            service=leg.service,
            shipped_at=now,
            parcels=packed.get(leg.id)
            or [
                Parcel(sscc=next(ssccs), weight_g=part)
                for part in rules.shared_weight(weight, each.parcels)
            ],
        )
    store.save_shipments(tx, list(shipments.values()), actor=actor)
    units = {
        order_rules.reservation(each.id, line): Draw(
            reservation=order_rules.reservation(each.id, line),
            units=0,
            lots=lot_units(found.lots),
            serials=found.serials,
        )
        for each in ships
        for line, found in rules.packed(legs[each.id], each.units).items()
    }
    orders.ship(tx, [legs[each.id] for each in ships], packed=units, actor=actor, now=now)
    return shipments


def _as_packed(
    tx: Connection, ships: Sequence[Ship], legs: Mapping[str, Leg]
) -> dict[str, list[Parcel]]:
    """The boxes of legs that were packed before: they leave as they are.

    Raises:
        ParcelsOtherwise: another number of them is said to leave.
    """
    closed = [ship for ship in ships if legs[ship.id].packed_at is not None]
    found = pack_views.boxes(tx, [ship.id for ship in closed])
    for ship in closed:
        count = len(found[ship.id])
        if ship.parcels not in {1, count}:
            raise ParcelsOtherwise(leg=ship.id, packed=count, asked=ship.parcels)
    return {
        leg: [Parcel(sscc=box.sscc, weight_g=box.weight_g) for box in boxes]
        for leg, boxes in found.items()
    }


def deliver(
    tx: Connection, delivers: Sequence[Deliver], *, actor: str, now: datetime
) -> dict[str, Delivered]:
    """Shipments have reached their customers; an order that is complete settles its promise.

    Raises:
        NotFound, WrongStage, DeliveredBeforeShipped, FromTheFuture: nothing was booked.
        CollectedInStore: its store receives it first, and hands it over then.
    """
    legs = orders.legs(tx, [deliver.id for deliver in delivers])
    stores = order_views.stores(tx, [leg.order for leg in legs.values()])
    for leg in legs.values():
        if leg.order in stores:
            raise CollectedInStore(leg=leg.id, store=stores[leg.order])
    return deliver_locked(tx, delivers, legs, actor=actor, now=now)


def deliver_locked(
    tx: Connection,
    delivers: Sequence[Deliver],
    legs: Mapping[str, Leg],
    *,
    actor: str,
    now: datetime,
) -> dict[str, Delivered]:
    """As `deliver`, of legs that are locked, and that no store keeps for their customers."""
    for each in delivers:
        leg = legs[each.id]
        orders.check_stage(leg, "delivered", picked=True, shipped=True)
        stock.check_time(each.delivered_at, now)
        if leg.shipped_at is not None and each.delivered_at < leg.shipped_at:
            raise DeliveredBeforeShipped(
                shipment=leg.id,
                shipped=leg.shipped_at.isoformat(),
                delivered=each.delivered_at.isoformat(),
            )
    store.save_deliveries(
        tx, [(each.id, each.delivered_at) for each in delivers], actor=actor, now=now
    )
    orders.deliver(
        tx, [(legs[each.id], each.delivered_at) for each in delivers], actor=actor, now=now
    )
    return {each.id: Delivered(id=each.id, delivered_at=each.delivered_at) for each in delivers}


def came(
    tx: Connection, shipments: Sequence[str], *, at: datetime, actor: str, now: datetime
) -> None:
    """Shipments came to the store where their customers collect them: their way is measured."""
    store.save_deliveries(tx, [(one, at) for one in shipments], actor=actor, now=now)


def measure(tx: Connection, *, now: datetime) -> bool:
    """Tell the network how picks, departures and journeys of days gone by turned out.

    Whether there may be more to tell.
    """

    def observe(first: date, last: date) -> list[Observation]:
        years = range(first.year - 1, last.year + 2)
        nodes, services = network.nodes(tx), network.services(tx)
        return [
            *rules.observed_picks(views.picked_legs(tx, first, last), nodes, years),
            *rules.observed_departures(views.shipped_legs(tx, first, last)),
            *rules.observed_journeys(views.journeys(tx, first, last), services, nodes),
            *rules.observed_losses(views.lost(tx, first, last)),
        ]

    return reliability.measure(tx, "fulfilment", observe, now=now)


def _lock(tx: Connection, legs: Mapping[str, Leg], short: Iterable[str]) -> None:
    """Lock at once all that booking these legs' shorts, and sourcing them elsewhere, can touch."""
    parts = {(line.sku, legs[leg].node) for leg in short for line in legs[leg].lines}
    states = {State.AVAILABLE, State.RESERVED, *(to for to, _ in EFFECTS.values())}
    promises.lock(
        tx,
        sorted({sku for sku, _ in parts}),
        also=[(sku, node, state) for sku, node in parts for state in states],
    )


def _picked(leg: Leg, short: Sequence[int], turns: Sequence[OutOfTurn]) -> Picked:
    due = sum(line.due_units for line in leg.lines)
    return Picked(id=leg.id, units=due - sum(short), short=sum(short), out_of_turn=tuple(turns))
