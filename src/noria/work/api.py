"""Work in the node at the door: where things lie, what is to be done, and who does it."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct

from noria.carriage import paper_actions
from noria.carriage.model import AskedKind, AskPaper, Paper
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    deletes,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import Code
from noria.network import views as network
from noria.work import actions, fact_views, views
from noria.work.model import (
    Located,
    Location,
    NewPlan,
    Part,
    Planned,
    Take,
    Taken,
    Task,
    Walk,
    Wave,
    WorkSetting,
)
from noria.work.views import Whose

PathTask = Annotated[
    str,
    PathParameter(
        pattern=r"^(leg|transfer):[A-Za-z0-9._-]{1,64}$",
        description="A task: the leg, or the transfer, that it is for.",
    ),
]
QueryWhose = Annotated[
    Whose,
    QueryParameter(
        description="Nobody's (free), mine, somebody's (taken), those that are late, or all."
    ),
]


class LocationBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Location, ...], Meta(min_length=1, max_length=1000)]


class TakeBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Take, ...], Meta(min_length=1, max_length=50)]


class Language(Enum):
    EN = "en"
    FR = "fr"


class AskList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of picks of a wave, as a document."""

    id: Code
    language: Language = Language.FR


class TaskInFull(Struct, frozen=True, kw_only=True):
    """A task with what it wants, and where it was put once it was picked."""

    task: Task
    parts: list[Part]
    put_at: str | None


@posts("/locations/batch", Permission.FULFILMENT_MANAGE)
def post_locations(
    data: JSONBody[LocationBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Located]]:
    """Say where locations of nodes are, and which SKUs lie there; each replaces what was said."""
    by_key = {f"{one.node}/{one.code}": one for one in data.items}

    def save(tx: Connection, now: datetime, keys: list[str]) -> dict[str, Located]:
        del now
        chosen = [by_key[key] for key in keys]
        door.actor.must(Permission.FULFILMENT_MANAGE, *sorted({one.node for one in chosen}))
        return actions.save_locations(tx, chosen, actor=door.actor.id, request_id=door.request_id)

    return door.edit_batch([f"{one.node}/{one.code}" for one in data.items], save)


@reads("/nodes/{node:str}/locations", Permission.FULFILMENT_READ)
def get_locations(
    node: PathCode,
    door: NamedDependency[Door],
    sku: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Location]:
    """The locations of a node by code, or those where a SKU lies."""
    door.actor.must(Permission.FULFILMENT_READ, node)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.locations(tx, node, sku=sku, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.code,))


@deletes("/nodes/{node:str}/locations/{location:str}", Permission.FULFILMENT_MANAGE)
def delete_location(node: PathCode, location: PathCode, door: NamedDependency[Door]) -> None:
    """Take a location away; nothing lies there any more."""
    door.actor.must(Permission.FULFILMENT_MANAGE, node)
    door.db.run(lambda tx: actions.drop_location(tx, node, location))


@reads("/nodes/{node:str}/work-setting", Permission.FULFILMENT_READ, has_version=True)
def get_setting(node: PathCode, door: NamedDependency[Door]) -> Response[WorkSetting]:
    """How a node works: sizes of its waves, its aisles, its lease."""
    door.actor.must(Permission.FULFILMENT_READ, node)
    return door.show(lambda tx: _setting(tx, node))


@puts("/nodes/{node:str}/work-setting", Permission.FULFILMENT_MANAGE, has_version=True)
def put_setting(
    node: PathCode, data: JSONBody[WorkSetting], door: NamedDependency[Door]
) -> Response[WorkSetting]:
    """Say how a node works."""
    door.actor.must(Permission.FULFILMENT_MANAGE, node)
    return door.save(
        lambda tx, wanted, *, actor, now, request_id, check: actions.save_setting(  # noqa: ARG005
            tx, node, wanted, actor=actor, request_id=request_id, check=check
        ),
        data,
        lambda tx: _setting(tx, node),
    )


