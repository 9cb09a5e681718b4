"""Counts from plan to booking on a real database: sales in the middle, recounts, approvals, draws."""

import pytest

import crowd
import world
from counting import (
    ANA,
    BOB,
    DAY,
    LATER,
    MINUTE,
    OPS,
    OUT,
    approve,
    book,
    events,
    fact,
    line,
    plan,
    read,
    tell,
)
from noria.catalog import actions as catalog
from noria.catalog.model import Sku, Tracking
from noria.kit.auth import Forbidden
from noria.kit.errors import IdReused, NotFound, UnknownCodes
from noria.promise import actions as promises
from noria.promise.model import Draw
from noria.stock import history_actions
from noria.stock import views as stock_views
from noria.stock.counts import actions, views
from noria.stock.counts.model import (
    ApproverCounted,
    CountKind,
    LineOver,
    NoSuchCount,
    NothingToCount,
    NotInSample,
    NotToApprove,
    Policy,
    SampleIncomplete,
    Stage,
    Task,
    Uncounted,
)
from noria.stock.model import FromTheFuture, MovementKind
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    world.shelve(retail, "PAR", mug=10, cup=5, bowl=40, now=MONDAY - DAY)
    return retail


# the story of a cycle count


def test_a_cycle_count_with_a_sale_in_the_middle(tx):
    task = plan(tx, "mug", "cup")
    assert (task.lines, task.done, task.stages) == (2, 0, {"open": 2})
    tell(tx, fact("f1", -2, 5))
    assert read(tx, "mug", 8, minute=10).stage is Stage.SETTLED
    tell(tx, fact("f2", -1, 15))
    assert read(tx, "cup", 4, minute=20).stage is Stage.SETTLED, "one unit is tolerated"
    mug = line(tx, "mug")
    assert (mug.expected, mug.counted, mug.difference) == (8, 8, 0)
    ended = book(tx)
    assert (ended.stages, ended.done, ended.ended_by) == ({"booked": 2}, 2, BOB.id)
    levels = world.levels(tx)
    assert levels["mug", "PAR", "available"] == 7
    assert levels["cup", "PAR", "available"] == 4
    cup = line(tx, "cup")
    assert (cup.difference, cup.value_cents, cup.stage) == (-1, 400, Stage.BOOKED)
    entry = history_actions.entries(tx, "cup", "PAR").entries[0]
    assert (entry.kind, entry.cause, entry.change) == (MovementKind.COUNTED, "count:t1", -1)
    assert entry.happened_at == cup.counted_at
    assert events(tx) == ["count.opened", "count.line.booked", "count.closed"]
    assert world.audit(tx) == []


FACTS = [("before", -2, 5), ("received before", 6, 8), ("after", -1, 15), ("received after", 3, 18)]


@pytest.mark.parametrize("told_late", range(16))
def test_whatever_is_told_when_the_book_ends_with_what_was_counted_and_what_came_after(
    tx, told_late
):
    """Each fact is told before the reading is booked, or after: sixteen ways, one truth."""
    facts = [fact(name.replace(" ", "-"), units, minute) for name, units, minute in FACTS]
    early = [one for place, one in enumerate(facts) if not told_late >> place & 1]
    late = [one for place, one in enumerate(facts) if told_late >> place & 1]
    plan(tx, "mug", tolerance_units=99, tolerance_cents=10**9)
    tell(tx, *early)
    read(tx, "mug", 12, minute=10)
    book(tx)
    for one in late:
        assert tell(tx, one) == ()
    assert world.levels(tx)["mug", "PAR", "available"] == 12 - 1 + 3
    assert world.audit(tx) == []


def test_a_hold_during_the_count_is_no_difference(tx):
    """Who counts finds on the shelf what is held for an order, too."""
    plan(tx, "mug")
    promises.reserve(tx, [crowd.hold("h1", 4)], actor=ACTOR, now=MONDAY)
    assert read(tx, "mug", 10, minute=1).stage is Stage.SETTLED
    promises.reserve(tx, [crowd.hold("h2", 3)], actor=ACTOR, now=LATER)
    draw = [Draw(reservation="h1", units=4)]
    promises.draw(tx, draw, to=OUT, kind=MovementKind.SHIPPED, actor=ACTOR, now=LATER)
    book(tx)
    levels = world.levels(tx)
    assert (levels["mug", "PAR", "available"], levels["mug", "PAR", "reserved"]) == (3, 3)
    assert line(tx, "mug").difference == 0
    assert world.audit(tx) == []


