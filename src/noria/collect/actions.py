"""Verbs at the counter: arrive, make ready, hand over. Each list is done, or nothing of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.collect import rules, store, views
from noria.collect.model import (
    Arrive,
    Arrived,
    CompartmentUnfit,
    Moved,
    NotComing,
    NotForPickup,
    Ready,
    RefusedTooMuch,
)
from noria.fulfilment import actions as fulfilment
from noria.kit.db import Connection
from noria.network import views as network
from noria.network.model import PICK_UP, Node
from noria.orders import actions as orders
from noria.orders import collected_actions as collected
from noria.orders import hold_actions as order_holds
from noria.orders import views as order_views
from noria.orders.model import Leg
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope, Settings
from noria.sourcing import actions as sourcing
from noria.sourcing.memory import scene_of
from noria.stock import actions as stock


def ready(
    tx: Connection, wanted: Sequence[Ready], *, actor: str, now: datetime
) -> dict[str, Ready]:
    """Picked legs lie ready for their customers, who get a code for all that waits of an order.

    Raises:
        NotFound, OrderHeld, WrongStage, NotForPickup, FromTheFuture, CompartmentUnfit: nothing was
        written.
    """
    legs = orders.legs(tx, [one.id for one in wanted])
    order_holds.check_released(tx, [leg.order for leg in legs.values()])
    for one in wanted:
        leg = legs[one.id]
        if leg.service != PICK_UP:
            raise NotForPickup(leg=leg.id)
        orders.check_stage(leg, "ready", picked=True, shipped=False)
        if leg.ready_at is not None:
            orders.check_stage(leg, "ready", picked=False, shipped=False)
        if one.happened_at is not None:
            stock.check_time(one.happened_at, now)
    check_compartments(tx, wanted, legs)
    due = {one.leg_id: one.due_at for one in views.due(tx, nodes=None, legs=list(legs))}
    since = {one.id: min(one.happened_at or now, now) for one in wanted}
    store.add_legs(
        tx,
        [(legs[one.id], one.spot, due[one.id], since[one.id]) for one in wanted],
        actor=actor,
        now=now,
    )
    for one in wanted:
        collected.make_ready(tx, [legs[one.id]], actor=actor, at=since[one.id], now=now)
    _keep(tx, [(legs[one.id], since[one.id]) for one in wanted], now=now)
    return {one.id: one for one in wanted}


def _keep(tx: Connection, legs: Sequence[tuple[Leg, datetime]], *, now: datetime) -> None:
    """Open the collections of these legs: by which code, and until when."""
    secret = store.secret(tx)
    nodes = network.nodes(tx, sorted({leg.node for leg, _ in legs}))
    under = settings(tx, [(leg.order, nodes[leg.node]) for leg, _ in legs], now=now)
    codes = {node: views.open_codes(tx, node) for node in nodes}
    for leg, since in legs:
        days = under[leg.order, leg.node]
        until = rules.keep_until(nodes[leg.node], since, days.collect_days)
        number = 0
        while (code := rules.code(secret, leg.order, leg.node, number)) in codes[leg.node]:
            number += 1
        held = views.held(tx, leg.order, leg.node)
        if held is not None and held.code is not None:
            code = held.code
        store.open_collection(
            tx, leg.order, leg.node, code, ready_at=since, keep_until=until,
            remind_at=until - rules.days_long(days.collect_reminded_days),
        )  # fmt: skip
        codes[leg.node].add(code)


def settings(
    tx: Connection, asked: Sequence[tuple[str, Node]], *, now: datetime
) -> dict[tuple[str, str], Settings]:
    """What the live policy says of each of these orders at each of these nodes."""
    book = policies.rulebook(live.live(tx).content, now.date())
    known = views.scopes(tx, [order for order, _ in asked])
    return {
        (order, node.code): policies.applied(
            book,
            Scope(
                channel=known[order][0],
                country=known[order][1],
                node=node.code,
                node_kind=node.kind,
            ),
        ).settings
        for order, node in asked
    }


def check_compartments(
    tx: Connection, wanted: Sequence[Ready | Moved], legs: Mapping[str, Leg]
) -> None:
    """Refuse a compartment that is not known, is taken, is too small, or is named twice."""
    lockers = [one for one in wanted if one.spot.compartment is not None]
    if not lockers:
        return
    nodes = sorted({legs[one.id].node for one in lockers})
    store.lock_compartments(
        tx, [(legs[one.id].node, one.spot.name, one.spot.compartment) for one in lockers]
    )
    known = {
        (one.node, one.locker, one.name): (one, is_free)
        for one, is_free in views.compartments(tx, nodes)
    }
    for one in lockers:
        leg, spot = legs[one.id], one.spot
        found, is_free = known.pop((leg.node, spot.name, spot.compartment or ""), (None, False))
        grams, cm3 = size(tx, leg)
        problem = (
            ("there is none", "il n'existe pas")
            if found is None
            else ("it is taken", "il est occupé")
            if not is_free
            else ("it is too small", "il est trop petit")
            if cm3 > found.volume_cm3 or grams > found.most_g
            else None
        )
        if problem is not None:
            en, fr = problem
            raise CompartmentUnfit(compartment=spot.compartment, locker=spot.name, en=en, fr=fr)


def size(tx: Connection, leg: Leg) -> tuple[int, int]:
    """What the units of a leg weigh in grams, and fill in cubic centimetres."""
    skus = catalog.skus(tx, sorted({line.sku for line in leg.lines}))
    return (
        sum(skus[line.sku].weight_g * line.due_units for line in leg.lines),
        sum(skus[line.sku].volume_cm3 * line.due_units for line in leg.lines),
    )


def arrive(
    tx: Connection, came: Sequence[Arrive], *, actor: str, now: datetime
) -> dict[str, Arrived]:
    """What was sent came to the store where it is collected: it is to be made ready there.

    Several boxes of one leg are one arrival, and lack what each of them does; what came before is
    answered as it was, and what it is told to lack only now is sent again too.

    Raises:
        NotComing, RefusedTooMuch, FromTheFuture: nothing was written.
    """
    known = views.legs_in_boxes(tx, [one.id for one in came])
    for one in came:
        if one.id not in known:
            raise NotComing(id=one.id)
        if one.happened_at is not None:
            stock.check_time(one.happened_at, now)
    first = rules.by_leg(came, known)
    every = orders.legs(tx, sorted(first))
    before = views.arrivals(tx, sorted(first))
    for one in came:
        if known[one.id] not in before and every[known[one.id]].withdrawn_at is not None:
            raise NotComing(id=one.id)
    legs = {
        key: leg
        for key, leg in every.items()
        if key not in before and leg.shipped_at is not None and leg.delivered_at is None
    }
    arrivals = _arrivals(tx, legs, first, now=now) if legs else []
    into = collected.arrive(tx, arrivals, actor=actor, now=now) if arrivals else {}
    times = {key: min(first[key].happened_at or now, now) for key in legs}
    store.add_arrivals(
        tx,
        [(one.leg, one.store, times[one.leg.id], into.get(one.leg.id)) for one in arrivals],
        actor=actor,
        now=now,
    )
    for key in legs:
        fulfilment.came(tx, [key], at=times[key], actor=actor, now=now)
    _lack(tx, {key: first[key] for key in before}, before, actor=actor, now=now)
    told = views.arrivals(tx, sorted(first))
    found = {}
    for one in came:
        leg = known[one.id]
        if leg not in told:
            raise NotComing(id=one.id)
        order, own = told[leg]
        found[one.id] = Arrived(id=one.id, leg=leg, order=order, into=own)
    return found


def _lack(
    tx: Connection,
    told: Mapping[str, Arrive],
    before: Mapping[str, tuple[str, str | None]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """What was missing in a box of a leg that came before, and is taken off the store's own leg.

    Raises:
        RefusedTooMuch: there is less of it to be made ready.
    """
    own = {into: told[key] for key, (_, into) in before.items() if into and told[key].missing}
    for key, leg in sorted(orders.legs(tx, sorted(own)).items() if own else ()):
        is_there = leg.shipped_at is None and leg.withdrawn_at is None
        gone = _missing(leg if is_there else structs.replace(leg, lines=()), own[key])
        collected.lack(tx, leg, gone, actor=actor, now=now)
        store.put_back(tx, [leg.id], actor=actor, now=now)


def _missing(leg: Leg, told: Arrive) -> dict[int, int]:
    gone = rules.missing(leg, [(short.sku, short.quantity) for short in told.missing])
    if gone is None:
        short = told.missing[0]
        due = sum(line.due_units for line in leg.lines if line.sku == short.sku)
        raise RefusedTooMuch(order=leg.order, sku=short.sku, due=due, asked=short.quantity)
    return gone


def _arrivals(
    tx: Connection, legs: Mapping[str, Leg], told: Mapping[str, Arrive], *, now: datetime
) -> list[collected.Arrival]:
    stores = order_views.stores(tx, [leg.order for leg in legs.values()])
    known = sourcing.stage(tx, sorted(set(stores.values())), [], now)
    scene = scene_of(known, now)
    found = []
    for key, leg in sorted(legs.items()):
        gone = _missing(leg, told[key])
        at = stores[leg.order]
        found.append(
            collected.Arrival(leg=leg, store=at, missing=gone, ready_by=scene.ready_at.get(at, now))
        )
    return found
