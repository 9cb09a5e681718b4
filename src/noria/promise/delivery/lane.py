"""The lane's road for promises: answered at once where all of it is known in this process.

It is half a millisecond of work, so it is done where the request is heard: to hand it to a thread
would take longer. What needs the database goes to one, and so does who looks at the network again.
"""

from collections.abc import Awaitable

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from noria.kit.auth import Permission
from noria.kit.http import Door
from noria.people.lane import Request, Road
from noria.promise.delivery import api
from noria.promise.delivery.api import AskedPromise
from noria.promise.delivery.asking import Question


class Promises:
    """Promises of all who ask this process."""

    def __init__(self, state: State) -> None:
        self._state = state

    def roads(self) -> list[Road]:
        return [Road("POST", "/v1/promises", AskedPromise, Permission.PROMISE_READ, self._one)]

    def _one(self, door: Door, body: AskedPromise, _request: Request) -> bytes | Awaitable[bytes]:
        question = api.question_of(body)
        told = api.from_memory(body, question, self._state, may_ask=False)
        if told is not None:
            return msgspec.json.encode(told)
        return self._asked(door, body, question)

    async def _asked(self, door: Door, body: AskedPromise, question: Question) -> bytes:
        told = await sync_to_thread(api.promised, door, body, question, self._state)
        return msgspec.json.encode(told)
