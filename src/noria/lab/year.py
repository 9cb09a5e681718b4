"""A retailer's year in a database of its own: a million orders, kept from one run to the next.

It is poured in table by table, each in a transaction of its own, so that what was interrupted goes
on where it stopped. Its clock stands still: what is open today is open at the next run too.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from psycopg.sql import SQL, Identifier

from noria.kit import clock
from noria.kit.auth import SYSTEM, Role
from noria.kit.db import Connection, Database, vacuum
from noria.lab import year_around, year_goods, year_orders
from noria.lab.year_model import Pour, Size
from noria.orders import actions as order_actions
from noria.orders.model import Destination, NewLine, NewOrder, Recipient
from noria.people import actions as people
from noria.people.model import Grant, Profile
from noria.stock import total_actions
from noria.tower import escalation_actions
from noria.value import actions as value_actions

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
EVERYWHERE, IN_A_STORE = "claire@example.org", "marc@example.org"
STORE = "N035"
DECIDED = 20
PASSWORD = "neuf-tramways-a-l-aube"  # noqa: S105 - of a benchmark's own database
_SOLD = (
    Pour(
        "movement",
        """
        (id, kind, cause, actor, happened_at, recorded_at)
        select 'sent-' || id, 'shipped', 'order:' || order_id, 'person:1', shipped_at, shipped_at
        from leg
        where shipped_at > noria_now() - interval '30 days'
        order by shipped_at
        """,
    ),
    Pour(
        "move",
        """
        (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select 'sent-' || leg.id, line, sku, quantity, node, 'reserved', node, 'outside'
        from leg
        join leg_line on leg_line.leg_id = leg.id
        where shipped_at > noria_now() - interval '30 days'
        order by shipped_at
        """,
    ),
)
POURS: tuple[Pour, ...] = (*year_goods.POURS, *year_orders.POURS, *year_around.POURS, *_SOLD)


def fill(db: Database, size: Size) -> Iterator[str]:
    """Pour in what is not there yet; each table's name as it is done."""
    db.run(_begin)
    for step, pour in steps():
        if db.run(lambda tx, step=step, pour=pour: _poured(tx, step, pour, size)):  # type: ignore[misc]
            yield pour.table
    if db.run(lambda tx: _is_new(tx, "people")):
        vacuum(db.url, sorted({pour.table for pour in POURS}))
        db.run(lambda tx: _end(tx, size))
        yield "person"


def steps() -> Iterator[tuple[str, Pour]]:
    """Every pour with a name of its own: its table, and which of that table's it is."""
    seen: Counter[str] = Counter()
    for pour in POURS:
        seen[pour.table] += 1
        yield f"{pour.table} {seen[pour.table]}", pour


def _begin(tx: Connection) -> None:
    tx.execute("create table if not exists poured (step text primary key)")
    clock.start_driving(tx, NOW)


def _is_new(tx: Connection, step: str) -> bool:
    return tx.execute("select from poured where step = %s", [step]).fetchone() is None


def _poured(tx: Connection, step: str, pour: Pour, size: Size) -> bool:
    """Whether it was poured now; foreign keys hold by how rows are made, and are not looked up."""
    if not _is_new(tx, step):
        return False
    tx.execute("set local session_replication_role = replica")
    tx.execute("set local synchronous_commit = off")
    tx.execute("set local work_mem = '256MB'")
    head = SQL("insert into {} ").format(Identifier(pour.table))
    tx.execute(head + SQL(pour.statement), size.values)
    tx.execute("insert into poured values (%s)", [step])
    return True


def _end(tx: Connection, size: Size) -> None:
    """What follows the book has followed all of it; people come, and orders by the door.

    What needs a person is then known as the worker knows it.
    """
    booked = SQL("update {} set seq = (select max(seq) from move), at = noria_now()")
    tx.execute(booked.format(Identifier("value_cursor")))
    while total_actions.follow(tx):
        pass
    value_actions.settle(tx)
    _invite(tx)
    _accept(tx, size)
    escalation_actions.follow(tx, every=None, now=NOW)
    tx.execute("insert into poured values ('people')")


def _accept(tx: Connection, size: Size) -> None:
    """A few orders that came by the door: their decisions are kept as decisions are."""
    orders = [
        NewOrder(
            id=f"D{number:08}",
            channel="web",
            customer=f"C-{number}",
            placed_at=NOW,
            destination=Destination(postcode="69001", town="Lyon", latitude=45.7, longitude=4.8),
            recipient=Recipient(name=f"First{number} Last{number}", email=f"d{number}@example.org"),
            lines=tuple(
                NewLine(sku=f"S{(number * 7 + line) % size.skus:06}", quantity=1, price_cents=1990)
                for line in range(2)
            ),
        )
        for number in range(1, DECIDED + 1)
    ]
    order_actions.accept(tx, orders, actor=SYSTEM.id, now=NOW)


def _invite(tx: Connection) -> None:
    """Somebody who sees everything, and somebody of one store."""
    everybody = [Grant(role=role, nodes=None) for role in Role]
    of_a_store = [Grant(role=Role.STORE_MANAGER, nodes=(STORE,))]
    for email, grants in ((EVERYWHERE, everybody), (IN_A_STORE, of_a_store)):
        profile = Profile(email=email, name=email.partition("@")[0].title())
        people.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
