"""Policies at the door: drafts, versions, what differs, and from when on which is live."""

from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Instant,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    check_version,
    cursor,
    deletes,
    page,
    posts,
    puts,
    reads,
)
from noria.policies import actions, rank_views, rules, views
from noria.policies.model import (
    Activation,
    Content,
    Difference,
    Draft,
    Live,
    Measure,
    Policy,
    PolicyId,
    PolicyRow,
    Priority,
    Reason,
    Setting,
)

PathPolicy = Annotated[
    str,
    PathParameter(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$", description="A version's or a draft's id."
    ),
]
Side = Annotated[
    str,
    PathParameter(
        pattern=r"^(draft:)?[A-Za-z0-9][A-Za-z0-9._-]{0,29}$",
        description="A version's id, draft:ID, or live.",
    ),
]


class DraftBody(Content, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy in the making; what is left out is as a new installation has it."""

    based_on: PolicyId | None = None


class PublishBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a version of a draft; `draft_version` is the ETag of the draft that was read."""

    draft: PolicyId
    draft_version: Annotated[int, Meta(ge=1)]
    reason: Reason


class ActivationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decide under this version, from `starts_at` on; without it, from now on."""

    policy: PolicyId
    starts_at: Instant | None = None
    reason: Reason


class Measures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Measure, ...], Meta(min_length=1, max_length=1000)]


class Measured(Struct, frozen=True, kw_only=True):
    """How many measures were new or differ."""

    changed: int


@reads("/policies/live", Permission.POLICIES_READ)
def get_live(door: NamedDependency[Door]) -> Live:
    """The version that decisions are taken under now, since when, and what will follow it."""

    def ask(tx: Connection) -> Live:
        since, coming = views.live_since(tx)
        return Live(policy=views.signed(tx, views.live(tx)), since=since, coming=coming)

    return door.read(ask)


@reads("/policies/settings", Permission.POLICIES_READ)
def get_settings() -> Page[Setting]:
    """What may be written for each setting of a policy, in the order in which they are told."""
    return Page(rules.settings())


@reads("/policies/versions", Permission.POLICIES_READ)
def get_versions(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[PolicyRow]:
    """Versions, newest first."""
    before = (cursor(page_cursor, 1) or [None])[0]
    found = door.read(
        lambda tx: views.versions(
            tx, before=None if before is None else int(before), limit=limit + 1
        )
    )
    numbers = {one.id: number for number, one in found}
    return page([one for _, one in found], limit, lambda one: (numbers[one.id],))


@reads("/policies/versions/{policy:str}", Permission.POLICIES_READ)
def get_version(policy: PathPolicy, door: NamedDependency[Door]) -> Policy:
    """A version, whole."""
    return door.read(lambda tx: views.signed(tx, views.version(tx, policy)))


@puts("/policies/versions/{policy:str}", Permission.POLICIES_WRITE)
def put_version(
    policy: PathPolicy, data: JSONBody[PublishBody], door: NamedDependency[Door]
) -> Response[Policy]:
    """Make a version of a draft. It never changes after that; sent twice, it is made once."""
    return door.once(
        policy,
        data,
        lambda tx, now: actions.publish(
            tx,
            policy,
            data.draft,
            believed=data.draft_version,
            reason=data.reason,
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
        ),
    )


@reads("/policies/differences/{before:str}/{after:str}", Permission.POLICIES_READ)
def get_differences(before: Side, after: Side, door: NamedDependency[Door]) -> Page[Difference]:
    """All that differs between two versions or drafts, field by field."""
    one, other = door.read(lambda tx: (_content(tx, before), _content(tx, after)))
    return Page(rules.differences(one, other))


@reads("/policies/drafts", Permission.POLICIES_READ)
def get_drafts(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Draft]:
    """Drafts by id."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.drafts(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.id,))


@reads("/policies/drafts/{draft:str}", Permission.POLICIES_READ, has_version=True)
def get_draft(draft: PathPolicy, door: NamedDependency[Door]) -> Response[Draft]:
    """A draft; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _draft(tx, draft))


@puts("/policies/drafts/{draft:str}", Permission.POLICIES_WRITE, has_version=True)
def put_draft(
    draft: PathPolicy, data: JSONBody[DraftBody], door: NamedDependency[Door]
) -> Response[Draft]:
    """Begin a policy, or change it, naming by If-Match the version of the draft that was read."""
    content = Content(
        settings=data.settings,
        overrides=data.overrides,
        protections=data.protections,
        ranking=data.ranking,
    )

    def save(tx: Connection, now: datetime) -> tuple[Draft, int]:
        actions.save_draft(
            tx,
            Draft(
                id=draft,
                based_on=data.based_on,
                changed_at=now,
                author=door.actor.id,
                content=content,
            ),
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _draft(tx, draft)

    return door.edit(save)


@deletes("/policies/drafts/{draft:str}", Permission.POLICIES_WRITE)
def delete_draft(draft: PathPolicy, door: NamedDependency[Door]) -> None:
    """Give a draft up; an If-Match, if there is one, has to be the current one."""

    def check(version: int | None) -> None:
        if door.if_match is not None:
            check_version(door, version)

    door.db.run(
        lambda tx: actions.drop_draft(
            tx, draft, actor=door.actor.id, request_id=door.request_id, check=check
        )
    )


@reads("/policies/activations", Permission.POLICIES_READ)
def get_activations(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Activation]:
    """From when on which version was, is or will be live, the last to begin first."""
    given = cursor(page_cursor, 1)
    before = str(given[0]) if given else None
    found = door.read(lambda tx: views.activations(tx, before=before, limit=limit + 1))
    return page(found, limit, lambda one: (one.id,))


@puts("/policies/activations/{activation:str}", Permission.POLICIES_ACTIVATE)
def put_activation(
    activation: PathCode, data: JSONBody[ActivationBody], door: NamedDependency[Door]
) -> Response[Activation]:
    """Let a version be live from now or a time on; an older version is how to go back."""
    return door.once(
        activation,
        data,
        lambda tx, now: actions.activate(
            tx,
            activation,
            data.policy,
            starts_at=data.starts_at,
            reason=data.reason,
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
        ),
    )


@deletes("/policies/activations/{activation:str}", Permission.POLICIES_ACTIVATE)
def delete_activation(activation: PathCode, door: NamedDependency[Door]) -> None:
    """Take an activation back that has not begun yet; the list goes on showing it."""
    door.db.run(
        lambda tx: actions.withdraw(
            tx, activation, actor=door.actor.id, now=clock.now(tx), request_id=door.request_id
        )
    )


@reads("/policies/channel-ranks", Permission.POLICIES_READ)
def get_channel_ranks(door: NamedDependency[Door]) -> Page[Priority]:
    """Channels as the live policy ranks them today, each with its reason; first served first."""
    return Page(door.read(lambda tx: rank_views.ranks(tx, clock.now(tx).date())))


@reads("/policies/channel-measures", Permission.POLICIES_READ)
def get_measures(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Measure]:
    """What was measured of channels, by channel and day."""
    given = cursor(page_cursor, 2)
    after = (str(given[0]), str(given[1])) if given else None
    found = door.read(lambda tx: views.measures(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.channel, one.day.isoformat()))


@posts("/policies/channel-measures", Permission.POLICIES_WRITE)
def post_measures(data: JSONBody[Measures], door: NamedDependency[Door]) -> Response[Measured]:
    """Note what channels did; of one channel and day the last word counts."""
    return door.act(
        data,
        lambda tx, now: Measured(
            changed=actions.measure(
                tx, data.items, actor=door.actor.id, now=now, request_id=door.request_id
            )
        ),
    )


def _draft(tx: Connection, draft: str) -> tuple[Draft, int]:
    found = views.draft(tx, draft)
    if found is None:
        raise NotFound(what="draft", id=draft)
    return found


def _content(tx: Connection, side: str) -> Content:
    if side == "live":
        return views.live(tx).content
    kind, colon, draft = side.partition(":")
    if colon and kind == "draft":
        return _draft(tx, draft)[0].content
    return views.version(tx, side).content


routes = [
    get_live,
    get_settings,
    get_versions,
    get_version,
    put_version,
    get_differences,
    get_drafts,
    get_draft,
    put_draft,
    delete_draft,
    get_activations,
    put_activation,
    delete_activation,
    get_channel_ranks,
    get_measures,
    post_measures,
]
