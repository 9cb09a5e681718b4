"""Wishes by the short way, written before it is asked whether they may be, and by the long one."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

import crowd
import world
from noria.kit import clock, idempotency
from noria.kit.errors import Unavailable
from noria.promise import atp_actions, wish_actions, wish_ways
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
        world.shelve(tx, "PAR", mug=5, cup=2, bowl=3)
        stock.lock(tx, [(sku, "PAR", State.RESERVED) for sku in ("mug", "cup", "bowl")])
    found = []

    def watched(name, kept):
        monkeypatch.setattr(wish_ways.ShortWay, name, lambda way: (found.append(name), kept(way)))

    watched("was_open", wish_ways.ShortWay.was_open)
    watched("was_closed", wish_ways.ShortWay.was_closed)
    return found


OPEN, CLOSED = "was_open", "was_closed"
NODE = "update node set is_open = false where code = 'PAR'"
BUFFER = "update node set buffer_units = 1 where code = 'PAR'"


def rule(
    units="1",
    sku="'mug'",
    channel="null",
    purpose="buffer",
    days="null",
    until="null",
    category="null",
    node_kind="null",
):
    """Some of the mugs are kept back, unless something is said otherwise."""
    return (
        "insert into keep_back (id, purpose, sku, category, node_kind, channel, units, days,"
        f" reason, valid_until, changed_at) values ('k', '{purpose}', {sku}, {category},"
        f" {node_kind}, {channel}, {units}, {days}, 'shown', {until}, now())"
    )


@pytest.mark.parametrize(
    ("because", "before", "units", "found", "is_held"),
    [
        ("there is enough", "", 5, OPEN, True),
        ("there is too little", "", 6, CLOSED, False),
        ("units are kept back", BUFFER, 5, CLOSED, False),
        ("and what is beyond them is not", BUFFER, 4, OPEN, True),
        ("a rule keeps one", rule(), 5, CLOSED, False),
        ("and leaves four", rule(), 4, OPEN, True),
        ("a rule and a buffer might add up", f"{rule()};{BUFFER}", 4, CLOSED, True),
        ("a rule is about another SKU", rule(sku="'cup'"), 5, OPEN, True),
        ("a rule is about all of them", rule(sku="null"), 5, CLOSED, False),
        ("a rule is about a channel that did not ask", rule(channel="'web'"), 5, OPEN, True),
        ("and one that keeps for it is not", rule(channel="'web'", purpose="protection"), 5, CLOSED, False),
        ("a rule is in days of sales", rule(units="null", days="1"), 1, CLOSED, True),
        ("a rule is about a category of others", rule(sku="null", category="'lamps'"), 5, OPEN, True),
        ("a rule is about a kind of other nodes", rule(node_kind="'store'"), 5, OPEN, True),
        ("a rule is about its kind", rule(node_kind="'warehouse'"), 5, CLOSED, False),
        ("a rule is over", rule(until="'2000-01-01'"), 5, OPEN, True),
        ("a threshold hides, and keeps nothing", rule(purpose="threshold", channel="'web'"), 5, OPEN, True),
        ("the node is closed", NODE, 1, CLOSED, False),
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


def test_what_says_nothing_of_the_shelves_closes_the_short_way_to_no_others(db, ways, monkeypatch):
    """An id that was answered before, here or elsewhere, or units that are named."""
    [first] = wish_actions.answer(db, [crowd.wish("w", 1)])
    again = [crowd.wish("w", 1), crowd.wish("v", 1)]
    assert wish_actions.answer(db, again)[0] == first
    assert ways == [OPEN, OPEN], "the new one went the short way by itself"
    monkeypatch.setattr(wish_ways, "detours", lambda _: wish_ways.Detours())
    assert wish_actions.answer(db, again)[0] == first, "as another process would"
    line = WishLine(sku="mug", node="PAR", quantity=1, serials=("s",))
    body = WishBody(id="units", demand="cart:u", lines=(line,))
    named = Asked(body=body, actor=world.ACTOR, digest=idempotency.digest(body))
    told = wish_actions.answer(db, [named, crowd.wish("x", 1)])
    assert isinstance(told[1], bytes)
    assert ways == [OPEN, OPEN, OPEN]


def test_a_shelf_that_is_sold_out_closes_the_short_way_to_no_other(db, ways):
    """Found short once, it is looked at by itself, until somebody has all that was asked of it."""
    much = [crowd.wish("much", 99), crowd.wish("c1", 1, sku="cup")]
    assert isinstance(wish_actions.answer(db, much)[0], NotEnough)
    assert ways == [CLOSED]
    for number in range(3):
        both = [crowd.wish("more", 6), crowd.wish(f"d{number}", 1, sku="bowl")]
        told = wish_actions.answer(db, both)
        assert [type(one) for one in told] == [NotEnough, bytes], "each is refused by the decision"
    assert ways == [CLOSED, OPEN, OPEN], "one batch passes by, as ever"
    for key in ("w", "v"):
        wish_actions.answer(db, [crowd.wish(key, 1)])
    assert ways == [CLOSED, OPEN, OPEN, OPEN], "w was held, so v need not be looked at"
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_a_shelf_near_its_rules_is_looked_at_by_itself(db, ways):
    """The rule beats the node's buffer: beyond it there is something that the sum does not see."""
    with db.transaction() as tx:
        tx.execute(f"{rule()};update node set buffer_units = 2 where code = 'PAR'")
    assert isinstance(wish_actions.answer(db, [crowd.wish("w", 3)])[0], bytes)
    assert ways == [CLOSED]
    plain, others = wish_ways.detours(db).parted([crowd.wish("m"), crowd.wish("b", sku="bowl")])
    assert [one.body.id for one in plain] == ["b"]
    assert [one.body.id for one in others] == ["m"]


