"""The life of a serial and the recall of a lot, told at the door."""

import pytest

import units
import world
from caller import calling, database
from noria.catalog.model import Tracking
from noria.kit import clock
from noria.kit.auth import Permission
from world import MONDAY


@pytest.fixture(scope="module")
def shop(server, template):
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            units.track(tx, "bowl", Tracking.SERIAL)
            units.track(tx, "mug", Tracking.LOT, minimum_days=2)
        yield db
        with db.transaction() as tx:
            assert units.audit(tx) == []


@pytest.fixture(scope="module")
def client(shop):
    with calling(shop) as client:
        yield client


def ok(answer):
    assert answer.status_code < 300, answer.text
    return answer.json()


def bought(client, key, sku, quantity, node="PAR", **named):
    line = {"sku": sku, "quantity": quantity}
    order = {
        "supplier": "Atelier Bois",
        "node": node,
        "ordered_at": MONDAY.isoformat(),
        "expected_on": "2026-11-23",
        "lines": [line],
    }
    ok(client.put(f"/v1/purchase-orders/{key}", json=order))
    receipt = {
        "purchase_order": key,
        "received_at": MONDAY.isoformat(),
        "lines": [line | named],
    }
    return ok(client.put(f"/v1/receipts/{key}-r", json=receipt))


def ordered(client, key, sku, quantity):
    order = {
        "channel": "web",
        "customer": f"C-{key}",
        "placed_at": MONDAY.isoformat(),
        "destination": {"postcode": "75001", "town": "Paris", "latitude": 48.86, "longitude": 2.34},
        "lines": [{"sku": sku, "quantity": quantity, "price_cents": 990}],
    }
    ok(client.put(f"/v1/orders/{key}", json=order))
    ok(client.post("/v1/picks/batch", json={"items": [{"id": f"{key}.1"}]}))


def shipped(client, key, **named):
    item = {"id": f"{key}.1", "parcels": 1, "units": [named] if named else []}
    answer = ok(client.post("/v1/shipments/batch", json={"items": [item]}))
    return answer["items"][0]


def test_the_life_of_a_serial(client):
    """Bought, sold, sent back because it was too small, graded, sold again: one call tells it."""
    bought(client, "PO-1", "bowl", 2, serials=["SN-1", "SN-2"])
    ordered(client, "o1", "bowl", 1)
    assert shipped(client, "o1", sku="bowl", serials=["SN-1"])["status"] == 200
    back = {"sku": "bowl", "quantity": 1, "serials": ["SN-1"]}
    new = {"order": "o1", "node": "PAR", "reason": "too small", "lines": [back]}
    ok(client.put("/v1/returns/R1", json=new))
    ok(client.put("/v1/returns/R1/reception", json={"lines": [back]}))
    finding = back | {"grade": "B", "disposition": "restock"}
    ok(client.put("/v1/returns/R1/inspection", json={"lines": [finding]}))
    sale = {
        "sku": "bowl",
        "quantity": 1,
        "source": "available",
        "target": "outside",
        "serials": ["SN-1"],
    }
    till = {
        "kind": "sold",
        "node": "PAR",
        "cause": "till:T3-42",
        "happened_at": MONDAY.isoformat(),
        "moves": [sale],
    }
    assert ok(client.put("/v1/movements/again", json=till))["gaps"] == []

    life = ok(client.get("/v1/skus/bowl/serials/SN-1"))
    assert (life["node"], life["state"], life["grade"], life["next"]) == (
        "PAR",
        "outside",
        "B",
        None,
    )
    told = [
        (step["kind"], step["target_state"], step["cause"], step["supplier"], step["customer"], step["grade"], step["reason"])
        for step in reversed(life["steps"])
    ]  # fmt: skip
    assert told == [
        ("received", "available", "purchase:PO-1", "Atelier Bois", None, None, ""),
        ("shipped", "outside", "order:o1", None, "C-o1", None, ""),
        ("returned", "returning", "return:R1", None, "C-o1", None, "too small"),
        ("returned", "hold", "return:R1", None, "C-o1", None, "too small"),
        ("inspected", "available", "return:R1", None, "C-o1", "B", "too small"),
        ("sold", "outside", "till:T3-42", None, None, None, ""),
    ]
    first = ok(client.get("/v1/skus/bowl/serials/SN-1?limit=2"))
    rest = ok(client.get(f"/v1/skus/bowl/serials/SN-1?limit=100&cursor={first['next']}"))
    assert first["steps"] + rest["steps"] == life["steps"]
    assert [one["serial"] for one in ok(client.get("/v1/serials?sku=bowl"))["items"]] == ["SN-2"]
    assert ok(client.get("/v1/serials?serial=SN-1"))["items"][0]["state"] == "outside"
    assert client.get("/v1/skus/bowl/serials/SN-9").status_code == 404


