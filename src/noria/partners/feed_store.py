"""Feeds: the SQL that writes, and compares them with the book as sets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

import msgspec

from noria.kit.db import Connection, row
from noria.kit.errors import Stale
from noria.partners.feed_model import Compared, FeedFault, FeedLine, FeedPlan, FeedState, KeyKind

FAULTS_KEPT = 1000
SENT_AT_ONCE = 2000
"""Lines that go to the database together while a feed is read."""


def upsert_plan(
    tx: Connection, partner: str, plan: FeedPlan, believed: int, *, now: datetime
) -> None:
    """Write a plan whose version is still the believed one (0: absent)."""
    written = tx.execute(
        """
        insert into feed_plan (partner, plan, version, changed_at)
        values (%s, %s, %s + 1, %s)
        on conflict (partner) do update
        set plan = excluded.plan, version = excluded.version, changed_at = excluded.changed_at
        where feed_plan.version = excluded.version - 1
        """,
        [partner, msgspec.json.encode(plan).decode(), believed, now],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def note_asked(tx: Connection, partners: Sequence[str], *, now: datetime) -> None:
    """Write when feeds were asked for where they are fetched."""
    tx.execute(
        """
        insert into feed_pull (partner, asked_at)
        select partner, %s from unnest(%s::text[]) as given (partner)
        on conflict (partner) do update set asked_at = excluded.asked_at
        """,
        [now, list(partners)],
    )


def insert(tx: Connection, feed: dict[str, Any], content: bytes) -> bool:
    """Write that a feed was sent, with its bytes; whether its id was new."""
    is_new = tx.execute(
        """
        insert into feed (id, partner, name, digest, is_full, is_preview, counted_at, sent_at,
            actor, state, state_since)
        values (%(id)s, %(partner)s, %(name)s, %(digest)s, %(is_full)s, %(is_preview)s,
            %(counted_at)s, %(sent_at)s, %(actor)s, 'waiting', %(sent_at)s)
        on conflict do nothing
        returning id
        """,
        feed,
    ).fetchone()
    if is_new:
        tx.execute(
            "insert into feed_content (feed, content) values (%s, %s)", [feed["id"], content]
        )
    return bool(is_new)


def lock(tx: Connection, feed_id: str) -> None:
    """One works on a feed at a time."""
    tx.execute("select from feed where id = %s for update", [feed_id])


def set_state(tx: Connection, feed_id: str, state: FeedState, *, now: datetime) -> None:
    tx.execute(
        "update feed set state = %s, state_since = %s where id = %s", [state.value, now, feed_id]
    )


def content(tx: Connection, feed_id: str) -> bytes | None:
    """The bytes that were sent, until the feed is booked or rejected."""
    found = tx.execute("select content from feed_content where feed = %s", [feed_id]).fetchone()
    return None if found is None else bytes(found[0])


def stage(tx: Connection, lines: Iterable[FeedLine]) -> int:
    """Put the lines of a feed where sets of them can be worked on, until the transaction ends.

    Returns how many there are.
    """
    tx.execute("drop table if exists pg_temp.fed")
    tx.execute(
        "create temporary table fed (line int, node text, key text, quantity bigint) on commit drop"
    )
    number = 0
    with tx.cursor() as cursor, cursor.copy("copy fed from stdin") as copy:
        waiting: list[str] = []
        for line in lines:
            quantity = "\\N" if line.quantity is None else line.quantity
            waiting.append(f"{line.line}\t{line.node}\t{_plain(line.key)}\t{quantity}\n")
            number += 1
            if len(waiting) == SENT_AT_ONCE:
                copy.write("".join(waiting))
                waiting.clear()
        copy.write("".join(waiting))
    tx.execute("analyze fed")
    return number


def _plain(text: str) -> str:
    """Text as COPY wants it; most keys hold nothing that it would mistake."""
    if "\\" not in text and "\t" not in text and "\n" not in text and "\r" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


NAMED_BY: Mapping[KeyKind, tuple[LiteralString, LiteralString]] = {
    KeyKind.SKU: ("sku", "sku.code = fed.key"),
    KeyKind.GTIN: (
        "(select gtin, sku as code from barcode where units = 1) as sku",
        "sku.gtin = lpad(fed.key, 14, '0') and length(fed.key) <= 14",
    ),
    KeyKind.REFERENCE: (
        """(
            select distinct reference, sku as code from partner_term where partner = %(partner)s
        ) as sku""",
        "sku.reference = fed.key",
    ),
}
"""How a line's key leads to the code of a SKU: in what, and by which of it."""

