"""What is kept back, at the door: buffers, protections and thresholds, each with its reason."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    check_address,
    check_version,
    cursor,
    deletes,
    page,
    puts,
    reads,
)
from noria.promise import keep_back_actions as actions
from noria.promise import keep_back_views as views
from noria.promise.keep_back_model import KeepBack, Purpose

QueryPurpose = Annotated[Purpose | None, QueryParameter(description="Only rules of this purpose.")]


@reads("/keep-backs", Permission.PROMISE_READ)
def get_keep_backs(
    door: NamedDependency[Door],
    purpose: QueryPurpose = None,
    sku: QueryCode = None,
    node: QueryCode = None,
    channel: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[KeepBack]:
    """Rules by id, those of the past and of the future too; filters ask for what a rule names."""
    after = (cursor(page_cursor, 1) or [""])[0]
    found = door.read(
        lambda tx: views.page(
            tx,
            purpose=purpose and purpose.value,
            sku=sku,
            node=node,
            channel=channel,
            after=str(after),
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda rule: (rule.id,))


@reads("/keep-backs/{rule:str}", Permission.PROMISE_READ, has_version=True)
def get_keep_back(rule: PathCode, door: NamedDependency[Door]) -> Response[KeepBack]:
    """One rule; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _known(tx, rule))


@puts("/keep-backs/{rule:str}", Permission.PROMISE_WRITE, has_version=True)
def put_keep_back(
    rule: PathCode, data: JSONBody[KeepBack], door: NamedDependency[Door]
) -> Response[KeepBack]:
    """Keep units back, or change how many, naming by If-Match the version that was read."""
    check_address("id", data.id, rule)
    _must(door, data)

    def check(before: KeepBack | None, version: int | None) -> None:
        if before is not None:
            _must(door, before)
        check_version(door, version)

    def save(tx: Connection, now: datetime) -> tuple[KeepBack, int]:
        actions.save(
            tx, data, actor=door.actor.id, now=now, request_id=door.request_id, check=check
        )
        return _known(tx, rule)

    return door.edit(save)


@deletes("/keep-backs/{rule:str}", Permission.PROMISE_WRITE)
def delete_keep_back(rule: PathCode, door: NamedDependency[Door]) -> None:
    """Keep these units back no longer; an If-Match, if there is one, has to be the current one."""

    def check(before: KeepBack | None, version: int | None) -> None:
        assert before is not None
        _must(door, before)
        if door.if_match is not None:
            check_version(door, version)

    door.db.run(
        lambda tx: actions.end(
            tx, rule, actor=door.actor.id, request_id=door.request_id, check=check
        )
    )


def _must(door: Door, rule: KeepBack) -> None:
    """Who writes for one node may keep back there; what reaches further asks for all nodes."""
    if rule.node is None:
        door.actor.must_everywhere(Permission.PROMISE_WRITE)
    else:
        door.actor.must(Permission.PROMISE_WRITE, rule.node)


def _known(tx: Connection, rule: str) -> tuple[KeepBack, int]:
    found = views.rule(tx, rule)
    if found is None:
        raise NotFound(what="keep-back", id=rule)
    return found


routes = [get_keep_backs, get_keep_back, put_keep_back, delete_keep_back]