def test_what_is_missing_but_held_is_told_and_stays_in_the_book(tx):
    promises.reserve(tx, [crowd.hold("h1", 8)], actor=ACTOR, now=MONDAY)
    plan(tx, "mug")
    for round_ in (1, 2):
        read(tx, "mug", 5, minute=round_)
    book(tx)
    mug = line(tx, "mug")
    assert (mug.difference, mug.held_short, mug.stage) == (-5, 3, Stage.BOOKED)
    levels = world.levels(tx)
    assert ("mug", "PAR", "available") not in levels
    assert levels["mug", "PAR", "reserved"] == 8
    assert "count.held.short" in events(tx)
    shown = tx.execute("select subject, node from exception where kind = 'count.held_short'")
    assert shown.fetchall() == [("count:t1", "PAR")]
    assert world.audit(tx) == []


# blind, again, approved


def test_a_count_above_tolerance_is_counted_again_until_two_agree(tx):
    plan(tx, "mug")
    assert read(tx, "mug", 6, minute=1).stage is Stage.RECOUNT
    assert line(tx, "mug").round == 2
    tell(tx, fact("f1", -1, 2))
    assert read(tx, "mug", 5, minute=3, actor=BOB).stage is Stage.SETTLED, "four short, twice"
    book(tx)
    assert world.levels(tx)["mug", "PAR", "available"] == 5
    assert line(tx, "mug").counted_by == BOB.id
    assert events(tx).count("count.recount.wanted") == 1
    with pytest.raises(NoSuchCount):
        read(tx, "mug", 7, minute=4)


def test_the_second_counter_finds_them(tx):
    plan(tx, "mug", "cup")
    assert read(tx, "mug", 6, minute=1).stage is Stage.RECOUNT
    assert read(tx, "mug", 10, minute=3).stage is Stage.SETTLED
    book(tx)
    assert (line(tx, "mug").stage, line(tx, "mug").difference) == (Stage.BOOKED, 0)
    with pytest.raises(LineOver):
        read(tx, "mug", 7, minute=4)


def test_several_counters_share_a_sku_in_any_order(tx):
    plan(tx, "mug")
    first = read(tx, "mug", 4, key="a", minute=1, location="back room", is_last=False)
    assert first.stage is Stage.OPEN
    assert read(tx, "mug", 6, key="b", minute=2, location="shop", actor=BOB).stage is Stage.SETTLED
    late = read(tx, "mug", 1, key="c", minute=1, location="window", is_last=False, round=1)
    assert late.stage is Stage.SETTLED, "eleven: one too many is tolerated"
    assert line(tx, "mug").difference == 1
    with pytest.raises(IdReused):
        read(tx, "cup", 4, key="a")


def test_a_large_difference_waits_for_somebody_else_who_may(tx):
    plan(tx, "bowl", approval_cents=1_000, large_cents=10_000)
    assert read(tx, "bowl", 30, minute=1, actor=BOB).stage is Stage.RECOUNT
    assert read(tx, "bowl", 30, minute=2, actor=BOB).stage is Stage.APPROVAL
    assert book(tx).stages == {"approval": 1}, "it is not booked"
    assert world.levels(tx)["bowl", "PAR", "available"] == 40
    with pytest.raises(Forbidden):
        approve(tx, "bowl", -10, actor=ANA)
    with pytest.raises(ApproverCounted):
        approve(tx, "bowl", -10, actor=BOB)
    with pytest.raises(UnknownCodes):
        approve(tx, "bowl", -10, actor=OPS, cause="martians")
    booked = approve(tx, "bowl", -10, actor=OPS)
    assert (booked.stage, booked.approved_by, booked.root_cause) == (Stage.BOOKED, OPS.id, "theft")
    assert approve(tx, "bowl", -10, actor=OPS) == booked, "sent twice, done once"
    assert world.levels(tx)["bowl", "PAR", "available"] == 30
    assert views.task(tx, "t1").ended_at == LATER
    with pytest.raises(NoSuchCount):
        approve(tx, "bowl", -10, actor=BOB)
    assert (
        actions.explain(tx, "t1", "bowl", "receiving", "found the paper").root_cause == "receiving"
    )
    assert world.audit(tx) == []


