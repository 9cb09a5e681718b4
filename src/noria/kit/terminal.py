"""The terminal: settings, the database behind a command, bars, and what is said to a person."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from noria.kit import logs, ports, postgres
from noria.kit.config import Settings, load
from noria.kit.db import Database, migrate
from noria.kit.errors import Refusal

PAGE_COLUMNS = 160


def settings(port: int | None = None) -> Settings:
    found = load(os.environ)
    logs.start(found)
    return found if port is None else msgspec.structs.replace(found, port=port)


def quiet_settings(port: int | None) -> Settings:
    """For a live table: a free port, and no line a request unless somebody asked for it."""
    os.environ.setdefault("NORIA_LOG_LEVEL", "warning")
    found = settings(port)
    free = ports.claim_first(found.host, found.port)
    return msgspec.structs.replace(found, port=free)


@contextmanager
def database(found: Settings) -> Iterator[tuple[str, Any]]:
    """The database's address, and what keeps an embedded one alive."""
    if not found.is_embedded:
        yield found.database_url, None
        return
    embedded = postgres.embedded(found)
    embedded.start()
    try:
        yield embedded.url, embedded.ensure
    finally:
        embedded.stop()


@contextmanager
def opened(found: Settings | None = None) -> Iterator[Database]:
    """The database, brought to this version; an embedded one runs until the end of the block."""
    with database(found or settings()) as (url, _):
        migrate(url)
        db = Database(url, pool_size=4)
        try:
            yield db
        finally:
            db.close()


def console() -> Console:
    """Where tables go; those that go into a file or a pipe are not cut to the width of a screen."""
    return Console(width=None if sys.stdout.isatty() else PAGE_COLUMNS)


@contextmanager
def bar(what: str) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def refused(refusal: Refusal) -> None:
    spoken = language()
    err(refusal.sentence(spoken))
    for fault in refusal.faults:
        err(f"  {fault.pointer}: {fault.message}")
    err(f"→ {refusal.remedy(spoken)}")


def language() -> str:
    words = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "en").lower()
    return "fr" if words.startswith("fr") else "en"


def me() -> str:
    return f"person:{getpass.getuser()}@terminal"


def out(*lines: str) -> None:
    print(*lines, sep="\n", end="\n" if lines else "", flush=True)


def err(text: str) -> None:
    print(text, file=sys.stderr)
