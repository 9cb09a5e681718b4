"""All that does not agree in the books of a tortured database, in words."""

from noria.kit.db import Connection, Database
from noria.promise import views as promises
from noria.stock import views as stock


def faults(tx: Connection) -> list[str]:
    """Balances against moves, sums against zero, holds against what is reserved, and signs."""
    return [
        *(f"the moves say otherwise: {one}" for one in stock.disagreements(tx)),
        *(f"does not add up to zero: {one}" for one in stock.unbalanced(tx)),
        *(f"held otherwise than reserved: {one}" for one in promises.mismatches(tx)),
        *_below_zero(tx),
        *_doubled(tx),
    ]


def checked(db: Database) -> list[str]:
    """The faults, read in a transaction of their own."""
    return db.run(faults)


def _below_zero(tx: Connection) -> list[str]:
    found = tx.execute(
        "select sku, node, state::text, quantity from balance"
        " where quantity < 0 and state <> 'outside'"
    )
    return [f"less than nothing: {row}" for row in found]


def _doubled(tx: Connection) -> list[str]:
    """A demand that holds more than its order wants, over all of its legs."""
    found = tx.execute(
        """
        select demand, sku, wanted.quantity, held.units
        from (
            select demand, sku, sum(held) as units
            from reservation
            where held > 0 and demand like 'order:%'
            group by demand, sku
        ) as held
        join (
            select 'order:' || order_id as demand, sku, sum(quantity - cancelled) as quantity
            from order_line
            group by order_id, sku
        ) as wanted using (demand, sku)
        where held.units > wanted.quantity
        """
    )
    return [f"held twice: {row}" for row in found]
