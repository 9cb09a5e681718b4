"""What is wrong with labels: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.carriage.trouble_model import TroubleKind
from noria.kit.db import Connection


def insert(
    tx: Connection, label: str, kind: TroubleKind, *, now: datetime, detail: str = ""
) -> None:
    """Write what is wrong with a label; what is wrong again waits for a person again."""
    tx.execute(
        """
        insert into label_trouble (label, kind, since, detail)
        values (%s, %s, %s, %s)
        on conflict (label, kind) do update
        set since = excluded.since, detail = excluded.detail, settled_at = null
        """,
        [label, kind.value, now, detail],
    )


def explain(tx: Connection, label: str, detail: str) -> None:
    """Write why no other label takes the place of an outdated one; each minute it is the same."""
    tx.execute(
        """
        update label_trouble
        set detail = %(detail)s
        where label = %(label)s and kind = 'outdated' and detail <> %(detail)s
        """,
        {"label": label, "detail": detail},
    )


def settle(
    tx: Connection, label: str, *, kind: TroubleKind | None = None, now: datetime
) -> list[str]:
    """Write that somebody has seen to one thing wrong with a label, or to all; what that was."""
    found = tx.execute(
        """
        update label_trouble
        set settled_at = %(now)s
        where label = %(label)s and settled_at is null
            and (%(kind)s::text is null or kind = %(kind)s)
        returning kind
        """,
        {"now": now, "label": label, "kind": None if kind is None else kind.value},
    )
    return sorted(kind for (kind,) in found)


def set_told_edits(tx: Connection, label: str, edits: int) -> None:
    """Write after how many changes of its order's address a label was asked for, or looked at."""
    tx.execute("update label set told_edits = %s where id = %s", [edits, label])


def void_papers(tx: Connection, papers: Sequence[str]) -> None:
    """Drop labels that were taken back, so that nobody puts one on a box."""
    tx.execute(
        """
        update document
        set state = 'failed', content = null, detail = 'its label was taken back'
        where id = any(%s) and kind in ('label', 'customs') and state in ('waiting', 'made')
        """,
        [list(papers)],
    )
