"""Verbs of the network. What does not differ from what is kept is left alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.network import calendar, rules, store, views
from noria.network import holiday_actions as holidays
from noria.network.model import Area, Lane, Node, Service

Thing = TypeVar("Thing")

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def save_nodes(
    tx: Connection,
    nodes: Sequence[Node],
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> dict[str, int]:
    """Create or change nodes with their calendars; return each one's version.

    Raises:
        UnknownTimeZone, UnknownRegion, HoursOverlap, OpenAndClosed, CapacityUnclear,
        HandlingTooLong, TwiceGiven: it cannot be. Nothing was saved.
        UnknownCodes: a departure names a service that does not exist. Nothing was saved.
        Stale: somebody else changed one of them at this moment. Nothing was saved.
    """
    for node in nodes:
        calendar.check_region(node)
    wanted = {node.code: rules.normal_node(node) for node in nodes}
    views.check_services(
        tx, [departure.service for node in wanted.values() for departure in node.departures]
    )
    store.lock_nodes(tx, list(wanted))
    kept = views.versioned_nodes(tx, wanted)
    versions = {code: version for code, (_, version) in kept.items()}
    changed = _changed(wanted, kept, check)
    if not changed:
        return versions
    believed = [versions.get(code, 0) for code in changed]
    written = store.upsert_nodes(tx, list(changed.values()), believed, now=now)
    store.replace_calendars(tx, list(changed.values()))
    holidays.keep_all(tx, today=now.date())
    _tell(tx, "node.changed", changed, kept, actor=actor, request_id=request_id)
    return versions | written


def save_services(
    tx: Connection,
    services: Sequence[Service],
    *,
    actor: str,
    now: datetime,  # noqa: ARG001 - every save reads alike
    request_id: str = "",
    check: CheckVersion | None = None,
) -> dict[str, int]:
    """Create or change carriers' services with their rates; return each one's version.

    Raises:
        TwiceGiven: two rates have the same limits. Nothing was saved.
        Stale: somebody else changed one of them at this moment. Nothing was saved.
    """
    wanted = {service.code: rules.normal_service(service) for service in services}
    store.lock_services(tx, list(wanted))
    kept = views.versioned_services(tx, wanted)
    versions = {code: version for code, (_, version) in kept.items()}
    changed = _changed(wanted, kept, check)
    if not changed:
        return versions
    believed = [versions.get(code, 0) for code in changed]
    written = store.upsert_services(tx, list(changed.values()), believed)
    _tell(tx, "service.changed", changed, kept, actor=actor, request_id=request_id)
    return versions | written


def save_lanes(
    tx: Connection,
    lanes: Sequence[Lane],
    *,
    actor: str,
    now: datetime,  # noqa: ARG001 - every save reads alike
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Create or change lanes between nodes.

    Raises:
        LaneToItself: a lane ends where it begins. Nothing was saved.
        UnknownCodes: a node is not known here. Nothing was saved.
        Stale: somebody else changed one of them at this moment. Nothing was saved.
    """
    for lane in lanes:
        rules.check_lane(lane)
    views.check_known(tx, [code for lane in lanes for code in (lane.source, lane.target)])
    wanted = {f"{lane.source}:{lane.target}": lane for lane in lanes}
    kept = views.versioned_lanes(tx, lanes)
    changed = _changed(wanted, kept, check)
    if changed:
        believed = [kept[pair][1] if pair in kept else 0 for pair in changed]
        store.upsert_lanes(tx, list(changed.values()), believed)
        _tell(tx, "lane.changed", changed, kept, actor=actor, request_id=request_id)


def save_areas(
    tx: Connection,
    areas: Sequence[Area],
    *,
    actor: str,
    now: datetime,  # noqa: ARG001 - every save reads alike
    request_id: str = "",
) -> int:
    """Create or change postcodes; return how many differed. The trail notes only their number."""
    latest = {(area.country, area.code): area for area in areas}
    changed = store.upsert_areas(tx, list(latest.values()))
    if changed:
        trail.record(
            tx,
            actor=actor,
            action="postcodes.changed",
            subject="postcodes",
            after={"changed": changed},
            request_id=request_id,
        )
    return changed


def _changed(
    wanted: Mapping[str, Thing],
    kept: Mapping[str, tuple[Thing, int]],
    check: CheckVersion | None,
) -> dict[str, Thing]:
    """What differs from what is kept, in key order, once `check` has let its version through."""
    changed = {
        key: wanted[key] for key in sorted(wanted) if key not in kept or kept[key][0] != wanted[key]
    }
    if check is not None:
        for key in changed:
            check(kept[key][1] if key in kept else None)
    return changed


def _tell(
    tx: Connection,
    action: str,
    changed: Mapping[str, Thing],
    kept: Mapping[str, tuple[Thing, int]],
    *,
    actor: str,
    request_id: str,
) -> None:
    """One line in the trail and one event for each thing that changed."""
    changes = [
        Change(
            action=action, subject=key, before=kept[key][0] if key in kept else None, after=thing
        )
        for key, thing in changed.items()
    ]
    trail.record_all(tx, changes, actor=actor, request_id=request_id)
    events.publish(
        tx,
        [
            Event(
                type=action,
                subject=key,
                node=key if isinstance(thing, Node) else None,
                data={"is_new": key not in kept},
            )
            for key, thing in changed.items()
        ],
    )
