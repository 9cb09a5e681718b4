"""What the books say after a step, against the model of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from noria.kit.db import Connection
from noria.lab.torture.steps_model import NODES, SKUS, TRACKED, Model, Moved
from noria.stock.model import State


def compared(tx: Connection, model: Model, seen: int) -> tuple[list[str], int]:
    """What each step wrote, then every balance and every hold, as the model has them.

    `seen` is the last move of the ledger that was compared before; the one that is now comes with
    what differs.
    """
    there: dict[Any, int] = {}
    held: dict[str, Any] = {}
    booked: Counter[Any] = Counter()
    told: dict[str, Moved] = {}
    apart: list[str] = []
    asked = {"skus": list(SKUS), "nodes": list(NODES), "seen": seen}
    for what, seq, key, sku, node, state, to_node, to_state, units in tx.execute(STATE, asked):
        if what == "balance":
            there[sku, node, State(state)] = units
        elif what == "hold":
            held[key] = (sku, node, units)
        elif what == "apart":
            apart.append(f"lots and units: {sku} {node} {state}: {units}")
        else:
            move = (sku, (node, State(state)), (to_node, State(to_state)))
            _add(booked, (*move, units))
            seen = max(seen, seq)
            if key in model.facts:
                told[key] = (*move, units)
    moved: Counter[Any] = Counter()
    for one in model.moved:
        _add(moved, one)
    expected = {key: units for key, units in model.units.items() if units}
    wanted = {key: (sku, node, units) for key, (sku, node, units, _) in model.holds.items()}
    sums: Counter[str] = Counter()
    for (sku, _, _), units in there.items():
        sums[sku] += units
    differs = [
        *_differences("the step of", told, model.facts),
        *_differences("moved", booked, moved),
        *_differences("balance", there, expected),
        *_differences("hold", held, wanted),
        *(f"{sku} adds up to {units}" for sku, units in sums.items() if units),
        *apart,
    ]
    return differs, seen


def _add(moved: Counter[Any], move: Moved) -> None:
    """Add a move; where lots and units are put right as well, only what there and back leaves."""
    sku, source, target, units = move
    if sku in TRACKED and str(source) > str(target):
        moved[sku, target, source] -= units
    else:
        moved[sku, source, target] += units


def _differences(what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> list[str]:
    return [
        f"{what} {key}: {found.get(key)}, not {wanted.get(key)}"
        for key in sorted(found.keys() | wanted.keys(), key=str)
        if (found.get(key) or None) != (wanted.get(key) or None)
    ]


STATE = """
with unit as (
    select sku, node, state, quantity from lot_balance
    union all
    select sku, node, state, 1 from serial where state <> 'outside'
), place as (
    select sku, node, case state when 'reserved' then 'available' else state end as state, quantity
    from balance
    join sku on sku.code = balance.sku
    where sku.tracking <> 'untracked' and state <> 'outside'
)
select 'balance' as what, 0::bigint as seq, '' as key, sku::text, node::text, state::text,
    '' as to_node, '' as to_state, quantity::bigint as units
from balance
where quantity <> 0
union all
select 'hold', 0, id, sku, node, '', '', '', held from reservation where held > 0
union all
select 'move', move.seq, movement_id, move.sku, source_node, source_state::text, target_node,
    target_state::text, quantity
from unnest(%(skus)s::text[]) as asked (sku)
cross join unnest(%(nodes)s::text[]) as at (node)
cross join lateral (
    select *
    from move
    where move.sku = asked.sku and target_node = at.node and seq > %(seen)s
) as move
union all
select 'apart', 0, '', sku, node, state::text, '', '', sum(quantity)::bigint
from (
    select * from place
    union all
    select sku, node, state, -quantity from unit where state <> 'outside'
) as apart
group by sku, node, state
having sum(quantity) <> 0
union all
select 'apart', 0, '', sku, '', lot, '', '', sum(quantity)::bigint
from lot_balance
where lot <> '?'
group by sku, lot
having sum(quantity) <> 0
"""
"""Balances, holds, what was moved since, where lots and serials say otherwise than balances, and
lots that do not add up to zero."""
