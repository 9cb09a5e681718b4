"""Verbs of partners' conduct: they accept or decline, and their figures are believed or not."""

from collections.abc import Callable, Sequence
from datetime import datetime

from noria.conduct import rules, store, views
from noria.conduct.model import (
    Acceptance,
    AlreadyAnswered,
    Answered,
    BreachRule,
    Decline,
    Measured,
    Scorecard,
    Standing,
    Why,
)
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import Pick, ShortLine, ShortReason
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import Invalid, NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.orders import actions as orders
from noria.orders import carried_actions as carried
from noria.orders import reroute_actions as reroutes
from noria.orders import views as orders_views
from noria.orders.model import Reroute, TimelineEntry
from noria.partners import actions as partners
from noria.partners import feed_views
from noria.partners import views as partners_views
from noria.partners.model import Partner
from noria.promise import fence_actions as fences

SHORT = {
    Why.NO_STOCK: ShortReason.NOT_FOUND,
    Why.DISCONTINUED: ShortReason.NOT_FOUND,
    Why.TOO_BUSY: ShortReason.TOO_BUSY,
}
LATE_AT_ONCE = 200
WEEKS_SHOWN = 8
CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def accept(
    tx: Connection, answers: Sequence[Acceptance], *, actor: str, now: datetime
) -> dict[str, Answered]:
    """Partners say that they send these legs.

    Raises:
        NotFound, WrongStage, AlreadyAnswered: nothing was noted.
    """
    legs = orders.legs(tx, [one.id for one in answers])
    for leg in legs.values():
        orders.check_stage(leg, "accepted", picked=False, shipped=False)
    _save(tx, [(leg.id, leg.node, True, "") for leg in legs.values()], actor=actor, now=now)
    orders.note_accepted(tx, list(legs), now=now)
    return {one.id: Answered(id=one.id, is_accepted=True, answered_at=now) for one in answers}


def decline(
    tx: Connection, answers: Sequence[Decline], *, actor: str, now: datetime
) -> dict[str, Answered]:
    """Partners do not send these legs: each is sourced elsewhere at once, without that node.

    Raises:
        NotFound, WrongStage, AlreadyAnswered: nothing was noted.
    """
    legs = orders.legs(tx, [one.id for one in answers])
    for leg in legs.values():
        orders.check_stage(leg, "declined", picked=False, shipped=False)
    _save(
        tx,
        [(one.id, legs[one.id].node, False, one.why.value) for one in answers],
        actor=actor,
        now=now,
    )
    picks = []
    for one in answers:
        units: dict[str, int] = {}
        for line in legs[one.id].lines:
            units[line.sku] = units.get(line.sku, 0) + line.due_units
        short = tuple(
            ShortLine(sku=sku, quantity=count, reason=SHORT[one.why])
            for sku, count in units.items()
            if count
        )
        picks.append(Pick(id=one.id, short=short))
    fulfilment.pick(tx, picks, actor=actor, now=now)
    return {one.id: Answered(id=one.id, is_accepted=False, answered_at=now) for one in answers}


def leave_late(tx: Connection, *, actor: str, now: datetime) -> int:
    """Send elsewhere what partners should have shipped long ago, without their nodes; how many.

    What no other node has waits for stock, and may come from the partner again the day after.
    """
    late = views.late_legs(tx, limit=LATE_AT_ONCE)
    if late:
        asked = Reroute(legs=late, reason="supplier late")
        reroutes.reroute(tx, asked, actor=actor, now=now)
    return len(late)


def measure(tx: Connection, *, now: datetime) -> Measured:
    """Measure how far each active partner is believed, let its nodes keep back as much, and tell.

    Nodes of partners that are not active keep everything back: what they counted last is no more
    to be had.
    """
    records = views.records(tx, now)
    pulses = feed_views.pulses(tx)
    found = [
        (pulse, one, records.get(pulse.partner))
        for pulse in pulses
        if (one := rules.belief(pulse, records.get(pulse.partner), now=now))
    ]
    keepers = views.keepers(tx, [node for pulse, _, _ in found for node in pulse.nodes])
    was_silent = store.silent(tx)
    store.save_beliefs(tx, [(one, record) for _, one, record in found], now=now)
    store.save_stakes(tx)
    changed = fences.trust(
        tx,
        [rules.kept_back(keepers[node], one) for pulse, one, _ in found for node in pulse.nodes]
        + [rules.stopped(node) for node in partners_views.nodes_of_inactive(tx)],
        now=now,
    )
    turned = [one for _, one, _ in found if one.is_silent is not (one.partner in was_silent)]
    events.publish(
        tx,
        [
            Event(
                type="feed.silent" if one.is_silent else "feed.back",
                subject=one.partner,
                data={"trust": one.trust, "every_minutes": one.every_minutes},
            )
            for one in turned
        ],
    )
    return Measured(partners=len(found), nodes=changed)


