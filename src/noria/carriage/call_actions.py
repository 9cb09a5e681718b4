"""Verbs of calls to carriers: take those that are due, and write down what became of each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from noria.carriage import (
    call_rules,
    choice_rules,
    consignment_views,
    day_actions,
    day_views,
    paper_actions,
    store,
    trouble_store,
    trouble_views,
    views,
)
from noria.carriage.actions import let_go, own_id, ring
from noria.carriage.call_rules import Outcome, Step
from noria.carriage.consignment_views import Errand
from noria.carriage.day_model import DayState
from noria.carriage.model import (
    Account,
    Call,
    CallKind,
    CallState,
    Connector,
    Format,
    Health,
    Label,
    LabelState,
    PaperKind,
    Priced,
)
from noria.carriage.port import Bought, Consignment, Party, Rated, Sheet, Van
from noria.carriage.trouble_model import TroubleKind
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.tracking_model import NumberedParcel
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, savepoint
from noria.kit.errors import Refusal
from noria.kit.events import Event
from noria.network import views as network
from noria.network.model import Service
from noria.orders import views as orders

LEASE = timedelta(minutes=2)
"""Beyond the time that a call may take: after it, whoever made the call is believed dead."""

AT_ONCE = 500
LONGEST = 500
Made = Bought | Sheet | str | None
"""What a call brought: a label, a list, a number, or nothing but its success."""

GIVEN_UP = {
    (CallKind.BUY, CallState.DECLINED): "label.declined",
    (CallKind.BUY, CallState.STUCK): "label.stuck",
    (CallKind.PICKUP, CallState.DECLINED): "pickup.declined",
    (CallKind.PICKUP, CallState.STUCK): "pickup.stuck",
    (CallKind.MANIFEST, CallState.DECLINED): "manifest.declined",
    (CallKind.MANIFEST, CallState.STUCK): "manifest.stuck",
}
OVER = {CallState.DECLINED: LabelState.DECLINED, CallState.STUCK: LabelState.STUCK}


class Told(Struct, frozen=True, kw_only=True):
    """What a carrier has to be told in a call; `gone` says why there is nothing to tell."""

    consignment: Consignment | None = None
    number: str = ""
    numbers: Sequence[str] = ()
    sender: Party | None = None
    van: Van | None = None
    day: date | None = None
    gone: str = ""


def claim(tx: Connection, account: Account | None, *, now: datetime) -> list[Call]:
    """Take calls that are due, as many as an account may have at once; `now` is machine time.

    They count as perhaps sent when this commits: only then may the carrier be called.
    """
    if account is None:
        return store.claim(tx, None, now=now, lease=LEASE, limit=4)
    health = views.health(tx).get(account.code, Health())
    limit = call_rules.room(health, account.at_once, now)
    lease = LEASE + timedelta(seconds=account.timeout_s * 3 + account.settle_s)
    return store.claim(tx, account.code, now=now, lease=lease, limit=limit) if limit else []


def told(tx: Connection, call: Call, account: Account, *, now: datetime) -> Told:
    """Gather what a carrier is told in a call."""
    if call.kind in {CallKind.BUY, CallKind.CANCEL}:
        return _told_of_label(tx, call, account, now)
    if call.kind is CallKind.PICKUP:
        wanted = views.pickups(tx, ids=[call.subject])[0]
        node = network.nodes(tx, [wanted.node])[wanted.node]
        van = Van(
            reference=call.reference,
            sender=consignment_views.sender(account, node),
            day=wanted.day,
            ready_from=wanted.ready_from,
            ready_until=wanted.ready_until,
            boxes=wanted.boxes,
            weight_g=wanted.weight_g,
        )
        return Told(van=van)
    if call.kind is CallKind.DAY:
        return _told_of_day(tx, call)
    manifest = views.manifests(tx, ids=[call.subject])[0]
    node = network.nodes(tx, [manifest.node])[manifest.node]
    numbers = [one.number for one in views.listed(tx, manifest.id) if one.number]
    return Told(numbers=numbers, sender=consignment_views.sender(account, node))


def _told_of_day(tx: Connection, call: Call) -> Told:
    change, label = day_views.asked(tx, call.subject)
    number = views.labels(tx, ids=[label])[0].number or ""
    return Told(number=number, day=change.day)


def _told_of_label(tx: Connection, call: Call, account: Account, now: datetime) -> Told:
    label = views.labels(tx, ids=[call.subject])[0]
    if call.kind is CallKind.CANCEL:
        return Told(number=label.number or "")
    if not call.maybe_sent:  # read first: a change that commits meanwhile counts as untold
        trouble_store.set_told_edits(tx, label.id, trouble_views.address_edits(tx, label.order))
    box = consignment_views.consignment(tx, label, account, call.reference, now=now)
    if box is None:
        return Told(gone="the recipient is not known any more")
    leg = orders.leg(tx, label.leg)
    assert leg is not None, "there is a box of it"
    if leg.withdrawn_at is not None and not call.maybe_sent:
        return Told(gone="the leg is not sent after all")
    return Told(consignment=box)


def settle(
    tx: Connection,
    call: Call,
    taken: Step,
    outcome: Outcome,
    made: Made,
    words: str,
    *,
    settle_s: int,
    wall: datetime,
    now: datetime,
) -> CallState:
    """Write what became of a step, with all that follows; `call` is as it was before the step."""
    then = call_rules.after(call, taken, outcome, settle_s=settle_s, now=wall)
    store.lock_call(tx, call.id)
    is_look = taken is Step.LOOK
    detail = words[:LONGEST]
    was_open = store.settle_call(tx, call.id, then, looked=is_look, detail=detail, now=wall)
    if call.account is not None and taken is not Step.ASK_PERSON:
        _note_health(tx, call.account, outcome, wall)
    if not was_open:
        _note_doubled(tx, call, made, now)
        return then.state
    if then.state is CallState.DONE:
        _finish(tx, call, made, now=now)
    elif then.state in OVER:
        _give_up(tx, call, then.state, detail, now=now)
    return then.state


def _finish(tx: Connection, call: Call, made: Made, *, now: datetime) -> None:
    if call.kind is CallKind.BUY:
        assert isinstance(made, Bought)
        _keep_label(tx, call, made, now)
    elif call.kind is CallKind.CANCEL:
        let_go(tx, call.subject, now=now)
        _tell(tx, "label.cancelled", call, {})
    elif call.kind is CallKind.PICKUP:
        store.set_pickup_number(tx, call.subject, str(made or ""))
        store.set_subject(tx, call.kind, call.subject, "booked")
        _tell(tx, "pickup.booked", call, {"number": made})
    elif call.kind is CallKind.DAY:
        day_actions.settle(tx, call.subject, DayState.AGREED, detail="", now=now)
    elif call.kind is CallKind.MANIFEST:
        store.set_subject(tx, call.kind, call.subject, "made")
        _keep_list(tx, call, made, now)
        _tell(tx, "manifest.made", call, {})


def _keep_list(tx: Connection, call: Call, made: Made, now: datetime) -> None:
    """Keep the carrier's list of what it takes; where it makes none, we print our own."""
    manifest = views.manifests(tx, ids=[call.subject])[0]
    key = own_id("m", call.subject)
    legs = sorted({one.leg for one in views.listed(tx, manifest.id)})
    if isinstance(made, Sheet):
        store.insert_sheet(tx, key, made, node=manifest.node, legs=legs, actor=SYSTEM.id, now=now)
    else:
        paper_actions.want(
            tx,
            key,
            PaperKind.MANIFEST,
            Format.PDF,
            language="fr",
            node=manifest.node,
            legs=legs,
            actor=SYSTEM.id,
            now=now,
        )
    store.set_manifest_document(tx, call.subject, key)


