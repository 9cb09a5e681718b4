"""Tables that are taken out as one query gives them, for some nodes or for all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import LiteralString

from msgspec import Struct

from noria.connectors.files.model import Cell, CellType, ExportKind
from noria.kit.db import Connection

ROWS_AT_ONCE = 50_000
Rows = Iterator[Sequence[Cell]]
Nodes = Sequence[str] | None


class Table(Struct, frozen=True, kw_only=True):
    """What an export holds: its columns, and a reader of its rows, limited to some nodes."""

    columns: Mapping[str, CellType]
    rows: Callable[[Connection, Nodes], Rows]


def query(asked: LiteralString) -> Callable[[Connection, Nodes], Rows]:
    """The rows of a query about `nodes`, a portion at a time, so that a large table does fit."""

    def rows(tx: Connection, nodes: Nodes) -> Rows:
        with tx.cursor(name="file_export") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(asked, {"nodes": None if nodes is None else list(nodes)})
            yield from cursor

    return rows


TEXT, WHOLE, AMOUNT = CellType.TEXT, CellType.WHOLE, CellType.AMOUNT
NUMBER, FLAG, INSTANT, DAY = CellType.NUMBER, CellType.FLAG, CellType.INSTANT, CellType.DAY

PLAIN_TABLES: Mapping[ExportKind, Table] = {
    ExportKind.BALANCES: Table(
        columns={"sku": TEXT, "node": TEXT, "state": TEXT, "quantity": WHOLE},
        rows=query(
            """
            select sku, node, state::text, quantity
            from balance
            where quantity <> 0 and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            order by sku, node, state::text
            """
        ),
    ),
    ExportKind.MOVEMENTS: Table(
        columns={
            "movement": TEXT, "line": WHOLE, "kind": TEXT, "cause": TEXT, "sku": TEXT,
            "quantity": WHOLE, "source_node": TEXT, "source_state": TEXT, "target_node": TEXT,
            "target_state": TEXT, "actor": TEXT, "reason": TEXT, "happened_at": INSTANT,
            "recorded_at": INSTANT,
        },
        rows=query(
            """
            select movement_id, line, kind::text, coalesce(own_cause, movement.cause), sku,
                quantity, source_node, source_state::text, target_node, target_state::text,
                actor, reason, happened_at, recorded_at
            from move_part
            join movement on movement.id = movement_id
            where %(nodes)s::text[] is null
                or source_node = any(%(nodes)s) or target_node = any(%(nodes)s)
            order by recorded_at, movement_id, line
            """
        ),
    ),
    ExportKind.ORDERS: Table(
        columns={
            "order": TEXT, "line": WHOLE, "channel": TEXT, "customer": TEXT,
            "placed_at": INSTANT, "stage": TEXT, "currency": TEXT, "country": TEXT,
            "postcode": TEXT, "town": TEXT, "sku": TEXT, "quantity": WHOLE, "price": AMOUNT,
            "waiting": WHOLE, "cancelled": WHOLE, "tax": AMOUNT, "tax_code": TEXT,
            "delivery_price": AMOUNT, "delivery_tax": AMOUNT, "payment": TEXT,
        },
        rows=query(
            """
            select id, line, channel, customer, placed_at, stage, currency, country, postcode,
                town, sku, quantity, (price_cents::numeric / 100)::numeric(18, 2),
                waiting, cancelled, (tax_cents::numeric / 100)::numeric(18, 2), tax_code,
                (delivery_cents::numeric / 100)::numeric(18, 2),
                (delivery_tax_cents::numeric / 100)::numeric(18, 2), payment
            from customer_order
            join order_line on order_line.order_id = customer_order.id
            where %(nodes)s::text[] is null or exists (
                select from leg where leg.order_id = customer_order.id and node = any(%(nodes)s)
            )
            order by placed_at, id, line
            """
        ),
    ),
    ExportKind.SERVICES: Table(
        columns={
            "service": TEXT, "carrier": TEXT, "name": TEXT, "chance": NUMBER,
            "goes_to_relays": FLAG, "delivers_daily": FLAG, "takes_hazardous": FLAG,
            "takes_bulky": FLAG, "delivers_on": TEXT, "closures": TEXT, "max_km": WHOLE,
            "max_weight_g": WHOLE, "price": AMOUNT, "transit_days": WHOLE,
        },
        rows=query(
            """
            select code, carrier, name, chance, goes_to_relays, delivers_daily, takes_hazardous,
                takes_bulky, coalesce((
                    select string_agg((array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
                        [weekday + 1], ' ' order by weekday)
                    from service_weekday
                    where service_weekday.service = code
                ), ''), coalesce((
                    select string_agg(day || ' ' || reason, '; ' order by day)
                    from service_closure
                    where service_closure.service = code
                ), ''), max_km, max_weight_g, (cents::numeric / 100)::numeric(18, 2), transit_days
            from service
            left join service_rate on service_rate.service = service.code
            order by code, max_km, max_weight_g
            """
        ),
    ),
    ExportKind.LANES: Table(
        columns={"source": TEXT, "target": TEXT, "transit_days": WHOLE},
        rows=query(
            """
            select source, target, transit_days
            from lane
            where %(nodes)s::text[] is null
                or source = any(%(nodes)s) or target = any(%(nodes)s)
            order by source, target
            """
        ),
    ),
    ExportKind.CHANNELS: Table(
        columns={"code": TEXT, "name": TEXT},
        rows=query("select code, name from channel order by code"),
    ),
    ExportKind.EXCLUSIONS: Table(
        columns={"channel": TEXT, "sku": TEXT, "reason": TEXT},
        rows=query("select channel, sku, reason from exclusion order by channel, sku"),
    ),
    ExportKind.ASSORTMENT: Table(
        columns={
            "id": TEXT, "channel": TEXT, "sku": TEXT, "category": TEXT, "node": TEXT,
            "node_kind": TEXT, "is_sold": FLAG, "reason": TEXT, "valid_from": DAY,
            "valid_until": DAY,
        },
        rows=query(
            """
            select id, channel, sku, category, node, node_kind::text, is_sold, reason, valid_from,
                valid_until
            from assortment_rule
            where %(nodes)s::text[] is null or node is null or node = any(%(nodes)s)
            order by id
            """
        ),
    ),
    ExportKind.NETWORKS: Table(
        columns={
            "id": TEXT, "channel": TEXT, "nodes": TEXT, "node_kinds": TEXT, "reason": TEXT,
            "valid_from": DAY, "valid_until": DAY,
        },
        rows=query(
            """
            select id, channel, array_to_string(nodes, '; '), array_to_string(node_kinds, '; '),
                reason, valid_from, valid_until
            from channel_network
            order by id
            """
        ),
    ),
    ExportKind.TERMS: Table(
        columns={
            "partner": TEXT, "sku": TEXT, "valid_from": DAY, "valid_until": DAY,
            "reference": TEXT, "price": AMOUNT, "minimum_units": WHOLE, "pack_units": WHOLE,
            "odd_amounts": TEXT,
        },
        rows=query(
            """
            select partner, sku, valid_from, partner_term.valid_until, reference,
                (price_cents::numeric / 100)::numeric(18, 2), minimum_units, pack_units,
                odd_amounts
            from partner_term
            join partner on partner.code = partner_term.partner
            where %(nodes)s::text[] is null or partner.nodes && %(nodes)s
            order by partner, sku, valid_from
            """
        ),
    ),
    ExportKind.PURCHASES: Table(
        columns={
            "purchase_order": TEXT, "supplier": TEXT, "node": TEXT, "ordered_at": INSTANT,
            "expected_on": DAY, "closed_at": INSTANT, "sku": TEXT, "quantity": WHOLE,
            "received": WHOLE, "cost": AMOUNT,
        },
        rows=query(
            """
            select id, supplier, node, ordered_at, expected_on, closed_at, sku, quantity, received,
                (cost_cents::numeric / 100)::numeric(18, 2)
            from purchase_order
            join purchase_line on purchase_line.purchase_order = purchase_order.id
            where %(nodes)s::text[] is null or node = any(%(nodes)s)
            order by ordered_at, id, sku
            """
        ),
    ),
    ExportKind.TRANSFERS: Table(
        columns={
            "transfer": TEXT, "source": TEXT, "target": TEXT, "planned_at": INSTANT,
            "expected_on": DAY, "dispatched_at": INSTANT, "received_at": INSTANT, "sku": TEXT,
            "planned": WHOLE, "dispatched": WHOLE, "received": WHOLE,
        },
        rows=query(
            """
            select id, source, target, planned_at, expected_on, dispatched_at, received_at, sku,
                planned, dispatched, received
            from transfer
            join transfer_line on transfer_line.transfer = transfer.id
            where %(nodes)s::text[] is null
                or source = any(%(nodes)s) or target = any(%(nodes)s)
            order by planned_at, id, sku
            """
        ),
    ),
    ExportKind.RECEIPTS: Table(
        columns={
            "receipt": TEXT, "node": TEXT, "purchase_order": TEXT, "transfer": TEXT, "asn": TEXT,
            "received_at": INSTANT, "recorded_at": INSTANT, "actor": TEXT, "sku": TEXT,
            "quantity": WHOLE,
        },
        rows=query(
            """
            select id, node, purchase_order, transfer, asn, received_at, recorded_at, actor, sku,
                quantity
            from receipt
            join receipt_line on receipt_line.receipt = receipt.id
            where %(nodes)s::text[] is null or node = any(%(nodes)s)
            order by received_at, id, sku
            """
        ),
    ),
    ExportKind.PROMISES: Table(
        columns={
            "order": TEXT, "node": TEXT, "service": TEXT, "option": TEXT, "made_at": INSTANT,
            "promised_from": DAY, "promised_to": DAY, "chance": NUMBER, "arrived_on": DAY,
            "settled_at": INSTANT, "is_kept": FLAG,
        },
        rows=query(
            """
            select order_id, node, service, option, made_at, promised_from, promised_to,
                chance::float8, arrived_on, settled_at, is_kept
            from promise
            where %(nodes)s::text[] is null or node = any(%(nodes)s)
            order by made_at, order_id
            """
        ),
    ),
}  # fmt: skip
