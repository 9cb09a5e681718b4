"""What a scan says: a GTIN, units, a lot, an expiry, a serial, a box."""

from datetime import date

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text


class Scanned(Struct, frozen=True, kw_only=True):
    """What a code says by itself, before anybody has looked up what it names.

    `count` is how many of what the GTIN names there are, units or packs; `items` how many units
    there are, whatever it names; `weight_g` is what all of it weighs without its packaging.
    """

    gtin: str | None = None
    sscc: str | None = None
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    made_on: date | None = None
    best_before: date | None = None
    count: int | None = None
    items: int | None = None
    weight_g: int | None = None


class Meaning(Struct, frozen=True, kw_only=True):
    """What a code means here: so many units of a SKU, perhaps which; or a box.

    `weight_g` is what those units weigh together.
    """

    sku: str | None
    name: str
    units: int
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    weight_g: int | None = None
    sscc: str | None = None


class UnreadableCode(Refusal):
    code = "unreadable-code"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{scanned}” is no code that is known here: {why_en}.",
        "«\u202f{scanned}\u202f» n'est pas un code connu ici\u202f: {why_fr}.",
    )
    do = Text("Scan it again, or type the SKU.", "Scannez à nouveau, ou saisissez le SKU.")


class BadCheckDigit(Refusal):
    code = "bad-check-digit"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The check digit of {number} should be {digit}.",
        "La clé de {number} devrait être {digit}.",
    )
    do = Text("Scan it again.", "Scannez à nouveau.")


class UnknownBarcode(Refusal):
    code = "unknown-barcode"
    kind = Kind.NOT_FOUND
    says = Text(
        "The barcode {gtin} names no SKU here.", "Le code-barres {gtin} ne désigne aucun SKU ici."
    )
    do = Text(
        "Type the SKU, and have the barcode added to it.",
        "Saisissez le SKU, et faites-lui ajouter ce code-barres.",
    )
