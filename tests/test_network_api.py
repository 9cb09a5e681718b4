"""The network through its door, and as the rooms above read it."""

import pytest

from caller import calling, database
from noria.kit import clock
from noria.kit.auth import Permission
from noria.network import actions, views
from noria.network.communes import areas
from noria.network.model import Area, Lane, Spot

NODE = {
    "code": "PAR",
    "name": "Paris Rivoli",
    "kind": "store",
    "country": "FR",
    "postcode": "75001",
    "town": "Paris",
    "street": "150 rue de Rivoli",
    "address_more": "Porte C",
    "latitude": 48.8606,
    "longitude": 2.3376,
    "time_zone": "Europe/Paris",
    "does_ship": True,
    "does_hand_over": True,
    "does_take_returns": False,
    "does_gift_wrap": True,
    "has_own_packaging": True,
    "takes_hazardous": True,
    "takes_bulky": False,
    "handling_minutes": 45,
    "handling_cents": 120,
    "learns_handling": True,
    "units_per_day": 300,
    "orders_per_day": 120,
    "overtime_units": 40,
    "overtime_cents": 95,
    "booking_days": 1,
    "lead_days": 0,
    "buffer_units": 1,
    "is_open": True,
    "region": "57",
    "keeps_holidays": False,
    "hours": [
        {"weekday": 0, "opens": "09:00:00", "closes": "12:30:00"},
        {"weekday": 0, "opens": "14:00:00", "closes": "19:00:00"},
        {"weekday": 6, "opens": "10:00:00", "closes": "13:00:00.500000"},
    ],
    "closures": [{"day": "2026-12-24", "reason": "inventory"}],
    "openings": [
        {"day": "2026-12-20", "opens": "10:00:00", "closes": "12:00:00", "reason": "Advent"},
        {"day": "2026-12-20", "opens": "14:00:00", "closes": "18:00:00", "reason": "Advent"},
    ],
    "capacities": [
        {"weekday": 5, "day": None, "units": 100, "orders": None},
        {"weekday": None, "day": "2026-12-23", "units": 0, "orders": 7},
    ],
    "departures": [{"service": "home", "weekday": 0, "cut_off": "17:00:00"}],
}
SERVICE = {
    "code": "home",
    "carrier": "Poste",
    "name": "Home",
    "chance": 0.9995,
    "goes_to_relays": True,
    "delivers_daily": True,
    "takes_hazardous": True,
    "takes_bulky": False,
    "rates": [
        {"max_km": 300, "max_weight_g": 1000, "cents": 590, "transit_days": 1},
        {"max_km": 1500, "max_weight_g": 1000, "cents": 790, "transit_days": 2},
    ],
    "delivers_on": [0, 1, 2, 3, 4],
    "closures": [{"day": "2026-12-24", "reason": "Christmas Eve"}],
}


@pytest.fixture
def client(db):
    with calling(db) as client:
        client.put("/v1/services/home", json=SERVICE)
        yield client


def test_a_node_comes_back_whole(client):
    made = client.put("/v1/nodes/PAR", json=NODE)
    assert (made.status_code, made.headers["etag"]) == (200, '"1"'), made.text
    assert made.json() == NODE
    assert client.get("/v1/nodes/PAR").json() == NODE
    less = NODE | {"hours": [], "closures": [], "departures": [], "units_per_day": None}
    changed = client.put("/v1/nodes/PAR", json=less, headers={"If-Match": '"1"'})
    assert changed.json() == less
    assert changed.headers["etag"] == '"2"'
    calendar_only = client.put("/v1/nodes/PAR", json=NODE, headers={"If-Match": '"1"'})
    assert calendar_only.status_code == 412, "hours are a part of what has a version"


@pytest.fixture(scope="module")
def refused_client(server, template):
    with database(server, template) as db, calling(db) as client:
        yield client


