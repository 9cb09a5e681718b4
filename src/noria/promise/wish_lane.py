"""The lane's roads for wishes: one, or a thousand; those that come together are held together."""

import asyncio
from collections.abc import Awaitable, Sequence

import msgspec

from noria.kit import problems
from noria.kit.auth import Permission
from noria.kit.db import Database
from noria.kit.errors import Refusal
from noria.kit.http import Door
from noria.people.lane import Merged, Request, Road
from noria.promise import wish_api as api
from noria.promise.wish_actions import Answer
from noria.promise.wish_belt import ABREAST, FEW, WishBelt
from noria.promise.wish_model import Asked, WishBatch, WishBody

MERGED, WAITING = 1024, 32_768
"""How much a transaction takes, and how much may wait for the next, in wishes and requests: to read
a request and to answer it takes about as long as a wish does. So of lone wishes half as many are
merged, and one half is read and answered while the other is written."""


class Wishes:
    """Wishes of all who ask this process, by either address."""

    def __init__(self) -> None:
        self._db: Database | None = None
        self._belt: WishBelt | None = None
        self._merged: Merged[Sequence[Asked], Sequence[Answer]] = Merged(
            self._work,
            cap=MERGED,
            room=WAITING,
            size=lambda call: len(call) + 1,
            name="reservations",
            abreast=ABREAST,
            few=2 * FEW,
        )

    def roads(self) -> list[Road]:
        one, many = "/v1/reservations", "/v1/reservations/batch"
        return [
            Road("POST", one, WishBody, Permission.RESERVE, self._one, self._close, _alone),
            Road("POST", many, WishBatch, Permission.RESERVE, self._many),
        ]

    def _one(self, door: Door, body: WishBody, _request: Request) -> Awaitable[Sequence[Answer]]:
        self._db = door.db
        return self._merged([api.asked(door.actor, body)])

    async def _many(self, door: Door, batch: WishBatch, request: Request) -> bytes:
        self._db = door.db
        wishes, refused = api.asked_of_all(door.actor, batch)
        told = await self._merged(wishes) if wishes else []
        language = problems.preferred(request.languages)
        actor = msgspec.structs.replace(door.actor, language=language)
        door = msgspec.structs.replace(door, actor=actor)
        return msgspec.json.encode(api.together(door, batch, told, refused))

    async def _work(self, calls: list[Sequence[Asked]]) -> list[Sequence[Answer]]:
        """What came together, decided in the order in which it came, dealt out again."""
        assert self._db is not None
        belt = self._belt
        if belt is None or belt.db is not self._db or belt.loop is not asyncio.get_running_loop():
            belt = self._belt = WishBelt(self._db)
        told = iter(await belt.answer([one for call in calls for one in call]))
        return [[next(told) for _ in call] for call in calls]

    async def _close(self) -> None:
        await self._merged.close()
        belt, self._belt = self._belt, None
        if belt is not None:
            belt.close()


def _alone(answers: Sequence[Answer]) -> bytes:
    """What the only wish of a request is told."""
    [told] = answers
    if isinstance(told, Refusal):
        raise told
    return told
