"""Promises at the door: every way there is for a basket, and how promises turned out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, UnknownCodes
from noria.kit.http import PAGE, Door, Page, QueryCursor, QueryLimit, cursor, page, posts, reads
from noria.kit.http import Instant as Moment
from noria.kit.ids import Code, Quantity
from noria.network import views as network
from noria.network.model import Country, Latitude, Longitude, Postcode, Spot, UnknownPostcode
from noria.promise import atp_views, fence_rules
from noria.promise.atp_api import AskedSku, QueryChannel
from noria.promise.cells import Units
from noria.promise.delivery import asking, explain, scenes, views
from noria.promise.delivery import grid as grids
from noria.promise.delivery.asking import Question
from noria.promise.delivery.model import (
    Calibration,
    Narrowed,
    PromiseRecord,
    RelayPoint,
    Way,
    WayTold,
)
from noria.promise.delivery.outlook import Outlook
from noria.promise.delivery.ways import made_for
from noria.promise.matrix import Matrix


class By(Enum):
    NODE = "node"
    CARRIER = "carrier"
    OPTION = "option"


class AskedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sku: Code
    quantity: Quantity = 1
    gift_wrap: bool = False


class AskedPromise(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product page (one line), a basket or a checkout: to a postcode, at stores, or both.

    Relay points near the postcode are looked for, or those of `relays`. `value_cents` is what the
    basket is sold for, where a policy splits by value; else the list prices.
    """

    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=100)]
    country: Country = "FR"
    postcode: Postcode | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    stores: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    relays: Annotated[tuple[Code, ...], Meta(max_length=20)] | None = None
    channel: Code | None = None
    own_packaging: bool = False
    value_cents: Annotated[int, Meta(ge=0)] | None = None
    explain: bool = False


class PromiseAnswer(Struct, frozen=True, kw_only=True):
    """Every way there is, and what the answer goes by.

    `is_believed`: nothing was learned yet, carriers' own words are told. `network_as_of`: a change
    of hours or prices since then does not show yet. `missing`: SKUs that nobody has enough of.
    `why` and `narrowed` are there if they were asked for: the stages of each way, and the nodes
    that give nothing or not all, each with its first reason.
    """

    ways: Sequence[Way]
    missing: Sequence[str]
    network_as_of: Moment
    run: int | None
    is_believed: bool
    policy: str
    relays: Sequence[RelayPoint] = ()
    why: Sequence[WayTold] | None = None
    narrowed: Sequence[Narrowed] | None = None


QueryBy = Annotated[By, QueryParameter(description="Whose promises are counted together.")]


@posts("/promises", Permission.PROMISE_READ)
def post_promise(
    data: JSONBody[AskedPromise], door: NamedDependency[Door], state: State
) -> PromiseAnswer:
    """When a basket can reach a customer: home, at a relay, at a store, each with its chance.

    Nothing is held by it and no other system is asked: prices are those of the tariffs kept here.
    What sourcing would refuse is not offered: its fences, hands and assortments hold here too.
    """
    return promised(door, data, question_of(data), state)


def promised(door: Door, data: AskedPromise, question: Question, state: State) -> PromiseAnswer:
    """The answer from memory if it is all there, else from the database."""
    remembered = from_memory(data, question, state)
    if remembered is not None:
        return remembered
    return door.read(lambda tx: _promised(tx, data, question, state))


def question_of(data: AskedPromise) -> Question:
    """What is asked, its lines of one SKU added up.

    Raises:
        Invalid: it does not say where it goes.
    """
    if data.postcode is None and not data.stores:
        raise Invalid(faults=[Fault("/postcode", "say where it goes: a postcode, or stores")])
    wanted: dict[str, int] = defaultdict(int)
    for line in data.lines:
        wanted[line.sku] += line.quantity
    return Question(
        wanted=dict(wanted),
        wrapped=frozenset(line.sku for line in data.lines if line.gift_wrap),
        own_packaging=data.own_packaging,
        country=data.country,
        postcode=data.postcode,
        stores=data.stores,
        relays=data.relays,
        channel=data.channel,
        value_cents=data.value_cents,
    )


