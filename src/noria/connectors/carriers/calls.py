"""Making the calls that are due: outside any transaction, in the worker alone."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from noria.carriage import call_actions, call_rules, views
from noria.carriage.call_actions import Made, Told
from noria.carriage.call_rules import Outcome, Step
from noria.carriage.model import Account, Call, CallKind
from noria.carriage.port import (
    Ability,
    Busy,
    Carrier,
    Consignment,
    Declined,
    NoAnswer,
    NotSent,
    Rated,
    Trouble,
)
from noria.kit import clock
from noria.kit.db import Database

Connect = Callable[[Account], Carrier]

log = logging.getLogger("noria.carriers")

TROUBLES: Mapping[type[Trouble], Outcome] = {
    NotSent: Outcome.NOT_SENT,
    Busy: Outcome.BUSY,
    NoAnswer: Outcome.NO_ANSWER,
    Declined: Outcome.DECLINED,
}
UNSUPPORTED = "this carrier does not do that over its interface"


def drain(db: Database, code: str | None, connect: Connect, *, wall: Callable[[], datetime]) -> int:
    """Make every call of an account that is due (None: choose carriers); how many were made."""
    made = 0
    while True:
        with db.transaction() as tx:
            found = views.account(tx, code) if code is not None else None
        account = found[0] if found else None
        if code is not None and (account is None or not account.is_active):
            return made
        claimed = db.run(lambda tx, of=account: call_actions.claim(tx, of, now=wall()))  # type: ignore[misc]
        if not claimed:
            return made
        with ThreadPoolExecutor(len(claimed)) as together:
            list(together.map(lambda call: _one(db, call, account, connect, wall), claimed))  # noqa: B023 - all are done before the next round
        made += len(claimed)


def _one(
    db: Database,
    call: Call,
    account: Account | None,
    connect: Connect,
    wall: Callable[[], datetime],
) -> None:
    """One call, from what it has to say to what became of it."""
    if account is None:
        _choose(db, call, connect, wall)
        return
    told = db.run(lambda tx: call_actions.told(tx, call, account, now=clock.now(tx)))
    taken, outcome, made, words = _carried_out(call, told, account, connect)
    if words:
        log.info("%s %s at %s: %s, %s", taken.value, call.id, account.code, outcome.value, words)
    db.run(
        lambda tx: call_actions.settle(
            tx,
            call,
            taken,
            outcome,
            made,
            words,
            settle_s=account.settle_s,
            wall=wall(),
            now=clock.now(tx),
        )
    )


def _carried_out(
    call: Call, told: Told, account: Account, connect: Connect
) -> tuple[Step, Outcome, Made, str]:
    """Take the step that is due. Whatever goes wrong in a connector, nobody knows what was made."""
    try:
        carrier = connect(account)
    except Trouble as trouble:
        return Step.SEND, Outcome.NOT_SENT, None, str(trouble)
    taken = call_rules.step(call, carrier.abilities)
    if taken is Step.ASK_PERSON:
        return taken, Outcome.UNSURE, None, call.detail or "nobody knows whether it was made"
    if told.gone and not call.maybe_sent:
        return taken, Outcome.DECLINED, None, told.gone
    try:
        if taken is Step.LOOK:
            return taken, *_looked(carrier, told)
        return taken, Outcome.DONE, _sent(call.kind, call.reference, carrier, told), ""
    except Exception as problem:  # noqa: BLE001 - whatever it is, the call may have been sent
        return taken, *_trouble(account, problem)


def _trouble(account: Account, problem: Exception) -> tuple[Outcome, Made, str]:
    if isinstance(problem, Trouble):
        return TROUBLES[type(problem)], None, str(problem)
    log.error("the connector of %s stumbled", account.code, exc_info=problem)
    return Outcome.NO_ANSWER, None, f"{type(problem).__name__} in the connector"


def _looked(carrier: Carrier, told: Told) -> tuple[Outcome, Made, str]:
    if told.consignment is None:
        return Outcome.UNSURE, None, told.gone
    try:
        found = carrier.find(told.consignment)
    except Declined as trouble:
        return Outcome.UNSURE, None, str(trouble)
    if found is not None:
        return Outcome.DONE, found, ""
    is_certain = Ability.FINDS in carrier.abilities
    return (Outcome.ABSENT if is_certain else Outcome.UNSURE), None, "not found"


def _sent(kind: CallKind, reference: str, carrier: Carrier, told: Told) -> Made:
    if kind is CallKind.BUY:
        assert told.consignment is not None
        return carrier.buy(told.consignment)
    needs = {
        CallKind.CANCEL: Ability.CANCEL,
        CallKind.PICKUP: Ability.PICKUP,
        CallKind.MANIFEST: Ability.MANIFEST,
        CallKind.DAY: Ability.DAYS,
    }[kind]
    if needs not in carrier.abilities:
        if kind is CallKind.MANIFEST:
            return None  # the list is ours to print
        raise Declined(UNSUPPORTED)
    if kind is CallKind.CANCEL:
        carrier.cancel(told.number)
        return None
    if kind is CallKind.DAY:
        assert told.day is not None
        carrier.move_day(told.number, told.day)
        return None
    if kind is CallKind.PICKUP:
        assert told.van is not None
        return carrier.pickup(told.van)
    assert told.sender is not None
    return carrier.manifest(reference, told.numbers, told.sender)


def _choose(db: Database, call: Call, connect: Connect, wall: Callable[[], datetime]) -> None:
    """Ask every carrier that tells prices, all at once; whoever does not answer is left out."""
    asked = db.run(lambda tx: call_actions.to_rate(tx, call, wall=wall(), now=clock.now(tx)))
    outcomes: dict[str, Outcome] = {}
    rated: dict[str, Sequence[Rated]] = {}
    if asked:
        with ThreadPoolExecutor(len(asked)) as together:
            answers = list(together.map(lambda one: _rated(connect, *one), asked))
        for (account, _), (outcome, found) in zip(asked, answers, strict=True):
            outcomes[account.code] = outcome
            rated[account.code] = found
    db.run(
        lambda tx: call_actions.choose(tx, call, rated, outcomes, wall=wall(), now=clock.now(tx))
    )


def _rated(connect: Connect, account: Account, box: Consignment) -> tuple[Outcome, Sequence[Rated]]:
    """What a carrier would charge; nothing, if it does not say: then our own tariffs count."""
    try:
        return Outcome.DONE, connect(account).rate(box)
    except Exception as problem:  # noqa: BLE001 - prices are not worth a crash
        outcome, _, words = _trouble(account, problem)
        log.info("no prices of %s: %s", account.code, words)
        return outcome, ()
