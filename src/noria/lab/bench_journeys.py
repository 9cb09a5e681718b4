"""Orders from the checkout to the doorstep, over HTTP, on a server as `noria up` starts it.

Several callers take orders one by one, and after every few of them claim waves at the nodes that
have them, scan and finish each task, pack and ship each leg, send its carrier's webhooks and open
the page that its customer follows, until nothing is left. Each call's time is what its caller
waited. Afterwards the rows are counted, and everything is audited.
"""

import http.client
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM, Permission
from noria.kit.db import Connection, Database, vacuum
from noria.kit.ids import uuid7
from noria.lab.bench_http import HOST, noria_served
from noria.lab.carriers import services
from noria.lab.chain import chain
from noria.lab.chance import SEED, pick
from noria.lab.setup import CHANNEL
from noria.network import actions as network
from noria.network.communes import areas
from noria.network.model import NodeKind
from noria.people import actions as people
from noria.people.model import KeyWish
from noria.stock import actions as stock
from noria.stock.model import Counted
from noria.tower import actions as tower

SKUS, UNITS, MOST_LINES = 200, 1_000_000, 3
AT_ONCE, CALLERS = 25, 8
CARRIER = "plain"
PATIENCE_S = 120
LOOK_S = 1.0
PICKED_IN = frozenset({NodeKind.WAREHOUSE, NodeKind.STORE, NodeKind.DARK_STORE})


