"""Verbs of carriage: open an account, ask for labels, take them back, ask for vans and lists."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import structs

from noria.carriage import consignment_views, store, trouble_store, views
from noria.carriage.consignment_views import Errand
from noria.carriage.model import (
    CALL_JOB,
    Account,
    AskLabel,
    AskManifest,
    AskPickup,
    BoxHasLabel,
    CallKind,
    CallState,
    Connector,
    ContentsMissing,
    CustomsGood,
    CustomsMissing,
    Label,
    LabelState,
    Manifest,
    NoRecipient,
    NoServiceFits,
    NoSuchService,
    NotBought,
    NothingToList,
    NotStuck,
    NumberMissing,
    Packed,
    Pickup,
    Priced,
    Resolution,
    Resolve,
    VanComesAlready,
)
from noria.carriage.port import MOST_SHEETS
from noria.catalog import views as catalog
from noria.fulfilment import pack_views
from noria.fulfilment.model import PackedOtherwise
from noria.kit import events, jobs, trail
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.network import views as network
from noria.orders import actions as orders
from noria.orders.model import Leg, WrongStage

CheckVersion = Callable[[int | None], None]
MOVES_DAYS = frozenset({Connector.WEBHOOK})
"""Connectors that bring what is under way on another day; the others have no such call."""


def save_account(
    tx: Connection,
    wanted: Account,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Open or change an account; what does not differ is left alone.

    Raises:
        Invalid: its connector changes no day. Nothing was changed.
        UnknownCodes: a service or a node is not known here. Nothing was changed.
        Stale: somebody else changed it at this moment. Nothing was changed.
    """
    if wanted.does_move_days and wanted.connector not in MOVES_DAYS:
        says = f"{wanted.connector.value} changes no day over its interface"
        raise Invalid(faults=[Fault("/does_move_days", says)])
    network.check_services(tx, wanted.services)
    network.check_known(tx, wanted.senders)
    before, believed = views.account(tx, wanted.code) or (None, 0)
    if before == wanted:
        return
    if check is not None:
        check(believed or None)
    store.upsert_account(tx, wanted, believed, now=now)
    change = Change(action="carrier.changed", subject=wanted.code, before=before, after=wanted)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    events.publish(
        tx, [Event(type="carrier.changed", subject=wanted.code, data={"is_new": before is None})]
    )


def known_account(tx: Connection, code: str) -> Account:
    """The account of that code.

    Raises:
        NotFound: there is none.
    """
    found = views.account(tx, code)
    if found is None:
        raise NotFound(what="account", id=code)
    return found[0]


def save_goods(tx: Connection, goods: Sequence[CustomsGood], *, actor: str) -> int:
    """Say what customs want to know of SKUs; how many differed from what was kept.

    Raises:
        UnknownCodes: a SKU is not known here. Nothing was changed.
    """
    catalog.check_known(tx, [one.sku for one in goods])
    before = views.goods(tx, [one.sku for one in goods])
    new = [one for one in goods if before.get(one.sku) != one]
    store.upsert_goods(tx, new)
    trail.record_all(
        tx,
        [
            Change(action="customs.changed", subject=one.sku, before=before.get(one.sku), after=one)
            for one in new
        ],
        actor=actor,
    )
    return len(new)


def ask(tx: Connection, asks: Sequence[AskLabel], *, actor: str, now: datetime) -> dict[str, Label]:
    """Ask for labels: the intent is in the book before any carrier hears of it.

    Raises:
        NotFound, NoSuchService, WrongStage, NoRecipient, BoxHasLabel: nothing was asked.
        CustomsMissing, ContentsMissing, PackedOtherwise: the box would be stopped. Nothing was
            asked.
    """
    legs = orders.legs(tx, [one.leg for one in asks])  # locked: one asks for a leg at a time
    errands = consignment_views.errands(tx, list(legs))
    asks = _as_packed(tx, asks)
    for one in asks:
        _check_account(tx, one, legs[one.leg])
        _check_leg(legs[one.leg])
        _check_errand(tx, errands[one.leg], one)
    written = store.insert_labels(
        tx,
        [
            {
                "id": one.id,
                "leg": one.leg,
                "box": one.box,
                "order": legs[one.leg].order,
                "node": legs[one.leg].node,
                "account": one.account,
                "service": _service_of(one, legs[one.leg]),
                "packed": one.packed,
                "actor": actor,
                "now": now,
            }
            for one in asks
        ],
    )
    for one in asks:
        if one.id not in written:
            raise BoxHasLabel(
                box=one.box, leg=one.leg, label=views.live_label(tx, one.leg, one.box) or one.id
            )
    store.insert_calls(
        tx,
        [
            (own_id("b", one.id), CallKind.BUY, one.id, one.account)
            if one.account
            else (own_id("c", one.id), CallKind.CHOOSE, one.id, None)
            for one in asks
        ],
    )
    ring(tx, {one.account for one in asks}, asked_by=actor)
    return {one.id: one for one in views.labels(tx, ids=[one.id for one in asks])}


