"""Questions about fences and trust."""

from collections.abc import Sequence
from datetime import date

import msgspec

from noria.kit.db import Connection, rows
from noria.promise.fence_model import AssortmentRule, ChannelNetwork, Trust


def network(tx: Connection, network_id: str) -> tuple[ChannelNetwork, int] | None:
    """A channel's network and its version, whether or not it holds today."""
    found = tx.execute(
        "select to_jsonb(channel_network) - 'version' - 'changed_at', version"
        " from channel_network where id = %s",
        [network_id],
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], ChannelNetwork), found[1])


def is_served_otherwise(tx: Connection, network: ChannelNetwork, day: date) -> bool:
    """Whether another network says on this day which nodes serve the channel of this one."""
    found = tx.execute(
        """
        select from channel_network
        where channel = %s and id <> %s
            and %s::date between coalesce(valid_from, '-infinity')
                and coalesce(valid_until, 'infinity')
        limit 1
        """,
        [network.channel, network.id, day],
    )
    return found.fetchone() is not None


def assortment_rule(tx: Connection, rule_id: str) -> tuple[AssortmentRule, int] | None:
    """A rule of assortment and its version, whether or not it holds today."""
    found = tx.execute(
        "select to_jsonb(assortment_rule) - 'version' - 'changed_at', version"
        " from assortment_rule where id = %s",
        [rule_id],
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], AssortmentRule), found[1])


def networks(
    tx: Connection, *, channel: str | None = None, after: str = "", limit: int = 100
) -> list[ChannelNetwork]:
    """Networks by id, beyond `after`, those of the past and of the future too."""
    found = tx.execute(
        """
        select to_jsonb(channel_network) - 'version' - 'changed_at'
        from channel_network
        where id > %s and (%s::text is null or channel = %s)
        order by id
        limit %s
        """,
        [after, channel, channel, limit],
    )
    return [msgspec.convert(content, ChannelNetwork) for (content,) in found]


def assortment_rules(
    tx: Connection,
    *,
    channel: str | None = None,
    sku: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[AssortmentRule]:
    """Rules of assortment by id, beyond `after`; those that name the SKU, if one is given."""
    found = tx.execute(
        """
        select to_jsonb(assortment_rule) - 'version' - 'changed_at'
        from assortment_rule
        where id > %(after)s
            and (%(channel)s::text is null or channel = %(channel)s)
            and (%(sku)s::text is null or sku = %(sku)s)
        order by id
        limit %(limit)s
        """,
        {"after": after, "channel": channel, "sku": sku, "limit": limit},
    )
    return [msgspec.convert(content, AssortmentRule) for (content,) in found]


def trust(tx: Connection, nodes: Sequence[str] | None = None) -> list[Trust]:
    """What nodes do not promise for lack of trust; those that are trusted are left out."""
    return rows(
        tx,
        Trust,
        "select node, units, reason from node_trust"
        " where %(nodes)s::text[] is null or node = any(%(nodes)s) order by node",
        {"nodes": None if nodes is None else list(nodes)},
    )
