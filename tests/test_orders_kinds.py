"""A story for each kind of node, through the door: what is told, who accepts, what its units do.

And what its fences refuse: an order that only this node could send, and may not.
"""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from caller import calling, database
from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.partners import actions as partners
from noria.partners.model import Partner, PartnerKind
from noria.supply import actions as supply
from world import ACTOR, MONDAY

POINT = structs.replace(world.HOME, code="POINT", name="Point", goes_to_relays=True)
BY_POINT = tuple(structs.replace(one, service="POINT") for one in world.node("PAR").departures)

NODES = (
    structs.replace(world.node("PAR"), departures=(*world.node("PAR").departures, *BY_POINT)),
    world.node("SHOP", NodeKind.STORE, does_hand_over=True, does_ship=False),
    world.node("DARK", NodeKind.DARK_STORE, takes_bulky=False, handling_minutes=15),
    world.node("DROP", NodeKind.SUPPLIER),
    world.node("PRINT", NodeKind.PRINTER, units_per_day=10, lead_days=1),
    world.node("CARP", NodeKind.MAKER, units_per_day=2, lead_days=5, booking_days=20),
    world.node("LOG", NodeKind.THIRD_PARTY),
    world.node("MARK", NodeKind.MARKETPLACE),
    world.node("REL", NodeKind.RELAY, takes_bulky=False),
    structs.replace(world.node("CLOUD", NodeKind.DIGITAL), hours=()),
)
ALL = [node.code for node in NODES]
PARTNERS = {
    "DROP": PartnerKind.SUPPLIER,
    "PRINT": PartnerKind.PRINTER,
    "CARP": PartnerKind.SUPPLIER,
    "LOG": PartnerKind.THIRD_PARTY,
    "MARK": PartnerKind.MARKETPLACE,
}
SKUS = (
    *(Sku(code=code, name=code.title(), weight_g=300, price_cents=990) for code in (
        "mug", "scarf", "milk", "lamp", "poster", "table", "soap", "watch", "parcel"
    )),
    Sku(code="ebook", name="E-book", price_cents=990, is_digital=True),
    Sku(code="paint", name="Paint", weight_g=300, price_cents=990, is_hazardous=True),
    Sku(code="sofa", name="Sofa", weight_g=9000, price_cents=990, is_bulky=True),
)  # fmt: skip
SHELVES = {
    "PAR": {"mug": 5, "paint": 5, "parcel": 5, "sofa": 5},
    "SHOP": {"scarf": 5},
    "DARK": {"milk": 5, "sofa": 5},
    "LOG": {"soap": 5},
    "MARK": {"watch": 5},
}
MADE = {"PRINT": ["poster"], "CARP": ["table"], "CLOUD": ["ebook"]}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def chain(server, template):
    """A chain with a node of each kind, its clock standing on a Monday morning."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            build(tx)
        yield db


def build(tx):
    catalog.save(tx, SKUS, actor=ACTOR, now=MONDAY)
    for channel in ("web", "market"):
        catalog.save_channel(tx, Channel(code=channel, name=channel), actor=ACTOR)
    network.save_services(tx, [world.HOME, POINT], actor=ACTOR, now=MONDAY)
    network.save_nodes(tx, NODES, actor=ACTOR, now=MONDAY)
    area = world.Area(
        country="FR", code="75001", town="Paris", latitude=48.86, longitude=2.34, population=1
    )
    network.save_areas(tx, [area], actor=ACTOR, now=MONDAY)
    for node, kind in PARTNERS.items():
        partner = Partner(code=node, name=node.title(), kind=kind, nodes=(node,))
        partners.save(tx, partner, actor=ACTOR, now=MONDAY)
    for node, units in SHELVES.items():
        world.shelve(tx, node, **units)
    for node, skus in MADE.items():
        supply.set_made(tx, node, skus)


@pytest.fixture
def client(chain):
    with calling(chain) as one:
        yield one


def ok(answer):
    assert answer.status_code < 300, answer.text
    return answer.json()


def told(client, sku, option, units=1, **more):
    """The way of that kind in which a basket is offered."""
    asked = {"lines": [{"sku": sku, "quantity": units}], "postcode": "75001", **more}
    ways = {one["option"]: one for one in ok(client.post("/v1/promises", json=asked))["ways"]}
    assert option in ways, ways.keys()
    return ways[option]


def order(client, key, sku, units=1, *, line=None, **more):
    whole = {
        "channel": "web",
        "customer": "c1",
        "placed_at": MONDAY.isoformat(),
        "destination": {"postcode": "75001", "town": "Paris"},
        "lines": [{"sku": sku, "quantity": units, "price_cents": 990, **(line or {})}],
    }
    return client.put(f"/v1/orders/{key}", json=whole | more)


def fences(client, key):
    decision = ok(client.get(f"/v1/orders/{key}/decisions"))["items"][0]
    return {one["node"]: one["code"] for one in decision["explanation"]["fences"]}


def each(client, step, *items):
    """What a step of the way is answered for each item."""
    answers = ok(client.post(f"/v1/{step}/batch", json={"items": list(items)}))["items"]
    assert all("problem" not in one for one in answers), answers
    return answers


def delivered(client, leg):
    each(client, "picks", {"id": leg})
    each(client, "shipments", {"id": leg, "parcels": 1})
    each(client, "deliveries", {"id": leg, "delivered_at": MONDAY.isoformat()})


def ends(client, key, sku, node):
    """How an order ended: stage, whether its promise was kept; and what its units did."""
    whole = ok(client.get(f"/v1/orders/{key}"))
    entries = ok(client.get(f"/v1/skus/{sku}/nodes/{node}/entries"))["items"]
    kinds = list(dict.fromkeys(one["kind"] for one in reversed(entries)))
    return whole["stage"], kinds


def days(way):
    """From today, the first and the last day that are told."""
    today = MONDAY.date()
    return tuple((date.fromisoformat(way[end]) - today).days for end in ("first", "last"))


def test_a_warehouse_sends_what_lies_on_its_shelf(client):
    way = told(client, "mug", "home_standard")
    assert (days(way), way["order_by"]) == ((1, 2), "2026-11-23T14:00:00Z")
    [leg] = ok(order(client, "wh", "mug"))["legs"]
    assert leg["node"] == "PAR"
    delivered(client, leg["id"])
    assert ends(client, "wh", "mug", "PAR") == ("delivered", ["counted", "reserved", "shipped"])
    assert ok(order(client, "wh2", "paint"))["stage"] == "waiting"
    assert fences(client, "wh2") == {"PAR": "hazardous"}


def test_a_store_hands_over_what_it_may_not_ship(client):
    way = told(client, "scarf", "pick_up", stores=["SHOP"])
    assert (way["store"], way["ready_at"]) == ("SHOP", "2026-11-23T10:00:00Z")
    here = {"option": "pick_up", "store": "SHOP"}
    [leg] = ok(order(client, "st", "scarf", delivery=here))["legs"]
    each(client, "picks", {"id": leg["id"]})
    spot = {"kind": "shelf", "name": "A-12"}
    each(client, "collections/ready", {"id": leg["id"], "spot": spot})
    proof = {"order": "st", "node": "SHOP", "way": "identity", "identity_seen": True}
    assert ok(client.put("/v1/hand-overs/st-1", json=proof))["units"] == 1
    assert ends(client, "st", "scarf", "SHOP") == ("delivered", ["counted", "reserved", "shipped"])
    assert ok(order(client, "st2", "scarf"))["stage"] == "waiting"
    assert fences(client, "st2") == {"SHOP": "does-not-ship"}


def test_a_dark_store_sends_small_things_soon(client):
    way = told(client, "milk", "home_standard")
    assert (days(way), way["order_by"]) == ((1, 2), "2026-11-23T14:45:00Z")
    [leg] = ok(order(client, "dk", "milk"))["legs"]
    assert leg["node"] == "DARK"
    delivered(client, leg["id"])
    assert ends(client, "dk", "milk", "DARK") == ("delivered", ["counted", "reserved", "shipped"])
    assert ok(order(client, "dk2", "sofa"))["legs"][0]["node"] == "PAR"
    assert fences(client, "dk2") == {"DARK": "bulky"}


def test_a_supplier_sends_what_its_feed_said(client):
    ok(client.put("/v1/partners/DROP/feed-plan", json={}))
    feed = "/v1/partners/DROP/feeds/f1?is_at_once=true"
    assert ok(client.post(feed, content=b"sku,quantity\nlamp,4\n", headers=CSV))["booked_skus"] == 1
    told(client, "lamp", "home_standard")
    [leg] = ok(order(client, "su", "lamp"))["legs"]
    [answer] = each(client, "acceptances", {"id": leg["id"]})
    assert (leg["node"], answer["answer"]["is_accepted"]) == ("DROP", True)
    delivered(client, leg["id"])
    assert ends(client, "su", "lamp", "DROP") == ("delivered", ["found", "reserved", "shipped"])
    assert ok(order(client, "su2", "lamp", line={"gift_wrap": True}))["stage"] == "waiting"
    assert fences(client, "su2") == {"DROP": "no-gift-wrap"}


def test_a_printer_prints_what_is_asked_up_to_its_capacity(client):
    way = told(client, "poster", "made_for_you", 3)
    assert days(way) == (2, 3), "a day of lead, and one of travel"
    [leg] = ok(order(client, "pr", "poster", 3))["legs"]
    each(client, "acceptances", {"id": leg["id"]})
    assert ok(order(client, "pr2", "poster", line={"gift_wrap": True}))["stage"] == "waiting"
    assert fences(client, "pr2") == {"PRINT": "no-gift-wrap"}
    assert ok(order(client, "pr3", "poster", 12))["waiting"] == 5, "it prints ten a day"
    delivered(client, leg["id"])
    assert ends(client, "pr", "poster", "PRINT") == ("delivered", ["reserved", "shipped"])


def test_a_maker_makes_to_order_in_days_of_work(client):
    way = told(client, "table", "made_for_you")
    assert days(way) == (7, 8), "five working days and a Sunday"
    [leg] = ok(order(client, "mk", "table", 3))["legs"]
    each(client, "acceptances", {"id": leg["id"]})
    delivered(client, leg["id"])
    assert ends(client, "mk", "table", "CARP") == ("delivered", ["reserved", "shipped"])
    soon = (MONDAY.date() + timedelta(days=1)).isoformat()
    assert ok(order(client, "mk2", "table", due=soon))["stage"] == "waiting"
    assert fences(client, "mk2") == {"CARP": "too-late"}


def test_a_logistics_partner_sends_our_stock_in_its_boxes(client):
    told(client, "soap", "home_standard")
    [leg] = ok(order(client, "3p", "soap"))["legs"]
    each(client, "acceptances", {"id": leg["id"]})
    delivered(client, leg["id"])
    assert ends(client, "3p", "soap", "LOG") == ("delivered", ["counted", "reserved", "shipped"])
    assert ok(order(client, "3p2", "soap", own_packaging=True))["stage"] == "waiting"
    assert fences(client, "3p2") == {"LOG": "no-own-packaging"}


def test_a_marketplace_s_warehouse_serves_its_channel_alone(client):
    for channel, nodes in (("market", ["MARK"]), ("web", [one for one in ALL if one != "MARK"])):
        rule = {"id": channel, "channel": channel, "nodes": nodes, "reason": "their contract"}
        ok(client.put(f"/v1/channel-networks/{channel}", json=rule))
    told(client, "watch", "home_standard", channel="market")
    [leg] = ok(order(client, "mp", "watch", channel="market"))["legs"]
    each(client, "acceptances", {"id": leg["id"]})
    delivered(client, leg["id"])
    assert ends(client, "mp", "watch", "MARK") == ("delivered", ["counted", "reserved", "shipped"])
    assert ok(order(client, "mp2", "watch"))["stage"] == "waiting"
    assert fences(client, "mp2") == {"MARK": "network"}


def test_a_relay_point_keeps_a_parcel_for_its_customer(client):
    way = told(client, "parcel", "relay")
    assert (way["relay"], way["parts"][0]["service"]) == ("REL", "POINT")
    there = {"option": "relay", "relay": "REL"}
    [leg] = ok(order(client, "re", "parcel", delivery=there))["legs"]
    assert (leg["node"], leg["service"]) == ("PAR", "POINT")
    delivered(client, leg["id"])
    assert ends(client, "re", "parcel", "PAR") == ("delivered", ["counted", "reserved", "shipped"])
    refused = order(client, "re2", "sofa", delivery=there)
    assert (refused.status_code, refused.json()["code"]) == (422, "relay-refuses")


def test_digital_goods_that_are_paid_in_the_store_come_once_they_are(client):
    lines = [{"sku": sku, "quantity": 1, "price_cents": 990} for sku in ("ebook", "scarf")]
    there = {"option": "pick_up", "store": "SHOP"}
    done = ok(order(client, "dp", "ebook", lines=lines, delivery=there, payment="in_store"))
    sent = {leg["node"]: leg["delivered_at"] for leg in done["legs"]}
    assert sent == {"CLOUD": None, "SHOP": None}
    ok(client.put("/v1/payments/dp", json={"order": "dp", "paid_at": MONDAY.isoformat()}))
    legs = ok(client.get("/v1/orders/dp"))["legs"]
    assert {leg["node"]: leg["delivered_at"] is not None for leg in legs} == {
        "CLOUD": True,
        "SHOP": False,
    }


def test_digital_goods_are_there_before_the_answer(client):
    assert days(told(client, "ebook", "digital", 2)) == (0, 0)
    done = ok(order(client, "dg", "ebook", 2))
    assert (done["stage"], done["legs"][0]["node"]) == ("delivered", "CLOUD")
    assert ends(client, "dg", "ebook", "CLOUD") == ("delivered", ["reserved", "shipped"])
    ok(
        client.put(
            "/v1/counts/c1",
            json={
                "node": "PAR",
                "counted_at": MONDAY.isoformat(),
                "lines": [{"sku": "ebook", "quantity": 5}],
            },
        )
    )
    ok(order(client, "dg2", "ebook"))
    assert fences(client, "dg2") == {"PAR": "digital"}
