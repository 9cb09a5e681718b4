"""What people in the node did, told at the door, at once or hours later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound, Refusal
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
from noria.work import fact_actions, fact_views
from noria.work.fact_model import Conflict, Fact, Settled, Told

QueryOpen = Annotated[
    bool, QueryParameter(name="open", description="Only those that nobody has settled.")
]


class FactBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done, in the order in which it was done."""

    items: Annotated[tuple[Fact, ...], Meta(min_length=1, max_length=500)]


@posts("/work-facts/batch", Permission.FULFILMENT_WORK)
def post_facts(
    data: JSONBody[FactBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Told]]:
    """Scans, units that are missing, tasks that are finished, waves that are given back.

    Each is booked once for its id, however late and however often it is sent. What clashes with
    the book is answered with why, and kept until somebody settles it.
    """
    by_id = {fact.id: fact for fact in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Told]:
        return fact_actions.tell(
            tx,
            [by_id[key] for key in ids],
            actor=door.actor.id,
            now=now,
            must=lambda node: door.actor.must(Permission.FULFILMENT_WORK, node),
            may_for_others=lambda node: door.actor.may(Permission.FULFILMENT_MANAGE, node),
        )

    def keep(tx: Connection, now: datetime, refused: Mapping[str, Refusal]) -> None:
        fact_actions.keep_conflicts(
            tx,
            {key: (by_id[key], no) for key, no in refused.items()},
            actor=door.actor.id,
            now=now,
            may=lambda node: door.actor.may(Permission.FULFILMENT_WORK, node),
        )

    items = [(fact.id, fact) for fact in data.items]
    return door.batch("PUT /v1/work-facts/{fact}", items, work, keep)


@reads("/work-conflicts", Permission.FULFILMENT_READ)
def get_conflicts(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    is_open: QueryOpen = True,  # noqa: FBT002 - Litestar hands over parameters by name
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Conflict]:
    """Facts that clashed with the book, the oldest first, each as it was told."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: fact_views.conflicts(
            tx,
            nodes=nodes,
            is_open=is_open,
            language=door.actor.language,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.recorded_at.isoformat(), one.id))


@puts("/work-conflicts/{fact:str}/settlement", Permission.FULFILMENT_WORK)
def put_conflict_settlement(fact: PathCode, door: NamedDependency[Door]) -> Response[Settled]:
    """Somebody has seen to a fact that clashed: what was in the hand is where it belongs.

    Settled again, it stays as it was; told otherwise since, it is open again and can be settled.
    """

    def work(tx: Connection, now: datetime) -> Settled:
        found = fact_views.conflicts(tx, ids=[fact], is_open=False, limit=1)
        if not found:
            raise NotFound(what="conflict", id=fact)
        if found[0].node is not None:
            door.actor.must(Permission.FULFILMENT_WORK, found[0].node)
        else:
            door.actor.must_everywhere(Permission.FULFILMENT_WORK)
        return fact_actions.settle(tx, found[0], actor=door.actor.id, now=now)

    return door.act(fact, work)


routes = [post_facts, get_conflicts, put_conflict_settlement]
