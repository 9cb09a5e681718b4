"""Who comes in, at the door: sessions, people and their grants, API keys, the trail of changes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import litestar
import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from noria.kit import clock, trail
from noria.kit.auth import ROLES, Actor, Permission, Role
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    PROBLEMS,
    Door,
    Instant,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_version,
    cursor,
    etag,
    page,
    posts,
    puts,
    reads,
)
from noria.people import actions, rules, views
from noria.people.gate import check_declared, gate_of, guard, identify, tell_limit
from noria.people.model import (
    Email,
    Grant,
    Key,
    KeyWish,
    Language,
    Made,
    Name,
    Password,
    PeopleOnly,
    Person,
    Profile,
    RoleShown,
    Trace,
)

__all__ = ["check_declared", "guard", "identify", "routes", "tell_limit"]

Asked = Request[Any, Any, Any]
Grants = Annotated[tuple[Grant, ...], Meta(max_length=50)]
MOST_OVERLAP_MINUTES = int(rules.LONGEST_OVERLAP.total_seconds()) // 60
QueryText = Annotated[
    str | None, QueryParameter(description="Only this one.", min_length=1, max_length=200)
]

QueryUntil = Annotated[
    Instant | None, QueryParameter(description="Only what was changed before that; real time.")
]


class LogInBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Annotated[str, Meta(max_length=254, examples=["claire@example.org"])]
    password: Password


class Me(Struct, frozen=True, kw_only=True):
    """Whoever asks: each permission they have, and the nodes it holds at (null: all of them).

    `currency` is the house's: of every amount that names none.
    """

    id: str
    name: str
    language: Language
    currency: str
    reach: Mapping[str, Sequence[str] | None]


class LoggedIn(Struct, frozen=True, kw_only=True):
    """The session itself is in a cookie; send `csrf_token` as X-CSRF-Token to change anything."""

    me: Me
    csrf_token: str
    expires_at: datetime


class NewPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    name: Name
    language: Language = "en"
    password: Password
    grants: Grants = ()


class GrantsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    grants: Grants


class PasswordBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Password


class PasswordChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: Password
    new: Password


class RotationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the secret of today goes on working beside the new one; at most 7 days."""

    overlap_minutes: Annotated[int, Meta(ge=0, le=MOST_OVERLAP_MINUTES, examples=[1440])] = 0


class RevocationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=500, examples=["The partner has left."])] = ""


@litestar.post("/sessions", sync_to_thread=True, opt={"public": True}, responses=PROBLEMS)
def post_session(
    data: JSONBody[LogInBody], request: Asked, door: NamedDependency[Door]
) -> Response[LoggedIn]:
    """Log in. The session is set as a cookie that scripts cannot read."""
    gate, now = gate_of(request.app), clock.wall()
    opened = actions.log_in(
        door.db,
        data.email,
        data.password,
        address=_address(request),
        lasts=timedelta(hours=gate.settings.session_hours),
        now=now,
    )
    person = door.read(lambda tx: _person(tx, opened.person_id))
    actor = rules.person_actor(person.id, person.name, person.language, person.grants)
    return Response(
        LoggedIn(
            me=_me(actor, gate.settings.currency),
            csrf_token=opened.csrf_token,
            expires_at=opened.expires_at,
        ),
        status_code=201,
        cookies=gate.cookies(opened, now),
    )


@litestar.delete(
    "/sessions/current", sync_to_thread=True, opt={"permission": None}, responses=PROBLEMS
)
def delete_session(request: Asked, door: NamedDependency[Door]) -> Response[None]:
    """Log out."""
    token_hash = _own_session(request)
    door.db.run(lambda tx: actions.log_out(tx, token_hash, actor=door.actor))
    return Response(None, status_code=204, cookies=gate_of(request.app).no_cookies())


@litestar.get("/me", sync_to_thread=True, opt={"permission": None}, responses=PROBLEMS)
def get_me(request: Asked, door: NamedDependency[Door]) -> Me:
    """Who you are here, what you may do where, and in which currency the house reckons."""
    return _me(door.actor, gate_of(request.app).settings.currency)


