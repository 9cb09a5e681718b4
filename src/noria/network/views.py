"""Questions about the network."""

from collections.abc import Iterable, Sequence
from typing import LiteralString

import msgspec

from noria.kit.db import Connection, literal, row, rows
from noria.kit.errors import UnknownCodes
from noria.network.model import Area, Lane, Node, NodeKind, Service, Spot

ADDRESSED: LiteralString = (
    "concat_ws(', ', node.name, nullif(node.street, ''), nullif(node.address_more, ''),"
    " node.postcode || ' ' || node.town)"
)
"""A node by its name and its address in one line, as people are sent there."""


def check_known(tx: Connection, codes: Iterable[str]) -> None:
    """Refuse nodes that are not in the network.

    Raises:
        UnknownCodes: with every code that is missing.
    """
    asked = sorted(set(codes))
    unknown = tx.execute(
        "select code from unnest(%s::text[]) as asked (code)"
        " where not exists (select from node where node.code = asked.code) order by code",
        [asked],
    ).fetchall()
    if unknown:
        raise UnknownCodes(codes="node " + ", ".join(code for (code,) in unknown))


def check_services(tx: Connection, codes: Iterable[str]) -> None:
    """Refuse carriers' services that do not exist.

    Raises:
        UnknownCodes: with every code that is missing.
    """
    asked = set(codes)
    known = tx.execute("select code from service where code = any(%s)", [sorted(asked)])
    if unknown := sorted(asked - {code for (code,) in known}):
        raise UnknownCodes(codes="service " + ", ".join(unknown))


def nodes(tx: Connection, codes: Iterable[str] | None = None) -> dict[str, Node]:
    """The nodes of these codes, or all of them, whole; unknown codes are left out."""
    return {code: node for code, (node, _) in versioned_nodes(tx, codes).items()}


def addressed(tx: Connection, code: str) -> str | None:
    """A node by its name and its address; None: there is no such node."""
    asked = "select " + ADDRESSED + " from node where code = %s"  # noqa: S608 - names of ours
    found = tx.execute(asked, [code]).fetchone()
    return None if found is None else str(found[0])


def versioned_nodes(
    tx: Connection, codes: Iterable[str] | None = None
) -> dict[str, tuple[Node, int]]:
    """The nodes of these codes, or all of them, each with its version, in key order."""
    found = tx.execute(
        """
        select version, (to_jsonb(node) - 'version' - 'changed_at' || jsonb_build_object(
            'hours', (
                select coalesce(jsonb_agg(to_jsonb(node_hours) - 'node' order by weekday, opens),
                    '[]')
                from node_hours
                where node_hours.node = node.code
            ),
            'closures', (
                select coalesce(jsonb_agg(to_jsonb(node_closure) - 'node' order by day), '[]')
                from node_closure
                where node_closure.node = node.code
            ),
            'openings', (
                select coalesce(jsonb_agg(to_jsonb(node_opening) - 'node' order by day, opens),
                    '[]')
                from node_opening
                where node_opening.node = node.code
            ),
            'capacities', (
                select coalesce(jsonb_agg(to_jsonb(node_capacity) - 'node'
                    order by weekday, day), '[]')
                from node_capacity
                where node_capacity.node = node.code
            ),
            'departures', (
                select coalesce(jsonb_agg(to_jsonb(departure) - 'node'
                    order by service, weekday), '[]')
                from departure
                where departure.node = node.code
            )
        ))::text
        from node
        where %(codes)s::text[] is null or code = any(%(codes)s)
        order by code
        """,
        {"codes": None if codes is None else sorted(set(codes))},
    ).fetchall()
    kept = [(_NODE.decode(text), version) for version, text in found]
    return {node.code: (node, version) for node, version in kept}


_NODE = msgspec.json.Decoder(Node)


def other_nodes(tx: Connection, nodes: Sequence[str]) -> set[str]:
    """Every node but these."""
    found = tx.execute("select code from node where not code = any(%s)", [list(nodes)])
    return {node for (node,) in found}


def node_page(
    tx: Connection,
    *,
    codes: Sequence[str] | None = None,
    words: str = "",
    kind: NodeKind | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Node]:
    """Nodes in key order beyond `after`, of these codes only if any are given, and of this kind.

    `words` begin a code, or stand in a name or town.
    """
    found = tx.execute(
        """
        select code
        from node
        where code > %(after)s and (%(codes)s::text[] is null or code = any(%(codes)s))
            and (%(kind)s::text is null or kind::text = %(kind)s)
            and (code ilike %(like)s || '%%' or name ilike '%%' || %(like)s || '%%'
                or town ilike '%%' || %(like)s || '%%')
        order by code
        limit %(limit)s
        """,
        {
            "after": after,
            "codes": None if codes is None else list(codes),
            "kind": kind and kind.value,
            "like": literal(words),
            "limit": limit,
        },
    )
    return list(nodes(tx, [code for (code,) in found]).values())


def services(tx: Connection, codes: Iterable[str] | None = None) -> dict[str, Service]:
    """The services of these codes, or all of them, whole; unknown codes are left out."""
    return {code: service for code, (service, _) in versioned_services(tx, codes).items()}


