"""Where reservations are measured: ten thousand SKUs with plenty of stock at one node."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database, vacuum
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED
from noria.network import actions as network
from noria.network.model import Node, NodeKind
from noria.stock import actions as stock
from noria.stock.model import Counted

SKUS, UNITS, ZIPF = 10_000, 100_000_000, 1.1
TABLES = ("answer", "reservation", "movement", "move", "event")
"""What has a row for each reservation."""


def sku(number: int) -> str:
    return f"S{number:05}"


def node() -> str:
    return _node().code


def build(db: Database) -> None:
    """Stock of every SKU, counted; and beside it what the baseline's author would have made."""
    with db.transaction() as tx:
        now, actor = clock.now(tx), SYSTEM.id
        goods = [Sku(code=sku(number), name=f"Goods {number}") for number in range(SKUS)]
        catalog.save(tx, goods, actor=actor, now=now)
        network.save_services(tx, services(), actor=actor, now=now)
        network.save_nodes(tx, [_node()], actor=actor, now=now)
        lines = [Counted(sku=one.code, quantity=UNITS) for one in goods]
        stock.count(tx, "opening", node(), lines, counted_at=now, actor=actor, now=now)
        tx.execute(
            """
            create table plain_stock (
                sku text primary key, on_hand bigint not null, reserved bigint not null default 0
            )
            """
        )
        tx.execute(
            """
            create table plain_reservation (
                id text primary key, sku text not null, quantity bigint not null,
                made_at timestamptz not null default now()
            )
            """
        )
        tx.execute("insert into plain_stock (sku, on_hand) select code, %s from sku", [UNITS])
    vacuum(db.url, ["sku", "node", "balance", "plain_stock"])


def _node() -> Node:
    return next(one for one in chain(SEED).nodes if one.kind is NodeKind.WAREHOUSE)


def chooser(how: str, seed: int) -> Callable[[], int]:
    """Numbers of SKUs: always the first (hot), any alike (uniform), or few of them often (zipf)."""
    chance = Random(seed)
    if how == "hot":
        return lambda: 0
    if how == "uniform":
        return lambda: chance.randrange(SKUS)
    sums = _zipf()
    return lambda: bisect_left(sums, chance.random() * sums[-1])


def _zipf() -> Sequence[float]:
    return list(accumulate(math.pow(rank, -ZIPF) for rank in range(1, SKUS + 1)))


def counts(tx: Connection) -> dict[str, int]:
    """Rows of each table that belong to reservations, and units that balances hold."""
    found = tx.execute(
        """
        select (select count(*) from answer where scope = 'POST /v1/reservations'),
            (select count(*) from reservation),
            (select count(*) from movement where kind = 'reserved'),
            (select count(*) from move where target_state = 'reserved'),
            (select count(*) from event where type = 'reservation.made'),
            (select coalesce(sum(quantity), 0)::bigint from balance where state = 'reserved'),
            (select count(*) from plain_reservation)
        """
    ).fetchone()
    assert found is not None
    return dict(zip([*TABLES, "balance", "plain"], found, strict=True))
