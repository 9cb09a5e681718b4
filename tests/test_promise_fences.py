"""Which nodes serve a channel, what it sells from where, and how far a node is trusted."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling, database
from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Exclusion
from noria.kit import clock
from noria.kit.errors import Invalid, UnknownCodes
from noria.network.model import NodeKind
from noria.promise import actions as promises
from noria.promise import atp_views, fence_actions, fence_rules, keep_back_actions, views
from noria.promise.fence_model import (
    AssortmentRule,
    ChannelNetwork,
    ChannelOpens,
    Doubt,
    Missed,
    Trust,
)
from noria.promise.keep_back_model import KeepBack, Purpose
from noria.promise.model import Hold, NotEnough
from world import ACTOR, MONDAY

WEB = ChannelNetwork(id="web", channel="web", nodes=("PAR",), reason="the site is served by Paris")
YESTERDAY, TODAY, TOMORROW = -1, 0, 1
BULKY = AssortmentRule(id="bulky", channel="web", sku="mug", is_sold=False, reason="bulky")


@pytest.fixture
def tx(retail):
    for node in ("PAR", "LYS", "SHOP"):
        world.shelve(retail, node, mug=5)
    catalog.save_channel(retail, Channel(code="till", name="Tills"), actor=ACTOR)
    return retail


def network(tx, **changes):
    fence_actions.save_network(tx, structs.replace(WEB, **changes), actor=ACTOR, now=MONDAY)


def rule(tx, **changes):
    fence_actions.save_assortment(tx, structs.replace(BULKY, **changes), actor=ACTOR, now=MONDAY)


def sees(tx, channel, sku="mug"):
    return [one.node for one in views.available(tx, [sku], channel=channel)]


def test_a_channel_is_served_by_its_networks_alone(tx):
    assert sees(tx, "web") == ["LYS", "PAR", "SHOP"], "without a network every node serves"
    network(tx)
    assert sees(tx, "web") == ["PAR"]
    assert sees(tx, "till") == ["LYS", "PAR", "SHOP"], "it is about the one channel"
    network(tx, id="web-2", nodes=(), node_kinds=(NodeKind.STORE,))
    assert sees(tx, "web") == ["PAR", "SHOP"], "several add up"
    fence_actions.end_network(tx, "web-2", actor=ACTOR)
    with pytest.raises(ChannelOpens):
        fence_actions.end_network(tx, "web", actor=ACTOR)
    fence_actions.end_network(tx, "web", actor=ACTOR, opens=True)
    assert sees(tx, "web") == ["LYS", "PAR", "SHOP"]


@pytest.mark.parametrize(
    ("because", "others", "change", "is_refused"),
    [
        ("it would be over", [], {"valid_until": YESTERDAY}, True),
        ("it would begin later", [], {"valid_from": TOMORROW}, True),
        ("it would be another channel's", [], {"channel": "till"}, True),
        ("others serve", [], {"nodes": ("LYS",), "valid_until": TODAY}, False),
        ("another says so too", [{}], {"valid_until": YESTERDAY}, False),
        ("the other is over", [{"valid_until": YESTERDAY}], {"valid_until": YESTERDAY}, True),
        ("the other is to come", [{"valid_from": TOMORROW}], {"channel": "till"}, True),
        ("the other is of other tills", [{"channel": "till"}], {"valid_from": TOMORROW}, True),
    ],
)
def test_the_last_network_of_today_is_not_changed_away_unawares(
    tx, because, others, change, is_refused
):
    today = clock.now(tx).date()

    def dated(changes):
        return {name: today + timedelta(days=said) if isinstance(said, int) else said
                for name, said in changes.items()}  # fmt: skip

    network(tx)
    for number, other in enumerate(others):
        network(tx, id=f"web-{number}", **dated(other))
    if is_refused:
        with pytest.raises(ChannelOpens):
            network(tx, **dated(change))
        assert sees(tx, "web") == ["PAR"], because
    fence_actions.save_network(
        tx, structs.replace(WEB, **dated(change)), actor=ACTOR, now=MONDAY, opens=is_refused
    )


def test_a_network_holds_in_its_time(tx):
    today = clock.now(tx).date()
    network(tx, valid_from=today + timedelta(days=1))
    assert sees(tx, "web") == ["LYS", "PAR", "SHOP"], "it begins tomorrow"
    network(tx, valid_from=None, valid_until=today - timedelta(days=1))
    assert sees(tx, "web") == ["LYS", "PAR", "SHOP"], "it is over"
    network(tx, valid_from=today, valid_until=today)
    assert sees(tx, "web") == ["PAR"], "its first and last day"


@pytest.mark.parametrize(
    ("because", "rules", "sellers"),
    [
        ("goods that a channel does not sell", [{}], []),
        ("from stores alone", [{"node_kind": NodeKind.WAREHOUSE}], ["SHOP"]),
        ("a narrower rule opens again", [{}, {"id": "b", "node": "LYS", "is_sold": True}], ["LYS"]),
        ("other goods are as before", [{"sku": "cup"}], ["LYS", "PAR", "SHOP"]),
        ("a rule about all goods", [{"sku": None, "node": "PAR"}], ["LYS", "SHOP"]),
    ],
)
def test_assortment(tx, because, rules, sellers):
    for changes in rules:
        rule(tx, **changes)
    assert sees(tx, "web") == sellers, because
    assert sees(tx, "till") == ["LYS", "PAR", "SHOP"], because


def test_an_assortment_never_reaches_beyond_the_network(tx):
    network(tx)
    rule(tx, is_sold=True)
    assert sees(tx, "web") == ["PAR"]


@pytest.mark.parametrize(("given", "told"), [("licence", "licence"), ("", "not-sold-there")])
def test_what_a_channel_excludes_it_does_not_sell(tx, given, told):
    catalog.exclude(tx, Exclusion(channel="web", sku="mug", reason=given), actor=ACTOR)
    assert sees(tx, "web") == []
    assert sees(tx, "till") == ["LYS", "PAR", "SHOP"]
    free = atp_views.free_to(tx, ["mug"], None, ["web"])["web"]
    assert {one.reason for one in fence_rules.barred(free)} == {told}


@pytest.mark.parametrize(
    ("because", "missed", "doubts"),
    [
        ("one of few: none of the others is there", [("PAR", 1)], [("PAR", 10)]),
        ("as many again as were missed", [("PAR", 7), ("PAR", 8)], [("PAR", 15)]),
        ("each shelf by itself", [("SHOP", 1), ("PAR", 40)], [("PAR", 40), ("SHOP", 10)]),
    ],
)
def test_how_far_a_shelf_is_doubted(because, missed, doubts):
    told = [Missed(sku="mug", node=node, units=units) for node, units in missed]
    expected = [Doubt(sku="mug", node=node, units=units) for node, units in doubts]
    assert fence_rules.doubted(told) == expected, because


def test_what_is_doubted_is_held_for_nobody(tx):
    fence_actions.doubt(tx, [Missed(sku="mug", node="LYS", units=1)], now=MONDAY)
    assert sees(tx, "web") == sees(tx, "till") == ["PAR", "SHOP"]
    [hold] = [Hold(id="h", demand="cart:1", sku="mug", node="LYS", quantity=1, channel="web")]
    with pytest.raises(NotEnough):
        promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)


def test_a_fence_holds_at_the_lowest_write(tx):
    network(tx)
    hold = Hold(id="h", demand="cart:1", sku="mug", node="LYS", quantity=1, channel="web")
    with pytest.raises(NotEnough):
        promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)
    promises.reserve(tx, [structs.replace(hold, channel="till")], actor=ACTOR, now=MONDAY)


def test_trust_adds_to_the_buffer_and_no_other_rule_beats_it(tx):
    buffer = KeepBack(id="b", purpose=Purpose.BUFFER, sku="mug", units=1, reason="thefts")
    keep_back_actions.save(tx, buffer, actor=ACTOR, now=MONDAY)
    late = Trust(node="PAR", units=3, reason="its feed is late")
    assert fence_actions.trust(tx, [late], now=MONDAY) == ["PAR"]
    assert fence_actions.trust(tx, [late], now=MONDAY) == [], "what is the same is not written"
    [here] = [one for one in views.available(tx, ["mug"]) if one.node == "PAR"]
    assert (here.units, here.buffer, here.trust) == (1, 1, 3)
    fence_actions.trust(tx, [structs.replace(late, units=10**9)], now=MONDAY)
    assert "PAR" not in sees(tx, None)
    assert fence_actions.trust(tx, [structs.replace(late, units=0)], now=MONDAY) == ["PAR"]
    assert "PAR" in sees(tx, None)


def test_why_a_node_is_kept_out_can_be_told(tx):
    network(tx)
    free = atp_views.free_to(tx, ["mug"], None, ["web"])["web"]
    assert [(one.node, one.purpose, one.reason) for one in fence_rules.barred(free)] == [
        ("LYS", "network", WEB.reason), ("SHOP", "network", WEB.reason),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("because", "save", "refusal"),
    [
        ("nobody serves", lambda tx: network(tx, nodes=()), Invalid),
        ("a node nobody knows", lambda tx: network(tx, nodes=("NOWHERE",)), UnknownCodes),
        ("a channel nobody knows", lambda tx: network(tx, channel="x"), UnknownCodes),
        ("two ways to name goods", lambda tx: rule(tx, category="lamps"), Invalid),
        ("a category nobody has", lambda tx: rule(tx, sku=None, category="hats"), Invalid),
        ("it is said elsewhere", lambda tx: keep_back_actions.save(
            tx, KeepBack(id="t", purpose=Purpose.TRUST, node="PAR", units=1, reason="x"),
            actor=ACTOR, now=MONDAY), Invalid),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tx, because, save, refusal):
    with pytest.raises(refusal):
        save(tx)


def test_fences_through_their_door(server, template):
    with database(server, template) as db:
        db.run(world.build)
        with calling(db) as client:
            path, body = "/v1/channel-networks/web", {
                "id": "web", "channel": "web", "nodes": ["PAR"], "reason": "r",
            }  # fmt: skip
            made = client.put(path, json=body)
            assert (made.status_code, made.headers["etag"]) == (200, '"1"'), made.text
            assert client.put(path, json=body | {"reason": "s"}).status_code == 428
            assert client.get("/v1/channel-networks").json()["items"] == [made.json()]
            old = {"If-Match": '"7"'}
            assert client.delete(path, headers=old).status_code == 412, "it is another by now"
            refused = client.delete(path)
            assert (refused.status_code, refused.json()["code"]) == (409, "channel-opens")
            assert client.delete(path, params={"opens": "true"}).status_code == 204
            path = "/v1/assortment-rules/bulky"
            body = {"id": "bulky", "channel": "web", "sku": "mug", "is_sold": False, "reason": "r"}
            assert client.put(path, json=body).status_code == 200
            assert client.get(path).json()["is_sold"] is False
            assert client.delete(path, headers=old).status_code == 412, "it is another by now"
            assert client.delete(path, headers={"If-Match": '"1"'}).status_code == 204
            assert client.get(path).status_code == 404
