"""The command `noria`: everything an installation can be told from a terminal."""

import getpass
import secrets
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from noria import __version__
from noria.collect import keep_actions as collect
from noria.connectors.files.actions import import_file
from noria.connectors.files.model import FileKind
from noria.kit import clock, doctor, ports, terminal
from noria.kit.auth import SYSTEM, Permission, Role
from noria.kit.db import MigrationChanged, freeze, migrate
from noria.kit.errors import Fault, Invalid, NotFound, Refusal
from noria.kit.ids import uuid7
from noria.kit.processes import Group, children
from noria.lab.commands import bench, demo, replay
from noria.messages import actions as messages
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
for of_the_lab in (replay, demo, bench):
    app.command(of_the_lab)

MOST_SHOWN = 200


def main() -> None:
    """Run a command; a refusal is a sentence and a remedy, never a traceback."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        app()
    except Refusal as refusal:
        terminal.refused(refusal)
        sys.exit(1)
    except MigrationChanged as problem:
        terminal.err(f"{problem}. Install the version that this database was made with.")
        sys.exit(1)


@app.command
def up(*, port: int | None = None) -> None:
    """Run the server and the worker, with the embedded PostgreSQL unless DATABASE_URL is set."""
    settings = terminal.settings(port)
    ports.claim(settings.host, settings.port)
    with terminal.database(settings) as (url, tick):
        migrate(url)
        terminal.out(
            f"Noria {__version__} on http://{settings.host}:{settings.port} · docs at /docs"
        )
        Group(children(settings, url), tick=tick).run()


@app.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to this version; what is there already is left alone."""
    with terminal.database(terminal.settings()) as (url, _):
        done = migrate(url)
    for step in done:
        terminal.out(f"{step.number:04} {step.name}")
    terminal.out(
        f"{len(done)} migrations applied" if done else "nothing to do: the database is up to date"
    )


@app.command(name="import")
def import_command(
    kind: FileKind, file: Path, *, keep_good: bool = False, preview: bool = False
) -> None:
    """Bring a CSV, XLSX or Parquet file in: catalog, network, stock, orders, rules, ASNs, prices.

    Args:
        keep_good: write the good lines even if others are bad; without it, all or nothing.
        preview: say what it would change, and change nothing.
    """
    with terminal.opened() as db, terminal.bar(f"importing {file.name}") as bar:
        report = import_file(
            db,
            kind,
            file,
            actor=terminal.me(),
            keep_good=keep_good,
            is_preview=preview,
            progress=bar,
        )
    for fault in report.faults[:50]:
        terminal.err(f"{fault.pointer}: {fault.told(terminal.language()).message}")
    if report.fault_count > 50:
        terminal.err(f"… and {report.fault_count - 50} more")
    terminal.out(report.told)
    if report.fault_count and not keep_good:
        terminal.err("Nothing was written. Correct the lines above, or use --keep-good.")
        sys.exit(1)


@app.command
def audit(*, touched: bool = False, resume: bool = False, digest: bool = False) -> None:
    """Compare everything that is said twice, and keep the result; exit 1 if anything differs.

    Args:
        touched: only what was touched since the last audit.
        resume: go on with an audit that was broken off, behind what it had looked at.
        digest: compare nothing; print a fingerprint of all balances.
    """
    with terminal.opened() as db:
        if digest:
            with db.transaction() as tx:
                freeze(tx)
                terminal.out(tower_rules.digest(stock.all_balances(tx)))
            return
        key = (
            db.run(audits.left_at_a_terminal)
            if resume
            else uuid7(int(clock.wall().timestamp() * 1000))
        )
        with terminal.bar("auditing SKUs") as bar:
            run = tower.audit(db, key, is_full=not touched, asked_by=terminal.me(), step=bar)
        with db.transaction() as tx:
            results = audits.results(tx, run.id)
            findings = [one for _, one in audits.findings(tx, run.id, limit=MOST_SHOWN)]
    for line in audit_table.told(results, findings, run.differences, terminal.language()):
        Console(stderr=True).print(line)
    terminal.out(f"{run.differences:,} differences")
    sys.exit(1 if run.differences else 0)


@app.command
def explain(order: str, *, language: str | None = None, number: int | None = None) -> None:
    """Print why an order is sent from where it is: candidates, fences, costs, plans compared.

    Args:
        language: en or fr; without it, the terminal's.
        number: an earlier decision; without it, the last.
    """
    settings = terminal.settings()
    with terminal.opened(settings) as db, db.transaction() as tx:
        told = decisions(tx, order, settings.currency)
    found = [one for one in told if number in (None, one.number)]
    if not found:
        raise NotFound(what="decision", id=order)
    terminal.console().print(shown(found[0], language or terminal.language(), settings.currency))


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
    with terminal.opened() as db, db.transaction() as tx:
        added = people.add_person(tx, profile, password, grants, actor=SYSTEM, now=clock.wall())
    terminal.out(f"{added.email} can log in")


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
    with terminal.opened() as db, db.transaction() as tx:
        made = people.add_key(tx, wish, actor=SYSTEM, now=clock.wall())
    terminal.out(str(made.token))


@key.command(name="renew-links")
def renew_links() -> None:
    """Close the links of all customers, as after a leak; ask for new ones where you send them."""
    with terminal.opened() as db, db.transaction() as tx:
        messages.renew_all_links(tx, secrets.token_bytes(32))
        collect.renew_codes(tx, secrets.token_bytes(32))
    terminal.out("all links given out until now show nothing more")


@app.command(name="doctor")
def examine() -> None:
    """What is wrong with this installation, in plain words, and what to do."""
    language = terminal.language()
    table = Table(box=None, show_header=False)
    findings = doctor.examine(terminal.settings())
    for finding in findings:
        mark = "[green]✓[/]" if finding.is_ok else "[red]✗[/]"
        says = finding.says.filled(language, {})
        if finding.do is not None:
            says += f"\n→ {finding.do.filled(language, {})}"
        table.add_row(mark, finding.what.filled(language, {}), says)
    Console().print(table)
    sys.exit(0 if all(finding.is_ok for finding in findings) else 1)


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


def _leave(_number: int, _frame: object) -> None:
    sys.exit(143)
