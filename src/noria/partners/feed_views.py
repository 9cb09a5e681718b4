"""Questions about feeds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound, Text
from noria.partners import feed_rules as rules
from noria.partners.feed_model import Feed, FeedChange, FeedFault, FeedPlan, Pull, Pulse
from noria.stock.model import Shelves

FEED = """
    select id, partner, name, is_full, is_preview, counted_at, sent_at, actor, state, state_since,
        lines_read, added, changed, unchanged, absent, unknown, fault_count, units_before,
        units_found, units_lost, booked_skus, booked_found, booked_lost
    from feed
"""


def plan(tx: Connection, partner: str) -> tuple[FeedPlan, int] | None:
    """How a partner's feed is read, and that plan's version."""
    found = tx.execute(
        "select plan, version from feed_plan where partner = %s", [partner]
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], FeedPlan), found[1])


def pulled(tx: Connection) -> list[tuple[str, Pull, datetime | None]]:
    """Active partners whose feeds we fetch, from where, and when they were asked for last."""
    found = tx.execute(
        """
        select partner, plan -> 'pull', asked_at
        from feed_plan
        join partner on partner.code = feed_plan.partner
        left join feed_pull using (partner)
        where is_active and jsonb_typeof(plan -> 'pull') = 'object'
        order by partner
        """
    )
    return [(partner, msgspec.convert(pull, Pull), asked_at) for partner, pull, asked_at in found]


def feed(tx: Connection, feed_id: str) -> Feed:
    """A feed as it stands.

    Raises:
        NotFound: there is none.
    """
    found = row(tx, _feed, FEED + " where id = %s", [feed_id])
    if found is None:
        raise NotFound(what="feed", id=feed_id)
    return found


def digest(tx: Connection, feed_id: str) -> bytes | None:
    """What the content of a feed was like, to tell whether it is sent again."""
    found = tx.execute("select digest from feed where id = %s", [feed_id]).fetchone()
    return None if found is None else bytes(found[0])


def feeds(
    tx: Connection,
    *,
    partner: str | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Feed]:
    """Feeds, the newest first; `after` is the (sent_at as text, id) to go on from."""
    return rows(
        tx,
        _feed,
        FEED
        + """
        where (%(partner)s::text is null or partner = %(partner)s)
            and (%(nodes)s::text[] is null or exists (
                select from partner_node
                where partner_node.partner = feed.partner and node = any(%(nodes)s)
            ))
            and (%(at)s::timestamptz is null or (sent_at, id) < (%(at)s, %(id)s))
        order by sent_at desc, id desc
        limit %(limit)s
        """,
        {
            "partner": partner,
            "nodes": None if nodes is None else list(nodes),
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def _feed(**columns: Any) -> Feed:
    return msgspec.convert(columns, Feed)


def newest_booked(tx: Connection, partner: str) -> datetime | None:
    """When what was booked last of a partner was counted."""
    found = tx.execute(
        "select max(counted_at) from feed where partner = %s and state = 'booked'", [partner]
    ).fetchone()
    return found[0] if found else None


def changes(tx: Connection, feed_id: str, *, after: int = 0, limit: int = 100) -> list[FeedChange]:
    """What a feed changes, in order, beyond number `after`; gone once it is booked."""
    return rows(
        tx,
        FeedChange,
        """
        select number, line, node, sku, fed, known, target
        from feed_change
        where feed = %s and number > %s
        order by number
        limit %s
        """,
        [feed_id, after, limit],
    )


def portion(tx: Connection, feed_id: str, *, after: int, limit: int) -> tuple[int | None, Shelves]:
    """The next shelves that a feed changes, beyond number `after`, and the number of the last."""
    found = tx.execute(
        """
        select max(number), array_agg(sku::text order by number),
            array_agg(node::text order by number), array_agg(fed order by number)
        from (
            select number, sku, node, fed
            from feed_change
            where feed = %s and number > %s
            order by number
            limit %s
        ) as next
        """,
        [feed_id, after, limit],
    ).fetchone()
    assert found is not None
    last, skus, nodes, quantities = found
    return last, Shelves(skus or [], nodes or [], quantities or [])


def faults(
    tx: Connection, feed_id: str, *, after: int = -1, limit: int = 100
) -> list[tuple[int, FeedFault]]:
    """What is wrong with a feed's lines, numbered, beyond `after`; the first thousand."""
    return rows(
        tx,
        _fault,
        """
        select number, line, column_name, code, says_en, says_fr
        from feed_fault
        where feed = %s and number > %s
        order by number
        limit %s
        """,
        [feed_id, after, limit],
    )


def _fault(
    number: int, line: int, column_name: str, code: str, says_en: str, says_fr: str
) -> tuple[int, FeedFault]:
    return number, FeedFault(line=line, column=column_name, code=code, says=Text(says_en, says_fr))


def pulses(tx: Connection, partner: str | None = None) -> list[Pulse]:
    """Of each active partner that sends a feed: when it was heard, and how often it is expected.

    `counted_at` is the instant that what was booked last speaks of; a feed that is held, or could
    not be read, was heard and is not believed.
    """
    found = tx.execute(
        """
        select partner.code, partner.nodes, plan ->> 'every_minutes', (
            select array_agg(sent_at order by sent_at desc)
            from (
                select sent_at
                from feed
                where feed.partner = partner.code and state in ('booked', 'held', 'booking')
                order by sent_at desc
                limit %(limit)s
            ) as last
        ), (
            select max(counted_at)
            from feed
            where feed.partner = partner.code and state = 'booked'
        )
        from partner
        join feed_plan on feed_plan.partner = partner.code
        where is_active and (%(partner)s::text is null or code = %(partner)s)
        order by code
        """,
        {"partner": partner, "limit": rules.GAPS_LEARNED_FROM + 1},
    )
    return [
        Pulse(
            partner=code,
            nodes=tuple(nodes),
            heard_at=heard[0] if heard else None,
            counted_at=counted_at,
            every_minutes=rules.expected_minutes(
                None if every is None else int(every), heard or ()
            ),
        )
        for code, nodes, every, heard, counted_at in found
    ]
