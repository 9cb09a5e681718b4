"""Reliability: what few counts say, drawn towards the group, and how it is read."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

import world
from caller import database
from noria.fulfilment import actions as fulfilment
from noria.fulfilment import replace_actions
from noria.fulfilment import rules as fulfilment_rules
from noria.fulfilment.model import Journey, ShortLine, ShortReason
from noria.network import reliability_actions as actions
from noria.network import reliability_rules as rules
from noria.network import reliability_views as views
from noria.network.model import Service
from noria.network.reliability_model import Cell, Observation, Reliability, Topic
from noria.orders.replace_model import Because, How, ReplaceBody
from test_network_rules import local, node
from world import MONDAY

PICK, TRANSIT, HANDLING = Topic.PICK, Topic.TRANSIT, Topic.HANDLING
HOME = Service(code="HOME", carrier="Poste", name="Home", chance=0.9)


def store(code, country="FR"):
    return node(code=code, country=country)


def picks(code, *counts):
    weights = tuple(float(count) for count in counts)
    return Cell(topic=PICK, groups=rules.node_groups(store(code)), counts=counts, weights=weights)


def believed(cells, chances=None):
    return {(one.topic, one.key): one for one in rules.estimates(cells, chances or {})}


ALIKE = [picks(f"N{number}", 970, 15, 5, 10) for number in range(10)]
"""Ten stores that differ in nothing."""

APART = [picks(f"N{number}", 1000 - 80 * number, 80 * number, 0, 0) for number in range(10)]
"""Ten stores that find from all to a quarter of what they are asked."""


@pytest.mark.parametrize(
    ("because", "group", "new", "low", "high"),
    [
        ("nothing is known of it: it is like its group", ALIKE, (), 0.96, 0.98),
        ("one bad line does not ban it", ALIKE, (0, 1, 0, 0), 0.96, 0.98),
        ("nor do three good ones make it trusted", APART, (3, 0, 0, 0), 0.6, 0.9),
        ("where stores differ, its own counts speak sooner", APART, (0, 10, 0, 0), 0.05, 0.3),
        ("where they never did, later", ALIKE, (0, 10, 0, 0), 0.6, 0.9),
        ("many of its own counts outweigh any group", ALIKE, (0, 20_000, 0, 0), 0.0, 0.1),
    ],
)
def test_a_new_node_is_neither_trusted_nor_banned(because, group, new, low, high):
    cells = [*group, *([picks("NEW", *new)] if new else [])]
    known = Reliability(
        estimates=believed(cells),
        node_groups={"NEW": rules.node_groups(store("NEW"))},
        service_groups={},
        chances={},
    )
    assert low <= rules.found_chance(known, "NEW") <= high, because


def test_strength_is_measured_by_how_members_differ():
    alike = rules.strength([cell.weights for cell in ALIKE])
    apart = rules.strength([cell.weights for cell in APART])
    assert apart < 5
    assert alike > 500
    assert rules.strength([(5.0, 5.0)] * 2) == rules.STATED_STRENGTH, "two say nothing"
    assert rules.strength([(9.0, 0.0)] * 5) == rules.STATED_STRENGTH, "nothing ever went wrong"
    assert rules.strength([]) == rules.STATED_STRENGTH


@pytest.mark.parametrize("truth", [5.0, 20.0, 80.0])
def test_strength_finds_what_members_were_drawn_with(truth):
    """400 members of a Beta with that strength, 40 counts each: within 30 %."""
    luck = random.Random(7)
    members = []
    for _ in range(400):
        share = luck.betavariate(0.9 * truth, 0.1 * truth)
        good = sum(luck.random() < share for _ in range(40))
        members.append((float(good), 40.0 - good))
    assert rules.strength(members) == pytest.approx(truth, rel=0.3)


def test_shrinkage_predicts_better_than_counts_or_group_alone():
    luck = random.Random(11)
    truths = {f"S{number:03}": luck.betavariate(45, 5) for number in range(200)}
    cells, counted = [], {}
    for code, share in truths.items():
        asked = luck.randint(1, 60)
        good = sum(luck.random() < share for _ in range(asked))
        cells.append(picks(code, good, asked - good, 0, 0))
        counted[code] = good / asked
    found = {key: one.shares[0] for (_, key), one in believed(cells).items()}
    group = found["kind:store"]

    def miss(guess):
        return sum((guess(code) - share) ** 2 for code, share in truths.items())

    drawn = miss(lambda code: found[f"node:{code}"])
    assert drawn < 0.8 * miss(lambda code: counted[code])
    assert drawn < 0.8 * miss(lambda code: group)


def test_counts_fade_by_half_in_a_half_life():
    assert rules.forgotten(0) == 1
    assert rules.forgotten(rules.HALF_LIFE_DAYS) == pytest.approx(0.5)
    assert rules.forgotten(2 * rules.HALF_LIFE_DAYS) == pytest.approx(0.25)


def lane(node, area, *weights):
    return Cell(
        topic=TRANSIT,
        groups=rules.lane_groups(HOME, node, area),
        counts=tuple(int(weight) for weight in weights),
        weights=weights,
    )


LANES = [
    lane("PAR", "FR-75", 0.0, 95.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    lane("PAR", "FR-20", 0.0, 20.0, 30.0, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    lane("LYS", "FR-75", 0.0, 90.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
]
KNOWN = Reliability(
    estimates=believed(LANES, {"service:HOME": 0.9}),
    node_groups={},
    service_groups={"HOME": rules.service_groups(HOME), "NEW": ("carrier:Poste", "service:NEW"),
                    "ALONE": ("carrier:Nobody", "service:ALONE")},
    chances={"HOME": 0.9, "NEW": 0.9, "ALONE": 0.8},
)  # fmt: skip


def test_a_lane_falls_back_on_what_is_nearest_to_it():
    def late(service, node, area):
        return sum(rules.lane_shares(KNOWN, TRANSIT, service, node, area)[3:])

    assert late("HOME", "PAR", "FR-75") < 0.15 < late("HOME", "PAR", "FR-20")
    own = rules.lane_shares(KNOWN, TRANSIT, "HOME", "PAR")
    assert rules.lane_shares(KNOWN, TRANSIT, "HOME", "PAR", "FR-69") == own, "a new area"
    service = KNOWN.estimates[TRANSIT, "service:HOME"].shares
    assert rules.lane_shares(KNOWN, TRANSIT, "HOME", "LIL", "FR-69") == service, "a new node"
    carrier = rules.lane_shares(KNOWN, TRANSIT, "NEW", "PAR", "FR-75")
    assert 0 < sum(carrier[3:]) < late("HOME", "PAR", "FR-20"), "its carrier, and what it states"
    alone = rules.lane_shares(KNOWN, TRANSIT, "ALONE", "PAR", "FR-75")
    assert alone == rules.stated(TRANSIT, 0.8)
    assert sum(alone[:2]) == pytest.approx(0.8)
    assert sum(alone) == pytest.approx(1)


def test_on_time_is_leaving_on_time_and_travelling_as_long_as_it_should():
    paris = rules.on_time_chance(KNOWN, "HOME", "PAR", "FR-75")
    corsica = rules.on_time_chance(KNOWN, "HOME", "PAR", "FR-20")
    assert paris > 0.9
    assert corsica < 0.7
    graces = [
        rules.on_time_chance(KNOWN, "HOME", "PAR", "FR-20", grace_days=days) for days in range(8)
    ]
    assert graces == sorted(graces)
    assert graces[-1] <= 1


def test_handling_is_learned_where_a_node_learns_it():
    learner = node(code="NEW", learns_handling=True, handling_minutes=60)
    groups = {"NEW": rules.node_groups(learner)}
    slow = Cell(
        topic=HANDLING,
        groups=rules.node_groups(store("OLD")),
        counts=(0,) * 8 + (100,) + (0,) * 15,
        weights=(0.0,) * 8 + (100.0,) + (0.0,) * 15,
    )
    known = Reliability(
        estimates=believed([slow]), node_groups=groups, service_groups={}, chances={}
    )
    assert rules.handling_minutes(known, learner) == 120, "as stores take"
    assert rules.handling_minutes(known, node(code="NEW", handling_minutes=60)) == 60
    nothing = Reliability(estimates={}, node_groups=groups, service_groups={}, chances={})
    assert rules.handling_minutes(nothing, learner) == 60, "nothing was measured anywhere"


@pytest.mark.parametrize(
    ("value", "a", "b", "below"),
    [
        (0.5, 1, 1, 0.5),
        (0.3, 1, 1, 0.3),
        (0.5, 2, 2, 0.5),
        (0.25, 2, 1, 0.0625),
        (0.9, 95, 5, 0.02540437),
        (0.5, 0.5, 0.5, 0.5),
        (0, 3, 4, 0),
        (1, 3, 4, 1),
    ],
)
def test_beta_below(value, a, b, below):
    assert rules.beta_below(value, a, b) == pytest.approx(below, abs=1e-6)
    if 0 < below < 1:
        assert rules.beta_quantile(below, a, b) == pytest.approx(value, abs=1e-6)


def test_the_interval_holds_the_share_and_narrows_with_counts():
    few, many = (rules.shown(believed([picks("A", good, 1, 0, 0)])[PICK, "node:A"])
                 for good in (9, 900))  # fmt: skip
    for one in (few, many):
        assert one.low < one.good < one.high
    assert many.high - many.low < few.high - few.low
    assert (few.group, few.counts["picked"]) == ("kind:store:FR", 9)


@pytest.mark.parametrize(
    ("because", "changes", "outcome"),
    [
        ("on its day", {}, "on_time"),
        ("a day early", {"delivered_at": "2026-11-24 12:00"}, "early"),
        ("a day late", {"delivered_at": "2026-11-26 12:00"}, "1_late"),
        ("Sunday is no day", {"delivered_at": "2026-11-30 09:00"}, "4_late"),
        ("left a day late, travelled as it should", {"shipped_at": "2026-11-24 17:00",
                                                     "delivered_at": "2026-11-26 12:00"}, "on_time"),
        ("left late, and caught up", {"shipped_at": "2026-11-24 17:00"}, "early"),
        ("never mind how late", {"delivered_at": "2027-03-01 12:00"}, "7_late"),
        ("Saint Stephen's is a day in Paris", {"leaves_at": "2026-12-24 17:00",
            "shipped_at": "2026-12-24 17:00", "arrives_on": date(2026, 12, 26),
            "delivered_at": "2026-12-28 12:00"}, "1_late"),
        ("and none in Strasbourg", {"postcode": "67000", "leaves_at": "2026-12-24 17:00",
            "shipped_at": "2026-12-24 17:00", "arrives_on": date(2026, 12, 28),
            "delivered_at": "2026-12-28 12:00"}, "on_time"),
    ],
)  # fmt: skip
def test_a_journey_is_late_by_delivery_days(because, changes, outcome):
    given = {
        "leaves_at": "2026-11-23 17:00",
        "shipped_at": "2026-11-23 17:10",
        "arrives_on": date(2026, 11, 25),
        "delivered_at": "2026-11-25 12:00",
        "postcode": "75001",
    } | changes
    times = {name: local(value) for name, value in given.items() if name.endswith("_at")}
    one = Journey(
        node="PAR",
        service="HOME",
        country="FR",
        time_zone="Europe/Paris",
        **(given | times),
        recorded_at=times["delivered_at"],
    )
    transit, sound = fulfilment_rules.observed_journeys([one], {"HOME": HOME}, {})
    assert rules.OUTCOMES[TRANSIT][transit.outcome] == outcome, because
    assert (sound.topic, sound.outcome) == (Topic.CONDITION, 0)


@pytest.fixture
def tx(retail):
    return retail


def seen(day, outcome=0, units=1, at="PAR"):
    return Observation(topic=PICK, node=at, day=day, outcome=outcome, units=units)


def test_days_gone_by_are_told_once_and_today_is_not(tx):
    asked = []

    def observe(first, last):
        asked.append((first, last))
        return [seen(last, units=10), seen(last, 1, units=2)]

    monday, midnight = MONDAY.date(), datetime.combine(MONDAY.date(), time(), MONDAY.tzinfo)
    while actions.measure(tx, "test", observe, now=midnight + timedelta(minutes=20)):
        pass
    assert asked[-1][1] == monday - timedelta(days=1)
    assert all(first <= last for first, last in asked)
    assert all(later[0] == earlier[1] + timedelta(days=1) for earlier, later in pairwise(asked))
    told = len(asked)
    for hours in (0.3, 5, 23.9, 24.1):
        assert not actions.measure(tx, "test", observe, now=midnight + timedelta(hours=hours))
    assert len(asked) == told, "nor in the first minutes of Tuesday, when Monday may not be over"
    actions.measure(tx, "test", observe, now=midnight + timedelta(hours=24.3))
    assert asked[told:] == [(monday, monday)]
    assert views.through(tx) == {"test": monday}


def test_what_is_told_in_parts_is_believed_as_if_told_at_once(tx):
    day = MONDAY.date() - timedelta(days=1)
    parts = [seen(day, 0, 7), seen(day, 1, 1), seen(day, 0, 3), seen(day, 1, 2), seen(day, 0, 5)]

    def told(source, some):
        def observe(_, last):
            return some if last == day else []

        while actions.measure(tx, source, observe, now=MONDAY):
            pass

    told("one", parts[3:])
    told("other", parts[:3])
    assert [one.counts for one in views.estimate_page(tx, starts="node:PAR")] == [(15, 3, 0, 0)]


def test_picks_and_deliveries_of_the_day_before_are_read_the_next(tx):
    world.shelve(tx, "PAR", mug=9, cup=9)
    world.accept(tx, world.order("a", mug=2, cup=1))
    world.accept(tx, world.order("b", mug=1))
    world.pick(tx, "a.1", ShortLine(sku="mug", quantity=1, reason=ShortReason.NOT_FOUND))
    world.send(tx, "b.1")
    tuesday = MONDAY + timedelta(days=1)
    while fulfilment.measure(tx, now=tuesday):
        pass
    found = {(one.topic, one.key): one for one in views.estimate_page(tx, limit=1000)}
    assert found[PICK, "node:PAR"].counts == (2, 1, 0, 0)
    assert sum(found[HANDLING, "node:PAR"].counts) == 2
    assert found[Topic.DEPARTURE, "node:PAR"].counts == (1, 0)
    assert sum(found[TRANSIT, "service:HOME:PAR:FR-75"].counts) == 1
    nodes = {one.code: one for one in world.NODES}
    known = views.reliability(tx, nodes, {"HOME": world.HOME}, ["FR-75"])
    assert rules.found_chance(known, "PAR") < 0.97, "one of three was not there"
    assert not fulfilment.measure(tx, now=tuesday), "once a day"


def test_what_never_comes_counts_against_who_carried_it(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order(mug=2))
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    lost = ReplaceBody(leg="o1.1", how=How.REFUND, because=Because.LOST)
    declared = MONDAY + timedelta(days=9)
    replace_actions.replace(tx, "r1", lost, actor=world.ACTOR, now=declared)
    while fulfilment.measure(tx, now=declared + timedelta(days=1)):
        pass
    found = {(one.topic, one.key): one for one in views.estimate_page(tx, limit=1000)}
    counts = found[TRANSIT, "service:HOME:PAR:FR-75"].counts
    assert (counts[-1], sum(counts)) == (1, 1), "as late as a journey can be"


def test_two_rooms_that_tell_at_once_are_both_believed(server, template):
    def tell(db, source, place):
        seen = Observation(topic=PICK, node=place, day=MONDAY.date(), outcome=0)
        db.run(
            lambda tx: actions.measure(
                tx, source, lambda first, last: [seen], now=MONDAY + timedelta(days=1)
            )
        )

    with database(server, template) as db:
        db.run(world.build)
        sources = [f"{name}{number}" for number in range(5) for name in "ab"]
        with db.transaction() as tx:
            tx.cursor().executemany(
                "insert into tallied (source, through) values (%s, %s)",
                [(source, MONDAY.date() - timedelta(days=1)) for source in sources],
            )
        for pair in zip(sources[::2], sources[1::2], strict=True):
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(tell, [db, db], pair, ["LYS", "PAR"]))
        with db.transaction() as tx:
            found = views.estimate_page(tx, topic=PICK.value, starts="node:")
        assert {one.key: one.counts[0] for one in found} == {"node:LYS": 5, "node:PAR": 5}
