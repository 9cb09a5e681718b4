"""Batches of wishes that follow each other on a belt: each decided in its turn, each its own."""

import asyncio
import random
import socket
from contextlib import asynccontextmanager

import msgspec
import psycopg
import pytest
from msgspec import structs

import crowd
import world
from noria.kit import clock
from noria.kit.batch import GIVEN_UP_AT_ONCE
from noria.kit.burst import order
from noria.kit.errors import IdReused, Unavailable
from noria.promise import wish_actions, wish_belt, wish_store
from noria.promise import wish_rules as rules
from noria.promise.matrix_book import news
from noria.promise.model import NotEnough
from noria.promise.wish_belt import WishBelt
from noria.promise.wish_model import Kept
from noria.stock import actions as stock
from noria.stock.model import State


@pytest.fixture
def shelf(db):
    """Five mugs, and plenty of the others."""
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=5, cup=500, bowl=500)
        stock.lock(tx, [(sku, "PAR", State.RESERVED) for sku in ("mug", "cup", "bowl")])
    return db


@asynccontextmanager
async def running(db):
    belt = WishBelt(db)
    try:
        yield belt
    finally:
        belt.close()


async def behind_a_lock(db, belt, *batches):
    """All are on the belt before the first of them can be decided; what each is told."""
    with db.transaction() as tx:
        tx.execute("select from balance where sku = 'mug' and node = 'PAR' for update")
        begun = [asyncio.create_task(belt.answer(batch)) for batch in batches]
        await asyncio.to_thread(crowd.until_somebody_waits, db)
    return await asyncio.gather(*begun, return_exceptions=True)


def kinds(told):
    return [[type(one) for one in batch] for batch in told]


def test_a_batch_behind_another_is_a_transaction_of_its_own(shelf):
    async def story():
        async with running(shelf) as belt:
            await belt.answer([crowd.wish("first", sku="cup")])
            told = await behind_a_lock(
                shelf, belt, [crowd.wish("a")], [crowd.wish("b"), crowd.wish("c")]
            )
            assert kinds(told) == [[bytes], [bytes, bytes]]

    asyncio.run(story())
    with shelf.transaction() as tx:
        written = tx.execute(
            "select xmin::text from reservation where id <> 'first' order by id"
        ).fetchall()
        assert written[0] != written[1] == written[2]
        told = tx.execute(
            "select subject, (data ->> 'id') = subject from happening"
            " where type = 'reservation.made' order by seq"
        ).fetchall()
        assert told == [("first", True), ("a", True), ("b", True), ("c", True)]
        assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "batches", "told"),
    [
        ("what the first may not have is not given away behind its back",
         [[crowd.wish("a", 3), crowd.wish("b", 3)], [crowd.wish("c", 3)]], [[bytes, NotEnough], [NotEnough]]),
        ("and what it leaves is",
         [[crowd.wish("a", 3), crowd.wish("b", 3)], [crowd.wish("c", 2)]], [[bytes, NotEnough], [bytes]]),
        ("nor what it shares with what it may not have",
         [[crowd.wish("a", 6), crowd.wish("b", 5)], [crowd.wish("c", 5)]], [[NotEnough, bytes], [NotEnough]]),
        ("three in a row", [[crowd.wish("a", 6)], [crowd.wish("b", 4)], [crowd.wish("c", 4)]],
         [[NotEnough], [bytes], [NotEnough]]),
        ("an id that is under way means the same", [[crowd.wish("a", 2)], [crowd.wish("a", 2), crowd.wish("b", 3)]],
         [[bytes], [bytes, bytes]]),
        ("or it is refused", [[crowd.wish("a", 2)], [crowd.wish("a", 3)]], [[bytes], [IdReused]]),
    ],
)  # fmt: skip
def test_who_came_first_is_decided_first(shelf, because, batches, told):
    async def story():
        async with running(shelf) as belt:
            await belt.answer([crowd.wish("first", sku="cup")])
            assert kinds(await behind_a_lock(shelf, belt, *batches)) == told, because
            after = await belt.answer([crowd.wish("after", sku="cup")])
            assert isinstance(after[0], bytes), "and it goes on"

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert world.audit(tx) == []


