"""Packing at the door: boxes, what would fit, and what was packed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.fulfilment import pack_actions, pack_views
from noria.fulfilment.pack_model import Box, Boxed, Pack, Packed, PackedBox, Proposal
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    deletes,
    page,
    posts,
    reads,
)
from noria.orders import views as orders
from noria.orders.model import Leg


class BoxBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Box, ...], Meta(min_length=1, max_length=1000)]


class PackBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Pack, ...], Meta(min_length=1, max_length=200)]


@posts("/boxes/batch", Permission.FULFILMENT_MANAGE)
def post_boxes(
    data: JSONBody[BoxBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Boxed]]:
    """Say which boxes nodes pack in, and what each may hold."""
    by_key = {f"{one.node}/{one.code}": one for one in data.items}

    def save(tx: Connection, now: datetime, keys: list[str]) -> Mapping[str, Boxed]:
        del now
        chosen = [by_key[key] for key in keys]
        door.actor.must(Permission.FULFILMENT_MANAGE, *sorted({one.node for one in chosen}))
        return pack_actions.save_boxes(tx, chosen, actor=door.actor.id, request_id=door.request_id)

    return door.edit_batch([f"{one.node}/{one.code}" for one in data.items], save)


@reads("/nodes/{node:str}/boxes", Permission.FULFILMENT_READ)
def get_boxes(
    node: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Box]:
    """The boxes that a node packs in, by code."""
    door.actor.must(Permission.FULFILMENT_READ, node)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: pack_views.node_boxes(tx, node, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.code,))


@deletes("/nodes/{node:str}/boxes/{box:str}", Permission.FULFILMENT_MANAGE)
def delete_box(node: PathCode, box: PathCode, door: NamedDependency[Door]) -> None:
    """Take a box away; what was packed in it stays packed."""
    door.actor.must(Permission.FULFILMENT_MANAGE, node)
    door.db.run(lambda tx: pack_actions.drop_box(tx, node, box))


@reads("/legs/{leg_id:str}/boxes", Permission.FULFILMENT_READ)
def get_proposal(leg_id: PathCode, door: NamedDependency[Door]) -> Proposal:
    """How a leg could be packed: in the smallest box of its node that fits, else in few."""
    return door.read(lambda tx: pack_actions.propose(tx, _leg(tx, leg_id, door)))


@reads("/legs/{leg_id:str}/packing", Permission.FULFILMENT_READ)
def get_packing(leg_id: PathCode, door: NamedDependency[Door]) -> Page[PackedBox]:
    """The boxes that a leg is packed in; none before it is."""

    def ask(tx: Connection) -> list[PackedBox]:
        _leg(tx, leg_id, door)
        return pack_views.boxes(tx, [leg_id]).get(leg_id, [])

    return Page(door.read(ask))


@posts("/packings/batch", Permission.FULFILMENT_WORK)
def post_packings(
    data: JSONBody[PackBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Packed]]:
    """Picked legs are in their boxes: each box gets its SSCC, and leaves as it is."""
    by_id = {one.id: one for one in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Packed]:
        chosen = [by_id[key] for key in ids]
        for node in orders.nodes_of(tx, [one.leg for one in chosen]):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        found: dict[str, Packed] = {}
        for one in chosen:  # a leg may be packed twice in one batch: the last one counts
            found |= pack_actions.pack(tx, [one], actor=door.actor.id, now=now)
        return found

    return door.batch("PUT /v1/packings/{packing}", [(one.id, one) for one in data.items], work)


def _leg(tx: Connection, leg_id: str, door: Door) -> Leg:
    leg = orders.leg(tx, leg_id)
    if leg is None:
        raise NotFound(what="leg", id=leg_id)
    door.actor.must(Permission.FULFILMENT_READ, leg.node)
    return leg


routes = [post_boxes, get_boxes, delete_box, get_proposal, get_packing, post_packings]
