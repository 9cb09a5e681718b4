"""Why a node that has a SKU promises nothing of it, sends none, or begins later."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria.catalog import actions as catalog
from noria.kit import clock
from noria.kit.auth import Permission
from noria.network import actions as network
from noria.network.model import Capacity, NodeKind
from noria.promise import fence_actions, fence_rules, keep_back_actions
from noria.promise.atp_model import Free, Stocked
from noria.promise.fence_model import ChannelNetwork, Trust
from noria.promise.keep_back_model import EVERYTHING, Because, KeepBack, Purpose
from world import ACTOR, MONDAY

TODAY = MONDAY.date()


def shelf(node="N", on_shelf=5, unsellable=0, named=0):
    return Stocked(
        sku="mug", node=node, on_shelf=on_shelf, expired=0, own=0, named=named,
        unsellable=unsellable, is_made=False, category="", node_kind="store", buffer_units=0,
        sold=0, accuracy=None, latitude=0, longitude=0,
    )  # fmt: skip


def free(units, *because, **there):
    return Free(shelf=shelf(**there), because=because, units=units)


def kept(purpose, units, reason=""):
    return Because(purpose=purpose, units=units, reason=reason)


BUFFER, LOCAL = kept(Purpose.BUFFER, 2), kept(Purpose.PROTECTION, 3, "vente en magasin")


@pytest.mark.parametrize(
    ("because", "given", "found"),
    [
        ("something is left", free(1, BUFFER), []),
        ("nothing is there, so nothing is kept", free(-2, BUFFER, on_shelf=0), []),
        ("what keeps most of it counts", free(0, BUFFER, LOCAL), [("protection", "vente en magasin")]),
        ("of two that keep as much the first", free(0, BUFFER, kept(Purpose.SAFETY, 2)), [("buffer", "")]),
        ("it is too old", free(0, BUFFER, unsellable=3), [("unsellable", "")]),
        ("orders ask it of this node alone", free(0, named=5), [("named", "")]),
        ("some trust is left, and not enough", free(0, kept(Purpose.TRUST, 5, "late")), [("trust", "late")]),
        ("a fence keeps all: told as such, once", free(-EVERYTHING, kept(Purpose.NETWORK, EVERYTHING)), []),
    ],
)  # fmt: skip
def test_what_keeps_all_of_a_shelf(because, given, found):
    told = [(one.purpose, one.reason) for one in fence_rules.spent([given])]
    assert told == found, because


@pytest.mark.parametrize(
    ("because", "shown", "unsourced", "found"),
    [
        ("both are shown", ["A", "B"], 0, []),
        ("orders wait for all there is", [], 7, ["unsourced", "unsourced"]),
        ("orders wait for less: a threshold hides it", ["B"], 6, ["threshold"]),
    ],
)
def test_what_is_not_shown(because, shown, unsourced, found):
    there = [free(4, node="A"), free(3, node="B"), free(0, node="C")]
    told = fence_rules.unshown(there, {("mug", node) for node in shown}, {"mug": unsourced})
    assert [one.purpose for one in told] == found, because


def test_each_node_says_why_it_promises_nothing(db):
    """A mug lies everywhere, and only Paris sends it today."""
    full = Capacity(units=0, day=TODAY)
    more = [
        world.node("OLD", NodeKind.STORE, at=(43.5, 5.4), is_open=False),
        world.node("WEB", NodeKind.WAREHOUSE, at=(43.7, 7.2)),
        world.node("BUSY", NodeKind.WAREHOUSE, at=(48.7, 2.2), units_per_day=9, capacities=(full,)),
        world.node("FAR", NodeKind.SUPPLIER, at=(44.7, 2.2)),
        world.node("KEEP", NodeKind.STORE, at=(44.8, 2.3)),
    ]  # fmt: skip
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        network.save_nodes(tx, more, actor=ACTOR, now=MONDAY)
        for node in ("PAR", "LYS", "SHOP", "OLD", "WEB", "BUSY", "FAR", "KEEP"):
            world.shelve(tx, node, mug=3)
        world.amend(tx, "SHOP", does_ship=False)
        local = KeepBack(id="k", purpose=Purpose.PROTECTION, node="KEEP", channel="web", units=9,
                         reason="pour le site")  # fmt: skip
        keep_back_actions.save(tx, local, actor=ACTOR, now=MONDAY)
        buffer = KeepBack(id="b", purpose=Purpose.BUFFER, node="LYS", units=3, reason="vols")
        keep_back_actions.save(tx, buffer, actor=ACTOR, now=MONDAY)
        late = Trust(node="FAR", units=EVERYTHING, reason=fence_rules.NOT_ACTIVE)
        fence_actions.trust(tx, [late], now=MONDAY)
    with calling(db, Permission.PROMISE_READ) as client:
        told = client.get("/v1/atp/narrowed", params={"sku": "mug"}).json()["items"]
        said = {one["node"]: one["why"]["fr"] for one in told}
        assert said == {
            "BUSY": "Busy n'a plus de place avant le mardi 24 novembre\u202f: la préparation commence"
            " ce jour-là.",
            "FAR": "n'est pas assez fiable pour l'avoir (le partenaire n'est pas actif)",
            "KEEP": "garde tout pour d'autres canaux (pour le site)",
            "LYS": "garde tout en tampon (vols)",
            "OLD": "est fermé",
            "SHOP": "n'expédie pas",
        }
        assert [one["node"] for one in told] == sorted(said)
        promised = client.get("/v1/availability", params={"sku": "mug"}).json()["items"]
        assert {one["node"] for one in promised} >= {"BUSY", "SHOP"}, "units are there, and said so"
        asked = {"lines": [{"sku": "mug"}], "postcode": "75001", "explain": True}
        basket = client.post("/v1/promises", json=asked).json()["narrowed"]
        assert {"LYS": "buffer", "KEEP": "protection", "OLD": "closed"}.items() <= {
            one["node"]: one["code"] for one in basket
        }.items()
        assert client.get("/v1/atp/narrowed", params={"sku": "none"}).json()["items"] == []
    with calling(db, Permission.PROMISE_READ, nodes=["LYS"]) as client:
        told = client.get("/v1/atp/narrowed", params={"sku": "mug"}).json()["items"]
        assert [one["node"] for one in told] == ["LYS"], "of nodes that one may see"


def test_a_channel_hears_why_a_node_does_not_serve_it(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=3)
        web = ChannelNetwork(id="w", channel="web", nodes=("LYS",), reason="travaux à Paris",
                             valid_until=TODAY + timedelta(days=1))  # fmt: skip
        fence_actions.save_network(tx, web, actor=ACTOR, now=MONDAY)
        bulky = structs.replace(world.SKUS[2], is_bulky=True)
        catalog.save(tx, [bulky], actor=ACTOR, now=MONDAY)
        world.amend(tx, "PAR", takes_bulky=False)
    with calling(db, Permission.PROMISE_READ) as client:
        for channel, why in (
            ("web", "does not serve the channel (travaux à Paris)"),
            (None, "cannot send bulky goods"),
        ):
            asked = {"sku": "mug"} | ({"channel": channel} if channel else {})
            [one] = client.get("/v1/atp/narrowed", params=asked).json()["items"]
            assert one["why"]["en"] == why