class Journey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure of so many orders by so many callers; of calls, the median and the slowest 1 %."""

    figure: str
    value: float
    unit: str
    orders: int
    callers: int
    asked: int | None = None
    p99_ms: float | None = None


class Unanswered(Exception):  # noqa: N818 - what was asked ought to have gone well
    """A call of a journey was refused."""


def measured(db: Database, orders: int, *, callers: int = CALLERS) -> Iterator[Journey]:
    """Send so many orders on their way, and tell how many a second, and how long each call took.

    Interrupted from the keyboard, it takes no more orders, and tells of those that it took.
    """
    towns = _build(db)
    keys = [_key() for _ in range(orders)]
    with noria_served(db.url, NORIA_LOG_LEVEL="warning") as port:
        token = _token(db)
        several = [_Caller(port, token, towns, keys[number::callers]) for number in range(callers)]
        began = time.monotonic()
        _at_once(several)
        seconds = time.monotonic() - began
    waited: dict[str, list[float]] = defaultdict(list)
    for one in several:
        for call, times in one.waited.items():
            waited[call] += times
    taken = len(waited.get("accept", ()))
    told = {"orders": taken, "callers": callers}
    yield Journey(figure="journeys", value=round(taken / seconds, 1), unit="orders/s", **told)
    for call, times in waited.items():
        yield Journey(
            figure=f"journeys_{call}",
            value=round(statistics.median(times) * 1000, 1),
            unit="ms p50",
            asked=len(times),
            p99_ms=round(sorted(times)[max(0, int(len(times) * 0.99) - 1)] * 1000, 1),
            **told,
        )
    yield Journey(figure="journeys_delivered", value=_delivered(db), unit="orders", **told)
    run = tower.audit(db, _key(), is_full=True, asked_by="bench")
    yield Journey(figure="journeys_audit", value=run.differences, unit="differences", **told)


def _at_once(callers: Sequence["_Caller"]) -> None:
    """All of them work at the same time; what one of them met ends the measure."""
    threads = [threading.Thread(target=one.work) for one in callers]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(LOOK_S)  # a library keeps signals from whoever waits without an end
    except KeyboardInterrupt:
        for one in callers:
            one.is_closing = True
        for thread in threads:
            thread.join()
    for one in callers:
        if one.trouble is not None:
            raise one.trouble


class _Caller:
    """Somebody with a connection: the shop, a picker, a packer, the carrier and the customer."""

    def __init__(
        self, port: int, token: str, towns: Sequence[tuple[str, str]], orders: Sequence[str]
    ) -> None:
        self.line = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_S)
        self.head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.towns = towns
        self.orders = orders
        self.nodes: dict[str, None] = {}
        self.waited: dict[str, list[float]] = defaultdict(list)
        self.trouble: Exception | None = None
        self.is_closing = False

    def work(self) -> None:
        try:
            for start in range(0, len(self.orders), AT_ONCE):
                if self.is_closing:
                    break
                for key in self.orders[start : start + AT_ONCE]:
                    self._order(key)
                self._clear()
        except Exception as trouble:  # noqa: BLE001 - told by whoever waits for this thread
            self.trouble = trouble
        finally:
            self.line.close()

    def _order(self, key: str) -> None:
        postcode, town = self.towns[pick(SEED, "town", key, below=len(self.towns))]
        count = 1 + pick(SEED, "lines", key, below=MOST_LINES)
        skus = {f"BENCH-{pick(SEED, key, line, below=SKUS):03}" for line in range(count)}
        body = {
            "channel": CHANNEL,
            "customer": "bench",
            "placed_at": clock.wall().isoformat(),
            "destination": {"postcode": postcode, "town": town},
            "lines": [{"sku": sku, "quantity": 1, "price_cents": 990} for sku in sorted(skus)],
        }
        answer = self._ask("accept", "PUT", f"/v1/orders/{key}", body)
        self.nodes |= dict.fromkeys(leg["node"] for leg in answer["legs"])

    def _clear(self) -> None:
        """Claim and walk waves until the nodes that were heard of have none for anybody."""
        for node in list(self.nodes):
            while True:
                claims = {"items": [{"id": _key(), "node": node}]}
                [claim] = self._ask("claim", "POST", "/v1/wave-claims/batch", claims)["items"]
                if claim["status"] >= 400:
                    if claim["problem"]["code"] != "nothing-to-take":
                        raise Unanswered(str(claim["problem"]))
                    break
                self._walk(claim["answer"]["wave"])

    def _walk(self, wave: str) -> None:
        """Pick all of a wave, then send each of its legs on its way."""
        stops = self._ask("walk", "GET", f"/v1/waves/{wave}")["stops"]
        wanted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for stop in stops:
            for slot in stop["slots"]:
                wanted[slot["task"]][stop["sku"]] += slot["units"]
        for task, units in wanted.items():
            at = clock.wall().isoformat()
            facts: list[dict[str, Any]] = [
                {
                    "does": "scan",
                    "id": _key(),
                    "happened_at": at,
                    "task": task,
                    "sku": sku,
                    "quantity": count,
                }
                for sku, count in units.items()
            ]
            facts.append({"does": "finish", "id": _key(), "happened_at": at, "task": task})
            self._each("pick", "/v1/work-facts/batch", facts)
            self._send(task.removeprefix("leg:"), dict(units))

    def _send(self, leg: str, units: Mapping[str, int]) -> None:
        """A picked leg is packed, shipped and delivered, and its customer looks where it is."""
        boxed = {"id": _key(), "leg": leg, "boxes": [{"units": units}]}
        self._each("pack", "/v1/packings/batch", [boxed])
        [shipment] = self._each("ship", "/v1/shipments/batch", [{"id": leg}])
        sscc = shipment["parcels"][0]["sscc"]
        number = f"B{sscc}"
        named = {"carrier": CARRIER, "parcels": [{"sscc": sscc, "number": number}]}
        self._ask("number", "PUT", f"/v1/shipments/{leg}/parcel-numbers", named)
        for progress in ("in_transit", "delivered"):
            event = {
                "number": number,
                "progress": progress,
                "code": progress,
                "happened_at": clock.wall().isoformat(),
            }
            self._ask("track", "POST", f"/v1/carriers/{CARRIER}/replies", {"events": [event]})
        url = self._ask("link", "GET", f"/v1/orders/{leg.rpartition('.')[0]}/link")["url"]
        self._ask("page", "GET", url[url.index("/t/") :], is_page=True)

    def _each(self, call: str, path: str, items: Sequence[Mapping[str, Any]]) -> list[Any]:
        answers = self._ask(call, "POST", path, {"items": items})["items"]
        for one in answers:
            if one["status"] >= 400:
                raise Unanswered(f"{call}: {one['problem']}")
        return [one["answer"] for one in answers]

    def _ask(
        self, call: str, method: str, path: str, body: Any = None, *, is_page: bool = False
    ) -> Any:
        sent = None if body is None else msgspec.json.encode(body)
        began = time.monotonic()
        self.line.request(method, path, sent, self.head)
        answer = self.line.getresponse()
        said = answer.read()
        self.waited[call].append(time.monotonic() - began)
        if answer.status >= 400:
            raise Unanswered(f"{method} {path}: {answer.status} {said[:500]!r}")
        return said if is_page else msgspec.json.decode(said)


def _key() -> str:
    return uuid7(int(clock.wall().timestamp() * 1000))


def _token(db: Database) -> str:
    wish = KeyWish(name="bench", permissions=tuple(Permission), nodes=None)
    made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
    assert made.token is not None
    return made.token


def _delivered(db: Database) -> int:
    """Orders that are with their customers, promise settled, each parcel tracked to the door."""
    with db.transaction() as tx:
        found = tx.execute(
            """
            select count(*)
            from customer_order
            where stage = 'delivered'
                and exists (
                    select from promise
                    where order_id = customer_order.id and settled_at is not null
                )
                and not exists (
                    select from leg
                    where order_id = customer_order.id and withdrawn_at is null
                        and carrier_says is distinct from 'delivered'
                )
            """
        ).fetchone()
    assert found is not None
    return int(found[0])


def _build(db: Database) -> list[tuple[str, str]]:
    """The demonstration's network with plenty of stock; the towns of customers."""
    every = sorted(areas(), key=lambda one: (-one.population, one.code))[:500]
    db.run(lambda tx: network.save_areas(tx, every, actor=SYSTEM.id, now=clock.now(tx)))
    db.run(_stock_up)
    vacuum(db.url, ["node", "sku", "balance"])
    return [(town.code, town.town) for town in every]


def _stock_up(tx: Connection) -> None:
    actor, now = SYSTEM.id, clock.now(tx)
    skus = [Sku(code=f"BENCH-{n:03}", name=f"Bench {n}", weight_g=250) for n in range(SKUS)]
    catalog.save(tx, skus, actor=actor, now=now)
    catalog.save_channel(tx, Channel(code=CHANNEL, name="Web shop"), actor=actor)
    network.save_services(tx, services(), actor=actor, now=now)
    nodes = [node for node in chain(SEED).nodes if node.kind in PICKED_IN]
    network.save_nodes(tx, nodes, actor=actor, now=now)
    counted_at = now - timedelta(minutes=1)
    for node in nodes:
        lines = [Counted(sku=sku.code, quantity=UNITS) for sku in skus]
        stock.count(
            tx, f"bench-{node.code}", node.code, lines, counted_at=counted_at, actor=actor, now=now
        )
