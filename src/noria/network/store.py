"""The network's SQL that writes. Each upsert checks in one statement that nobody was faster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from noria.kit.db import Connection
from noria.kit.errors import Stale
from noria.network.model import Area, Lane, Node, Service

NODE_COLUMNS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("code", "text"),
    ("name", "text"),
    ("country", "text"),
    ("postcode", "text"),
    ("town", "text"),
    ("latitude", "float8"),
    ("longitude", "float8"),
    ("time_zone", "text"),
    ("does_ship", "boolean"),
    ("does_hand_over", "boolean"),
    ("does_take_returns", "boolean"),
    ("does_gift_wrap", "boolean"),
    ("has_own_packaging", "boolean"),
    ("takes_hazardous", "boolean"),
    ("takes_bulky", "boolean"),
    ("handling_minutes", "int"),
    ("handling_cents", "int"),
    ("learns_handling", "boolean"),
    ("units_per_day", "int"),
    ("orders_per_day", "int"),
    ("overtime_units", "int"),
    ("overtime_cents", "int"),
    ("lead_days", "int"),
    ("booking_days", "int"),
    ("buffer_units", "int"),
    ("is_open", "boolean"),
    ("region", "text"),
    ("keeps_holidays", "boolean"),
    ("street", "text"),
    ("address_more", "text"),
)
_NAMES: LiteralString = ", ".join(name for name, _ in NODE_COLUMNS)
_ARRAYS: LiteralString = ", ".join("%s::" + kind + "[]" for _, kind in NODE_COLUMNS)
_CHANGES: LiteralString = ", ".join(name + " = excluded." + name for name, _ in NODE_COLUMNS[1:])
UPSERT_NODES: LiteralString = (  # the names are those above
    "insert into node (kind, version, changed_at, "  # noqa: S608 - names of ours
    + _NAMES
    + ")"
    " select kind, believed + 1, %s, " + _NAMES + ""
    " from unnest(%s::node_kind[], %s::bigint[], " + _ARRAYS + ")"
    " as given (kind, believed, " + _NAMES + ")"
    " order by code"
    " on conflict (code) do update"
    " set kind = excluded.kind, version = excluded.version, changed_at = excluded.changed_at, "
    + _CHANGES
    + " where node.version = excluded.version - 1 returning code, version"
)


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
    written = tx.execute(
        UPSERT_NODES,
        [
            now,
            [node.kind.value for node in nodes],
            list(believed),
            *([getattr(node, field) for node in nodes] for field, _ in NODE_COLUMNS),
        ],
    ).fetchall()
    _check_written([node.code for node in nodes], dict(written))
    return dict(written)


def replace_calendars(tx: Connection, nodes: Sequence[Node]) -> None:
    """Give nodes that were just written their calendars and capacities, and no others."""
    codes = [node.code for node in nodes]
    tx.execute("delete from node_hours where node = any(%s)", [codes])
    tx.execute("delete from node_closure where node = any(%s)", [codes])
    tx.execute("delete from node_opening where node = any(%s)", [codes])
    tx.execute("delete from node_capacity where node = any(%s)", [codes])
    tx.execute("delete from departure where node = any(%s)", [codes])
    _fill(
        tx,
        "insert into node_opening (node, day, opens, closes, reason)"
        " select * from unnest(%s::text[], %s::date[], %s::time[], %s::time[], %s::text[])",
        [
            (node.code, one.day, one.opens, one.closes, one.reason)
            for node in nodes
            for one in node.openings
        ],
    )
    _fill(
        tx,
        "insert into node_capacity (node, weekday, day, units, orders)"
        " select * from unnest(%s::text[], %s::smallint[], %s::date[], %s::int[], %s::int[])",
        [
            (node.code, one.weekday, one.day, one.units, one.orders)
            for node in nodes
            for one in node.capacities
        ],
    )
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
            insert into service (code, carrier, name, chance, goes_to_relays, delivers_daily,
                takes_hazardous, takes_bulky, version)
            select code, carrier, name, chance, goes_to_relays, delivers_daily, takes_hazardous,
                takes_bulky, believed + 1
            from unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::boolean[],
                %s::boolean[], %s::boolean[], %s::boolean[], %s::bigint[])
                as given (code, carrier, name, chance, goes_to_relays, delivers_daily,
                    takes_hazardous, takes_bulky, believed)
            order by code
            on conflict (code) do update
            set carrier = excluded.carrier, name = excluded.name, chance = excluded.chance,
                goes_to_relays = excluded.goes_to_relays,
                delivers_daily = excluded.delivers_daily,
                takes_hazardous = excluded.takes_hazardous, takes_bulky = excluded.takes_bulky,
                version = excluded.version
            where service.version = excluded.version - 1
            returning code, version
            """,
            [
                [service.code for service in services],
                [service.carrier for service in services],
                [service.name for service in services],
                [service.chance for service in services],
                [service.goes_to_relays for service in services],
                [service.delivers_daily for service in services],
                [service.takes_hazardous for service in services],
                [service.takes_bulky for service in services],
                list(believed),
            ],
        ).fetchall()
    )
    codes = [service.code for service in services]
    _check_written(codes, written)
    _refill_service(tx, services, codes)
    return written


def _refill_service(tx: Connection, services: Sequence[Service], codes: Sequence[str]) -> None:
    """The rates, weekdays and closures of services, anew."""
    tx.execute("delete from service_rate where service = any(%s)", [list(codes)])
    tx.execute("delete from service_weekday where service = any(%s)", [list(codes)])
    tx.execute("delete from service_closure where service = any(%s)", [list(codes)])
    _fill(
        tx,
        "insert into service_weekday (service, weekday)"
        " select * from unnest(%s::text[], %s::smallint[])",
        [(service.code, weekday) for service in services for weekday in service.delivers_on],
    )
    _fill(
        tx,
        "insert into service_closure (service, day, reason)"
        " select * from unnest(%s::text[], %s::date[], %s::text[])",
        [(service.code, one.day, one.reason) for service in services for one in service.closures],
    )
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
