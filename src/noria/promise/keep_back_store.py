"""What is kept back: the SQL that writes the rules, and what they measure by."""

from collections.abc import Mapping
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import Stale
from noria.promise.keep_back_model import MEASURED_DAYS, KeepBack
from noria.promise.keep_back_views import SOLD


def lock(tx: Connection, rule_id: str) -> None:
    tx.execute("select from keep_back where id = %s for update", [rule_id])


def upsert(tx: Connection, rule: KeepBack, believed: int, *, now: datetime) -> None:
    """Write a rule whose version is still the believed one (0: absent).

    Raises:
        Stale: somebody else wrote it first.
    """
    written = tx.execute(
        """
        insert into keep_back (id, purpose, sku, category, node, node_kind, channel, units, days,
            below_accuracy, reason, valid_from, valid_until, version, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s + 1, %s)
        on conflict (id) do update
        set purpose = excluded.purpose, sku = excluded.sku, category = excluded.category,
            node = excluded.node, node_kind = excluded.node_kind, channel = excluded.channel,
            units = excluded.units, days = excluded.days,
            below_accuracy = excluded.below_accuracy, reason = excluded.reason,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until,
            version = excluded.version, changed_at = excluded.changed_at
        where keep_back.version = excluded.version - 1
        """,
        [
            rule.id,
            rule.purpose.value,
            rule.sku,
            rule.category,
            rule.node,
            rule.node_kind and rule.node_kind.value,
            rule.channel,
            rule.units,
            rule.days,
            rule.below_accuracy,
            rule.reason,
            rule.valid_from,
            rule.valid_until,
            believed,
            now,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def delete(tx: Connection, rule_id: str) -> None:
    tx.execute("delete from keep_back where id = %s", [rule_id])


def measure_sales(tx: Connection, *, now: datetime) -> int:
    """Add up anew what each SKU sold at each node lately; how many of them sold anything.

    What counts is in `SOLD`.
    """
    tx.execute("delete from recent_sales")
    return tx.execute(
        f"""
        insert into recent_sales (sku, node, units, measured_at)
        select sku, node, sum(units)::bigint, %(now)s
        {SOLD}
            and happened_at > %(now)s - make_interval(days => %(days)s) and happened_at <= %(now)s
            and recorded_at > %(now)s - make_interval(days => %(days)s)
        group by sku, node
        having sum(units) > 0
        """,
        {"now": now, "days": MEASURED_DAYS},
    ).rowcount


def save_accuracies(tx: Connection, lowest: Mapping[str, float], *, now: datetime) -> None:
    """Write how accurate the books of nodes are at the least; of others nothing is known."""
    tx.execute("delete from node_accuracy where not (node = any(%s))", [list(lowest)])
    tx.execute(
        """
        insert into node_accuracy (node, lowest, measured_at)
        select node, lowest, %s
        from unnest(%s::text[], %s::float8[]) as given (node, lowest)
        on conflict (node) do update
        set lowest = excluded.lowest, measured_at = excluded.measured_at
        """,
        [now, list(lowest), list(lowest.values())],
    )
