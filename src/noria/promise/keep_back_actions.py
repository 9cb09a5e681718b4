"""Verbs of what is kept back: make a rule, change it, end it, measure what it goes by."""

from collections.abc import Callable, Mapping
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.network import views as network
from noria.promise import keep_back_rules as rules
from noria.promise import keep_back_store as store
from noria.promise import keep_back_views as views
from noria.promise.keep_back_model import KeepBack

CheckVersion = Callable[[KeepBack | None, int | None], None]
"""Lets an edit of what is kept, and of its version, through, or refuses it; None: there is none."""


def save(
    tx: Connection,
    rule: KeepBack,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Make a rule, or change it; one that does not differ is left alone.

    Raises:
        Invalid: it cannot be, with every field that is wrong.
        UnknownCodes: it names a SKU, node or channel that is not known here.
        Stale: somebody else changed it at this moment.
    """
    _check(tx, rule)
    store.lock(tx, rule.id)
    before, believed = views.rule(tx, rule.id) or (None, 0)
    if before == rule:
        return
    if check is not None:
        check(before, believed or None)
    store.upsert(tx, rule, believed, now=now)
    _tell(tx, rule.id, before, rule, actor=actor, request_id=request_id)


def end(
    tx: Connection,
    rule_id: str,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Take a rule away; the trail keeps it.

    Raises:
        NotFound: there is no such rule.
    """
    store.lock(tx, rule_id)
    found = views.rule(tx, rule_id)
    if found is None:
        raise NotFound(what="keep-back", id=rule_id)
    before, version = found
    if check is not None:
        check(before, version)
    store.delete(tx, rule_id)
    _tell(tx, rule_id, before, None, actor=actor, request_id=request_id)


def measure(tx: Connection, accuracies: Mapping[str, float], *, now: datetime) -> int:
    """Measure recent sales anew, and note how accurate nodes are; how many shelves sold."""
    store.save_accuracies(tx, accuracies, now=now)
    return store.measure_sales(tx, now=now)


def _check(tx: Connection, rule: KeepBack) -> None:
    faults = rules.faults(rule)
    if rule.category and not views.is_category(tx, rule.category):
        faults.append(Fault("/category", "no SKU has this category"))
    if faults:
        raise Invalid(faults=faults)
    catalog.check_known(tx, [rule.sku] if rule.sku else [])
    network.check_known(tx, [rule.node] if rule.node else [])
    catalog.check_channels(tx, [rule.channel] if rule.channel else [])


def _tell(
    tx: Connection,
    rule_id: str,
    before: KeepBack | None,
    after: KeepBack | None,
    *,
    actor: str,
    request_id: str,
) -> None:
    change = Change(action="keep_back.changed", subject=rule_id, before=before, after=after)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    data = {"is_gone": after is None}
    events.publish(tx, [Event(type="keep_back.changed", subject=rule_id, data=data)])
