"""One go at the properties: slices that are logged as they end, and a finding for each property.

The log has one line a slice. A run that was interrupted goes on behind the last line of what it was
asked for; a fresh one forgets them.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from noria.kit.db import Database, migrate
from noria.kit.postgres import Embedded
from noria.lab.bench import UnknownFigure
from noria.lab.torture.model import SHOWN, Finding, Place, Property, tally
from noria.lab.torture.properties import PROPERTIES

FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "autovacuum": "off",
}
"""For trials in which no machine fails: what they prove is not durability."""

Bar = Callable[[int, int], None]
Bars = Callable[[str], AbstractContextManager[Bar]]


class Slice(Struct, frozen=True, kw_only=True):
    """One line of the log: so many trials from a number on, and what they came to."""

    figure: str
    is_long: bool
    first: int
    trials: int
    seconds: float
    counts: dict[str, int]
    faults: int
    shown: list[str]


def chosen(names: Sequence[str]) -> list[Property]:
    """The properties of these names; all of them if none is named.

    Raises:
        UnknownFigure: there is none of that name.
    """
    known = {one.name: one for one in PROPERTIES}
    for name in names:
        if name not in known:
            raise UnknownFigure(name=name, known=", ".join(known))
    return [one for one in PROPERTIES if not names or one.name in names]


def torture(
    home: Path, names: Sequence[str], *, is_long: bool, is_fresh: bool, bars: Bars
) -> Iterator[Finding]:
    """Try properties, one after the other, on servers of their own in `home`.

    Raises:
        UnknownFigure: there is none of that name.
    """
    properties = chosen(names)
    log = home / "slices.jsonl"
    with _server(home) as place:
        for one in properties:
            if is_fresh:
                _forget(log, one.name, is_long=is_long)
            yield _tried(one, msgspec.structs.replace(place, is_long=is_long), log, bars)


@contextmanager
def _server(home: Path) -> Iterator[Place]:
    """A server for the trials; what an earlier run left of its own is of no use any more."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)  # the account that runs the server passes through
    shutil.rmtree(home / "fast", ignore_errors=True)
    server = Embedded(home / "fast", FAST)
    server.start()

    @contextmanager
    def database() -> Iterator[str]:
        _wipe(server.url)
        migrate(server.url)
        yield server.url

    try:
        yield Place(database=database, home=home)
    finally:
        server.stop()
        shutil.rmtree(home / "fast", ignore_errors=True)


def _wipe(url: str) -> None:
    """Trials number their SKUs; those of the slice before are in the way."""
    with closing(Database(url, pool_size=1)) as db, db.transaction() as tx:
        tx.execute("drop schema public cascade")
        tx.execute("create schema public")


def _tried(one: Property, place: Place, log: Path, bars: Bars) -> Finding:
    wanted = one.many if place.is_long else one.some
    done = [each for each in _read(log) if (each.figure, each.is_long) == (one.name, place.is_long)]
    first = sum(each.trials for each in done)
    with bars(one.name) as bar:
        while first < wanted:
            bar(first, wanted)
            done.append(_slice(one, place, first, min(one.at_once, wanted - first)))
            _write(log, done[-1])
            first += done[-1].trials
    return _finding(one, done)


def _slice(one: Property, place: Place, first: int, trials: int) -> Slice:
    began = time.monotonic()
    found = one.run(place, first, trials)
    return Slice(
        figure=one.name,
        is_long=place.is_long,
        first=first,
        trials=trials,
        seconds=round(time.monotonic() - began, 1),
        counts=dict(found.counts),
        faults=len(found.faults),
        shown=found.faults[:SHOWN],
    )


def _finding(one: Property, done: Sequence[Slice]) -> Finding:
    total = tally()
    for each in done:
        total.counts.update(each.counts)
    return Finding(
        figure=one.name,
        value=sum(each.faults for each in done),
        says=one.says,
        trials=one.trials,
        of=sum(each.trials for each in done),
        seconds=round(sum(each.seconds for each in done), 1),
        counts=dict(total.counts),
        faults=[fault for each in done for fault in each.shown][:SHOWN],
    )


def _read(log: Path) -> list[Slice]:
    if not log.exists():
        return []
    lines = log.read_bytes().splitlines(keepends=True)
    whole = [line for line in lines if line.endswith(b"\n")]  # the last may have been cut off
    return [msgspec.json.decode(line, type=Slice) for line in whole]


def _write(log: Path, one: Slice) -> None:
    with log.open("ab") as file:
        file.write(msgspec.json.encode(one) + b"\n")


def _forget(log: Path, name: str, *, is_long: bool) -> None:
    kept = [one for one in _read(log) if (one.figure, one.is_long) != (name, is_long)]
    if log.exists():
        log.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in kept))
