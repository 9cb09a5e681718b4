"""Promises and whole orders over HTTP, from a server as `noria up` starts it.

300 nodes in the largest communes of France, three services, baskets to customers drawn by
population. `promise_http`: five lines, 200 a second, each counted from when it was due, once five
seconds have warmed the server, beside a reservation at the same pace in the same round; and as many
as one server answers. `orders_http`: accepted, promised, sourced, reserved and committed, one order
a request over 128 connections once a quarter of them have warmed the server, beside batches of 25;
the rows are counted afterwards.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

import msgspec

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM, Permission
from noria.kit.db import Connection, Database, vacuum
from noria.kit.ids import uuid7
from noria.lab.bench_http import HOST, noria_served
from noria.lab.carriers import COURIER, EXPRESS, HOME, services, tariffs, zoning
from noria.lab.chance import SEED, pick
from noria.lab.figures import Bench, Figure
from noria.lab.paced import Asked, Pace, Paced, applied
from noria.network import actions as network
from noria.network import tariff_actions
from noria.network.communes import areas
from noria.network.model import Area, Departure, Hours, Node, NodeKind
from noria.people import actions as people
from noria.people.model import KeyWish
from noria.stock import actions as stock
from noria.stock.model import Counted

NODES, SKUS, UNITS, HELD_PERCENT = 300, 200, 1_000_000, 60
LINES, ORDER_LINES, AT_ONCE = 5, 3, 25
CHANNEL = "web"
PACE, PACED_S, WARM = 200.0, 12, 1000
MOST, CONNECTIONS = 3000, 16
ORDERS, ORDER_CONNECTIONS, BATCH_CONNECTIONS = 2000, 128, 8


def _promises(db: Database, rounds: int) -> Iterator[Figure]:
    """A promise at a pace and as fast as it goes, each beside the reservation call."""
    towns = _build(db)
    paced: list[tuple[Paced, Paced]] = []
    fast: list[tuple[Paced, Paced]] = []
    with noria_served(db.url, NORIA_LOG_LEVEL="warning") as port:
        base = _pace(db, port)
        count = int(PACE * PACED_S) + WARM
        for number in range(rounds):
            asked = [_promise(towns, f"p{number}", one) for one in range(count)]
            held = [_hold(f"p{number}", one) for one in range(count)]
            at_pace = msgspec.structs.replace(base, a_second=PACE, warm=WARM)
            paced.append((_done(at_pace, asked), _done(at_pace, held)))
            asked = [_promise(towns, f"f{number}", one) for one in range(MOST)]
            held = [_hold(f"f{number}", one) for one in range(MOST)]
            fast.append((_done(base, asked), _done(base, held)))
    yield _figure("promise_http", paced, "ms p99 at 200/s", lambda one: one.p99_ms)
    yield _figure("promise_http_most", fast, "promises/s", lambda one: one.a_second)


def _orders(db: Database, rounds: int) -> Iterator[Figure]:
    """Whole orders a second, one a request over many connections, beside batches of them."""
    towns = _build(db)
    pairs: list[tuple[Paced, Paced]] = []
    with noria_served(db.url, NORIA_LOG_LEVEL="warning") as port:
        base = _pace(db, port)
        for _ in range(rounds):
            before = _count(db)
            many = msgspec.structs.replace(base, connections=ORDER_CONNECTIONS, warm=ORDERS // 4)
            single = _done(many, [_one(towns) for _ in range(ORDERS)])
            batches = [_batch(towns) for _ in range(ORDERS // AT_ONCE)]
            together = _done(msgspec.structs.replace(base, connections=BATCH_CONNECTIONS), batches)
            assert _count(db) - before == 2 * ORDERS, "every order that was answered is there"
            pairs.append((single, msgspec.structs.replace(together, answered=ORDERS)))
    yield _figure("orders_http", pairs, "orders/s", lambda one: one.a_second)


BENCHES: Mapping[str, Bench] = {"orders_http": _orders, "promise_http": _promises}


def _figure(
    name: str,
    pairs: Sequence[tuple[Paced, Paced]],
    unit: str,
    value: Callable[[Paced], float],
) -> Figure:
    ours, other = ([value(one) for one in column] for column in zip(*pairs, strict=True))
    ratios = [one / base for one, base in zip(ours, other, strict=True)]
    return Figure(
        figure=name,
        value=round(statistics.median(ours), 1),
        unit=unit,
        baseline=round(statistics.median(other), 1),
        ratio=round(statistics.median(ratios), 2),
        rounds=len(pairs),
        p50_ms=round(statistics.median(one.p50_ms for one, _ in pairs), 1),
        p99_ms=round(statistics.median(one.p99_ms for one, _ in pairs), 1),
        baseline_p99_ms=round(statistics.median(one.p99_ms for _, one in pairs), 1),
    )


def _done(pace: Pace, requests: Sequence[Asked]) -> Paced:
    seen = applied(msgspec.structs.replace(pace, requests=requests))
    assert set(seen.statuses) <= {200, 201}, f"all are answered, but {seen.statuses}"
    return seen


def _pace(db: Database, port: int) -> Pace:
    """Whom to ask, with a key of its own."""
    wish = KeyWish(name="bench", permissions=tuple(Permission), nodes=None)
    made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
    assert made.token is not None
    return Pace(host=HOST, port=port, token=made.token, requests=(), connections=CONNECTIONS)


def _count(db: Database) -> int:
    """Orders that are sourced whole, promised, and held for."""
    with db.transaction() as tx:
        found = tx.execute(
            """
            select count(*)
            from customer_order
            where stage = 'sourced'
                and exists (select from promise where order_id = customer_order.id)
                and exists (
                    select from reservation
                    where demand = 'order:' || customer_order.id and held > 0
                )
            """
        ).fetchone()
    assert found is not None
    return int(found[0])


def _basket(towns: Sequence[Area], key: str, lines: int) -> tuple[Area, list[str]]:
    """Where somebody lives, the more people live there the likelier, and what they want."""
    town = towns[pick(SEED, "town", key, below=len(towns))]
    numbers = dict.fromkeys(pick(SEED, "sku", key, line, below=SKUS) for line in range(lines * 3))
    return town, [f"BENCH-{number:03}" for number in list(numbers)[:lines]]


def _promise(towns: Sequence[Area], how: str, number: int) -> Asked:
    town, skus = _basket(towns, f"{how}-{number}", LINES)
    lines = [{"sku": sku, "quantity": 1} for sku in skus]
    body = {"lines": lines, "postcode": town.code, "channel": CHANNEL}
    return Asked("POST", "/v1/promises", _json(body))


def _hold(how: str, number: int) -> Asked:
    sku = f"BENCH-{pick(SEED, how, number, below=SKUS):03}"
    lines = [{"sku": sku, "node": "N000", "quantity": 1}]
    return Asked(
        "POST",
        "/v1/reservations",
        _json({"id": _key(), "demand": "cart:bench", "lines": lines}),
    )


def _order(towns: Sequence[Area]) -> dict[str, Any]:
    key = _key()
    town, skus = _basket(towns, key, ORDER_LINES)
    return {
        "id": key,
        "channel": CHANNEL,
        "customer": "bench",
        "placed_at": clock.wall().isoformat(),
        "destination": {"postcode": town.code, "town": town.town},
        "lines": [{"sku": sku, "quantity": 1, "price_cents": 990} for sku in skus],
    }


def _batch(towns: Sequence[Area]) -> Asked:
    return Asked(
        "POST", "/v1/orders/batch", _json({"items": [_order(towns) for _ in range(AT_ONCE)]})
    )


def _one(towns: Sequence[Area]) -> Asked:
    order = _order(towns)
    key = order.pop("id")
    return Asked("PUT", f"/v1/orders/{key}", _json(order))


def _key() -> str:
    return uuid7(int(clock.wall().timestamp() * 1000))


def _json(body: Mapping[str, Any]) -> str:
    return msgspec.json.encode(body).decode()


def _build(db: Database) -> list[Area]:
    """Nodes, goods and shelves; the towns of customers, as often as 20,000 people live there."""
    every = sorted(areas(), key=lambda one: (-one.population, one.code))
    db.run(lambda tx: _fill(tx, every, clock.now(tx)))
    vacuum(db.url, ["node", "sku", "balance"])
    return [town for town in every for _ in range(town.population // 20_000 + 1)]


def _fill(tx: Connection, every: Sequence[Area], now: datetime) -> None:
    actor = SYSTEM.id
    skus = [Sku(code=f"BENCH-{n:03}", name=f"Bench {n}", weight_g=250) for n in range(SKUS)]
    catalog.save(tx, skus, actor=actor, now=now)
    catalog.save_channel(tx, Channel(code=CHANNEL, name="Web shop"), actor=actor)
    network.save_areas(tx, every, actor=actor, now=now)
    network.save_services(tx, services(), actor=actor, now=now)
    tariff_actions.add_zonings(tx, [zoning()], actor=actor, now=now)
    tariff_actions.add_tariffs(tx, tariffs(), actor=actor, now=now)
    nodes = [_node(number, town) for number, town in enumerate(every[:NODES])]
    network.save_nodes(tx, nodes, actor=actor, now=now)
    for number, node in enumerate(nodes):
        lines = [
            Counted(sku=sku.code, quantity=UNITS)
            for sku in skus
            if number == 0 or pick(SEED, node.code, sku.code, below=100) < HELD_PERCENT
        ]
        stock.count(
            tx, f"bench-{node.code}", node.code, lines, counted_at=now, actor=actor, now=now
        )


def _node(number: int, town: Area) -> Node:
    days = range(6)
    return Node(
        code=f"N{number:03}",
        name=town.town,
        kind=NodeKind.STORE if number % 10 else NodeKind.WAREHOUSE,
        country="FR",
        postcode=town.code,
        town=town.town,
        latitude=town.latitude,
        longitude=town.longitude,
        handling_cents=50 + number % 70,
        hours=tuple(Hours(weekday=day, opens=time(7), closes=time(21)) for day in days),
        departures=tuple(
            Departure(service=service, weekday=day, cut_off=time(16 + place))
            for place, service in enumerate((HOME, EXPRESS, COURIER))
            for day in days
        ),
    )