def test_a_connection_that_is_lost_leaves_all_of_a_batch_or_nothing(shelf):
    batches = [[crowd.wish("a"), crowd.wish("b")], [crowd.wish("c")]]

    async def story():
        async with running(shelf) as belt:
            with shelf.transaction() as tx:
                tx.execute("select from balance where sku = 'mug' and node = 'PAR' for update")
                begun = [asyncio.create_task(belt.answer(batch)) for batch in batches]
                await asyncio.to_thread(crowd.until_somebody_waits, shelf)
                tx.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and wait_event_type = 'Lock'"
                )
                lost = await asyncio.gather(*begun, return_exceptions=True)
            assert [type(one) for one in lost] == [Unavailable, Unavailable]
            again = [await belt.answer(batch) for batch in batches]
            assert kinds(again) == [[bytes, bytes], [bytes]]

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert tx.execute("select count(*), sum(held) from reservation").fetchone() == (3, 3)
        assert world.audit(tx) == []


def test_a_batch_that_nobody_waits_for_any_more_holds_up_no_other(shelf):
    async def story():
        async with running(shelf) as belt:
            with shelf.transaction() as tx:
                tx.execute("select from balance where sku = 'mug' and node = 'PAR' for update")
                stuck = asyncio.create_task(belt.answer([crowd.wish("a")]))
                await asyncio.to_thread(crowd.until_somebody_waits, shelf)
                stuck.cancel()
                told = await asyncio.wait_for(belt.answer([crowd.wish("b", sku="cup")]), 20)
                assert isinstance(told[0], bytes)
            assert isinstance((await belt.answer([crowd.wish("a")]))[0], bytes)

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert world.audit(tx) == []


def test_what_is_dropped_behind_a_lock_does_not_stay_there(shelf):
    async def story():
        async with running(shelf) as belt:
            with shelf.transaction() as tx:
                await dropped_behind(tx, belt, crowd.wish("a"), waiting_then=1)
                await waiting(tx, 0)

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert tx.execute("select id from reservation").fetchall() == [], (
            "and nothing of it is done"
        )


def test_few_that_were_dropped_are_still_worked_on(shelf, monkeypatch):
    """Then batches go the long way, until one of them has ended."""
    monkeypatch.setattr(wish_belt, "BELTS_ARE", (wish_store.TELLS_ITSELF,))  # they stay longer so

    async def story():
        async with running(shelf) as belt:
            with shelf.transaction() as tx:
                for round_ in range(GIVEN_UP_AT_ONCE):
                    wish = crowd.wish(f"a{round_}")
                    await dropped_behind(tx, belt, wish, waiting_then=round_ + 1)
                assert isinstance((await belt.answer([crowd.wish("b", sku="cup")]))[0], bytes)
                assert belt._belt is None
            async with asyncio.timeout(crowd.PATIENCE_S):
                while not all(one.is_gone for one in belt._dropped):  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
            assert isinstance((await belt.answer([crowd.wish("c", sku="bowl")]))[0], bytes)
            assert belt._belt is not None

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert world.audit(tx) == []


async def dropped_behind(tx, belt, wish, *, waiting_then):
    """A batch waits for what is locked here, and is given up."""
    tx.execute("select from balance where sku = 'mug' and node = 'PAR' for update")
    stuck = asyncio.create_task(belt.answer([wish]))
    await waiting(tx, waiting_then)
    assert belt._belt is not None
    stuck.cancel()
    await asyncio.wait([stuck])


async def waiting(tx, wanted):
    """Until so many wait for a lock in this database."""
    async with asyncio.timeout(crowd.PATIENCE_S):
        while True:
            tx.execute("select pg_stat_clear_snapshot()")
            [found] = tx.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone()
            if found == wanted:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_belt_that_was_lost_while_nobody_used_it_is_made_anew(shelf, is_heard):
    """Whether the loop had the time to hear of it, or not."""

    async def story():
        async with running(shelf) as belt:
            await belt.answer([crowd.wish("a")])
            with shelf.transaction() as tx:
                [gone] = tx.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                    " where datname = current_database() and query like '%only_if(%'"
                    " and pid <> pg_backend_pid()"
                ).fetchall()
                assert gone == (True,)
            if is_heard:
                await asyncio.sleep(0.05)
            assert belt._belt.is_lost is is_heard
            assert isinstance((await belt.answer([crowd.wish("b")]))[0], bytes)

    asyncio.run(story())


