"""How a small, a middling and a large installation differ: the same questions on each.

The goods are poured in by statements over whole tables, into a database that is dropped afterwards:
an opening movement for each SKU, with a move and two balances (the shelf, and outside) for each
node that has it.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from psycopg.sql import SQL, Identifier

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database, vacuum
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import uuid7
from noria.lab.chance import SEED, pick
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Hold
from noria.tower import actions as tower

ASKED = 300
UNITS = 1000
TABLES = ("sku", "node", "movement", "move", "balance", "reservation", "event")


class Size(Struct, frozen=True, kw_only=True):
    """An installation: SKUs, nodes, and at how many nodes each SKU lies."""

    skus: int
    nodes: int
    nodes_of_a_sku: int

    @property
    def shelves(self) -> int:
        """Places that hold something."""
        return self.skus * self.nodes_of_a_sku


SIZES = {
    "small": Size(skus=100, nodes=10, nodes_of_a_sku=10),
    "medium": Size(skus=10_000, nodes=100, nodes_of_a_sku=100),
    "large": Size(skus=1_000_000, nodes=300, nodes_of_a_sku=5),
}


class Measure(Struct, frozen=True, kw_only=True):
    """One figure of an installation of this size; of what was asked often, also the slowest 1 %."""

    figure: str
    size: str
    value: float
    unit: str
    p99: float | None = None
    asked: int = 1


class UnknownSize(Refusal):
    code = "unknown-size"
    kind = Kind.NOT_FOUND
    says = Text("There is no size “{size}”.", "Il n'existe pas de taille «\u202f{size}\u202f».")
    do = Text("Choose one of: {known}.", "Choisissez parmi\u202f: {known}.")


def check(size: str) -> None:
    """Refuse a size that there is not.

    Raises:
        UnknownSize: with those that there are.
    """
    if size not in SIZES:
        raise UnknownSize(size=size, known=", ".join(SIZES))


def measure(db: Database, name: str) -> Iterator[Measure]:
    """Fill an empty database, then ask of it what an installation is asked all day."""
    size = SIZES[name]
    yield _once("fill_s", name, lambda: _fill(db, size))
    yield from _sizes(db, name, size)
    yield _often("reservation_ms", name, [_reserves(db, size, turn) for turn in range(ASKED)])
    yield _often("atp_1_sku_ms", name, [_asks(db, size, turn, 1) for turn in range(ASKED)])
    yield _often("atp_50_skus_ms", name, [_asks(db, size, turn, 50) for turn in range(ASKED)])
    for figure, is_full in (("audit_full_s", True), ("audit_touched_s", False)):
        yield _once(figure, name, lambda is_full=is_full: _audit(db, is_full=is_full))  # type: ignore[misc]


def _fill(db: Database, size: Size) -> None:
    """Pour the goods in, a day ago; foreign keys hold by how they are made, and are not looked up.

    Statistics and the visibility map are made at once, as they would be after a day.
    """
    given = {
        "skus": size.skus, "nodes": size.nodes, "width": size.nodes_of_a_sku, "units": UNITS,
    }  # fmt: skip

    def pour(tx: Connection) -> None:
        tx.execute("set local session_replication_role = replica")
        for table, statement in POURED:
            tx.execute(SQL("insert into {} " + statement).format(Identifier(table)), given)

    db.run(pour)
    vacuum(db.url, TABLES)


SKUS = "generate_series(0, %(skus)s - 1) as sku"
PLACES = f"""
    {SKUS}
    cross join generate_series(0, %(width)s - 1) as turn
    cross join lateral (
        select 'N' || lpad(((sku + turn * (%(nodes)s / %(width)s)) %% %(nodes)s)::text, 3, '0')
    ) as node (code)
