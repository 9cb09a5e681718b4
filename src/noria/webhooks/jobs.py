"""What the worker does for webhooks: line deliveries up as events come, and send what is due."""

import asyncio
import logging
from contextlib import aclosing

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.egress import Rules
from noria.kit.errors import Unavailable
from noria.kit.jobs import periodic
from noria.kit.stream import rings
from noria.webhooks import actions
from noria.webhooks.model import Outcome, Parcel

log = logging.getLogger("noria.webhooks")

SENDERS = 32
LOOK_EVERY_S = 1.0
FINISH_S = 16.0


class Dispatcher:
    """Sends deliveries, many endpoints at a time. Several processes may run one each.

    What a killed one had claimed is free again when the claim ends; an attempt whose outcome could
    not be written is repeated. So each delivery arrives at least once.
    """

    def __init__(self, db: Database, *, source: str, reach: Rules) -> None:
        """`source` is how we name ourselves in events: our public address."""
        self._db = db
        self._source = source
        self._reach = reach
        self._due = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled; then let the attempts under way come to their end."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._line_up())
            both.create_task(self._send())

    async def _line_up(self) -> None:
        async with aclosing(rings(self._db.url)) as bell:
            async for _ in bell:
                try:
                    while await asyncio.to_thread(self._db.run, actions.fan_out):
                        self._due.set()
                    self._due.set()
                except Unavailable:
                    log.warning("PostgreSQL does not answer; deliveries go on when it does")

    async def _send(self) -> None:
        try:
            while True:
                self._due.clear()
                for parcel in await self._claimed():
                    task = asyncio.create_task(self._deliver(parcel))
                    self._sending.add(task)
                    task.add_done_callback(self._sent)
                try:
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._due.wait()
                except TimeoutError:
                    continue  # a retry may have come due
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=FINISH_S)

    async def _claimed(self) -> list[Parcel]:
        room = SENDERS - len(self._sending)
        if room == 0:
            return []
        try:
            return await asyncio.to_thread(
                self._db.run, lambda tx: actions.claim(tx, now=clock.wall(), limit=room)
            )
        except Unavailable:
            return []

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            outcome = await actions.send(
                parcel, source=self._source, reach=self._reach, now=clock.wall()
            )
        except Exception as problem:
            # A bug of ours counts as an attempt too, or this delivery would be tried for ever.
            log.exception("delivery %s could not be sent", parcel.id)
            outcome = Outcome(error=f"internal error: {type(problem).__name__}")
        try:
            await asyncio.to_thread(
                self._db.run, lambda tx: actions.settle(tx, parcel, outcome, now=clock.wall())
            )
        except Unavailable:
            log.warning("delivery %s was sent and will be repeated: no database", parcel.id)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._due.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a delivery stumbled", exc_info=task.exception())


@periodic("webhooks.forget_old", "29 * * * *")
def forget_old(db: Database) -> None:
    while db.run(lambda tx: actions.forget_old(tx, now=clock.wall())):
        pass