@litestar.put(
    "/me/password",
    sync_to_thread=True,
    status_code=204,
    opt={"permission": None},
    responses=PROBLEMS,
)
def put_own_password(
    data: JSONBody[PasswordChange], request: Asked, door: NamedDependency[Door]
) -> None:
    """Change your own password; your other sessions end."""
    token_hash = _own_session(request)
    actions.change_password(
        door.db,
        door.actor.id.removeprefix("person:"),
        data.current,
        data.new,
        keep=token_hash,
        now=clock.wall(),
    )


@reads("/people", Permission.PEOPLE_READ)
def get_people(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Person]:
    """People, in the order of their e-mails; with `node`, those who have a grant there."""
    after = cursor(page_cursor, 1)
    found = door.read(
        lambda tx: views.people(
            tx,
            nodes=door.nodes(Permission.PEOPLE_READ, node),
            after=None if after is None else str(after[0]),
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda person: (person.email,))


@posts("/people", Permission.PEOPLE_WRITE, status_code=201)
def post_person(data: JSONBody[NewPerson], door: NamedDependency[Door]) -> Response[Person]:
    """Add somebody, with a first password that they should change."""
    profile = Profile(email=data.email, name=data.name, language=data.language)

    def add(tx: Connection, _: datetime) -> Person:
        return actions.add_person(
            tx, profile, data.password, data.grants, actor=door.actor, now=clock.wall()
        )

    # What is remembered of a request is a plain hash of it: a password must not be in there.
    return door.act((profile, data.grants), add, status=201)


@reads("/people/{person_id:str}", Permission.PEOPLE_READ)
def get_person(person_id: PathCode, door: NamedDependency[Door]) -> Response[Person]:
    """A person, with the ETag that an edit has to name."""
    nodes = door.actor.nodes(Permission.PEOPLE_READ)
    person = door.read(lambda tx: _person(tx, person_id))
    if nodes is not None and not rules.has_grant_at(person.grants, nodes):
        raise NotFound(what="person", id=person_id)
    return Response(person, headers={"ETag": etag(person.version)})


@puts("/people/{person_id:str}", Permission.PEOPLE_WRITE, has_version=True)
def put_person(
    person_id: PathCode, data: JSONBody[Profile], door: NamedDependency[Door]
) -> Response[Person]:
    """Edit a person; made inactive, they are logged out and stay out."""

    def change(tx: Connection, _: datetime) -> Person:
        check_version(door, actions.hold(tx, person_id).version)
        return actions.change_person(tx, person_id, data, actor=door.actor, now=clock.wall())

    return door.act((person_id, data), change)


@puts("/people/{person_id:str}/grants", Permission.PEOPLE_WRITE, has_version=True)
def put_grants(
    person_id: PathCode, data: JSONBody[GrantsBody], door: NamedDependency[Door]
) -> Response[Person]:
    """Make these a person's grants; they hold from their next request on."""

    def change(tx: Connection, _: datetime) -> Person:
        check_version(door, actions.hold(tx, person_id).version)
        return actions.set_grants(tx, person_id, data.grants, actor=door.actor, now=clock.wall())

    return door.act((person_id, data), change)


@puts("/people/{person_id:str}/password", Permission.PEOPLE_WRITE, status_code=204)
def put_password(
    person_id: PathCode, data: JSONBody[PasswordBody], door: NamedDependency[Door]
) -> None:
    """Set the password of somebody who forgot theirs; their sessions end."""
    door.db.run(lambda tx: actions.reset_password(tx, person_id, data.password, actor=door.actor))


@reads("/keys", Permission.KEYS_WRITE)
def get_keys(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Key]:
    """API keys, also those revoked; with `node`, those that hold there. No secrets."""
    after = cursor(page_cursor, 1)
    found = door.read(
        lambda tx: views.keys(
            tx,
            nodes=door.nodes(Permission.KEYS_WRITE, node),
            after=None if after is None else str(after[0]),
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda key: (key.id,))


@posts("/keys", Permission.KEYS_WRITE, status_code=201)
def post_key(data: JSONBody[KeyWish], door: NamedDependency[Door]) -> Response[Made]:
    """Make an API key that may do at most what you may. Its token is shown this once."""

    def add(tx: Connection) -> Made:
        return actions.add_key(tx, data, actor=door.actor, now=clock.wall())

    return _shown_once(door, data, add, status=201)


@posts("/keys/{key_id:str}/rotation", Permission.KEYS_WRITE)
def post_rotation(
    key_id: PathCode, data: JSONBody[RotationBody], door: NamedDependency[Door]
) -> Response[Made]:
    """Give a key a new secret, while the old one still works for as long as you say."""
    overlap = timedelta(minutes=data.overlap_minutes)

    def rotate(tx: Connection) -> Made:
        return actions.rotate_key(tx, key_id, overlap=overlap, actor=door.actor, now=clock.wall())

    return _shown_once(door, (key_id, data), rotate, status=200)


@puts("/keys/{key_id:str}/revocation", Permission.KEYS_WRITE)
def put_revocation(
    key_id: PathCode, data: JSONBody[RevocationBody], door: NamedDependency[Door]
) -> Response[Key]:
    """End a key for good; it is refused everywhere within 5 seconds."""

    def revoke(tx: Connection, _: datetime) -> Key:
        return actions.revoke_key(tx, key_id, data.reason, actor=door.actor, now=clock.wall())

    return door.act((key_id, data), revoke)


@reads("/roles", Permission.PEOPLE_READ)
def get_roles(door: NamedDependency[Door]) -> Sequence[RoleShown]:
    """The roles that people may have, and what each lets them do."""
    del door  # they are the same for everybody
    return [
        RoleShown(role=role, permissions=tuple(one for one in Permission if one in ROLES[role]))
        for role in Role
    ]


@reads("/trail", Permission.AUDIT_READ)
def get_trail(
    door: NamedDependency[Door],
    actor: QueryText = None,
    subject: QueryText = None,
    action: QueryText = None,
    until: QueryUntil = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Trace]:
    """Who changed what, newest first. It tells of every node, so the grant must be for all."""
    door.actor.must_everywhere(Permission.AUDIT_READ)
    after = cursor(page_cursor, 1)

    def ask(tx: Connection) -> list[Trace]:
        found = trail.entries(
            tx,
            actor=actor,
            subject=subject,
            action=action,
            until=until,
            before_seq=None if after is None else after[0],
            limit=limit + 1,
        )
        names = views.names(tx, (entry.actor for entry in found))
        return [
            Trace(actor_name=names.get(entry.actor), **structs.asdict(entry)) for entry in found
        ]

    return page(door.read(ask), limit, lambda trace: (trace.seq,))


def _shown_once(
    door: Door, content: Any, verb: Callable[[Connection], Made], *, status: int
) -> Response[Made]:
    """Answer with the token, but remember the answer without it: nothing here keeps a secret."""
    made: list[Made] = []

    def without_token(tx: Connection, _: datetime) -> Made:
        made[:] = [verb(tx)]
        return Made(key=made[0].key, token=None)

    answer = door.act(content, without_token, status=status)
    remembered: Any = answer.content
    is_new = made and remembered == msgspec.json.encode(Made(key=made[0].key, token=None))
    return Response(made[0], status_code=status) if is_new else answer


def _me(actor: Actor, currency: str) -> Me:
    return Me(
        id=actor.id,
        name=actor.name,
        language="fr" if actor.language == "fr" else "en",
        currency=currency,
        reach={
            permission.value: actor.nodes(permission)
            for permission in Permission
            if permission in actor.reach
        },
    )


def _own_session(request: Asked) -> bytes:
    token_hash: bytes | None = request.scope["state"].get("session")
    if token_hash is None:
        raise PeopleOnly
    return token_hash


def _address(request: Asked) -> str:
    peer = request.client.host if request.client else ""
    return rules.caller_address(peer, request.headers.get("x-forwarded-for", ""))


def _person(tx: Connection, person_id: str) -> Person:
    found = views.person(tx, person_id)
    if found is None:
        raise NotFound(what="person", id=person_id)
    return found


routes = [
    post_session,
    delete_session,
    get_me,
    put_own_password,
    get_people,
    post_person,
    get_person,
    put_person,
    put_grants,
    put_password,
    get_keys,
    post_key,
    post_rotation,
    put_revocation,
    get_roles,
    get_trail,
]
