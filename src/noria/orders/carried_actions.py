"""Verbs by which the rooms above tell orders what happened to them."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders import carried_store, store
from noria.orders.carried_model import Carried
from noria.orders.model import TimelineEntry


def lock(tx: Connection, orders: Sequence[str]) -> None:
    """Lock orders, before whatever of the rooms above is locked for something that changes them."""
    store.lock(tx, orders)


def note(tx: Connection, entries: Sequence[tuple[str, TimelineEntry]]) -> None:
    """Write what happened to orders into their timelines, as (order, entry)."""
    store.note(tx, entries)


def say(tx: Connection, said: Sequence[Carried], *, actor: str, now: datetime) -> None:
    """Write what carriers say of legs, and what is new of it into the timelines of their orders.

    It is beside what we did, and changes nothing of that. What the carrier wrote in words may be
    personal (who signed), and stays with the parcel.
    """
    orders = store.lock_of_legs(tx, [one.leg for one in said])
    changed = carried_store.save(tx, said)
    store.note(
        tx,
        [
            (
                orders[one.leg],
                TimelineEntry(
                    at=now,
                    kind=f"carrier_{one.progress.value}",
                    actor=actor,
                    leg=one.leg,
                    reason=one.code,
                    cause=f"parcel:{one.carrier}/{one.number}",
                ),
            )
            for one in sorted(said, key=lambda one: one.leg)
            if one.leg in changed
        ],
    )


def unsay(tx: Connection, legs: Sequence[str]) -> None:
    """Of locked legs, nothing is left of which a carrier has said anything."""
    carried_store.unsay(tx, legs)
