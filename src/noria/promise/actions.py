"""Verbs of the promise: hold units for a demand, give them back, hand them on.

Every verb locks in one order, so that nobody waits in a circle: nodes that make to order, then
balances in key order, then reservations. Who holds the balances of a place meets nobody at its
reservations.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.burst import alone
from noria.kit.db import Connection
from noria.kit.errors import IdReused
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.promise import claim_actions as claims
from noria.promise import (
    claim_rules,
    production_store,
    rules,
    store,
    views,
    wish_rules,
    wish_store,
    wish_views,
)
from noria.promise import production_actions as production
from noria.promise.model import CHOSEN, Draw, Hold, NotEnough, Promise, Reservation
from noria.promise.wish_model import Granted, Wish
from noria.stock import actions as stock
from noria.stock.model import Key, Move, Movement, MovementKind, Place, State

SWEEP = 1000
GIVEN_WAY = "the shopper holds it otherwise now"


def lock(tx: Connection, skus: Sequence[str], also: Iterable[Key] = ()) -> None:
    """Lock every shelf of these SKUs, every node that makes one, and the places `also`.

    Nobody is faster after that, and whoever goes on to draw and to reserve need not wait again;
    so empty shelves are locked too, for something may be put there in the meantime.
    """
    made = views.made(tx, skus)
    makers = {node for _, node in made}
    store.lock_makers(tx, sorted(makers))
    pairs = {*made, *views.shelves(tx, skus)}
    stock.lock(tx, [*_places(pairs, makers, State.AVAILABLE), *also])


def reserve(tx: Connection, holds: Sequence[Hold], *, actor: str, now: datetime) -> None:
    """Hold units, all of them or none. Holds of others whose time is over make room first.

    Raises:
        NotEnough: there is less than was asked. Nothing is held.
        UnknownCodes: a SKU, node or channel is not known here.
        IdReused: a reservation with this id exists.
    """
    if holds:
        hold(tx, Wish(holds), actor=actor, now=now)


def hold(tx: Connection, wish: Wish, *, actor: str, now: datetime) -> Granted:
    """Hold what belongs together: all of it, or of each line as much as there is.

    Raises:
        NotEnough, UnknownCodes, IdReused: as `reserve`. Nothing is held.
        NotToldApart, UnitClaimed, SerialElsewhere, WrongLot: it names units that it cannot have.
    """
    catalog.check_known(tx, [hold.sku for hold in wish.holds])
    network.check_known(tx, [hold.node for hold in wish.holds])
    _give_way(tx, wish, actor=actor, now=now)
    if named := sorted({hold.channel for hold in wish.holds if hold.channel is not None}):
        catalog.check_channels(tx, named)
    granted, made = _grant(tx, wish, actor=actor, now=now)
    new = store.insert(tx, granted.holds, now=now)
    for hold in granted.holds:
        if hold.id not in new:
            raise IdReused(id=hold.id)
    claims.keep(tx, granted.holds, now=now)
    if made:
        production.book(tx, [hold for hold in granted.holds if hold.node in made], now=now)
    moves = rules.moves_to_hold(granted.holds, made)
    _book(tx, MovementKind.RESERVED, moves, actor=actor, now=now)
    return granted


def _give_way(tx: Connection, wish: Wish, *, actor: str, now: datetime) -> None:
    """Have a shopper's own holds give up the units that a new wish of theirs names."""
    wanted = claim_rules.wanted(hold for hold in wish.holds if hold.shopper is not None)
    if not wanted:
        return
    lapse(tx, sorted({(hold.sku, hold.node) for hold in wish.holds}), actor=actor, now=now)
    shoppers = sorted({hold.shopper for hold in wish.holds if hold.shopper is not None})
    own = views.own_claims(tx, shoppers, [(one.sku, one.code, one.node) for one in wanted])
    units = {one.key: one.quantity for one in wanted}
    draws = []
    for claim in own:
        part = min(claim.quantity, units.get(claim.key, 0))
        if part:
            units[claim.key] -= part
            draws.append(claim_rules.given_way(claim, part))
    draw(
        tx, draws, to=State.AVAILABLE, kind=MovementKind.RELEASED,
        actor=actor, now=now, reason=GIVEN_WAY,
    )  # fmt: skip


