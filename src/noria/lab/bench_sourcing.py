"""The conversation of the sourcing referee: a case's nodes, costs and outside option as offers.

On stdin and stdout, one JSON object a line: times and orders come, decisions go, and `ready` ends
each answer. What a case is stands in the referee's README; the engine is `sourcing.desk`.
"""

import csv
import gzip
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TextIO

import msgspec
import numpy as np
from msgspec import Struct

from noria.sourcing.desk import Asked, Desk, Sent, Site

EARTH_RADIUS_KM = 6371


class Costs(Struct, frozen=True):
    parcel_base_cents: float
    parcel_cents_per_km: float
    outside_line_cents: int


class CaseNode(Struct, frozen=True):
    code: str
    lat: float
    lon: float
    pick_cents: int


class Case(Struct, frozen=True):
    nodes: Sequence[CaseNode]
    costs: Costs
    site: Site


class Event(Struct, frozen=True):
    """What is heard: a time, an order, or the end."""

    type: str
    now: datetime | None = None
    order_id: str = ""
    placed_at: datetime | None = None
    lat: float = 0.0
    lon: float = 0.0
    skus: tuple[str, ...] = ()


def speak(folder: Path, window_minutes: int, heard: Iterable[str], told: TextIO) -> None:
    """Hold the conversation; no database is needed."""
    for answer in converse(folder, window_minutes, heard):
        told.write(answer)
        told.flush()


def converse(folder: Path, window_minutes: int, heard: Iterable[str]) -> Iterator[str]:
    """Answer each line that is heard, until the end."""
    case = read(folder)
    desk = Desk(case.site, window_seconds=60 * window_minutes)
    decoder = msgspec.json.Decoder(Event)
    for line in heard:
        event = decoder.decode(line)
        if event.type == "order":
            answers = desk.ask(_asked(case, event))
        elif event.type == "time" and event.now:
            answers = desk.tick(event.now.timestamp())
        else:
            answers = desk.end()
        yield "".join([*map(_told, answers), '{"type":"ready"}\n'])
        if event.type == "end":
            return


def read(folder: Path) -> Case:
    """A case as its folder describes it."""
    nodes = sorted(
        (
            CaseNode(row["node"], float(row["lat"]), float(row["lon"]), int(row["pick_cents"]))
            for row in _rows(folder / "nodes.csv")
        ),
        key=lambda node: node.code,
    )
    costs = msgspec.json.decode((folder / "costs.json").read_bytes(), type=Costs)
    units = {(row["node"], row["sku"]): int(row["units"]) for row in _rows(folder / "stock.csv")}
    history = [
        _past(nodes, costs, order_id, list(lines))
        for order_id, lines in groupby(
            _rows(folder / "history.csv.gz"), lambda row: row["order_id"]
        )
    ]
    skus = sorted({sku for _, sku in units} | {sku for order in history for sku in order.skus})
    site = Site(
        nodes=[node.code for node in nodes],
        skus=skus,
        units=np.array(
            [[units.get((node.code, sku), 0) for sku in skus] for node in nodes], dtype=np.int64
        ).reshape(len(nodes), len(skus)),
        line_cents=np.array([node.pick_cents for node in nodes], dtype=np.int64),
        outside_cents=costs.outside_line_cents,
        history=history,
    )
    return Case(nodes, costs, site)


def parcel_cents(nodes: Sequence[CaseNode], costs: Costs, lat: float, lon: float) -> list[int]:
    """What a parcel from each node costs: base and rate by the great circle, half a cent up."""
    place = math.radians(lat), math.radians(lon)
    cents = []
    for node in nodes:
        north, east = math.radians(node.lat), math.radians(node.lon)
        chord = math.sin((place[0] - north) / 2) ** 2
        chord += math.cos(north) * math.cos(place[0]) * math.sin((place[1] - east) / 2) ** 2
        km = 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))
        cents.append(math.floor(costs.parcel_base_cents + costs.parcel_cents_per_km * km + 0.5))
    return cents


def _past(
    nodes: Sequence[CaseNode], costs: Costs, order_id: str, lines: Sequence[dict[str, str]]
) -> Asked:
    first = lines[0]
    return Asked(
        order_id=order_id,
        placed=datetime.fromisoformat(first["placed_at"]).timestamp(),
        skus=[line["sku"] for line in lines],
        parcel_cents=parcel_cents(nodes, costs, float(first["lat"]), float(first["lon"])),
    )


def _asked(case: Case, event: Event) -> Asked:
    assert event.placed_at is not None
    return Asked(
        order_id=event.order_id,
        placed=event.placed_at.timestamp(),
        skus=event.skus,
        parcel_cents=parcel_cents(case.nodes, case.costs, event.lat, event.lon),
    )


def _told(sent: Sent) -> str:
    answer = {"type": "decision", **msgspec.structs.asdict(sent)}
    return msgspec.json.encode(answer).decode() + "\n"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