def test_only_operations_approve_the_largest(tx):
    plan(tx, "bowl", approval_cents=1_000, large_cents=3_999)
    for minute in (1, 2):
        read(tx, "bowl", 30, minute=minute)
    with pytest.raises(Forbidden, match="approve_large"):
        approve(tx, "bowl", -10, actor=BOB)
    assert approve(tx, "bowl", -10, actor=OPS).stage is Stage.BOOKED


def test_what_is_told_before_the_approval_changes_what_is_approved(tx):
    plan(tx, "bowl", approval_cents=1_000)
    for minute in (5, 6):
        read(tx, "bowl", 30, minute=minute)
    tell(tx, fact("f1", -4, 1, sku="bowl"))
    with pytest.raises(Exception, match="you believed -10, it is now -6"):
        approve(tx, "bowl", -10)
    assert approve(tx, "bowl", -6).stage is Stage.BOOKED
    assert world.levels(tx)["bowl", "PAR", "available"] == 30


def test_a_manager_has_a_line_counted_again(tx):
    plan(tx, "mug")
    read(tx, "mug", 10, minute=1)
    with pytest.raises(Forbidden):
        actions.recount(tx, "t1", "mug", actor=ANA)
    assert actions.recount(tx, "t1", "mug", actor=BOB).round == 2
    assert book(tx).stages == {"recount": 1}
    with pytest.raises(NotToApprove):
        approve(tx, "mug", 0)
    assert read(tx, "mug", 10, minute=2).stage is Stage.SETTLED


# newer looks, full counts, ends


def test_a_newer_look_overtakes_an_older_one(tx):
    plan(tx, "mug", key="t1")
    plan(tx, "mug", key="t2")
    read(tx, "mug", 9, task="t1", minute=1)
    read(tx, "mug", 9, task="t2", minute=2)
    book(tx, "t2")
    book(tx, "t1")
    assert line(tx, "mug", "t1").stage is Stage.SUPERSEDED
    assert world.levels(tx)["mug", "PAR", "available"] == 9, "one was missing, once"


def test_a_newer_look_that_found_the_book_right_overtakes_an_older_one(tx):
    plan(tx, "mug", key="t1")
    plan(tx, "mug", key="t2")
    read(tx, "mug", 9, task="t1", minute=1)
    read(tx, "mug", 10, task="t2", minute=2)
    book(tx, "t2")
    book(tx, "t1")
    assert line(tx, "mug", "t1").stage is Stage.SUPERSEDED
    assert world.levels(tx)["mug", "PAR", "available"] == 10


def test_a_feed_that_counted_later_overtakes_too(tx):
    plan(tx, "mug")
    read(tx, "mug", 9, minute=1)
    world.shelve(tx, "PAR", now=MONDAY + 2 * MINUTE, mug=8)
    book(tx)
    assert line(tx, "mug").stage is Stage.SUPERSEDED
    assert world.levels(tx)["mug", "PAR", "available"] == 8


@pytest.mark.parametrize(
    ("uncounted", "stages", "left"),
    [
        (Uncounted.KEEP, {"booked": 1, "open": 2}, 40),
        (Uncounted.DROP, {"booked": 1, "dropped": 2}, 40),
        (Uncounted.ZERO, {"booked": 1, "recount": 2}, 40),
    ],
)
def test_a_full_count_and_what_nobody_counted(tx, uncounted, stages, left):
    assert plan(tx, kind=CountKind.FULL).lines == 3
    read(tx, "mug", 10, minute=1)
    after = book(tx, uncounted=uncounted)
    assert after.stages == stages
    assert (after.ended_at is None) is (uncounted is not Uncounted.DROP)
    assert world.levels(tx)["bowl", "PAR", "available"] == left
    if uncounted is Uncounted.ZERO:
        read(tx, "cup", 0, minute=59, key="again")
        assert book(tx).stages == {"booked": 2, "recount": 1}
        assert ("cup", "PAR", "available") not in world.levels(tx), "nothing, twice"


def test_what_nobody_expected_is_found(tx):
    plan(tx, kind=CountKind.FULL)
    assert read(tx, "poster", 1, minute=1).stage is Stage.SETTLED
    book(tx)
    assert world.levels(tx)["poster", "PAR", "available"] == 1


