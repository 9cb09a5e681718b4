"""Absolute writes at the door: read a level with its version, replace it, alone or in a batch."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct, structs

from noria.catalog import views as catalog
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import BatchAnswer, Door, PathCode, posts, puts, reads
from noria.kit.ids import Code
from noria.network import views as network
from noria.stock.levels import actions, rules, views
from noria.stock.levels.model import Level, LevelKind, LevelWish, LevelWritten, Units, Version

SINGLE = "PUT /v1/skus/{sku}/nodes/{node}/level"


class LevelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the level is to be, and what the sender believed it was; the address says of what."""

    id: Code
    quantity: Units
    believed: Units | None = None
    version: Version | None = None
    kind: LevelKind = LevelKind.COUNTED
    reason: Annotated[str, Meta(max_length=500)] = ""


class LevelBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[LevelWish, ...], Meta(min_length=1, max_length=1000)]


@reads("/skus/{sku:str}/nodes/{node:str}/level", Permission.STOCK_READ, has_version=True)
def get_level(sku: PathCode, node: PathCode, door: NamedDependency[Door]) -> Response[Level]:
    """How many units are sellable there, with the version that a write may carry."""
    door.actor.must(Permission.STOCK_READ, node)

    def level(tx: Connection) -> tuple[Level, int]:
        catalog.check_known(tx, [sku])
        network.check_known(tx, [node])
        found = views.levels(tx, [(sku, node)])[sku, node]
        return found, found.version

    return door.show(level)


@puts("/skus/{sku:str}/nodes/{node:str}/level", Permission.STOCK_WRITE, has_version=True)
def put_level(
    sku: PathCode, node: PathCode, data: JSONBody[LevelBody], door: NamedDependency[Door]
) -> Response[LevelWritten]:
    """Replace a level, if it is still what the sender believed; the difference is booked.

    Say what was believed as `believed`, as `version`, or by the ETag as If-Match; a write that
    believed otherwise is refused with the current value and version. Sent twice it is done once.
    """
    door.actor.must(Permission.STOCK_WRITE, node)
    version = data.version if door.if_match is None else _version(door.if_match)
    wish = LevelWish(
        id=data.id,
        sku=sku,
        node=node,
        quantity=data.quantity,
        believed=data.believed,
        version=version,
        kind=data.kind,
        reason=data.reason,
    )

    def write(tx: Connection, now: datetime) -> LevelWritten:
        return actions.write(tx, [wish], actor=door.actor.id, now=now)[wish.id]

    return door.once(data.id, _content(wish), write)


@posts("/levels/batch", Permission.STOCK_WRITE)
def post_levels(
    data: JSONBody[LevelBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[LevelWritten]]:
    """Replace many levels; each is answered for itself, and a stale one does not hide the others.

    A shelf may be there once: who writes it twice cannot have seen what the first write made of it.
    """
    door.actor.must(Permission.STOCK_WRITE, *{item.node for item in data.items})
    rules.check_shelves_once(data.items)
    wishes = {item.id: item for item in data.items}

    def write(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, LevelWritten]:
        return actions.write(tx, [wishes[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch(SINGLE, [(item.id, _content(item)) for item in data.items], write)


def _content(wish: LevelWish) -> LevelWish:
    """What an id stands for; not what was believed, which the first write changed by itself."""
    return structs.replace(wish, believed=None, version=None)


def _version(if_match: str) -> int:
    """The version that an ETag of ours stands for."""
    if not re.fullmatch(r'"[0-9]{1,18}"', if_match):
        raise Invalid(faults=[Fault("/If-Match", "this is not an ETag that we gave out")])
    return int(if_match.strip('"'))


routes = [get_level, put_level, post_levels]
