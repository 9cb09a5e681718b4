"""Holds at the door: which are open, and what becomes of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
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
    page,
    posts,
    puts,
    reads,
)
from noria.promise import holds_actions as actions
from noria.promise import holds_views as views
from noria.promise.holds_model import (
    Confirm,
    ConfirmBatch,
    Extend,
    ExtendBatch,
    ExtendBody,
    GiveBack,
    GiveBackBatch,
    GiveBackBody,
    Take,
    TakeBatch,
    TakeBody,
)
from noria.promise.model import Reservation

EXTENSION = "PUT /v1/reservations/{reservation_id}/extensions/{change_id}"
CONFIRMATION = "PUT /v1/reservations/{reservation_id}/confirmation"
TAKE = "PUT /v1/reservations/{reservation_id}/takes/{change_id}"
GIVING_BACK = "PUT /v1/reservations/{reservation_id}/releases/{change_id}"

QueryDemand = Annotated[
    str | None, QueryParameter(description="Only what is held for this.", max_length=130)
]
QueryShopper = Annotated[
    str | None, QueryParameter(description="Only what this shopper holds.", max_length=130)
]


@reads("/reservations", Permission.PROMISE_READ)
def get_reservations(
    door: NamedDependency[Door],
    demand: QueryDemand = None,
    sku: QueryCode = None,
    node: QueryCodes = None,
    shopper: QueryShopper = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Reservation]:
    """Open holds by id; those whose time is over are left out, for their units are free."""
    after = (cursor(page_cursor, 1) or [""])[0]
    nodes = door.nodes(Permission.PROMISE_READ, node)
    found = door.read(
        lambda tx: views.page(
            tx,
            nodes=nodes,
            demand=demand,
            sku=sku,
            shopper=shopper,
            after=str(after),
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.id,))


@puts("/reservations/{reservation_id:str}/extensions/{change_id:str}", Permission.RESERVE)
def put_extension(
    reservation_id: PathCode,
    change_id: PathCode,
    data: JSONBody[ExtendBody],
    door: NamedDependency[Door],
) -> Response[Reservation]:
    """Hold it longer; if its time was over, only while its units are still free."""
    wish = Extend(id=change_id, reservation=reservation_id, minutes=data.minutes)

    def extend(tx: Connection, now: datetime) -> Reservation:
        _must(tx, door, Permission.RESERVE, [reservation_id])
        return actions.extend(tx, [wish], actor=door.actor.id, now=now)[change_id]

    return door.once(change_id, wish, extend)


@posts("/reservation-extensions/batch", Permission.RESERVE)
def post_extensions(
    data: JSONBody[ExtendBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Reservation]]:
    """Hold many of them longer; each is answered for itself."""
    wishes = {wish.id: wish for wish in data.items}

    def extend(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Reservation]:
        asked = [wishes[key] for key in ids]
        _must(tx, door, Permission.RESERVE, [wish.reservation for wish in asked])
        return actions.extend(tx, asked, actor=door.actor.id, now=now)

    return door.batch(EXTENSION, [(wish.id, wish) for wish in data.items], extend)


@puts("/reservations/{reservation_id:str}/confirmation", Permission.RESERVE)
def put_confirmation(
    reservation_id: PathCode, door: NamedDependency[Door]
) -> Response[Reservation]:
    """Make it firm: it has no end any more; if its time was over, only while units are free."""

    def confirm(tx: Connection, now: datetime) -> Reservation:
        _must(tx, door, Permission.RESERVE, [reservation_id])
        wish = Confirm(id=reservation_id)
        return actions.confirm(tx, [wish], actor=door.actor.id, now=now)[reservation_id]

    return door.once(reservation_id, None, confirm)


@posts("/reservation-confirmations/batch", Permission.RESERVE)
def post_confirmations(
    data: JSONBody[ConfirmBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Reservation]]:
    """Make many of them firm; each is answered for itself."""

    def confirm(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Reservation]:
        _must(tx, door, Permission.RESERVE, ids)
        wishes = [Confirm(id=key) for key in ids]
        return actions.confirm(tx, wishes, actor=door.actor.id, now=now)

    return door.batch(CONFIRMATION, [(wish.id, None) for wish in data.items], confirm)


@puts("/reservations/{reservation_id:str}/takes/{change_id:str}", Permission.STOCK_WRITE)
def put_take(
    reservation_id: PathCode,
    change_id: PathCode,
    data: JSONBody[TakeBody],
    door: NamedDependency[Door],
) -> Response[Reservation]:
    """Units of it go to the customer, booked as sold; the rest stays held."""
    wish = Take(
        id=change_id,
        reservation=reservation_id,
        quantity=data.quantity,
        lots=data.lots,
        serials=data.serials,
    )

    def take(tx: Connection, now: datetime) -> Reservation:
        _must(tx, door, Permission.STOCK_WRITE, [reservation_id])
        return actions.take(tx, [wish], actor=door.actor.id, now=now)[change_id]

    return door.once(change_id, wish, take)


@posts("/reservation-takes/batch", Permission.STOCK_WRITE)
def post_takes(
    data: JSONBody[TakeBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Reservation]]:
    """Units of many holds go to their customers; each is answered for itself."""
    wishes = {wish.id: wish for wish in data.items}

    def take(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Reservation]:
        asked = [wishes[key] for key in ids]
        _must(tx, door, Permission.STOCK_WRITE, [wish.reservation for wish in asked])
        return actions.take(tx, asked, actor=door.actor.id, now=now)

    return door.batch(TAKE, [(wish.id, wish) for wish in data.items], take)


@puts("/reservations/{reservation_id:str}/releases/{change_id:str}", Permission.RESERVE)
def put_partial_release(
    reservation_id: PathCode,
    change_id: PathCode,
    data: JSONBody[GiveBackBody],
    door: NamedDependency[Door],
) -> Response[Reservation]:
    """Give back some of its units; the rest stays held."""
    wish = GiveBack(id=change_id, reservation=reservation_id, quantity=data.quantity)

    def give_back(tx: Connection, now: datetime) -> Reservation:
        _must(tx, door, Permission.RESERVE, [reservation_id])
        return actions.give_back(tx, [wish], actor=door.actor.id, now=now)[change_id]

    return door.once(change_id, wish, give_back)


@posts("/reservation-releases/batch", Permission.RESERVE)
def post_releases(
    data: JSONBody[GiveBackBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Reservation]]:
    """Give back units of many holds; each is answered for itself."""
    wishes = {wish.id: wish for wish in data.items}

    def give_back(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Reservation]:
        asked = [wishes[key] for key in ids]
        _must(tx, door, Permission.RESERVE, [wish.reservation for wish in asked])
        return actions.give_back(tx, asked, actor=door.actor.id, now=now)

    return door.batch(GIVING_BACK, [(wish.id, wish) for wish in data.items], give_back)


@puts("/reservations/{reservation_id:str}/release", Permission.RESERVE)
def put_release(reservation_id: PathCode, door: NamedDependency[Door]) -> Response[Reservation]:
    """Give back what a hold still keeps; done twice, it stays given back."""

    def release(tx: Connection, now: datetime) -> Reservation:
        _must(tx, door, Permission.RESERVE, [reservation_id])
        return actions.release(tx, reservation_id, actor=door.actor.id, now=now)

    return door.once(reservation_id, None, release)


def _must(tx: Connection, door: Door, permission: Permission, ids: list[str]) -> None:
    door.actor.must(permission, *views.nodes(tx, ids))


routes = [
    get_reservations,
    put_extension,
    post_extensions,
    put_confirmation,
    post_confirmations,
    put_take,
    post_takes,
    put_partial_release,
    post_releases,
    put_release,
]
