"""The SKUs of the history: real codes, names and prices; all else is made up."""

import re

import polars as pl

from noria.catalog.model import Barcode, Sku
from noria.catalog.rules import check_digit
from noria.lab.chance import pick

COST_PERCENT = 45, 10
"""What a SKU costs us, of its price: between 40 and 50 percent."""

GRAMS_PER_CENT_PERCENT = 80
"""A thing of 2.50 weighs about 200 g."""

HEAVINESS_PERCENT = {
    "CARD": 25, "PAPER": 25, "STICKER": 15, "WRAP": 30, "TISSUE": 20, "NAPKIN": 30, "TAG": 20,
    "EARRING": 8, "NECKLACE": 12, "BRACELET": 10, "RING": 10, "FELT": 40, "CUSHION": 60,
    "BAG": 50, "CERAMIC": 170, "PORCELAIN": 150, "GLASS": 140, "METAL": 130, "IRON": 220,
    "TIN": 80, "CANDLE": 120, "CABINET": 60, "DOORSTOP": 200, "MIRROR": 130,
}  # fmt: skip
"""How much heavier or lighter than its price says: the first such word in the name decides."""

LIGHTEST_G, HEAVIEST_G = 3, 25_000
SPREAD_PERCENT = 60
BULK_CM3_PER_G = 2, 5
KEPT_AS_WRITTEN = (
    "T-light 3D LED USB DIY CD DVD UK I London Paris England Britain New York Vegas Venezia Rio"
    " Edwardian Regency Victorian Gustavian English French Danish Scandinavian Scottish Moroccan"
    " Chinese Japanese Indian Russian Spanish Swiss Turkish Union Jack Jubilee Santa"
    " Christmas Easter Halloween Valentine Valentines"
)
PROPER = {word.casefold(): word for word in KEPT_AS_WRITTEN.split()}


def skus_of(sold: pl.DataFrame, seed: int) -> tuple[Sku, ...]:
    """One SKU a code, in order of code, with its most frequent name and its median price.

    One pound of the data is shown as one euro.
    """
    names = (
        sold.group_by("sku", "description")
        .len()
        .sort("sku", "len", "description", descending=[False, True, False])
        .group_by("sku", maintain_order=True)
        .first()
    )
    prices = sold.group_by("sku").agg(pl.col("price_cents").quantile(0.5, "lower").cast(pl.Int64))
    return tuple(
        _sku(number, code, description, price_cents, seed)
        for number, (code, description, _, price_cents) in enumerate(
            names.join(prices, on="sku").sort("sku").iter_rows(), start=1
        )
    )


def _sku(number: int, code: str, description: str, price_cents: int, seed: int) -> Sku:
    weight_g = _weight_g(code, description, price_cents, seed)
    least, spread = BULK_CM3_PER_G
    base, more = COST_PERCENT
    cost_percent = base - more // 2 + pick(seed, "cost", code, below=more + 1)
    return Sku(
        code=code,
        name=readable(description),
        weight_g=weight_g,
        volume_cm3=weight_g * (least + pick(seed, "bulk", code, below=spread)),
        price_cents=price_cents,
        cost_cents=max(1, price_cents * cost_percent // 100),
        barcodes=(_barcode(number),),
    )


def _barcode(number: int) -> Barcode:
    """One of those that a company gives itself: a GTIN-13 that begins with 20 is nobody else's."""
    body = f"20{number:010d}"
    return Barcode(gtin=body + check_digit(body))


def _weight_g(code: str, name: str, price_cents: int, seed: int) -> int:
    """Made up from price, name and seed; whole numbers, so that it is the same everywhere."""
    heaviness = next(
        (HEAVINESS_PERCENT[word] for word in words(name) if word in HEAVINESS_PERCENT), 100
    )
    spread = 100 - SPREAD_PERCENT // 2 + pick(seed, "weight", code, below=SPREAD_PERCENT + 1)
    grams = price_cents * GRAMS_PER_CENT_PERCENT * heaviness * spread // 100**3
    return min(max(grams, LIGHTEST_G), HEAVIEST_G)


def words(name: str) -> list[str]:
    """The words of a name in capitals, plurals also without their S: a design is no sign."""
    plain = re.findall("[A-Z]+", name.upper())
    return [form for word in plain for form in (word, word.removesuffix("S"))]


def readable(description: str) -> str:
    """Capitals to a sentence: `WHITE HANGING HEART T-LIGHT HOLDER` is hard on the eyes."""
    words = re.sub(r"\s*,\s*", ", ", description.strip(" .,*")).split()
    small = [PROPER.get(word.casefold(), word.lower()) for word in words]
    text = " ".join(small)
    return text[:1].upper() + text[1:]
