"""Replacements: the SQL that writes them."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders.model import Leg, Short
from noria.orders.replace_model import Claim, ReplaceBody


def insert(
    tx: Connection,
    key: str,
    leg: Leg,
    off: Sequence[Short],
    asked: ReplaceBody,
    *,
    carrier: str | None,
    claim: Claim,
    actor: str,
    now: datetime,
) -> bool:
    """Write that these units of a leg are replaced; False: the id is taken."""
    lines, units = [one.line for one in off], [one.units for one in off]
    made = tx.execute(
        """
        insert into replacement (id, leg_id, order_id, node, service, carrier, how, because, cents,
            currency, claim, words, actor, at)
        select %(key)s, leg.id, leg.order_id, leg.node, leg.service, %(carrier)s, %(how)s,
            %(because)s, coalesce((
                select sum(given.units * price_cents)::bigint
                from unnest(%(lines)s::smallint[], %(units)s::bigint[]) as given (line, units)
                join order_line on order_line.order_id = leg.order_id
                    and order_line.line = given.line
            ), 0), currency, %(claim)s, %(words)s, %(actor)s, %(now)s
        from leg
        join customer_order on customer_order.id = leg.order_id
        where leg.id = %(leg)s
        on conflict do nothing
        """,
        {
            "key": key,
            "leg": leg.id,
            "carrier": carrier,
            "how": asked.how.value,
            "because": asked.because.value,
            "claim": claim.value,
            "words": asked.words.strip(),
            "actor": actor,
            "now": now,
            "lines": lines,
            "units": units,
        },
    )
    if not made.rowcount:
        return False
    skus = {line.line: line.sku for line in leg.lines}
    tx.execute(
        """
        insert into replaced_line (replacement, line, sku, units)
        select %s, * from unnest(%s::smallint[], %s::text[], %s::bigint[])
        """,
        [key, lines, [skus[line] for line in lines], units],
    )
    return True


def add_parcels(tx: Connection, key: str, parcels: Sequence[str]) -> None:
    """These parcels of a leg do not come."""
    tx.execute(
        "insert into replaced_parcel (sscc, replacement) select unnest(%s::text[]), %s",
        [list(parcels), key],
    )


def end_legs(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    """These shipped legs are over: nothing of them comes."""
    tx.execute("update leg set withdrawn_at = %s where id = any(%s)", [at, list(ids)])


def settle_claim(tx: Connection, key: str, cents: int, *, at: datetime) -> bool:
    """Write what a carrier pays; False: it owes nothing for that."""
    return bool(
        tx.execute(
            """
            update replacement
            set claim = 'settled', claim_cents = %s, claim_settled_at = %s
            where id = %s and claim = 'due'
            """,
            [cents, at, key],
        ).rowcount
    )
