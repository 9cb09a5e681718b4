"""The till says 7: absolute writes that carry what they believed, and facts told after a look."""

import itertools
from datetime import timedelta

import pytest

import crowd
import world
from caller import calling
from crowd import ask, asked, done, race, refusals
from noria.kit.auth import Permission
from noria.stock import actions as stock
from noria.stock import rules as stock_rules
from noria.stock.levels import actions, rules, views
from noria.stock.levels.model import BeliefMissing, Level, LevelWish, StaleLevel
from noria.stock.model import Mark, Move, Movement, MovementKind, Place, State
from world import ACTOR, MONDAY

SHELF, HELD, OUT = State.AVAILABLE, State.RESERVED, State.OUTSIDE
ADDRESS = "/v1/skus/mug/nodes/PAR/level"
MINUTE = timedelta(minutes=1)


def wish(quantity, *, key="l1", sku="mug", **more):
    return LevelWish(id=key, sku=sku, node="PAR", quantity=quantity, **more)


def level(quantity, version):
    return Level(sku="mug", node="PAR", quantity=quantity, version=version)


def fact(key, units, *, at=MONDAY, sku="mug", kind=MovementKind.SOLD):
    """Units that came (or, below zero, went) as of then."""
    ends = (Place("PAR", OUT), Place("PAR", SHELF))
    source, target = ends if units > 0 else reversed(ends)
    move = Move(sku=sku, quantity=abs(units), source=source, target=target)
    return Movement(id=key, kind=kind, cause=f"till:{key}", happened_at=at, moves=(move,))


def book(tx, *facts, now=MONDAY):
    return stock.book(tx, facts, actor=ACTOR, now=now)


@pytest.mark.parametrize(
    ("because", "believed", "version", "refusal"),
    [
        ("the value is what was believed", 7, None, None),
        ("the version is what was read", None, 41, None),
        ("both are", 7, 41, None),
        ("it was another value", 8, None, StaleLevel),
        ("the value is the same, but it was changed and changed back", None, 40, StaleLevel),
        ("the value is right and the version is not: both must be", 7, 40, StaleLevel),
        ("the version is right and the value is not", 8, 41, StaleLevel),
        ("nothing was believed, so nothing may be replaced", None, None, BeliefMissing),
    ],
)
def test_what_may_be_replaced(because, believed, version, refusal):
    asked = wish(5, believed=believed, version=version)
    if refusal is None:
        rules.check_believed(level(7, 41), asked)
        return
    with pytest.raises(refusal) as refused:
        rules.check_believed(level(7, 41), asked)
    if refusal is StaleLevel:
        current = {fault.pointer: fault.message for fault in refused.value.faults}
        assert current == {"/believed": "7", "/version": "41"}, because


def test_a_version_is_another_after_any_change(retail):
    def read():
        return views.levels(retail, [("mug", "PAR")])["mug", "PAR"]

    assert (read().quantity, read().version) == (0, 0), "never stocked"
    written = actions.write(retail, [wish(7, version=0)], actor=ACTOR, now=MONDAY)["l1"]
    assert (written.quantity, written.change) == (7, 7)
    assert written.version == read().version != 0


def test_two_changes_that_cancel_out_leave_another_version(db):
    ask(db, world.build)
    world_of = lambda: ask(db, lambda tx: views.levels(tx, [("mug", "PAR")])["mug", "PAR"])  # noqa: E731
    ask(db, world.shelve, "PAR", mug=7)
    seen = world_of()
    ask(db, lambda tx: book(tx, fact("f1", -1)))
    ask(db, lambda tx: book(tx, fact("f2", 1)))
    assert world_of().quantity == seen.quantity
    refused = asked(
        db,
        lambda tx: actions.write(tx, [wish(5, version=seen.version)], actor=ACTOR, now=MONDAY),
    )
    assert isinstance(refused, StaleLevel)
    assert ask(db, world.levels) == {("mug", "PAR", "available"): 7}


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=8, now=MONDAY - timedelta(days=90))
    with calling(db, Permission.STOCK_READ, Permission.STOCK_WRITE) as client:
        yield client


