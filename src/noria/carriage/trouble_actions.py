"""Verbs of labels that are not as they should be: take back what nobody uses, see to the rest."""

from datetime import datetime

from noria.carriage import actions, store, trouble_store, trouble_views
from noria.carriage.model import AskLabel, Label, LabelState
from noria.carriage.trouble_model import NotOutdated, TroubleKind
from noria.kit import events, trail
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, savepoint
from noria.kit.errors import Refusal
from noria.kit.events import Event
from noria.orders import views as orders

AT_ONCE = 200


def take_back(tx: Connection, *, now: datetime) -> int:
    """Take back labels of legs that are not sent after all, up to `AT_ONCE`; how many.

    A carrier is asked once: what it does not take back waits for a person.
    """
    found = trouble_views.unwanted(tx, limit=AT_ONCE)
    for label in found:
        actions.cancel(tx, label, actor=SYSTEM.id, now=now)
    return len(found)


def recall(tx: Connection, *, now: datetime) -> int:
    """Take back labels that go where their order went before, up to `AT_ONCE`; how many.

    What its carrier keeps waits for a person, who decides whether it is worth another.
    """
    recalled = 0
    for key in trouble_views.outdated(tx, limit=AT_ONCE):
        store.lock_label(tx, key)
        label = actions.known_label(tx, key)
        if label.state is not LabelState.BOUGHT:
            continue  # somebody took it back meanwhile
        recalled += 1
        trouble_store.set_told_edits(tx, key, trouble_views.address_edits(tx, label.order))
        trouble_store.insert(tx, key, TroubleKind.OUTDATED, now=now)
        data = {"order": label.order, "leg": label.leg, "box": label.box, "number": label.number}
        events.publish(tx, [Event(type="label.outdated", subject=key, node=label.node, data=data)])
        actions.cancel(tx, key, actor=SYSTEM.id, now=now)
    return recalled


def renew(tx: Connection, *, now: datetime) -> int:
    """Ask for labels in the place of those that were recalled; how many.

    One that is refused is asked for again, until what is missing is there. Of what is picked, the
    box may bear the old one: that waits for a person.
    """
    count, after = 0, ""
    while found := trouble_views.to_renew(tx, after=after, limit=AT_ONCE):
        for key in found:
            label = actions.known_label(tx, key)
            try:
                with savepoint(tx):
                    _ask_again(tx, label, actor=SYSTEM.id, now=now)
            except Refusal as refusal:
                trouble_store.explain(tx, key, refusal.sentence("en"))
                continue
            leg = orders.leg(tx, label.leg)
            if leg is not None and leg.picked_at is None:
                trouble_store.settle(tx, key, now=now)
            count += 1
        after = found[-1]
    return count


def replace(tx: Connection, label_id: str, *, actor: str, now: datetime) -> Label:
    """Let go of a label that goes to an old address and that its carrier keeps; ask for another.

    Raises:
        NotFound: there is no such label.
        NotOutdated: it needs no other, or its carrier has still to say whether it takes it back.
        CustomsMissing, ContentsMissing, NoRecipient, PackedOtherwise: nothing was changed.
    """
    store.lock_label(tx, label_id)
    label = actions.known_label(tx, label_id)
    if label.state is not LabelState.BOUGHT or not trouble_views.is_outdated(tx, label_id):
        raise NotOutdated(label=label_id)
    actions.let_go(tx, label_id, now=now, detail=label.detail)
    new = _ask_again(tx, label, actor=actor, now=now)
    settled = trouble_store.settle(tx, label_id, now=now)
    trail.record(tx, actor=actor, action="label.settled", subject=label_id, before=settled)
    _tell_over(tx, label)
    return new


def _ask_again(tx: Connection, label: Label, *, actor: str, now: datetime) -> Label:
    """Ask for the same of the same carrier, or let it be chosen again if it was chosen before."""
    is_chosen = label.choice is not None
    one = AskLabel(
        id=actions.own_id("r", label.id),
        leg=label.leg,
        box=label.box,
        packed=label.packed,
        account=None if is_chosen else label.account,
        service=None if is_chosen else label.service,
    )
    return actions.ask(tx, [one], actor=actor, now=now)[one.id]


def settle(
    tx: Connection, label_id: str, *, kind: TroubleKind | None = None, actor: str, now: datetime
) -> Label:
    """A person has seen to one thing that is wrong with a label, or to all: it waits no longer.

    One that its carrier kept, of a leg that is not sent, is over by that: the carrier took it back
    in another way, or it was paid for nothing.

    Raises:
        NotFound: there is no such label.
    """
    store.lock_label(tx, label_id)
    label = actions.known_label(tx, label_id)
    settled = trouble_store.settle(tx, label_id, kind=kind, now=now)
    if not settled:
        return label
    trail.record(tx, actor=actor, action="label.settled", subject=label_id, before=settled)
    leg = orders.leg(tx, label.leg)
    is_over = kind in {None, TroubleKind.KEPT} and leg is not None and leg.withdrawn_at is not None
    if label.state is LabelState.BOUGHT and is_over:
        actions.let_go(tx, label_id, now=now, detail=label.detail)
        _tell_over(tx, label)
    return actions.known_label(tx, label_id)


def _tell_over(tx: Connection, label: Label) -> None:
    data = {"account": label.account, "number": label.number}
    events.publish(tx, [Event(type="label.cancelled", subject=label.id, data=data)])
