"""Graded parts of places: the SQL that follows the ledger of value, in its transactions."""

from collections.abc import Iterable
from typing import LiteralString

from noria.kit.db import Connection, array
from noria.value.grading import NOW, graded
from noria.value.model import Key


def is_settled(tx: Connection, seq: int) -> bool:
    """Whether the parts hold for what is booked up to this move."""
    return tx.execute("select from graded_cursor where seq = %s", [seq]).fetchone() is not None


def advance(tx: Connection, seq: int) -> None:
    """They hold up to this move."""
    tx.execute("update graded_cursor set seq = %s where seq <> %s", [seq, seq])


def grade_all(tx: Connection) -> None:
    """Find what is graded anywhere, as value is booked now, and forget what was found before."""
    tx.execute("delete from graded_part")
    tx.execute(f"insert into graded_part {NOW}")


def follow(tx: Connection, after: int, up_to: int, changed: Iterable[Key]) -> None:
    """Grade anew the places that a stretch of the book moved units of, and those that it changed.

    To be called when worths and cursor are written: it reads what they are.
    """
    keys = sorted(changed)
    touched = {
        "after": after,
        "up_to": up_to,
        "skus": array([sku for sku, _ in keys]),
        "nodes": array([node for _, node in keys]),
    }
    tx.execute(f"delete from graded_part where (sku, node) in ({TOUCHED})", touched)  # noqa: S608 - ours
    tx.execute(FOLLOW, touched)


TOUCHED: LiteralString = """
    select * from unnest(%(skus)s::text[], %(nodes)s::text[])
    union
    select sku, node from entry where seq > %(after)s and seq <= %(up_to)s and state <> 'outside'
"""
FOLLOW: LiteralString = f"""
    with touched (sku, node) as materialized ({TOUCHED})
    insert into graded_part
    {
    graded(
        "null::timestamptz",
        "sku in (select touched.sku from touched)",
        "(sku, node) in (select touched.sku, touched.node from touched)",
    )
}
"""  # noqa: S608 - ours
