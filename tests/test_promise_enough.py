"""Whether there is enough, as the short way asks it, beside the one decision about wishes."""

import random
from datetime import date

import psycopg
import pytest

import world
from noria.kit import clock
from noria.kit.burst import alone
from noria.promise import wish_rules as rules
from noria.promise import wish_store as store
from noria.promise import wish_views as views
from noria.promise.model import Hold
from noria.promise.wish_model import Wish

SKUS, NODES, CHANNELS = ("bowl", "cup", "mug"), ("LYS", "PAR", "SHOP"), (None, "outlet", "web")
PAIRS = [(sku, node) for sku in SKUS for node in NODES]
KINDS = ("store", "warehouse")
ROUNDS = 150


@pytest.fixture
def shop(retail):
    """Two categories, three channels, and ten of each SKU at each of three nodes."""
    clock.start_driving(retail, world.MONDAY)
    retail.execute("update sku set category = case when code = 'mug' then 'lamps' else 'cups' end")
    retail.execute("insert into channel (code, name) select 'outlet', 'Outlet'")
    for node in NODES:
        world.shelve(retail, node, **dict.fromkeys(SKUS, 10))
    return retail


def dice_rule(dice, number):
    """A rule of any purpose, about any goods, places and channel."""
    goods = dice.choice(
        [("sku", dice.choice(SKUS)), ("category", dice.choice(["cups", "lamps"])), None]
    )
    place = dice.choice([("node", dice.choice(NODES)), ("node_kind", dice.choice(KINDS)), None])
    row = dict(one for one in (goods, place) if one)
    row |= {"reason": "tried", "changed_at": world.MONDAY}
    if dice.random() < 0.2:
        row["valid_until"] = date(2026, 11, dice.choice([22, 23]))
    table = dice.choice(["keep_back", "keep_back", "assortment_rule", "channel_network"])
    if table == "assortment_rule":
        return table, row | {"id": f"r{number}", "channel": dice.choice(CHANNELS[1:]),
                             "is_sold": dice.random() < 0.7}  # fmt: skip
    if table == "channel_network":
        for name in ("sku", "category", "node", "node_kind"):
            row.pop(name, None)
        return table, row | {"id": f"r{number}", "channel": dice.choice(CHANNELS[1:]),
                             "nodes": dice.sample(NODES, dice.randint(0, 2)),
                             "node_kinds": dice.sample(KINDS, 1)}  # fmt: skip
    purpose = dice.choice(["buffer", "safety", "protection", "threshold"])
    row |= {"id": f"r{number}", "purpose": purpose, "units": dice.randint(0, 4)}
    if dice.random() < 0.1:
        row |= {"units": None, "days": 3}
    if purpose == "safety":
        row["below_accuracy"] = 0.9
    row["channel"] = dice.choice(CHANNELS[1:] if purpose == "protection" else CHANNELS)
    return table, row


def insert(tx, table, row):
    names, values = ", ".join(row), ", ".join(["%s"] * len(row))
    tx.execute(f"insert into {table} ({names}) values ({values})", list(row.values()))


def is_held_whole(tx, wishes, there):
    """As the decision sees it."""
    channels = {wish.holds[0].channel for wish in wishes}
    facts = alone(tx, store.ask(PAIRS, channels=channels, shoppers=()))
    shelves = views.shelves(tx, facts, there, PAIRS, channels)
    grants = rules.grant(wishes, shelves)
    return [getattr(one, "holds", None) for one in grants] == [wish.holds for wish in wishes]


def dice_wish(dice, number):
    sku, node = dice.choice(PAIRS)
    hold = Hold(
        id=f"w{number}", demand="cart:w", sku=sku, node=node, quantity=dice.randint(1, 4),
        expires_at=world.MONDAY, channel=dice.choice(CHANNELS),
    )  # fmt: skip
    return Wish([hold])


def test_where_there_is_enough_the_decision_holds_all(shop):
    """Of random rules, buffers, demand that waits and wishes; and mostly there is enough."""
    there = dict.fromkeys(PAIRS, 10)
    seen = {(is_enough, is_whole): 0 for is_enough in (True, False) for is_whole in (True, False)}
    for seed in range(ROUNDS):
        dice = random.Random(seed)
        with shop.transaction():
            for number in range(dice.randint(0, 5)):
                insert(shop, *dice_rule(dice, number))
            buffer = dice.choice([0, 0, 2])
            shop.execute("update node set buffer_units = %s where code = 'PAR'", [buffer])
            if dice.random() < 0.3:
                insert(shop, "expected_demand", {
                    "demand": "order:o", "line": 1, "sku": dice.choice(SKUS), "units": dice.randint(1, 9),
                    "channel": "web", "node": dice.choice([*NODES, None]), "since": world.MONDAY,
                })  # fmt: skip
            wishes = [dice_wish(dice, number) for number in range(dice.randint(1, 3))]
            is_whole = is_held_whole(shop, wishes, there)
            taken = [(hold.quantity, hold.sku, hold.node) for wish in wishes for hold in wish.holds]
            with shop.cursor() as cursor:
                cursor.executemany(
                    "update balance set quantity = quantity - %s"
                    " where sku = %s and node = %s and state = 'available'",
                    taken,
                )
            [is_enough] = shop.execute(
                "select is_enough(%s, %s, %s)",
                [
                    [sku for _, sku, _ in taken],
                    [node for _, _, node in taken],
                    sorted({hold.channel for wish in wishes for hold in wish.holds} - {None}),
                ],
            ).fetchone()
            assert is_whole or not is_enough, f"seed {seed}"
            seen[is_enough, is_whole] += 1
            raise psycopg.Rollback
    assert min(seen[True, True], seen[False, False]) > ROUNDS // 20, seen
    assert seen[False, True] < seen[True, True], f"little is enough: {seen}"


@pytest.mark.parametrize(
    ("because", "nodes", "kinds", "is_enough"),
    [
        ("it lists the node", ["PAR"], [], True),
        ("it lists its kind", [], ["warehouse"], True),
        ("it lists others", ["LYS"], ["store"], False),
    ],
)
def test_a_network_keeps_everything_where_it_does_not_list(shop, because, nodes, kinds, is_enough):
    insert(shop, "channel_network", {
        "id": "n", "channel": "web", "nodes": nodes, "node_kinds": kinds, "reason": "tried",
        "changed_at": world.MONDAY,
    })  # fmt: skip
    [found] = shop.execute("select is_enough('{mug}', '{PAR}', '{web}')").fetchone()
    assert found is is_enough, because
    [found] = shop.execute("select is_enough('{mug}', '{PAR}', '{outlet}')").fetchone()
    assert found, "another channel has no network"