@pytest.mark.parametrize(
    ("because", "changes", "status", "code"),
    [
        ("no such zone", {"time_zone": "Europe/Atlantis"}, 422, "unknown-time-zone"),
        ("hours overlap", {"hours": NODE["hours"] * 2}, 422, "hours-overlap"),
        (
            "a service nobody knows",
            {"departures": [{"service": "drone", "weekday": 0, "cut_off": "17:00:00"}]},
            422,
            "unknown-codes",
        ),
        ("a region that France does not have", {"region": "DE-BY"}, 422, "unknown-region"),
        (
            "open and closed on one day",
            {"closures": [{"day": "2026-12-20", "reason": "x"}]},
            422,
            "open-and-closed",
        ),
        (
            "a capacity for no day",
            {"capacities": [{"units": 10}]},
            422,
            "capacity-unclear",
        ),
        ("not on earth", {"latitude": 91}, 400, "invalid"),
        (
            "hours with a zone of their own",
            {"hours": [{"weekday": 0, "opens": "09:00:00Z", "closes": "12:00:00Z"}]},
            400,
            "invalid",
        ),
        ("a day in no business's life", {"closures": [{"day": "0001-01-01", "reason": "x"}]}, 400, "invalid"),
        ("24 o'clock", {"departures": [], "hours": [{"weekday": 0, "opens": "09:00:00", "closes": "24:00:00"}]}, 400, "invalid"),
    ],
)  # fmt: skip
def test_nodes_that_are_refused(refused_client, because, changes, status, code):
    answer = refused_client.put("/v1/nodes/PAR", json=NODE | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), because
    assert refused_client.get("/v1/nodes/PAR").status_code == 404, because


def test_nodes_are_listed_as_far_as_one_may_look(client, db):
    for code in ("PAR", "LYS", "LIL"):
        client.put(f"/v1/nodes/{code}", json=NODE | {"code": code})
    listed = client.get("/v1/nodes?limit=2").json()
    assert [one["code"] for one in listed["items"]] == ["LIL", "LYS"]
    rest = client.get("/v1/nodes", params={"limit": 2, "cursor": listed["next"]}).json()
    assert ([one["code"] for one in rest["items"]], rest["next"]) == (["PAR"], None)
    assert len(client.get("/v1/nodes?node=PAR&node=LYS&node=NIL").json()["items"]) == 2
    reads, writes = Permission.NETWORK_READ, Permission.NETWORK_WRITE
    with calling(db, reads, writes, nodes=("LYS",)) as associate:
        assert [one["code"] for one in associate.get("/v1/nodes").json()["items"]] == ["LYS"]
        assert associate.get("/v1/nodes?node=PAR").json()["items"] == []
        assert associate.get("/v1/nodes/PAR").status_code == 403
        assert associate.put("/v1/nodes/PAR", json=NODE).status_code == 403
        own = associate.get("/v1/nodes/LYS")
        etag = {"If-Match": own.headers["etag"]}
        changed = associate.put("/v1/nodes/LYS", json=own.json() | {"name": "L"}, headers=etag)
        assert changed.status_code == 200
        assert associate.put("/v1/services/home", json=SERVICE).status_code == 403
        assert associate.put("/v1/lanes/LYS/PAR", json={"transit_days": 1}).status_code == 403


def test_services(client):
    kept = client.get("/v1/services/home")
    assert kept.json() == SERVICE, "also a chance with four decimals"
    assert client.get("/v1/services").json()["items"] == [SERVICE]
    twice = SERVICE | {"rates": SERVICE["rates"] * 2}
    refused = client.put("/v1/services/home", json=twice, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "twice-given")
    none = SERVICE | {"rates": []}
    changed = client.put("/v1/services/home", json=none, headers={"If-Match": '"1"'})
    assert (changed.json(), changed.headers["etag"]) == (none, '"2"')
    assert client.get("/v1/services/drone").status_code == 404


