"""Batches of wishes that follow each other on a belt: each decided in its turn, each its own."""

import asyncio
import random
from contextlib import asynccontextmanager

import msgspec
import pytest

import crowd
import world
from noria.kit.errors import IdReused, Unavailable
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


def test_a_batch_is_more_than_a_socket_takes(shelf):
    """Of which half is still to be written when the first of it is answered."""
    long = [crowd.wish(f"w{number}", sku="cup", demand="x:" + "y" * 120) for number in range(480)]

    async def story():
        async with running(shelf) as belt:
            told = await asyncio.gather(*(belt.answer(long[at : at + 240]) for at in (0, 240)))
            assert all(isinstance(one, bytes) for batch in told for one in batch)

    asyncio.run(story())
    with shelf.transaction() as tx:
        assert tx.execute("select sum(held) from reservation").fetchone() == (480,)


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
