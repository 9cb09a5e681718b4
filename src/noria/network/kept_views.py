"""The network as a process keeps it, for those who ask often: exact, for the marks of rows say so.

Each question first asks for the marks of what it needs, in the transaction that decides; only what
has another mark than it had is read again. A mark is a row's version with the transaction that
wrote it: one that was undone never comes back under the same mark.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from noria.kit.db import Connection
from noria.network import reliability_views, views
from noria.network.model import Node, Service
from noria.network.reliability_model import Estimate, Reliability, Topic

Thing = TypeVar("Thing", Node, Service)


class Network(Struct, frozen=True, eq=False):
    """Every node and service, and what is believed of them; it is the same while nothing changes.

    `areas` are those whose lanes are in `known` already.
    """

    nodes: Mapping[str, Node]
    services: Mapping[str, Service]
    known: Reliability
    estimates: dict[tuple[Topic, str], Estimate]
    areas: set[str]


class Kept:
    """What a process keeps of one database; asked by one thread at a time."""

    def __init__(self) -> None:
        self._marks: tuple[tuple[tuple[str, str], ...], ...] = ()
        self._nodes: dict[str, tuple[str, Node]] = {}
        self._services: dict[str, tuple[str, Service]] = {}
        self._network: Network | None = None

    def network(self, tx: Connection, areas: Iterable[str]) -> Network:
        """The network as this transaction sees it, with the lanes to these areas."""
        marks = tuple(
            tuple(tx.execute(query).fetchall())
            for query in (
                "select code, version || ':' || xmin from node order by code",
                "select code, version || ':' || xmin from service order by code",
                "select 'estimate', xmin::text from estimate limit 1",
            )
        )
        found = self._network
        if found is None or marks != self._marks:
            nodes = _fresh(self._nodes, dict(marks[0]), lambda codes: views.nodes(tx, codes))
            services = _fresh(
                self._services,
                dict(marks[1]),
                lambda codes: {
                    code: one for code, (one, _) in views.versioned_services(tx, codes).items()
                },
            )
            found = _network(tx, nodes, services)
            self._network, self._marks = found, marks
        if more := set(areas) - found.areas:
            found.estimates.update(
                reliability_views.lanes(tx, found.nodes, found.services, sorted(more))
            )
            found.areas.update(more)
        return found


def _network(tx: Connection, nodes: Mapping[str, Node], services: Mapping[str, Service]) -> Network:
    known = reliability_views.reliability(tx, nodes, services)
    estimates = dict(known.estimates)
    return Network(
        nodes=nodes,
        services=services,
        known=Reliability(
            estimates=estimates,
            node_groups=known.node_groups,
            service_groups=known.service_groups,
            chances=known.chances,
        ),
        estimates=estimates,
        areas=set(),
    )


def _fresh(
    kept: dict[str, tuple[str, Thing]],
    marks: Mapping[str, str],
    read: Callable[[list[str]], Mapping[str, Thing]],
) -> dict[str, Thing]:
    """The things of these marks; those that are kept under another one are read."""
    old = [code for code, mark in marks.items() if code not in kept or kept[code][0] != mark]
    if old:
        kept.update({code: (marks[code], one) for code, one in read(old).items()})
    for code in kept.keys() - marks.keys():
        del kept[code]
    return {code: kept[code][1] for code in marks}
