"""The SQL that keeps what a look found. What it was made of has to be so still: else it is none."""

from datetime import datetime

from psycopg.types.json import Jsonb

from noria.kit.db import Connection, row
from noria.kit.looks import LastLook
from noria.welcome.look_model import Kept


def last(tx: Connection, what: Kept) -> LastLook:
    """When it was looked at last at what is so still, and what the clocks say."""
    found = row(
        tx,
        LastLook,
        f"""
        select began_at, at, clock_timestamp() as asked_at, noria_now() as now
        from (select %(name)s as name, %(edition)s || ' ' || ({what.seen}) as seen) as asked
        left join kept_look using (name, seen)
        """,  # noqa: S608 - a statement of ours
        {"name": what.name, "edition": what.edition},
    )
    assert found is not None, "there is one line, with a look or without"
    return found


def kept(tx: Connection, what: Kept) -> tuple[object, datetime] | None:
    """What the last look found, and when; None if it is made of what is so no more."""
    found = tx.execute(
        f"""
        select answer, at
        from kept_look
        where name = %(name)s and seen = %(edition)s || ' ' || ({what.seen})
        """,  # noqa: S608 - a statement of ours
        {"name": what.name, "edition": what.edition},
    ).fetchone()
    return None if found is None else (found[0], found[1])


def begin(tx: Connection, what: Kept) -> None:
    """Date a look and say what it is made of, before it asks: what ends meanwhile makes it old."""
    tx.execute(
        f"""
        insert into kept_look (name, began_at, at, seen, answer)
        select %(name)s, clock_timestamp(), noria_now(), %(edition)s || ' ' || ({what.seen}), 'null'
        on conflict (name) do update
        set began_at = excluded.began_at, at = excluded.at, seen = excluded.seen
        """,  # noqa: S608 - a statement of ours
        {"name": what.name, "edition": what.edition},
    )


def end(tx: Connection, what: Kept, answer: object) -> None:
    """Keep what a look found; nobody sees it before the transaction ends."""
    tx.execute("update kept_look set answer = %s where name = %s", [Jsonb(answer), what.name])