def test_a_connection_that_forgot_its_statements_is_made_anew(shelf):
    async def story():
        async with running(shelf) as belt:
            await belt.answer([crowd.wish("a")])
            sick = belt._belt
            sick.post(order("deallocate all"))
            await sick.send()
            for key in ("b", "c", "d", "e"):
                assert isinstance((await belt.answer([crowd.wish(key)]))[0], bytes)
            assert belt._belt is not sick

    asyncio.run(story())


def test_what_a_broken_batch_did_not_prepare_is_prepared_behind_it(shelf):
    """The very first batch of a connection breaks while the next is queued already."""

    async def story():
        async with running(shelf) as belt:
            told = await behind_a_lock(
                shelf, belt, [crowd.wish("a", 6)], [crowd.wish("b", sku="cup")]
            )
            assert kinds(told) == [[NotEnough], [bytes]]
            first = belt._belt
            await belt.answer([crowd.wish("c", sku="cup")])
            assert belt._belt is first

    asyncio.run(story())


def test_what_breaks_at_its_commit_is_told_so(shelf):
    with shelf.transaction() as tx:
        tx.execute("""
            create function no_bad() returns trigger language plpgsql as $$
            begin
                if new.id = 'bad' then raise exception 'no'; end if;
                return null;
            end $$""")
        tx.execute(
            "create constraint trigger no_bad after insert on reservation"
            " deferrable initially deferred for each row execute function no_bad()"
        )

    async def story():
        async with running(shelf) as belt:
            told = await behind_a_lock(
                shelf, belt, [crowd.wish("bad"), crowd.wish("a")], [crowd.wish("b")]
            )
            assert [type(one) for one in told] == [psycopg.errors.RaiseException, list]
            assert kinds(told[1:]) == [[bytes]]

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert tx.execute("select id from reservation").fetchall() == [("b",)]
        assert world.audit(tx) == []


def test_a_batch_is_more_than_a_socket_takes(shelf):
    """Of which half is still to be written when the first of it is answered."""
    long = [crowd.wish(f"w{number}", sku="cup", demand="x:" + "y" * 120) for number in range(480)]

    async def story():
        async with running(shelf) as belt:
            await belt.answer([crowd.wish("first", sku="bowl")])
            belt._belt._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
            with shelf.transaction() as tx:
                tx.execute("select from balance where sku = 'cup' and node = 'PAR' for update")
                begun = [asyncio.create_task(belt.answer(long[at : at + 240])) for at in (0, 240)]
                await asyncio.to_thread(crowd.until_somebody_waits, shelf)
                assert belt._belt._is_full
            async with asyncio.timeout(crowd.PATIENCE_S):
                told = await asyncio.gather(*begun)
            assert kinds(told) == [[bytes] * 240] * 2

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert tx.execute("select sum(held) from reservation").fetchone() == (481,)


def test_in_any_crowd_each_gets_what_its_turn_gives(shelf):
    """As if each had come alone, in the order in which they came."""
    chance = random.Random(11)
    left = {"mug": 5, "cup": 500, "bowl": 500}
    batches, due = [], {}
    for number in range(24):
        batch = []
        for place in range(chance.randint(1, 6)):
            sku = chance.choice(["mug", "cup", "bowl"])
            units = chance.choice([1, 1, 2, 60]) if sku != "mug" else chance.choice([1, 2])
            wish = crowd.wish(f"w{number}-{place}", units, sku=sku)
            due[wish.body.id] = left[sku] >= units
            left[sku] -= units if due[wish.body.id] else 0
            batch.append(wish)
        batches.append(batch)

    async def story():
        async with running(shelf) as belt:
            return await asyncio.gather(*map(belt.answer, batches))

    for batch, told in zip(batches, asyncio.run(story()), strict=True):
        for wish, one in zip(batch, told, strict=True):
            assert isinstance(one, bytes) is due[wish.body.id], wish.body
            assert not due[wish.body.id] or msgspec.json.decode(one, type=Kept).id == wish.body.id
    with shelf.transaction() as tx:
        found = dict(
            tx.execute("select sku, quantity from balance where state = 'available'").fetchall()
        )
        assert {sku: found[sku] for sku in left} == left
        assert world.audit(tx) == []


