"""Promises at the door: every way there is for a basket, and how promises turned out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Annotated

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.catalog import views as catalog
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import PAGE, Door, Page, QueryCursor, QueryLimit, cursor, page, posts, reads
from noria.kit.http import Instant as Moment
from noria.kit.ids import Code, Quantity
from noria.network import views as network
from noria.network.calendar import holidays_at
from noria.network.model import Country, Latitude, Longitude, Postcode, Spot, UnknownPostcode
from noria.promise import atp_views
from noria.promise.delivery import scenes, views
from noria.promise.delivery.model import Basket, Calibration, PromiseRecord, Way
from noria.promise.delivery.ways import ways
from noria.promise.matrix import Matrix
from noria.promise.model import Available


class By(Enum):
    NODE = "node"
    CARRIER = "carrier"
    OPTION = "option"


class AskedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sku: Code
    quantity: Quantity = 1


class AskedPromise(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product page (one line), a basket or a checkout: to a postcode, at stores, or both."""

    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=100)]
    country: Country = "FR"
    postcode: Postcode | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    stores: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    channel: Code | None = None


class PromiseAnswer(Struct, frozen=True, kw_only=True):
    """Every way there is, and what the answer goes by.

    `is_believed`: nothing was learned yet, carriers' own words are told. `network_as_of`: a change
    of hours or prices since then does not show yet. `missing`: SKUs that nobody has enough of.
    """

    ways: Sequence[Way]
    missing: Sequence[str]
    network_as_of: Moment
    run: int | None
    is_believed: bool


QueryBy = Annotated[By, QueryParameter(description="Whose promises are counted together.")]


@posts("/promises", Permission.PROMISE_READ)
def post_promise(
    data: JSONBody[AskedPromise], door: NamedDependency[Door], state: State
) -> PromiseAnswer:
    """When a basket can reach a customer: home, at a relay, at a store, each with its chance.

    Nothing is held by it and no other system is asked: prices are those of the tariffs kept here.
    """
    if data.postcode is None and not data.stores:
        raise Invalid(faults=[Fault("/postcode", "say where it goes: a postcode, or stores")])
    wanted: dict[str, int] = defaultdict(int)
    for line in data.lines:
        wanted[line.sku] += line.quantity
    matrix: Matrix | None = state.get("matrix")
    kept = None if matrix is None else matrix.available(sorted(wanted), None, data.channel)
    return door.read(lambda tx: _promised(tx, data, dict(wanted), kept and kept[0], state))


def _promised(
    tx: Connection,
    data: AskedPromise,
    wanted: dict[str, int],
    shown: Sequence[Available] | None,
    state: State,
) -> PromiseAnswer:
    catalog.check_known(tx, wanted)
    now = clock.now(tx)
    goods = catalog.skus(tx, wanted)
    scene = scenes.scene(tx, state.parts, now=now)
    if shown is None:
        shown = atp_views.visible(tx, sorted(wanted), channel=data.channel)
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for one in shown:
        units[one.node][one.sku] = one.units
    physical = {sku: count for sku, count in wanted.items() if not goods[sku].is_digital}
    postcode = data.postcode or ""
    basket = Basket(
        wanted=physical,
        weights={code: sku.weight_g for code, sku in goods.items()},
        units=units,
        country=data.country,
        postcode=postcode,
        spot=_spot(tx, data) if data.postcode else None,
        stores=data.stores,
        is_digital=not physical,
    )
    closed = holidays_at(data.country, postcode, (now.year, now.year + 1))
    return PromiseAnswer(
        ways=ways(scene, basket, closed),
        missing=_missing(physical, units.values()),
        network_as_of=scene.as_of,
        run=scene.foresight.run,
        is_believed=scene.foresight.run is None,
    )


def _missing(wanted: dict[str, int], shelves: Iterable[dict[str, int]]) -> list[str]:
    there: dict[str, int] = defaultdict(int)
    for shelf in shelves:
        for sku, units in shelf.items():
            there[sku] += units
    return sorted(sku for sku, units in wanted.items() if there[sku] < units)


def _spot(tx: Connection, data: AskedPromise) -> Spot:
    if data.latitude is not None and data.longitude is not None:
        return Spot(data.latitude, data.longitude)
    assert data.postcode is not None
    spot = network.spot(tx, data.country, data.postcode)
    if spot is None:
        raise UnknownPostcode(postcode=data.postcode, country=data.country)
    return spot


@reads("/promises/calibration", Permission.PROMISE_READ)
def get_calibration(door: NamedDependency[Door]) -> Page[Calibration]:
    """Of those promised at 95 %, how many arrived? In steps of five points, the surest first."""
    return Page(door.read(views.calibration))


@reads("/promises/records", Permission.PROMISE_READ)
def get_promise_records(
    door: NamedDependency[Door],
    by: QueryBy = By.NODE,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[PromiseRecord]:
    """Promises kept and broken, by node, carrier or option, beside the chance that was told."""
    [after] = cursor(page_cursor, 1) or [""]
    nodes = door.nodes(Permission.PROMISE_READ, None)
    found = door.read(lambda tx: views.records(tx, by.value, str(after), limit + 1, nodes))
    return page(found, limit, lambda one: [one.key])


routes = [post_promise, get_calibration, get_promise_records]