def scorecard(tx: Connection, partner: str, days: int, *, now: datetime) -> Scorecard:
    """A partner's figures of the last days, beside those of as many days before.

    Raises:
        NotFound: there is no such partner.
    """
    partners.known(tx, partner)
    spans = rules.spans(now, days, 0)
    done = views.windows(tx, [partner], spans)
    trust = views.trusts(tx, [partner]).get(partner)
    return rules.scorecard(partner, days, done[partner, 0], done[partner, 1], trust)


def standings(
    tx: Connection, found: Sequence[Partner], days: int, *, now: datetime
) -> list[Standing]:
    """How each of these partners keeps its word, with its weeks, its feed and its breaches."""
    codes = [one.code for one in found]
    spans = rules.spans(now, days, WEEKS_SHOWN)
    done, trusts = views.windows(tx, codes, spans), views.trusts(tx, codes)
    pulses = {one.partner: one for one in feed_views.pulses(tx)}
    last, breaches = views.last_feeds(tx, codes), views.open_breaches(tx, codes)
    return [
        Standing(
            partner=one.code,
            name=one.name,
            kind=one.kind,
            is_active=one.is_active,
            nodes=one.nodes,
            card=rules.scorecard(
                one.code, days, done[one.code, 0], done[one.code, 1], trusts.get(one.code)
            ),
            weeks=[
                rules.week(since, done[one.code, number + 2])
                for number, (since, _) in enumerate(spans[2:])
            ],
            heard=rules.heard(pulses[one.code], now=now) if one.code in pulses else None,
            last_feed=last.get(one.code),
            breaches=breaches.get(one.code, (0, []))[0],
            risk_money=breaches.get(one.code, (0, []))[1],
        )
        for one in found
    ]


def save_rule(
    tx: Connection,
    rule: BreachRule,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Say when something not done is a breach; what does not differ is left alone.

    Raises:
        Invalid, NotFound, Stale: nothing was changed.
    """
    if faults := rules.rule_faults(rule.valid_from, rule.valid_until):
        raise Invalid(faults=faults)
    if rule.partner is not None:
        partners.known(tx, rule.partner)
    store.lock_rule(tx, rule.id)
    before, believed = views.rule(tx, rule.id) or (None, 0)
    if before == rule:
        return
    if check is not None:
        check(believed or None)
    store.upsert_rule(tx, rule, believed, now=now)
    _tell(tx, rule.id, before, rule, actor, request_id)


def end_rule(
    tx: Connection,
    rule_id: str,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Take a rule away; the trail keeps it.

    Raises:
        NotFound, Stale: there is none, or it is another one by now. Nothing was changed.
    """
    store.lock_rule(tx, rule_id)
    found = views.rule(tx, rule_id)
    if found is None:
        raise NotFound(what="breach rule", id=rule_id)
    if check is not None:
        check(found[1])
    store.delete_rule(tx, rule_id)
    _tell(tx, rule_id, found[0], None, actor, request_id)


def _save(
    tx: Connection, answers: Sequence[tuple[str, str, bool, str]], *, actor: str, now: datetime
) -> None:
    new = store.save_answers(tx, answers, actor=actor, now=now)
    for leg, _, _, _ in answers:
        if leg not in new:
            raise AlreadyAnswered(leg=leg)
    order_of = orders_views.orders_of(tx, sorted(new))
    carried.note(
        tx,
        [
            (
                order_of[leg],
                TimelineEntry(
                    at=now,
                    kind="partner_accepted" if is_accepted else "partner_declined",
                    actor=actor,
                    leg=leg,
                    reason=reason,
                ),
            )
            for leg, _, is_accepted, reason in answers
        ],
    )
    events.publish(
        tx,
        [
            Event(
                type="leg.accepted" if is_accepted else "leg.declined",
                subject=f"leg:{leg}",
                node=node,
                data={"reason": reason},
            )
            for leg, node, is_accepted, reason in answers
        ],
    )


def _tell(
    tx: Connection,
    rule_id: str,
    before: BreachRule | None,
    after: BreachRule | None,
    actor: str,
    request_id: str,
) -> None:
    change = Change(action="breach_rule.changed", subject=rule_id, before=before, after=after)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    data = {"is_gone": after is None}
    events.publish(tx, [Event(type="breach_rule.changed", subject=rule_id, data=data)])
