"""Questions about boxes, and about what was packed in them."""

from collections import defaultdict
from collections.abc import Sequence

from noria.fulfilment.pack_model import Box, PackedBox
from noria.kit.db import Connection, rows


def node_boxes(
    tx: Connection,
    node: str,
    *,
    codes: Sequence[str] | None = None,
    after: str = "",
    limit: int | None = 100,
) -> list[Box]:
    """The boxes of a node by code, beyond `after`."""
    return rows(
        tx,
        Box,
        """
        select node, code, length_mm, width_mm, height_mm, tare_g, max_weight_g
        from box
        where node = %(node)s and code > %(after)s
            and (%(codes)s::text[] is null or code = any(%(codes)s))
        order by code
        limit %(limit)s
        """,
        {
            "node": node,
            "codes": None if codes is None else list(codes),
            "after": after,
            "limit": limit,
        },
    )


def boxes(tx: Connection, legs: Sequence[str]) -> dict[str, list[PackedBox]]:
    """The boxes of legs that are packed as they stand, in order."""
    found: dict[str, list[PackedBox]] = defaultdict(list)
    for leg, *values in tx.execute(
        """
        select leg_id, number, sscc, box, length_mm, width_mm, height_mm, weight_g, units
        from packed_box
        join leg on leg.id = leg_id
        where leg_id = any(%s) and leg.packed_at is not null
        order by leg_id, number
        """,
        [sorted(set(legs))],
    ):
        found[leg].append(PackedBox(**dict(zip(PackedBox.__struct_fields__, values, strict=True))))
    return dict(found)
