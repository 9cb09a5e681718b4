"""The network's SQL that writes. Each upsert checks in one statement that nobody was faster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from noria.kit.db import Connection
from noria.kit.errors import Stale
from noria.network.model import Area, Lane, Node, Service


def lock_nodes(tx: Connection, codes: Sequence[str]) -> None:
    """Lock the nodes that exist, in key order, so that what is read of them next stays true."""
    tx.execute(
        "select from node where code = any(%s) order by code for no key update", [sorted(codes)]
    )


def upsert_nodes(
    tx: Connection, nodes: Sequence[Node], believed: Sequence[int], *, now: datetime
) -> dict[str, int]:
    """Write nodes whose versions are still the believed ones (0: absent); return the new versions.

    Raises:
        Stale: somebody else wrote one of them first.
    """
    fields = (
        "code", "name", "country", "postcode", "town", "latitude", "longitude", "time_zone",
        "does_ship", "does_hand_over", "does_take_returns", "handling_minutes", "handling_cents",
        "units_per_day", "lead_days", "buffer_units", "is_open",
    )  # fmt: skip
    written = tx.execute(
        """
        insert into node (kind, version, changed_at, code, name, country, postcode, town, latitude,
            longitude, time_zone, does_ship, does_hand_over, does_take_returns, handling_minutes,
            handling_cents, units_per_day, lead_days, buffer_units, is_open)
        select kind, believed + 1, %s, code, name, country, postcode, town, latitude, longitude,
            time_zone, does_ship, does_hand_over, does_take_returns, handling_minutes,
            handling_cents, units_per_day, lead_days, buffer_units, is_open
        from unnest(%s::node_kind[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::float8[], %s::float8[], %s::text[], %s::boolean[], %s::boolean[],
            %s::boolean[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::boolean[])
            as given (kind, believed, code, name, country, postcode, town, latitude, longitude,
                time_zone, does_ship, does_hand_over, does_take_returns, handling_minutes,
                handling_cents, units_per_day, lead_days, buffer_units, is_open)
        order by code
        on conflict (code) do update
        set kind = excluded.kind, version = excluded.version, changed_at = excluded.changed_at,
            name = excluded.name, country = excluded.country, postcode = excluded.postcode,
            town = excluded.town, latitude = excluded.latitude, longitude = excluded.longitude,
            time_zone = excluded.time_zone, does_ship = excluded.does_ship,
            does_hand_over = excluded.does_hand_over,
            does_take_returns = excluded.does_take_returns,
            handling_minutes = excluded.handling_minutes,
            handling_cents = excluded.handling_cents, units_per_day = excluded.units_per_day,
            lead_days = excluded.lead_days, buffer_units = excluded.buffer_units,
            is_open = excluded.is_open
        where node.version = excluded.version - 1
        returning code, version
        """,
        [
            now,
            [node.kind.value for node in nodes],
            list(believed),
            *([getattr(node, field) for node in nodes] for field in fields),
        ],
    ).fetchall()
    _check_written([node.code for node in nodes], dict(written))
    return dict(written)


def replace_calendars(tx: Connection, nodes: Sequence[Node]) -> None:
    """Give nodes that were just written their hours, closures and departures, and no others."""
    codes = [node.code for node in nodes]
    tx.execute("delete from node_hours where node = any(%s)", [codes])
    tx.execute("delete from node_closure where node = any(%s)", [codes])
    tx.execute("delete from departure where node = any(%s)", [codes])
    _fill(
        tx,
        "insert into node_hours (node, weekday, opens, closes)"
        " select * from unnest(%s::text[], %s::smallint[], %s::time[], %s::time[])",
        [(node.code, one.weekday, one.opens, one.closes) for node in nodes for one in node.hours],
    )
    _fill(
        tx,
        "insert into node_closure (node, day, reason)"
        " select * from unnest(%s::text[], %s::date[], %s::text[])",
        [(node.code, one.day, one.reason) for node in nodes for one in node.closures],
    )
    _fill(
        tx,
        "insert into departure (node, service, weekday, cut_off)"
        " select * from unnest(%s::text[], %s::text[], %s::smallint[], %s::time[])",
        [
            (node.code, one.service, one.weekday, one.cut_off)
            for node in nodes
            for one in node.departures
        ],
    )


def lock_services(tx: Connection, codes: Sequence[str]) -> None:
    tx.execute(
        "select from service where code = any(%s) order by code for no key update", [sorted(codes)]
    )


def upsert_services(
    tx: Connection, services: Sequence[Service], believed: Sequence[int]
) -> dict[str, int]:
    """Write services and their rates, as `upsert_nodes` does nodes."""
    written: dict[str, int] = dict(
        tx.execute(
            """
            insert into service (code, carrier, name, chance, version)
            select code, carrier, name, chance, believed + 1
            from unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::bigint[])
                as given (code, carrier, name, chance, believed)
            order by code
            on conflict (code) do update
            set carrier = excluded.carrier, name = excluded.name, chance = excluded.chance,
                version = excluded.version
            where service.version = excluded.version - 1
            returning code, version
            """,
            [
                [service.code for service in services],
                [service.carrier for service in services],
                [service.name for service in services],
                [service.chance for service in services],
                list(believed),
            ],
        ).fetchall()
    )
    codes = [service.code for service in services]
    _check_written(codes, written)
    tx.execute("delete from service_rate where service = any(%s)", [codes])
    _fill(
        tx,
        "insert into service_rate (service, max_km, max_weight_g, cents, transit_days)"
        " select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::int[])",
        [
            (service.code, one.max_km, one.max_weight_g, one.cents, one.transit_days)
            for service in services
            for one in service.rates
        ],
    )
    return written


def upsert_lanes(tx: Connection, lanes: Sequence[Lane], believed: Sequence[int]) -> None:
    """Write lanes, as `upsert_nodes` does nodes."""
    written = tx.execute(
        """
        insert into lane (source, target, transit_days, version)
        select source, target, transit_days, believed + 1
        from unnest(%s::text[], %s::text[], %s::int[], %s::bigint[])
            as given (source, target, transit_days, believed)
        order by source, target
        on conflict (source, target) do update
        set transit_days = excluded.transit_days, version = excluded.version
        where lane.version = excluded.version - 1
        returning source || ':' || target, version
        """,
        [
            [lane.source for lane in lanes],
            [lane.target for lane in lanes],
            [lane.transit_days for lane in lanes],
            list(believed),
        ],
    ).fetchall()
    _check_written([f"{lane.source}:{lane.target}" for lane in lanes], dict(written))


def upsert_areas(tx: Connection, areas: Sequence[Area]) -> int:
    """Write postcodes; return how many are new or differ from what was kept."""
    return tx.execute(
        """
        insert into postcode (country, code, town, latitude, longitude, population)
        select *
        from unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::float8[], %s::int[])
            as given (country, code, town, latitude, longitude, population)
        order by country, code
        on conflict (country, code) do update
        set town = excluded.town, latitude = excluded.latitude, longitude = excluded.longitude,
            population = excluded.population
        where (postcode.town, postcode.latitude, postcode.longitude, postcode.population)
            <> (excluded.town, excluded.latitude, excluded.longitude, excluded.population)
        """,
        [
            [area.country for area in areas],
            [area.code for area in areas],
            [area.town for area in areas],
            [area.latitude for area in areas],
            [area.longitude for area in areas],
            [area.population for area in areas],
        ],
    ).rowcount


def _check_written(keys: Sequence[str], written: Mapping[str, int]) -> None:
    for key in keys:
        if key not in written:
            raise Stale(believed=key, current="?")


def _fill(tx: Connection, query: LiteralString, lines: Sequence[tuple[Any, ...]]) -> None:
    if lines:
        tx.execute(query, [list(column) for column in zip(*lines, strict=True)])