def from_memory(
    data: AskedPromise, question: Question, state: State, *, may_ask: bool = True
) -> PromiseAnswer | None:
    """The answer without the database, where all of it is known in this process.

    It `may_ask` the database where a postcode lies; else that has to be known as well.
    """
    matrix: Matrix | None = state.get("matrix")
    here = scenes.kept(state.memory)
    goods = scenes.remembered(here, question.wanted)
    if matrix is None or data.explain or len(goods) < len(question.wanted):
        return None
    table = matrix.table(sorted(question.wanted), data.channel)
    outlook = None if table is None else scenes.fresh(here, table.as_of, policy=table.policy)
    if table is None or outlook is None:
        return None
    spot = None
    if data.postcode is not None:
        spot = _given_spot(data) or matrix.known_spot(data.country, data.postcode)
        if spot is None and not may_ask:
            return None
        spot = spot or matrix.spot(state.db, data.country, data.postcode)
        if spot is None:
            raise UnknownPostcode(postcode=data.postcode, country=data.country)
    units = grids.aligned(outlook.grid, table.nodes, table.units)
    return _answer(outlook, question, goods, units, spot, table.as_of)


def _promised(
    tx: Connection, data: AskedPromise, question: Question, state: State
) -> PromiseAnswer:
    now = clock.now(tx)
    here = scenes.kept(state.memory)
    outlook = scenes.outlook(tx, here, state.load, now=now)
    goods = scenes.goods(tx, here, question.wanted)
    if unknown := sorted(question.wanted.keys() - goods.keys()):
        raise UnknownCodes(codes="SKU " + ", ".join(unknown))
    shelves: dict[str, dict[str, int]] = defaultdict(dict)
    for one in atp_views.visible(tx, sorted(question.wanted), channel=data.channel):
        shelves[one.node][one.sku] = one.units
    units = grids.shelves(outlook.grid, sorted(question.wanted), shelves)
    spot = _spot(tx, data) if data.postcode else None
    answer = _answer(outlook, question, goods, units, spot, now)
    return _explained(tx, outlook, question, goods, units, spot, answer) if data.explain else answer


def _answer(
    outlook: Outlook,
    question: Question,
    goods: Mapping[str, Sku],
    units: Units,
    spot: Spot | None,
    now: datetime,
) -> PromiseAnswer:
    found = asking.found(outlook, question, goods, units, spot, now)
    return PromiseAnswer(
        ways=found.ways,
        missing=found.missing,
        relays=found.relays,
        network_as_of=outlook.scene.as_of,
        run=outlook.foresight.run,
        is_believed=outlook.foresight.run is None,
        policy=outlook.policy.id,
    )


def _explained(
    tx: Connection,
    outlook: Outlook,
    question: Question,
    goods: Mapping[str, Sku],
    units: Units,
    spot: Spot | None,
    answer: PromiseAnswer,
) -> PromiseAnswer:
    now = outlook.scene.as_of
    channel = question.channel
    told = atp_views.free_to(tx, sorted(question.wanted), None, [channel])[channel]
    units = asking.as_sold(outlook, question.wanted, units)
    basket = asking.basket(question, goods, units)
    terms = asking.terms(outlook, question, goods)
    outlook, _ = made_for(outlook, basket, terms)
    goals = {goal.relay: goal for goal in asking.goals(outlook, question, basket, spot, now)}
    return structs.replace(
        answer,
        why=[
            explain.way_told(outlook, goals[way.relay], way)
            for way in answer.ways
            if way.relay in goals and way.parts and way.store is None
        ],
        narrowed=explain.narrowed(
            outlook,
            basket,
            terms,
            [
                *atp_views.closed(tx, sorted(question.wanted)),
                *fence_rules.barred(told),
                *fence_rules.spent(told),
            ],
            is_sent=spot is not None,
        ),
    )


def _given_spot(data: AskedPromise) -> Spot | None:
    if data.latitude is None or data.longitude is None:
        return None
    return Spot(data.latitude, data.longitude)


def _spot(tx: Connection, data: AskedPromise) -> Spot:
    assert data.postcode is not None
    spot = _given_spot(data) or network.spot(tx, data.country, data.postcode)
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


@reads("/atp/narrowed", Permission.PROMISE_READ)
def get_narrowed(
    sku: AskedSku, door: NamedDependency[Door], state: State, channel: QueryChannel = None
) -> Page[Narrowed]:
    """Each node that has a SKU and promises nothing of it, sends none, or begins later; and why.

    One line a node, with its first reason: what keeps its units back, what it cannot do, or that
    its days are full. What has nothing available at all is left out, and so is an unknown SKU.
    """
    nodes = door.nodes(Permission.PROMISE_READ, None)

    def question(tx: Connection) -> list[Narrowed]:
        outlook = scenes.outlook(tx, scenes.kept(state.memory), state.load, now=clock.now(tx))
        goods = catalog.skus(tx, [sku])
        if sku not in goods:
            return []
        shown, barred = atp_views.held_up(tx, [sku], channel)
        return explain.of_sku(outlook, goods[sku], channel, shown, barred)

    found = door.read(question)
    return Page([one for one in found if nodes is None or one.node in nodes])


routes = [post_promise, get_calibration, get_promise_records, get_narrowed]
