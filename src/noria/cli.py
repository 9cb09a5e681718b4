"""The command `noria`: everything an installation can be told from a terminal."""

import getpass
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from noria import __version__
from noria.connectors.files.actions import import_file
from noria.connectors.files.model import FileKind
from noria.kit import clock, doctor, logs, ports, postgres, server
from noria.kit.auth import SYSTEM, Permission, Role
from noria.kit.config import Settings, load
from noria.kit.db import Database, MigrationChanged, freeze, migrate
from noria.kit.errors import Fault, Invalid, NotFound, Refusal
from noria.kit.ids import uuid7
from noria.kit.processes import Child, Group
from noria.lab import setup
from noria.lab.chance import SEED
from noria.lab.history import load as load_history
from noria.lab.history_file import read as read_history
from noria.lab.model import History
from noria.lab.replay import Result
from noria.lab.schedule import STEP
from noria.lab.setup import DEMO_PASSWORD, DEMO_PEOPLE, Story
from noria.lab.stage import Show, put_on
from noria.lab.trial import trial
from noria.people import actions as people
from noria.people.model import Grant, KeyWish, Profile
from noria.sourcing.table import shown
from noria.sourcing.views import decisions
from noria.stock import views as stock
from noria.tower import actions as tower
from noria.tower import audit_table
from noria.tower import audit_views as audits
from noria.tower import rules as tower_rules

app = App(name="noria", version=__version__, help="One stock, one promise, one loop.")
user = App(name="user", help="People who log in.")
key = App(name="key", help="API keys, for machines.")
app.command(user)
app.command(key)

REPLAY_MONTH, DEMO_MONTH = "2011-11", "2011-10"
MOST_SHOWN = 200


def main() -> None:
    """Run a command; a refusal is a sentence and a remedy, never a traceback."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        app()
    except Refusal as refusal:
        _say_no(refusal)
        sys.exit(1)
    except MigrationChanged as problem:
        _err(f"{problem}. Install the version that this database was made with.")
        sys.exit(1)


@app.command
def up(*, port: int | None = None) -> None:
    """Run the server and the worker, with the embedded PostgreSQL unless DATABASE_URL is set."""
    settings = _settings(port)
    ports.claim(settings.host, settings.port)
    with _database(settings) as (url, tick):
        migrate(url)
        _out(f"Noria {__version__} on http://{settings.host}:{settings.port} · docs at /docs")
        Group(_children(settings, url), tick=tick).run()


@app.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to this version; what is there already is left alone."""
    with _database(_settings()) as (url, _):
        done = migrate(url)
    for step in done:
        _out(f"{step.number:04} {step.name}")
    _out(f"{len(done)} migrations applied" if done else "nothing to do: the database is up to date")


@app.command(name="import")
def import_command(
    kind: FileKind, file: Path, *, keep_good: bool = False, preview: bool = False
) -> None:
    """Bring a CSV, XLSX or Parquet file in: catalog, network, stock, orders, rules, ASNs, prices.

    Args:
        keep_good: write the good lines even if others are bad; without it, all or nothing.
        preview: say what it would change, and change nothing.
    """
    with _opened(_settings()) as db, _bar(f"importing {file.name}") as bar:
        report = import_file(
            db, kind, file, actor=_me(), keep_good=keep_good, is_preview=preview, progress=bar
        )
    for fault in report.faults[:50]:
        _err(f"{fault.pointer}: {fault.told(_language()).message}")
    if report.fault_count > 50:
        _err(f"… and {report.fault_count - 50} more")
    _out(report.told)
    if report.fault_count and not keep_good:
        _err("Nothing was written. Correct the lines above, or use --keep-good.")
        sys.exit(1)


