"""The last place of a node's day is given once: its capacity is locked before it is booked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.network import diary_rules, scene_rules
from noria.network import views as network
from noria.network.calendar import node_holidays
from noria.orders import capacity_store, capacity_views
from noria.orders.model import Leg
from noria.promise.model import NotEnough


def lock(tx: Connection, nodes: Iterable[str] | None = None) -> None:
    """Nobody else books the days of these nodes (None: of any that counts them) until we are done.

    Capacity comes last of all that an order locks, after shelves: whoever takes units off a leg and
    sources them elsewhere has shelves already. It is kept the shortest, too.
    """
    capacity_store.lock(tx, capacity_views.counting(tx) if nodes is None else sorted(set(nodes)))


def scattered(tx: Connection) -> list[str]:
    """The nodes of whose days much is not added up: they pick, and book nothing."""
    return capacity_store.scattered(tx)


def add_up(tx: Connection, node: str) -> None:
    """Add the changes of a node to the sums of its days, as who books there does."""
    lock(tx, [node])
    capacity_store.add_up(tx, [node])


def book(tx: Connection, legs: Sequence[Leg], *, now: datetime) -> None:
    """Lock the days of nodes on which new legs are begun; in their order they still have room.

    Legs were planned by what was booked when it was looked at; others may have been faster since.

    Raises:
        NotEnough: they were. What was locked is given back with the savepoint around it.
    """
    dated = [leg for leg in legs if leg.begun_by is not None]
    if not dated:
        return
    codes = {leg.node for leg in dated}
    lock(tx, codes)
    capacity_store.add_up(tx, sorted(codes))
    nodes = network.nodes(tx, codes)
    holidays = {code: node_holidays(one, (now.year, now.year + 1)) for code, one in nodes.items()}
    kept = scene_rules.diaries(nodes, capacity_views.load(tx, codes), holidays=holidays, now=now)
    for leg in dated:
        diary, units = kept.get(leg.node), sum(line.quantity for line in leg.lines)
        if diary is None or leg.begun_by is None:
            continue
        room = diary_rules.room_by(diary, leg.begun_by)
        if room < units:
            sku = leg.lines[0].sku
            raise NotEnough(sku=sku, node=leg.node, available=room, asked=units)
        kept[leg.node] = diary_rules.noted(diary, units, leg.begun_by)