def _keep_label(tx: Connection, call: Call, made: Bought, now: datetime) -> None:
    """Keep what was bought with its documents; what comes without a label gets one of ours."""
    store.set_label(
        tx,
        call.subject,
        LabelState.BOUGHT,
        now=now,
        detail=made.label_at,
        number=made.number,
        cents=made.cents,
    )
    label = views.labels(tx, ids=[call.subject])[0]
    for place, sheet in enumerate(made.sheets):
        store.insert_sheet(
            tx,
            own_id("l", f"{label.id} {place}"),
            sheet,
            node=label.node,
            legs=[label.leg],
            actor=SYSTEM.id,
            now=now,
        )
    has_label = any(sheet.kind is PaperKind.LABEL for sheet in made.sheets)
    if made.label_at:
        trouble_store.insert(tx, label.id, TroubleKind.UNPRINTED, now=now, detail=made.label_at)
        _tell(tx, "label.unprinted", call, {"label_at": made.label_at})
    elif not has_label:
        _ask_own_label(tx, label, now)
    _tell(
        tx,
        "label.bought",
        call,
        {"order": label.order, "leg": label.leg, "box": label.box, "number": made.number},
    )


def _ask_own_label(tx: Connection, label: Label, now: datetime) -> None:
    account = views.account(tx, label.account or "")
    assert account is not None
    key = own_id("l", label.id)
    paper_actions.want(
        tx,
        key,
        PaperKind.LABEL,
        Format.ZPL if account[0].label_format is Format.ZPL else Format.PDF,
        language="fr",
        node=label.node,
        legs=[label.leg],
        actor=SYSTEM.id,
        now=now,
    )


