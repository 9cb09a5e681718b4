"""How fast the control tower's questions are answered over a million orders.

Orders are poured in by statements over whole tables, into a database that is dropped afterwards:
those of the last three days are still open, the others have arrived. Then each question is asked
many times, in other words each time, as the pages ask it.
"""

import statistics
import time
from collections.abc import Callable, Iterator

from psycopg.sql import SQL, Identifier

from noria.kit.db import Connection, Database, vacuum
from noria.lab.bench_scale import Measure
from noria.lab.chance import SEED, pick
from noria.orders import search_views
from noria.orders.model import Stage
from noria.tower import exception_views, today_views
from noria.tower.exception_model import Sort

ORDERS, OPEN, SKUS, NODES = 1_000_000, 10_000, 100_000, 300
ASKED = 40
TABLES = (
    "node",
    "sku",
    "customer_order",
    "order_line",
    "recipient",
    "promise",
    "leg",
    "leg_line",
    "exception_note",
)

NUMBER = "generate_series(1, %(orders)s) as number"
ORDER = "'O' || lpad(number::text, 8, '0')"
NODE = "'N' || lpad((number %% %(nodes)s)::text, 3, '0')"
SKU = "'S' || lpad((number::bigint * 7919 %% %(skus)s)::text, 6, '0')"
AT = "noria_now() - number * interval '26 seconds'"
STAGE = (
    "case when number > %(open)s then 'delivered' when number %% 20 = 0 then 'waiting'"
    " else 'sourced' end"
)
POURED = (
    (
        "node",
        """
        (code, name, kind, country, postcode, town, latitude, longitude, time_zone, units_per_day)
        select 'N' || lpad(number::text, 3, '0'), 'Node ' || number, 'store', 'FR', '75001',
            'Paris', 43 + number %% 80 / 10.0, number %% 70 / 10.0, 'Europe/Paris', 500
        from generate_series(0, %(nodes)s - 1) as number
        """,
    ),
    (
        "sku",
        """
        (code, name)
        select 'S' || lpad(number::text, 6, '0'), 'SKU ' || number
        from generate_series(0, %(skus)s - 1) as number
        """,
    ),
    (
        "customer_order",
        f"""
        (id, channel, customer, placed_at, accepted_at, currency, country, postcode, town,
            latitude, longitude, stage, stage_since)
        select {ORDER}, 'web', 'C-' || number %% 300000, {AT}, {AT}, 'EUR', 'FR', '69001', 'Lyon',
            45.7, 4.8, {STAGE}, {AT}
        from {NUMBER}
        """,  # noqa: S608 - ours
    ),
    (
        "order_line",
        f"""
        (order_id, line, sku, quantity, price_cents, waiting)
        select {ORDER}, line, {SKU}, 2, 1990, case when number <= %(open)s and number %% 20 = 0
            then 1 else 0 end
        from {NUMBER}
        cross join generate_series(1, 2) as line
        """,  # noqa: S608 - ours
    ),
    (
        "recipient",
        f"""
        (order_id, name, street, email, phone)
        select {ORDER}, 'First' || number %% 500 || ' Last' || number::bigint * 31 %% 20011, '',
            'someone' || number %% 300000 || '@example.org',
            '+336' || lpad((number::bigint * 7907 %% 100000000)::text, 8, '0')
        from {NUMBER}
        """,  # noqa: S608 - ours
    ),
    (
        "promise",
        f"""
        (order_id, made_at, promised_from, promised_to, chance, settled_at, is_kept)
        select {ORDER}, {AT}, ({AT})::date + 2, ({AT})::date + 3, 0.95,
            case when number > %(open)s then {AT} end, case when number > %(open)s then true end
        from {NUMBER}
        """,  # noqa: S608 - ours
    ),
    (
        "leg",
        f"""
        (id, order_id, node, service, planned_at, leaves_at, arrives_on, cost_cents, picked_at,
            shipped_at, delivered_at)
        select {ORDER} || '.1', {ORDER}, {NODE}, 'HOME', {AT}, {AT} + interval '8 hours',
            ({AT})::date + 3, 500, done, done, done
        from {NUMBER}
        cross join lateral (select case when number > %(open)s then {AT} end) as over (done)
        where number > %(open)s or number %% 20 <> 0
        """,  # noqa: S608 - ours
    ),
    (
        "leg_line",
        f"""
        (leg_id, line, sku, quantity)
        select {ORDER} || '.1', 1, {SKU}, 2
        from {NUMBER}
        where number > %(open)s or number %% 20 <> 0
        """,  # noqa: S608 - ours
    ),
    (
        "exception_note",
        f"""
        (id, kind, subject, verb, person, words, actor, at)
        select {ORDER} || '-' || verb, 'order.waiting', 'order:' || {ORDER}, verb,
            case when verb = 'assigned' then 'person:1' end,
            case when verb = 'commented' then 'called' else '' end, 'person:1', {AT}
        from {NUMBER}
        cross join unnest(array['assigned', 'commented']) as verb
        where number %% 20 = 0 and number <= 10 * %(open)s
        """,  # noqa: S608 - ours
    ),
)


