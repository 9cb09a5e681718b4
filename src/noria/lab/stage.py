"""Put a replay on: the server it speaks to, the driver, and the live table in the terminal."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC

import msgspec
from msgspec import Struct
from rich.console import Console, RenderableType
from rich.live import Live

from noria.kit.auth import Permission
from noria.kit.config import Settings
from noria.kit.db import Database
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.processes import Child, Group
from noria.lab import live, setup
from noria.lab.client import Client
from noria.lab.model import History
from noria.lab.replay import Result, Told, run
from noria.lab.schedule import schedule
from noria.lab.setup import Story

PORTS_TRIED = 50
PLAIN_EVERY_S, LIVE_EVERY_S = 30.0, 2.0


class NoPort(Refusal):
    code = "no-free-port"
    kind = Kind.UNAVAILABLE
    says = Text(
        "Ports {first} to {last} are all taken.",
        "Les ports {first} à {last} sont tous occupés.",
    )
    do = Text("Give another one as NORIA_PORT.", "Donnez-en un autre par NORIA_PORT.")


class Show(Struct, frozen=True, kw_only=True):
    """What is put on: which story, how fast (story seconds a second; None: as fast as it goes).

    `children` are the programs beside it. With guests it is a demonstration: people are invited to
    log in, and the children go on when the story is over.
    """

    story: Story
    speed: float | None
    children: Sequence[Child]
    has_guests: bool = False
    welcome: str = ""


def put_on(
    settings: Settings, url: str, history: History, show: Show, *, tick: Callable[[], None] | None
) -> Result | None:
    """Run the children and the replay until the story is over; None if a signal ended it before."""
    console = Console()
    with console.status("building the demonstration chain …"):
        db = Database(url, pool_size=2)
        chain = setup.prepare(db, history, show.story)
        plan = schedule(chain, history, show.story.month, show.story.seed)
        if show.has_guests:
            setup.invite(db)
        token = setup.make_key(db, "replay", tuple(Permission))
    if show.welcome:
        console.print(show.welcome)
    group = Group(show.children, tick=tick)
    ended: list[Result | BaseException] = []
    told: list[Told] = []
    address = f"http://{settings.host}:{settings.port}"

    def drive() -> None:
        try:
            client = Client(address, token)
            ended.append(run(client, chain, plan, speed=show.speed, tell=told.append))
            setup.finish(db)
        except BaseException as problem:  # noqa: BLE001 - told to whoever waits for the group
            ended.append(problem)
        if not show.has_guests or isinstance(ended[0], BaseException):
            group.stop()

    threading.Thread(target=drive, name="replay", daemon=True).start()
    watcher = threading.Thread(
        target=_watch, args=(console, Client(address, token), told, ended), daemon=True
    )
    watcher.start()
    group.run()
    watcher.join(timeout=1)
    db.close()
    if ended and isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0] if ended and isinstance(ended[0], Result) else None


def free_port(settings: Settings) -> Settings:
    """The settings with the first port from theirs on that nobody listens at."""
    for port in range(settings.port, settings.port + PORTS_TRIED):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((settings.host, port))
            except OSError:
                continue
            return msgspec.structs.replace(settings, port=port)
    raise NoPort(first=settings.port, last=settings.port + PORTS_TRIED - 1)


def _watch(
    console: Console,
    client: Client,
    told: list[Told],
    ended: list[Result | BaseException],
) -> None:
    """Show the tower's figures: a live table on a terminal, a table now and then elsewhere."""
    while not told and not ended:
        time.sleep(0.2)
    if not console.is_terminal:
        while not ended:
            console.print(_table(client, told, is_over=False))
            _wait(PLAIN_EVERY_S, ended)
    else:
        with Live(console=console, auto_refresh=False) as shown:
            while not ended:
                shown.update(_table(client, told, is_over=False), refresh=True)
                _wait(LIVE_EVERY_S, ended)
    if ended and isinstance(ended[0], Result):
        console.print(_table(client, told, is_over=True))


def _wait(seconds: float, ended: list[Result | BaseException]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not ended:
        time.sleep(0.1)


def _table(client: Client, told: list[Told], *, is_over: bool) -> RenderableType:
    now = told[-1]
    del told[:-1]
    head = f"{now.at.astimezone(UTC):%A %d %B %Y · %H:%M} UTC"
    foot = f"{now.orders:,} of {now.of_orders:,} orders taken · {now.errors} errors"
    if is_over:
        foot += " · the story is over"
    return live.table(client.get("/v1/tower/summary"), head, foot)
