"""Live through a month of orders again: every step by the API, on a clock that the replay drives.

Time goes in steps. What is due in a step is read from the server, or computed from the history and
the seed, never remembered: a replay that was killed starts again with the step it was in, and what
that step had done already is found done. The end is the same, byte for byte.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from noria.lab import aftermath, backorders
from noria.lab import schedule as due
from noria.lab.carrying import Carrying, boxes
from noria.lab.chain import nearest
from noria.lab.checkout import order
from noria.lab.chores import Chores
from noria.lab.client import Client
from noria.lab.customers import homes
from noria.lab.ending import Ending
from noria.lab.model import Chain, Home, Invoice, Opening, Replenishment, TakeBack, midnight
from noria.lab.schedule import STEP, Schedule
from noria.lab.setup import PARTNERS

ORDERS_AT_ONCE, LEGS_AT_ONCE = 25, 100
SOURCING_HOURS = (6, 12)
LOOKED_AT_HOURS = (7, 15)
"""When it is noted what waits for a person: what is gone by itself in between needed nobody."""

LEARNING_WEEKDAYS = (0, 3)
"""An installation learns each night how long deliveries take; a month of it, twice a week."""

ANSWERED_AHEAD = timedelta(days=10)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Told(Struct, frozen=True, kw_only=True):
    """How far a replay is: the story's instant, and orders taken of those to come."""

    at: datetime
    orders: int
    of_orders: int
    lines: int
    errors: int


