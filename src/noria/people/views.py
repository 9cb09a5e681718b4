"""Questions about who comes in: people and their grants, and keys, never a hash."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from noria.kit.auth import ROLES, Nodes, Permission
from noria.kit.db import Connection, row, rows
from noria.people.model import Holder, Key, Person


def person(tx: Connection, person_id: str) -> Person | None:
    return row(
        tx,
        _person,
        """
        select id, email, name, language, is_active, coalesce(grants, '[]') as grants,
            version, changed_at
        from person
        left join granted on granted.person = person.id
        where id = %s
        """,
        [person_id],
    )


def people(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Person]:
    """People in the order of their e-mails; with `nodes`, those who have a grant at one of them."""
    return rows(
        tx,
        _person,
        """
        select id, email, name, language, is_active, coalesce(grants, '[]') as grants,
            version, changed_at
        from person
        left join granted on granted.person = person.id
        where (%(after)s::text is null or email > %(after)s)
            and (%(nodes)s::text[] is null or exists (
                select from role_grant
                where role_grant.person = person.id and (node is null or node = any(%(nodes)s))
            ))
        order by email
        limit %(limit)s
        """,
        {"nodes": None if nodes is None else list(nodes), "after": after, "limit": limit},
    )


def names(tx: Connection, actors: Iterable[str]) -> dict[str, str]:
    """What those of these actors are called who are people or keys."""
    asked = sorted(set(actors))
    found = tx.execute(
        """
        select actor, coalesce(person.name, api_key.name)
        from unnest(%s::text[]) as asked (actor)
        left join person on actor like 'person:%%' and person.id = substr(actor, 8)
        left join api_key on actor like 'key:%%' and api_key.id = substr(actor, 5)
        """,
        [asked],
    )
    return {actor: name for actor, name in found if name is not None}


def holders(
    tx: Connection,
    permission: Permission,
    *,
    nodes: Sequence[str] | None = None,
    after: Sequence[str] | None = None,
    limit: int = 100,
) -> list[Holder]:
    """Active people by name who hold it at each of these nodes, or, with none named, everywhere.

    `after` is the (name, id) to go on from.
    """
    return rows(
        tx,
        Holder,
        """
        with given as (
            select person, node from role_grant where role = any(%(roles)s)
        )
        select 'person:' || id as id, name
        from person
        where is_active
            and (%(name)s::text is null or (name, 'person:' || id) > (%(name)s::text, %(id)s::text))
            and (
                exists (select from given where given.person = person.id and node is null)
                or not exists (
                    select from unnest(%(nodes)s::text[]) as asked (node)
                    where not exists (
                        select from given
                        where given.person = person.id and given.node = asked.node
                    )
                ) and %(nodes)s::text[] is not null
            )
        order by name, 'person:' || id
        limit %(limit)s
        """,
        {
            "roles": _roles_of(permission),
            "nodes": None if nodes is None else list(nodes),
            "name": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def reach(tx: Connection, actors: Iterable[str], permission: Permission) -> dict[str, Nodes]:
    """Where those of these actors hold it who are let in and hold it anywhere."""
    found = tx.execute(
        """
        with held as (
            select ('person:' || person.id) collate "C" as actor, node::text
            from person
            join role_grant on role_grant.person = person.id and role = any(%(roles)s)
            where is_active
            union all
            select ('key:' || id) collate "C", node
            from api_key
            left join api_key_revocation on api_key_revocation.key = api_key.id
            cross join unnest(coalesce(nodes, array[null::text])) as node
            where %(permission)s = any(permissions) and revoked_at is null
        )
        select actor, bool_or(node is null), array_agg(node)
        from held
        where actor = any(%(actors)s)
        group by actor
        """,
        {
            "roles": _roles_of(permission),
            "permission": permission.value,
            "actors": sorted(set(actors)),
        },
    )
    return {actor: None if is_all else frozenset(nodes) for actor, is_all, nodes in found}


def _roles_of(permission: Permission) -> list[str]:
    return [role.value for role, permissions in ROLES.items() if permission in permissions]


def key(tx: Connection, key_id: str) -> Key | None:
    return row(
        tx,
        _key,
        """
        select id, name, permissions, nodes, created_by, created_at, expires_at, rotated_at,
            previous_until, last_used_at, revoked_at
        from api_key
        left join api_key_revocation on api_key_revocation.key = api_key.id
        where id = %s
        """,
        [key_id],
    )


def keys(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Key]:
    """Keys in the order of their ids; with `nodes`, those that hold at one of them."""
    return rows(
        tx,
        _key,
        """
        select id, name, permissions, nodes, created_by, created_at, expires_at, rotated_at,
            previous_until, last_used_at, revoked_at
        from api_key
        left join api_key_revocation on api_key_revocation.key = api_key.id
        where (%(after)s::text is null or id > %(after)s)
            and (%(nodes)s::text[] is null or nodes is null or nodes && %(nodes)s)
        order by id
        limit %(limit)s
        """,
        {"nodes": None if nodes is None else list(nodes), "after": after, "limit": limit},
    )


def _person(**columns: Any) -> Person:
    return msgspec.convert(columns, Person)


def _key(**columns: Any) -> Key:
    return msgspec.convert(columns, Key)
