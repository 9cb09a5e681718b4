"""Verbs of the catalog."""

from collections.abc import Callable, Sequence
from datetime import datetime

from noria.catalog import rules, store, views
from noria.catalog.model import Channel, Exclusion, Sku
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.kit.trail import Change

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def save(
    tx: Connection,
    skus: Sequence[Sku],
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> dict[str, int]:
    """Create or change SKUs; return each one's version. What does not differ is left alone.

    Raises:
        BadGtin, BarcodeTaken: a barcode is mistyped, or names another SKU. Nothing was saved.
        TrackedInside: one is to be tracked otherwise, and there are units of it. Nothing was saved.
        Stale: somebody else changed one of them at this moment. Nothing was saved.
    """
    wanted = {sku.code: rules.normal(sku) for sku in skus}
    store.lock(tx, list(wanted))
    kept = views.versioned(tx, wanted)
    versions = {code: version for code, (_, version) in kept.items()}
    changed = [sku for code, sku in sorted(wanted.items()) if _differs(sku, kept.get(code))]
    if not changed:
        return versions
    if check is not None:
        for sku in changed:
            check(versions.get(sku.code))
    if retracked := [sku.code for sku in changed if _is_retracked(sku, kept.get(sku.code))]:
        store.check_free(tx, retracked)
    believed = [versions.get(sku.code, 0) for sku in changed]
    written = store.upsert(tx, changed, believed, now=now)
    store.replace_barcodes(tx, changed)
    trail.record_all(
        tx,
        [
            Change(
                action="sku.changed",
                subject=sku.code,
                before=kept[sku.code][0] if sku.code in kept else None,
                after=sku,
            )
            for sku in changed
        ],
        actor=actor,
        request_id=request_id,
    )
    events.publish(
        tx,
        [
            Event(type="sku.changed", subject=sku.code, data={"version": written[sku.code]})
            for sku in changed
        ],
    )
    return versions | written


def _differs(sku: Sku, kept: tuple[Sku, int] | None) -> bool:
    return kept is None or kept[0] != sku


def _is_retracked(sku: Sku, kept: tuple[Sku, int] | None) -> bool:
    return kept is not None and kept[0].tracking is not sku.tracking


def save_channel(
    tx: Connection,
    channel: Channel,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> int:
    """Create or change a channel; return its version.

    Raises:
        Stale: somebody else changed it at this moment.
    """
    found = views.channel(tx, channel.code)
    before, believed = found or (None, 0)
    if before == channel:
        return believed
    if check is not None:
        check(believed or None)
    version = store.upsert_channel(tx, channel, believed)
    change = Change(action="channel.changed", subject=channel.code, before=before, after=channel)
    _tell(tx, change, actor=actor, request_id=request_id)
    return version


def exclude(tx: Connection, exclusion: Exclusion, *, actor: str, request_id: str = "") -> None:
    """Stop selling a SKU in a channel.

    Raises:
        UnknownCodes: the channel or the SKU is not known here.
    """
    views.check_channels(tx, [exclusion.channel])
    views.check_known(tx, [exclusion.sku])
    before = views.exclusion(tx, exclusion.channel, exclusion.sku)
    if before != exclusion:
        store.exclude(tx, exclusion)
        _tell(tx, _exclusion_change(before, exclusion), actor=actor, request_id=request_id)


def include(tx: Connection, channel: str, sku: str, *, actor: str, request_id: str = "") -> None:
    """Sell a SKU in a channel again.

    Raises:
        NotFound: the channel does sell it.
    """
    before = views.exclusion(tx, channel, sku)
    if before is None:
        raise NotFound(what="exclusion", id=f"{channel}/{sku}")
    store.include(tx, channel, sku)
    _tell(tx, _exclusion_change(before, None), actor=actor, request_id=request_id)


def _exclusion_change(before: Exclusion | None, after: Exclusion | None) -> Change:
    one = after or before
    assert one is not None
    subject = f"{one.channel}:{one.sku}"
    return Change(action="exclusion.changed", subject=subject, before=before, after=after)


def _tell(tx: Connection, change: Change, *, actor: str, request_id: str) -> None:
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    data = {"is_gone": change.after is None}
    events.publish(tx, [Event(type=change.action, subject=change.subject, data=data)])