class Result(Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    orders: int
    lines: int
    take_backs: int
    requests: int
    seconds: float
    errors: int
    ending: Ending | None = None


def run(
    client: Client,
    chain: Chain,
    plan: Schedule,
    *,
    speed: float | None,
    chores: Chores,
    has_incidents: bool = False,
    carrying: Carrying | None = None,
    tell: Callable[[Told], None] = lambda _: None,
) -> Result:
    """Live through the plan from where the installation's clock stands, to the last delivery.

    `speed` is story seconds a second of ours; None goes as fast as the machine can. With incidents
    partners send their feeds daily, that of one stops, and a store has to close. With carriers
    (`carrying`) legs leave under labels, and arrive when that is told. `chores` are what the worker
    does where nobody drives the clock: what is decided must not hang on when it comes to that.
    """
    began = time.monotonic()
    wanted = sorted({i.customer for invoices in plan.orders.values() for i in invoices})
    world = _World(
        client=client,
        chain=chain,
        plan=plan,
        homes=homes(wanted, plan.seed),
        seed=plan.seed,
        has_incidents=has_incidents,
        carrying=carrying,
        chores=chores,
        partners=frozenset(node.code for node in chain.nodes if node.kind in PARTNERS),
    )
    orders = lines = taken = 0
    resumed = _clock(client)
    total = sum(len(invoices) for invoices in plan.orders.values())
    for at in _steps(plan):
        invoices = plan.orders.get(at, ())
        orders += len(invoices)
        lines += sum(len(invoice.lines) for invoice in invoices)
        taken += len(plan.take_backs.get(at, ()))
        if at < resumed:
            continue
        started = time.monotonic()
        if _live(world, at):
            break
        tell(
            Told(at=at, orders=orders, of_orders=total, lines=lines, errors=len(client.unexpected))
        )
        if speed is not None:
            wait_s = STEP.total_seconds() / speed - (time.monotonic() - started)
            time.sleep(max(wait_s, 0))
    return Result(
        orders=orders,
        lines=lines,
        take_backs=taken,
        requests=client.requests,
        seconds=time.monotonic() - began,
        errors=len(client.unexpected),
    )


class _World(Struct, frozen=True, kw_only=True):
    """`quiet` says until when a step of work is known to have nothing to do: it saves questions.

    `answered` are legs of partners of which this run told their answer: told again after a break,
    it is the same answer.
    """

    client: Client
    chain: Chain
    plan: Schedule
    homes: dict[str, Home]
    seed: int
    has_incidents: bool = False
    carrying: Carrying | None = None
    chores: Chores
    partners: frozenset[str]
    quiet: dict[str, datetime] = {}
    answered: set[str] = set()

    def is_quiet(self, step: str, at: datetime) -> bool:
        return at < self.quiet.get(step, at)

    def rouse(self, *steps: str) -> None:
        for step in steps:
            self.quiet.pop(step, None)


def _steps(plan: Schedule) -> Iterator[datetime]:
    at = midnight(min(plan.orders).date()) + STEP
    while at < plan.ends + due.DRAIN:
        if due.is_awake(plan, at):
            yield at
        at += STEP


def _live(world: _World, at: datetime) -> bool:
    """One step, in an order that never changes; whether the story is over with it."""
    world.client.put("/v1/clock", {"at": at.isoformat()})
    on_the_hour = at.minute == 0
    if not world.is_quiet("measure", at) and at >= midnight(at.date()) + STEP:
        _measure(world, at)
    if at.hour == 6 and on_the_hour:
        _supply(world, at)
    if at.hour in SOURCING_HOURS and on_the_hour:
        world.client.post("/v1/orders/sourcing", {"limit": 1000}, key=f"sourcing-{at.isoformat()}")
        backorders.order(world.client, world.chain, at, world.seed)
        world.rouse("pick", "answer")
    _take_orders(world, world.plan.orders.get(at, ()))
    for taken in world.plan.take_backs.get(at, ()):
        _take_back(world, taken)
    if due.OPENS <= at.time() < due.CLOSES:
        if on_the_hour:
            _answer(world, at)
        _pick(world, at)
        _ship(world, at)
    if world.has_incidents and at == world.plan.begins + due.STORE_CLOSES_AFTER:
        _close_store(world, at)
    _arrive(world, at)
    if at.hour == 8 and on_the_hour:
        aftermath.receive_returns(world.client, at, world.seed)
        aftermath.give_up_waiting(world.client, at)
        aftermath.pay_back(world.client, at)
        return at > max(world.plan.orders) and _is_over(world, at)
    return False


def _supply(world: _World, at: datetime) -> None:
    """The partners' feeds, and the lorries of the day: ordered, loaded, counted in."""
    client, day = world.client, at.date()
    if world.has_incidents or day.weekday() in due.FEED_WEEKDAYS:
        for node, lying in world.plan.feeds.items():
            if not (world.has_incidents and _is_stopped(world, node, at)):
                _feed(client, node, lying, at)
    client.post("/v1/trust/measure", {}, key=f"trust-{at.isoformat()}")
    for one in world.plan.ordered.get(day, ()):
        if one.id.startswith("TO-"):
            client.put(f"/v1/transfers/{one.id}", _transfer(one))
        else:
            client.put(f"/v1/purchase-orders/{one.id}", _purchase(one, at))
    for one in world.plan.dispatched.get(day, ()):
        client.put(f"/v1/transfers/{one.id}/dispatch", {"is_partial": True})
    for one in world.plan.arriving.get(day, ()):
        body = _received(client, one, at)
        if body["lines"]:
            client.put(f"/v1/receipts/R-{one.id}", body)
    backorders.receive(client, at)


def _feed(client: Client, node: str, lying: Sequence[Opening], at: datetime) -> None:
    """What a partner has for us, as it sends it; booked before it is answered."""
    client.post(
        f"/v1/partners/{node}/feeds/feed-{node}-{at.date()}?is_at_once=true",
        [{"sku": one.sku, "quantity": one.quantity} for one in lying],
    )


def _is_stopped(world: _World, node: str, at: datetime) -> bool:
    """Whether a partner sends no feed any more: nobody was told why."""
    is_over = at >= world.plan.begins + due.FEED_STOPS_AFTER
    return is_over and node == due.stopped_partner(world.plan)


def _close_store(world: _World, at: datetime) -> None:
    """A store has to close: what it has not picked is sent from elsewhere."""
    to_pick = Counter(leg["node"] for leg in world.client.every("/v1/work/pick"))
    node = due.closing_store(world.chain, to_pick)
    body = {"node": node, "closes_node": True, "reason": "water damage"}
    world.client.put(f"/v1/reroutes/close-{node}-{at:%Y%m%d}", body)
    world.rouse("pick", "answer")


def _purchase(one: Replenishment, at: datetime) -> dict[str, Any]:
    return {
        "supplier": one.source,
        "node": one.target,
        "ordered_at": at.isoformat(),
        "expected_on": one.arrives_on.isoformat(),
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in one.lines],
    }


def _transfer(one: Replenishment) -> dict[str, Any]:
    return {
        "source": one.source,
        "target": one.target,
        "expected_on": one.arrives_on.isoformat(),
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in one.lines],
    }


