"""A partner's feed of a million lines, from the bytes of its CSV to the committed book."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

from psycopg.sql import SQL, Identifier

from noria.connectors.feeds.actions import take
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED, pick
from noria.lab.figures import Bench, Figure
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners.feed_model import Feed, FeedPlan, FeedState
from noria.partners.model import Partner, PartnerKind
from noria.stock import actions as stock
from noria.stock.model import Counted

LINES, SAMPLED = 1_000_000, 1_000
CHANGED_PERCENT = 5
"""Of the second feed, so many lines say something new: what a night changes at a partner."""

NODE, PARTNER, ELSEWHERE = "EPINAL", "EPINAL", "CHOLET"


def _feeds(db: Database, rounds: int) -> Iterator[Figure]:
    """Lines a second of a first feed, where all is new, and of the next; against row by row."""
    del rounds  # a feed is first once
    _build(db)
    baseline = _row_by_row(db)
    first = _send(db, "first", changed=())
    assert first.booked_skus == LINES, "every line of the first feed is in the book"
    yield _figure("feed_first", first, _seconds["first"], baseline)
    changed = range(0, LINES, 100 // CHANGED_PERCENT)
    second = _send(db, "next", changed=changed)
    assert second.booked_skus == len(changed), "only what has changed is booked"
    assert second.unchanged == LINES - len(changed)
    yield _figure("feed_next", second, _seconds["next"], baseline)


POURED = """
    insert into {} (code, name)
    select prefix || lpad(line::text, 7, '0'), 'Line ' || line
    from (values ('FEED-', %s), ('ROW-', %s)) as kind (prefix, number)
    cross join lateral generate_series(0, number - 1) as line
"""

BENCHES: Mapping[str, Bench] = {"feed": _feeds}
_seconds: dict[str, float] = {}


def _figure(name: str, feed: Feed, seconds: float, baseline: float) -> Figure:
    value = feed.lines_read / seconds
    return Figure(
        figure=f"{name}_{round(seconds, 1)}s",
        value=round(value, 1),
        unit="lines/s",
        baseline=round(baseline, 1),
        ratio=round(value / baseline, 2),
        rounds=1,
    )


def _send(db: Database, feed_id: str, *, changed: range | tuple[()]) -> Feed:
    """A feed as the door takes it, and as the worker books it; counted in the book afterwards."""
    others = set(changed)
    content = "sku,quantity\n" + "".join(
        f"{_sku(line)},{_units(line) + (line in others)}\n" for line in range(LINES)
    )
    began = time.monotonic()
    db.run(
        lambda tx: feeds.send(
            tx,
            feed_id,
            PARTNER,
            content.encode(),
            name=f"{feed_id}.csv",
            is_full=True,
            is_preview=False,
            counted_at=None,
            actor=SYSTEM.id,
            now=clock.now(tx),
        )
    )
    done = take(db, feed_id, cursor=None, save=_remember_nothing, step=_say_nothing)
    _seconds[feed_id] = time.monotonic() - began
    assert done.state is FeedState.BOOKED, done
    with db.transaction() as tx:
        found = tx.execute(
            "select count(*), sum(quantity) from balance"
            " where node = %s and state = 'available' and sku like 'FEED-%%'",
            [NODE],
        ).fetchone()
    wanted = sum(_units(line) + (line in others) for line in range(LINES))
    assert found == (LINES, wanted), "what the feed says is what the book says, to the unit"
    return done


def _row_by_row(db: Database) -> float:
    """Lines a second, each counted and committed by itself, as a program would that reads lines."""
    began = time.monotonic()
    for line in range(SAMPLED):
        db.run(lambda tx, line=line: _one(tx, line))  # type: ignore[misc]
    return SAMPLED / (time.monotonic() - began)


def _one(tx: Connection, line: int) -> None:
    now = clock.now(tx)
    counted = [Counted(sku=f"ROW-{line:07}", quantity=_units(line))]
    stock.count(tx, f"row-{line}", ELSEWHERE, counted, counted_at=now, actor=SYSTEM.id, now=now)


def _sku(line: int) -> str:
    return f"FEED-{line:07}"


def _units(line: int) -> int:
    return 1 + pick(SEED, "feed", line % 1000, below=50)


def _build(db: Database) -> None:
    with db.transaction() as tx:
        now = clock.now(tx) - timedelta(minutes=1)
        nodes = [node for node in chain(SEED).nodes if node.kind is NodeKind.SUPPLIER]
        network.save_services(tx, services(), actor=SYSTEM.id, now=now)
        network.save_nodes(tx, nodes, actor=SYSTEM.id, now=now)
        tx.execute(
            SQL(POURED).format(Identifier("sku")),
            [LINES, SAMPLED],
        )
        partner = Partner(code=PARTNER, name="Épinal", kind=PartnerKind.SUPPLIER, nodes=(NODE,))
        partners.save(tx, partner, actor=SYSTEM.id, now=now)
        feeds.save_plan(tx, FeedPlan(), partner=PARTNER, actor=SYSTEM.id, now=now)


def _remember_nothing(_tx: Connection, _cursor: dict[str, int]) -> None:
    """A benchmark that dies begins again."""


def _say_nothing(_done: int, _total: int) -> None:
    """Nobody watches."""
