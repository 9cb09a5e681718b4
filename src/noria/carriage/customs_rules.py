"""Whether a lane passes customs, and what is declared."""

from collections.abc import Mapping, Sequence

from noria.carriage.model import CustomsGood
from noria.carriage.port import CustomsLine
from noria.catalog.model import Sku

UNION = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The customs union of the EU, Monaco within."""

OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "FR": ("971", "972", "973", "974", "975", "976", "977", "978", "984", "986", "987", "988"),
    "ES": ("35", "38", "51", "52"),
    "IT": ("23041", "22061"),
    "DE": ("78266", "27498"),
    "FI": ("22",),
    "GR": ("63086", "63087"),
}
"""Where postcodes begin so, parcels are declared although the country is of the union: French
overseas departments and territories, the Canaries, Ceuta and Melilla, Livigno and Campione,
Büsingen and Heligoland, Åland, Mount Athos."""


def territory(country: str, postcode: str) -> str:
    """The customs territory that an address lies in: the union, or what stands by itself."""
    start = next((one for one in OUTSIDE.get(country, ()) if postcode.startswith(one)), "")
    if country in UNION and not start:
        return "EU"
    return f"{country} {start}".strip()


def passes_customs(source: tuple[str, str], target: tuple[str, str]) -> bool:
    """Whether a parcel between two addresses, as (country, postcode), is declared."""
    return territory(*source) != territory(*target)


def value_cents(units: int, sold: Sequence[tuple[int, int]], list_cents: int) -> int:
    """What units of one SKU are worth: at the average of the lines that they were sold in.

    `sold` is (units, cents each) by line, for which of them lie in a box nobody knows. Half a cent
    counts as one. Where no line is known, the list price counts.
    """
    count = sum(several for several, _ in sold)
    if not count:
        return list_cents * units
    total = sum(several * cents for several, cents in sold)
    return (2 * total * units + count) // (2 * count)


def declared(
    units: Mapping[str, int],
    sold: Mapping[str, Sequence[tuple[int, int]]],
    skus: Mapping[str, Sku],
    goods: Mapping[str, CustomsGood],
) -> list[CustomsLine]:
    """One line a SKU; `sold` is (units, cents each) of each line that its units were sold in."""
    return [
        CustomsLine(
            sku=code,
            description=goods[code].description,
            hs_code=goods[code].hs_code,
            origin=goods[code].origin,
            units=count,
            weight_g=skus[code].weight_g * count,
            value_cents=value_cents(count, sold.get(code, ()), skus[code].price_cents),
        )
        for code, count in sorted(units.items())
    ]
