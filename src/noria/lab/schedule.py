"""When things happen in a replay: pure functions of the history, the seed, and what was planned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct, structs

from noria.lab.chance import chance, pick
from noria.lab.model import (
    Chain,
    History,
    Invoice,
    Opening,
    Replenishment,
    TakeBack,
    midnight,
)
from noria.lab.replenishment import purchases, transfers
from noria.lab.setup import FEEDING
from noria.lab.stocking import opening_stock
from noria.network.model import NodeKind

STEP = timedelta(minutes=15)
DRAIN = timedelta(days=60)
"""How long after its month a replay may go on, for what is under way to arrive."""

OPENS, CLOSES = time(5), time(21)
"""Nobody works in a node outside these hours, UTC; steps without an order are left out then."""

PATIENCE = timedelta(days=10)
"""How long a customer waits for stock, before the rest of the order is cancelled."""

FEED_WEEKDAYS = (0, 3)
"""Partners send their feed on Mondays and Thursdays: a count of what they have for us."""

DIGITAL_CHANCE = 0.04
"""So many orders hold a gift card as well, which comes by e-mail."""

FEED_STOPS_AFTER, STORE_CLOSES_AFTER = timedelta(days=2), timedelta(days=2, hours=9)
"""What goes wrong in the demonstration, after the first midnight of its month; its first order is a
day later. At its usual speed all of it is seen within four minutes."""

SHORT_CHANCE, LATE_CHANCE = 0.015, 0.06
PICK_AHEAD_MINUTES = (20, 1200)
INSPECTION_DAYS = (3, 7)
ANSWER_MINUTES, LATE_ANSWER_MINUTES = (5, 100), (130, 400)
DECLINED_CHANCE, ANSWERED_LATE_CHANCE = 0.03, 0.06
DECLINED_WHY = ("too_busy", "no_stock", "no_stock", "discontinued")
SHORT_REASONS = ("not_found", "not_found", "damaged", "too_busy")


class Schedule(Struct, frozen=True, kw_only=True):
    """What the world brings in one month, by the step in which it becomes due."""

    begins: datetime
    ends: datetime
    seed: int
    orders: Mapping[datetime, Sequence[Invoice]]
    take_backs: Mapping[datetime, Sequence[TakeBack]]
    ordered: Mapping[date, Sequence[Replenishment]]
    dispatched: Mapping[date, Sequence[Replenishment]]
    arriving: Mapping[date, Sequence[Replenishment]]
    feeds: Mapping[str, Sequence[Opening]]
    """What partners whose stock is not ours declare, by node, whenever they send their feed."""


def schedule(chain: Chain, history: History, month: str, seed: int) -> Schedule:
    """All that the month brings; planning looks only at what was known each Monday."""
    found = history.month(month)
    begins = midnight(date.fromisoformat(f"{month}-01"))
    ends = (begins + timedelta(days=32)).replace(day=1)
    moved = _replenishments(chain, history, begins.date(), ends.date(), seed)
    return Schedule(
        begins=begins,
        ends=ends,
        seed=seed,
        orders=_by_step([(invoice.placed_at, invoice) for invoice in found.invoices]),
        take_backs=_by_step([(taken.at, taken) for taken in found.take_backs]),
        ordered=_by_day(moved, "ordered_on"),
        dispatched=_by_day([one for one in moved if one.id.startswith("TO-")], "dispatched_on"),
        arriving=_by_day(moved, "arrives_on"),
        feeds=_feeds(chain, opening_stock(chain, history, begins.date(), seed)),
    )


def shortened(plan: Schedule, days: int) -> Schedule:
    """The same, without what comes after so many days of the month."""
    ends = min(plan.begins + timedelta(days=days), plan.ends)

    def asked(by_day: Mapping[date, Sequence[Replenishment]]) -> dict[date, list[Replenishment]]:
        return {
            day: [one for one in some if one.ordered_on < ends.date()]
            for day, some in by_day.items()
        }

    return structs.replace(
        plan,
        ends=ends,
        orders={at: some for at, some in plan.orders.items() if at <= ends},
        take_backs={at: some for at, some in plan.take_backs.items() if at <= ends},
        ordered=asked(plan.ordered),
        dispatched=asked(plan.dispatched),
        arriving=asked(plan.arriving),
    )


def step_of(at: datetime) -> datetime:
    """The end of the step that an instant falls in."""
    since = at - midnight(at.date())
    return midnight(at.date()) + -(-since // STEP) * STEP


def is_awake(plan: Schedule, at: datetime) -> bool:
    """Whether anything can happen in a step: somebody works, or an order comes."""
    return OPENS <= at.time() < CLOSES or at in plan.orders or at in plan.take_backs


def is_picked(leg: Mapping[str, Any], at: datetime, seed: int) -> bool:
    """Whether a leg has been picked by now: some time before it has to leave.

    One that was planned in this very step is picked in a later one.
    """
    least, most = PICK_AHEAD_MINUTES
    ahead = timedelta(minutes=least + pick(seed, "ahead", leg["id"], below=most - least))
    return _instant(leg["planned_at"]) < at and _instant(leg["leaves_at"]) - ahead <= at


class Answer(Struct, frozen=True, kw_only=True):
    """What a partner says of a leg, and when; `why` is why it declines."""

    at: datetime
    why: str | None
    is_late: bool = False


def answer(leg: Mapping[str, Any], seed: int) -> Answer:
    """Most partners accept within the hour or two; some answer late, some decline."""
    is_late = chance(seed, "answers late", leg["id"]) < ANSWERED_LATE_CHANCE
    least, most = LATE_ANSWER_MINUTES if is_late else ANSWER_MINUTES
    minutes = least + pick(seed, "answers after", leg["id"], below=most - least)
    why = None
    if chance(seed, "declines", leg["id"]) < DECLINED_CHANCE:
        why = DECLINED_WHY[pick(seed, "why it declines", leg["id"], below=len(DECLINED_WHY))]
    return Answer(
        at=_instant(leg["planned_at"]) + timedelta(minutes=minutes), why=why, is_late=is_late
    )


def is_accepted(leg: Mapping[str, Any], at: datetime, seed: int) -> bool:
    """Whether a partner has said by now that it sends a leg: answers are heard on the hour."""
    said = answer(leg, seed)
    return said.why is None and said.at <= at.replace(minute=0)


def is_shipped(leg: Mapping[str, Any], at: datetime) -> bool:
    """Whether a picked leg has left by now."""
    return _instant(leg["leaves_at"]) <= at


def arrival(leg: Mapping[str, Any], seed: int) -> datetime:
    """When a parcel arrives: on its day at some hour, or one to three days late."""
    late_days = 0
    if chance(seed, "late", leg["id"]) < LATE_CHANCE:
        late_days = 1 + pick(seed, "days late", leg["id"], below=3)
    minutes = pick(seed, "hour", leg["id"], below=9 * 60)
    day = midnight(date.fromisoformat(leg["arrives_on"])) + timedelta(days=late_days)
    soonest = _instant(leg["shipped_at"]) + timedelta(hours=2)
    return max(day + timedelta(hours=8, minutes=minutes), soonest)


def shortage(leg: Mapping[str, Any], seed: int) -> str | None:
    """Why a leg's first line cannot be picked whole, for the few of which that is so."""
    if chance(seed, "short", leg["id"]) >= SHORT_CHANCE:
        return None
    return SHORT_REASONS[pick(seed, "why short", leg["id"], below=len(SHORT_REASONS))]


