"""Fences and trust: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import Stale
from noria.promise.fence_model import AssortmentRule, ChannelNetwork, Doubt, Trust


def lock(tx: Connection, fence_id: str) -> None:
    """One edits a fence at a time, also one that is not there yet."""
    tx.execute("select pg_advisory_xact_lock(hashtext('fence'), hashtext(%s))", [fence_id])


def lock_channel(tx: Connection, channel: str) -> None:
    """One closes or opens a channel at a time: of its last two networks, one stays."""
    tx.execute("select pg_advisory_xact_lock(hashtext('channel fence'), hashtext(%s))", [channel])


def upsert_network(
    tx: Connection, network: ChannelNetwork, believed: int, *, now: datetime
) -> None:
    """Write a network whose version is still the believed one (0: absent)."""
    written = tx.execute(
        """
        insert into channel_network
            (id, channel, nodes, node_kinds, reason, valid_from, valid_until, version, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s + 1, %s)
        on conflict (id) do update
        set channel = excluded.channel, nodes = excluded.nodes, node_kinds = excluded.node_kinds,
            reason = excluded.reason, valid_from = excluded.valid_from,
            valid_until = excluded.valid_until, version = excluded.version,
            changed_at = excluded.changed_at
        where channel_network.version = excluded.version - 1
        """,
        [
            network.id,
            network.channel,
            list(network.nodes),
            [kind.value for kind in network.node_kinds],
            network.reason,
            network.valid_from,
            network.valid_until,
            believed,
            now,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def upsert_assortment(
    tx: Connection, rule: AssortmentRule, believed: int, *, now: datetime
) -> None:
    """Write a rule whose version is still the believed one (0: absent)."""
    written = tx.execute(
        """
        insert into assortment_rule (id, channel, sku, category, node, node_kind, is_sold, reason,
            valid_from, valid_until, version, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s + 1, %s)
        on conflict (id) do update
        set channel = excluded.channel, sku = excluded.sku, category = excluded.category,
            node = excluded.node, node_kind = excluded.node_kind, is_sold = excluded.is_sold,
            reason = excluded.reason, valid_from = excluded.valid_from,
            valid_until = excluded.valid_until, version = excluded.version,
            changed_at = excluded.changed_at
        where assortment_rule.version = excluded.version - 1
        """,
        [
            rule.id,
            rule.channel,
            rule.sku,
            rule.category,
            rule.node,
            rule.node_kind and rule.node_kind.value,
            rule.is_sold,
            rule.reason,
            rule.valid_from,
            rule.valid_until,
            believed,
            now,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def delete_network(tx: Connection, network_id: str) -> None:
    tx.execute("delete from channel_network where id = %s", [network_id])


def delete_assortment(tx: Connection, rule_id: str) -> None:
    tx.execute("delete from assortment_rule where id = %s", [rule_id])


def save_trust(
    tx: Connection, changed: Sequence[Trust], whole: Sequence[str], *, now: datetime
) -> None:
    """Write what nodes do not promise for lack of trust; `whole` ones keep nothing back any more.

    What does not change is not written: each write tells whoever keeps the sums in memory.
    """
    if whole:
        tx.execute("delete from node_trust where node = any(%s)", [list(whole)])
    if changed:
        tx.execute(
            """
            insert into node_trust (node, units, reason, measured_at)
            select node, units, reason, %s
            from unnest(%s::text[], %s::bigint[], %s::text[]) as given (node, units, reason)
            order by node
            on conflict (node) do update
            set units = excluded.units, reason = excluded.reason, measured_at = excluded.measured_at
            """,
            [
                now,
                [one.node for one in changed],
                [one.units for one in changed],
                [one.reason for one in changed],
            ],
        )


def add_doubts(tx: Connection, doubts: Sequence[Doubt], *, now: datetime) -> None:
    """Add to what shelves do not promise; the end of their counts takes it away again."""
    tx.execute(
        """
        insert into shelf_doubt (sku, node, units, since)
        select sku, node, units, %s
        from unnest(%s::text[], %s::text[], %s::bigint[]) as given (sku, node, units)
        order by sku, node
        on conflict (sku, node) do update set units = shelf_doubt.units + excluded.units
        """,
        [
            now,
            [one.sku for one in doubts],
            [one.node for one in doubts],
            [one.units for one in doubts],
        ],
    )