def _received(client: Client, one: Replenishment, at: datetime) -> dict[str, Any]:
    """What is counted in: what left, less what the plan says goes missing, each with its reason."""
    kind = "purchase_order"
    left = {line.sku: line.quantity for line in one.lines}
    if one.id.startswith("TO-"):
        kind = "transfer"
        known = client.get(f"/v1/transfers/{one.id}")
        left = {line["sku"]: line["dispatched"] for line in known["lines"] if line["dispatched"]}
    lines = []
    for line in one.lines:
        if line.sku in left:
            came = max(left[line.sku] - (line.quantity - line.received), 0)
            lines.append({"sku": line.sku, "quantity": came, "reason": line.reason})
    return {kind: one.id, "received_at": at.isoformat(), "lines": lines}


def _measure(world: _World, at: datetime) -> None:
    """Once a day, before anything else: what is believed must not depend on the worker."""
    for room in ("fulfilment", "returns"):
        while (told := world.client.post(f"/v1/reliability/{room}", None)) and told["has_more"]:
            pass
    while (told := world.client.post("/v1/tower/trends", None)) and told["has_more"]:
        pass
    if at.weekday() in LEARNING_WEEKDAYS:
        world.client.post("/v1/promises/learning", None, key=f"learning-{at.date()}")
    world.chores.daily(at)
    world.quiet["measure"] = midnight(at.date() + timedelta(days=1)) + STEP


def _take_orders(world: _World, invoices: Sequence[Invoice]) -> None:
    items = [
        order(
            invoice,
            world.homes[invoice.customer],
            has_gift_card=due.has_gift_card(invoice, world.seed),
            has_street=world.carrying is not None,
        )
        for invoice in invoices
    ]
    world.client.batch("/v1/orders/batch", items, ORDERS_AT_ONCE)
    if items:
        world.rouse("pick", "answer")


def _take_back(world: _World, taken: TakeBack) -> None:
    """Cancel what has not left, and announce the return of the rest.

    The return comes first, so that a step done twice splits the units in the same way; once the
    cancellation stands in the order's timeline, all has been done.
    """
    order = world.client.get(f"/v1/orders/{taken.of}")
    if order is None or any(entry["reason"] == taken.id for entry in order["timeline"]):
        return
    stoppable, shipped = _standing(order)
    for rma in world.client.get(f"/v1/orders/{taken.of}/returns")["items"]:
        for line in rma["lines"] if rma["id"] != taken.id else ():
            shipped[line["sku"]] -= line["quantity"]
    stop, back = [], []
    for line in taken.lines:
        units = min(line.quantity, stoppable.get(line.sku, 0))
        rest = min(line.quantity - units, max(shipped.get(line.sku, 0), 0))
        stop += [{"sku": line.sku, "quantity": units}] if units else []
        back += [{"sku": line.sku, "quantity": rest}] if rest else []
    if back:
        home = world.homes[taken.customer]
        takers = tuple(node for node in world.chain.nodes if node.does_take_returns)
        node = nearest(takers, home.latitude, home.longitude)
        body = {"order": taken.of, "node": node, "reason": "sent back", "lines": back}
        world.client.put(f"/v1/returns/{taken.id}", body)
    if stop:
        body = {"order": taken.of, "lines": stop, "reason": taken.id}
        world.client.put(f"/v1/cancellations/{taken.id}", body)


