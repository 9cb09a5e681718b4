"""Exceptions at the door: the work list, its causes, and what people do about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.people import views as people
from noria.people.model import Holder
from noria.tower import (
    exception_actions,
    exception_rules,
    exception_views,
    standing_actions,
    standing_api,
)
from noria.tower.exception_model import (
    AtRisk,
    Cause,
    ExceptionRow,
    FoundException,
    KindShown,
    NewNote,
    Note,
    NoteBody,
    Noted,
    Sort,
)
from noria.tower.exception_table import BY_KIND, EVERY_KIND

Kind = Annotated[
    str | None,
    QueryParameter(
        description="Only this kind, or all kinds that begin with this word and a dot.",
        enum=[*BY_KIND, *dict.fromkeys(kind.partition(".")[0] for kind in BY_KIND)],
    ),
]
OneKind = Annotated[str, QueryParameter(description="Its kind.", max_length=64)]
Subject = Annotated[str, QueryParameter(description="What it is about.", max_length=128)]
IsSnoozed = Annotated[
    bool | None, QueryParameter(description="Only those that may wait, or only those that do not.")
]
AssignedTo = Annotated[
    str | None, QueryParameter(description="Only those that somebody looks after.", max_length=64)
]
QuerySort = Annotated[Sort, QueryParameter(description="What comes first.")]
ONE = "PUT /v1/exception-notes/{note_id}"


class NoteBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[NewNote, ...], Meta(min_length=1, max_length=200)]


@reads("/exceptions", Permission.TOWER_READ)
def get_exceptions(
    door: NamedDependency[Door],
    state: State,
    kind: Kind = None,
    node: QueryCodes = None,
    is_snoozed: IsSnoozed = None,
    assigned_to: AssignedTo = None,
    sort: QuerySort = Sort.OLDEST,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Response[Page[ExceptionRow]]:
    """What a person must look at, in the order of `sort`; gone when its cause is.

    By money, one currency comes after the other, the house's first: nothing says what one is worth
    in another. By urgency, what is past its time, or due within four hours, comes before all else.
    `Noria-As-Of` says when it was looked at; `Cache-Control: no-cache` has it looked at now.
    """
    nodes, after = door.nodes(Permission.TOWER_READ, node), cursor(page_cursor, 8)

    def ask(tx: Connection) -> Page[ExceptionRow]:
        now = clock.now(tx)
        # A page that goes on asks what was pressing for the first one: else rows change places.
        first = (now + exception_rules.PRESSING).isoformat()
        pressing = str(after[0]) if after else first
        found = exception_views.exceptions(
            tx,
            kind=kind,
            nodes=nodes,
            is_snoozed=is_snoozed,
            assigned_to=assigned_to,
            sort=sort,
            house=state.settings.currency,
            pressing=pressing,
            after=after[1:] if after else None,
            limit=limit + 1,
        )
        zones = exception_views.zones(tx, found)
        some = page(found, limit, lambda one: _place(one, pressing))
        shown = [exception_rules.shown(one, door.actor, now=now, zones=zones) for one in some.items]
        return Page(shown, some.next)

    return standing_api.told(door, ask)


def _place(one: FoundException, pressing: str) -> tuple[str | int, ...]:
    """Where it stands in its list, as a cursor keeps it."""
    return (
        pressing,
        one.currency or "",
        one.money_cents or 0,
        one.due_at.isoformat() if one.due_at else "",
        one.since.isoformat(),
        one.kind,
        one.subject,
        one.id,
    )


@reads("/exception-kinds", Permission.TOWER_READ)
def get_kinds(door: NamedDependency[Door]) -> Page[KindShown]:
    """Every kind of exception: whose it is, what is at risk, what is proposed, when it goes."""
    return Page([exception_rules.kind_shown(one, door.actor.language) for one in EVERY_KIND])


@reads("/exceptions/causes", Permission.TOWER_READ)
def get_causes(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    is_snoozed: IsSnoozed = None,
    assigned_to: AssignedTo = None,
) -> Response[Page[Cause]]:
    """How much there is of each cause, and what is at risk, the most money first.

    `Noria-As-Of` says when it was looked at; `Cache-Control: no-cache` has it looked at now.
    """
    nodes = door.nodes(Permission.TOWER_READ, node)

    def ask(tx: Connection) -> Page[Cause]:
        found = exception_views.causes(
            tx, nodes=nodes, is_snoozed=is_snoozed, assigned_to=assigned_to
        )
        names = {one.kind: BY_KIND[one.kind].name for one in found}
        language = door.actor.language
        return Page(
            [structs.replace(one, name=names[one.kind].filled(language, {})) for one in found]
        )

    return standing_api.told(door, ask)


@reads("/exceptions/at-risk", Permission.TOWER_READ)
def get_at_risk(door: NamedDependency[Door], node: QueryCodes = None) -> Response[AtRisk]:
    """How much waits for somebody, and the money at risk: each order once.

    `Noria-As-Of` says when it was looked at; `Cache-Control: no-cache` has it looked at now.
    """
    nodes = door.nodes(Permission.TOWER_READ, node)
    return standing_api.told(door, lambda tx: exception_views.at_risk(tx, nodes=nodes))


@reads("/exception-notes", Permission.TOWER_READ)
def get_notes(
    door: NamedDependency[Door],
    kind: OneKind,
    subject: Subject,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Note]:
    """What people did about an exception that there is, in order: who has it, what was said."""
    after = cursor(page_cursor, 1)
    reached = door.actor.nodes(Permission.TOWER_READ)

    def ask(tx: Connection) -> list[Note]:
        places = exception_views.places(tx, [(kind, subject)]).get((kind, subject))
        if reached is not None and (places is None or places.isdisjoint(reached)):
            return []
        number = int(after[0]) if after else 0
        return exception_views.notes(tx, kind, subject, after=number, limit=limit + 1)

    standing_actions.keep(door.db, wants_no_copy=door.wants_no_copy)
    return page(door.read(ask), limit, lambda note: (note.number,))


@reads("/exception-assignees", Permission.TOWER_WRITE)
def get_assignees(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Holder]:
    """To whom an exception at a node can be given; with several nodes, whoever looks after each.

    Without `node`, whoever looks after every node: an exception of none is for them.
    """
    if node is None:
        door.actor.must_everywhere(Permission.TOWER_WRITE)
    else:
        door.actor.must(Permission.TOWER_WRITE, *node)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: people.holders(
            tx, Permission.TOWER_WRITE, nodes=node, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.name, one.id))


@puts("/exception-notes/{note_id:str}", Permission.TOWER_WRITE)
def put_note(
    note_id: PathCode, data: JSONBody[NoteBody], door: NamedDependency[Door]
) -> Response[Noted]:
    """Take an exception, let it wait until later, or say something of it."""
    exception_actions.check(data)
    one = NewNote(id=note_id, **structs.asdict(data))
    return door.once(
        note_id,
        data,
        lambda tx, now: exception_actions.note(tx, [one], actor=door.actor, now=now)[note_id],
    )


@posts("/exception-notes/batch", Permission.TOWER_WRITE)
def post_notes(
    data: JSONBody[NoteBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Noted]]:
    """Many of them at once; each is answered for itself, and one refused does not hide others."""
    for place, one in enumerate(data.items):
        exception_actions.check(one, f"/items/{place}")
    notes = {one.id: one for one in data.items}

    def note(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Noted]:
        return exception_actions.note(tx, [notes[key] for key in ids], actor=door.actor, now=now)

    return door.batch(ONE, [(one.id, _body(one)) for one in data.items], note)


def _body(one: NewNote) -> NoteBody:
    """The item as it would be sent alone: an id means the same by either way."""
    return NoteBody(**{name: getattr(one, name) for name in NoteBody.__struct_fields__})


routes = [
    get_exceptions,
    get_kinds,
    get_causes,
    get_at_risk,
    get_notes,
    get_assignees,
    put_note,
    post_notes,
]
