"""Figures: each measured beside a baseline in the same run, alternating, as medians of rounds.

A figure stands only if the rows it counts are in the database afterwards. Every benchmark gets a
database of its own on the installation's server, which is dropped at the end.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
from msgspec import Struct

from noria.kit.db import Database, scratch
from noria.kit.errors import Kind, Refusal, Text
from noria.lab import (
    bench_atp,
    bench_counts,
    bench_door,
    bench_explain,
    bench_feeds,
    bench_http,
    bench_journeys,
    bench_orders,
    bench_picking,
    bench_plans,
    bench_promise,
    bench_reservations,
    bench_scale,
    bench_sourcing,
    bench_tower,
    bench_value,
)
from noria.lab.bench_journeys import Journey
from noria.lab.bench_scale import Measure
from noria.lab.bench_soak import Told, soak
from noria.lab.bench_tower import Answered
from noria.lab.figures import Bench, Figure
from noria.lab.year_model import Size

BENCHES: Mapping[str, Bench] = {
    **bench_atp.BENCHES,
    **bench_orders.BENCHES,
    **bench_feeds.BENCHES,
    **bench_door.BENCHES,
    **bench_http.BENCHES,
    **bench_reservations.BENCHES,
    **bench_value.BENCHES,
}
ELSEWHERE = (
    "counts",
    "explain",
    "journeys",
    "picking",
    "plans",
    "promise",
    "scale",
    "soak",
    "sourcing",
    "torture",
    "tower",
)
"""What is measured in other ways, each with options of its own."""

IN_MEMORY: Mapping[str, Callable[[], Iterable[Struct]]] = {
    "counts": bench_counts.measured,
    "explain": bench_explain.measured,
    "picking": bench_picking.measured,
    "plans": bench_plans.measured,
}
"""What needs neither a database nor options."""


class UnknownFigure(Refusal):
    code = "unknown-figure"
    kind = Kind.NOT_FOUND
    says = Text(
        "There is no benchmark “{name}”.", "Il n'existe pas de mesure «\u202f{name}\u202f»."
    )
    do = Text("Choose one of: {known}.", "Choisissez parmi\u202f: {known}.")


class MayNotMakeDatabase(Refusal):
    code = "may-not-make-database"
    kind = Kind.FORBIDDEN
    says = Text(
        "A benchmark needs a database of its own, and this role of PostgreSQL may make none.",
        "Une mesure a besoin de sa propre base, et ce rôle de PostgreSQL ne peut pas en créer.",
    )
    do = Text(
        "Let it: alter role … createdb. Or leave DATABASE_URL empty.",
        "Autorisez-le\u202f: alter role … createdb. Ou laissez DATABASE_URL vide.",
    )


def measure(name: str, db: Database, *, rounds: int = 5) -> Iterator[Figure]:
    """Run a benchmark beside an installation, whose own database is not touched.

    Raises:
        UnknownFigure: there is none of this name.
        MayNotMakeDatabase: it cannot be given a database of its own.
    """
    if name not in BENCHES:
        raise UnknownFigure(name=name, known=", ".join(sorted([*BENCHES, *ELSEWHERE])))
    with _own(db) as own:
        yield from BENCHES[name](own, rounds)


class LongRun(Struct, frozen=True):
    """Of a soak: where its minutes are kept, how many there are to be, whether to begin anew."""

    folder: Path
    minutes: int
    is_fresh: bool


ORDERS = {"journeys": 10_000, "tower": 1_000_000}
"""How many orders a benchmark has that is not told how many."""


def any_of(
    name: str,
    db: Database,
    *,
    rounds: int,
    size: str,
    orders: int | None,
    only: Sequence[str],
    long_run: LongRun,
) -> Iterator[Figure | Measure | Told | Journey | Answered]:
    """Run a benchmark by its name, of this size or for this long where it has them."""
    if name == "scale":
        return scale(size, db)
    if name == "tower":
        large = Size(orders=orders or ORDERS[name])
        return tower(db, large, only=only, is_fresh=long_run.is_fresh)
    if name == "journeys":
        return journeys(db, orders or ORDERS[name])
    if name == "soak":
        return soak(db.url, long_run.folder, long_run.minutes, is_fresh=long_run.is_fresh)
    return measure(name, db, rounds=rounds)


def without_database(
    name: str, tables: Sequence[Path], patience_days: float, case: Path, window_minutes: int
) -> list[str] | None:
    """Run a benchmark that needs no database, and say what it found; None where it needs one."""
    if name == "promise":
        return [f"{bench_promise.run(tables, patience_days)} orders promised"]
    if name in IN_MEMORY:
        return [msgspec.json.encode(one).decode() for one in IN_MEMORY[name]()]
    if name == "sourcing":
        bench_sourcing.speak(case, window_minutes, sys.stdin, sys.stdout)
        return []
    return None


def scale(size: str, db: Database) -> Iterator[Measure]:
    """Measure an installation of a size, beside this one.

    Raises:
        UnknownSize: there is none.
        MayNotMakeDatabase: it cannot be given a database of its own.
    """
    bench_scale.check(size)
    with _own(db) as own:
        yield from bench_scale.measure(own, size)


def tower(db: Database, size: Size, *, only: Sequence[str], is_fresh: bool) -> Iterator[Answered]:
    """Ask what the control tower asks, over a retailer's year that is kept beside this one.

    Raises:
        MayNotMakeDatabase: it cannot be given a database of its own.
    """
    try:
        yield from bench_tower.measured(db.url, size, only=only, is_fresh=is_fresh)
    except psycopg.errors.InsufficientPrivilege as problem:
        raise MayNotMakeDatabase from problem


def journeys(db: Database, orders: int) -> Iterator[Journey]:
    """Send orders from the checkout to the doorstep over HTTP, beside this installation.

    Raises:
        MayNotMakeDatabase: it cannot be given a database of its own.
    """
    with _own(db) as own:
        yield from bench_journeys.measured(own, orders)


@contextmanager
def _own(db: Database) -> Iterator[Database]:
    try:
        with scratch(db.url) as url:
            own = Database(url, application="noria-bench")
            try:
                yield own
            finally:
                own.close()
    except psycopg.errors.InsufficientPrivilege as problem:
        raise MayNotMakeDatabase from problem