def test_a_wish_that_came_first_does_not_lose_what_it_shares_with_a_later_one(db, ways):
    wish_actions.answer(db, [crowd.wish("much", 99), crowd.wish("rest", 4)])
    batch = [
        crowd.wish("first", 1, "mug", sku="bowl"),
        crowd.wish("later"),
        crowd.wish("c", sku="cup"),
    ]
    wish_ways.detours(db).were_looked_at((), {("bowl", "PAR")})
    told = wish_actions.answer(db, batch)
    assert [type(one) for one in told] == [bytes, NotEnough, bytes]


@pytest.mark.parametrize(
    ("because", "batch", "detoured"),
    [
        ("its shelf is doubtful", [crowd.wish("w")], "w"),
        ("another's is", [crowd.wish("w", sku="cup")], ""),
        ("it shares one with a wish before it", [crowd.wish("w", 1, "cup"), crowd.wish("v", sku="cup")], "wv"),
        ("it came before that", [crowd.wish("v", sku="cup"), crowd.wish("w", 1, "cup")], "w"),
        ("and so on", [crowd.wish("w", 1, "cup"), crowd.wish("v", 1, "bowl", sku="cup"), crowd.wish("u", sku="bowl")], "wvu"),
        ("its channel is unknown", [crowd.wish("w", sku="cup", channel="nowhere")], "w"),
        ("it was answered", [crowd.wish("k", sku="cup")], "k"),
        ("who was answered takes nothing more", [crowd.wish("k", sku="cup"), crowd.wish("v", sku="cup")], "k"),
    ],
)  # fmt: skip
def test_who_goes_by_itself(because, batch, detoured):
    detours = wish_ways.Detours()
    detours.were_looked_at((), {("mug", "PAR"), "nowhere"})
    detours.were_answered(["k"])
    plain, others = detours.parted(batch)
    assert "".join(one.body.id for one in others) == detoured, because
    assert len(plain) + len(others) == len(batch)


def test_a_refused_wish_says_nothing_of_shelves_that_were_not_why(db, ways):
    """Of two lines, one has too little; and a channel that nobody knows is no fault of a shelf."""
    batch = [crowd.wish("w", 99, "cup"), crowd.wish("v", sku="bowl", channel="nowhere")]
    wish_actions.answer(db, batch)
    again = [crowd.wish("x", sku="cup"), crowd.wish("y", sku="bowl"), crowd.wish("z"), crowd.wish("n", channel="nowhere")]  # fmt: skip
    plain, others = wish_ways.detours(db).parted(again)
    assert [one.body.id for one in plain] == ["x", "y"]
    assert [one.body.id for one in others] == ["z", "n"]


def test_what_a_later_part_fails_on_is_told_to_its_own(db, ways, monkeypatch):
    """The others are held by then, and it would be a lie to tell them that they may not be."""
    wish_ways.detours(db).were_looked_at((), {("cup", "PAR")})
    batch = [crowd.wish("c", sku="cup"), crowd.wish("m")]

    def lost(*_):
        raise Unavailable(retry_after_s=2)

    with monkeypatch.context() as patched:
        patched.setattr(wish_actions, "_together", lost)
        told = wish_actions.answer(db, batch)
        assert isinstance(told[0], Unavailable)
        assert isinstance(told[1], bytes)
        with pytest.raises(Unavailable):
            wish_actions.answer(db, [crowd.wish("d", sku="cup")])
    again = wish_actions.answer(db, batch)
    assert again[1] == told[1]
    assert isinstance(again[0], bytes)


def test_two_batches_on_one_shelf_leave_what_is_kept_back(db, ways):
    with db.transaction() as tx:
        tx.execute("update node set buffer_units = 2 where code = 'PAR'")
    batches = [[crowd.wish(f"{name}{number}") for number in range(2)] for name in "ab"]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda batch: wish_actions.answer(db, batch), batches))
    assert sum(isinstance(one, bytes) for batch in told for one in batch) == 3
    with db.transaction() as tx:
        assert world.audit(tx) == []


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
                "select subject, node, data from happening where type = 'reservation.made' order by seq"
            ).fetchall()
            levels = tx.execute(
                "select subject, node, data from happening where type = 'stock.level.changed'"
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
    monkeypatch.setattr(wish_ways.ShortWay, "is_tried", lambda _: False)
    assert left(wishes) == short
    assert ways == [OPEN], "what was answered before says nothing of the shelves"


def test_the_short_way_is_passed_by_for_longer_each_time_that_it_was_closed():
    way, tried = wish_ways.ShortWay(), []
    for batch in range(400):
        if way.is_tried():
            tried.append(batch)
            way.was_closed()
    assert tried[:6] == [0, 2, 5, 10, 19, 36]
    assert tried[-1] - tried[-2] == wish_ways.PASSED_BY + 1
    while not way.is_tried():
        pass
    way.was_open()
    assert way.is_tried()