def _grant(
    tx: Connection, wish: Wish, *, actor: str, now: datetime
) -> tuple[Granted, Mapping[str, int]]:
    """Decide under locks, when all that is over has made room; with the capacity of makers.

    What is granted out of the shopper's own holds is taken out of them.

    Raises:
        NotEnough: there is less than was asked.
    """
    pairs = sorted({(hold.sku, hold.node) for hold in wish.holds})
    makers = sorted(views.makers(tx, sorted({node for _, node in pairs})))
    store.lock_makers(tx, makers)
    places = _places(pairs, makers, State.AVAILABLE)
    balances = stock.lock(tx, places)
    if release_expired(tx, pairs, actor=actor, now=now):
        balances = stock.lock(tx, places)
    channels = {hold.channel for hold in wish.holds}
    shoppers = {hold.shopper for hold in wish.holds}
    made = views.makers(tx, makers) if makers else {}
    shelves = wish_views.shelves(
        tx,
        alone(tx, wish_store.ask(pairs, channels=channels, shoppers=shoppers)),
        {(sku, node): balances.get((sku, node, State.AVAILABLE), 0) for sku, node in pairs},
        pairs,
        channels,
        made=made,
        makes=views.made(tx, [sku for sku, _ in pairs]) if made else (),
    )
    [granted] = wish_rules.grant([wish], shelves)
    if isinstance(granted, NotEnough):
        raise granted
    if granted.draws:
        draw(
            tx,
            granted.draws,
            to=State.AVAILABLE,
            kind=MovementKind.RELEASED,
            actor=actor,
            now=now,
            reason=GIVEN_WAY,
        )
    return granted, made


def release_expired(
    tx: Connection, pairs: Sequence[tuple[str, str]], *, actor: str, now: datetime
) -> int:
    """End the holds at these shelves, whose balances are locked, whose time is over; how many."""
    return _release_expired(tx, pairs, limit=None, actor=actor, now=now)


def lapse(
    tx: Connection,
    pairs: Sequence[tuple[str, str]],
    *,
    also: Sequence[State] = (),
    actor: str,
    now: datetime,
) -> None:
    """Lock these (SKU, node) shelves, also in the states `also`; what is over there ends."""
    makers = sorted(views.makers(tx, sorted({node for _, node in pairs})))
    store.lock_makers(tx, makers)
    more = [(sku, node, state) for sku, node in pairs for state in also]
    stock.lock(tx, [*_places(pairs, makers, State.AVAILABLE), *more])
    _release_expired(tx, pairs, limit=None, actor=actor, now=now)


def take_in(
    tx: Connection, holds: Sequence[Hold], *, actor: str, now: datetime, reason: str
) -> None:
    """Hold for a demand what comes to a node from beyond our walls for it, and for nobody else.

    Raises:
        IdReused: a reservation with this id exists. Nothing is held.
    """
    new = store.insert(tx, holds, now=now)
    for hold in holds:
        if hold.id not in new:
            raise IdReused(id=hold.id)
    moves: dict[str, list[Move]] = {}
    for hold in holds:
        move = Move(
            sku=hold.sku,
            quantity=hold.quantity,
            source=Place(hold.node, State.OUTSIDE),
            target=Place(hold.node, State.RESERVED),
        )
        moves.setdefault(hold.demand, []).append(move)
    _book(tx, MovementKind.TRANSFERRED, moves, actor=actor, now=now, reason=reason)


def hold_again(tx: Connection, holds: Sequence[Hold], *, actor: str, now: datetime) -> None:
    """Hold units of locked reservations that lapsed once more, under the guard of `reserve`.

    Raises:
        NotEnough: somebody else has them by now. Nothing is held.
    """
    if holds:
        _, made = _grant(tx, Wish(holds), actor=actor, now=now)
        store.hold_again(tx, holds)
        moves = rules.moves_to_hold(holds, made)
        _book(tx, MovementKind.RESERVED, moves, actor=actor, now=now)


