"""A feed read, laid beside the book, and booked portion by portion."""

from collections.abc import Callable
from datetime import datetime

from noria.connectors.feeds import json_sheets, rules
from noria.connectors.files import sheets
from noria.connectors.files.model import Faults, Sheet, refused
from noria.kit import clock
from noria.kit.db import Connection, Database, savepoint
from noria.kit.errors import Refusal
from noria.partners import feed_actions as feeds
from noria.partners import feed_views
from noria.partners.feed_model import Feed, FeedFault, FeedPlan, FeedState

Step = Callable[[int, int], None]
Save = Callable[[Connection, dict[str, int]], None]
UNDER_WAY = frozenset({FeedState.WAITING, FeedState.BOOKING})


def _forget(tx: Connection, cursor: dict[str, int]) -> None:
    del tx, cursor  # whoever waits for the end begins again after a crash


def _say_nothing(done: int, of: int) -> None:
    del done, of


def take(
    db: Database,
    feed_id: str,
    *,
    cursor: dict[str, int] | None,
    save: Save = _forget,
    step: Step = _say_nothing,
) -> Feed:
    """Read a feed, compare it, and book it, unless it is a preview or has to be looked at first.

    Begun again after a crash it goes on with the portion that it was in; if the database itself
    has crashed, what was compared is gone, and is made again: what is booked then differs no more.
    Two may take it at once, the door and a worker: each portion is booked by one of them.
    """
    feed = db.run(lambda tx: feed_views.feed(tx, feed_id))
    after = cursor["after"] if cursor else 0
    while feed.state in UNDER_WAY:
        step(after, _differing(feed))
        feed, after = db.run(lambda tx, after=after: _go_on(tx, feed_id, after, save))  # type: ignore[misc]
    return feed


def _go_on(tx: Connection, feed_id: str, after: int, save: Save) -> tuple[Feed, int]:
    """Compare a feed, book its next portion, or finish it; the feed, and the last number booked."""
    feed = feeds.locked(tx, feed_id)
    now = clock.now(tx)
    if feed.state is FeedState.WAITING:
        return _compare(tx, feed, now), 0
    if feed.state is not FeedState.BOOKING:
        return feed, after
    if after >= _differing(feed):
        return feeds.finish(tx, feed_id, now=now), after
    last = feeds.book(tx, feed_id, after, now=now)
    if last is None:
        return _compare(tx, feed, now), 0
    save(tx, {"after": last})
    return feed, last


def _differing(feed: Feed) -> int:
    """How many shelves are to be booked."""
    return feed.added + feed.changed + feed.absent


def _compare(tx: Connection, feed: Feed, now: datetime) -> Feed:
    """Lay a feed beside the book; one that is no table is given up, with what is wrong with it."""
    whose, plan = feeds.plan_of(tx, feed.partner)
    content = feeds.content(tx, feed.id)
    assert content is not None, "a feed keeps its bytes until it is done with"
    faults = Faults()

    def wrong() -> tuple[list[FeedFault], int]:
        return [rules.told(one) for one in faults.sorted()], faults.count

    try:
        with savepoint(tx):
            sheet = _sheet(content, feed.name, plan)
            lines = rules.lines(sheet, plan, whose, faults)
            compared = feeds.compare(tx, feed.id, lines, wrong, now=now)
    except Refusal as refusal:
        return feeds.give_up(tx, feed.id, [rules.told(refused(0, refusal))], now=now)
    if faults.count and not compared.lines_read:
        return feeds.give_up(tx, feed.id, wrong()[0], now=now)
    return compared


def _sheet(content: bytes, name: str, plan: FeedPlan) -> Sheet:
    if json_sheets.is_json(content):
        return json_sheets.sheet(content, name, plan.rows_at)
    known = [
        plan.key_column,
        plan.quantity_column,
        *([plan.node_column] if plan.node_column else []),
    ]
    return sheets.sheet(content, name, known=known, worksheet=plan.worksheet)
