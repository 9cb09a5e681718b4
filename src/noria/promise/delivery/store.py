"""What was learned, run by run: the SQL that writes."""

from datetime import datetime

import msgspec

from noria.kit.db import Connection
from noria.promise.delivery.model import Learned


def insert_run(tx: Connection, learned: Learned, legs: int, *, now: datetime) -> int:
    """Keep a run; its number. Runs before it stay as they are."""
    found = tx.execute(
        "insert into delivery_run (learned_at, legs, learned) values (%s, %s, %s) returning number",
        [now, legs, msgspec.json.encode(learned).decode()],
    ).fetchone()
    assert found is not None
    return int(found[0])


def forget_runs(tx: Connection, keep: int) -> None:
    """Let go of what was learned in old runs that no promise names."""
    tx.execute(
        """
        delete from delivery_run
        where number not in (select number from delivery_run order by number desc limit %s)
            and not exists (select from promise where promise.delivery_run = delivery_run.number)
        """,
        [keep],
    )
