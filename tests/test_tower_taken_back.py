"""Legs that were not sent as planned, counted by why; and learning that is asked for."""

from datetime import timedelta

import world
from caller import calling
from noria.conduct import actions as conduct
from noria.conduct.model import Decline, Why
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit.auth import Permission
from noria.network.model import NodeKind
from noria.orders import reroute_actions
from noria.orders.model import Reroute
from noria.partners import actions as partners
from noria.partners.model import Partner, PartnerKind
from noria.tower import views
from world import ACTOR, MONDAY


def leg_of(tx, order):
    [(leg,)] = tx.execute(
        "select id from leg where order_id = %s and withdrawn_at is null", [order]
    ).fetchall()
    return leg


def test_each_leg_that_was_taken_back_has_one_reason(retail):
    tx = retail
    world.network.save_nodes(tx, [world.node("DROP", NodeKind.SUPPLIER)], actor=ACTOR, now=MONDAY)
    whose = Partner(code="ATELIER", name="A", kind=PartnerKind.SUPPLIER, nodes=("DROP",))
    partners.save(tx, whose, actor=ACTOR, now=MONDAY)
    world.shelve(tx, "DROP", cup=9)
    world.shelve(tx, "PAR", mug=9, bowl=1)
    for key, units in (
        ("o1", {"cup": 1}),
        ("o2", {"bowl": 1}),
        ("o3", {"mug": 1}),
        ("o4", {"mug": 1}),
        ("o5", {"cup": 2}),
    ):
        world.accept(tx, world.order(key, **units))
    conduct.decline(tx, [Decline(id=leg_of(tx, "o1"), why=Why.TOO_BUSY)], actor=ACTOR, now=MONDAY)
    missing = ShortLine(sku="bowl", quantity=1, reason=ShortReason.NOT_FOUND)
    world.pick(tx, leg_of(tx, "o2"), missing)
    again = Reroute(legs=(leg_of(tx, "o3"),), reason="flooded")
    reroute_actions.reroute(tx, again, actor=ACTOR, now=MONDAY)
    world.cancel(tx, "o4", mug=1)
    told = views.summary(tx)
    assert told.taken_back == {
        "declined": 1, "short": 1, "rerouted": 1, "cancelled": 1,
    }  # fmt: skip
    assert told.sent_from == {"supplier": 2}, "what was taken back is sent from nowhere"


def test_learning_is_asked_for_and_done_once(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
        world.accept(tx, world.order(mug=1))
        world.send(tx, leg_of(tx, "o1"), now=MONDAY + timedelta(days=1))
    with calling(db, Permission.PROMISE_WRITE, Permission.PROMISE_READ) as client:
        once = {"Idempotency-Key": "monday"}
        first = client.post("/v1/promises/learning", headers=once)
        assert first.status_code == 200, first.text
        assert client.post("/v1/promises/learning", headers=once).json() == first.json()
        assert client.post("/v1/promises/learning").json()["run"] > first.json()["run"]
    with calling(db, Permission.PROMISE_READ) as client:
        assert client.post("/v1/promises/learning").status_code == 403
