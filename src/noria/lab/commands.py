"""What the command line offers to see, to measure and to wear down: replay, demo, bench."""

import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from noria import __version__
from noria.kit import terminal
from noria.kit.config import Settings
from noria.kit.db import migrate
from noria.kit.processes import children
from noria.lab import ending, setup
from noria.lab.chance import SEED
from noria.lab.hauliers import ENVIRON
from noria.lab.history import load as load_history
from noria.lab.history_file import read as read_history
from noria.lab.journeys import Troubles
from noria.lab.model import History
from noria.lab.replay import Result
from noria.lab.schedule import STEP
from noria.lab.setup import DEMO_PASSWORD, DEMO_PEOPLE, Story
from noria.lab.stage import Show, put_on
from noria.lab.trial import trial

REPLAY_MONTH, DEMO_MONTH = "2011-11", "2011-10"


def replay(
    file: Path | None = None,
    /,
    *,
    month: str = REPLAY_MONTH,
    speed: str = "max",
    seed: int = SEED,
    carriers: Troubles = Troubles.OFF,
    days: int | None = None,
    fresh: bool = False,
    port: int | None = None,
    policy: Annotated[list[str] | None, Parameter(negative=())] = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Live through a month of an order history, by the API, on a driven clock.

    Started again after an interruption it goes on where it was.

    Args:
        file: a history of your own (CSV or Parquet, in the columns of the UCI set).
        speed: story seconds a second, or max.
        carriers: have carriers print labels and tell where boxes are, by their own webhooks: off,
            some trouble, or troubled: 2 % lost, 8 % late, told twice and out of order.
        days: only so many days of the month.
        fresh: erase the replay that lives here, and start again.
        policy: only decide the orders that are here again, in memory, under this policy (a
            version, draft:ID or live); repeat it to compare several.
        since: of these, orders placed from then on.
        until: and before then.
    """
    if policy:
        house, reads = terminal.settings(), terminal.language()
        with terminal.opened(house) as db, terminal.bar("deciding again") as bar:
            found = trial(
                db, policy, since, until, step=bar, language=reads, currency=house.currency
            )
        terminal.console().print(found)
        return
    settings = terminal.quiet_settings(port)
    story = _story(file, month, seed, carriers)
    with terminal.database(settings) as (url, tick):
        if fresh:
            setup.wipe(url)
        migrate(url)
        show = Show(
            story=story,
            speed=_speed(speed),
            children=children(settings, url, worker=False),
            days=days,
        )

        def read() -> History:
            return load_history(seed, read_history(file) if file else None)

        result = put_on(settings, url, read, show, tick=tick)
    if result is None:
        terminal.err("Interrupted. The same command goes on from here.")
        sys.exit(1)
    _tell(result)


def demo(*, speed: str = "900", port: int | None = None, fresh: bool = False) -> None:
    """Show it all: server, worker, and a real month of orders at an adjustable speed."""
    settings = terminal.quiet_settings(port)
    story = _story(None, DEMO_MONTH, SEED, Troubles.SOME)
    with terminal.database(settings) as (url, tick):
        if fresh:
            setup.wipe(url)
        migrate(url)
        show = Show(
            story=story,
            speed=_speed(speed),
            children=[
                msgspec.structs.replace(child, environ={**child.environ, **ENVIRON})
                for child in children(settings, url)
            ],
            has_guests=True,
            addresses=_addresses(settings),
            log_ins=_log_ins(),
        )
        put_on(settings, url, load_history, show, tick=tick)


def bench(
    name: str,
    *tables: Path,
    rounds: int = 5,
    long: bool = False,
    only: Annotated[list[str] | None, Parameter(negative=())] = None,
    fresh: bool = False,
    size: str = "small",
    patience_days: float = 22.0,
    case: Path = Path(),
    window_minutes: int = 0,
    minutes: int = 60,
    orders: int | None = None,
) -> None:
    """Measure a figure; one JSON line each, with its ratio to a baseline of the same run.

    Args:
        tables: of `promise`: past orders, orders to promise, promises to write.
        long: of `torture`, as many trials as before a release.
        only: of `torture` this property, of `tower` this question; repeat it for several.
        fresh: of `torture` and `soak`, forget what an interrupted run has done already; of
            `tower`, fill its database anew.
        size: of `scale`, how large an installation: small, medium or large.
        case: of `sourcing`, the folder of a case; the referee is spoken to on stdin and stdout.
        window_minutes: of `sourcing`, how long an order may wait for others.
        minutes: of `soak`, how long the load lasts.
        orders: of `journeys`, how many are sent on their way; of `tower`, how many there are.
    """
    if name == "torture":
        _torture(only or [], is_long=long, is_fresh=fresh)
        return
    from noria.lab import bench as figures  # noqa: PLC0415 - what measures costs to load

    said = figures.without_database(name, tables, patience_days, case, window_minutes)
    if said is not None:
        terminal.out(*said)
        return
    long_run = figures.LongRun(terminal.settings().home / "soak", minutes, is_fresh=fresh)
    with terminal.opened() as db:
        found = figures.any_of(
            name,
            db,
            rounds=rounds,
            size=size,
            orders=orders,
            only=only or [],
            long_run=long_run,
        )
        for figure in found:
            terminal.out(msgspec.json.encode(figure).decode())


def _torture(only: list[str], *, is_long: bool, is_fresh: bool) -> None:
    """Properties of the stock, on servers of their own; exit 1 if one does not hold."""
    from noria.lab.torture.campaign import torture  # noqa: PLC0415 - what tortures costs to load

    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # connections are cut on purpose
    home, is_whole = terminal.settings().home / "torture", True
    for finding in torture(home, only, is_long=is_long, is_fresh=is_fresh, bars=terminal.bar):
        terminal.out(msgspec.json.encode(finding).decode())
        is_whole = is_whole and not finding.value
    sys.exit(0 if is_whole else 1)


def _story(file: Path | None, month: str, seed: int, carriers: Troubles) -> Story:
    return Story(
        source="built-in" if file is None else str(file.resolve()),
        month=month,
        seed=seed,
        step_minutes=int(STEP.total_seconds() // 60),
        carriers=carriers.value,
    )


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 1e6:
        terminal.err(f"“{text}” is no speed: give story seconds a second, such as 600, or max.")
        sys.exit(2)
    return speed


def _addresses(settings: Settings) -> str:
    base = f"http://{settings.host}:{settings.port}"
    return (
        f"\n[bold]Noria {__version__}[/] is up.\n\n"
        f"  Control tower  {base}/tower\n  API            {base}/v1\n  API docs       {base}/docs\n"
    )


def _log_ins() -> str:
    people = "\n".join(f"  {email:28} {name}" for email, name, _, _ in DEMO_PEOPLE)
    return (
        f"Log-ins (password {DEMO_PASSWORD}):\n{people}\n\n"
        "A real month of orders (UCI Online Retail, D. Chen, CC BY 4.0) is lived through by a"
        " made-up French chain.\nCtrl-C ends it.\n"
    )


def _tell(result: Result) -> None:
    terminal.out(
        f"{result.orders:,} orders, {result.lines:,} lines, {result.take_backs:,} take-backs,"
        f" {result.requests:,} requests, {result.seconds:.1f} s,"
        f" {result.orders / result.seconds:.1f} orders/s, {result.errors} errors"
    )
    if result.ending is not None:
        terminal.out(ending.told(result.ending))
    if result.errors:
        sys.exit(1)
