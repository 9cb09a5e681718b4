"""Wishes by the short way, written before it is asked whether they may be, and by the long one."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

import crowd
import world
from noria.kit import clock, idempotency
from noria.promise import atp_actions, wish_actions
from noria.promise.atp_model import Expected
from noria.promise.model import NotEnough
from noria.promise.wish_model import Asked, Kept, WishBody, WishLine
from noria.stock import actions as stock
from noria.stock.model import State


@pytest.fixture
def ways(db, monkeypatch):
    """A shelf with five mugs, and how the short way was found, batch by batch."""
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5, cup=2)
        stock.lock(tx, [("mug", "PAR", State.RESERVED), ("cup", "PAR", State.RESERVED)])
    found = []

    def watched(name, kept):
        monkeypatch.setattr(
            wish_actions.ShortWay, name, lambda way: (found.append(name), kept(way))
        )

    watched("was_open", wish_actions.ShortWay.was_open)
    watched("was_closed", wish_actions.ShortWay.was_closed)
    return found


OPEN, CLOSED = "was_open", "was_closed"
BUFFER = "update node set buffer_units = 1 where code = 'PAR'"
RULE = (
    "insert into keep_back (id, purpose, sku, units, reason, changed_at)"
    " values ('k', 'buffer', 'cup', 1, 'shown', now())"
)


@pytest.mark.parametrize(
    ("because", "before", "units", "found", "is_held"),
    [
        ("there is enough", "", 5, OPEN, True),
        ("there is too little", "", 6, CLOSED, False),
        ("units are kept back", BUFFER, 5, CLOSED, False),
        ("and what is beyond them is not", BUFFER, 4, CLOSED, True),
        ("a rule was made", RULE, 5, CLOSED, True),
        ("the node is closed", "update node set is_open = false where code = 'PAR'", 1, CLOSED, False),
        ("its place was never opened", "delete from balance where state = 'reserved'", 5, CLOSED, True),
        ("nobody knows the SKU", "update sku set name = name", None, CLOSED, False),
    ],
)  # fmt: skip
def test_the_short_way_is_closed_where_anything_forbids_it(
    db, ways, because, before, units, found, is_held
):
    with db.transaction() as tx:
        if before:
            tx.execute(before)
    [told] = wish_actions.answer(db, [crowd.wish("w", units or 1, sku="mug" if units else "spoon")])
    assert (ways[0], isinstance(told, bytes)) == (found, is_held), because
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_what_says_nothing_of_the_shelves_closes_the_short_way_to_no_others(db, ways):
    """An id that was answered before, or units that are named."""
    [first] = wish_actions.answer(db, [crowd.wish("w", 1)])
    assert wish_actions.answer(db, [crowd.wish("w", 1), crowd.wish("v", 1)])[0] == first
    assert isinstance(wish_actions.answer(db, [crowd.wish("x", 1)])[0], bytes)
    assert ways == [OPEN, OPEN]
    wish_actions.answer(db, [crowd.wish("much", 99)])
    line = WishLine(sku="mug", node="PAR", quantity=1, serials=("s",))
    body = WishBody(id="units", demand="cart:u", lines=(line,))
    named = Asked(body=body, actor=world.ACTOR, digest=idempotency.digest(body))
    wish_actions.answer(db, [named])
    wish_actions.answer(db, [crowd.wish("y", 1)])
    assert ways == [OPEN, OPEN, CLOSED], "the batch of units is not the one that passes by"
    wish_actions.answer(db, [crowd.wish("z", 1)])
    assert ways == [OPEN, OPEN, CLOSED, OPEN]


def test_what_is_forbidden_while_the_short_way_waits_is_seen(db, ways):
    """All is asked with the balances locked: who held them has said what he had to say."""
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            tx.execute("select from balance where sku = 'mug' for update")
            one = Expected(demand="order:o9", line=1, sku="mug", units=3, channel="web")
            atp_actions.expect(tx, [one.demand], [one], now=clock.now(tx))
            told = pool.submit(wish_actions.answer, db, [crowd.wish("w", 3)])
            crowd.until_somebody_waits(db)
        [answer] = told.result(crowd.PATIENCE_S)
    assert isinstance(answer, NotEnough)
    assert ways == [CLOSED]


def test_either_way_tells_and_leaves_the_same(db, ways, monkeypatch):
    wishes = [
        crowd.wish(f"w{number}", 1, sku=sku, demand=demand)
        for number, (sku, demand) in enumerate([("mug", 'cart:é"%'), ("cup", "cart:b"), ("mug", "cart:c")])
    ]  # fmt: skip

    def left(batch):
        told = [msgspec.json.decode(one, type=Kept) for one in wish_actions.answer(db, batch)]
        assert [msgspec.json.encode(one) for one in told] == wish_actions.answer(db, batch)
        with db.transaction() as tx:
            held = tx.execute(
                "select demand, sku, quantity, made_at, expires_at from reservation order by id"
            ).fetchall()
            said = tx.execute(
                "select subject, node, data from event where type = 'reservation.made' order by seq"
            ).fetchall()
            levels = tx.execute(
                "select subject, node, data from event where type = 'stock.level.changed'"
                " order by seq desc limit 2"
            ).fetchall()
            moves = tx.execute(
                "select line, sku, quantity, coalesce(own_cause, cause), seq - min(seq) over ()"
                " from move_part join movement on movement.id = movement_id"
                " where kind = 'reserved' order by line"
            ).fetchall()
            assert world.audit(tx) == []
        assert [msgspec.convert(data, Kept) for _, _, data in said] == told
        assert [(at, until) for *_, at, until in held] == [
            (one.made_at, one.expires_at) for one in told
        ]
        return [one[:3] for one in held], [one.lines for one in told], levels, moves, said

    with db.transaction() as tx:
        clock.start_driving(tx, world.MONDAY)
    short = left(wishes)
    with db.transaction() as tx, world.behind_the_book(tx):
        tx.execute("truncate reservation, move, movement, event cascade")
        tx.execute("delete from balance")
        world.shelve(tx, "PAR", mug=5, cup=2)
        stock.lock(tx, [("mug", "PAR", State.RESERVED), ("cup", "PAR", State.RESERVED)])
    monkeypatch.setattr(wish_actions.ShortWay, "is_tried", lambda _: False)
    assert left(wishes) == short
    assert ways == [OPEN], "what was answered before says nothing of the shelves"


def test_the_short_way_is_passed_by_for_longer_each_time_that_it_was_closed():
    way, tried = wish_actions.ShortWay(), []
    for batch in range(400):
        if way.is_tried():
            tried.append(batch)
            way.was_closed()
    assert tried[:6] == [0, 2, 5, 10, 19, 36]
    assert tried[-1] - tried[-2] == wish_actions.PASSED_BY + 1
    while not way.is_tried():
        pass
    way.was_open()
    assert way.is_tried()
