"""Put a replay on: the server it speaks to, the driver, and the live table in the terminal."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from rich.console import Console, RenderableType
from rich.live import Live

from noria.kit.auth import Permission
from noria.kit.config import Settings
from noria.kit.db import Database
from noria.kit.errors import Unavailable
from noria.kit.processes import Child, Group
from noria.lab import hauliers, live, setup
from noria.lab.carrying import Carrying
from noria.lab.chores import Chores
from noria.lab.client import PATIENCE_S, Client
from noria.lab.journeys import SHARES, Troubles
from noria.lab.model import History
from noria.lab.replay import Result, Told, run
from noria.lab.schedule import schedule, shortened
from noria.lab.setup import Story

Done = TypeVar("Done")
PLAIN_EVERY_S, LIVE_EVERY_S = 30.0, 2.0


class Show(Struct, frozen=True, kw_only=True):
    """What is put on: which story, how fast (story seconds a second; None: as fast as it goes).

    `children` are the programs beside it. With guests it is a demonstration: people are invited to
    log in, `addresses` and then `log_ins` are shown, and the children go on when the story is over.
    With `days`, no order comes after so many of the month.
    """

    story: Story
    speed: float | None
    children: Sequence[Child]
    days: int | None = None
    has_guests: bool = False
    addresses: str = ""
    log_ins: str = ""


class _Stage(Struct, kw_only=True):
    """What the driver, the watcher and the group of programs know of each other."""

    console: Console
    group: Group
    told: list[Told]
    result: Result | None = None
    problem: BaseException | None = None

    @property
    def is_over(self) -> bool:
        return self.result is not None or self.problem is not None


def put_on(
    settings: Settings,
    url: str,
    read: Callable[[], History],
    show: Show,
    *,
    tick: Callable[[], None] | None,
) -> Result | None:
    """Run the children and the replay until the story is over; None if a signal ended it before.

    Raises:
        InUse, OtherStory, UnknownMonth, NotAHistory: nothing was replayed.
    """
    db = Database(url, pool_size=2)
    _patiently(lambda: setup.begin(db, show.story))
    stage = _Stage(console=Console(), group=Group(show.children, tick=tick), told=[])

    def play() -> None:
        try:
            stage.result = _play(settings, db, read, show, stage)
        except BaseException as problem:  # noqa: BLE001 - told to whoever waits for the group
            stage.problem = problem
        if not show.has_guests or stage.problem:
            stage.group.stop()

    threading.Thread(target=play, name="replay", daemon=True).start()
    stage.group.run()
    db.close()
    if stage.problem:
        raise stage.problem
    return stage.result


def _play(
    settings: Settings, db: Database, read: Callable[[], History], show: Show, stage: _Stage
) -> Result:
    """Wait for the server, build the chain, and live through the month."""
    address = f"http://{settings.host}:{settings.port}"
    Client(address).wait()
    if show.addresses:
        stage.console.print(show.addresses)
    with stage.console.status("building the demonstration chain …"):
        history = read()
        chain = _patiently(lambda: setup.prepare(db, history, show.story))
        plan = schedule(chain, history, show.story.month, show.story.seed)
        if show.has_guests:
            _patiently(lambda: setup.invite(db))
            _patiently(lambda: setup.hurry(db))
        token = _patiently(lambda: setup.make_key(db, "replay", tuple(Permission)))
    if show.log_ins:
        stage.console.print(show.log_ins)
    watcher = threading.Thread(target=_watch, args=(Client(address, token), stage), daemon=True)
    watcher.start()
    client = Client(address, token)
    if show.has_guests:
        client.post("/v1/audit/runs", {"is_full": True})
    with _carriers(client, db, settings.home, show.story) as carrying:
        result = run(
            client,
            chain,
            plan if show.days is None else shortened(plan, show.days),
            speed=show.speed,
            chores=Chores(db, _patiently),
            has_incidents=show.has_guests,
            carrying=carrying,
            tell=stage.told.append,
        )
        if carrying is not None:
            result = msgspec.structs.replace(result, ending=carrying.ending())
    _patiently(lambda: setup.finish(db))
    stage.result = result
    watcher.join(timeout=5)
    return result


@contextmanager
def _carriers(client: Client, db: Database, home: Path, story: Story) -> Iterator[Carrying | None]:
    """The carriers that a story has, answering for as long as it lasts."""
    troubles = Troubles(story.carriers)
    if troubles is Troubles.OFF:
        yield None
        return
    shares = SHARES[troubles]
    at = datetime.fromisoformat(client.get("/v1/clock")["at"]).astimezone(UTC)
    with hauliers.answering(home / "carriers.journal", shares, story.seed) as port:
        carrying = Carrying(client, db, shares, story.seed, hauliers.ENVIRON)
        _patiently(lambda: carrying.open(port, at))
        yield carrying


def _patiently(step: Callable[[], Done]) -> Done:
    """A step on the database, again for as long as that is away; each is one transaction."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return step()
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _watch(client: Client, stage: _Stage) -> None:
    """Show the tower's figures: a live table on a terminal, a table now and then elsewhere."""
    while not stage.told and not stage.is_over:
        time.sleep(0.2)
    if not stage.console.is_terminal:
        while not stage.is_over:
            stage.console.print(_table(client, stage.told, is_over=False))
            _wait(PLAIN_EVERY_S, stage)
    else:
        with Live(console=stage.console, auto_refresh=False) as shown:
            while not stage.is_over:
                shown.update(_table(client, stage.told, is_over=False), refresh=True)
                _wait(LIVE_EVERY_S, stage)
    if stage.result is not None:
        stage.console.print(_table(client, stage.told, is_over=True))


def _wait(seconds: float, stage: _Stage) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stage.is_over:
        time.sleep(0.1)


def _table(client: Client, told: list[Told], *, is_over: bool) -> RenderableType:
    now = told[-1]
    del told[:-1]
    head = f"{now.at.astimezone(UTC):%A %d %B %Y · %H:%M} UTC"
    foot = f"{now.orders:,} of {now.of_orders:,} orders taken · {now.errors} errors"
    if is_over:
        foot += " · the story is over"
    calibration = client.get("/v1/promises/calibration")["items"]
    return live.table(client.get("/v1/tower/summary"), calibration, head, foot)