@reads("/tasks", Permission.FULFILMENT_READ)
def get_tasks(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    whose: QueryWhose = Whose.ALL,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Task]:
    """What is to be picked at the nodes, the most urgent first, and who has it."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: views.tasks(
            tx,
            now=clock.now(tx),
            nodes=nodes,
            whose=whose,
            person=door.actor.id,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.deadline.isoformat(), one.id))


@reads("/tasks/{task:str}", Permission.FULFILMENT_READ)
def get_task(task: PathTask, door: NamedDependency[Door]) -> TaskInFull:
    """An open task with what it wants, what of that is confirmed, and what is missing."""

    def ask(tx: Connection) -> TaskInFull:
        found = views.tasks(tx, now=clock.now(tx), ids=[task], limit=1)
        if not found:
            raise NotFound(what="task", id=task)
        door.actor.must(Permission.FULFILMENT_READ, found[0].node)
        return TaskInFull(
            task=found[0],
            parts=actions.parts_of(tx, [task])[task],
            put_at=fact_views.staged(tx, [task]).get(task),
        )

    return door.read(ask)


@puts("/wave-plans/{plan:str}", Permission.FULFILMENT_WORK)
def put_plan(
    plan: PathCode, data: JSONBody[NewPlan], door: NamedDependency[Door]
) -> Response[Planned]:
    """Put what waits at a node in waves, as it is worked on: batches, carts, pickups, pallets."""
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    return door.once(
        plan, data, lambda tx, now: actions.plan(tx, plan, data, actor=door.actor.id, now=now)
    )


@reads("/waves", Permission.FULFILMENT_READ)
def get_waves(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    whose: QueryWhose = Whose.ALL,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Wave]:
    """Waves of which something is left to do, the most urgent first."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: views.waves(
            tx,
            now=clock.now(tx),
            nodes=nodes,
            whose=whose,
            person=door.actor.id,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.deadline.isoformat(), one.id))


@reads("/waves/{wave:str}", Permission.FULFILMENT_READ)
def get_wave(wave: PathCode, door: NamedDependency[Door]) -> Walk:
    """A wave as it is walked: stops in order, what to take there, and for which slots."""

    def ask(tx: Connection) -> Walk:
        known = actions.known_wave(tx, wave, now=clock.now(tx))
        door.actor.must(Permission.FULFILMENT_READ, known.node)
        return actions.walk(tx, known)

    return door.read(ask)


@posts("/wave-claims/batch", Permission.FULFILMENT_WORK)
def post_claims(
    data: JSONBody[TakeBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Taken]]:
    """Take waves: certain ones, or the most urgent that nobody has; nobody else gets the same."""
    by_id = {one.id: one for one in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> dict[str, Taken]:
        return {
            key: actions.take(
                tx,
                by_id[key],
                actor=door.actor.id,
                now=now,
                must=lambda node, one=by_id[key]: _must_take(door, one, node),  # type: ignore[misc]
            )
            for key in ids
        }

    items = [(one.id, one) for one in data.items]
    return door.batch(f"PUT /v1/wave-claims/{{claim}} {door.actor.id}", items, work)


@puts("/waves/{wave:str}/dissolution", Permission.FULFILMENT_MANAGE)
def put_dissolution(wave: PathCode, door: NamedDependency[Door]) -> Response[Wave]:
    """Take a wave apart: what is left of it is in no wave."""

    def work(tx: Connection, now: datetime) -> Wave:
        return actions.dissolve(
            tx,
            wave,
            now=now,
            must=lambda node: door.actor.must(Permission.FULFILMENT_MANAGE, node),
        )

    return door.once(wave, None, work)


@posts("/waves/{wave:str}/pick-list", Permission.FULFILMENT_WORK)
def post_pick_list(
    wave: PathCode, data: JSONBody[AskList], door: NamedDependency[Door]
) -> Response[Paper]:
    """Ask for the list of picks of a wave's legs as a PDF; the worker draws it."""

    def ask(tx: Connection, now: datetime) -> Paper:
        known = actions.known_wave(tx, wave, now=now)
        door.actor.must(Permission.FULFILMENT_WORK, known.node)
        legs = views.legs_of(tx, wave)
        if not legs:
            raise NotFound(what="leg", id=wave)
        wanted = AskPaper(
            id=data.id,
            kind=AskedKind.PICK_LIST,
            language=data.language.value,
            legs=tuple(legs[:200]),
        )
        return paper_actions.ask(tx, wanted, actor=door.actor.id, now=now)

    return door.once(data.id, [wave, data], ask)


def _must_take(door: Door, wanted: Take, node: str) -> None:
    """Whoever works there may take for themselves; to give to others is for who manages it."""
    door.actor.must(Permission.FULFILMENT_WORK, node)
    if wanted.person not in {None, door.actor.id}:
        door.actor.must(Permission.FULFILMENT_MANAGE, node)


def _setting(tx: Connection, node: str) -> tuple[WorkSetting, int]:
    if node not in network.nodes(tx, [node]):
        raise NotFound(what="node", id=node)
    return views.setting(tx, node)


routes = [
    post_locations,
    get_locations,
    delete_location,
    get_setting,
    put_setting,
    get_tasks,
    get_task,
    put_plan,
    get_waves,
    get_wave,
    post_claims,
    put_dissolution,
    post_pick_list,
]
