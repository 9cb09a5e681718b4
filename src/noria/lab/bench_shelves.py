"""Where reservations are measured: ten thousand SKUs with plenty of stock at one node."""

from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database, vacuum
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED
from noria.lab.goods_asked import sku
from noria.network import actions as network
from noria.network.model import Node, NodeKind
from noria.stock import actions as stock
from noria.stock.model import Counted, State

SKUS, UNITS = 10_000, 100_000_000
TABLES = ("reservation", "move", "event")
"""What has a row, or in a move for several a part, for each reservation."""


def node() -> str:
    return _node().code


def build(db: Database) -> None:
    """Stock of every SKU, counted; and beside it what the baseline's author would have made.

    Places for what is held are open, as they are after a shelf's first hold: that comes once.
    """
    with db.transaction() as tx:
        now, actor = clock.now(tx), SYSTEM.id
        goods = [Sku(code=sku(number), name=f"Goods {number}") for number in range(SKUS)]
        catalog.save(tx, goods, actor=actor, now=now)
        network.save_services(tx, services(), actor=actor, now=now)
        network.save_nodes(tx, [_node()], actor=actor, now=now)
        lines = [Counted(sku=one.code, quantity=UNITS) for one in goods]
        stock.count(tx, "opening", node(), lines, counted_at=now, actor=actor, now=now)
        stock.lock(tx, [(one.code, node(), State.RESERVED) for one in goods])
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


def counts(tx: Connection) -> dict[str, int]:
    """Rows of each table that belong to reservations, and units that balances hold."""
    found = tx.execute(
        """
        select (select count(*) from reservation where digest is not null),
            (select count(*) from move_part where target_state = 'reserved'),
            (select count(*) from event where type = 'reservation.made'),
            (select coalesce(sum(quantity), 0)::bigint from balance where state = 'reserved'),
            (select count(*) from plain_reservation)
        """
    ).fetchone()
    assert found is not None
    return dict(zip([*TABLES, "balance", "plain"], found, strict=True))
