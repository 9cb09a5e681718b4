"""The catalog at the door: SKUs, the barcodes that name them, channels and what they leave out."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from noria.catalog import actions, rules, views
from noria.catalog.model import Channel, Exclusion, Name, Named, Sku
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
    QueryCursor,
    QueryLimit,
    QueryWords,
    check_address,
    check_version,
    cursor,
    deletes,
    page,
    posts,
    puts,
    reads,
)

PathGtin = Annotated[
    str,
    PathParameter(
        pattern=r"^([0-9]{8}|[0-9]{12,14})$", description="GTIN-8, -12, -13 or -14, digits only."
    ),
]


class SkuBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SKUs to create or change, each one once; the last writer wins."""

    items: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=1000)]


class SkuSaved(Struct, frozen=True, kw_only=True):
    """The version that the SKU has now."""

    code: str
    version: int


class ChannelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed of a channel."""

    name: Annotated[Name, Meta(examples=["Web shop France"])]


class ExclusionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a channel does not sell a SKU."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["not sold by post"])]


@reads("/skus", Permission.CATALOG_READ)
def get_skus(
    door: NamedDependency[Door],
    words: QueryWords = "",
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Sku]:
    """SKUs by code; with `q`, those whose name holds it or whose code begins with it."""
    after = (cursor(page_cursor, 1) or [""])[0]
    found = door.read(lambda tx: views.search(tx, words, after=str(after), limit=limit + 1))
    return page(found, limit, lambda sku: (sku.code,))


@reads("/skus/{sku:str}", Permission.CATALOG_READ, has_version=True)
def get_sku(sku: PathCode, door: NamedDependency[Door]) -> Response[Sku]:
    """One SKU; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _sku(tx, sku))


@puts("/skus/{sku:str}", Permission.CATALOG_WRITE, has_version=True)
def put_sku(sku: PathCode, data: JSONBody[Sku], door: NamedDependency[Door]) -> Response[Sku]:
    """Create a SKU, or change it, naming by If-Match the version that was read."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)
    check_address("code", data.code, sku)

    def save(tx: Connection, now: datetime) -> tuple[Sku, int]:
        actions.save(
            tx,
            [data],
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _sku(tx, sku)

    return door.edit(save)


@posts("/skus/batch", Permission.CATALOG_WRITE)
def post_skus(
    data: JSONBody[SkuBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[SkuSaved]]:
    """Create or change many SKUs; each is answered for itself, and needs no If-Match."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)
    skus = {sku.code: sku for sku in data.items}

    def save(tx: Connection, now: datetime, codes: list[str]) -> Mapping[str, SkuSaved]:
        versions = actions.save(
            tx,
            [skus[code] for code in codes],
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
        )
        return {code: SkuSaved(code=code, version=versions[code]) for code in codes}

    return door.edit_batch([sku.code for sku in data.items], save)


@reads("/barcodes/{gtin:str}", Permission.CATALOG_READ)
def get_barcode(gtin: PathGtin, door: NamedDependency[Door]) -> Named:
    """What a scanned barcode names: the SKU, and how many units of it."""
    padded = rules.gtin14(gtin)
    found = door.read(lambda tx: views.named_by(tx, padded))
    if found is None:
        raise NotFound(what="barcode", id=gtin)
    return found


@reads("/channels", Permission.CATALOG_READ)
def get_channels(door: NamedDependency[Door]) -> Page[Channel]:
    """Every channel, by code."""
    return Page(door.read(views.channels))


@reads("/channels/{channel:str}", Permission.CATALOG_READ, has_version=True)
def get_channel(channel: PathCode, door: NamedDependency[Door]) -> Response[Channel]:
    """One channel; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _channel(tx, channel))


@puts("/channels/{channel:str}", Permission.CATALOG_WRITE, has_version=True)
def put_channel(
    channel: PathCode, data: JSONBody[ChannelBody], door: NamedDependency[Door]
) -> Response[Channel]:
    """Create a channel, or rename it, naming by If-Match the version that was read."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)

    def save(tx: Connection, _: datetime) -> tuple[Channel, int]:
        actions.save_channel(
            tx,
            Channel(code=channel, name=data.name),
            actor=door.actor.id,
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _channel(tx, channel)

    return door.edit(save)


@reads("/channels/{channel:str}/exclusions", Permission.CATALOG_READ)
def get_exclusions(
    channel: PathCode,
    door: NamedDependency[Door],
    sku: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Exclusion]:
    """The SKUs that a channel does not sell, by code."""
    after = (cursor(page_cursor, 1) or [""])[0]

    def question(tx: Connection) -> list[Exclusion]:
        _channel(tx, channel)
        return views.exclusions(tx, channel, sku=sku, after=str(after), limit=limit + 1)

    return page(door.read(question), limit, lambda exclusion: (exclusion.sku,))


@puts("/channels/{channel:str}/exclusions/{sku:str}", Permission.CATALOG_WRITE)
def put_exclusion(
    channel: PathCode, sku: PathCode, data: JSONBody[ExclusionBody], door: NamedDependency[Door]
) -> Response[Exclusion]:
    """Stop selling a SKU in a channel."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)
    exclusion = Exclusion(channel=channel, sku=sku, reason=data.reason)

    def exclude(tx: Connection, _: datetime) -> Exclusion:
        actions.exclude(tx, exclusion, actor=door.actor.id, request_id=door.request_id)
        return exclusion

    return door.act((channel, sku, data), exclude)


@deletes("/channels/{channel:str}/exclusions/{sku:str}", Permission.CATALOG_WRITE)
def delete_exclusion(channel: PathCode, sku: PathCode, door: NamedDependency[Door]) -> None:
    """Sell a SKU in a channel again."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)
    door.db.run(
        lambda tx: actions.include(
            tx, channel, sku, actor=door.actor.id, request_id=door.request_id
        )
    )


def _sku(tx: Connection, code: str) -> tuple[Sku, int]:
    found = views.versioned(tx, [code]).get(code)
    if found is None:
        raise NotFound(what="SKU", id=code)
    return found


def _channel(tx: Connection, code: str) -> tuple[Channel, int]:
    found = views.channel(tx, code)
    if found is None:
        raise NotFound(what="channel", id=code)
    return found


routes = [
    get_skus,
    get_sku,
    put_sku,
    post_skus,
    get_barcode,
    get_channels,
    get_channel,
    put_channel,
    get_exclusions,
    put_exclusion,
    delete_exclusion,
]