def _standing(order: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Units by SKU of an order that can still be stopped, and that have left."""
    stoppable: dict[str, int] = {}
    shipped: dict[str, int] = {}
    for line in order["lines"]:
        stoppable[line["sku"]] = stoppable.get(line["sku"], 0) + line["waiting"]
    for leg in order["legs"]:
        if leg["withdrawn_at"] is None:
            pile = stoppable if leg["shipped_at"] is None else shipped
            for line in leg["lines"]:
                units = line["quantity"] - line["gone"]
                pile[line["sku"]] = pile.get(line["sku"], 0) + units
    return stoppable, shipped


def _answer(world: _World, at: datetime) -> None:
    """Partners say of their legs whether they send them; what they decline goes elsewhere."""
    if world.is_quiet("answer", at):
        return
    world.quiet["answer"] = NEVER
    legs = world.client.every("/v1/work/pick", before=(at + ANSWERED_AHEAD).isoformat())
    accepted, declined = [], []
    for leg in legs:
        if leg["node"] not in world.partners or leg["id"] in world.answered:
            continue
        said = due.answer(leg, world.seed)
        if said.at > at:
            world.rouse("answer")
            continue
        world.answered.add(leg["id"])
        if said.why is None:
            accepted.append({"id": leg["id"]})
        else:
            declined.append({"id": leg["id"], "why": said.why})
        if world.carrying is not None and (said.why or said.is_late):
            world.carrying.planted.add(leg["order"])
    world.client.batch("/v1/acceptances/batch", accepted, LEGS_AT_ONCE)
    world.client.batch("/v1/declines/batch", declined, LEGS_AT_ONCE)
    if declined:
        world.rouse("answer")
    if accepted or declined:
        world.rouse("pick")


def _is_to_pick(world: _World, leg: dict[str, Any], at: datetime) -> bool:
    is_theirs = leg["node"] in world.partners
    return due.is_picked(leg, at, world.seed) and (
        not is_theirs or due.is_accepted(leg, at, world.seed)
    )


def _pick(world: _World, at: datetime) -> None:
    """Legs are picked some time before they leave; a few turn out short."""
    if world.is_quiet("pick", at):
        return
    ahead = timedelta(minutes=due.PICK_AHEAD_MINUTES[1])
    legs = world.client.every("/v1/work/pick", before=(at + ahead).isoformat())
    if not legs:
        world.quiet["pick"] = _next_leaving(world, "pick", at) - ahead
        return
    items = []
    for leg in legs:
        if _is_to_pick(world, leg, at):
            why = due.shortage(leg, world.seed)
            if why and world.carrying is not None:
                world.carrying.planted.add(leg["order"])
            items.append({"id": leg["id"], "short": _short(world, leg, why) if why else []})
    world.client.batch("/v1/picks/batch", items, LEGS_AT_ONCE)
    if items:
        world.rouse("ship", "answer")


def _short(world: _World, leg: dict[str, Any], why: str) -> list[dict[str, Any]]:
    """Half of the first line, rounded up, is not there."""
    lines = world.client.get(f"/v1/legs/{leg['id']}")["lines"]
    first = next(line for line in lines if line["quantity"] > line["gone"])
    units = -(-(first["quantity"] - first["gone"]) // 2)
    return [{"sku": first["sku"], "quantity": units, "reason": why}]


def _ship(world: _World, at: datetime) -> None:
    """Picked legs leave with the van."""
    if world.is_quiet("ship", at):
        return
    legs = world.client.every("/v1/work/ship", before=(at + STEP).isoformat())
    if not legs:
        world.quiet["ship"] = _next_leaving(world, "ship", at)
        return
    leaving = [leg for leg in legs if due.is_shipped(leg, at)]
    if world.carrying is not None and leaving:
        world.carrying.label(leaving, at)
    items = [{"id": leg["id"], "parcels": boxes(leg)} for leg in leaving]
    world.client.batch("/v1/shipments/batch", items, LEGS_AT_ONCE)
    if world.carrying is not None:
        world.carrying.left(leaving, at)
    if items:
        world.rouse("deliver")


def _arrive(world: _World, at: datetime) -> None:
    """Legs arrive: by themselves, or as carriers tell; then the worker's part is done."""
    carrying = world.carrying
    if carrying is not None:
        carrying.live(at)
    if at.minute:
        return
    if carrying is None:
        _deliver(world, at)
    else:
        carrying.listen(at)
    world.chores.hourly()
    world.rouse("pick", "answer")
    if carrying is not None and at.hour in LOOKED_AT_HOURS:
        carrying.look()


def _deliver(world: _World, at: datetime) -> None:
    """What is under way arrives, most of it on its day."""
    if world.is_quiet("deliver", at):
        return
    legs = world.client.every("/v1/work/deliver")
    arrivals = [(due.arrival(leg, world.seed), leg["id"]) for leg in legs]
    items = [{"id": leg, "delivered_at": when.isoformat()} for when, leg in arrivals if when <= at]
    world.client.batch("/v1/deliveries/batch", items, LEGS_AT_ONCE)
    world.quiet["deliver"] = min((when for when, _ in arrivals if when > at), default=NEVER)


def _next_leaving(world: _World, step: str, at: datetime) -> datetime:
    """When the first leg that waits for a step has to leave."""
    first = world.client.get(f"/v1/work/{step}", limit=1)["items"]
    return max(datetime.fromisoformat(first[0]["leaves_at"]), at) if first else NEVER


def _is_over(world: _World, at: datetime) -> bool:
    """Whether nothing is under way any more."""
    stages = world.client.get("/v1/tower/summary")["orders"]
    moving = stages["waiting"] + stages["sourced"] + stages["picked"] + stages["packed"]
    if world.carrying is None:
        moving += stages["shipped"]
    elif not world.carrying.is_over(at):  # what is lost stays under way
        return False
    return moving == 0 and not world.client.get("/v1/returns")["items"]


def _clock(client: Client) -> datetime:
    return datetime.fromisoformat(client.get("/v1/clock")["at"]).astimezone(UTC)
