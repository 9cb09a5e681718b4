"""Addresses at which carriers tell: the SQL that writes."""

from datetime import datetime

from noria.kit.db import Connection


def upsert(tx: Connection, account: str, digest: bytes, *, actor: str, now: datetime) -> None:
    """Write the address of an account; the one before is no more."""
    tx.execute(
        """
        insert into carrier_hook (account, digest, made_at, actor)
        values (%s, %s, %s, %s)
        on conflict (account) do update
        set digest = excluded.digest, made_at = excluded.made_at, actor = excluded.actor,
            heard_at = null
        """,
        [account, digest, now, actor],
    )


def delete(tx: Connection, account: str) -> bool:
    """Close the address of an account; whether it had one."""
    gone = tx.execute("delete from carrier_hook where account = %s", [account])
    return bool(gone.rowcount)


def mark_heard(tx: Connection, account: str, *, now: datetime) -> None:
    """Write that something came in, once a minute: many parcels are told of at once."""
    tx.execute(
        """
        update carrier_hook
        set heard_at = %(now)s
        where account = %(account)s
            and (heard_at is null or heard_at <= %(now)s - interval '1 minute')
        """,
        {"account": account, "now": now},
    )
