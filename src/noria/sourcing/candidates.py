"""From the network as it is to candidates for one order: who has what, and how it could travel."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.network import rules as network
from noria.network.model import Node, Service, Spot
from noria.sourcing.model import Candidate, Option, Step, Units, Wish


class Exit(Struct, frozen=True, kw_only=True):
    """A service's next departure from a node: the same for every order of one instant."""

    service: Service
    leaves_at: datetime
    chance: float
    arrives_on: Mapping[int, date]
    """The day by the service's transit days."""


class Scene(Struct, frozen=True, kw_only=True):
    """All that does not depend on the order: nodes, their exits, and days without delivery."""

    nodes: Mapping[str, Node]
    exits: Mapping[str, Sequence[Exit]]


def scene(
    nodes: Mapping[str, Node],
    services: Mapping[str, Service],
    *,
    chances: Mapping[tuple[str, str], float],
    holidays: frozenset[date],
    now: datetime,
) -> Scene:
    """The network at an instant; `chances` are measured ones, by node and service."""
    return Scene(
        nodes=nodes,
        exits={
            code: _exits(node, services, chances, holidays, now) for code, node in nodes.items()
        },
    )


def free_units(nodes: Mapping[str, Node], load: Mapping[str, int]) -> dict[str, int]:
    """What nodes with a known capacity can still handle, given the units they have yet to pick."""
    return {
        code: node.units_per_day - load.get(code, 0)
        for code, node in nodes.items()
        if node.units_per_day is not None
    }


def candidates(
    scene: Scene, wish: Wish, stock: Mapping[str, Units], free: Mapping[str, int]
) -> list[Candidate]:
    """Every node that has something of the order; `stock` is node to SKU to units."""
    found = []
    for code in sorted(stock):
        node = scene.nodes.get(code)
        units = {sku: stock[code].get(sku, 0) for sku in wish.wanted}
        if node is None or code in wish.without or not any(units.values()):
            continue
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        found.append(
            Candidate(
                node=code,
                km=km,
                units=units,
                handling_cents=node.handling_cents,
                options=[_option(exit_, km) for exit_ in scene.exits[code]],
                free_units=free.get(code),
                does_ship=node.does_ship,
            )
        )
    return found


def _exits(
    node: Node,
    services: Mapping[str, Service],
    chances: Mapping[tuple[str, str], float],
    holidays: frozenset[date],
    now: datetime,
) -> list[Exit]:
    if not node.is_open or not node.does_ship:
        return []
    ready = network.ready_at(node, now, holidays=holidays)
    exits = []
    for code in sorted({departure.service for departure in node.departures} & services.keys()):
        leaves = network.departs_at(node, code, ready, holidays=holidays)
        if leaves is not None:
            day = leaves.astimezone(ZoneInfo(node.time_zone)).date()
            service = services[code]
            exits.append(
                Exit(
                    service=service,
                    leaves_at=leaves,
                    chance=chances.get((node.code, code), service.chance),
                    arrives_on={
                        days: network.arrives_on(day, days, holidays)
                        for days in {rate.transit_days for rate in service.rates}
                    },
                )
            )
    return exits


def _option(way: Exit, km: int) -> Option:
    steps = [
        Step(
            max_weight_g=rate.max_weight_g,
            cents=rate.cents,
            arrives_on=way.arrives_on[rate.transit_days],
        )
        for rate in way.service.rates
        if rate.max_km >= km
    ]
    return Option(
        service=way.service.code,
        leaves_at=way.leaves_at,
        chance=way.chance,
        steps=sorted(steps, key=lambda step: (step.max_weight_g, step.cents, step.arrives_on)),
    )
