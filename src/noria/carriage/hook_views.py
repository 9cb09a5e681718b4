"""Questions about the addresses at which carriers tell."""

from noria.carriage.hook_model import Hook
from noria.kit.db import Connection, row


def hook(tx: Connection, account: str) -> Hook | None:
    """The address of an account, without its secret."""
    return row(
        tx,
        Hook,
        "select account, made_at, actor, heard_at from carrier_hook where account = %s",
        [account],
    )


def account_of(tx: Connection, digest: bytes) -> str | None:
    """The account whose address this is, by the digest of its secret part."""
    found = tx.execute("select account from carrier_hook where digest = %s", [digest]).fetchone()
    return None if found is None else str(found[0])
