"""Units of a transfer that are not to be had: what that does to the stock of the node."""

from datetime import datetime

from noria.fulfilment import actions as fulfilment
from noria.fulfilment.actions import EFFECTS
from noria.fulfilment.model import ShortReason
from noria.kit.db import Connection
from noria.kit.ids import uuid7
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, Place, State
from noria.work.fact_model import Missing
from noria.work.model import Task


def book(tx: Connection, fact: Missing, task: Task, *, actor: str, now: datetime) -> None:
    """Move them as the reason says, as many as the book has free; a count is called where it asks.

    A transfer holds nothing, so units that the node is too busy for just stay where they are.
    """
    to, kind = EFFECTS[fact.reason]
    if to is not State.AVAILABLE:
        key = (fact.sku, task.node, State.AVAILABLE)
        units = min(stock.lock(tx, [key])[key], fact.quantity)
        if units > 0:
            move = Move(
                sku=fact.sku,
                quantity=units,
                source=Place(task.node, State.AVAILABLE),
                target=Place(task.node, to),
            )
            movement = Movement(
                id=uuid7(int(now.timestamp() * 1000)),
                kind=kind,
                cause=task.id,
                happened_at=now,
                moves=(move,),
                reason=fact.reason.value,
            )
            stock.shift(tx, [movement], actor=actor, now=now)
    if fact.reason is ShortReason.NOT_FOUND:
        fulfilment.call_counts(
            tx,
            [(task.id.replace(":", "."), task.node, fact.sku, fact.quantity)],
            actor=actor,
            now=now,
        )