def test_a_cancelled_count_books_nothing_more(tx):
    plan(tx, "mug", "cup")
    read(tx, "mug", 9, minute=1)
    with pytest.raises(Forbidden):
        actions.cancel(tx, "t1", actor=ANA, now=LATER)
    for _ in range(2):
        assert actions.cancel(tx, "t1", actor=BOB, now=LATER).is_cancelled
    assert events(tx).count("count.cancelled") == 1
    assert views.task(tx, "t1").stages == {"dropped": 2}
    with pytest.raises(NoSuchCount):
        book(tx)
    assert world.levels(tx)["mug", "PAR", "available"] == 10


@pytest.mark.parametrize(
    ("because", "work", "refusal"),
    [
        ("no such task", lambda tx: read(tx, "mug", 1, task="t9"), NotFound),
        ("no such SKU", lambda tx: read(tx, "spoon", 1), UnknownCodes),
        ("counted tomorrow", lambda tx: read(tx, "mug", 1, minute=9999), FromTheFuture),
        ("the id is taken", lambda tx: plan(tx, "mug"), IdReused),
        ("nothing is there", lambda tx: plan_at(tx, "LYS"), NothingToCount),
        ("no such line", lambda tx: approve(tx, "poster", 1), NotFound),
    ],
)
def test_what_cannot_be_counted(tx, because, work, refusal):
    plan(tx, "mug")
    with pytest.raises(refusal):
        work(tx)


def plan_at(tx, node):
    task = Task(id="t5", node=node, kind=CountKind.FULL, is_blind=True, policy=Policy(),
                opened_at=MONDAY, opened_by=BOB.id)  # fmt: skip
    return actions.open_task(tx, task, now=MONDAY)


def test_units_of_a_lot_or_with_a_serial_are_counted_like_any_other(tx):
    """Which unit is missing, a count does not say: that is told apart, and somebody looks."""
    catalog.save(
        tx,
        [
            Sku(code=code, name=code, cost_cents=100, tracking=how)
            for code, how in (("milk", Tracking.LOT), ("phone", Tracking.SERIAL))
        ],
        actor=ACTOR,
        now=MONDAY,
    )
    world.shelve(tx, "PAR", milk=5, phone=5)
    plan(tx, "milk", "phone")
    read(tx, "milk", 4, minute=1)
    read(tx, "phone", 6, minute=1)
    tell(tx, fact("f1", -1, 0, sku="milk"), fact("f2", -1, 2, sku="phone"))
    book(tx)
    levels = world.levels(tx)
    assert (levels["milk", "PAR", "available"], levels["phone", "PAR", "available"]) == (4, 5)
    tell(tx, fact("f3", -1, 0, sku="phone"))
    assert world.levels(tx)["phone", "PAR", "available"] == 5, "it was gone when they counted"
    assert world.audit(tx) == []


# samples


def test_a_sample_says_how_accurate_a_node_is(tx):
    assert stock_views.accuracy(tx) == {}
    task = plan(tx, kind=CountKind.SAMPLE, size=2, seed=3)
    drawn = [one.sku for one in views.lines(tx, "t1")]
    assert (task.population, len(drawn)) == (3, 2)
    (left,) = {"mug", "cup", "bowl"} - set(drawn)
    with pytest.raises(NotInSample):
        read(tx, left, 1)
    units = {"mug": 10, "cup": 5, "bowl": 40}
    read(tx, drawn[0], units[drawn[0]], minute=1)
    for uncounted in (Uncounted.DROP, Uncounted.ZERO):
        with pytest.raises(SampleIncomplete):
            book(tx, uncounted=uncounted)
    book(tx)
    assert stock_views.accuracy(tx) == {}, "half a sample says nothing"
    read(tx, drawn[1], units[drawn[1]] - 1, minute=2)
    book(tx)
    (measured,) = views.accuracies(tx, "PAR")
    assert (measured.population, measured.sampled, measured.accurate) == (3, 2, 1)
    assert 0 < measured.lower < measured.estimate == 0.5 < measured.upper < 1
    assert stock_views.accuracy(tx) == {"PAR": (0.5, measured.lower, measured.upper)}
    assert "accuracy.measured" in events(tx)


# what to count next


