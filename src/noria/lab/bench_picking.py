"""How far people walk by the waves and routes that nodes get, against walking orders as they come.

Seeded orders for a warehouse that is made up: the same rules as in production put them in waves and
walk them. Two baselines: each order walked by itself, its lines in the order in which they stand;
and the same waves, with stops in the order of their tasks' lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

import numpy as np
from msgspec import Struct

from noria.work import route_rules, rules
from noria.work.model import Draft, Part, Places, Wanted, WaveKind, WorkSetting
from noria.work.route_rules import Spot

AISLES, BAYS, SKUS, ORDERS = 20, 40, 3_000, 1_000
LEAVES = datetime(2026, 11, 23, 16, tzinfo=UTC)
NOW = LEAVES - timedelta(hours=8)


class PickingFigure(Struct, frozen=True, kw_only=True):
    """Metres walked for so many orders; how many times as far the baselines walk; and the time."""

    figure: str
    orders: int
    waves: int
    metres: int
    one_by_one_metres: int
    same_waves_in_list_order_metres: int
    one_by_one_times: float
    list_order_times: float
    plan_ms_a_wave: float


def measured(orders: int = ORDERS) -> Iterator[PickingFigure]:
    """Parcels of one SKU in batches, and of several by cart."""
    random = np.random.default_rng(11)
    lies = {
        f"S{number:04}": [("", int(random.integers(0, AISLES)), int(random.integers(0, BAYS)), 0)]
        for number in range(SKUS)
    }
    for kind, name in ((WaveKind.SINGLE, "batches"), (WaveKind.CART, "carts")):
        tasks = [_task(random, kind, number) for number in range(orders)]
        yield _figure(name, tasks, lies)


def _task(random: np.random.Generator, kind: WaveKind, number: int) -> Wanted:
    """An order of one SKU, or of two to six; popular ones are ordered more often."""
    lines = 1 if kind is WaveKind.SINGLE else int(random.integers(2, 7))
    chosen = (SKUS * random.random(lines) ** 2).astype(int)
    parts = [Part(sku=f"S{sku:04}", units=1) for sku in dict.fromkeys(chosen.tolist())]
    return Wanted(id=f"{number:05}", kind=kind, deadline=LEAVES, weight_g=500, parts=parts)


def _figure(name: str, tasks: Sequence[Wanted], lies: Places) -> PickingFigure:
    setting = WorkSetting()
    floor = rules.floor_of(setting, BAYS - 1)
    by_id = {task.id: task for task in tasks}
    began = process_time()
    waves = rules.waves(tasks, lies, setting, now=NOW)
    routes = [route_rules.route(_spots(wave, by_id, lies), floor) for wave in waves]
    took_s = process_time() - began
    walked = sum(route_rules.length(one, floor) for one in routes)
    listed = sum(route_rules.length(_spots(wave, by_id, lies), floor) for wave in waves)
    alone = sum(
        route_rules.length([_spot(part, lies) for part in task.parts], floor) for task in tasks
    )
    return PickingFigure(
        figure=f"picking in {name}",
        orders=len(tasks),
        waves=len(waves),
        metres=walked // 1000,
        one_by_one_metres=alone // 1000,
        same_waves_in_list_order_metres=listed // 1000,
        one_by_one_times=round(alone / walked, 2),
        list_order_times=round(listed / walked, 2),
        plan_ms_a_wave=round(1000 * took_s / len(waves), 2),
    )


def _spots(wave: Draft, by_id: Mapping[str, Wanted], lies: Places) -> list[Spot]:
    """The spots of a wave in the order in which its tasks list them, those of one SKU once.

    Tasks stand in the order in which their orders came.
    """
    skus = dict.fromkeys(part.sku for task in sorted(wave.tasks) for part in by_id[task].parts)
    return [lies[sku][0][1:3] for sku in skus]


def _spot(part: Part, lies: Places) -> Spot:
    return lies[part.sku][0][1:3]
