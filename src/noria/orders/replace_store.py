"""Replacements: the SQL that writes them."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders.model import Leg
from noria.orders.replace_model import Claim, ReplaceBody


def insert(
    tx: Connection,
    key: str,
    leg: Leg,
    asked: ReplaceBody,
    *,
    carrier: str | None,
    claim: Claim,
    actor: str,
    now: datetime,
) -> bool:
    """Write that a leg is replaced, with its units; False: it is already, or the id is taken."""
    made = tx.execute(
        """
        insert into replacement (id, leg_id, order_id, node, service, carrier, how, because, cents,
            currency, claim, words, actor, at)
        select %s, leg_id, order_id, node, %s, %s, %s, %s, coalesce(cents, 0), currency, %s, %s, %s,
            %s
        from leg_worth
        where leg_id = %s
        on conflict do nothing
        """,
        [
            key,
            leg.service,
            carrier,
            asked.how.value,
            asked.because.value,
            claim.value,
            asked.words.strip(),
            actor,
            now,
            leg.id,
        ],
    )
    if not made.rowcount:
        return False
    tx.execute(
        """
        insert into replaced_line (replacement, line, sku, units)
        select %s, line, sku, quantity - gone
        from leg_line
        where leg_id = %s and quantity > gone
        """,
        [key, leg.id],
    )
    return True


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
