"""What customers are promised for their orders: what the checkout told, or what legs make of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from math import prod
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.network import reliability_rules, reliability_views
from noria.network import rules as network
from noria.network import views as nodes
from noria.network.calendar import rests_of
from noria.network.model import PICK_UP, Node, NodeKind, Rests, Rounds
from noria.network.reliability_model import Reliability
from noria.network.scene_rules import MAKERS
from noria.orders import views
from noria.orders.model import Head, NewOrder
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope, Settings
from noria.promise.delivery import views as delivery
from noria.promise.delivery.legs import curve, groups, region, window
from noria.promise.delivery.model import Foresight, LegPlan, OptionKind
from noria.promise.model import Arrival, Promise

NOTHING_KNOWN = Reliability(estimates={}, node_groups={}, service_groups={}, chances={})


class Place(Struct, frozen=True, kw_only=True):
    """What a promise depends on of a node, and of a service there."""

    node: str
    service: str
    kind: str
    time_zone: str
    carrier: str
    delivers_daily: bool = False
    delivers_on: Sequence[int] = ()
    closures: Sequence[date] = ()


def made(
    tx: Connection,
    arrivals: Mapping[str, Sequence[Arrival]],
    *,
    now: datetime,
    is_anew: bool = False,
) -> list[Promise]:
    """The promises for orders whose legs are to arrive so; without legs there is none.

    Each is made with the chance that the live policy asks for. What the checkout told is the
    promise, unless it is made anew.
    """
    wanted = sorted(order for order, legs in arrivals.items() if legs)
    if not wanted:
        return []
    heads = {head.id: head for head in _heads(tx, wanted)}
    pairs = {(leg.node, leg.service) for order in wanted for leg in arrivals[order]}
    places = {(one.node, one.service): one for one in _places(tx, sorted(pairs))}
    foresight = delivery.foresight(tx)
    goes = {head.id: (head.channel, head.country) for head in heads.values()}
    under = settings(tx, goes, of=("promised_chance",), now=now)
    at = points(tx, [head.point for head in heads.values()])
    rests, known = rests_at(at, now), reliability_views.reliability(tx, at, {}) if at else None
    return [
        told(
            heads[order], arrivals[order], places, foresight,
            chance=under[order].promised_chance, now=now, is_anew=is_anew,
            rests=rests.get(heads[order].point or ""), known=known,
        )
        for order in wanted
    ]  # fmt: skip


def settings(
    tx: Connection,
    goes: Mapping[str, tuple[str, str]],
    *,
    of: Collection[str],
    now: datetime,
) -> dict[str, Settings]:
    """What the live policy says of orders' promises, first and later ones alike.

    `goes` is by order its channel and country, `of` the settings that are asked for: all that was
    ordered counts, and its categories are looked up only where an override sets one of these.
    """
    content = live.live(tx).content
    if not any(name in one.sets for one in content.overrides for name in of):
        return dict.fromkeys(goes, content.settings)
    book = policies.rulebook(content, now.date())
    categories = views.categories(tx, list(goes))
    return {
        order: policies.applied(
            book, Scope(channel=channel, country=country, categories=categories[order])
        ).settings
        for order, (channel, country) in goes.items()
    }


def told(
    head: Head,
    legs: Sequence[Arrival],
    places: Mapping[tuple[str, str], Place],
    foresight: Foresight,
    *,
    chance: float,
    now: datetime,
    is_anew: bool = False,
    rests: Rests | None = None,
    known: Reliability | None = None,
) -> Promise:
    """The promise for an order, at the door of its slowest leg: whose own window closes last.

    It ends on no day of `rests`; None: of those on which its postcode rests.
    It is kept with that chance. Where something travels and something is collected, what travels
    has to be as sure as that, or as the store is to find its lines, by what is `known` of it: they
    are told together with less.
    """
    if {leg.service == PICK_UP for leg in legs} == {True, False}:
        there = prod(_found(leg, known) for leg in legs if leg.service == PICK_UP)
        chance = min(chance, there * max(chance, there))
    curves = []
    for leg in legs:
        place = places[leg.node, leg.service]
        plan = _plan(head, leg, place)
        if leg.service == PICK_UP:
            reached = np.full(1, _found(leg, known))
        else:
            door = rests_of(None, head.country, head.postcode, plan.departs_on)
            reached = curve(foresight, plan, rests or door, _rounds(place))
        curves.append((leg, plan.departs_on, reached))
    slowest, _, _ = max(curves, key=lambda one: (window([one[1:]], chance).last, one[0].node))
    found = window([each[1:] for each in curves], chance)
    is_told = head.told_to is not None and not is_anew
    return Promise(
        order_id=head.id,
        node=slowest.node,
        service=slowest.service,
        made_at=now,
        promised_from=head.told_from if is_told and head.told_from else found.first,
        promised_to=head.told_to if is_told and head.told_to else found.last,
        chance=head.told_chance if is_told and head.told_chance is not None else found.chance,
        option=_option(head, [places[leg.node, leg.service] for leg in legs]),
        run=foresight.run,
    )


def _option(head: Head, places: Sequence[Place]) -> OptionKind:
    """What was chosen; where nothing was, what it is: at once, made for them, or brought home."""
    if head.option is not None:
        return OptionKind(head.option)
    kinds = {NodeKind(place.kind) for place in places}
    if kinds == {NodeKind.DIGITAL}:
        return OptionKind.DIGITAL
    return OptionKind.MADE_FOR_YOU if kinds.intersection(MAKERS) else OptionKind.HOME_STANDARD


def as_told(orders: Sequence[NewOrder], foresight: Foresight, *, now: datetime) -> list[Promise]:
    """What checkouts told, as promises; whose they are is known once their legs are."""
    return [
        Promise(
            order_id=order.id,
            node=None,
            service=None,
            made_at=now,
            promised_from=way.told.first,
            promised_to=way.told.last,
            chance=way.told.chance,
            option=way.option,
            run=foresight.run,
        )
        for order in orders
        if (way := order.delivery) and way.told
    ]


def _plan(head: Head, leg: Arrival, place: Place) -> LegPlan:
    departs_on = leg.leaves_at.astimezone(ZoneInfo(place.time_zone)).date()
    return LegPlan(
        departs_on=departs_on,
        arrives_on=max(leg.arrives_on, departs_on),
        groups=groups(
            node=leg.node,
            kind=place.kind,
            service=leg.service,
            carrier=place.carrier,
            region=region(head.country, head.postcode),
        ),
    )


def points(tx: Connection, codes: Iterable[str | None]) -> dict[str, Node]:
    """The stores and relay points that orders go to; None: it goes to a door."""
    wanted = sorted({code for code in codes if code})
    return nodes.nodes(tx, wanted) if wanted else {}


def rests_at(points: Mapping[str, Node], since: datetime) -> dict[str, Rests]:
    """The days from then on on which nothing comes to these stores and relay points."""
    return {
        code: rests_of(node, node.country, node.postcode, since.date())
        for code, node in points.items()
    }


def _rounds(place: Place) -> Rounds:
    weekdays, closures = tuple(place.delivers_on), tuple(place.closures)
    return network.rounds_of(weekdays, closures, is_daily=place.delivers_daily)


def _found(leg: Arrival, known: Reliability | None) -> float:
    """The chance that a store finds all that it keeps of an order."""
    return reliability_rules.all_found_chance(known or NOTHING_KNOWN, leg.node, leg.lines)


def _heads(tx: Connection, orders: Sequence[str]) -> list[Head]:
    return rows(
        tx,
        Head,
        """
        select id, channel, country, postcode, option, told_from, told_to, told_chance,
            coalesce(store, relay) as point
        from customer_order
        where id = any(%s)
        """,
        [orders],
    )


def _places(tx: Connection, pairs: Sequence[tuple[str, str]]) -> list[Place]:
    return rows(
        tx,
        Place,
        """
        select node.code as node, given.service, node.kind::text, time_zone,
            coalesce(service.carrier, '') as carrier,
            coalesce(delivers_daily, false) as delivers_daily,
            array(
                select weekday from service_weekday
                where service_weekday.service = given.service order by weekday
            ) as delivers_on,
            array(
                select day from service_closure
                where service_closure.service = given.service order by day
            ) as closures
        from unnest(%s::text[], %s::text[]) as given (node, service)
        join node on node.code = given.node
        left join service on service.code = given.service
        """,
        [[node for node, _ in pairs], [service for _, service in pairs]],
    )