COMPARE = """
with named as materialized (
    select node.code as node, sku.code as sku, min(line) as line, min(quantity) as quantity,
        bool_and(quantity is not null) as is_good, count(*) as lines
    from fed
    join node on node.code = fed.node
    join {names} on {named_by}
    group by node.code, sku.code
), taken as (
    select * from unnest(%(skus)s::text[], %(nodes)s::text[], %(units)s::bigint[])
        as given (sku, node, units)
), compared as materialized (
    select node, sku, line, coalesce(named.quantity, 0) as fed, shelf.quantity is null as is_new,
        coalesce(shelf.quantity, 0) as known,
        greatest(coalesce(named.quantity, 0) - coalesce(taken.units, 0), 0) as target
    from named
    full join (
        select sku, node, quantity
        from balance
        where node = any(%(all)s) and state = 'available'
    ) as shelf using (sku, node)
    left join taken using (sku, node)
    where case when line is null then %(is_full)s and shelf.quantity > 0 else is_good end
), written as (
    insert into feed_change (feed, number, line, node, sku, fed, known, target)
    select feed.id, row_number() over (order by sku, node), line, node, sku, fed, known, target
    from compared
    cross join (select id from feed where id = %(feed)s) as feed
    where known <> target
)
select count(*) filter (where line is not null and known <> target and is_new) as added,
    count(*) filter (where line is not null and known <> target and not is_new) as changed,
    count(*) filter (where known = target) as unchanged,
    count(*) filter (where line is null and known <> target) as absent,
    (select count(*) from fed) - (select coalesce(sum(lines), 0)::bigint from named) as unknown,
    coalesce(sum(known), 0)::bigint as units_before,
    coalesce(sum(target - known) filter (where target > known), 0)::bigint as units_found,
    coalesce(sum(known - target) filter (where target < known), 0)::bigint as units_lost
from compared
"""
"""Values come out of tables of ours, typed: what is only cast to a code is checked row by row."""


def compare(
    tx: Connection,
    feed_id: str,
    partner: str,
    key: KeyKind,
    nodes: Sequence[str],
    taken: dict[tuple[str, str], int],
    *,
    is_full: bool,
) -> Compared:
    """What the staged lines would change, written down in the order in which it is booked.

    `nodes` are those that a full feed speaks for. Of two lines that name one SKU the lower counts.
    What is unknown is how many lines name no SKU, unless a key may lead to several.
    """
    names, named_by = NAMED_BY[key]
    tx.execute("set local work_mem = '256MB'")
    tx.execute("delete from feed_change where feed = %s", [feed_id])
    found = row(
        tx,
        Compared,
        COMPARE.format(names=names, named_by=named_by),
        {
            "feed": feed_id,
            "partner": partner,
            "skus": [sku for sku, _ in taken],
            "nodes": [node for _, node in taken],
            "units": list(taken.values()),
            "all": list(nodes),
            "is_full": is_full,
        },
    )
    assert found is not None
    return found


def unknown(
    tx: Connection, partner: str, key: KeyKind, limit: int
) -> tuple[int, list[tuple[int, str]]]:
    """How many staged lines name no SKU of ours, and the first of them, as (line, key)."""
    names, named_by = NAMED_BY[key]
    first = tx.execute(
        f"""
        select line, key, count(*) over ()
        from fed
        where not exists (select from {names} where {named_by})
        order by line
        limit %(limit)s
        """,  # noqa: S608 - texts of ours
        {"partner": partner, "limit": limit},
    ).fetchall()
    return (first[0][2] if first else 0), [(line, key) for line, key, _ in first]


def save_outcome(
    tx: Connection,
    feed_id: str,
    *,
    lines_read: int,
    compared: Compared,
    faults: Sequence[FeedFault],
    fault_count: int,
) -> None:
    """Write what a feed said, and what is wrong with it."""
    tx.execute(
        """
        update feed
        set lines_read = %s, added = %s, changed = %s, unchanged = %s, absent = %s, unknown = %s,
            units_before = %s, units_found = %s, units_lost = %s, fault_count = %s
        where id = %s
        """,
        [
            lines_read,
            compared.added,
            compared.changed,
            compared.unchanged,
            compared.absent,
            compared.unknown,
            compared.units_before,
            compared.units_found,
            compared.units_lost,
            fault_count,
            feed_id,
        ],
    )
    tx.execute("delete from feed_fault where feed = %s", [feed_id])
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into feed_fault (feed, number, line, column_name, code, says_en, says_fr)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (feed_id, number, one.line, one.column, one.code, one.says.en, one.says.fr)
                for number, one in enumerate(faults[:FAULTS_KEPT])
            ],
        )


def add_booked(tx: Connection, feed_id: str, *, skus: int, found: int, lost: int) -> None:
    """Add what a part of a feed changed."""
    tx.execute(
        """
        update feed
        set booked_skus = booked_skus + %s, booked_found = booked_found + %s,
            booked_lost = booked_lost + %s
        where id = %s
        """,
        [skus, found, lost, feed_id],
    )


def drop_work(tx: Connection, feed_id: str) -> None:
    """Forget what a feed would change, and lines of it that the release before had staged."""
    tx.execute("delete from feed_line where feed = %s", [feed_id])
    tx.execute("delete from feed_change where feed = %s", [feed_id])


def drop_content(tx: Connection, feed_id: str) -> None:
    """Forget the bytes of a feed that is done with, and all that was made of them."""
    drop_work(tx, feed_id)
    tx.execute("delete from feed_content where feed = %s", [feed_id])
