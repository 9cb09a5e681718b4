"""After any history, memory answers each question as the database does, to the unit."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

import crowd
import world
from caller import database
from noria.catalog import actions as catalog
from noria.catalog.model import Channel
from noria.kit import clock
from noria.kit.errors import Refusal
from noria.network.model import Spot
from noria.promise import actions, atp_actions, atp_rules, atp_views
from noria.promise.atp_model import Curve, Expected
from noria.promise.matrix import Matrix
from noria.promise.matrix_check import compare
from noria.supply import actions as supply
from noria.supply.model import NewPurchase, PurchaseLine
from test_promise_matrix import until
from world import ACTOR

SKUS, NODES = ["bowl", "cup", "mug", "poster"], ["LYS", "PAR", "PRINT", "SHOP"]
CHANNELS = [None, "web", "tills", "elsewhere"]
HERE = Spot(45.0, 4.0)


@pytest.fixture(scope="module", params=["dense", "sparse"])
def kept(request, server, template):
    """A retailer in real time with three channels, and what memory keeps of it."""
    with database(server, template) as db:
        with db.transaction() as tx:
            world.build(tx)
            catalog.save_channel(tx, Channel(code="tills", name="Tills"), actor=ACTOR)
            for node in ("PAR", "LYS", "SHOP"):
                world.shelve(tx, node, mug=9, cup=5, bowl=1)
        matrix = Matrix(db.url, **({} if request.param == "dense" else {"dense_cells": 0}))
        matrix.feed.start()
        until(lambda: matrix.is_in_sync)
        yield db, matrix
        matrix.feed.close()


def steps(tx, chance, number):
    """One thing that happens; whatever is refused has not happened."""
    now, sku, node = clock.now(tx), chance.choice(SKUS), chance.choice(NODES)
    what = chance.choice([hold, hold, hold, release, sweep, count, rule, no_rule, wait, wait,
                          wait_no_more, node_changes, goods_change, buy, measure])  # fmt: skip
    what(tx, chance, now=now, number=number, sku=sku, node=node)


def hold(tx, chance, *, now, number, sku, node):
    seconds = chance.choice([None, 0.01, 0.3, 600])
    ends = None if seconds is None else now + timedelta(seconds=seconds)
    wish = crowd.hold(f"h{number}", chance.randint(1, 3), sku=sku, node=node, expires_at=ends)
    actions.reserve(tx, [wish], actor=ACTOR, now=now)


def release(tx, chance, *, now, number, **_):
    actions.release(tx, f"h{chance.randint(0, number)}", actor=ACTOR, now=now)


def sweep(tx, _chance, *, now, **_):
    actions.expire(tx, actor=ACTOR, now=now)


def count(tx, chance, *, now, sku, node, **_):
    if node != "PRINT":
        world.shelve(tx, node, now=now, **{sku: chance.randint(0, 12)})


def rule(tx, chance, *, now, number, sku, node):
    """Any rule that the constraints let through, straight into the table."""
    purpose = chance.choice(["buffer", "safety", "protection", "threshold"])
    goods = chance.choice([{}, {"sku": sku}, {"category": chance.choice(["a", "b"])}])
    place = chance.choice(
        [{}, {"node": node}, {"node_kind": chance.choice(["store", "warehouse"])}]
    )
    whose = chance.choice(["web", "tills"] + ([] if purpose == "protection" else [None, None]))
    amount = {"days": 2} if chance.random() < 0.05 else {"units": chance.randint(0, 4)}
    first = now.date() + timedelta(days=chance.choice([-9, -1, 0, 1]))
    columns = {
        "id": f"r{number}", "purpose": purpose, "reason": "chance", "channel": whose,
        "below_accuracy": 0.9 if purpose == "safety" else None, "changed_at": now,
        "valid_from": chance.choice([None, first]),
        "valid_until": chance.choice([None, None, first + timedelta(days=chance.choice([0, 9]))]),
    } | goods | place | amount  # fmt: skip
    tx.execute(
        f"insert into keep_back ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})",
        list(columns.values()),
    )


def no_rule(tx, chance, **_):
    tx.execute(
        "delete from keep_back where id in (select id from keep_back order by md5(id || %s) limit 2)",
        [str(chance.random())],
    )


def wait(tx, chance, *, now, number, sku, node):
    where = chance.choice([None, None, node])
    due = chance.choice([None, now.date() + timedelta(days=3)])
    one = Expected(demand=f"order:w{number % 5}", line=1, sku=sku, units=chance.randint(1, 4),
                   channel="web", node=where, due=due)  # fmt: skip
    atp_actions.expect(tx, [one.demand], [one], now=now)


def wait_no_more(tx, chance, **_):
    tx.execute("delete from expected_demand where demand = %s", [f"order:w{chance.randint(0, 4)}"])


def node_changes(tx, chance, *, node, **_):
    tx.execute(
        "update node set buffer_units = %s, is_open = %s where code = %s",
        [chance.randint(0, 2), chance.random() < 0.8, node],
    )


def goods_change(tx, chance, *, sku, **_):
    tx.execute("update sku set category = %s where code = %s", [chance.choice(["", "a", "b"]), sku])
    if chance.random() < 0.1:
        supply.set_made(tx, "PRINT", chance.sample(SKUS, 2))


def buy(tx, chance, *, now, number, sku, **_):
    if chance.random() < 0.2:
        new = NewPurchase(supplier="Atelier", node="PAR", ordered_at=now,
                          expected_on=now.date() + timedelta(days=2),
                          lines=(PurchaseLine(sku=sku, quantity=5),))  # fmt: skip
        supply.buy(tx, f"p{number}", new)
    tx.execute("update purchase_order set closed_at = now() where id = %s", [f"p{number - 40}"])


def measure(tx, chance, *, now, node, **_):
    tx.execute(
        "insert into node_accuracy (node, lowest, measured_at) values (%s, %s, %s)"
        " on conflict (node) do update set lowest = excluded.lowest",
        [node, chance.choice([0.5, 0.95]), now],
    )


def questions(db, matrix, chance):
    """Random questions as (which, from memory, from the database); None: memory does not know."""
    skus = chance.sample(SKUS, chance.randint(1, 4))
    nodes = chance.choice([None, None, chance.sample(NODES, 2)])
    channel = chance.choice(CHANNELS)
    matrix._asked.clear()
    matrix._asked.update({(sku, node): 1 << 62 for sku in SKUS for node in NODES})  # no doubts
    yield (
        f"available {skus} {nodes} {channel}",
        matrix.available(skus, nodes, channel),
        db.run(lambda tx: atp_views.visible(tx, skus, nodes, channel=channel)),
    )
    near = {"nodes": nodes, "channel": channel, "kinds": ["store", "warehouse"], "within_km": 500,
            "limit": 3}  # fmt: skip
    yield (
        f"near {skus[0]} {near}",
        matrix.near(skus[0], HERE, **near),
        db.run(lambda tx: atp_views.near(tx, skus[0], HERE, shopper=None, **near)),
    )
    yield (
        f"curves {skus} {nodes} {channel}",
        matrix.curves(skus, nodes, channel, lambda today: (today, today)),
        db.run(lambda tx: curves(tx, skus, nodes, channel)),
    )


def curves(tx, skus, nodes, channel):
    now = clock.now(tx)
    picture = atp_views.picture(
        tx, skus, channel=channel, shopper=None, now=now, until=now.date() + timedelta(days=60)
    )
    return [
        Curve(sku=sku, node=node, channel=channel, steps=list(steps))
        for (sku, node), steps in atp_rules.curves(picture, skus, nodes).items()
    ]


@pytest.mark.parametrize("seed", range(2))
def test_memory_and_the_database_say_the_same(kept, seed):
    db, matrix = kept
    chance = random.Random(seed)
    known = asked = 0
    for number in range(seed * 1000, seed * 1000 + 180):
        with suppress(Refusal):
            db.run(lambda tx, number=number: steps(tx, chance, number))
        if number % 6:
            continue
        found = next(one for _ in range(20) if (one := compare(db, matrix, SKUS)) is not None)
        assert found.differences == [], number
        for attempt in range(20):  # a hold may end between two answers
            state = chance.getstate()
            answers = list(questions(db, matrix, chance))
            wrong = [one for one in answers if one[1] is not None and one[1][0] != one[2]]
            if not wrong:
                break
            assert attempt < 19, wrong
            chance.setstate(state)
        asked += len(answers)
        known += sum(one[1] is not None for one in answers)
    assert known > asked / 4, "memory knew the answer often enough for this to mean something"
    assert matrix.feed.misses == 0