def is_back(rma: Mapping[str, Any], at: datetime, seed: int) -> bool:
    """Whether a return has reached its node by now."""
    least, most = INSPECTION_DAYS
    days = least + pick(seed, "back", rma["id"], below=most - least)
    return _instant(rma["asked_at"]) + timedelta(days=days) <= at


def finding(rma: Mapping[str, Any], sku: str, seed: int) -> tuple[str, str]:
    """Grade and disposition of a returned SKU: most of it is as new."""
    found = chance(seed, "grade", rma["id"], sku)
    if found < 0.8:
        return "A", "restock"
    if found < 0.92:
        return "B", "outlet"
    return ("C", "repair") if found < 0.97 else ("D", "recycle")


def has_gift_card(invoice: Invoice, seed: int) -> bool:
    return chance(seed, "gift card", invoice.id) < DIGITAL_CHANCE


def stopped_partner(plan: Schedule) -> str:
    """The partner whose feed stops, by the seed."""
    partners = sorted(plan.feeds)
    return partners[pick(plan.seed, "feed stops", below=len(partners))] if partners else ""


def closing_store(chain: Chain, to_pick: Mapping[str, int]) -> str:
    """The store that has to close: the one with most to pick, so that much goes elsewhere."""
    stores = [node.code for node in chain.nodes if node.kind is NodeKind.STORE]
    return min(stores, key=lambda code: (-to_pick.get(code, 0), code))


def _replenishments(
    chain: Chain, history: History, first: date, end: date, seed: int
) -> list[Replenishment]:
    monday = first - timedelta(days=first.weekday())
    found: list[Replenishment] = []
    while monday < end:
        found += purchases(chain, history, monday, seed)
        found += transfers(chain, history, monday, seed)
        monday += timedelta(days=7)
    return [one for one in found if one.ordered_on >= first]


def _feeds(chain: Chain, lying: Sequence[Opening]) -> dict[str, list[Opening]]:
    partners = {node.code for node in chain.nodes if node.kind in FEEDING}
    feeds: dict[str, list[Opening]] = defaultdict(list)
    for one in lying:
        if one.node in partners:
            feeds[one.node].append(one)
    return dict(feeds)


def _by_step(due: Sequence[tuple[datetime, Any]]) -> dict[datetime, list[Any]]:
    steps: dict[datetime, list[Any]] = defaultdict(list)
    for at, what in due:
        steps[step_of(at)].append(what)
    return dict(steps)


def _by_day(moved: Sequence[Replenishment], field: str) -> dict[date, list[Replenishment]]:
    days: dict[date, list[Replenishment]] = defaultdict(list)
    for one in sorted(moved, key=lambda one: one.id):
        days[getattr(one, field)].append(one)
    return dict(days)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
