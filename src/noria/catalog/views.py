"""Questions to the catalog."""

from collections.abc import Iterable, Sequence

import msgspec

from noria.catalog.model import Channel, Exclusion, Named, Sku, Tracking
from noria.kit.db import Connection, literal, row, rows
from noria.kit.errors import UnknownCodes


def check_known(tx: Connection, codes: Iterable[str]) -> None:
    """Refuse SKUs that are not in the catalog.

    Raises:
        UnknownCodes: with every code that is missing.
    """
    asked = sorted(set(codes))
    unknown = tx.execute(
        "select code from unnest(%s::text[]) as asked (code)"
        " where not exists (select from sku where sku.code = asked.code) order by code",
        [asked],
    ).fetchall()
    if unknown:
        raise UnknownCodes(codes="SKU " + ", ".join(code for (code,) in unknown))


def check_channels(tx: Connection, codes: Iterable[str]) -> None:
    """Refuse channels that do not exist.

    Raises:
        UnknownCodes: with every code that is missing.
    """
    asked = set(codes)
    known = tx.execute("select code from channel where code = any(%s)", [sorted(asked)])
    if unknown := sorted(asked - {code for (code,) in known}):
        raise UnknownCodes(codes="channel " + ", ".join(unknown))


def skus(tx: Connection, codes: Iterable[str]) -> dict[str, Sku]:
    """The SKUs of these codes, whole; unknown codes are left out."""
    return {code: sku for code, (sku, _) in versioned(tx, codes).items()}


def versioned(tx: Connection, codes: Iterable[str]) -> dict[str, tuple[Sku, int]]:
    """The SKUs of these codes, each with its version."""
    return _read(
        tx.execute(
            """
            select version, to_jsonb(whole)::text
            from sku
            cross join lateral (
                select sku.code, name, weight_g, volume_cm3, length_mm, width_mm, height_mm,
                    keeps_upright, ships_as_is, price_cents, cost_cents, currency,
                    is_sold, is_hazardous, is_bulky, is_digital, category, tracking,
                    withdrawal_bar, minimum_days, (
                        select coalesce(jsonb_agg(
                            jsonb_build_object('gtin', gtin, 'units', units) order by gtin
                        ), '[]')
                        from barcode
                        where barcode.sku = sku.code
                    ) as barcodes
            ) as whole
            where sku.code = any((select %s::text[])::text[])
            order by sku.code
            """,
            [sorted(set(codes))],
        ).fetchall()
    )


def _read(found: Sequence[tuple[int, str]]) -> dict[str, tuple[Sku, int]]:
    kept = [(_SKU.decode(text), version) for version, text in found]
    return {sku.code: (sku, version) for sku, version in kept}


_SKU = msgspec.json.Decoder(Sku)


def tracked(tx: Connection, codes: Iterable[str]) -> dict[str, Tracking]:
    """How units of these SKUs are told apart; those that are untracked are left out."""
    found = tx.execute(
        "select code, tracking::text from sku"
        " where code = any(%s) and tracking <> 'untracked' order by code",
        [sorted(set(codes))],
    )
    return {code: Tracking(how) for code, how in found}


def search(tx: Connection, words: str = "", *, after: str = "", limit: int = 100) -> list[Sku]:
    """SKUs whose code begins with `words` or whose name holds them, by code, beyond `after`."""
    found = tx.execute(
        """
        select code
        from sku
        where code > %(after)s
            and (code ilike %(like)s || '%%' or name ilike '%%' || %(like)s || '%%')
        order by code
        limit %(limit)s
        """,
        {"after": after, "like": literal(words), "limit": limit},
    )
    return list(skus(tx, [code for (code,) in found]).values())


def named_by(tx: Connection, gtin14: str) -> Named | None:
    """The SKU that a barcode names, and how many units of it."""
    found = tx.execute("select sku, units from barcode where gtin = %s", [gtin14]).fetchone()
    if found is None:
        return None
    code, units = found
    return Named(gtin=gtin14, units=units, sku=skus(tx, [code])[code])


def channels(tx: Connection) -> list[Channel]:
    return rows(tx, Channel, "select code, name from channel order by code")


def channel(tx: Connection, code: str) -> tuple[Channel, int] | None:
    """The channel and its version."""
    found = tx.execute("select name, version from channel where code = %s", [code]).fetchone()
    return None if found is None else (Channel(code=code, name=found[0]), found[1])


def exclusions(
    tx: Connection,
    channel_code: str,
    *,
    sku: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Exclusion]:
    """What a channel does not sell, by SKU, beyond `after`; of one SKU, whether it is that."""
    return rows(
        tx,
        Exclusion,
        """
        select channel, sku, reason
        from exclusion
        where channel = %s and sku > %s and sku = coalesce(%s::text, sku)
        order by sku
        limit %s
        """,
        [channel_code, after, sku, limit],
    )


def exclusion(tx: Connection, channel_code: str, sku: str) -> Exclusion | None:
    return row(
        tx,
        Exclusion,
        "select channel, sku, reason from exclusion where channel = %s and sku = %s",
        [channel_code, sku],
    )