def test_what_to_count_next_follows_money_time_and_signals(tx):
    soon = MONDAY + DAY
    first = [one.sku for one in actions.candidates(tx, "PAR", now=soon)]
    assert first == ["bowl", "cup", "mug"], "by name, as nothing else is known"
    promises.reserve(tx, [crowd.hold("h1", 2, sku="cup")], actor=ACTOR, now=MONDAY)
    promises.draw(
        tx, [Draw(reservation="h1", units=1)], to=OUT, kind=MovementKind.LOST, actor=ACTOR,
        now=MONDAY, reason="not_found",
    )  # fmt: skip
    tell(tx, *(fact(f"f{number}", -1, number) for number in range(12)))
    assert actions.learn(tx, now=LATER) == 2
    assert actions.learn(tx, now=LATER) == 0, "told once"
    ranked = {one.sku: one for one in actions.candidates(tx, "PAR", now=soon)}
    assert (ranked["cup"].refused, ranked["cup"].units) == (1, 4)
    assert (ranked["mug"].gaps, ranked["mug"].units) == (2, 0)
    assert list(ranked) == ["cup", "mug", "bowl"]
    assert "1 refused pick" in ranked["cup"].reasons
    plan(tx, size=1)
    assert [one.sku for one in views.lines(tx, "t1")] == ["cup"]
    assert [one.sku for one in actions.candidates(tx, "PAR", now=soon)] == ["mug", "bowl"]
    read(tx, "cup", 4, minute=59)
    book(tx)
    cup = next(one for one in actions.candidates(tx, "PAR", now=soon) if one.sku == "cup")
    assert (cup.refused, cup.moves, cup.days) == (0, 0, 0), "somebody looked"
    learned = views.learned(tx, "PAR")
    assert (learned.counts, learned.wrong, learned.signalled) == (1, 0, 1)


def test_an_unusual_difference_raises_an_alert(tx):
    for number in range(30):
        plan(tx, "mug", key=f"c{number}")
        read(tx, "mug", 10, task=f"c{number}", minute=number)
        book(tx, f"c{number}")
    assert "count.gap.unusual" not in events(tx)
    plan(tx, "mug", key="odd")
    for minute in (40, 41):
        read(tx, "mug", 3, task="odd", minute=minute)
    book(tx, "odd")
    odd = line(tx, "mug", "odd")
    assert odd.is_unusual
    assert odd.chance < 0.001
    assert "count.gap.unusual" in events(tx)
    shown = tx.execute("select subject, detail from exception where kind = 'count.unusual'")
    assert shown.fetchall() == [
        ("count:odd", "-7 of mug against the book: chance hardly explains it")
    ]


def test_a_large_node_ranks_its_shortlist_and_every_shelf_with_a_signal(tx, monkeypatch):
    soon = MONDAY + DAY
    monkeypatch.setattr(actions, "SMALL_NODE", 2)
    monkeypatch.setattr(actions, "SHORTLISTED", 1)
    tell(tx, fact("f1", -1, 1))
    actions.learn(tx, now=LATER)
    while actions.keep_shortlist(tx, now=soon):
        pass
    best = [one.sku for one in actions.candidates(tx, "PAR", now=soon)]
    assert best == ["mug"], "the one that moved is kept; the others are for a full count"
    tell(tx, fact("f2", -9, 2), fact("f3", -1, 3))
    promises.reserve(tx, [crowd.hold("h1", 2, sku="cup")], actor=ACTOR, now=LATER + MINUTE)
    promises.draw(
        tx, [Draw(reservation="h1", units=1)], to=OUT, kind=MovementKind.LOST, actor=ACTOR,
        now=LATER + MINUTE, reason="not_found",
    )  # fmt: skip
    assert [(one.sku, one.units) for one in actions.candidates(tx, "PAR", now=soon)] == [
        ("mug", 0)
    ], "its units are those of now"
    actions.learn(tx, now=LATER + DAY)
    found = actions.candidates(tx, "PAR", now=soon)
    assert {one.sku for one in found} == {"mug", "cup"}, "a signal is not waited for"
    assert next(one for one in found if one.sku == "cup").refused == 1
    plan(tx, size=1)
    assert len(actions.candidates(tx, "PAR", now=soon)) == 1, "one is being counted"


@pytest.mark.parametrize(
    ("because", "asked_at", "is_due"),
    [
        ("it was just looked at", MONDAY, False),
        ("half a day does", MONDAY + DAY / 2, False),
        ("longer does not", MONDAY + DAY / 2 + MINUTE, True),
        ("a clock was set back", MONDAY - MINUTE, True),
    ],
)
def test_a_shortlist_lasts_for_half_a_day(tx, because, asked_at, is_due):
    while actions.keep_shortlist(tx, now=MONDAY):
        pass
    assert (actions.keep_shortlist(tx, now=asked_at) is not None) is is_due, because
