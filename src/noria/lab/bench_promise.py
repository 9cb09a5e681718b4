"""Promises at checkout on a file of somebody else's orders, by the product's own calibrator.

No database is needed: a table of past orders and one of orders to promise come in, a table of
promises goes out. What a column does not say is not known; without any past, what is believed
beforehand is promised.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from noria.kit.errors import Kind, Refusal, Text
from noria.network.rules import EARTH_RADIUS_KM
from noria.promise.delivery.calibrate import asked_again, foreseen, honest_middle, learned
from noria.promise.delivery.choose import days_worth
from noria.promise.delivery.foresee import drawn
from noria.promise.delivery.model import Grouping, Journeys, Number, Numbers, Shape, Wanted

CHANCE = 0.97
BUSY_DAYS, USUAL_DAYS, USUAL_ROWS = 7.0, 56.0, 10.0
LONG_DAYS = BUSY_DAYS + USUAL_DAYS
LOGGED = {
    "freight": "freight",
    "weight": "weight_g",
    "volume": "volume_cm3",
    "price": "price",
    "lines": "lines",
    "sellers": "sellers",
}

LATELY_DAYS = 40.0
BUSY = Number(name="busy", believed=0.3, shrink=20.0, is_plain=True)
SHAPES = (
    Shape(
        name="accept",
        groups=(Grouping(name="payment", shrink=8), Grouping(name="weekday", shrink=8)),
        plus_days=0.02,
        half_life_days=180,
        spread_half_life_days=365,
        centre_days=0.1,
        spread=1.5,
    ),
    Shape(
        name="handle",
        groups=(
            Grouping(name="seller", shrink=6),
            Grouping(name="seller_state", shrink=3),
            Grouping(name="category", shrink=20),
            Grouping(name="weekday", shrink=8),
            Grouping(name="all", shrink=4, fades_days=LATELY_DAYS),
        ),
        numbers=(
            *(Number(name=name) for name in ("weight", "volume", "price", "lines", "sellers")),
            BUSY,
        ),
        plus_days=0.2,
        half_life_days=120,
        spread_half_life_days=365,
        centre_days=2,
        spread=0.8,
    ),
    Shape(
        name="transit",
        groups=(
            Grouping(name="customer_state", shrink=7.5),
            Grouping(name="seller_state", shrink=7.5),
            Grouping(name="lane", shrink=15),
            Grouping(name="seller", shrink=15),
            Grouping(name="area", shrink=50),
            Grouping(name="town", shrink=50),
            Grouping(name="category", shrink=20),
            Grouping(name="all", shrink=4, fades_days=LATELY_DAYS),
            Grouping(name="customer_state", shrink=10, fades_days=LATELY_DAYS),
        ),
        numbers=(
            *(Number(name=name) for name in ("far", "km", "freight", "weight", "volume")),
            *(Number(name=name) for name in ("price", "lines", "sellers", "same_state")),
            BUSY,
        ),
        plus_days=0.3,
        half_life_days=60,
        spread_half_life_days=365,
        centre_days=8,
        spread=0.6,
    ),
)

MOMENTS = ("purchased_at", "approved_at", "handed_over_at", "delivered_at")
A_MOMENT = 1e-6


class NoSuchTable(Refusal):
    code = "table-not-read"
    kind = Kind.UNPROCESSABLE
    says = Text("{path} cannot be read as {what}.", "{path} ne se lit pas comme {what}.")
    do = Text(
        "Give a Parquet or CSV file with order_id and purchased_at.",
        "Donnez un fichier Parquet ou CSV avec order_id et purchased_at.",
    )


class WrongTables(Refusal):
    code = "three-tables-wanted"
    kind = Kind.UNPROCESSABLE
    says = Text("{count} tables were given, not three.", "{count} tables données, non trois.")
    do = Text(
        "Give past orders, orders to promise, and where to write: TRAIN TEST OUT.",
        "Donnez les commandes passées, celles à promettre, et la sortie\u202f: TRAIN TEST OUT.",
    )


def run(tables: Sequence[Path], patience_days: float) -> int:
    """As the command says it: TRAIN TEST OUT; how many orders were promised.

    Raises:
        WrongTables: there are more or fewer than three.
        NoSuchTable: a file is not there, or lacks what no promise can do without.
    """
    if len(tables) != 3:
        raise WrongTables(count=len(tables))
    return promise(*tables, patience_days=patience_days)


def promise(train: Path, test: Path, out: Path, *, patience_days: float = 22.0) -> int:
    """Promise each order of `test` a date and a median, from what `train` knew; how many.

    Raises:
        NoSuchTable: a file is not there, or lacks what no promise can do without.
    """
    past, wanted = _table(train), _table(test)
    table = promises(past, wanted, Wanted(chance=CHANCE, patience_days=patience_days))
    table.write_parquet(out)
    return table.height


def promises(past: pl.DataFrame, asked: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """order_id, promised_date, p50_days and the chance behind the date, in the order asked."""
    past, asked = past.drop_nulls("purchased_at"), asked.drop_nulls("purchased_at")
    known, bought = _in_order([_days(past, name) for name in MOMENTS]), _days(asked, MOMENTS[0])
    everything = np.sort(np.concatenate([known[0], bought]))
    now = _now(known, bought)
    model = learned(SHAPES, _journeys(past, known, everything), now, wanted)
    coming = _journeys(asked, (bought,), everything)
    rows = np.arange(coming.rows)
    ask = asked_again(coming, rows, now)
    reached = foreseen(model, ask, bought)
    days = days_worth(reached, model.late_days)
    return pl.DataFrame(
        {
            "order_id": asked["order_id"],
            "promised_date": pl.Series(np.floor(bought) + days).cast(pl.Int32).cast(pl.Date),
            "p50_days": honest_middle(model, drawn(model.stages, ask)),
            "chance": reached[rows, days],
        }
    )


def _now(known: Sequence[Numbers], bought: Numbers) -> float:
    """The moment of the cut: just after the last thing that is known to have happened.

    Were it any later, what is not known yet would look as if it had not happened.
    """
    latest = max((float(one[np.isfinite(one)].max(initial=0.0)) for one in known), default=0.0)
    if not latest and len(bought):
        return float(bought.min())
    return latest + A_MOMENT


def _in_order(moments: Sequence[Numbers]) -> tuple[Numbers, ...]:
    """Moments as stages follow each other; one that was skipped lies between its neighbours."""
    bought, approved, handed_over, delivered = moments
    approved = np.where(np.isfinite(approved) | ~np.isfinite(handed_over), approved, bought)
    approved = np.where(np.isfinite(approved) | ~np.isfinite(delivered), approved, bought)
    half_way = (approved + delivered) / 2
    handed_over = np.where(np.isfinite(handed_over), handed_over, half_way)
    handed_over = np.where(delivered < handed_over, delivered, handed_over)
    approved = np.where(handed_over < approved, handed_over, approved)
    return bought, approved, handed_over, delivered


def _journeys(orders: pl.DataFrame, moments: tuple[Numbers, ...], everything: Numbers) -> Journeys:
    seller, customer = _words(orders, "seller_state"), _words(orders, "customer_state")
    km = _km(orders)
    zips = [None if zip_ is None else zip_.zfill(5) for zip_ in _words(orders, "customer_zip")]
    return Journeys(
        moments=moments,
        keys={
            "all": ["all"] * orders.height,
            "payment": _words(orders, "payment"),
            "weekday": [str(int(day) % 7) for day in np.floor(moments[0])],
            "seller": _words(orders, "seller_id"),
            "category": _words(orders, "category"),
            "seller_state": seller,
            "customer_state": customer,
            "lane": [
                f"{one}-{other}" if one and other else None
                for one, other in zip(seller, customer, strict=True)
            ],
            "area": [None if zip_ is None else zip_[:2] for zip_ in zips],
            "town": [None if zip_ is None else zip_[:3] for zip_ in zips],
        },
        numbers={
            **{
                name: np.log1p(np.maximum(_numbers(orders, column), 0.0))
                for name, column in LOGGED.items()
            },
            "far": np.log(20.0 + km),
            "km": km,
            "same_state": np.array(
                [float(one == other) for one, other in zip(seller, customer, strict=True)]
            ),
            "busy": _busy(moments[0], everything),
        },
    )


def _busy(bought: Numbers, everything: Numbers) -> Numbers:
    """How much more was bought in the week before than is usual, in logs; 0 in a quiet one."""
    since = [np.searchsorted(everything, bought - days) for days in (0, BUSY_DAYS, LONG_DAYS)]
    lately, usual = since[0] - since[1], (since[1] - since[2]) * BUSY_DAYS / USUAL_DAYS
    return np.log(np.maximum(1.0, (lately + USUAL_ROWS) / (usual + USUAL_ROWS)))


def _km(orders: pl.DataFrame) -> Numbers:
    """Great circle between seller and customer."""
    north, east, to_north, to_east = (
        np.radians(_numbers(orders, f"{who}_{axis}"))
        for who in ("seller", "customer")
        for axis in ("lat", "lon")
    )
    share = (
        np.sin((to_north - north) / 2) ** 2
        + np.cos(north) * np.cos(to_north) * np.sin((to_east - east) / 2) ** 2
    )
    km: Numbers = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0)))
    return km


def _days(orders: pl.DataFrame, column: str) -> Numbers:
    """A moment as days since 1970; NaN where it is not known."""
    if column not in orders.columns:
        return np.full(orders.height, np.nan)
    moments = orders[column]
    if moments.dtype == pl.String:
        moments = moments.str.to_datetime(strict=False)
    if moments.dtype == pl.Date or isinstance(moments.dtype, pl.Datetime):
        day = moments.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64) / 86_400e6
        return day.fill_null(np.nan).to_numpy()
    return np.full(orders.height, np.nan)


def _numbers(orders: pl.DataFrame, column: str) -> Numbers:
    if column not in orders.columns:
        return np.full(orders.height, np.nan)
    return orders[column].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()


def _words(orders: pl.DataFrame, column: str) -> list[str | None]:
    if column not in orders.columns:
        return [None] * orders.height
    return orders[column].cast(pl.String, strict=False).to_list()


def _table(path: Path) -> pl.DataFrame:
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        table = pl.read_parquet(path) if is_parquet else pl.read_csv(path, try_parse_dates=True)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise NoSuchTable(path=path, what="a table") from problem
    for name in ("order_id", "purchased_at"):
        if name not in table.columns:
            raise NoSuchTable(path=path, what=f"orders, without {name}")
    return table
