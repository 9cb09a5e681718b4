"""Verbs of an order that changes after it was taken, as far as its nodes let it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import Fault, IdReused, Invalid, NotFound
from noria.kit.events import Event
from noria.network.model import PICK_UP
from noria.orders import (
    actions,
    edit_rules,
    edit_store,
    hold_actions,
    hold_rules,
    hold_store,
    hold_views,
    plan_actions,
    refund_actions,
    refund_views,
    release_actions,
    reroute_actions,
    rules,
    store,
    views,
    windows,
)
from noria.orders.edit_model import EditBody, Edited, RecipientEdit
from noria.orders.model import (
    Delivery,
    Editable,
    EditKind,
    Leg,
    Line,
    NewOrder,
    Order,
    Recipient,
    Stage,
    TimelineEntry,
)
from noria.orders.refund_model import Paid
from noria.promise import actions as promises
from noria.promise import views as promise_views

CHANGED = "the customer changed the order"
"""What books and promises say of it: why, in somebody's words, stands where it can be erased."""


def edit(tx: Connection, edit_id: str, wanted: EditBody, *, actor: str, now: datetime) -> Edited:
    """Change an order, all that is asked or nothing; what it means for its legs follows at once.

    Fewer units go back to their shelves, more are sourced by the day that was promised. Where it
    goes elsewhere, or otherwise, all of it is sourced anew, and a new day is told where the old one
    cannot be kept, or another was chosen. What is added to an order that is paid is owed, but for
    what is taken out: no node works on the order until that is paid, or was taken out again. A
    delivery that is cheaper than the one that was paid is paid back, after what is owed.

    Raises:
        NotFound: there is no such order.
        TooLateToEdit: something asked can no longer be changed. Nothing was.
        Invalid, LineUnknown, TooManyLines, UnknownCodes, UnknownPostcode, NotARelay, NotAStore,
        RelayRefuses, PaidInNoStore, ToldBackwards, IdReused: nothing was changed.
    """
    order = wanted.order
    if order not in store.lock(tx, [order]):
        raise NotFound(what="order", id=order)
    before = views.lines(tx, [order])[order]
    kinds = edit_rules.asked(wanted, before)
    edit_rules.check_open(order, kinds, editable(tx, order))
    if not edit_store.note(tx, edit_id, wanted, kinds, actor=actor, now=now):
        raise IdReused(id=edit_id)
    cause = f"edit:{edit_id}"
    paid = refund_views.paid(tx, order)
    entry = TimelineEntry(
        at=now,
        kind="edited",
        actor=actor,
        reason=f"{', '.join(kind.value for kind in kinds)}: {wanted.reason}",
        cause=cause,
    )
    store.note(tx, [(order, entry)])
    if wanted.recipient is not None:
        _set_recipient(tx, order, wanted.recipient)
    if EditKind.PLACE in kinds:
        _send_elsewhere(tx, wanted)
    if paid.is_paid and (extra := edit_rules.extra_cents(wanted, before, paid.delivery_cents)):
        hold_store.owe(tx, order, extra)
    if EditKind.QUANTITY in kinds:
        _want_more(tx, wanted, edit_rules.more(wanted, before))
    if fewer := edit_rules.fewer(wanted, before):
        release_actions.cancel(
            tx, order, fewer, reason=wanted.reason, actor=actor, now=now, cause=cause
        )
    _pay_back(tx, edit_id, wanted, paid, actor=actor, now=now)
    if hold_views.owed(tx, [order]):
        hold_actions.await_payment(tx, order, actor=actor, now=now)
    if EditKind.PLACE in kinds or EditKind.QUANTITY in kinds:
        _plan(tx, wanted, kinds, actor=actor, now=now)
    data = {"order": order, "changes": [kind.value for kind in kinds]}
    events.publish(tx, [Event(type="order.edited", subject=f"order:{order}", data=data)])
    return Edited(
        order=views.accepted(tx, [order])[order], changes=kinds, editable=editable(tx, order)
    )


def editable(tx: Connection, order: str) -> list[Editable]:
    """What may still be changed of an order, until when, and why then."""
    return _editable(
        tx,
        views.legs(tx, [order])[order],
        views.lines(tx, [order])[order],
        is_held=order in hold_views.open_kinds(tx, [order]),
    )


def editable_of(tx: Connection, order: Order) -> list[Editable]:
    """What may still be changed of an order, as it was just read."""
    return _editable(tx, order.legs, order.lines, is_held=bool(order.held_for))


