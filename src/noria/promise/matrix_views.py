"""What the matrix is loaded from: shelves, holds with an end, and the terms of the sum."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.promise.keep_back_model import KeepBack


class NodeTerms(Struct, frozen=True):
    """What of a node decides on what it can promise."""

    code: str
    buffer_units: int
    does_promise: bool


def sizes(tx: Connection) -> int:
    """How many SKUs there are, more or less."""
    row = tx.execute("select count(*) from sku").fetchone()
    assert row is not None
    return int(row[0])


def shelves(tx: Connection, codes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each SKU that lies anywhere, with 12 bytes for each node: its place in `codes`, its units."""
    with tx.cursor() as cursor:
        told = """
            copy (
                select sku, string_agg(place || int8send(quantity), ''::bytea)
                from balance
                join (
                    select code as node, int4send((number - 1)::int) as place
                    from unnest(%s::text[]) with ordinality as given (code, number)
                ) as numbered using (node)
                where state = 'available' and quantity <> 0
                group by sku
            ) to stdout (format binary)
            """
        with cursor.copy(told, [list(codes)]) as copy:
            copy.set_types(["text", "bytea"])
            yield from copy.rows()


def holds(tx: Connection) -> Iterator[tuple[str, str, int, int]]:
    """Open holds with an end: SKU, node, units, and the end in microseconds since 1970."""
    with tx.cursor() as cursor:
        yield from cursor.stream(
            """
            select sku, node, sum(held)::bigint, (extract(epoch from expires_at) * 1000000)::bigint
            from reservation
            where held > 0 and isfinite(expires_at)
            group by sku, node, expires_at
            """
        )


def expected(tx: Connection) -> list[tuple[str, int]]:
    """SKUs that somebody waits for, with how many lines wait."""
    return tx.execute("select sku, count(*) from expected_demand group by sku").fetchall()


def nodes(tx: Connection) -> list[NodeTerms]:
    return rows(
        tx,
        NodeTerms,
        """
        select code, buffer_units, is_open and kind <> 'printer' as does_promise
        from node
        order by code
        """,
    )


def apart(tx: Connection) -> set[str]:
    """SKUs that are more than units on shelves: made to order, or in lots that grow too old."""
    found = tx.execute(
        "select sku from made_here union select code from sku where tracking = 'lot'"
    )
    return {row[0] for row in found}


def rules(tx: Connection) -> list[KeepBack]:
    """Every rule that may still come to hold."""
    found = tx.execute(
        """
        select to_jsonb(kept_rule)
        from kept_rule
        where valid_until is null or valid_until >= noria_now()::date - 1
        order by id
        """
    )
    return [msgspec.convert(content, KeepBack) for (content,) in found]


def microseconds(instant: datetime) -> int:
    """Since 1970, in whole numbers: as the notifications say it."""
    return round(instant.timestamp() * 1_000_000)
