"""Questions about what is kept back: the rules, and how many units they come to."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import msgspec

from noria.kit.db import Connection
from noria.promise import keep_back_rules as rules
from noria.promise.keep_back_model import KeepBack, Shelf, Terms

Pair = tuple[str, str]
"""SKU and node."""


def kept_back(tx: Connection, pairs: Sequence[Pair], channel: str | None = None) -> dict[Pair, int]:
    """Units of each (SKU, node) that `channel` may not have, where there are any.

    Buffers, safety, what is protected for other channels, and lots that are too old to be sent.
    Where no rule was made, one statement answers; and no statement if nothing is asked.
    """
    if not pairs:
        return {}
    codes = {
        "skus": sorted({sku for sku, _ in pairs}),
        "nodes": sorted({node for _, node in pairs}),
    }
    found = tx.execute(f"select {KEPT_BACK}", codes).fetchone()
    assert found is not None
    return kept_from(tx, Terms(*found), pairs, [channel])[channel]


RULED_BY: Sequence[LiteralString] = (
    "keep_back",
    "node_trust",
    "shelf_doubt",
    "channel_network",
    "assortment_rule",
    "exclusion",
    "policy_protection",
)
"""The tables that `kept_rule` is made of; a test compares. All empty, it is not asked."""

ANY_RULE: LiteralString = " or ".join(["exists (select from " + table + ")" for table in RULED_BY])

KEPT_BACK: LiteralString = f"""case when {ANY_RULE} then (
    select jsonb_agg(to_jsonb(kept_rule))
    from kept_rule
    where purpose <> 'threshold'
        and (sku is null or sku = any(%(skus)s::text[]))
        and (node is null or node = any(%(nodes)s::text[]))
        and noria_now()::date between coalesce(valid_from, '-infinity')
            and coalesce(valid_until, 'infinity')
) end, (
    select jsonb_object_agg(code, buffer_units)
    from node
    where code = any(%(nodes)s::text[]) and buffer_units > 0
), (
    select jsonb_agg(jsonb_build_array(sku, node, units))
    from unsellable
    where sku = any(%(skus)s::text[]) and node = any(%(nodes)s::text[])
)"""  # noqa: S608 - texts of ours
"""Three columns, the fields of `Terms`, about these SKUs and nodes."""


def kept_from(
    tx: Connection, terms: Terms, pairs: Sequence[Pair], channels: Iterable[str | None]
) -> dict[str | None, dict[Pair, int]]:
    """By channel, the units of each shelf that these terms keep back, where there are any."""
    units: dict[str | None, dict[Pair, int]]
    if terms.rules is None:
        buffers = terms.buffers or {}
        own = {pair: buffers[pair[1]] for pair in pairs if pair[1] in buffers} if buffers else {}
        units = {channel: dict(own) for channel in channels}
    else:
        book = rules.rulebook(msgspec.convert(terms.rules, list[KeepBack]))
        known = shelves(tx, pairs)
        units = {
            channel: {
                (shelf.sku, shelf.node): sum(one.units for one in rules.kept(book, shelf, channel))
                for shelf in known
            }
            for channel in channels
        }
    for sku, node, old in terms.unsellable or ():
        for kept in units.values():
            kept[sku, node] = kept.get((sku, node), 0) + old
    return {channel: {pair: n for pair, n in kept.items() if n} for channel, kept in units.items()}


def rules_now(tx: Connection, skus: Sequence[str], nodes: Sequence[str] | None) -> list[KeepBack]:
    """The rules that hold today and could touch these SKUs, at these nodes or (None) anywhere."""
    found = tx.execute(
        """
        select to_jsonb(kept_rule)
        from kept_rule
        where (sku is null or sku = any(%(skus)s))
            and (%(nodes)s::text[] is null or node is null or node = any(%(nodes)s))
            and noria_now()::date between coalesce(valid_from, '-infinity')
                and coalesce(valid_until, 'infinity')
        """,
        {"skus": list(skus), "nodes": None if nodes is None else list(nodes)},
    )
    return [msgspec.convert(content, KeepBack) for (content,) in found]


def rules_between(tx: Connection, skus: Sequence[str], first: date, last: date) -> list[KeepBack]:
    """The rules that hold on any of these days and could touch these SKUs, but for the policy's.

    Doubts about shelves are left out: they are of today, and over with a count.
    """
    found = tx.execute(
        """
        select to_jsonb(kept_rule)
        from kept_rule
        where (sku is null or sku = any(%s))
            and coalesce(valid_from, '-infinity') <= %s
            and coalesce(valid_until, 'infinity') >= %s
            and not exists (
                select from policy_protection
                where kept_rule.purpose = 'protection' and policy = live_policy()
                    and kept_rule.id = 'policy.' || policy || '.' || policy_protection.id
            ) and not exists (
                select from shelf_doubt
                where kept_rule.purpose = 'trust' and kept_rule.id = 'doubt.' || number
            )
        """,
        [list(skus), last, first],
    )
    return [msgspec.convert(content, KeepBack) for (content,) in found]


SOLD: LiteralString = """
        from movement
        join move on move.movement_id = movement.id
        cross join lateral (
            select source_node as node, quantity as units
            where movement.kind in ('sold', 'shipped') and target_state = 'outside'
            union all
            select target_node, -quantity
            where movement.kind = 'transferred' and cause like 'order:%%'
                and source_state = 'outside' and target_state = 'reserved'
        ) as counted
        where movement.kind in ('sold', 'shipped', 'transferred')
