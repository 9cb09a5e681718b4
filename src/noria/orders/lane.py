"""The lane's road for orders: those that come together are taken together."""

from litestar.datastructures import State

from noria.kit import idempotency
from noria.kit.auth import Permission
from noria.kit.db import Database
from noria.kit.errors import Refusal
from noria.kit.http import Door
from noria.orders import api, merged_actions
from noria.orders.api import OrderBody
from noria.orders.merged_actions import Answer, AskedOrder
from noria.people.lane import Merged, Request, Road
from noria.sourcing.memory import Memory

LINES, WAITING, FLIGHTS = 150, 10_000, 2
"""How many lines a transaction takes, how many may wait for the next, and how many are under way:
one is decided while another one is written."""


class Orders:
    """Orders of all who ask this process, and what it keeps to decide them by."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._flights = [_Flight(state) for _ in range(FLIGHTS)]

    def roads(self) -> list[Road]:
        route = "/v1/orders/{order_id}"
        return [Road("PUT", route, OrderBody, Permission.ORDERS_WRITE, self._one, self._close)]

    async def _one(self, door: Door, body: OrderBody, request: Request) -> bytes:
        flight = min(self._flights, key=lambda one: one.waiting)
        told = await flight.take(
            AskedOrder(
                order=api.order_of(request.key, body),
                digest=idempotency.digest(body),
                actor=door.actor.id,
            )
        )
        if isinstance(told, Refusal):
            raise told
        return told

    async def _close(self) -> None:
        for flight in self._flights:
            await flight.close()


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
