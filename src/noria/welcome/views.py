"""What is there, and what the questions of a first hour find in it."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, cast

from noria.kit.db import Connection, row, rows
from noria.welcome.model import Answer, Basis, Finding, FirstHour, Question, Tried

LARGE = 500_000
"""So many balances, or orders, are counted in some 50 ms."""

FIGURES: LiteralString = """
    select not exists (select from sku) and not exists (select from node) as is_empty,
        (select count(*) from sku) as skus,
        (
            select count(*) from node
            where %(nodes)s::text[] is null or code = any(%(nodes)s)
        ) as nodes,
        (
            select count(*) from node
            where kind = 'store' and (%(nodes)s::text[] is null or code = any(%(nodes)s))
        ) as stores,
        (select count(*) from channel) as channels,
        (select count(*) from service) as services,
        (
            select count(*) from balance
            where state = 'available' and quantity > 0
                and (%(nodes)s::text[] is null or node = any(%(nodes)s))
        ) as shelves,
        case when %(nodes)s::text[] is null then (select count(*) from customer_order) end
            as orders
"""


def first_hour(tx: Connection, *, nodes: Sequence[str] | None) -> FirstHour:
    """How much is there; of nodes and shelves, those that the asker may see (None: all)."""
    found = row(
        tx,
        FirstHour,
        FIGURES,
        {"nodes": None if nodes is None else list(nodes)},
    )
    assert found is not None, "a row of figures is always there"
    return found


def is_large(tx: Connection) -> bool:
    """Whether there is so much that to count it takes long, as autovacuum saw it when it looked."""
    found = tx.execute(
        """
        select max(reltuples) > %s
        from pg_class
        where oid in ('balance'::regclass, 'customer_order'::regclass)
        """,
        [LARGE],
    )
    [(answer,)] = found.fetchall()
    return bool(answer)


def is_empty(tx: Connection) -> bool:
    """Whether there is no SKU and no node yet; nothing is counted for it."""
    found = tx.execute("select not exists (select from sku) and not exists (select from node)")
    [(answer,)] = found.fetchall()
    return bool(answer)


def answers(tx: Connection, questions: Sequence[Question]) -> list[Answer]:
    """What each question finds; what several look at counts once."""
    counted = {one: _count(tx, one) for one in dict.fromkeys(one.looked_at for one in questions)}
    return [
        Answer(
            check=one.name,
            found=_count(tx, f"select count(*) from ({one.statement}) as found"),  # noqa: S608
            of=counted[one.looked_at],
        )
        for one in questions
    ]


def _count(tx: Connection, asked: str) -> int:
    found = tx.execute(cast("Any", asked)).fetchone()
    assert found is not None, "an aggregate has a row"
    return int(found[0])


def findings(
    tx: Connection, question: Question, *, after: str, limit: int, has_customers: bool = True
) -> list[Finding]:
    """What a question found, by key, beyond `after`; customers are named if `has_customers`."""
    words = "words" if has_customers or not question.names_customers else "'' as words"
    asked = f"""
        select key, sku, node, units, {words}
        from ({question.statement}) as found
        where key collate "C" > %s
        order by key collate "C"
        limit %s
    """  # noqa: S608 - of the table of questions
    return rows(tx, Finding, cast("Any", asked), [after, limit])


def tried(tx: Connection) -> Mapping[Basis, Tried]:
    """What was tried of the book: the last sample of each node, counts, what facts have shown."""
    return {
        basis: Tried(tried=int(count), right=int(right))
        for basis, count, right in (
            (Basis(name), count, right)
            for name, count, right in tx.execute(
                """
                select 'samples', coalesce(sum(sampled), 0), coalesce(sum(accurate), 0)
                from (
                    select distinct on (node) sampled, accurate
                    from accuracy_sample
                    order by node, measured_at desc, task desc
                ) as last
                union all
                select 'counts', count(*), count(*) filter (where difference = 0)
                from count_line
                where booked_at is not null and counted is not null
                union all
                select 'signals', count(*), count(*) filter (where refused = 0 and gaps = 0)
                from shelf_record
                where moves > 0
                """
            )
        )
    }
