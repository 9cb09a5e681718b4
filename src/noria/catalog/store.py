"""The catalog's SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.catalog.model import BarcodeTaken, Channel, Exclusion, Sku, TrackedInside
from noria.kit.db import Connection
from noria.kit.errors import Stale

PLAIN_FIELDS = (
    *("code", "name", "weight_g", "volume_cm3", "price_cents", "cost_cents", "currency"),
    *("is_sold", "is_hazardous", "is_bulky", "is_digital", "category"),
    *("length_mm", "width_mm", "height_mm", "keeps_upright", "ships_as_is"),
)


def lock(tx: Connection, codes: Sequence[str]) -> None:
    """Lock the SKUs that exist, in key order, so that what is read of them next stays true."""
    tx.execute(
        "select from sku where code = any(%s) order by code for no key update", [sorted(codes)]
    )


def check_free(tx: Connection, codes: Sequence[str]) -> None:
    """Refuse to track otherwise what is inside our walls; who brings units in waits meanwhile.

    Raises:
        TrackedInside: with every SKU of which there are units.
    """
    found = tx.execute("select inside(%s)", [sorted(codes)]).fetchall()
    if found:
        raise TrackedInside(skus=", ".join(code for (code,) in found))


def upsert(
    tx: Connection, skus: Sequence[Sku], believed: Sequence[int], *, now: datetime
) -> dict[str, int]:
    """Write SKUs whose versions are still the believed ones (0: absent); return the new versions.

    Raises:
        Stale: somebody else wrote one of them first.
    """
    written: dict[str, int] = dict(
        tx.execute(
            """
            insert into sku (code, name, weight_g, volume_cm3, price_cents, cost_cents, currency,
                is_sold, is_hazardous, is_bulky, is_digital, category, length_mm, width_mm,
                height_mm, keeps_upright, ships_as_is, tracking, minimum_days, withdrawal_bar,
                version, changed_at)
            select code, name, weight_g, volume_cm3, price_cents, cost_cents, currency,
                is_sold, is_hazardous, is_bulky, is_digital, category, length_mm, width_mm,
                height_mm, keeps_upright, ships_as_is, tracking, minimum_days, withdrawal_bar,
                believed + 1, %s
            from unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[],
                %s::text[], %s::boolean[], %s::boolean[], %s::boolean[], %s::boolean[],
                %s::text[], %s::int[], %s::int[], %s::int[], %s::boolean[], %s::boolean[],
                %s::tracking[], %s::int[], %s::text[], %s::bigint[])
                as given (code, name, weight_g, volume_cm3, price_cents, cost_cents, currency,
                    is_sold, is_hazardous, is_bulky, is_digital, category, length_mm,
                    width_mm, height_mm, keeps_upright, ships_as_is, tracking, minimum_days,
                    withdrawal_bar, believed)
            order by code
            on conflict (code) do update
            set name = excluded.name, weight_g = excluded.weight_g,
                volume_cm3 = excluded.volume_cm3, price_cents = excluded.price_cents,
                cost_cents = excluded.cost_cents, currency = excluded.currency,
                is_sold = excluded.is_sold, is_hazardous = excluded.is_hazardous,
                is_bulky = excluded.is_bulky, is_digital = excluded.is_digital,
                category = excluded.category, length_mm = excluded.length_mm,
                width_mm = excluded.width_mm, height_mm = excluded.height_mm,
                keeps_upright = excluded.keeps_upright, ships_as_is = excluded.ships_as_is,
                tracking = excluded.tracking, minimum_days = excluded.minimum_days,
                withdrawal_bar = excluded.withdrawal_bar, version = excluded.version,
                changed_at = excluded.changed_at
            where sku.version = excluded.version - 1
            returning code, version
            """,
            [
                now,
                *([getattr(sku, field) for sku in skus] for field in PLAIN_FIELDS),
                [sku.tracking.value for sku in skus],
                [sku.minimum_days for sku in skus],
                [sku.withdrawal_bar.value for sku in skus],
                list(believed),
            ],
        ).fetchall()
    )
    for sku, version in zip(skus, believed, strict=True):
        if sku.code not in written:
            raise Stale(believed=f"{sku.code} {version}", current="?")
    return written


def replace_barcodes(tx: Connection, skus: Sequence[Sku]) -> None:
    """Give SKUs that were just written their barcodes, and take the others off them.

    Raises:
        BarcodeTaken: a barcode names another SKU.
    """
    tx.execute("delete from barcode where sku = any(%s)", [[sku.code for sku in skus]])
    given = [(barcode.gtin, sku.code, barcode.units) for sku in skus for barcode in sku.barcodes]
    new = tx.execute(
        """
        insert into barcode (gtin, sku, units)
        select gtin, sku, units
        from unnest(%s::text[], %s::text[], %s::int[]) as given (gtin, sku, units)
        order by gtin, sku
        on conflict do nothing
        returning gtin, sku
        """,
        [[part[column] for part in given] for column in range(3)],
    ).fetchall()
    if taken := sorted({(gtin, sku) for gtin, sku, _ in given} - set(new)):
        gtin = taken[0][0]
        owner = tx.execute("select sku from barcode where gtin = %s", [gtin]).fetchone()
        raise BarcodeTaken(gtin=gtin, sku=owner[0] if owner else "?")


def upsert_channel(tx: Connection, channel: Channel, believed: int) -> int:
    """Write a channel whose version is still the believed one (0: absent); return the new version.

    Raises:
        Stale: somebody else wrote it first.
    """
    written = tx.execute(
        """
        insert into channel (code, name, version)
        values (%s, %s, %s + 1)
        on conflict (code) do update
        set name = excluded.name, version = excluded.version
        where channel.version = excluded.version - 1
        returning version
        """,
        [channel.code, channel.name, believed],
    ).fetchone()
    if written is None:
        raise Stale(believed=str(believed), current="?")
    version: int = written[0]
    return version


def exclude(tx: Connection, exclusion: Exclusion) -> None:
    tx.execute(
        """
        insert into exclusion (channel, sku, reason)
        values (%s, %s, %s)
        on conflict (channel, sku) do update
        set reason = excluded.reason
        """,
        [exclusion.channel, exclusion.sku, exclusion.reason],
    )


def include(tx: Connection, channel: str, sku: str) -> None:
    tx.execute("delete from exclusion where channel = %s and sku = %s", [channel, sku])
