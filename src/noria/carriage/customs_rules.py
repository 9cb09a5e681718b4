"""Whether a lane passes customs, and what is declared."""

from collections.abc import Mapping

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


def declared(
    units: Mapping[str, int],
    cents: Mapping[str, int],
    skus: Mapping[str, Sku],
    goods: Mapping[str, CustomsGood],
) -> list[CustomsLine]:
    """One line a SKU; `cents` is what a unit was sold for."""
    return [
        CustomsLine(
            sku=code,
            description=goods[code].description,
            hs_code=goods[code].hs_code,
            origin=goods[code].origin,
            units=count,
            weight_g=skus[code].weight_g * count,
            value_cents=cents.get(code, skus[code].price_cents) * count,
        )
        for code, count in sorted(units.items())
    ]