def measured(db: Database, *, orders: int = ORDERS) -> Iterator[Measure]:
    """Fill an empty database with so many orders, then ask of it what the tower's pages ask."""
    given = {"orders": orders, "open": OPEN, "nodes": NODES, "skus": SKUS}

    def pour(tx: Connection) -> None:
        tx.execute("set local session_replication_role = replica")
        for table, statement in POURED:
            tx.execute(SQL("insert into {} " + statement).format(Identifier(table)), given)

    began = time.monotonic()
    db.run(pour)
    vacuum(db.url, TABLES)
    yield Measure(figure="fill_s", size=str(orders), value=_shown(began, 1), unit="s")
    for figure, text in (
        ("search_number_ms", lambda turn: f"O{_any(turn, orders):08}"),
        ("search_number_begun_ms", lambda turn: f"o{_any(turn, orders) // 1000:05}"),
        ("search_customer_ms", lambda turn: f"c-{_any(turn, 300_000)}"),
        ("search_name_ms", lambda turn: f"last{_any(turn, 20_011)} first"),
        ("search_common_name_ms", lambda turn: f"first{_any(turn, 500)}"),
        ("search_phone_ms", lambda turn: f"06{_any(turn, orders) * 7907 % 100_000_000:08}"),
        ("search_sku_ms", lambda turn: f"S{_any(turn, SKUS):06}"),
        ("search_nothing_ms", lambda turn: f"zebra{turn}"),
    ):
        yield _often(db, figure, orders, lambda tx, turn, text=text: _search(tx, text(turn)))  # type: ignore[misc]
    yield _often(db, "orders_ms", orders, lambda tx, _: search_views.orders(tx))
    yield _often(
        db,
        "orders_waiting_oldest_ms",
        orders,
        lambda tx, _: search_views.orders(tx, stage=Stage.WAITING, sort=search_views.Sort.OLDEST),
    )
    yield _often(db, "today_ms", orders, lambda tx, _: today_views.today(tx))
    yield _often(db, "at_risk_ms", orders, lambda tx, _: exception_views.at_risk(tx))
    yield _often(db, "causes_ms", orders, lambda tx, _: exception_views.causes(tx))
    yield _often(
        db,
        "exceptions_ms",
        orders,
        lambda tx, _: exception_views.exceptions(tx, sort=Sort.MONEY),
    )


def _search(tx: Connection, text: str) -> None:
    search_views.orders(tx, text=text)


def _any(turn: int, of: int) -> int:
    return pick(SEED, "tower", turn, below=of)


def _often(
    db: Database, figure: str, orders: int, ask: Callable[[Connection, int], object]
) -> Measure:
    took = []
    for turn in range(ASKED):
        with db.transaction() as tx:
            began = time.monotonic()
            ask(tx, turn)
            took.append(_shown(began, 1000))
    return Measure(
        figure=figure,
        size=str(orders),
        value=round(statistics.median(took), 1),
        unit="ms",
        p99=max(took),
        asked=ASKED,
    )


def _shown(began: float, unit: int) -> float:
    return round((time.monotonic() - began) * unit, 1)
