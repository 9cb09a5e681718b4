"""Verbs of policies: draft one, make a version of it, say from when on it is live."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from noria.catalog import views as catalog
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import IdReused, Invalid, NotFound, Stale
from noria.kit.events import Event
from noria.policies import rules, store, views
from noria.policies.model import (
    Activation,
    ActivationBegun,
    ActivationPast,
    Content,
    Draft,
    Measure,
    Policy,
)

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def save_draft(
    tx: Connection, draft: Draft, *, request_id: str = "", check: CheckVersion | None = None
) -> None:
    """Make a draft, or change it; one that does not differ is left alone.

    Raises:
        Invalid: it cannot be, with the pointer of every field that is wrong.
        NotFound: it is based on a version that there is not.
        Stale: somebody else changed it at this moment.
    """
    if draft.based_on is not None:
        views.version(tx, draft.based_on)
    _check(tx, draft.content)
    store.lock_draft(tx, draft.id)
    before, believed = views.draft(tx, draft.id) or (None, 0)
    if before and (before.content, before.based_on) == (draft.content, draft.based_on):
        return
    if check is not None:
        check(believed or None)
    store.upsert_draft(tx, draft, believed)
    _tell(
        tx,
        "policy.draft.changed",
        draft.id,
        before and before.content,
        draft.content,
        actor=draft.author,
        request_id=request_id,
    )


def drop_draft(
    tx: Connection,
    draft_id: str,
    *,
    actor: str,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Give a draft up; the trail keeps it.

    Raises:
        NotFound: there is none.
    """
    draft, version = _locked_draft(tx, draft_id)
    if check is not None:
        check(version)
    store.delete_draft(tx, draft_id)
    _tell(
        tx, "policy.draft.changed", draft_id, draft.content, None, actor=actor,
        request_id=request_id,
    )  # fmt: skip


def publish(
    tx: Connection,
    policy_id: str,
    draft_id: str,
    *,
    believed: int,
    reason: str,
    actor: str,
    now: datetime,
    request_id: str = "",
) -> Policy:
    """Make a version of a draft, as it was read; the draft is gone then.

    Raises:
        NotFound: there is no such draft.
        Stale: the draft has changed since it was read.
        Invalid: what it names is not known any more.
        IdReused: there is a version of this name.
    """
    draft, version = _locked_draft(tx, draft_id)
    if version != believed:
        raise Stale(believed=str(believed), current=str(version))
    _check(tx, draft.content)
    if not store.insert_version(tx, policy_id, draft.content, author=actor, reason=reason, now=now):
        raise IdReused(id=policy_id)
    store.delete_draft(tx, draft_id)
    _tell(
        tx, "policy.published", policy_id, None, draft.content, actor=actor,
        request_id=request_id,
    )  # fmt: skip
    return views.version(tx, policy_id)


def activate(
    tx: Connection,
    activation_id: str,
    policy_id: str,
    *,
    starts_at: datetime | None,
    reason: str,
    actor: str,
    now: datetime,
    request_id: str = "",
) -> Activation:
    """Let decisions be taken under a version from now or a time on; an older one is a roll-back.

    Raises:
        NotFound: there is no such version.
        ActivationPast: the time has passed.
        IdReused: an activation with this id was asked for before.
    """
    views.version(tx, policy_id)
    if starts_at is not None and starts_at < now:
        raise ActivationPast(starts_at=starts_at.isoformat(), now=now.isoformat())
    asked = Activation(
        id=activation_id,
        policy=policy_id,
        starts_at=starts_at or now,
        asked_at=now,
        author=actor,
        reason=reason,
    )
    if not store.insert_activation(tx, asked):
        raise IdReused(id=activation_id)
    _tell(tx, "policy.activated", policy_id, None, asked, actor=actor, request_id=request_id)
    return asked


def withdraw(
    tx: Connection, activation_id: str, *, actor: str, now: datetime, request_id: str = ""
) -> None:
    """Take an activation back before it begins; taken back twice, it is taken back.

    Raises:
        NotFound: there is none.
        ActivationBegun: it has begun.
    """
    store.lock_activation(tx, activation_id)
    asked = views.activation(tx, activation_id)
    if asked is None:
        raise NotFound(what="activation", id=activation_id)
    if asked.withdrawn_at is not None:
        return
    if asked.starts_at <= now:
        raise ActivationBegun(id=activation_id)
    store.withdraw(tx, activation_id, author=actor, now=now)
    _tell(
        tx, "policy.activation.withdrawn", asked.policy, asked, None, actor=actor,
        request_id=request_id,
    )  # fmt: skip


def measure(
    tx: Connection, measures: Sequence[Measure], *, actor: str, now: datetime, request_id: str = ""
) -> int:
    """Note what channels did; how many were new or differ.

    Raises:
        UnknownCodes: a channel is not known here. Nothing was noted.
    """
    catalog.check_channels(tx, [one.channel for one in measures])
    latest = {(one.channel, one.day): one for one in measures}
    changed = store.upsert_measures(tx, list(latest.values()), author=actor, now=now)
    if changed:
        trail.record(
            tx,
            actor=actor,
            action="channel_measure.changed",
            subject="channels",
            after={"changed": changed},
            request_id=request_id,
        )
    return changed


def _check(tx: Connection, content: Content) -> None:
    if faults := rules.faults(content, views.known(tx, content)):
        raise Invalid(faults=faults)


def _locked_draft(tx: Connection, draft_id: str) -> tuple[Draft, int]:
    store.lock_draft(tx, draft_id)
    found = views.draft(tx, draft_id)
    if found is None:
        raise NotFound(what="draft", id=draft_id)
    return found


def _tell(
    tx: Connection,
    action: str,
    subject: str,
    before: Any,
    after: Any,
    *,
    actor: str,
    request_id: str,
) -> None:
    trail.record(
        tx, actor=actor, action=action, subject=subject, before=before, after=after,
        request_id=request_id,
    )  # fmt: skip
    data: dict[str, Any] = {"is_gone": after is None}
    if isinstance(after, Activation):
        data = {"activation": after.id, "starts_at": after.starts_at.isoformat()}
    events.publish(tx, [Event(type=action, subject=subject, data=data)])