def offers(tx: Connection, leg_id: str, *, now: datetime) -> list[Priced]:
    """What our own tariffs say of a leg in one box; no carrier is asked.

    Raises:
        NotFound: there is no such leg.
        NoServiceFits: nothing takes it there.
    """
    errand = consignment_views.errands(tx, [leg_id]).get(leg_id)
    if errand is None:
        raise NotFound(what="leg", id=leg_id)
    accounts = [one for one in views.accounts(tx) if one.is_active]
    found = consignment_views.grid(tx, errand, AskLabel(id="x", leg=leg_id).packed, accounts,
                                   now=now)  # fmt: skip
    if not found:
        raise NoServiceFits(leg=leg_id)
    return sorted(found, key=lambda one: (one.cents, one.arrives_on, one.account, one.service))


def cancel(tx: Connection, label_id: str, *, actor: str, now: datetime) -> Label:
    """Take a label back: at once if its carrier has not heard of it, else by asking it to.

    Raises:
        NotFound: there is no such label.
        NotBought: it is under way to its carrier, or over already.
    """
    store.lock_label(tx, label_id)
    label = known_label(tx, label_id)
    if label.state in {LabelState.CANCELLING, LabelState.CANCELLED}:
        return label
    call = views.call_of(tx, label_id, [CallKind.BUY, CallKind.CHOOSE])
    assert call is not None
    store.lock_call(tx, call.id)
    if label.state is LabelState.ASKED and not views.is_under_way(tx, call.id):
        store.end_call(tx, call.id, CallState.DROPPED.value)
        store.set_label(tx, label_id, LabelState.CANCELLED, now=now)
    elif label.state is LabelState.BOUGHT:
        store.insert_calls(tx, [(own_id("x", label_id), CallKind.CANCEL, label_id, label.account)])
        store.set_label(tx, label_id, LabelState.CANCELLING, now=now)
        ring(tx, {label.account}, asked_by=actor)
    else:
        raise NotBought(label=label_id, state=label.state.value)
    return known_label(tx, label_id)


def let_go(tx: Connection, label_id: str, *, now: datetime, detail: str = "") -> None:
    """Write that a label is over; its papers are dropped, so that nobody puts one on a box."""
    store.set_label(tx, label_id, LabelState.CANCELLED, now=now, detail=detail)
    names = [label_id, *(f"{label_id} {place}" for place in range(MOST_SHEETS))]
    trouble_store.void_papers(tx, [own_id("l", name) for name in names])


def known_label(tx: Connection, label_id: str) -> Label:
    """The label of that id.

    Raises:
        NotFound: there is none.
    """
    found = views.labels(tx, ids=[label_id])
    if not found:
        raise NotFound(what="label", id=label_id)
    return found[0]


def ask_pickup(tx: Connection, wanted: AskPickup, *, actor: str, now: datetime) -> Pickup:
    """Ask for a van.

    Raises:
        NotFound, UnknownCodes: the account or the node is not known.
        VanComesAlready: the same account calls there that day.
    """
    known_account(tx, wanted.account)
    network.check_known(tx, [wanted.node])
    if not store.insert_pickup(tx, wanted, actor=actor, now=now):
        raise VanComesAlready(account=wanted.account, node=wanted.node, day=wanted.day.isoformat())
    key = own_id("p", wanted.id)
    store.insert_calls(tx, [(key, CallKind.PICKUP, wanted.id, wanted.account)])
    ring(tx, {wanted.account}, asked_by=actor)
    return views.pickups(tx, ids=[wanted.id])[0]


def ask_manifest(tx: Connection, wanted: AskManifest, *, actor: str, now: datetime) -> Manifest:
    """Ask for the list of all that an account takes from a node and that is on no list yet.

    Raises:
        NotFound: there is no such account.
        NothingToList: nothing was bought since the last list.
    """
    known_account(tx, wanted.account)
    if not store.insert_manifest(tx, wanted, actor=actor, now=now):
        raise NothingToList(account=wanted.account, node=wanted.node)
    key = own_id("m", wanted.id)
    store.insert_calls(tx, [(key, CallKind.MANIFEST, wanted.id, wanted.account)])
    ring(tx, {wanted.account}, asked_by=actor)
    return views.manifests(tx, ids=[wanted.id])[0]


