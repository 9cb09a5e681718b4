"""Random histories of a wave: taken, given back, scanned, missed, cancelled; it always adds up."""

import random

import pytest

import world
from noria.kit.db import savepoint
from noria.kit.errors import Refusal
from noria.orders import views as orders
from noria.orders.model import Stage
from noria.work import actions, fact_actions, views
from noria.work.fact_model import Finish, GiveBack, Missing, PutBack, Scan, ShortReason
from noria.work.model import NewPlan, Take
from world import ACTOR, MONDAY

PEOPLE = ("person:nina", "person:tom")
SKUS = ("mug", "cup", "bowl")
ORDERS = ("o1", "o2", "o3")
STEPS = 40
WAVES: list[str] = []
"""Those that were planned first."""


@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_a_wave_adds_up(retail, seed):
    chance = random.Random(seed)
    world.shelve(retail, "PAR", mug=9, cup=9, bowl=9)
    world.shelve(retail, "LYS", mug=3, cup=3, bowl=3)
    for key in ORDERS:
        world.accept(retail, world.order(key, **{sku: chance.randint(1, 3) for sku in SKUS}))
    WAVES[:] = actions.plan(retail, "W", NewPlan(node="PAR"), actor=ACTOR, now=MONDAY).waves
    done = set()
    for number in range(STEPS):
        step = chance.choice(
            (takes, scans, scans, scans, puts_back, misses, finishes, finishes, gives_back, cancels)
        )
        try:
            with savepoint(retail):
                step(retail, f"s{number}", chance)
        except Refusal:
            continue
        assert world.audit(retail) == [], f"seed {seed}, step {number}, {step.__name__}"
        holders = retail.execute(
            "select count(*) from wave_claim where ended_at is null"
        ).fetchone()
        assert holders[0] == len(
            views.waves(retail, now=MONDAY, whose=views.Whose.TAKEN, is_open=False)
        )
        open_ = {task.id for task in views.tasks(retail, now=MONDAY, nodes=["PAR"], limit=None)}
        assert not done & open_, "what is done stays done"
        done |= {f"leg:{key}.1" for key in ORDERS if orders.leg(retail, f"{key}.1").picked_at}
        for task, parts in actions.parts_of(retail, sorted(open_)).items():
            assert all(0 <= part.left <= part.units for part in parts), task


def tell(tx, fact, chance):
    fact_actions.tell(
        tx, [fact], actor=chance.choice(PEOPLE), now=MONDAY,
        must=lambda node: None, may_for_others=lambda node: False,
    )  # fmt: skip


def takes(tx, key, chance):
    [*waves] = views.waves(tx, now=MONDAY)
    wave = chance.choice(waves).id if waves and chance.random() < 0.5 else None
    wanted = Take(id=key, wave=wave, node=None if wave else "PAR")
    actions.take(tx, wanted, actor=chance.choice(PEOPLE), now=MONDAY, must=lambda node: None)


def scans(tx, key, chance):
    task = f"leg:{chance.choice(ORDERS)}.1" if chance.random() < 0.5 else None
    tell(tx, Scan(
        id=key, happened_at=MONDAY, task=task, wave=None if task else WAVES[0], sku=chance.choice(SKUS),
        quantity=chance.randint(1, 3),
    ), chance)  # fmt: skip


def puts_back(tx, key, chance):
    tell(tx, PutBack(id=key, happened_at=MONDAY, scan=f"s{chance.randint(0, STEPS)}"), chance)


def misses(tx, key, chance):
    tell(tx, Missing(
        id=key, happened_at=MONDAY, task=f"leg:{chance.choice(ORDERS)}.1", sku=chance.choice(SKUS), quantity=1,
        reason=chance.choice(tuple(ShortReason)),
    ), chance)  # fmt: skip


def finishes(tx, key, chance):
    tell(tx, Finish(id=key, happened_at=MONDAY, task=f"leg:{chance.choice(ORDERS)}.1"), chance)


def gives_back(tx, key, chance):
    tell(
        tx,
        GiveBack(id=key, happened_at=MONDAY, wave=WAVES[0], is_put_back=chance.random() < 0.3),
        chance,
    )


def cancels(tx, key, chance):
    order = chance.choice(ORDERS)
    if orders.order(tx, order).stage is not Stage.DELIVERED:
        world.cancel(tx, order, **{chance.choice(SKUS): 1})