def versioned_services(
    tx: Connection, codes: Iterable[str] | None = None
) -> dict[str, tuple[Service, int]]:
    """The services of these codes, or all of them, each with its version, in key order."""
    found = tx.execute(
        """
        select version, (to_jsonb(service) - 'version' || jsonb_build_object('rates', (
            select coalesce(jsonb_agg(to_jsonb(service_rate) - 'service'
                order by max_km, max_weight_g), '[]')
            from service_rate
            where service_rate.service = service.code
        ), 'delivers_on', (
            select coalesce(jsonb_agg(weekday order by weekday), '[]')
            from service_weekday
            where service_weekday.service = service.code
        ), 'closures', (
            select coalesce(jsonb_agg(to_jsonb(service_closure) - 'service' order by day), '[]')
            from service_closure
            where service_closure.service = service.code
        )))::text
        from service
        where %(codes)s::text[] is null or code = any(%(codes)s)
        order by code
        """,
        {"codes": None if codes is None else sorted(set(codes))},
    ).fetchall()
    kept = [(_SERVICE.decode(text), version) for version, text in found]
    return {service.code: (service, version) for service, version in kept}


_SERVICE = msgspec.json.Decoder(Service)


def lanes(tx: Connection) -> list[Lane]:
    """Every lane, in key order."""
    return rows(tx, Lane, "select source, target, transit_days from lane order by source, target")


def lanes_to(tx: Connection, targets: Iterable[str]) -> dict[str, dict[str, int]]:
    """Days under way to each of these nodes, by where lanes to it begin."""
    wanted = sorted(set(targets))
    found: dict[str, dict[str, int]] = {target: {} for target in wanted}
    for source, target, days in tx.execute(
        "select source, target, transit_days from lane where target = any(%s)"
        " order by source, target",
        [wanted],
    ):
        found[target][source] = days
    return found


def versioned_lanes(tx: Connection, lanes: Iterable[Lane]) -> dict[str, tuple[Lane, int]]:
    """What is kept of the lanes between the same nodes, by `source:target`, with its version."""
    pairs = sorted({(lane.source, lane.target) for lane in lanes})
    found = tx.execute(
        """
        select source, target, transit_days, version
        from lane
        join unnest(%s::text[], %s::text[]) as asked (source, target) using (source, target)
        """,
        [[source for source, _ in pairs], [target for _, target in pairs]],
    )
    return {
        f"{source}:{target}": (Lane(source=source, target=target, transit_days=days), version)
        for source, target, days, version in found
    }


def lane_page(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[Lane]:
    """Lanes in key order beyond `after`, of these nodes only (either end) if any are given."""
    return rows(
        tx,
        Lane,
        """
        select source, target, transit_days
        from lane
        where (source, target) > (%(source)s, %(target)s)
            and (%(nodes)s::text[] is null or source = any(%(nodes)s) or target = any(%(nodes)s))
        order by source, target
        limit %(limit)s
        """,
        {
            "source": after[0],
            "target": after[1],
            "nodes": None if nodes is None else list(nodes),
            "limit": limit,
        },
    )


def area(tx: Connection, country: str, postcode: str) -> Area | None:
    """The postcode, its main town and where that lies."""
    return row(
        tx,
        Area,
        """
        select country, code, town, latitude, longitude, population
        from postcode
        where country = %s and code = %s
        """,
        [country, postcode],
    )


def spots(tx: Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Spot]:
    """Where these postcodes lie, as (country, postcode); those near nothing are left out."""
    asked = sorted(set(wanted))
    known = places(tx, asked)
    for country, code in asked:
        if (country, code) not in known and (near := spot(tx, country, code)) is not None:
            known[country, code] = near
    return known


def places(tx: Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Spot]:
    """The same of postcodes that are known themselves."""
    asked = sorted(set(wanted))
    found = tx.execute(
        """
        select country, code, latitude, longitude
        from postcode
        join unnest(%s::text[], %s::text[]) as asked (country, code) using (country, code)
        """,
        [[country for country, _ in asked], [code for _, code in asked]],
    )
    return {(country, code): Spot(*at) for country, code, *at in found}


def spots_like(tx: Connection, country: str, postcode: str) -> dict[tuple[str, str], Spot]:
    """Where all known postcodes lie that begin with the same two characters."""
    found = tx.execute(
        """
        select code, latitude, longitude
        from postcode
        where country = %(country)s
            and code >= left(%(postcode)s, 2) and code < left(%(postcode)s, 2) || chr(1114111)
        """,
        {"country": country, "postcode": postcode},
    )
    return {(country, code): Spot(*at) for code, *at in found}


def spot(tx: Connection, country: str, postcode: str) -> Spot | None:
    """Where a postcode lies; one that is not known lies amid those with its first two characters.

    That is the département in France; its centre is weighted by population. None: nothing near.
    """
    return row(
        tx,
        Spot,
        """
        select coalesce(
                max(latitude) filter (where code = %(postcode)s),
                sum(latitude * (population + 1)) / sum(population + 1)
            ) as latitude,
            coalesce(
                max(longitude) filter (where code = %(postcode)s),
                sum(longitude * (population + 1)) / sum(population + 1)
            ) as longitude
        from postcode
        where country = %(country)s and length(%(postcode)s) >= 2
            and code >= left(%(postcode)s, 2) and code < left(%(postcode)s, 2) || chr(1114111)
        having count(*) > 0
        """,
        {"country": country, "postcode": postcode},
    )
