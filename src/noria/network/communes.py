"""The communes of metropolitan France that ship with Noria, and the postcodes made of them."""

from functools import cache
from pathlib import Path

import polars as pl

from noria.network.model import Area

TABLE = Path(__file__).parent / "data" / "communes.parquet"
STEPS_PER_DEGREE = 10_000
"""The table's coordinates have four decimals (11 m); sums of whole steps are exact everywhere."""


@cache
def communes() -> pl.DataFrame:
    """Columns `insee, name, postcodes, population, latitude, longitude`: one row a commune.

    Paris, Lyon and Marseille are their municipal districts; `postcodes` is a sorted list of at
    least one.
    """
    return pl.read_parquet(TABLE)


def areas() -> list[Area]:
    """Every postcode, in order: its people, the town where most of them live, and their centre.

    A commune with several postcodes shares its people evenly among them; what does not divide
    goes to the first ones, so that the areas have as many people as the communes.
    """
    shares = _shares(communes())
    people = pl.col("share")
    return [
        Area(
            country="FR",
            code=code,
            town=town,
            latitude=latitude / STEPS_PER_DEGREE,
            longitude=longitude / STEPS_PER_DEGREE,
            population=population,
        )
        for code, town, latitude, longitude, population in shares.sort(
            ["postcode", "share", "insee"], descending=[False, True, False]
        )
        .group_by("postcode", maintain_order=True)
        .agg(
            pl.col("name").first(),
            _centre("latitude_steps"),
            _centre("longitude_steps"),
            people.sum(),
        )
        .iter_rows()
    ]


def _shares(table: pl.DataFrame) -> pl.DataFrame:
    """One row for each postcode of each commune, with the people counted there."""
    postcodes = pl.col("postcodes").list.len().cast(pl.Int64)
    return (
        table.with_columns(
            latitude_steps=_steps("latitude"),
            longitude_steps=_steps("longitude"),
            each=pl.col("population") // postcodes,
            rest=pl.col("population") % postcodes,
            number=pl.int_ranges(0, postcodes),
        )
        .explode("postcodes", "number")
        .rename({"postcodes": "postcode"})
        .with_columns(share=pl.col("each") + (pl.col("number") < pl.col("rest")).cast(pl.Int64))
    )


def _steps(degrees: str) -> pl.Expr:
    return (pl.col(degrees) * STEPS_PER_DEGREE).round().cast(pl.Int64)


def _centre(steps: str) -> pl.Expr:
    """The mean weighted by people; where nobody lives, each commune counts as one."""
    weight = pl.max_horizontal(pl.col("share"), pl.lit(1))
    return (pl.col(steps) * weight).sum() // weight.sum()