def _give_up(tx: Connection, call: Call, state: CallState, detail: str, *, now: datetime) -> None:
    """A carrier said no, or nobody knows: the subject says so, and a person hears of it."""
    if call.kind in {CallKind.BUY, CallKind.CHOOSE}:
        store.set_label(tx, call.subject, OVER[state], now=now, detail=detail)
        _tell(tx, GIVEN_UP[CallKind.BUY, state], call, {"detail": detail})
    elif call.kind is CallKind.CANCEL:
        after = LabelState.BOUGHT if state is CallState.DECLINED else LabelState.STUCK
        store.set_label(tx, call.subject, after, now=now, detail=detail)
        if after is LabelState.BOUGHT:
            trouble_store.insert(tx, call.subject, TroubleKind.KEPT, now=now, detail=detail)
        _tell(tx, "label.kept", call, {"detail": detail})
    elif call.kind is CallKind.DAY:
        day_actions.settle(tx, call.subject, DayState.DECLINED, detail=detail, now=now)
    else:
        store.set_subject(tx, call.kind, call.subject, state.value, detail)
        if call.kind is CallKind.MANIFEST and state is CallState.DECLINED:
            store.free_labels(tx, call.subject)
        _tell(tx, GIVEN_UP[call.kind, state], call, {"detail": detail})


def _note_doubled(tx: Connection, call: Call, made: Made, now: datetime) -> None:
    """A process that slept through its lease came back with a second number: somebody must see."""
    if not isinstance(made, Bought):
        return
    known = views.labels(tx, ids=[call.subject])[0]
    if known.number != made.number:
        trouble_store.insert(tx, known.id, TroubleKind.DOUBLED, now=now, detail=made.number)
        _tell(tx, "label.doubled", call, {"number": made.number, "kept": known.number})


def _note_health(tx: Connection, account: str, outcome: Outcome, wall: datetime) -> None:
    tx.execute("select pg_advisory_xact_lock(hashtext('carrier_health'), hashtext(%s))", [account])
    before = views.health(tx).get(account, Health())
    after = call_rules.health_after(before, outcome, wall)
    if after == before:
        return
    store.save_health(tx, account, after)
    if before.closed_until is None and after.closed_until is not None:
        events.publish(tx, [Event(type="carrier.away", subject=account, data={})])
    if before.closed_until is not None and after.failures == 0:
        events.publish(tx, [Event(type="carrier.back", subject=account, data={})])


def to_rate(
    tx: Connection, call: Call, *, wall: datetime, now: datetime
) -> list[tuple[Account, Consignment]]:
    """Whom to ask for prices of a label's box, and what to ask: those that tell and do not rest."""
    health = views.health(tx)
    label = views.labels(tx, ids=[call.subject])[0]
    found = []
    for account in views.accounts(tx):
        known = health.get(account.code, Health())
        if not (account.is_active and account.does_rate and call_rules.room(known, 1, wall)):
            continue
        box = consignment_views.consignment(tx, label, account, call.reference, now=now)
        if box is not None:
            found.append((account, box))
    return found


