"""The SQL that adds zonings and tariffs; nothing changes one."""

from datetime import datetime
from hashlib import blake2b

import msgspec

from noria.kit.db import Connection
from noria.network.tariff_model import Tariff, Zoning


def add_zoning(tx: Connection, zoning: Zoning, *, now: datetime) -> bool:
    """Write a zoning; whether it is new."""
    content = _content(zoning)
    return bool(
        tx.execute(
            "insert into zoning (code, content, digest, made_at) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            [zoning.code, content, digest(content), now],
        ).rowcount
    )


def add_tariff(tx: Connection, tariff: Tariff, *, now: datetime) -> bool:
    """Write a tariff; whether it is new."""
    content = _content(tariff)
    return bool(
        tx.execute(
            """
            insert into tariff (code, service, zoning, valid_from, valid_until, content, digest,
                made_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s)
            on conflict do nothing
            """,
            [
                tariff.code,
                tariff.service,
                tariff.zoning,
                tariff.valid_from,
                tariff.valid_until,
                content,
                digest(content),
                now,
            ],
        ).rowcount
    )


def digest(content: str) -> str:
    """The same for the same content: who has read that once need not read it again."""
    return blake2b(content.encode(), digest_size=16).hexdigest()


def _content(thing: Zoning | Tariff) -> str:
    return msgspec.json.encode(thing).decode()