"""
"""What counts as sold: a unit that left for a customer, once, at the till or when it was shipped.

What was shipped to a store counts where it came from, not where its customer collected it.
"""


def sales(
    tx: Connection, skus: Sequence[str], since: datetime, until: datetime
) -> list[tuple[Pair, date, int]]:
    """What each shelf sold by day, both instants counted: ((SKU, node), day, units)."""
    found = tx.execute(
        f"""
        select sku, node, (happened_at at time zone 'UTC')::date, sum(units)::bigint
        {SOLD}
            and sku = any(%s)
            and happened_at >= %s and happened_at <= %s and recorded_at >= %s
        group by sku, node, (happened_at at time zone 'UTC')::date
        """,
        [list(skus), since, until, since],
    )
    return [((sku, node), day, units) for sku, node, day, units in found]


def shelves(tx: Connection, pairs: Sequence[Pair]) -> list[Shelf]:
    """What rules look at, for each (SKU, node) that is known."""
    found = tx.execute(
        """
        select sku.code as sku, node.code as node, category, node.kind::text as node_kind,
            buffer_units, coalesce(recent_sales.units, 0) as sold, node_accuracy.lowest as accuracy
        from unnest(%s::text[], %s::text[]) as given (sku, node)
        join sku on sku.code = given.sku
        join node on node.code = given.node
        left join recent_sales on (recent_sales.sku, recent_sales.node) = (given.sku, given.node)
        left join node_accuracy on node_accuracy.node = given.node
        """,
        [[sku for sku, _ in pairs], [node for _, node in pairs]],
    )
    return [_shelf(*columns) for columns in found]


def _shelf(*columns: Any) -> Shelf:
    return msgspec.convert(dict(zip(Shelf.__struct_fields__, columns, strict=True)), Shelf)


def rule(tx: Connection, rule_id: str) -> tuple[KeepBack, int] | None:
    """A rule and its version, whether or not it holds today."""
    found = tx.execute(
        "select to_jsonb(keep_back) - 'version' - 'changed_at', version"
        " from keep_back where id = %s",
        [rule_id],
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], KeepBack), found[1])


def page(
    tx: Connection,
    *,
    purpose: str | None = None,
    sku: str | None = None,
    node: str | None = None,
    channel: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[KeepBack]:
    """Rules by id, beyond `after`; those that name the SKU, node or channel, if one is given."""
    found = tx.execute(
        """
        select to_jsonb(keep_back) - 'version' - 'changed_at'
        from keep_back
        where id > %(after)s
            and (%(purpose)s::text is null or purpose = %(purpose)s)
            and (%(sku)s::text is null or sku = %(sku)s)
            and (%(node)s::text is null or node = %(node)s)
            and (%(channel)s::text is null or channel = %(channel)s)
        order by id
        limit %(limit)s
        """,
        {
            "after": after,
            "purpose": purpose,
            "sku": sku,
            "node": node,
            "channel": channel,
            "limit": limit,
        },
    )
    return [msgspec.convert(content, KeepBack) for (content,) in found]


def is_category(tx: Connection, category: str) -> bool:
    """Whether any SKU has this category: a mistyped one would keep nothing back, unseen."""
    found = tx.execute("select exists (select from sku where category = %s)", [category]).fetchone()
    return bool(found and found[0])