def test_the_till_says_seven(client, db):
    seen = client.get(ADDRESS)
    assert (seen.json()["quantity"], seen.headers["etag"]) == (8, f'"{seen.json()["version"]}"')
    tag = {"If-Match": seen.headers["etag"]}
    assert client.get(ADDRESS, headers={"If-None-Match": seen.headers["etag"]}).status_code == 304
    body = {"id": "l1", "quantity": 7}
    first = client.put(ADDRESS, json=body, headers=tag)
    assert (first.status_code, first.json()["change"]) == (200, -1)
    again = client.put(ADDRESS, json=body, headers=tag)
    assert again.json() == first.json(), "sent twice, done once, though the version is another now"
    assert client.put(ADDRESS, json=body | {"quantity": 6}).json()["code"] == "id-reused"
    stale = client.put(ADDRESS, json={"id": "l2", "quantity": 6}, headers=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-level")
    current = {fault["pointer"]: fault["message"] for fault in stale.json()["errors"]}
    assert current == {"/believed": "7", "/version": str(first.json()["version"])}
    blind = client.put(ADDRESS, json={"id": "l2", "quantity": 6})
    assert (blind.status_code, blind.json()["code"]) == (428, "belief-missing")
    told = client.put(
        ADDRESS, json={"id": "l2", "quantity": 6, "version": int(current["/version"])}
    )
    assert told.status_code == 200, "a refused id is free"
    kinds = client.get("/v1/skus/mug/nodes/PAR/entries").json()["items"]
    assert [(one["kind"], one["cause"], one["after"]) for one in kinds][:2] == [
        ("counted", "level:l2", 6), ("counted", "level:l1", 7),
    ]  # fmt: skip
    assert (
        client.put(ADDRESS, json=body | {"id": "l3"}, headers={"If-Match": "x"}).status_code == 400
    )
    assert client.get("/v1/skus/spoon/nodes/PAR/level").status_code == 422
    assert ask(db, world.audit) == []


def test_a_batch_of_levels_answers_each(client, db):
    def item(key, sku, quantity, believed):
        return {"id": key, "sku": sku, "node": "PAR", "quantity": quantity, "believed": believed}

    items = [item("b1", "mug", 5, 8), item("b2", "cup", 3, 9), item("b3", "bowl", 0, 0)]
    answers = client.post("/v1/levels/batch", json={"items": items}).json()["items"]
    assert [one["status"] for one in answers] == [200, 412, 200]
    assert [one.get("answer", {}).get("change") for one in answers] == [-3, None, 0]
    again = client.post("/v1/levels/batch", json={"items": items}).json()["items"]
    assert [one["status"] for one in again] == [200, 412, 200]
    alone = client.put(ADDRESS, json={"id": "b1", "quantity": 5})
    assert alone.json()["change"] == -3, "an id means the same by either way"
    twice = [item("b4", "mug", 4, 5), item("b5", "mug", 3, 4)]
    assert client.post("/v1/levels/batch", json={"items": twice}).status_code == 400
    assert ask(db, world.levels) == {("mug", "PAR", "available"): 5}


@pytest.fixture
def busy(crowded):
    return crowd.emptied(crowded)


def test_of_many_who_believed_the_same_one_is_right(busy):
    crowd.shelve(busy, "PAR", mug=99)  # what nobody writes: who changes nothing makes nobody stale
    seen = ask(busy, lambda tx: views.levels(tx, [("mug", "PAR")])["mug", "PAR"])

    def writes(number):
        mine = wish(number, key=f"l{number}", version=seen.version)
        return lambda tx: actions.write(tx, [mine], actor=ACTOR, now=MONDAY)

    with crowd.audited(busy):
        outcomes = race(busy, *(writes(number) for number in range(16)))
    assert (len(done(outcomes)), set(refusals(outcomes))) == (1, {StaleLevel})
    (written,) = done(outcomes)[0].values()
    assert ask(busy, world.levels).get(("mug", "PAR", "available"), 0) == written.quantity


def test_a_level_raced_against_a_sale_never_loses_the_sale(busy):
    for _ in range(5):
        crowd.emptied(busy)
        crowd.shelve(busy, "PAR", mug=8)
        with crowd.audited(busy):
            written, _ = race(
                busy,
                lambda tx: actions.write(tx, [wish(7, believed=8)], actor=ACTOR, now=MONDAY),
                lambda tx: book(tx, fact("f1", -1, at=MONDAY + MINUTE)),
            )
        left = ask(busy, world.levels)["mug", "PAR", "available"]
        assert left == (7 if isinstance(written, StaleLevel) else 6)


# facts that are told after somebody looked

MARK = Mark(sku="mug", node="PAR", cause="count:c1", counted_at=MONDAY, quantity=7)


@pytest.mark.parametrize(
    ("because", "units", "at", "after"),
    [
        ("sold before the look: it is in the figure already", -1, MONDAY - MINUTE, 7),
        ("sold at that very instant: as if after", -1, MONDAY, 6),
        ("sold after the look", -1, MONDAY + MINUTE, 6),
        ("received before the look", 5, MONDAY - MINUTE, 7),
        ("received after the look", 5, MONDAY + MINUTE, 12),
        ("more than there is, before the look: nothing is missing", -9, MONDAY - MINUTE, 7),
    ],
)
def test_what_was_counted_holds_whenever_a_fact_is_told(retail, because, units, at, after):
    world.shelve(retail, "PAR", mug=7)
    stock.mark(retail, [MARK], now=MONDAY)
    gaps = book(retail, fact("f1", units, at=at), now=MONDAY + 2 * MINUTE)
    assert world.levels(retail) == {("mug", "PAR", "available"): after}, because
    assert gaps == (), because
    assert world.audit(retail) == []


def test_an_explained_difference_names_its_count_and_its_fact(retail):
    world.shelve(retail, "PAR", mug=7)
    stock.mark(retail, [MARK], now=MONDAY)
    book(retail, fact("f1", -1, at=MONDAY - MINUTE), fact("f2", -1, at=MONDAY - MINUTE, sku="cup"))
    found = retail.execute(
        "select kind::text, cause, reason from movement where cause like 'count:c1'"
    ).fetchall()
    assert found == [("counted", "count:c1", "told late: f1")], "cups were not looked at"


def test_an_older_look_never_replaces_a_newer_one(retail):
    world.shelve(retail, "PAR", mug=7)
    older = Mark(sku="mug", node="PAR", cause="count:c0", counted_at=MONDAY - MINUTE, quantity=3)
    stock.mark(retail, [MARK], now=MONDAY)
    stock.mark(retail, [older], now=MONDAY)
    assert retail.execute("select cause from shelf_mark").fetchall() == [("count:c1",)]


def test_in_every_order_of_telling_the_book_ends_the_same():
    """The look at 0, facts at -2, -1, 1: what is booked on the shelf is the facts after the look."""
    facts = [fact("a", -1, at=MONDAY - 2 * MINUTE), fact("b", 4, at=MONDAY - MINUTE), fact("c", -2, at=MONDAY + MINUTE)]  # fmt: skip
    for order in itertools.permutations(facts):
        told = stock_rules.with_late(order, {("mug", "PAR"): MARK}, prefix="x-")
        assert stock_rules.changes(told)["mug", "PAR", SHELF] == -2
        assert len({one.id for one in told}) == len(told) == 5
        depth = itertools.accumulate(
            stock_rules.changes([one])["mug", "PAR", SHELF] for one in told
        )
        assert min(depth) >= -2, "units are brought back before they are taken again"