def test_a_parcel_takes_no_unit_that_is_not_there(client):
    bought(client, "PO-2", "bowl", 1, serials=["SN-5"])
    ordered(client, "o2", "bowl", 1)
    refused = shipped(client, "o2", sku="bowl", serials=["SN-1"])
    assert refused["problem"]["code"] == "serial-elsewhere"
    refused = shipped(client, "o2", sku="bowl", serials=["SN-5", "SN-2"])
    assert refused["problem"]["code"] == "packed-otherwise"
    assert shipped(client, "o2", sku="bowl", serials=["SN-5"])["status"] == 200


def test_a_lot_from_receipt_to_recall(client):
    lots = [
        {"lot": "L-late", "quantity": 5, "expires_on": "2027-01-31"},
        {"lot": "L-soon", "quantity": 4, "expires_on": "2026-11-28"},
        {"lot": "L-gone", "quantity": 3, "expires_on": "2026-11-24"},
    ]
    bought(client, "PO-3", "mug", 12, lots=lots)
    seen = ok(client.get("/v1/lots?sku=mug&node=PAR"))["items"]
    assert [(one["lot"], one["quantity"], one["days_left"], one["is_barred"]) for one in seen] == [
        ("L-gone", 3, 1, True), ("L-soon", 4, 5, False), ("L-late", 5, 69, False),
    ]  # fmt: skip
    pages, cursor = [], ""
    while cursor is not None:
        page = ok(client.get(f"/v1/lots?sku=mug&limit=1{cursor and '&cursor=' + cursor}"))
        pages, cursor = [*pages, *page["items"]], page["next"]
    assert pages == seen
    taken = ok(client.get("/v1/skus/mug/nodes/PAR/lots/next?quantity=11"))
    assert ([(one["lot"], one["quantity"]) for one in taken["lots"]], taken["short"]) == (
        [("L-soon", 4), ("L-late", 5)], 2,
    )  # fmt: skip
    ordered(client, "o3", "mug", 3)
    assert shipped(client, "o3")["status"] == 200, "nobody scanned: the first to expire has gone"
    ordered(client, "o4", "mug", 2)
    late = [{"lot": "L-late", "quantity": 2}]
    assert shipped(client, "o4", sku="mug", lots=late)["status"] == 200
    recall = ok(client.get("/v1/skus/mug/lots/L-late/recipients"))
    assert recall["inside"] == 3
    assert [(one["cause"], one["customer"], one["quantity"], one["is_assumed"]) for one in recall["items"]] == [
        ("order:o4", "C-o4", 2, False),
    ]  # fmt: skip
    recall = ok(client.get("/v1/skus/mug/lots/L-soon/recipients"))
    assert [(one["cause"], one["is_assumed"]) for one in recall["items"]] == [("order:o3", True)]
    ok(client.put("/v1/skus/mug/lots/L-late", json={"expires_on": "2026-11-23"}))
    assert ok(client.get("/v1/skus/mug/lots/L-late"))["expires_on"] == "2026-11-23"
    assert client.put("/v1/skus/mug/lots/L-none", json={"expires_on": None}).status_code == 404


@pytest.mark.parametrize(
    ("because", "named"),
    [
        ("more serials than units", {"serials": ["A", "B"]}),
        ("a lot of more units than move", {"lots": [{"lot": "x", "quantity": 2}]}),
        ("a serial that cannot be printed", {"serials": ["a b"]}),
        ("the sign for what nobody told", {"serials": ["?"]}),
    ],
)
def test_what_cannot_be_read(client, because, named):
    one = {"sku": "bowl", "quantity": 1, "source": "available", "target": "outside"} | named
    body = {
        "kind": "sold",
        "node": "PAR",
        "cause": "till:1",
        "happened_at": MONDAY.isoformat(),
        "moves": [one],
    }
    answer = client.put("/v1/movements/bad", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), because


def test_who_sees_one_node_sees_its_lots_alone(shop):
    with calling(shop, Permission.STOCK_READ, nodes=["LYS"]) as lyon:
        assert ok(lyon.get("/v1/lots"))["items"] == []
        assert lyon.get("/v1/skus/mug/nodes/PAR/lots/next?quantity=1").status_code == 403
        assert lyon.get("/v1/skus/bowl/serials/SN-1").status_code == 403
