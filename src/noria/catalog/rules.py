"""Decisions of the catalog: values in, values out."""

from collections.abc import Iterable

from msgspec import structs

from noria.catalog.model import BadGtin, Barcode, BarcodeTaken, Sku


def gtin14(gtin: str) -> str:
    """A GTIN-8, -12, -13 or -14 padded to 14 digits (GS1 General Specifications, 7.9).

    Raises:
        BadGtin: its last digit is not what the others ask for.
    """
    padded = gtin.rjust(14, "0")
    digit = check_digit(padded[:-1])
    if padded[-1] != digit:
        raise BadGtin(gtin=gtin, digit=digit)
    return padded


def check_digit(digits: str) -> str:
    """What makes the sum a multiple of 10; from the right, digits count 3 times and 1 in turn."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def normal(sku: Sku) -> Sku:
    """The SKU as it is kept: barcodes padded, in order.

    Raises:
        BadGtin: a barcode's check digit is wrong.
        BarcodeTaken: the SKU names one barcode twice.
    """
    barcodes = sorted(
        (Barcode(gtin=gtin14(barcode.gtin), units=barcode.units) for barcode in sku.barcodes),
        key=lambda barcode: barcode.gtin,
    )
    _check_once((barcode.gtin for barcode in barcodes), sku.code)
    return structs.replace(sku, barcodes=tuple(barcodes))


def _check_once(gtins: Iterable[str], sku: str) -> None:
    before = ""
    for gtin in gtins:
        if gtin == before:
            raise BarcodeTaken(gtin=gtin, sku=sku)
        before = gtin
