"""The lane's road for orders: those that come together are taken together."""

import asyncio
from collections.abc import Sequence

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from msgspec import structs

from noria.kit import idempotency, problems
from noria.kit.auth import Permission
from noria.kit.db import Database
from noria.kit.errors import Refusal
from noria.kit.http import BatchAnswer, Door, check_once
from noria.orders import api, merged_actions
from noria.orders.api import OrderBatch, OrderBody
from noria.orders.merged_actions import Answer, AskedOrder
from noria.orders.model import NewOrder
from noria.people.lane import Merged, Request, Road
from noria.sourcing.memory import Memory

LINES, WAITING, FLIGHTS = 200, 10_000, 2
"""How many lines a transaction takes, how many may wait for the next, and how many are under way:
one is decided while another one is written."""

ALONE_LINES = 1000


class Orders:
    """Orders of all who ask this process, and what it keeps to decide them by."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._flights = [_Flight(state) for _ in range(FLIGHTS)]

    def roads(self) -> list[Road]:
        one, many = "/v1/orders/{order_id}", "/v1/orders/batch"
        return [
            Road("PUT", one, OrderBody, Permission.ORDERS_WRITE, self._one, self._close),
            Road("POST", many, OrderBatch, Permission.ORDERS_WRITE, self._many),
        ]

    async def _one(self, door: Door, body: OrderBody, request: Request) -> bytes:
        told = await self._told(door, api.order_of(request.key, body), body)
        if isinstance(told, Refusal):
            raise told
        return told

    async def _many(self, door: Door, batch: OrderBatch, request: Request) -> bytes:
        check_once([order.id for order in batch.items])
        told = await self._told_of(door, batch.items)
        language = problems.preferred(request.languages)
        door = structs.replace(door, actor=structs.replace(door.actor, language=language))
        answers = [
            door.item(order.id, one if isinstance(one, Refusal) else msgspec.Raw(one))
            for order, one in zip(batch.items, told, strict=True)
        ]
        return msgspec.json.encode(BatchAnswer(answers))

    async def _told_of(self, door: Door, orders: Sequence[NewOrder]) -> Sequence[Answer]:
        """Merged with those of others; a batch that is large is a transaction of its own."""
        if sum(len(order.lines) for order in orders) > ALONE_LINES:
            asked = [_asked(door, order, api.body_of(order)) for order in orders]
            memory = Memory(self._state.get("matrix"))
            return await sync_to_thread(merged_actions.answer, door.db, asked, memory)
        return await asyncio.gather(
            *(self._told(door, order, api.body_of(order)) for order in orders)
        )

    async def _told(self, door: Door, order: NewOrder, body: OrderBody) -> Answer:
        flight = min(self._flights, key=lambda one: one.waiting)
        asked = _asked(door, order, body)
        try:
            return await flight.take(asked)
        except Refusal as refusal:
            return refusal

    async def _close(self) -> None:
        for flight in self._flights:
            await flight.close()


def _asked(door: Door, order: NewOrder, body: OrderBody) -> AskedOrder:
    return AskedOrder(order=order, digest=idempotency.digest(body), actor=door.actor.id)


class _Flight:
    """Orders that are merged with each other, with a memory of its own."""

    def __init__(self, state: State) -> None:
        self.waiting = 0
        self._state = state
        self._memory: tuple[Database, Memory] | None = None
        self._merged: Merged[AskedOrder, Answer] = Merged(
            self._work, cap=LINES, room=WAITING, size=lambda one: len(one.order.lines),
            name="orders",
        )  # fmt: skip
        self.close = self._merged.close

    async def take(self, one: AskedOrder) -> Answer:
        self.waiting += 1
        try:
            return await self._merged(one)
        finally:
            self.waiting -= 1

    def _work(self, calls: list[AskedOrder]) -> list[Answer]:
        db: Database = self._state.db
        if self._memory is None or self._memory[0] is not db:
            self._memory = db, Memory(self._state.get("matrix"))
        return merged_actions.answer(db, calls, self._memory[1])
