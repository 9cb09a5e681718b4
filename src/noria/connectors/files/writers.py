"""How each kind of file is checked against what we have, and handed to the room that owns it."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from noria.catalog import actions as catalog
from noria.catalog import views as catalog_views
from noria.connectors.files import rules, store, views
from noria.connectors.files.model import FileKind, Item, LineFault, StockLine, fault
from noria.connectors.files.promise_columns import is_same_asn
from noria.connectors.files.report_model import Touched
from noria.fulfilment import pack_actions as packing
from noria.fulfilment import pack_views
from noria.fulfilment.pack_model import Box
from noria.kit.db import Connection
from noria.kit.errors import IdReused
from noria.network import actions as network
from noria.network import tariff_actions as tariffs
from noria.network import views as network_views
from noria.network.model import Node, Spot
from noria.orders import actions as orders
from noria.policies import actions as policies
from noria.policies import views as policy_views
from noria.policies.model import Measure
from noria.promise import keep_back_actions as keep_backs
from noria.promise import keep_back_views
from noria.stock import actions as stock
from noria.stock.model import Counted, Difference
from noria.supply import asn_actions as asns
from noria.supply import asn_views
from noria.work import actions as work
from noria.work import views as work_views
from noria.work.model import Location

Noun = TypeVar("Noun", bound=Struct)


class Checked(Struct, frozen=True):
    """The items that nothing speaks against, and the faults of the others."""

    items: Sequence[Item]
    faults: Sequence[LineFault]


class Writer(Struct, frozen=True, kw_only=True):
    """`check` finds what is not known here; `write` says which lines changed what."""

    portion: int
    check: Callable[[Connection, Sequence[Item], Collection[str] | None], Checked]
    write: Callable[[Connection, Sequence[Item], str, datetime], list[Touched]]


def _check_nothing(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    del tx, nodes  # a SKU refers to nothing else
    return Checked(items, [])


def _write_catalog(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    known = catalog_views.skus(tx, [item.value["code"] for item in items])
    wanted = [rules.merged_sku(known.get(item.value["code"]), item.value) for item in items]
    touched = _touched(items, wanted, known, lambda sku: sku.code)
    catalog.save(tx, [one.after for one in touched], actor=actor, now=now)
    return touched


def _check_network(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    del nodes  # who may write the network may write all of it
    named = [
        (item.lines[0], "departures", "service", one.service)
        for item in items
        for one in item.value.get("departures", ())
    ]
    places = _places(tx, items, network_views.nodes(tx, [item.value["code"] for item in items]))
    faults = [
        fault(item.lines[0], "latitude", "unknown-place", value=item.value["postcode"])
        for item in items
        if places.get(item.value["code"], True) is None
    ]
    return _checked(items, [*_strangers(tx, named), *faults])


def _places(
    tx: Connection, items: Sequence[Item], known: Mapping[str, Node]
) -> dict[str, Spot | None]:
    """Where nodes lie of which their lines do not say it: by code, there where their postcode is.

    A node that keeps its postcode stays where it is. None: nobody knows the postcode.
    """
    asked = {}
    for item in items:
        value = item.value
        code, area = value["code"], (value["country"], value["postcode"])
        before = known.get(code)
        stays = before is not None and (before.country, before.postcode) == area
        if "latitude" not in value and not stays:
            asked[code] = area
    places = network_views.places(tx, asked.values())
    return {code: places.get(area) for code, area in asked.items()}


def _write_network(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    known = network_views.nodes(tx, [item.value["code"] for item in items])
    places = _places(tx, items, known)
    wanted = []
    for item in items:
        code = item.value["code"]
        wanted.append(rules.merged_node(known.get(code), item.value, places.get(code)))
    touched = _touched(items, wanted, known, lambda node: node.code)
    network.save_nodes(tx, [one.after for one in touched], actor=actor, now=now)
    return touched


def _write_zonings(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    return [
        Touched(lines=item.lines, key=item.value.code)
        for item in items
        if tariffs.add_zonings(tx, [item.value], actor=actor, now=now)
    ]


def _check_tariffs(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    del nodes  # prices hold at every node
    services = [(item.lines[0], "service", "service", item.value.service) for item in items]
    zonings = [(item.lines[0], "zoning", "zoning", item.value.zoning) for item in items]
    return _checked(items, [*_strangers(tx, services), *_strangers(tx, zonings)])


def _write_tariffs(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    return [
        Touched(lines=item.lines, key=item.value.code)
        for item in items
        if tariffs.add_tariffs(tx, [item.value], actor=actor, now=now)
    ]


def _check_stock(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    lines = [(item.lines[0], item.value) for item in items]
    faults = _strangers(tx, [(line, "sku", "sku", one.sku) for line, one in lines])
    faults += _strangers(tx, [(line, "node", "node", one.node) for line, one in lines])
    if nodes is not None:
        faults += [
            fault(line, "node", "out-of-reach", value=one.node)
            for line, one in lines
            if one.node not in nodes
        ]
    return _checked(items, faults)


def _write_stock(tx: Connection, items: Sequence[Item], actor: str, now: datetime) -> list[Touched]:
    """Count node by node. A count that came before, to the last unit, is passed over."""
    by_count: dict[tuple[str, datetime | None], list[StockLine]] = defaultdict(list)
    places: dict[tuple[str, datetime | None, str], tuple[int, ...]] = {}
    for item in items:
        line = item.value
        by_count[line.node, line.counted_at].append(line)
        places[line.node, line.counted_at, line.sku] = item.lines
    ids = {_count_id(node, at, lines): (node, at) for (node, at), lines in by_count.items()}
    touched: list[Touched] = []
    for count in store.claim_counts(tx, list(ids)):
        node, at = ids[count]
        lines = [Counted(sku=line.sku, quantity=line.quantity) for line in by_count[node, at]]
        differences = stock.count(
            tx, count, node, lines, counted_at=at or now, actor=actor, now=now
        )
        touched += [_counted(one, node, places[node, at, one.sku]) for one in differences]
    return touched


def _counted(one: Difference, node: str, lines: tuple[int, ...]) -> Touched:
    """What a count changed; where the book knew of no unit, it is new."""
    before = StockLine(sku=one.sku, node=node, quantity=one.expected) if one.expected else None
    after = StockLine(sku=one.sku, node=node, quantity=one.counted)
    return Touched(lines=lines, key=f"{one.sku} {node}", before=before, after=after)


def _count_id(node: str, counted_at: datetime | None, lines: Sequence[StockLine]) -> str:
    """The same for the same count, whoever sends it and whenever."""
    said = [node, counted_at, [(line.sku, line.quantity) for line in lines]]
    return f"file-{hashlib.blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()}"


def _check_orders(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    del nodes  # an order belongs to no node before it is sourced
    skus = [
        (line, "sku", "sku", one.sku)
        for item in items
        for line, one in zip(item.lines, item.value.lines, strict=True)
    ]
    channels = [(item.lines[0], "channel", "channel", item.value.channel) for item in items]
    return _checked(items, [*_strangers(tx, skus), *_strangers(tx, channels)])


def _write_orders(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    known = views.orders(tx, [item.value.id for item in items])
    changed = views.edited(tx, known)
    for item in items:
        key = item.value.id
        if key in known and key not in changed and not rules.is_same_order(item.value, known[key]):
            raise IdReused(id=key)
    new = [item for item in items if item.value.id not in known]
    orders.accept(tx, [item.value for item in new], actor=actor, now=now)
    return [Touched(lines=item.lines, key=item.value.id) for item in new]


def _check_keep_backs(
    tx: Connection, items: Sequence[Item], nodes: Collection[str] | None
) -> Checked:
    del nodes  # who brings rules in may make them everywhere
    faults: list[LineFault] = []
    for noun in ("sku", "node", "channel"):
        named = [(item.lines[0], noun, noun, item.value.get(noun)) for item in items]
        faults += _strangers(tx, [one for one in named if one[-1] is not None])
    return _checked(items, faults)


def _write_keep_backs(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    touched = []
    for item in items:
        known, _ = keep_back_views.rule(tx, item.value["id"]) or (None, 0)
        wanted = rules.merged_rule(known, item.value)
        if wanted != known:
            keep_backs.save(tx, wanted, actor=actor, now=now)
            touched.append(Touched(lines=item.lines, key=wanted.id, before=known, after=wanted))
    return touched


def _check_asns(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    skus = [
        (line, "sku", "sku", one.sku)
        for item in items
        for line, one in zip(item.lines, item.value[1].lines, strict=True)
    ]
    places = [(item.lines[0], item.value[1].node) for item in items]
    faults = _strangers(tx, skus)
    faults += _strangers(tx, [(line, "node", "node", node) for line, node in places])
    if nodes is not None:
        known = asn_views.nodes_of(tx, [item.value[0] for item in items])
        places += [
            (item.lines[0], known[item.value[0]]) for item in items if item.value[0] in known
        ]
        faults += [
            fault(line, "node", "out-of-reach", value=node)
            for line, node in places
            if node not in nodes
        ]
    return _checked(items, faults)


def _write_asns(tx: Connection, items: Sequence[Item], actor: str, now: datetime) -> list[Touched]:
    del actor  # the event tells who: nothing else of an ASN is kept by person
    touched = []
    for item in items:
        asn, new = item.value
        known, _ = asn_views.asn(tx, asn) or (None, 0)
        if known is None or not is_same_asn(new, known):
            asns.announce(tx, asn, new, now=now)
            touched.append(Touched(lines=item.lines, key=asn, before=known, after=new))
    return touched


def _check_measures(
    tx: Connection, items: Sequence[Item], nodes: Collection[str] | None
) -> Checked:
    del nodes  # a channel sells from the whole network
    named = [(item.lines[0], "channel", "channel", item.value["channel"]) for item in items]
    return _checked(items, _strangers(tx, named))


def _write_measures(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    wanted = [Measure(**item.value) for item in items]
    known = {
        _day_of(one): one
        for one in policy_views.measures_of(tx, [(one.channel, one.day) for one in wanted])
    }
    touched = _touched(items, wanted, known, _day_of)
    if touched:
        policies.measure(tx, [one.after for one in touched], actor=actor, now=now)
    return touched


def _day_of(one: Measure) -> str:
    return f"{one.channel} {one.day}"


def _check_in_node(tx: Connection, items: Sequence[Item], nodes: Collection[str] | None) -> Checked:
    """What belongs to a node: it has to be known, and in reach; so have SKUs that lie there."""
    named = [(item.lines[0], "node", "node", item.value["node"]) for item in items]
    skus = [
        (item.lines[0], "skus", "sku", sku) for item in items for sku in item.value.get("skus", ())
    ]
    faults = [*_strangers(tx, named), *_strangers(tx, skus)]
    if nodes is not None:
        faults += [
            fault(line, "node", "out-of-reach", value=node)
            for line, _, _, node in named
            if node not in nodes
        ]
    return _checked(items, faults)


def _write_locations(
    tx: Connection, items: Sequence[Item], actor: str, now: datetime
) -> list[Touched]:
    del now  # where things lie is kept without a time
    wanted = [Location(**item.value) for item in items]
    known = {
        _place_of(one): one
        for node in sorted({one.node for one in wanted})
        for one in work_views.locations(
            tx, node, codes=[one.code for one in wanted if one.node == node], limit=None
        )
    }
    kept = [msgspec.structs.replace(one, skus=tuple(sorted(set(one.skus)))) for one in wanted]
    touched = _touched(items, kept, known, _place_of)
    work.save_locations(tx, [one.after for one in touched], actor=actor)
    return touched


def _place_of(one: Location | Box) -> str:
    return f"{one.node} {one.code}"


def _write_boxes(tx: Connection, items: Sequence[Item], actor: str, now: datetime) -> list[Touched]:
    del now  # boxes are kept without a time
    wanted = [Box(**item.value) for item in items]
    known = {
        _place_of(one): one
        for node in sorted({one.node for one in wanted})
        for one in pack_views.node_boxes(tx, node, limit=None)
    }
    touched = _touched(items, wanted, known, _place_of)
    packing.save_boxes(tx, [one.after for one in touched], actor=actor)
    return touched


def _touched(
    items: Sequence[Item],
    wanted: Sequence[Noun],
    known: Mapping[str, Noun],
    key: Callable[[Noun], str],
) -> list[Touched]:
    """Of what lines want, what is not so already."""
    return [
        Touched(lines=item.lines, key=key(one), before=known.get(key(one)), after=one)
        for item, one in zip(items, wanted, strict=True)
        if known.get(key(one)) != one
    ]


def _strangers(tx: Connection, named: Sequence[tuple[int, str, str, str]]) -> list[LineFault]:
    """The faults of (line, column, noun, code) whose code is not known here, asked for as a set."""
    if not named:
        return []
    noun = named[0][2]
    unknown = views.unknown(tx, noun, (code for _, _, _, code in named))
    return [
        fault(line, column, f"unknown-{noun}", value=code)
        for line, column, _, code in named
        if code in unknown
    ]


def _checked(items: Sequence[Item], faults: Sequence[LineFault]) -> Checked:
    """The items of which no line has a fault; their other lines are told so."""
    faulty = {problem.line for problem in faults}
    good, more = [], list(faults)
    for item in items:
        bad = [line for line in item.lines if line in faulty]
        if not bad:
            good.append(item)
            continue
        more += [
            fault(line, "", "order-incomplete", other=bad[0])
            for line in item.lines
            if line not in faulty
        ]
    return Checked(good, more)


WRITERS: Mapping[FileKind, Writer] = {
    FileKind.CATALOG: Writer(portion=5000, check=_check_nothing, write=_write_catalog),
    FileKind.NETWORK: Writer(portion=500, check=_check_network, write=_write_network),
    FileKind.ZONINGS: Writer(portion=20, check=_check_nothing, write=_write_zonings),
    FileKind.TARIFFS: Writer(portion=20, check=_check_tariffs, write=_write_tariffs),
    FileKind.STOCK: Writer(portion=5000, check=_check_stock, write=_write_stock),
    FileKind.ORDERS: Writer(portion=200, check=_check_orders, write=_write_orders),
    FileKind.KEEP_BACKS: Writer(portion=200, check=_check_keep_backs, write=_write_keep_backs),
    FileKind.ASNS: Writer(portion=200, check=_check_asns, write=_write_asns),
    FileKind.MEASURES: Writer(portion=5000, check=_check_measures, write=_write_measures),
    FileKind.LOCATIONS: Writer(portion=5000, check=_check_in_node, write=_write_locations),
    FileKind.BOXES: Writer(portion=5000, check=_check_in_node, write=_write_boxes),
}