ODD = "\"\\'{}[],;:%$&@<>|~`^*\x01\x02\x07\x08\x0e\x1b\x7f\x80\x9fNULnul\u00e9\u0301\u200b\u200d\u202e\ufeff\ufffd\uffff\U0001f469\U0010ffff"  # fmt: skip
"""What may stand in a demand: signs that a format gives a meaning to, and some that none prints."""


def test_whatever_is_said_is_told_and_kept_as_it_was(shelf):
    chance = random.Random(3)
    said = {
        f"w{number}": "x:" + "".join(chance.choices(ODD, k=chance.randint(1, 99)))
        for number in range(300)
    }
    wishes = [crowd.wish(key, sku="cup", demand=demand) for key, demand in said.items()]

    async def story():
        async with running(shelf) as belt:
            return await belt.answer(wishes[:200])

    told = asyncio.run(story())
    told += wish_actions.answer(shelf, wishes[200:], is_short_way_tried=False)
    assert {one["id"]: one["demand"] for one in map(msgspec.json.decode, told)} == said
    with shelf.transaction() as tx:
        assert dict(tx.execute("select id, demand from reservation").fetchall()) == said
        heard = tx.execute(
            "select subject, data ->> 'demand' from happening where type = 'reservation.made'"
        ).fetchall()
        assert dict(heard) == said
        causes = tx.execute(
            "select coalesce(own_cause, cause) from move_part join movement on movement.id = movement_id"
            " where kind = 'reserved'"
        ).fetchall()
        assert sorted(cause for (cause,) in causes) == sorted(said.values())


def test_memories_are_told_the_same_either_way(shelf):
    """By triggers, out of the rows; and by the belt, which knows them: with one line of news or many."""
    with shelf.transaction() as tx:
        clock.start_driving(tx, world.MONDAY)

    def batch(name):
        wishes = [
            crowd.wish(f"{name}{number}", sku=sku)
            for number, sku in enumerate(["cup", "bowl", "cup"])
        ]
        return [
            *wishes,
            for_minutes(crowd.wish(f"{name}.", 2, sku="cup"), 30),
            crowd.wish(f"{name}-", 1, "bowl"),
        ]

    async def story():
        async with running(shelf) as belt:
            assert kinds([await belt.answer(batch("b"))]) == [[bytes] * 5]

    said = [
        heard(shelf, lambda: wish_actions.answer(shelf, batch("a"))),
        heard(shelf, lambda: asyncio.run(story())),
    ]
    assert said[0] == said[1]
    assert {one.units for one in said[0]} >= {-4, -2}, "shelves"
    assert len({one.ends_at for one in said[0]}) == 3, "and holds with two ends"


def for_minutes(asked, minutes):
    return structs.replace(asked, body=structs.replace(asked.body, minutes=minutes))


def heard(db, does):
    """What is told while something is done, in any order."""
    with psycopg.connect(db.url, autocommit=True) as listener:
        listener.execute("listen noria_promise")
        does()
        bodies = [one.payload.partition("\n")[2] for one in listener.notifies(timeout=0.2)]
    changes = [change for body in bodies for change in news(body).changes]
    return sorted(changes, key=lambda one: (one.what.value, one.sku, one.units, one.ends_at))


def test_what_is_told_of_many_shelves_is_told_in_parts_that_fit(shelf):
    many = {(f"sku-{number:050}", "PAR", State.AVAILABLE): -1 for number in range(400)}
    [take] = [wish_store.ask_take([rules.settled(crowd.wish("w"))], many, prefix="p")]
    parts = take.values[-2].decode().split('","')
    assert sum(part.count(" PAR -1") for part in parts) == 400
    assert max(map(len, parts)) < 7_700 < len("".join(parts))
