"""Questions about reliability: `reliability` is the one that sourcing and the promise ask."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from noria.kit.db import Connection
from noria.network import reliability_rules as rules
from noria.network.model import Node, Service
from noria.network.reliability_model import OUTCOMES, Cell, Estimate, Reliability, Topic


def reliability(
    tx: Connection,
    nodes: Mapping[str, Node],
    services: Mapping[str, Service],
    areas: Iterable[str] = (),
) -> Reliability:
    """What is believed of these nodes, and of these services from them to these areas.

    It is what was measured up to last midnight, and the same all day. Ask it with `found_chance`,
    `on_time_chance`, `handling_minutes`, `node_shares` and `lane_shares` of `reliability_rules`:
    where nothing was measured they fall back on the group, then on what is stated.
    """
    node_groups = {code: rules.node_groups(node) for code, node in nodes.items()}
    service_groups = {code: rules.service_groups(one) for code, one in services.items()}
    keys = {key for groups in (*node_groups.values(), *service_groups.values()) for key in groups}
    lanes = {f"service:{service}:{node}" for service in services for node in nodes}
    keys |= lanes | {f"{lane}:{area}" for lane in lanes for area in set(areas)}
    return Reliability(
        estimates=_estimates(tx, keys),
        node_groups=node_groups,
        service_groups=service_groups,
        chances={code: service.chance for code, service in services.items()},
    )


def lanes(
    tx: Connection, nodes: Iterable[str], services: Iterable[str], areas: Iterable[str]
) -> dict[tuple[Topic, str], Estimate]:
    """What was measured of these services from these nodes to these areas."""
    every = [(service, node) for service in services for node in nodes]
    return _estimates(
        tx, {f"service:{service}:{node}:{area}" for service, node in every for area in areas}
    )


def _estimates(tx: Connection, keys: Iterable[str]) -> dict[tuple[Topic, str], Estimate]:
    found = tx.execute(
        """
        select topic, key, parent, counts, weights, shares, strength
        from estimate
        where key = any(%s)
        """,
        [sorted(keys)],
    )
    return {(one.topic, one.key): one for one in (_estimate(*row) for row in found)}


def estimate_page(
    tx: Connection,
    *,
    topic: str | None = None,
    starts: str = "",
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[Estimate]:
    """Estimates by topic and key beyond `after`, of one topic and one beginning if given."""
    found = tx.execute(
        """
        select topic, key, parent, counts, weights, shares, strength
        from estimate
        where (topic, key) > (%(topic_after)s, %(key_after)s)
            and (%(topic)s::text is null or topic = %(topic)s)
            and starts_with(key, %(starts)s)
        order by topic, key
        limit %(limit)s
        """,
        {
            "topic_after": after[0],
            "key_after": after[1],
            "topic": topic,
            "starts": starts,
            "limit": limit,
        },
    )
    return [_estimate(*row) for row in found]


def believed(tx: Connection, topic: Topic, keys: Iterable[str]) -> dict[str, Estimate]:
    """What is believed of these keys in one topic, where something was measured."""
    found = _estimates(tx, keys)
    return {key: one for (of, key), one in found.items() if of is topic}


def cells(
    tx: Connection, nodes: Mapping[str, Node], services: Mapping[str, Service], today: date
) -> list[Cell]:
    """What each node, and each service from it to each area, counts; what is old counts less."""
    found = tx.execute(
        """
        select topic, node, service, area, outcome, sum(units)::bigint,
            sum(units * 0.5 ^ ((%(today)s - day)::double precision / %(half_life)s)
                order by day)
        from tally
        where day >= %(today)s - %(oldest)s::int
        group by topic, node, service, area, outcome
        order by topic, node, service, area, outcome
        """,
        {"today": today, "half_life": rules.HALF_LIFE_DAYS, "oldest": rules.FORGOTTEN_DAYS},
    )
    counted: dict[tuple[Topic, str, str, str], dict[int, tuple[int, float]]] = {}
    for topic, node, service, area, outcome, units, weight in found:
        counted.setdefault((Topic(topic), node, service, area), {})[outcome] = (units, weight)
    return [
        Cell(
            topic=topic,
            groups=groups,
            counts=tuple(outcomes.get(place, (0, 0.0))[0] for place in _places(topic)),
            weights=tuple(outcomes.get(place, (0, 0.0))[1] for place in _places(topic)),
        )
        for (topic, node, service, area), outcomes in counted.items()
        if (groups := _groups(nodes, services, node, service, area))
    ]


def through(tx: Connection) -> dict[str, date]:
    """Up to which day the facts of each room are in the tally."""
    found = tx.execute(
        "select source, through from tallied where through > '-infinity' order by source"
    )
    return dict(found.fetchall())


def _groups(
    nodes: Mapping[str, Node],
    services: Mapping[str, Service],
    node: str,
    service: str,
    area: str,
) -> tuple[str, ...]:
    """The groups of a cell; none for a node or a service that is gone."""
    if not service:
        return rules.node_groups(nodes[node]) if node in nodes else ()
    return rules.lane_groups(services[service], node, area) if service in services else ()


def _places(topic: Topic) -> range:
    return range(len(OUTCOMES[topic]))


def _estimate(
    topic: str, key: str, parent: str, counts: Any, weights: Any, shares: Any, strength: float
) -> Estimate:
    return Estimate(
        topic=Topic(topic),
        key=key,
        parent=parent,
        counts=tuple(counts),
        weights=tuple(weights),
        shares=tuple(shares),
        strength=strength,
    )