def resolve(
    tx: Connection,
    subject: str,
    kinds: Sequence[CallKind],
    found: Resolve,
    *,
    actor: str,
    now: datetime,
) -> None:
    """A person has asked the carrier what became of a call: it was made, or it is made now.

    Raises:
        NotFound, NotStuck: there is no such call, or it waits for nobody.
        NumberMissing: it was made, and its number is not given.
    """
    call = views.call_of(tx, subject, kinds)
    if call is None:
        raise NotFound(what="call", id=subject)
    store.lock_call(tx, call.id)
    call = views.call_of(tx, subject, kinds)
    if call is None or call.state is not CallState.STUCK:
        raise NotStuck(subject=subject)
    trail.record(tx, actor=actor, action="call.resolved", subject=subject, before=call, after=found)
    if found.outcome is Resolution.WAS_NOT_MADE:
        store.reopen_call(tx, call.id)
        _set_asked(tx, call.kind, subject, now)
        ring(tx, {call.account}, asked_by=actor)
        return
    if found.number is None and call.kind in {CallKind.BUY, CallKind.PICKUP}:
        raise NumberMissing
    store.end_call(tx, call.id, CallState.DONE.value)
    if call.kind is CallKind.BUY:
        store.set_label(tx, subject, LabelState.BOUGHT, now=now, number=found.number)
    elif call.kind is CallKind.CANCEL:
        let_go(tx, subject, now=now)
    elif call.kind is CallKind.PICKUP:
        store.set_pickup_number(tx, subject, found.number or "")
        store.set_subject(tx, call.kind, subject, "booked")
    else:
        store.set_subject(tx, call.kind, subject, "made")


def ring(tx: Connection, accounts: set[str | None], *, asked_by: str) -> None:
    """Wake the worker for these accounts, when this transaction commits; None: to choose."""
    for account in sorted(accounts, key=lambda one: one or ""):
        line = f"carrier:{account or ''}"
        jobs.enqueue(
            tx, CALL_JOB, {"account": account}, asked_by=asked_by, lock=line, queueing_lock=line
        )


def _as_packed(tx: Connection, asks: Sequence[AskLabel]) -> list[AskLabel]:
    """What is asked, with what is known of boxes that were packed and are not described again."""
    known = pack_views.boxes(tx, [one.leg for one in asks if one.packed == Packed()])
    found = []
    for one in asks:
        boxes = known.get(one.leg, []) if one.packed == Packed() else []
        box = next((box for box in boxes if box.number == one.box), None)
        if box is not None:
            packed = Packed(
                units=box.units if len(boxes) > 1 else {},
                sscc=box.sscc,
                weight_g=box.weight_g,
                length_mm=box.length_mm,
                width_mm=box.width_mm,
                height_mm=box.height_mm,
            )
            one = structs.replace(one, packed=packed)  # noqa: PLW2901 - the same, described
        found.append(one)
    return found


def _check_account(tx: Connection, wanted: AskLabel, leg: Leg) -> None:
    if wanted.account is None:
        if wanted.service is not None:
            raise NoSuchService(account="-", service=wanted.service)
        return
    account, asked = known_account(tx, wanted.account), _service_of(wanted, leg)
    if asked not in account.services:
        raise NoSuchService(account=wanted.account, service=asked)


def _check_leg(leg: Leg) -> None:
    if leg.withdrawn_at is not None or leg.delivered_at is not None:
        stage = "withdrawn" if leg.withdrawn_at is not None else "delivered"
        raise WrongStage(leg=leg.id, verb="labelled", stage=stage)


def _check_errand(tx: Connection, errand: Errand, wanted: AskLabel) -> None:
    """Refuse what a carrier or customs would refuse later, when the goods stand at the door."""
    due = errand.units
    for sku, asked in sorted(wanted.packed.units.items()):
        if asked > due.get(sku, 0):
            raise PackedOtherwise(leg=wanted.leg, due=due.get(sku, 0), sku=sku, asked=asked)
    if errand.recipient is None or not (errand.recipient.street or errand.order.relay):
        raise NoRecipient(leg=wanted.leg)
    if not errand.passes_customs:
        return
    if wanted.box > 1 and not wanted.packed.units:
        raise ContentsMissing(leg=wanted.leg, box=wanted.box)
    inside = consignment_views.contents(errand, wanted.packed)
    missing = sorted(set(inside) - set(views.goods(tx, list(inside))))
    if missing:
        raise CustomsMissing(leg=wanted.leg, skus=", ".join(missing))


def _service_of(wanted: AskLabel, leg: Leg) -> str | None:
    if wanted.account is None:
        return None
    return wanted.service or leg.service


def _set_asked(tx: Connection, kind: CallKind, subject: str, now: datetime) -> None:
    if kind in {CallKind.BUY, CallKind.CHOOSE}:
        store.set_label(tx, subject, LabelState.ASKED, now=now)
    elif kind is CallKind.CANCEL:
        store.set_label(tx, subject, LabelState.CANCELLING, now=now)
    else:
        store.set_subject(tx, kind, subject, "asked")


def own_id(letter: str, subject: str) -> str:
    """The id of what belongs to a subject, a call or a document, however long that one's id is."""
    digest = hashlib.blake2b(subject.encode(), digest_size=16).hexdigest()
    return f"{letter}.{digest}"
