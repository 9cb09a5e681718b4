"""Questions about what was sent again, or paid back, because it did not come."""

from collections.abc import Sequence
from typing import Any, LiteralString

from msgspec import convert, structs

from noria.kit.db import Connection, rows
from noria.orders.model import Stage
from noria.orders.replace_model import Because, Claim, How, ReplacedLine, Replacement

REPLACEMENTS: LiteralString = """
    select replacement.id, leg_id as leg, order_id as order, node, service, carrier, how,
        because, cents, replacement.currency, claim, claim_cents, claim_settled_at, at, actor,
        words, stage, (
            select jsonb_agg(jsonb_build_object('line', line, 'sku', sku, 'units', units)
                order by line)
            from replaced_line
            where replacement = replacement.id
        ) as lines, array(
            select sscc from replaced_parcel where replacement = replacement.id order by sscc
        ) as parcels, array(
            select leg.id::text
            from leg
            where leg.order_id = replacement.order_id and planned_at >= replacement.at
                and exists (
                    select from leg_line
                    join replaced_line on replaced_line.line = leg_line.line
                    where leg_id = leg.id and replaced_line.replacement = replacement.id
                )
            order by leg.id
        ) as sent_as
    from replacement
    join customer_order on customer_order.id = order_id
"""


def replacement(tx: Connection, key: str) -> Replacement | None:
    return next(iter(replacements(tx, ids=[key], limit=1)), None)


def replacements(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    order: str | None = None,
    nodes: Sequence[str] | None = None,
    claim: Claim | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Replacement]:
    """What was replaced, the oldest first, beyond (at as text, id)."""
    at, key = after or (None, None)
    found = rows(
        tx,
        Replacement,
        REPLACEMENTS
        + """
        where (%(ids)s::text[] is null or replacement.id = any(%(ids)s))
            and (%(order)s::text is null or order_id = %(order)s)
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(claim)s::text is null or claim = %(claim)s)
            and (%(at)s::timestamptz is null
                or (at, replacement.id) > (%(at)s::timestamptz, %(key)s::text))
        order by at, replacement.id
        limit %(limit)s
        """,
        {
            "ids": None if ids is None else list(ids),
            "order": order,
            "nodes": None if nodes is None else list(nodes),
            "claim": claim.value if claim else None,
            "at": at,
            "key": key,
            "limit": limit,
        },
    )
    return [
        structs.replace(
            one,
            how=How(one.how),
            because=Because(one.because),
            claim=Claim(one.claim),
            stage=Stage(one.stage),
            lines=convert(one.lines or [], list[ReplacedLine]),
        )
        for one in found
    ]