def test_lanes(client, db):
    for code in ("PAR", "LYS"):
        client.put(f"/v1/nodes/{code}", json=NODE | {"code": code})
    made = client.put("/v1/lanes/PAR/LYS", json={"transit_days": 2})
    lane = {"source": "PAR", "target": "LYS", "transit_days": 2}
    assert (made.json(), made.headers["etag"]) == (lane, '"1"')
    assert client.put("/v1/lanes/PAR/LYS", json={"transit_days": 1}).status_code == 428
    assert client.put("/v1/lanes/PAR/PAR", json={"transit_days": 1}).status_code == 422
    assert client.put("/v1/lanes/PAR/NIL", json={"transit_days": 1}).status_code == 422
    assert client.get("/v1/lanes").json()["items"] == [lane]
    assert client.get("/v1/lanes?node=LYS").json()["items"] == [lane]
    assert client.get("/v1/lanes?node=LIL").json()["items"] == []
    assert client.get("/v1/lanes/LYS/PAR").status_code == 404
    with db.transaction() as tx:
        assert views.lanes(tx) == [Lane(**lane)]


def test_what_changed_is_in_the_trail_and_told(client, db):
    client.put("/v1/nodes/PAR", json=NODE)
    client.put("/v1/nodes/PAR", json=NODE)
    renamed = NODE | {"name": "Rivoli"}
    client.put("/v1/nodes/PAR", json=renamed, headers={"If-Match": '"1"', "X-Request-Id": "ask-9"})
    with db.transaction() as tx:
        trail = tx.execute(
            "select action, before ->> 'name', after ->> 'name', request_id from trail"
            " where subject = 'PAR' order by seq"
        ).fetchall()
        told = tx.execute("select type, node from event where subject = 'PAR' order by seq")
        assert told.fetchall() == [("node.changed", "PAR")] * 2
    assert [row[:3] for row in trail] == [
        ("node.changed", None, "Paris Rivoli"),
        ("node.changed", "Paris Rivoli", "Rivoli"),
    ]
    assert trail[1][3] == "ask-9"


def test_postcodes(db, client):
    shipped = areas()
    with db.transaction() as tx:
        now = clock.now(tx)
        assert actions.save_areas(tx, shipped, actor="system:noria", now=now) == len(shipped)
        assert actions.save_areas(tx, shipped, actor="system:noria", now=now) == 0
        (trail,) = tx.execute("select after from trail where action = 'postcodes.changed'")
        assert trail == ({"changed": len(shipped)},)
    found = client.get("/v1/postcodes/FR/69003").json()
    assert found["town"].startswith("Lyon")
    assert client.get("/v1/postcodes/FR/00000").status_code == 404
    assert client.get("/v1/postcodes/fr/69003").status_code == 400


def area(code, latitude, longitude, population, country="FR"):
    return Area(
        country=country,
        code=code,
        town="x",
        latitude=latitude,
        longitude=longitude,
        population=population,
    )


@pytest.fixture(scope="module")
def mapped(server, template):
    kept = [
        area("69001", 45.0, 4.0, 99),
        area("69002", 46.0, 5.0, 299),
        area("70000", 0.0, 0.0, 9_000_000),
        area("69001", 50.0, 8.0, 5, country="DE"),
    ]
    with database(server, template) as db:
        with db.transaction() as tx:
            actions.save_areas(tx, kept, actor="a", now=clock.now(tx))
        yield db


@pytest.mark.parametrize(
    ("because", "country", "postcode", "spot"),
    [
        ("known", "FR", "69001", Spot(45.0, 4.0)),
        ("unknown: amid its département, by population", "FR", "69999", Spot(45.75, 4.75)),
        ("another département", "FR", "75001", None),
        ("another country", "DE", "69001", Spot(50.0, 8.0)),
        ("no country of ours", "BE", "69001", None),
        ("only the first two characters count", "FR", "69", Spot(45.75, 4.75)),
        ("nothing", "FR", "", None),
        ("a wildcard", "FR", "%", None),
    ],
)
def test_spot(mapped, because, country, postcode, spot):
    with mapped.transaction() as tx:
        assert views.spot(tx, country, postcode) == spot, because