def _editable(
    tx: Connection, every: Sequence[Leg], lines: Sequence[Line], *, is_held: bool
) -> list[Editable]:
    zones = views.zones(tx, [leg.node for leg in every])
    legs = [leg for leg in every if leg.node in zones]
    zone = zones[legs[0].node] if legs else "UTC"
    return edit_rules.editable(lines, legs, is_held=is_held, zone=zone)


def _set_recipient(tx: Connection, order: str, person: RecipientEdit) -> None:
    """Write who opens the door: of whom nobody is known yet, the name is needed."""
    if edit_store.set_recipient(tx, order, person):
        return
    if person.name is None:
        raise Invalid(faults=[Fault("/recipient/name", "nobody is known yet: it is needed")])
    known = {name: said for name, said in structs.asdict(person).items() if said is not None}
    edit_store.add_recipient(tx, order, Recipient(**known))


def _send_elsewhere(tx: Connection, wanted: EditBody) -> None:
    """Write where an order goes from now on, and how."""
    known = views.order(tx, wanted.order)
    assert known is not None, "it is locked"
    as_if = NewOrder(
        id=known.id,
        channel=known.channel,
        customer=known.customer,
        placed_at=known.placed_at,
        destination=wanted.destination or known.destination,
        delivery=wanted.delivery,
        payment=known.payment,
        lines=rules.as_new(known.lines),
    )
    rules.check_told([as_if])
    hold_rules.check_paid_somewhere([as_if])
    [placed] = actions.to_points(tx, [as_if])
    if wanted.delivery is not None:
        told = wanted.delivery.told
        edit_store.set_delivery(tx, wanted.order, wanted.delivery, due=told.last if told else None)
    elif wanted.destination is not None and (known.relay or known.store):
        edit_store.set_delivery(tx, wanted.order, _home(known.delivery_cents), due=None)
    spot = actions.spot(tx, placed.destination)
    edit_store.set_destination(tx, wanted.order, placed.destination, spot)


def _home(price_cents: int) -> Delivery:
    """Brought to the door, for what was paid: whoever names an address wants it there."""
    return Delivery(price_cents=price_cents)


def _pay_back(
    tx: Connection, edit_id: str, wanted: EditBody, paid: Paid, *, actor: str, now: datetime
) -> None:
    """Where the delivery became cheaper than was paid: for a cause of its own, beside the units."""
    less = edit_rules.cheaper_cents(wanted, paid.delivery_cents)
    if not paid.is_paid or less <= 0:
        return
    with release_actions.letting_go(tx, wanted.order, actor=actor, now=now):
        refund_actions.owe_cheaper(
            tx, wanted.order, less, cause=f"delivery:{edit_id}", reason="edited", actor=actor,
            now=now,
        )  # fmt: skip


def _want_more(tx: Connection, wanted: EditBody, more: Sequence[tuple[int, int]]) -> None:
    if wanted.added:
        catalog.check_known(tx, [line.sku for line in wanted.added])
        edit_store.add_lines(tx, wanted.order, wanted.added)
    if more:
        edit_store.add_units(tx, wanted.order, more)


def _plan(
    tx: Connection, wanted: EditBody, kinds: Sequence[EditKind], *, actor: str, now: datetime
) -> None:
    """Nodes for what changed, and the promise that follows from them.

    What lies ready in a store goes on from there, or back on its shelf while another node sends it,
    whichever sourcing finds better.
    """
    order = wanted.order
    movable = [
        leg
        for leg in views.legs(tx, [order])[order]
        if leg.withdrawn_at is None and leg.shipped_at is None
        if leg.picked_at is None or leg.service == PICK_UP
    ]
    if EditKind.PLACE in kinds and movable:
        reroute_actions.plan_anew(tx, movable, reason=CHANGED, actor=actor, now=now)
    else:
        plan_actions.source(tx, [order], actor=actor, now=now, reason=CHANGED)
        plan_actions.expect(tx, [order], now=now)
    stage = plan_actions.restage(tx, [order], now=now)[order]
    if wanted.delivery and wanted.delivery.told and stage is not Stage.WAITING:
        _retell(tx, order, reason=CHANGED, now=now)
    if not hold_views.open_kinds(tx, [order]):
        actions.deliver_digital(tx, [order], actor=actor, now=now)


def _retell(tx: Connection, order: str, *, reason: str, now: datetime) -> None:
    """Write down the window that the customer was told with another way of delivery."""
    if not promise_views.promises(tx, [order]):
        return
    coming = plan_actions.expected(views.legs(tx, [order])[order])
    told = windows.made(tx, {order: coming}, now=now)
    promises.change(tx, told, reason=reason)
