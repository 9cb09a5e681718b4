"""The catalog through its door, and under two hands at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from caller import calling
from noria.catalog import actions, views
from noria.catalog.model import Barcode, BarcodeTaken, Sku
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.errors import Refusal, Stale

GTIN, OTHER_GTIN = "04006381333931", "00000073513537"


@pytest.fixture
def client(db):
    with calling(db) as client:
        yield client


def save(db, *skus):
    return db.run(lambda tx: actions.save(tx, skus, actor="person:1", now=clock.now(tx)))


def sku(code, **more):
    return {"code": code, "name": f"The {code}"} | more


def test_a_sku_comes_back_whole(client):
    given = {
        "code": "MUG",
        "name": "Mug “à fleurs”",
        "weight_g": 350,
        "volume_cm3": 900,
        "length_mm": 120,
        "width_mm": 80,
        "height_mm": 95,
        "keeps_upright": True,
        "ships_as_is": True,
        "price_cents": 10**12,
        "cost_cents": 120,
        "currency": "GBP",
        "is_sold": False,
        "is_hazardous": True,
        "is_bulky": True,
        "is_digital": False,
        "category": "cups",
        "tracking": "lot",
        "minimum_days": 7,
        "withdrawal_bar": "perishable",
        "barcodes": [{"gtin": OTHER_GTIN, "units": 1}, {"gtin": GTIN, "units": 6}],
    }
    assert client.put("/v1/skus/MUG", json=given).json() == given
    assert client.get("/v1/skus/MUG").json() == given
    assert client.get("/v1/skus").json()["items"] == [given]


@pytest.mark.parametrize(
    ("because", "query", "codes"),
    [
        ("everything", "", ["CUP", "MUG-1", "MUG-2", "PLATE_5"]),
        ("how a code begins", "?q=mug", ["MUG-1", "MUG-2"]),
        ("inside a name, whatever the case", "?q=pLaTe", ["PLATE_5"]),
        ("a percent sign is only a sign", "?q=%25", []),
        ("so is an underscore", "?q=MUG_1", []),
        ("nor does a backslash escape", "?q=%5C", []),
        ("an underscore that is there", "?q=plate_", ["PLATE_5"]),
    ],
)
def test_search(client, because, query, codes):
    for code in ("MUG-1", "CUP", "MUG-2", "PLATE_5"):
        client.put(f"/v1/skus/{code}", json=sku(code))
    found = client.get(f"/v1/skus{query}").json()["items"]
    assert [one["code"] for one in found] == codes, because


def test_barcodes(client):
    client.put("/v1/skus/MUG", json=sku("MUG", barcodes=[{"gtin": "4006381333931", "units": 6}]))
    for spelt in ("4006381333931", GTIN):
        named = client.get(f"/v1/barcodes/{spelt}").json()
        assert (named["gtin"], named["units"], named["sku"]["code"]) == (GTIN, 6, "MUG")
    assert client.get(f"/v1/barcodes/{OTHER_GTIN}").status_code == 404
    bad = client.get("/v1/barcodes/4006381333932")
    assert (bad.status_code, bad.json()["code"]) == (422, "bad-gtin")
    assert client.get("/v1/barcodes/12345").status_code == 400


def test_a_barcode_names_one_sku(client):
    client.put("/v1/skus/MUG", json=sku("MUG", barcodes=[{"gtin": GTIN}]))
    taken = client.put("/v1/skus/CUP", json=sku("CUP", barcodes=[{"gtin": GTIN}]))
    assert (taken.status_code, taken.json()["code"]) == (409, "barcode-taken")
    assert "MUG" in taken.json()["detail"]
    assert client.get("/v1/skus/CUP").status_code == 404
    client.put("/v1/skus/MUG", json=sku("MUG"), headers={"If-Match": '"1"'})
    assert client.put("/v1/skus/CUP", json=sku("CUP", barcodes=[{"gtin": GTIN}])).status_code == 200


def test_barcodes_can_change_hands_in_one_go(db):
    mug, cup = Barcode(gtin=GTIN), Barcode(gtin=OTHER_GTIN)
    save(db, Sku(code="MUG", name="M", barcodes=(mug,)), Sku(code="CUP", name="C", barcodes=(cup,)))
    versions = save(
        db, Sku(code="MUG", name="M", barcodes=(cup,)), Sku(code="CUP", name="C", barcodes=(mug,))
    )
    assert versions == {"MUG": 2, "CUP": 2}
    with pytest.raises(BarcodeTaken):
        save(db, *(Sku(code=code, name="x", barcodes=(mug,)) for code in ("A", "B")))


def test_a_batch_answers_for_each_item(client):
    client.put("/v1/skus/MUG", json=sku("MUG", barcodes=[{"gtin": GTIN}]))
    items = [
        sku("CUP"),
        sku("BOWL", barcodes=[{"gtin": GTIN}]),
        sku("PLATE", barcodes=[{"gtin": "4006381333932"}]),
        sku("MUG", barcodes=[{"gtin": GTIN}], weight_g=5),
    ]
    answer = client.post("/v1/skus/batch", json={"items": items}).json()["items"]
    assert [(one["id"], one["status"]) for one in answer] == [
        ("CUP", 200),
        ("BOWL", 409),
        ("PLATE", 422),
        ("MUG", 200),
    ]
    assert answer[3]["answer"] == {"code": "MUG", "version": 2}
    assert answer[1]["problem"]["code"] == "barcode-taken"
    twice = client.post("/v1/skus/batch", json={"items": [sku("A"), sku("B"), sku("A")]})
    assert twice.json()["errors"] == [{"pointer": "/items/2", "message": "A is there twice"}]
    assert client.post("/v1/skus/batch", json={"items": []}).status_code == 400


def test_saving_the_same_again_changes_nothing(db):
    one, two = Sku(code="MUG", name="M"), Sku(code="CUP", name="C")
    assert save(db, one, two) == {"MUG": 1, "CUP": 1}
    assert save(db, one, Sku(code="CUP", name="Cup")) == {"MUG": 1, "CUP": 2}
    with db.transaction() as tx:
        trail = tx.execute("select subject, before, after ->> 'name' from trail order by seq")
        assert [(code, before and before["name"], name) for code, before, name in trail] == [
            ("CUP", None, "C"),
            ("MUG", None, "M"),
            ("CUP", "C", "Cup"),
        ]
        told = tx.execute("select subject, data ->> 'version' from event order by seq").fetchall()
        assert told == [("CUP", "1"), ("MUG", "1"), ("CUP", "2")]


def test_two_first_writers_of_one_sku(db):
    """Both see nothing; one wins, and the other is told instead of overwriting."""
    barrier = Barrier(2)

    def write(name):
        def work(tx):
            views.versioned(tx, ["MUG"])
            barrier.wait(5)
            return actions.save(
                tx, [Sku(code="MUG", name=name)], actor="a", now=clock.now(tx), check=absent_only
            )

        def absent_only(version):
            if version is not None:
                raise Stale(believed="absent", current=str(version))

        try:
            return db.run(work)["MUG"]
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(write, ["one", "two"]))
    assert sorted(outcomes, key=str) == [1, "stale"]


def test_many_hands_on_one_sku_lose_no_edit(db):
    """Each edit that went through was made on the version before it."""
    save(db, Sku(code="MUG", name="0"))

    def edit(number):
        def work(tx):
            kept, version = views.versioned(tx, ["MUG"])["MUG"]

            def check(current):
                if current != version:
                    raise Stale(believed=str(version), current=str(current))

            changed = Sku(code="MUG", name=f"{kept.name},{number}"[-190:])
            actions.save(tx, [changed], actor="a", now=clock.now(tx), check=check)

        for _ in range(200):
            try:
                return db.run(work)
            except Stale:
                continue
        raise AssertionError("never got a turn")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(edit, range(1, 25)))
    with db.transaction() as tx:
        kept, version = views.versioned(tx, ["MUG"])["MUG"]
    assert version == 25
    assert sorted(map(int, kept.name.split(","))) == list(range(25))


def test_channels_and_what_they_do_not_sell(client):
    client.put("/v1/skus/MUG", json=sku("MUG"))
    made = client.put("/v1/channels/web", json={"name": "Web shop"})
    assert (made.json(), made.headers["etag"]) == ({"code": "web", "name": "Web shop"}, '"1"')
    assert client.put("/v1/channels/web", json={"name": "Shop"}).status_code == 428
    renamed = client.put("/v1/channels/web", json={"name": "Shop"}, headers={"If-Match": '"1"'})
    assert renamed.headers["etag"] == '"2"'
    assert client.get("/v1/channels").json()["items"] == [{"code": "web", "name": "Shop"}]
    address = "/v1/channels/web/exclusions/MUG"
    given = {"channel": "web", "sku": "MUG", "reason": "fragile"}
    assert client.put(address, json={"reason": "fragile"}).json() == given
    assert client.get("/v1/channels/web/exclusions").json()["items"] == [given]
    for code, found in (("MUG", [given]), ("CUP", [])):
        asked = client.get("/v1/channels/web/exclusions", params={"sku": code})
        assert asked.json()["items"] == found
    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 404
    assert client.get("/v1/channels/web/exclusions").json()["items"] == []
    assert client.get("/v1/channels/nowhere/exclusions").status_code == 404
    unknown = client.put("/v1/channels/web/exclusions/CUP", json={"reason": "x"})
    assert (unknown.status_code, unknown.json()["detail"]) == (422, "Not known here: SKU CUP.")
    nowhere = client.put("/v1/channels/nowhere/exclusions/MUG", json={"reason": "x"})
    assert nowhere.json()["detail"] == "Not known here: channel nowhere."


def test_the_catalog_belongs_to_the_whole_network(db):
    with db.transaction() as tx:
        tx.execute(
            "insert into node (code, name, kind, country, postcode, town, latitude, longitude,"
            " time_zone) values ('PAR', 'x', 'store', 'FR', '75001', 'x', 48, 2, 'Europe/Paris')"
        )
    with calling(db, Permission.CATALOG_WRITE, Permission.CATALOG_READ, nodes=("PAR",)) as client:
        assert client.get("/v1/skus").status_code == 200
        for answer in (
            client.put("/v1/skus/MUG", json=sku("MUG")),
            client.post("/v1/skus/batch", json={"items": [sku("MUG")]}),
            client.put("/v1/channels/web", json={"name": "x"}),
            client.put("/v1/channels/web/exclusions/MUG", json={"reason": "x"}),
            client.delete("/v1/channels/web/exclusions/MUG"),
        ):
            assert answer.status_code == 403
