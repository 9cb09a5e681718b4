"""Verbs of the shop's pages: wait for a SKU, be told in turn; learn what is bought together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, savepoint
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.event import Event
from noria.kit.ids import uuid7
from noria.messages import outbox_rules
from noria.messages.outbox_model import Letter, Medium, Outcome, State
from noria.network import views as network
from noria.network.model import UnknownPostcode
from noria.promise import actions as promises
from noria.promise import atp_views
from noria.promise.delivery import asking, grid
from noria.promise.delivery.model import OptionKind
from noria.promise.delivery.outlook import Outlook
from noria.promise.model import Available, Hold, NotEnough
from noria.storefront import letters, rules, store, views
from noria.storefront.model import (
    LONGEST_DAYS,
    AlreadyWaiting,
    NoHandOver,
    Open,
    Wait,
    WaitBody,
)

USUAL_DAYS = 180
LEARNED_FROM = timedelta(days=90)
MOST_LINES, LEAST_ORDERS, MOST_OTHERS = 40, 3, 60

Reach = Callable[[Open, Mapping[str, int]], str | None]


def wait(tx: Connection, wait_id: str, body: WaitBody, *, now: datetime) -> Wait:
    """Write that somebody wants to be told.

    Raises:
        Invalid: it does not say where they are told, where they want it, or whose hold it is.
        UnknownCodes, UnknownPostcode: SKU, channel, store or postcode is not known here.
        NoHandOver: nothing is handed over there.
        AlreadyWaiting: this address waits there already.
    """
    _check(body, now)
    catalog.check_known(tx, [body.sku])
    if body.channel is not None:
        catalog.check_channels(tx, [body.channel])
    if body.store is not None:
        network.check_known(tx, [body.store])
        if not network.nodes(tx, [body.store])[body.store].does_hand_over:
            raise NoHandOver(node=body.store)
    elif body.postcode is not None and network.spot(tx, body.country, body.postcode) is None:
        raise UnknownPostcode(postcode=body.postcode, country=body.country)
    medium = Medium.EMAIL if body.email else Medium.SMS
    until = body.until or now.date() + timedelta(days=USUAL_DAYS)
    if not store.insert(tx, wait_id, body, medium=medium, until=until, now=now):
        raise AlreadyWaiting(sku=body.sku)
    return _shown(tx, wait_id)


def _check(body: WaitBody, now: datetime) -> None:
    faults = []
    if (body.email is None) == (body.phone is None):
        faults.append(Fault("/email", "say where to tell them: an e-mail address, or a phone"))
    if (body.store is None) == (body.postcode is None):
        faults.append(Fault("/store", "say where they want it: a store, or a postcode"))
    if body.hold_minutes and body.shopper is None:
        faults.append(Fault("/shopper", "say whose the hold is"))
    if body.until is not None and not 0 <= (body.until - now.date()).days <= LONGEST_DAYS:
        faults.append(Fault("/until", f"from today to {LONGEST_DAYS} days on"))
    if faults:
        raise Invalid(faults=faults)


def end(tx: Connection, wait_id: str, *, now: datetime) -> Wait:
    """They do not want to know any more; who was told already stays told.

    Raises:
        NotFound: there is no such wait.
    """
    if views.wait(tx, wait_id) is None:
        raise NotFound(what="wait", id=wait_id)
    store.end(tx, wait_id, now=now)
    return _shown(tx, wait_id)


def _shown(tx: Connection, wait_id: str) -> Wait:
    found = views.wait(tx, wait_id)
    assert found is not None, "waits are never deleted"
    return found


def end_overdue(tx: Connection, *, now: datetime) -> int:
    """Those who have waited long enough wait no longer; how many."""
    return store.end_overdue(tx, now=now)


def waited_for(tx: Connection, *, after: str, limit: int) -> list[str]:
    """SKUs that somebody waits for, in key order."""
    return store.waiting_skus(tx, after=after, limit=limit)


def tell(
    tx: Connection,
    outlook: Outlook,
    skus: Sequence[str],
    *,
    open_media: Sequence[Medium],
    now: datetime,
) -> int:
    """Tell those whose turn it is that these SKUs are back; how many."""
    goods = catalog.skus(tx, skus)
    shown: dict[str, dict[str | None, list[Available]]] = {}
    for channel in store.channels(tx, skus):
        for one in atp_views.visible(tx, skus, channel=channel):
            shown.setdefault(one.sku, {}).setdefault(channel, []).append(one)
    told = 0
    for sku, by_channel in sorted(shown.items()):
        nodes = sorted({one.node for rows in by_channel.values() for one in rows})
        waiting = store.lock_open(tx, sku, nodes)
        spoken = store.spoken(tx, sku, now=now)
        left = {channel: rules.left(rows, spoken) for channel, rows in by_channel.items()}
        turns = rules.turns(waiting, left, _reach(tx, outlook, goods[sku], now))
        told += sum(_tell(tx, one, node, open_media, now=now) for one, node in turns)
    return told


def _reach(tx: Connection, outlook: Outlook, sku: Sku, now: datetime) -> Reach:
    """From which node a unit could get to somebody, by the promise itself."""

    def reach(one: Open, left: Mapping[str, int]) -> str | None:
        if one.store is not None:
            left = {one.store: left[one.store]} if one.store in left else {}
        if not left:
            return None
        question = asking.Question(
            wanted={one.sku: 1},
            country=one.country or "",
            postcode=one.postcode,
            stores=(one.store,) if one.store else (),
            channel=one.channel,
        )
        units = grid.shelves(
            outlook.grid, [one.sku], {node: {one.sku: count} for node, count in left.items()}
        )
        spot = network.spot(tx, one.country or "", one.postcode) if one.postcode else None
        ways = asking.found(outlook, question, {one.sku: sku}, units, spot, now).ways
        if one.store is not None:
            is_there = any(way.option is OptionKind.PICK_UP for way in ways)
            return one.store if is_there else None
        return next((way.nodes[0] for way in ways if way.nodes), None)

    return reach


def _tell(
    tx: Connection, one: Open, node: str, open_media: Sequence[Medium], *, now: datetime
) -> bool:
    """Whether they are told: not if the unit was sold while one was to be held for them."""
    time_zone = network.nodes(tx, [node])[node].time_zone
    due_at = outbox_rules.not_before(one.medium, now, time_zone)
    until = rules.turn_until(one, due_at)
    reservation = None
    if one.hold_minutes:
        reservation = uuid7(int(now.timestamp() * 1000))
        hold = Hold(
            id=reservation, demand=f"wait:{one.id}", sku=one.sku, node=node, quantity=1,
            expires_at=until, channel=one.channel, shopper=one.shopper,
        )  # fmt: skip
        try:
            with savepoint(tx):
                promises.reserve(tx, [hold], actor=SYSTEM.id, now=now)
        except NotEnough:
            return False
    store.tell(
        tx,
        one.id,
        node,
        turn_until=until,
        reservation=reservation,
        due_at=due_at if one.medium in open_media else None,
        now=now,
    )
    data = {"wait": one.id, "sku": one.sku, "node": node, "until": until}
    events.publish(tx, [Event(type="wait.told", subject=f"wait:{one.id}", data=data)])
    return True


def claim(tx: Connection, *, now: datetime, limit: int) -> list[str]:
    """Take messages that are due, to be written, sent and settled before the claim ends."""
    return store.claim(tx, now=now, limit=limit)


def write(tx: Connection, wait_id: str, *, now: datetime) -> tuple[Medium, Letter] | None:
    """The message as it leaves; None: nobody has to be told any more.

    A hold that is over by then, because sending took so long, is not spoken of.
    """
    news = views.news(tx, wait_id)
    if news is None:
        return None
    if news.held_until is not None and news.held_until <= now:
        news = structs.replace(news, held_until=None)
    return news.medium, letters.letter(news)


def settle(tx: Connection, wait_id: str, outcome: Outcome, *, now: datetime) -> None:
    """Write what came of an attempt."""
    news = views.news(tx, wait_id)
    if news is None:
        return
    again = None if outcome.is_final else outbox_rules.again_at(news.attempts, now)
    state = State.SENT if outcome.is_sent else State.WAITING if again else State.FAILED
    store.settle(tx, wait_id, state, result=outcome.told, again_at=again)


def learn(tx: Connection, *, now: datetime) -> int:
    """Make anew what is bought together; how many pairs."""
    return store.learn(
        tx,
        since=now - LEARNED_FROM,
        most_lines=MOST_LINES,
        least=LEAST_ORDERS,
        most=MOST_OTHERS,
    )
