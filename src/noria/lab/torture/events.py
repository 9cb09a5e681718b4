"""What carriers say, shuffled, doubled and late: the end is that of what is said in order.

Each shipment has a twin. Of one the carrier tells everything once, in order and at once; of the
other the same, in any order, some of it twice or three times, days late, in replies of any length,
and the numbers of its boxes become known at any time. In the end the two are the same.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from noria.connectors.carriers import rules
from noria.fulfilment import actions as fulfilment
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.model import Pick, Ship
from noria.fulfilment.tracking_model import Heard, NumberedParcel
from noria.kit.db import Connection, Database
from noria.lab.torture import ground
from noria.lab.torture.books import checked
from noria.lab.torture.model import Tally, tally
from noria.orders import actions as orders
from noria.orders.carried_model import Progress

SKU = "torture-parcel"
ENDS = (Progress.DELIVERED, Progress.DELIVERED, Progress.DELIVERED, Progress.RETURNED)
ON_THE_WAY = (
    Progress.ANNOUNCED,
    Progress.HANDED_OVER,
    Progress.IN_TRANSIT,
    Progress.IN_TRANSIT,
    Progress.OTHER,
    Progress.OUT_FOR_DELIVERY,
    Progress.FAILED,
    Progress.READY,
    Progress.RETURNING,
    Progress.LOST,
)
MOST_BOXES, MOST_EVENTS, MOST_IN_A_REPLY = 3, 8, 20
TOLD_AGAIN = (1, 1, 1, 2, 2, 3)
SPREAD = timedelta(days=9)
AFTERWARDS = ground.NOW + timedelta(days=30)
AT_ONCE = 50


class Twins(Struct, frozen=True, kw_only=True):
    """Two shipments with the same boxes, and what is said of each box, without its number."""

    ordered: str
    shuffled: str
    said: Sequence[Sequence[Heard]]


def run(url: str, first: int, trials: int) -> Tally:
    """So many events, told of shipments whose twins were told the same in order."""
    chance = random.Random(f"events {first}")
    found = tally(events=0, replies=0, parcels=0, shipments=0)
    db = Database(url, pool_size=2)
    try:
        db.run(ground.build)
        db.run(lambda tx: ground.name(tx, [SKU]))
        while found.counts["events"] < trials:
            _some(db, first, trials, chance, found)
        found.faults += checked(db)
    finally:
        db.close()
    return found


def _some(db: Database, first: int, trials: int, chance: random.Random, found: Tally) -> None:
    """A handful of twins, from their shipments to the comparison."""
    known = found.counts["shipments"]
    twins: list[Twins] = []
    while len(twins) < AT_ONCE // 2 and found.counts["events"] < trials:
        key = f"{first}-{known + len(twins)}"
        said = [_history(chance) for _ in range(chance.randint(1, MOST_BOXES))]
        twins.append(Twins(ordered=f"in-{key}", shuffled=f"out-{key}", said=said))
        found.counts["parcels"] += len(said)
    db.run(lambda tx: _ship(tx, twins))
    for one in twins:
        _tell(db, one.ordered, _in_order(one, one.ordered), found=None)
        _tell(db, one.shuffled, _shuffled(one, one.shuffled, chance), found=found)
    for _ in range(2):
        db.run(lambda tx: tracking.catch_up(tx, now=AFTERWARDS))
    found.counts["shipments"] += len(twins)
    found.faults += db.run(lambda tx: _differences(tx, twins))


def _history(chance: random.Random) -> list[Heard]:
    """What one box lives through: some of it at the same instant, most of it with an end."""
    happened = sorted(
        ground.NOW + chance.random() * SPREAD for _ in range(chance.randint(1, MOST_EVENTS))
    )
    steps = [chance.choice(ON_THE_WAY) for _ in happened]
    if chance.random() < 0.9:
        steps[-1] = chance.choice(ENDS)
    if len(steps) > 1 and chance.random() < 0.2:
        happened[-2] = happened[-1]
    return [
        Heard(
            number="?",
            progress=progress,
            happened_at=at.replace(microsecond=0),
            code=f"{progress.value[:3]}{chance.randrange(3)}",
            label=chance.choice(("", "words", "other words")),
        )
        for progress, at in zip(steps, happened, strict=True)
    ]


Told = tuple[datetime, Sequence[Heard] | int]
"""When something becomes known: events, or the number of the box at a place."""


def _in_order(one: Twins, shipment: str) -> list[Told]:
    told: list[Told] = [(ground.NOW, place) for place in range(len(one.said))]
    events = [event for place, said in enumerate(one.said) for event in _of(shipment, place, said)]
    by_time = sorted(events, key=lambda event: event.happened_at)
    return told + [(event.happened_at, [event]) for event in by_time]


def _shuffled(one: Twins, shipment: str, chance: random.Random) -> list[Told]:
    """The same in any order, and more than once; nothing is told before it has happened."""
    events = [
        event
        for place, said in enumerate(one.said)
        for event in _of(shipment, place, said)
        for _ in range(chance.choice(TOLD_AGAIN))
    ]
    chance.shuffle(events)
    told: list[Told] = []
    while events:
        size = chance.randint(1, MOST_IN_A_REPLY)
        some, events = events[:size], events[size:]
        at = max(event.happened_at for event in some) + chance.random() * SPREAD
        told.append((at, some))
    for place in range(len(one.said)):
        told.insert(chance.randint(0, len(told)), (AFTERWARDS, place))
    return told


def _of(shipment: str, place: int, said: Sequence[Heard]) -> Iterator[Heard]:
    for event in said:
        yield msgspec.structs.replace(event, number=f"{shipment}.{place}")


def _tell(db: Database, shipment: str, told: Sequence[Told], *, found: Tally | None) -> None:
    """Let our side hear it, one transaction each; the clock never runs backwards."""
    now = ground.NOW
    for number, (at, what) in enumerate(told):
        now = max(now, at)
        if isinstance(what, int):
            db.run(lambda tx, place=what, at=now: _name(tx, shipment, place, at))  # type: ignore[misc]
            continue
        body = msgspec.json.encode({"events": what})
        key = f"{shipment}-{number}"
        db.run(lambda tx, key=key, body=body, at=now: _hear(tx, key, body, at))  # type: ignore[misc]
        if found is not None:
            found.counts["events"] += len(what)
            found.counts["replies"] += 1


def _hear(tx: Connection, key: str, body: bytes, now: datetime) -> None:
    reply = rules.read("plain", body)
    tracking.receive(tx, "plain", key, body, reply, actor=ground.ACTOR, now=now)


def _name(tx: Connection, shipment: str, place: int, now: datetime) -> None:
    found = tx.execute(
        "select sscc from parcel where shipment_id = %s order by sscc offset %s limit 1",
        [f"{shipment}.1", place],
    ).fetchone()
    assert found is not None
    named = [NumberedParcel(sscc=found[0], number=f"{shipment}.{place}")]
    tracking.number(tx, f"{shipment}.1", "plain", named, actor=ground.ACTOR, now=now)


def _ship(tx: Connection, twins: Sequence[Twins]) -> None:
    """An order for each, picked and handed over, in as many boxes as have something to tell."""
    boxes = {name: len(one.said) for one in twins for name in (one.ordered, one.shuffled)}
    ground.fill(tx, f"for-{twins[0].ordered}", {(SKU, ground.NODES[0]): len(boxes)})
    taken = [ground.order(name, [(SKU, 1)]) for name in boxes]
    orders.accept(tx, taken, actor=ground.ACTOR, now=ground.NOW)
    picks = [Pick(id=f"{name}.1") for name in boxes]
    fulfilment.pick(tx, picks, actor=ground.ACTOR, now=ground.NOW)
    ships = [Ship(id=f"{name}.1", parcels=count) for name, count in boxes.items()]
    fulfilment.ship(tx, ships, actor=ground.ACTOR, now=ground.NOW)


def _differences(tx: Connection, twins: Sequence[Twins]) -> list[str]:
    """Where boxes, legs, orders and promises of twins are not the same in the end."""
    names = [name for one in twins for name in (one.ordered, one.shuffled)]
    known = {name: _state(tx, name) for name in names}
    return [
        f"{one.shuffled} ended otherwise: {known[one.shuffled]}, in order {known[one.ordered]}"
        for one in twins
        if known[one.shuffled] != known[one.ordered]
    ]


def _state(tx: Connection, name: str) -> object:
    """How a shipment ended; the day of its delivery, for the minute is the one that was booked."""
    boxes = tx.execute(
        """
        select right(number, 1), progress, since, heard_at, code, label, place, attempts,
            delivered_at
        from parcel_progress
        where number like %s
        order by number
        """,
        [f"{name}.%"],
    ).fetchall()
    events = tx.execute(
        "select count(*) from tracking_event where number like %s", [f"{name}.%"]
    ).fetchone()
    leg = tx.execute(
        """
        select carrier_says, carrier_since, leg.delivered_at, stage, is_kept, arrived_on
        from leg
        join customer_order on customer_order.id = leg.order_id
        left join promise on promise.order_id = leg.order_id
        where leg.order_id = %s
        """,
        [name],
    ).fetchone()
    return boxes, events, leg