def draw(
    tx: Connection,
    draws: Sequence[Draw],
    *,
    to: State,
    kind: MovementKind,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Take units out of reservations: on to the customer, back to the shelf, or lost.

    Raises:
        NotHeld: a reservation holds fewer than asked. Nothing was taken.
    """
    if draws:
        held = _lock(tx, [draw.reservation for draw in draws], to)
        _draw(tx, draws, held, to=to, kind=kind, actor=actor, now=now, reason=reason)


def release(
    tx: Connection, reservation_id: str, *, actor: str, now: datetime
) -> Reservation | None:
    """Give back all that a reservation still holds; the reservation as it is then, if it exists."""
    held = _lock(tx, [reservation_id], State.AVAILABLE)
    draws = [Draw(reservation=key, units=one.held) for key, one in held.items() if one.held]
    if draws:
        _draw(tx, draws, held, to=State.AVAILABLE, kind=MovementKind.RELEASED, actor=actor, now=now)
    store.forgo(tx, sorted(held))
    claims.forgo(tx, held)
    return views.reservation(tx, reservation_id)


def expire(tx: Connection, *, actor: str, now: datetime) -> int:
    """Tidy up holds whose time is over. Their units were free already: this only says so."""
    pairs = store.expired(tx, now=now, limit=SWEEP)
    if not pairs:
        return 0
    makers = views.makers(tx, [node for _, node in pairs])
    stock.lock(tx, _places(pairs, makers, State.AVAILABLE))
    return _release_expired(tx, pairs, limit=SWEEP, actor=actor, now=now)


def promise(tx: Connection, promises: Sequence[Promise]) -> None:
    """Write down what customers are told."""
    store.save_promises(tx, promises)


def change(tx: Connection, promises: Sequence[Promise], *, reason: str) -> None:
    """Write down that customers are told another day: the first promise stays as it was made."""
    if promises:
        store.save_changes(tx, promises, reason=reason)
        events.publish(
            tx,
            [
                Event(
                    type="promise.changed",
                    subject=f"order:{one.order_id}",
                    data={
                        "order": one.order_id,
                        "promised_from": one.promised_from.isoformat(),
                        "promised_to": one.promised_to.isoformat(),
                        "reason": reason,
                    },
                )
                for one in promises
            ],
        )


def choose(tx: Connection, promise: Promise) -> None:
    """Write down that a customer chose another day: the promise is kept by that one."""
    change(tx, [promise], reason=CHOSEN)
    store.choose(tx, promise.order_id, promise.promised_to)


def settle(tx: Connection, arrived: Sequence[tuple[str, date]], *, now: datetime) -> None:
    """Say of orders whose last unit came on that day whether the promise was kept."""
    store.settle(tx, arrived, now=now)


def _places(pairs: Iterable[tuple[str, str]], makers: Container[str], to: State) -> list[Key]:
    """What units pass between when they are held or drawn: reserved, and where they go."""
    return [
        (sku, node, state)
        for sku, node in pairs
        for state in (State.RESERVED, rules.end(node, makers, to))
    ]


def _lock(tx: Connection, ids: Sequence[str], to: State) -> dict[str, Reservation]:
    """Reservations, locked after the balances that drawing from them to `to` will shift.

    One that was made between the two is not there yet: to lock its balances now would be too late.
    """
    pairs = store.pairs(tx, ids)
    makers = views.makers(tx, [node for _, node in pairs]) if to is State.AVAILABLE else {}
    stock.lock(tx, _places(pairs, makers, to))
    locked = {(sku, node) for sku, node in pairs}
    return {key: one for key, one in store.lock(tx, ids).items() if (one.sku, one.node) in locked}


def withdraw(tx: Connection, orders: Sequence[str], *, now: datetime) -> None:
    """Take back what was promised for orders that are cancelled as a whole."""
    store.withdraw(tx, orders, now=now)


def _release_expired(
    tx: Connection,
    pairs: Sequence[tuple[str, str]],
    *,
    limit: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Give back what is held at these places, whose balances are locked, and whose time is over."""
    held = store.lock_expired(tx, pairs, now=now, limit=limit)
    draws = [Draw(reservation=key, units=one.held) for key, one in sorted(held.items())]
    if draws:
        _draw(
            tx,
            draws,
            held,
            to=State.AVAILABLE,
            kind=MovementKind.RELEASED,
            actor=actor,
            now=now,
            reason="the hold's time was over",
            is_lapse=True,
        )
    return len(draws)


def _draw(
    tx: Connection,
    draws: Sequence[Draw],
    held: dict[str, Reservation],
    *,
    to: State,
    kind: MovementKind,
    actor: str,
    now: datetime,
    reason: str = "",
    is_lapse: bool = False,
) -> None:
    rules.check_held(draws, held)
    if not is_lapse:
        draws = claims.draw(tx, draws, held, kind)
    nodes = sorted({one.node for one in held.values()}) if to is State.AVAILABLE else []
    makers = views.makers(tx, nodes) if nodes else {}
    store.draw(tx, draws, now=now, is_lapse=is_lapse)
    production_store.take_out(tx, draws, today=now.date(), is_made=to is not State.AVAILABLE)
    moves = rules.moves_to_draw(draws, held, to, makers)
    _book(tx, kind, moves, actor=actor, now=now, reason=reason)


def _book(
    tx: Connection,
    kind: MovementKind,
    moves: Mapping[str, Sequence[Move]],
    *,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """One movement for each demand."""
    movements = [
        Movement(
            id=uuid7(int(now.timestamp() * 1000)),
            kind=kind,
            cause=demand,
            happened_at=now,
            moves=tuple(moves[demand]),
            reason=reason,
        )
        for demand in sorted(moves)
    ]
    stock.shift(tx, movements, actor=actor, now=now)
