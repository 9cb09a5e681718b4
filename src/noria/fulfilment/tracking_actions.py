"""Verbs of tracking: number parcels, hear what carriers say, and let it have its effect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from noria.fulfilment import actions, tracking_rules, tracking_store, tracking_views, views
from noria.fulfilment.model import Deliver
from noria.fulfilment.tracking_model import (
    Heard,
    KeptReply,
    NotOfShipment,
    NumberedParcel,
    NumberTaken,
    Outcome,
    Received,
    Reply,
    TrackedParcel,
    UnderWay,
)
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.orders import actions as orders
from noria.orders import carried_actions as carried
from noria.orders import views as order_views

MEASURED = timedelta(days=90)
"""How far back the pauses of carriers are measured; their habits change."""
AT_ONCE = 2000
KEPT = timedelta(days=90)


def number(
    tx: Connection,
    shipment_id: str,
    carrier: str,
    named: Sequence[NumberedParcel],
    *,
    actor: str,
    now: datetime,
) -> list[TrackedParcel]:
    """Note what a carrier calls the parcels of a shipment; what it said of them before counts.

    Raises:
        NotFound: there is no such shipment.
        NotOfShipment, NumberTaken: nothing was noted.
    """
    found = views.shipments(tx, ids=[shipment_id])
    if not found:
        raise NotFound(what="shipment", id=shipment_id)
    own = {parcel.sscc for parcel in found[0].parcels}
    for one in named:
        if one.sscc not in own:
            raise NotOfShipment(sscc=one.sscc, shipment=shipment_id)
    wanted: dict[str, str] = {}
    for one in named:
        if wanted.setdefault(one.number, one.sscc) != one.sscc:
            raise NumberTaken(carrier=carrier, number=one.number)
    tracking_store.queue(tx, carrier, list(wanted))
    meant = tracking_store.save_numbers(tx, carrier, sorted(wanted.items()), now=now)
    for key, sscc in sorted(wanted.items()):
        if meant[key] != sscc:
            raise NumberTaken(carrier=carrier, number=key)
    _follow(tx, carrier, sorted(wanted), actor=actor, now=now)
    return tracking_views.parcels(tx, [shipment_id])


def receive(
    tx: Connection,
    carrier: str,
    reply_id: str,
    body: bytes,
    reply: Reply,
    *,
    actor: str,
    now: datetime,
    account: str | None = None,
) -> Received:
    """Keep a reply as it came, and take in what it says; what it repeats changes nothing.

    What it says of parcels that we have no number for is kept, and counts once we have. `account`
    is the one under which it was asked for: what that one was refused is over once it is answered.
    """
    kept = KeptReply(
        id=reply_id,
        carrier=carrier,
        received_at=now,
        outcome=reply.outcome,
        events=len(reply.heard),
        detail=reply.detail,
    )
    is_erased = tracking_store.are_erased(tx, carrier, [one.number for one in reply.heard])
    tracking_store.save_reply(tx, kept, b"" if is_erased else body, account=account)
    if over := tracking_rules.over_with(reply.outcome):
        tracking_store.settle_trouble(tx, carrier, account, over, now=now)
    new, moved = hear(tx, carrier, reply.heard, reply_id, actor=actor, now=now)
    return Received(
        id=reply_id,
        outcome=reply.outcome,
        events=len(reply.heard),
        new=new,
        moved=moved,
        detail=reply.detail,
    )


def hear(
    tx: Connection,
    carrier: str,
    heard: Sequence[Heard],
    reply_id: str,
    *,
    actor: str,
    now: datetime,
) -> tuple[int, int]:
    """Take in what a carrier says; how much of it was new, and how many parcels went on.

    A shipment whose last parcel is delivered is delivered by that.
    """
    tracking_store.queue(tx, carrier, [one.number for one in heard])
    new, numbers = tracking_store.add(tx, carrier, heard, reply_id, now=now) if heard else (0, [])
    return new, _follow(tx, carrier, numbers, actor=actor, now=now)


def answers(tx: Connection, carrier: str, account: str, *, now: datetime) -> None:
    """A carrier answered, if only that it knows a number not yet: it is silent no more."""
    over = tracking_rules.over_with(Outcome.REFUSED)
    tracking_store.settle_trouble(tx, carrier, account, over, now=now)


def settle(tx: Connection, reply_id: str, *, now: datetime) -> None:
    """A person has dealt with a reply that nobody could read, or with a refusal.

    Those that say the same are settled with it, and so is an unreadable one that comes again.

    Raises:
        NotFound: there is no such reply.
    """
    if tracking_views.reply(tx, reply_id) is None:
        raise NotFound(what="reply", id=reply_id)
    tracking_store.settle_reply(tx, reply_id, now=now)


def forget_old(tx: Connection, *, now: datetime) -> int:
    """Drop a slice of replies that were read or settled and are older than we promise to keep."""
    return tracking_store.forget_replies(tx, before=now - KEPT, limit=AT_ONCE)


def catch_up(tx: Connection, *, now: datetime) -> int:
    """Let have its effect what carriers dated ahead of our clock, now that its time has come.

    Up to `AT_ONCE` parcels at a time; how many went on.
    """
    by_carrier: dict[str, list[str]] = {}
    until = now + tracking_rules.CLOCK_ERROR
    for carrier, number in tracking_views.come_true(tx, until=until, limit=AT_ONCE):
        by_carrier.setdefault(carrier, []).append(number)
    return sum(
        _follow(tx, carrier, numbers, actor=SYSTEM.id, now=now)
        for carrier, numbers in by_carrier.items()
    )


def listen_for_silence(tx: Connection, *, now: datetime) -> int:
    """Call parcels silent that were not heard of for longer than is usual; how many were new.

    One of which its carrier never said anything is waited for from when it left.
    """
    long_ago = now - MEASURED
    pauses = tracking_views.pauses(tx, since=long_ago)
    recent = now - tracking_rules.SHORTEST_SILENCE
    unheard = partial(tracking_views.unheard, since=long_ago, until=recent)
    return sum(
        _call_silent(tx, ask, pauses, now=now) for ask in (tracking_views.under_way, unheard)
    )


def _call_silent(
    tx: Connection,
    ask: Callable[..., list[UnderWay]],
    pauses: Mapping[tuple[str, str], tuple[int, timedelta]],
    *,
    now: datetime,
) -> int:
    told, after = 0, None
    while found := ask(tx, after=after, limit=AT_ONCE):
        since = {
            one: one.heard_at + tracking_rules.usual_silence(*pauses.get(one.lane, (0, None)))
            for one in found
        }
        quiet = [(one.carrier, one.number, at) for one, at in since.items() if at <= now]
        silent = tracking_store.mark_silent(tx, quiet)
        _tell_silent(tx, [one for one in found if (one.carrier, one.number) in silent])
        told += len(silent)
        after = found[-1].carrier, found[-1].number
    return told


def _tell_silent(tx: Connection, silent: Sequence[UnderWay]) -> None:
    events.publish(
        tx,
        [
            Event(
                type="parcel.silent",
                subject=f"shipment:{one.shipment}",
                node=one.node,
                data={"carrier": one.carrier, "number": one.number, "heard_at": one.heard_at},
            )
            for one in silent
        ],
    )


def _follow(
    tx: Connection, carrier: str, numbers: Sequence[str], *, actor: str, now: datetime
) -> int:
    """Work out anew where these parcels are, and let it have its effect; how many went on."""
    ours = tracking_store.lock(tx, carrier, numbers) if numbers else []
    if not ours:
        return 0
    said = tracking_views.heard(tx, carrier, ours)
    at = {key: tracking_rules.whereabouts(said[key], now=now) for key in ours if key in said}
    known = {key: one for key, one in at.items() if one is not None}
    if not known:
        return 0
    moved = tracking_store.save_progress(tx, carrier, known)
    if not moved:
        return 0
    sent = tracking_views.shipments_of(tx, carrier, moved)
    events.publish(
        tx,
        [
            Event(
                type="parcel.moved",
                subject=f"shipment:{sent[key][0]}",
                node=sent[key][1],
                data={"carrier": carrier, "number": key, "at": known[key]},
            )
            for key in moved
        ],
    )
    shipments = [shipment for shipment, _ in sent.values()]
    parcels = tracking_views.carried(tx, shipments)
    carried.say(tx, tracking_rules.of_legs(parcels), actor=actor, now=now)
    _deliver(tx, shipments, actor=actor, now=now)
    return len(moved)


def _deliver(tx: Connection, shipments: Sequence[str], *, actor: str, now: datetime) -> None:
    """Deliver those of these shipments whose last parcel has come, but for those already told so.

    What a carrier brought to a store is with its customer once the store says so; what was sent
    again meanwhile is over, whatever became of it.
    """
    arrived = tracking_views.arrived(tx, shipments)
    if not arrived:
        return
    legs = orders.legs(tx, sorted(arrived))
    kept = order_views.stores(tx, [leg.order for leg in legs.values()])
    delivers = [
        Deliver(id=key, delivered_at=min(when, now))
        for key, when in sorted(arrived.items())
        if legs[key].delivered_at is None
        and legs[key].withdrawn_at is None
        and legs[key].order not in kept
    ]
    if delivers:
        actions.deliver_locked(tx, delivers, legs, actor=actor, now=now)