"""
SKU, OPENING = "'S' || lpad(sku::text, 7, '0')", "'open-' || lpad(sku::text, 7, '0')"
POURED = (
    (
        "node",
        """
        (code, name, kind, country, postcode, town, latitude, longitude, time_zone)
        select 'N' || lpad(node::text, 3, '0'), 'Node ' || node, 'warehouse', 'FR', '75001',
            'Paris', 48.9, 2.3, 'Europe/Paris'
        from generate_series(0, %(nodes)s - 1) as node
        """,
    ),
    ("sku", f"(code, name) select {SKU}, 'SKU ' || sku from {SKUS}"),  # noqa: S608
    (
        "movement",
        f"""
        (id, kind, cause, actor, happened_at, recorded_at)
        select {OPENING}, 'counted', 'count:opening', 'system:noria', day, day
        from {SKUS}
        cross join (select noria_now() - interval '1 day') as before (day)
        """,  # noqa: S608
    ),
    (
        "move",
        f"""
        (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select {OPENING}, turn, {SKU}, %(units)s, node.code, 'outside', node.code, 'available'
        from {PLACES}
        """,  # noqa: S608
    ),
    (
        "balance",
        f"""
        (sku, node, state, quantity)
        select {SKU}, node.code, side.state, side.sign * %(units)s
        from {PLACES}
        cross join (values ('available'::stock_state, 1), ('outside', -1)) as side (state, sign)
        """,  # noqa: S608
    ),
)
"""What is poured into each table, made of the words above; a turn's node is that of `_node`."""


def _sku(number: int) -> str:
    return f"S{number:07}"


def _node(size: Size, sku: int, turn: int) -> str:
    return f"N{(sku + turn * (size.nodes // size.nodes_of_a_sku)) % size.nodes:03}"


def _once(figure: str, size: str, work: Callable[[], None]) -> Measure:
    return Measure(figure=figure, size=size, value=round(_seconds(work), 2), unit="s")


def _often(figure: str, size: str, works: Sequence[Callable[[], None]]) -> Measure:
    took = sorted(_seconds(work) * 1000 for work in works)
    return Measure(
        figure=figure,
        size=size,
        value=round(statistics.median(took), 2),
        unit="ms",
        p99=round(took[len(took) * 99 // 100], 2),
        asked=len(took),
    )


def _seconds(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _reserves(db: Database, size: Size, turn: int) -> Callable[[], None]:
    sku = pick(SEED, "hold", turn, below=size.skus)
    hold = Hold(
        id=uuid7(turn),
        demand=f"bench:{turn}",
        sku=_sku(sku),
        node=_node(size, sku, turn % size.nodes_of_a_sku),
        quantity=1,
    )
    return lambda: db.run(
        lambda tx: promises.reserve(tx, [hold], actor=SYSTEM.id, now=clock.now(tx))
    )


def _asks(db: Database, size: Size, turn: int, skus: int) -> Callable[[], None]:
    asked = [_sku(pick(SEED, "ask", turn, number, below=size.skus)) for number in range(skus)]

    def ask() -> None:
        assert db.run(lambda tx: promise_views.available(tx, asked)), "there is plenty of it"

    return ask


def _audit(db: Database, *, is_full: bool) -> None:
    key = uuid7(int(clock.wall().timestamp() * 1000))
    run = tower.audit(db, key, is_full=is_full, asked_by=SYSTEM.id)
    assert run.differences == 0, "what was poured in adds up"
    assert run.is_full is is_full


def _sizes(db: Database, name: str, size: Size) -> Iterator[Measure]:
    for table in TABLES:
        query = "select pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)"
        with db.transaction() as tx:
            row = tx.execute(query, [table, table]).fetchone()
        assert row is not None
        for part, count in zip(("rows", "indexes"), row, strict=True):
            yield Measure(
                figure=f"{table}_{part}_mb", size=name, value=_megabytes(count), unit="MB"
            )
    with db.transaction() as tx:
        whole = tx.execute("select pg_database_size(current_database())").fetchone()
        moves = tx.execute("select count(*) from move").fetchone()
    assert whole is not None
    assert moves is not None
    assert moves[0] == size.shelves, "every move that was asked for is there"
    yield Measure(figure="database_mb", size=name, value=_megabytes(whole[0]), unit="MB")
    yield Measure(figure="balances", size=name, value=2 * size.shelves, unit="rows")


def _megabytes(count: int) -> float:
    return round(count / 2**20, 1)