@app.command
def replay(
    file: Path | None = None,
    /,
    *,
    month: str = REPLAY_MONTH,
    speed: str = "max",
    seed: int = SEED,
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
        fresh: erase the replay that lives here, and start again.
        policy: only decide the orders that are here again, in memory, under this policy (a
            version, draft:ID or live); repeat it to compare several.
        since: of these, orders placed from then on.
        until: and before then.
    """
    if policy:
        with _opened(_settings()) as db, _bar("deciding again") as bar:
            Console().print(trial(db, policy, since, until, step=bar, language=_language()))
        return
    settings = _quiet_settings(port)
    story = _story(file, month, seed)
    with _database(settings) as (url, tick):
        if fresh:
            setup.wipe(url)
        migrate(url)
        show = Show(
            story=story,
            speed=_speed(speed),
            children=_children(settings, url, worker=False),
        )

        def read() -> History:
            return load_history(seed, read_history(file) if file else None)

        result = put_on(settings, url, read, show, tick=tick)
    if result is None:
        _err("Interrupted. The same command goes on from here.")
        sys.exit(1)
    _tell(result)


@app.command
def demo(*, speed: str = "900", port: int | None = None, fresh: bool = False) -> None:
    """Show it all: server, worker, and a real month of orders at an adjustable speed."""
    settings = _quiet_settings(port)
    story = _story(None, DEMO_MONTH, SEED)
    with _database(settings) as (url, tick):
        if fresh:
            setup.wipe(url)
        migrate(url)
        show = Show(
            story=story,
            speed=_speed(speed),
            children=_children(settings, url),
            has_guests=True,
            addresses=_addresses(settings),
            log_ins=_log_ins(),
        )
        put_on(settings, url, load_history, show, tick=tick)


@app.command
def audit(*, touched: bool = False, resume: bool = False, digest: bool = False) -> None:
    """Compare everything that is said twice, and keep the result; exit 1 if anything differs.

    Args:
        touched: only what was touched since the last audit.
        resume: go on with an audit that was broken off, behind what it had looked at.
        digest: compare nothing; print a fingerprint of all balances.
    """
    with _opened(_settings()) as db:
        if digest:
            with db.transaction() as tx:
                freeze(tx)
                _out(tower_rules.digest(stock.all_balances(tx)))
            return
        key = (
            db.run(audits.left_at_a_terminal)
            if resume
            else uuid7(int(clock.wall().timestamp() * 1000))
        )
        with _bar("auditing SKUs") as bar:
            run = tower.audit(db, key, is_full=not touched, asked_by=_me(), step=bar)
        with db.transaction() as tx:
            results = audits.results(tx, run.id)
            findings = [one for _, one in audits.findings(tx, run.id, limit=MOST_SHOWN)]
    for line in audit_table.told(results, findings, run.differences, _language()):
        Console(stderr=True).print(line)
    _out(f"{run.differences:,} differences")
    sys.exit(1 if run.differences else 0)


@app.command
def explain(order: str, *, language: str | None = None, number: int | None = None) -> None:
    """Print why an order is sent from where it is: candidates, fences, costs, plans compared.

    Args:
        language: en or fr; without it, the terminal's.
        number: an earlier decision; without it, the last.
    """
    with _opened(_settings()) as db, db.transaction() as tx:
        found = [one for one in decisions(tx, order) if number in (None, one.number)]
    if not found:
        raise NotFound(what="decision", id=order)
    Console().print(shown(found[0], language or _language()))


@user.command(name="add")
def add_user(
    email: str,
    *,
    name: str,
    role: Annotated[list[Role], Parameter(negative=())],
    node: Annotated[list[str] | None, Parameter(negative=())] = None,
    language: str = "en",
) -> None:
    """Add somebody who logs in; the password is asked for, or read from standard input.

    Args:
        role: repeat it for several.
        node: only at these nodes; without it, at all.
    """
    is_typed = sys.stdin.isatty()
    password = getpass.getpass("password: ") if is_typed else sys.stdin.readline().rstrip("\n")
    grants = [Grant(role=one, nodes=tuple(node) if node else None) for one in role]
    profile = _profile(email, name, language)
    with _opened(_settings()) as db, db.transaction() as tx:
        added = people.add_person(tx, profile, password, grants, actor=SYSTEM, now=clock.wall())
    _out(f"{added.email} can log in")


@key.command(name="add")
def add_key(
    name: str,
    *,
    permission: Annotated[list[str] | None, Parameter(negative=())] = None,
    node: Annotated[list[str] | None, Parameter(negative=())] = None,
) -> None:
    """Make an API key; it is shown once.

    Args:
        permission: repeat it for several; without it, all but driving the clock.
        node: only at these nodes; without it, at all.
    """
    wanted = [_permission(one) for one in permission or ()] or [
        one for one in Permission if one is not Permission.CLOCK_DRIVE
    ]
    wish = KeyWish(name=name, permissions=tuple(wanted), nodes=tuple(node) if node else None)
    with _opened(_settings()) as db, db.transaction() as tx:
        made = people.add_key(tx, wish, actor=SYSTEM, now=clock.wall())
    _out(str(made.token))


@app.command(name="doctor")
def examine() -> None:
    """What is wrong with this installation, in plain words, and what to do."""
    language = _language()
    table = Table(box=None, show_header=False)
    findings = doctor.examine(_settings())
    for finding in findings:
        mark = "[green]✓[/]" if finding.is_ok else "[red]✗[/]"
        says = finding.says.filled(language, {})
        if finding.do is not None:
            says += f"\n→ {finding.do.filled(language, {})}"
        table.add_row(mark, finding.what.filled(language, {}), says)
    Console().print(table)
    sys.exit(0 if all(finding.is_ok for finding in findings) else 1)


@app.command
def bench(
    name: str,
    *tables: Path,
    rounds: int = 5,
    long: bool = False,
    only: Annotated[list[str] | None, Parameter(negative=())] = None,
    fresh: bool = False,
    size: str = "small",
    patience_days: float = 22.5,
    case: Path = Path(),
    window_minutes: int = 0,
    minutes: int = 60,
) -> None:
    """Measure a figure; one JSON line each, with its ratio to a baseline of the same run.

    Args:
        tables: of `promise`: past orders, orders to promise, promises to write.
        long: of `torture`, as many trials as before a release.
        only: of `torture`, this property; repeat it for several.
        fresh: of `torture` and `soak`, forget what an interrupted run has done already.
        size: of `scale`, how large an installation: small, medium or large.
        case: of `sourcing`, the folder of a case; the referee is spoken to on stdin and stdout.
        window_minutes: of `sourcing`, how long an order may wait for others.
        minutes: of `soak`, how long the load lasts.
    """
    if name == "torture":
        _torture(only or [], is_long=long, is_fresh=fresh)
        return
    from noria.lab import bench as figures  # noqa: PLC0415 - what measures costs to load

    said = figures.without_database(name, tables, patience_days, case, window_minutes)
    if said is not None:
        _out(*said)
        return
    long_run = figures.LongRun(_settings().home / "soak", minutes, is_fresh=fresh)
    with _opened(_settings()) as db:
        for figure in figures.any_of(name, db, rounds=rounds, size=size, long_run=long_run):
            _out(msgspec.json.encode(figure).decode())


def _torture(only: list[str], *, is_long: bool, is_fresh: bool) -> None:
    """Properties of the stock, on servers of their own; exit 1 if one does not hold."""
    from noria.lab.torture.campaign import torture  # noqa: PLC0415 - what tortures costs to load

    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # connections are cut on purpose
    home, is_whole = _settings().home / "torture", True
    for finding in torture(home, only, is_long=is_long, is_fresh=is_fresh, bars=_bar):
        _out(msgspec.json.encode(finding).decode())
        is_whole = is_whole and not finding.value
    sys.exit(0 if is_whole else 1)


def _settings(port: int | None = None) -> Settings:
    settings = load(os.environ)
    logs.start(settings)
    return settings if port is None else msgspec.structs.replace(settings, port=port)


def _quiet_settings(port: int | None) -> Settings:
    """For a live table: a free port, and no line a request unless somebody asked for it."""
    os.environ.setdefault("NORIA_LOG_LEVEL", "warning")
    settings = _settings(port)
    free = ports.claim_first(settings.host, settings.port)
    return msgspec.structs.replace(settings, port=free)


@contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, Any]]:
    """The database's address, and what keeps an embedded one alive."""
    if not settings.is_embedded:
        yield settings.database_url, None
        return
    embedded = postgres.embedded(settings)
    embedded.start()
    try:
        yield embedded.url, embedded.ensure
    finally:
        embedded.stop()


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    with _database(settings) as (url, _):
        migrate(url)
        db = Database(url, pool_size=4)
        try:
            yield db
        finally:
            db.close()


def _children(settings: Settings, url: str, *, worker: bool = True) -> list[Child]:
    environ = {"DATABASE_URL": url, "NORIA_PORT": str(settings.port)}
    program = server.command(settings.host, settings.port, workers=settings.workers)
    children = [Child("server", program, environ)]
    if worker:
        children.append(Child("worker", (sys.executable, "-m", "noria.worker"), environ))
    return children


def _story(file: Path | None, month: str, seed: int) -> Story:
    return Story(
        source="built-in" if file is None else str(file.resolve()),
        month=month,
        seed=seed,
        step_minutes=int(STEP.total_seconds() // 60),
    )


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 1e6:
        _err(f"“{text}” is no speed: give story seconds a second, such as 600, or max.")
        sys.exit(2)
    return speed


def _addresses(settings: Settings) -> str:
    base = f"http://{settings.host}:{settings.port}"
    return (
        f"\n[bold]Noria {__version__}[/] is up.\n\n"
        f"  API        {base}/v1\n  API docs   {base}/docs\n"
    )


def _log_ins() -> str:
    people = "\n".join(f"  {email:28} {name}" for email, name, _, _ in DEMO_PEOPLE)
    return (
        f"Log-ins (password {DEMO_PASSWORD}):\n{people}\n\n"
        "A real month of orders (UCI Online Retail, D. Chen, CC BY 4.0) is lived through by a"
        " made-up French chain.\nCtrl-C ends it.\n"
    )


def _tell(result: Result) -> None:
    _out(
        f"{result.orders:,} orders, {result.lines:,} lines, {result.take_backs:,} take-backs,"
        f" {result.requests:,} requests, {result.seconds:.1f} s,"
        f" {result.orders / result.seconds:.1f} orders/s, {result.errors} errors"
    )
    if result.errors:
        sys.exit(1)


def _profile(email: str, name: str, language: str) -> Profile:
    try:
        return msgspec.convert({"email": email, "name": name, "language": language}, Profile)
    except msgspec.ValidationError as problem:
        raise Invalid(faults=[Fault("user", str(problem))]) from None


def _permission(text: str) -> Permission:
    try:
        return Permission(text)
    except ValueError:
        known = ", ".join(one.value for one in Permission)
        raise Invalid(faults=[Fault("--permission", f"“{text}” is none of: {known}")]) from None


@contextmanager
def _bar(what: str) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _say_no(refusal: Refusal) -> None:
    language = _language()
    _err(refusal.sentence(language))
    for fault in refusal.faults:
        _err(f"  {fault.pointer}: {fault.message}")
    _err(f"→ {refusal.remedy(language)}")


def _language() -> str:
    words = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "en").lower()
    return "fr" if words.startswith("fr") else "en"


def _me() -> str:
    return f"person:{getpass.getuser()}@terminal"


def _leave(_number: int, _frame: object) -> None:
    sys.exit(143)


def _out(*lines: str) -> None:
    print(*lines, sep="\n", end="\n" if lines else "", flush=True)


def _err(text: str) -> None:
    print(text, file=sys.stderr)
