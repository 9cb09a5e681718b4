"""Boxes and what was packed in them: the SQL that writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from noria.fulfilment.pack_model import Box, PackedBox
from noria.kit.db import Connection
from noria.orders.model import Leg


def save_boxes(tx: Connection, boxes: Sequence[Box]) -> None:
    tx.execute(
        """
        insert into box (node, code, length_mm, width_mm, height_mm, tare_g, max_weight_g)
        select * from unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[],
            %s::int[])
        on conflict (node, code) do update
        set length_mm = excluded.length_mm, width_mm = excluded.width_mm,
            height_mm = excluded.height_mm, tare_g = excluded.tare_g,
            max_weight_g = excluded.max_weight_g
        """,
        [
            [one.node for one in boxes],
            [one.code for one in boxes],
            [one.length_mm for one in boxes],
            [one.width_mm for one in boxes],
            [one.height_mm for one in boxes],
            [one.tare_g for one in boxes],
            [one.max_weight_g for one in boxes],
        ],
    )


def delete_box(tx: Connection, node: str, code: str) -> bool:
    """Take a box away; whether there was one."""
    gone = tx.execute("delete from box where node = %s and code = %s", [node, code])
    return gone.rowcount > 0


def save_packings(
    tx: Connection,
    packed: Mapping[str, Sequence[PackedBox]],
    legs: Mapping[str, Leg],
    *,
    packed_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """Write in which boxes legs are; those of an earlier packing are gone."""
    tx.execute(
        """
        insert into packing (leg_id, node, packed_at, recorded_at, actor)
        select leg_id, node, %s, %s, %s
        from unnest(%s::text[], %s::text[]) as given (leg_id, node)
        on conflict (leg_id) do update
        set packed_at = excluded.packed_at, recorded_at = excluded.recorded_at,
            actor = excluded.actor
        """,
        [packed_at, now, actor, list(packed), [legs[leg].node for leg in packed]],
    )
    tx.execute("delete from packed_box where leg_id = any(%s)", [list(packed)])
    boxes = [(leg, box) for leg, several in packed.items() for box in several]
    tx.execute(
        """
        insert into packed_box (leg_id, number, sscc, box, length_mm, width_mm, height_mm, weight_g,
            units)
        select * from unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::int[], %s::int[],
            %s::int[], %s::int[], %s::jsonb[])
        """,
        [
            [leg for leg, _ in boxes],
            [box.number for _, box in boxes],
            [box.sscc for _, box in boxes],
            [box.box for _, box in boxes],
            [box.length_mm for _, box in boxes],
            [box.width_mm for _, box in boxes],
            [box.height_mm for _, box in boxes],
            [box.weight_g for _, box in boxes],
            [msgspec.json.encode(box.units).decode() for _, box in boxes],
        ],
    )
