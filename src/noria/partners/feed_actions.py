"""Verbs of feeds: say how they are read, take one, show what it would change, book it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

from msgspec import structs

from noria.kit import events, jobs, trail
from noria.kit.db import Connection
from noria.kit.errors import IdReused, Invalid, Text
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.partners import actions as partners
from noria.partners import feed_rules as rules
from noria.partners import feed_store as store
from noria.partners import feed_views as views
from noria.partners.feed_model import (
    BOOK_JOB,
    OPEN,
    STATES,
    Compared,
    Feed,
    FeedFault,
    FeedLine,
    FeedNotOpen,
    FeedPlan,
    FeedState,
    KeyKind,
    NoFeedPlan,
    OlderFeed,
)
from noria.partners.model import Partner
from noria.stock import actions as stock
from noria.stock import mass_actions as mass
from noria.stock import views as stock_views

PORTION = 20_000
"""Shelves booked in one transaction: nobody waits long for a lock, and much is done at once."""

CheckVersion = Callable[[int | None], None]


def save_plan(
    tx: Connection,
    plan: FeedPlan,
    *,
    partner: str,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Say how a partner's feed is read; what does not differ is left alone.

    Raises:
        NotFound, Invalid, Stale: nothing was changed.
    """
    whose = partners.known(tx, partner)
    if faults := rules.plan_faults(plan, whose):
        raise Invalid(faults=faults)
    before, believed = views.plan(tx, partner) or (None, 0)
    if before == plan:
        return
    if check is not None:
        check(believed or None)
    store.upsert_plan(tx, partner, plan, believed, now=now)
    change = Change(action="feed_plan.changed", subject=partner, before=before, after=plan)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    events.publish(
        tx, [Event(type="feed_plan.changed", subject=partner, data={"is_new": before is None})]
    )


def plan_of(tx: Connection, partner: str) -> tuple[Partner, FeedPlan]:
    """A partner, and how its feed is read.

    Raises:
        NotFound, NoFeedPlan: there is no such partner, or it sends no feed.
    """
    whose = partners.known(tx, partner)
    found = views.plan(tx, partner)
    if found is None:
        raise NoFeedPlan(partner=partner)
    return whose, found[0]


def send(
    tx: Connection,
    feed_id: str,
    partner: str,
    content: bytes,
    *,
    name: str,
    is_full: bool | None,
    is_preview: bool,
    counted_at: datetime | None,
    actor: str,
    now: datetime,
) -> Feed:
    """Take the bytes of a feed, once for its id; a job reads them.

    Raises:
        NotFound, NoFeedPlan, FromTheFuture: nothing was taken.
        IdReused: a feed with this id was sent before, with other content.
    """
    _, plan = plan_of(tx, partner)
    digest = blake2b(content, digest_size=16).digest()
    stock.check_time(counted_at or now, now)
    sent = {
        "id": feed_id,
        "partner": partner,
        "name": name or feed_id,
        "digest": digest,
        "is_full": plan.is_full if is_full is None else is_full,
        "is_preview": is_preview,
        "counted_at": counted_at or now,
        "sent_at": now,
        "actor": actor,
    }
    if store.insert(tx, sent, content):
        _ask(tx, feed_id, partner, actor)
        return views.feed(tx, feed_id)
    known = views.feed(tx, feed_id)
    if known.partner != partner or views.digest(tx, feed_id) != digest:
        raise IdReused(id=feed_id)
    return known


def note_asked(tx: Connection, partners: Sequence[str], *, now: datetime) -> None:
    """Note when these partners' feeds were asked for; `now` is machine time."""
    store.note_asked(tx, partners, now=now)


def accept(tx: Connection, feed_id: str, *, actor: str, now: datetime) -> Feed:
    """Somebody looked at a preview, or at a feed that is held, and lets it be booked.

    Raises:
        NotFound, FeedNotOpen: there is no such feed, or it does not wait for anybody.
    """
    feed = _open(tx, feed_id)
    store.set_state(tx, feed_id, FeedState.BOOKING, now=now)
    store.drop_work(tx, feed_id)  # what it changes is decided by what is there now
    _ask(tx, feed_id, feed.partner, actor)
    _note(tx, feed, FeedState.BOOKING, actor)
    return views.feed(tx, feed_id)


def reject(tx: Connection, feed_id: str, *, actor: str, now: datetime) -> Feed:
    """Somebody looked at a feed, and it is not to be booked.

    Raises:
        NotFound, FeedNotOpen: there is no such feed, or it does not wait for anybody.
    """
    feed = _open(tx, feed_id)
    store.set_state(tx, feed_id, FeedState.REJECTED, now=now)
    store.drop_content(tx, feed_id)
    _note(tx, feed, FeedState.REJECTED, actor)
    _tell(tx, views.feed(tx, feed_id))
    return views.feed(tx, feed_id)


