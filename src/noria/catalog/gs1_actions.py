"""What a scan means here: the SKU that its barcode names, and how many units of it."""

from collections.abc import Iterable
from datetime import date

from noria.catalog import gs1_rules, views
from noria.catalog.gs1_model import Meaning, UnknownBarcode
from noria.kit.db import Connection


def meaning(tx: Connection, code: str, *, today: date) -> Meaning:
    """What a code that was scanned means; a barcode of a pack stands for all its units.

    Raises:
        UnreadableCode, BadCheckDigit: it is no such code.
        UnknownBarcode: it names no SKU here.
    """
    scanned = gs1_rules.read(code, today=today)
    if scanned.gtin is None:
        return Meaning(sku=None, name="", units=0, sscc=scanned.sscc)
    named = views.named_by(tx, scanned.gtin)
    if named is None:
        raise UnknownBarcode(gtin=scanned.gtin)
    return Meaning(
        sku=named.sku.code,
        name=named.sku.name,
        units=gs1_rules.units(scanned, named.units),
        lot=scanned.lot,
        serial=scanned.serial,
        expires_on=scanned.expires_on or scanned.best_before,
        weight_g=scanned.weight_g,
        sscc=scanned.sscc,
    )


def typed(tx: Connection, skus: Iterable[str]) -> dict[str, Meaning]:
    """SKUs that somebody typed, as if one unit of each had been scanned; unknown ones left out."""
    known = views.skus(tx, skus)
    return {sku: Meaning(sku=sku, name=one.name, units=1) for sku, one in known.items()}
