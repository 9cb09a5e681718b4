"""Verbs of fences: make one, change it, end it; and write down how far nodes are trusted."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct, structs

from noria.catalog import views as catalog
from noria.kit import clock, events, trail
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.network import views as network
from noria.promise import fence_rules as rules
from noria.promise import fence_store as store
from noria.promise import fence_views as views
from noria.promise import keep_back_views
from noria.promise.fence_model import (
    AssortmentRule,
    ChannelNetwork,
    ChannelOpens,
    Missed,
    Trust,
)

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def save_network(
    tx: Connection,
    wanted: ChannelNetwork,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
    opens: bool = False,
) -> None:
    """Say which nodes serve a channel; what does not differ is left alone.

    Raises:
        Invalid, UnknownCodes, Stale: nothing was changed.
        ChannelOpens: it was the last to say so today, and would no more, unless `opens`.
    """
    new = structs.replace(
        wanted,
        nodes=tuple(sorted(set(wanted.nodes))),
        node_kinds=tuple(sorted(set(wanted.node_kinds), key=lambda kind: kind.value)),
    )
    _refuse(rules.network_faults(new))
    catalog.check_channels(tx, [new.channel])
    network.check_known(tx, new.nodes)
    store.lock(tx, new.id)
    before, believed = views.network(tx, new.id) or (None, 0)
    if before == new:
        return
    if check is not None:
        check(believed or None)
    if before is not None and not opens:
        _keep_closed(tx, before, new)
    store.upsert_network(tx, new, believed, now=now)
    _tell(tx, "channel_network.changed", new.id, before, new, actor, request_id)


def save_assortment(
    tx: Connection,
    rule: AssortmentRule,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Say what a channel sells, or does not, from where; what does not differ is left alone.

    Raises:
        Invalid, UnknownCodes, Stale: nothing was changed.
    """
    faults = rules.assortment_faults(rule)
    if rule.category and not keep_back_views.is_category(tx, rule.category):
        faults.append(Fault("/category", "no SKU has this category"))
    _refuse(faults)
    catalog.check_channels(tx, [rule.channel])
    catalog.check_known(tx, [rule.sku] if rule.sku else [])
    network.check_known(tx, [rule.node] if rule.node else [])
    store.lock(tx, rule.id)
    before, believed = views.assortment_rule(tx, rule.id) or (None, 0)
    if before == rule:
        return
    if check is not None:
        check(believed or None)
    store.upsert_assortment(tx, rule, believed, now=now)
    _tell(tx, "assortment.changed", rule.id, before, rule, actor, request_id)


def end_network(
    tx: Connection,
    network_id: str,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
    opens: bool = False,
) -> None:
    """Take a network away; the trail keeps it.

    Raises:
        NotFound, Stale: there is none, or it is another one by now. Nothing was changed.
        ChannelOpens: it was the last to say today who serves its channel, unless `opens`.
    """
    store.lock(tx, network_id)
    found = views.network(tx, network_id)
    if found is None:
        raise NotFound(what="network", id=network_id)
    if check is not None:
        check(found[1])
    if not opens:
        _keep_closed(tx, found[0], None)
    store.delete_network(tx, network_id)
    _tell(tx, "channel_network.changed", network_id, found[0], None, actor, request_id)


def end_assortment(
    tx: Connection,
    rule_id: str,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Take a rule of assortment away; the trail keeps it.

    Raises:
        NotFound, Stale: there is none, or it is another one by now. Nothing was changed.
    """
    store.lock(tx, rule_id)
    found = views.assortment_rule(tx, rule_id)
    if found is None:
        raise NotFound(what="rule", id=rule_id)
    if check is not None:
        check(found[1])
    store.delete_assortment(tx, rule_id)
    _tell(tx, "assortment.changed", rule_id, found[0], None, actor, request_id)


def trust(tx: Connection, wanted: Sequence[Trust], *, now: datetime) -> list[str]:
    """How far nodes are trusted is this, and nothing else; the nodes for which that changed."""
    changed, whole = rules.changed(wanted, views.trust(tx))
    store.save_trust(tx, changed, whole, now=now)
    return sorted([*(one.node for one in changed), *whole])


def doubt(tx: Connection, missed: Sequence[Missed], *, now: datetime) -> None:
    """Shelves of ours promise less until the counts that were called for them are over."""
    if missed:
        store.add_doubts(tx, rules.doubted(missed), now=now)


def _keep_closed(tx: Connection, before: ChannelNetwork, after: ChannelNetwork | None) -> None:
    """Refuse what would leave it to no network at all which nodes serve a channel today."""
    today = clock.now(tx).date()
    stays = after is not None and after.channel == before.channel and rules.serves(after, today)
    if stays or not rules.serves(before, today):
        return
    store.lock_channel(tx, before.channel)
    if not views.is_served_otherwise(tx, before, today):
        raise ChannelOpens(channel=before.channel)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(faults=faults)


def _tell(
    tx: Connection,
    kind: str,
    subject: str,
    before: Struct | None,
    after: Struct | None,
    actor: str,
    request_id: str,
) -> None:
    change = Change(action=kind, subject=subject, before=before, after=after)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    events.publish(tx, [Event(type=kind, subject=subject, data={"is_gone": after is None})])