def compare(
    tx: Connection,
    feed_id: str,
    lines: Iterable[FeedLine],
    faults: Callable[[], tuple[Sequence[FeedFault], int]],
    *,
    now: datetime,
) -> Feed:
    """Lay a feed beside the book: what would change, and whether a person has to see that first.

    `faults` is asked when the lines are read. What is compared stands until the feed is booked.

    Raises:
        OlderFeed: a feed that was counted later was booked already.
    """
    feed = views.feed(tx, feed_id)
    whose, plan = plan_of(tx, feed.partner)
    newest = views.newest_booked(tx, feed.partner)
    if newest is not None and newest > feed.counted_at:
        raise OlderFeed(newest=newest.isoformat(), counted_at=feed.counted_at.isoformat())
    read = store.stage(tx, lines)
    compared = _compared(tx, feed, whose, plan)
    number, strangers = 0, list[tuple[int, str]]()
    if compared.unknown or plan.key is KeyKind.REFERENCE:
        number, strangers = store.unknown(tx, feed.partner, plan.key, store.FAULTS_KEPT)
    compared = structs.replace(compared, unknown=number)
    wrong, fault_count = faults()
    store.save_outcome(
        tx,
        feed_id,
        lines_read=read,
        compared=compared,
        faults=[*wrong, *(_stranger(line, plan.key_column, key) for line, key in strangers)],
        fault_count=fault_count + number,
    )
    if feed.state is FeedState.WAITING:
        state = FeedState.BOOKING
        if rules.is_suspect(compared, plan.loss_percent):
            state = FeedState.HELD
        if feed.is_preview:
            state = FeedState.PREVIEW
        store.set_state(tx, feed_id, state, now=now)
        if state is FeedState.HELD:
            _tell(tx, views.feed(tx, feed_id))
    return views.feed(tx, feed_id)


def book(tx: Connection, feed_id: str, after: int, *, now: datetime) -> int | None:
    """Book the next portion of a feed, beyond number `after`; the last number, or None at its end.

    What differs is found or lost at its shelf, decided under the shelf's lock.
    """
    feed = views.feed(tx, feed_id)
    _, plan = plan_of(tx, feed.partner)
    last, portion = views.portion(tx, feed_id, after=after, limit=PORTION)
    if last is None:
        return None
    changed = mass.count(
        tx,
        portion,
        cause=f"feed:{feed_id}",
        counted_at=feed.counted_at,
        includes_held=plan.includes_held,
        actor=feed.actor,
        now=now,
    )
    store.add_booked(
        tx,
        feed_id,
        skus=changed.shelves,
        found=changed.found,
        lost=changed.lost,
    )
    return last


def finish(tx: Connection, feed_id: str, *, now: datetime) -> Feed:
    """All of a feed is in the book: forget its lines, and tell."""
    store.set_state(tx, feed_id, FeedState.BOOKED, now=now)
    store.drop_content(tx, feed_id)
    feed = views.feed(tx, feed_id)
    _tell(tx, feed)
    return feed


def give_up(tx: Connection, feed_id: str, faults: Sequence[FeedFault], *, now: datetime) -> Feed:
    """A feed that is no table, or too old, changes nothing; what is wrong with it can be read."""
    store.set_state(tx, feed_id, FeedState.UNREADABLE, now=now)
    store.save_outcome(
        tx, feed_id, lines_read=0, compared=Compared(), faults=faults, fault_count=len(faults)
    )
    store.drop_content(tx, feed_id)
    feed = views.feed(tx, feed_id)
    _tell(tx, feed)
    return feed


def locked(tx: Connection, feed_id: str) -> Feed:
    """A feed that nobody else works on until this transaction ends.

    Raises:
        NotFound: there is none.
    """
    store.lock(tx, feed_id)
    return views.feed(tx, feed_id)


def content(tx: Connection, feed_id: str) -> bytes | None:
    """The bytes of a feed that is not done with."""
    return store.content(tx, feed_id)


def _compared(tx: Connection, feed: Feed, whose: Partner, plan: FeedPlan) -> Compared:
    node = rules.node_of(plan, whose)
    spoken_for = whose.nodes if plan.node_column else ([node] if node else [])
    taken = stock_views.taken_since(
        tx, whose.nodes, feed.counted_at, includes_held=plan.includes_held
    )
    return store.compare(
        tx, feed.id, feed.partner, plan.key, spoken_for, taken, is_full=feed.is_full
    )


def _stranger(line: int, column: str, key: str) -> FeedFault:
    shown = key[:60]
    return FeedFault(
        line=line,
        column=column,
        code="unknown-sku",
        says=Text(f"There is no SKU “{shown}”.", f"Il n'y a pas de SKU «\u202f{shown}\u202f»."),
    )


def _open(tx: Connection, feed_id: str) -> Feed:
    feed = locked(tx, feed_id)
    if feed.state not in OPEN:
        raise FeedNotOpen(id=feed_id, en=STATES[feed.state].en, fr=STATES[feed.state].fr)
    return feed


def _ask(tx: Connection, feed_id: str, partner: str, actor: str) -> None:
    jobs.enqueue(tx, BOOK_JOB, {"feed": feed_id}, asked_by=actor, lock=f"feed:{partner}")


def _note(tx: Connection, feed: Feed, state: FeedState, actor: str) -> None:
    trail.record(
        tx, actor=actor, action=f"feed.{state.value}", subject=feed.id, after={"was": feed.state}
    )


def _tell(tx: Connection, feed: Feed) -> None:
    data = {
        "partner": feed.partner,
        "found": feed.booked_found,
        "lost": feed.booked_lost,
        "skus": feed.booked_skus,
        "faults": feed.fault_count,
    }
    events.publish(tx, [Event(type=f"feed.{feed.state.value}", subject=feed.id, data=data)])