def choose(
    tx: Connection,
    call: Call,
    rated: Mapping[str, Sequence[Rated]],
    outcomes: Mapping[str, Outcome],
    *,
    wall: datetime,
    now: datetime,
) -> None:
    """Choose a service for a label, by what carriers say now and by our own tariffs; then buy it.

    `rated` holds, by account, what was answered; an account that did not answer is read from our
    own tariffs, and one that rests is not chosen while another will do.
    """
    for code, outcome in sorted(outcomes.items()):
        _note_health(tx, code, outcome, wall)
    store.lock_call(tx, call.id)
    label = views.labels(tx, ids=[call.subject])[0]
    errand = consignment_views.errands(tx, [label.leg])[label.leg]
    accounts = [one for one in views.accounts(tx) if one.is_active]
    grid = consignment_views.grid(tx, errand, label.packed, accounts, now=now)
    leaving = consignment_views.leaving(tx, errand, label.packed, accounts, now=now)
    live = [one for account in accounts for one in _live(errand, account, rated, grid, leaving)]
    away = {key for key, one in views.health(tx).items() if not call_rules.room(one, 1, wall)}
    chosen, choice = choice_rules.choose(
        choice_rules.merged(grid, live), due=errand.order.promised_to, away=away
    )
    if chosen is None:
        settle(tx, call, Step.SEND, Outcome.DECLINED, None, "no service takes it there",
               settle_s=0, wall=wall, now=now)  # fmt: skip
        return
    settle(tx, call, Step.SEND, Outcome.DONE, None, "", settle_s=0, wall=wall, now=now)
    store.save_choice(tx, label.id, chosen.account, chosen.service, choice)
    key = own_id("b", label.id)
    store.insert_calls(tx, [(key, CallKind.BUY, label.id, chosen.account)])
    ring(tx, {chosen.account}, asked_by=SYSTEM.id)


def _live(
    errand: Errand,
    account: Account,
    rated: Mapping[str, Sequence[Rated]],
    grid: Sequence[Priced],
    leaving: Mapping[tuple[str, str], tuple[Service, date]],
) -> list[Priced]:
    """What a carrier says of services that take the box there, in our words.

    A day that it does not name follows from the days that it says it needs; where it says neither,
    it is our tariff's.
    """
    ours = {theirs: code for code, theirs in account.services.items()}
    days = {one.service: one.arrives_on for one in grid if one.account == account.code}
    found = []
    for one in rated.get(account.code, ()):
        code = ours.get(one.service, "")
        if (account.code, code) not in leaving:
            continue
        service, leaves_on = leaving[account.code, code]
        day = one.arrives_on or days.get(code)
        if one.arrives_on is None and one.transit_days is not None:
            day = consignment_views.arrival(errand, service, leaves_on, one.transit_days)
        if day is not None:
            found.append(
                Priced(
                    account=account.code,
                    service=code,
                    cents=one.cents,
                    arrives_on=day,
                    is_live=True,
                )
            )
    return found


def link(tx: Connection, *, now: datetime) -> int:
    """Tell tracking what carriers call the boxes that have left; how many were told."""
    found = views.to_link(tx, limit=AT_ONCE)
    plans = {one.code: one for one in views.accounts(tx)}
    for label, account, shipment, sscc, number in found:
        carrier = tracked_as(plans[account])
        named = [NumberedParcel(sscc=sscc, number=number)]
        try:
            with savepoint(tx):
                tracking.number(tx, shipment, carrier, named, actor=SYSTEM.id, now=now)
        except Refusal as refusal:
            words = refusal.sentence("en")
            trouble_store.insert(tx, label, TroubleKind.UNLINKED, now=now, detail=words)
            events.publish(
                tx,
                [
                    Event(
                        type="label.unlinked",
                        subject=shipment,
                        data={"number": number, "why": refusal.code},
                    )
                ],
            )
    store.mark_linked(tx, [one[0] for one in found])
    return len(found)


def mark_polled(tx: Connection, label_id: str, *, now: datetime) -> None:
    """Note when a carrier was last asked where a box is; `now` is machine time."""
    store.mark_polled(tx, [label_id], now=now)


def tracked_as(account: Account) -> str:
    """The name under which its replies are read: a webhook carrier's are ours, or as it speaks."""
    spoken = account.speaks or account.connector
    return "plain" if spoken is Connector.WEBHOOK else spoken.value


def _tell(tx: Connection, name: str, call: Call, data: Mapping[str, object]) -> None:
    about = {"account": call.account, "reference": call.reference}
    events.publish(tx, [Event(type=name, subject=call.subject, data={**about, **data})])
