"""Verbs of packing: which boxes there are, which would fit, and what was packed in which."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.fulfilment import pack_rules, pack_store, pack_views, rules, views
from noria.fulfilment.actions import new_ssccs
from noria.fulfilment.pack_model import (
    Box,
    Boxed,
    Good,
    NoSuchBox,
    Pack,
    PackBox,
    Packed,
    PackedBox,
    Proposal,
)
from noria.kit import trail
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.trail import Change
from noria.network import views as network
from noria.orders import actions as orders
from noria.orders import hold_actions as order_holds
from noria.orders.model import Leg


def save_boxes(
    tx: Connection, boxes: Sequence[Box], *, actor: str, request_id: str = ""
) -> dict[str, Boxed]:
    """Say which boxes nodes pack in; by `node/code`.

    Raises:
        UnknownCodes: a node is not known here. Nothing was written.
    """
    network.check_known(tx, sorted({one.node for one in boxes}))
    pack_store.save_boxes(tx, boxes)
    changes = [
        Change(action="box.changed", subject=f"{one.node}/{one.code}", after=one) for one in boxes
    ]
    trail.record_all(tx, changes, actor=actor, request_id=request_id)
    return {f"{one.node}/{one.code}": Boxed(node=one.node, code=one.code) for one in boxes}


def drop_box(tx: Connection, node: str, code: str) -> None:
    """Take a box away.

    Raises:
        NotFound: there is none.
    """
    if not pack_store.delete_box(tx, node, code):
        raise NotFound(what="box", id=code)


def propose(tx: Connection, leg: Leg) -> Proposal:
    """How a leg could be packed: in the smallest of the node's boxes that fits, else in few."""
    due = _due(leg)
    skus = catalog.skus(tx, list(due))
    grams = views.weights(tx, [leg])[leg.id]
    goods = [_good(skus[sku], units, grams[sku]) for sku, units in due.items()]
    boxes = pack_views.node_boxes(tx, leg.node, limit=None)
    return Proposal(leg=leg.id, parcels=pack_rules.propose(goods, boxes))


def _good(sku: Sku, units: int, grams: int) -> Good:
    return Good(
        sku=sku.code,
        units=units,
        sides=pack_rules.sides_of(sku.length_mm, sku.width_mm, sku.height_mm, sku.volume_cm3),
        weight_g=grams,
        keeps_upright=sku.keeps_upright,
        ships_as_is=sku.ships_as_is,
    )


def pack(
    tx: Connection,
    packs: Sequence[Pack],
    *,
    actor: str,
    now: datetime,
    packed_at: datetime | None = None,
) -> dict[str, Packed]:
    """Picked legs are in their boxes: each gets its SSCC, and leaves as it is.

    Raises:
        NotFound, OrderHeld, WrongStage, BoxesOtherwise, NoSuchBox: nothing was packed.
    """
    legs = orders.legs(tx, [one.leg for one in packs])
    order_holds.check_released(tx, [leg.order for leg in legs.values()])
    for one in packs:
        orders.check_stage(legs[one.leg], "packed", picked=True, shipped=False)
        pack_rules.check_contents(one.leg, _due(legs[one.leg]), [box.units for box in one.boxes])
    grams = views.weights(tx, list(legs.values()))
    known = {
        node: {box.code: box for box in pack_views.node_boxes(tx, node, limit=None)}
        for node in sorted({leg.node for leg in legs.values()})
    }
    ssccs = iter(new_ssccs(tx, sum(len(one.boxes) for one in packs)))
    closed = {
        one.leg: [
            _closed(number, box, next(ssccs), known[leg.node], leg, grams[leg.id])
            for leg in [legs[one.leg]]
            for number, box in enumerate(one.boxes, 1)
        ]
        for one in packs
    }
    at = packed_at or now
    pack_store.save_packings(tx, closed, legs, packed_at=at, actor=actor, now=now)
    orders.pack(tx, list(legs.values()), actor=actor, now=now)
    return {one.id: Packed(leg=one.leg, packed_at=at, boxes=closed[one.leg]) for one in packs}


def _closed(
    number: int,
    box: PackBox,
    sscc: str,
    known: Mapping[str, Box],
    leg: Leg,
    grams: Mapping[str, int],
) -> PackedBox:
    """A box with its SSCC, its sides, and its weight: as on the scale, else of what is in it.

    Raises:
        NoSuchBox: the node has no such box.
    """
    if box.box is not None and box.box not in known:
        raise NoSuchBox(node=leg.node, box=box.box)
    kind = known[box.box] if box.box is not None else None
    sides = kind.sides if kind else (0, 0, 0)
    goods = rules.weight([(units, grams[sku]) for sku, units in box.units.items()])
    return PackedBox(
        number=number,
        sscc=sscc,
        box=box.box,
        length_mm=box.length_mm or sides[0],
        width_mm=box.width_mm or sides[1],
        height_mm=box.height_mm or sides[2],
        weight_g=box.weight_g or max(goods + (kind.tare_g if kind else 0), 1),
        units=dict(sorted(box.units.items())),
    )


def _due(leg: Leg) -> dict[str, int]:
    """What a leg sends, by SKU."""
    due: dict[str, int] = {}
    for line in leg.lines:
        if line.due_units:
            due[line.sku] = due.get(line.sku, 0) + line.due_units
    return due
