"""Files brought in, into a real database: all or nothing, twice is once, and out and in again."""

import datetime as dt
import io
import time

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noria.catalog import actions as catalog
from noria.catalog import views as catalog_views
from noria.catalog.model import Barcode, Channel, Sku
from noria.connectors.files import actions as files
from noria.connectors.files import exports
from noria.connectors.files.actions import import_file
from noria.connectors.files.model import (
    ExportForm,
    ExportKind,
    FileKind,
    QuotesBroken,
    WrongDelimiter,
    WrongEncoding,
)
from noria.network import actions as network
from noria.network import views as network_views
from noria.network.model import Closure, Departure, Hours, Node, NodeKind, Service

NOW = dt.datetime(2026, 11, 27, 9, tzinfo=dt.UTC)
PARIS = Node(
    code="PAR",
    name="Paris",
    kind=NodeKind.STORE,
    country="FR",
    postcode="75011",
    town="Paris",
    latitude=48.86,
    longitude=2.38,
    hours=(Hours(weekday=0, opens=dt.time(9), closes=dt.time(19)),),
    closures=(Closure(day=dt.date(2026, 12, 25), reason="Noël; fermé"),),
    departures=(Departure(service="home", weekday=0, cut_off=dt.time(16)),),
)


@pytest.fixture
def chain(db):
    """Two SKUs, two nodes, a service and a channel."""

    def make(tx):
        catalog.save(
            tx,
            [Sku(code="A1", name="Mug"), Sku(code="A2", name="Cup")],
            actor="system:test",
            now=NOW,
        )
        catalog.save_channel(tx, Channel(code="web", name="Web shop"), actor="system:test")
        network.save_services(
            tx, [Service(code="home", carrier="Post", name="Home")], actor="system:test", now=NOW
        )
        lyon = Node(
            code="LYS",
            name="Lyon",
            kind=NodeKind.WAREHOUSE,
            country="FR",
            postcode="69003",
            town="Lyon",
            latitude=45.76,
            longitude=4.86,
        )
        network.save_nodes(tx, [PARIS, lyon], actor="system:test", now=NOW)

    db.run(make)
    return db


def bring(db, kind, content, **more):
    text = content if isinstance(content, bytes) else "\n".join(content).encode()
    return import_file(db, kind, text, actor="person:ada", **more)


def summary(report):
    return report.read, report.good, report.written, report.unchanged, report.fault_count


def pointers(report):
    return [(one.pointer, one.code) for one in report.faults]


def asked(db, query, *values):
    with db.transaction() as tx:
        return tx.execute(query, values).fetchall()


def test_a_catalog_comes_in_once(db):
    lines = ["code,name,price,gtins", "A1,Mug,2.50,4006381333931", "A2,Cup,3,96385074 x6"]
    first = bring(db, FileKind.CATALOG, lines)
    assert (summary(first), first.new) == ((2, 2, 2, 0, 0), 2)
    assert [(one.line, one.key, one.is_new) for one in first.examples] == [
        (2, "A1", True), (3, "A2", True),
    ]  # fmt: skip
    assert summary(bring(db, FileKind.CATALOG, lines)) == (2, 2, 0, 2, 0)
    other = [lines[0], "A1,Jug,2.50,4006381333931", lines[2], "A3,Pan,,"]
    look = bring(db, FileKind.CATALOG, other, is_preview=True)
    assert (summary(look), look.new) == ((3, 3, 2, 1, 0), 1)
    changed, new = look.examples
    assert (changed.key, new.key) == ("A1", "A3")
    assert [(one.column, one.before, one.after) for one in changed.changes] == [
        ("name", "Mug", "Jug")
    ]
    with db.transaction() as tx:
        assert catalog_views.skus(tx, ["A1", "A2"]) == {
            "A1": Sku(
                code="A1", name="Mug", price_cents=250, barcodes=(Barcode(gtin="04006381333931"),)
            ),
            "A2": Sku(
                code="A2",
                name="Cup",
                price_cents=300,
                barcodes=(Barcode(gtin="00000096385074", units=6),),
            ),
        }
    assert asked(db, "select max(version) from sku") == [(1,)]


def test_one_bad_line_keeps_the_whole_file_out(chain):
    lines = ["code,name", "A1,Jug", "A3,", "A4,Pan"]
    report = bring(chain, FileKind.CATALOG, lines)
    assert summary(report) == (3, 2, 0, 0, 1)
    assert pointers(report) == [("line 3, column name", "missing")]
    assert asked(chain, "select code, name from sku order by code") == [
        ("A1", "Mug"),
        ("A2", "Cup"),
    ]


def test_keep_good_leaves_out_the_bad_lines_only(chain):
    lines = ["code,name", "A1,Jug", "A3,", "A4,Pan"]
    report = bring(chain, FileKind.CATALOG, lines, keep_good=True)
    assert summary(report) == (3, 2, 2, 0, 1)
    assert asked(chain, "select code, name from sku order by code") == [
        ("A1", "Jug"),
        ("A2", "Cup"),
        ("A4", "Pan"),
    ]


def test_what_a_room_refuses_is_named_at_its_line(chain):
    bring(chain, FileKind.CATALOG, ["code,name,gtins", "A1,Mug,4006381333931"])
    lines = ["code,name,gtins", "A3,Jug,", "A4,Pan,4006381333931", "A5,Pot,"]
    report = bring(chain, FileKind.CATALOG, lines)
    assert summary(report) == (3, 2, 0, 0, 1)
    assert pointers(report) == [("line 3", "barcode-taken")]
    assert "A1" in report.faults[0].says.fr
    assert asked(chain, "select count(*) from sku") == [(2,)]
    assert summary(bring(chain, FileKind.CATALOG, lines, keep_good=True)) == (3, 2, 2, 0, 1)
    assert asked(chain, "select count(*) from sku") == [(4,)]


def test_a_barcode_may_move_from_one_line_to_another(chain, monkeypatch):
    bring(chain, FileKind.CATALOG, ["code,name,gtins", "A2,Cup,4006381333931"])
    one_each = {
        kind: type(writer)(portion=1, check=writer.check, write=writer.write)
        for kind, writer in files.WRITERS.items()
    }
    monkeypatch.setattr(files, "WRITERS", one_each)
    lines = ["code,name,gtins", "A1,Mug,4006381333931", "A2,Cup,"]
    assert summary(bring(chain, FileKind.CATALOG, lines)) == (2, 2, 2, 0, 0)
    assert asked(chain, "select sku from barcode") == [("A1",)]


def test_a_file_full_of_refusals_is_given_up_early(chain, monkeypatch):
    monkeypatch.setattr(files, "FAULTS_KEPT", 2)
    writer = files.WRITERS[FileKind.ORDERS]
    small = type(writer)(portion=2, check=writer.check, write=writer.write)
    monkeypatch.setattr(files, "WRITERS", {FileKind.ORDERS: small})
    lines = [ORDERS[3].replace("2,web", f"{n},web").replace(",48.86,2.38,", ",,,").replace("75011", "00000")
             for n in range(10)]  # fmt: skip
    report = bring(chain, FileKind.ORDERS, [ORDERS[0], *lines])
    assert pointers(report) == [("line 2", "unknown-postcode"), ("line 3", "unknown-postcode")]
    assert asked(chain, "select count(*) from customer_order") == [(0,)]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"code:name\nA3:Mug\n", WrongDelimiter),
        ("code,name\nA3,Café\n".encode("cp1252"), WrongEncoding),
        (b'code,name\nA3,Mug\nA4,"Cup\n', QuotesBroken),
    ],
)
@pytest.mark.parametrize("keep_good", [False, True])
def test_a_file_that_is_no_table_changes_nothing(chain, content, refusal, keep_good):
    with pytest.raises(refusal):
        bring(chain, FileKind.CATALOG, content, keep_good=keep_good)
    assert asked(chain, "select count(*) from sku") == [(2,)]


def test_a_network_comes_in_and_keeps_what_the_file_does_not_say(chain):
    header = "code;name;kind;country;postcode;town;latitude;longitude"
    lines = [
        f"{header};handling_cost;street;address_more",
        "PAR;Paris Bastille;store;FR;75011;Paris;48,86;2,38;2,40;4 rue de Lappe;Bâtiment C",
        "NTE;Nantes;dark_store;FR;44000;Nantes;47,21;-1,55;;;",
    ]
    assert summary(bring(chain, FileKind.NETWORK, lines)) == (2, 2, 2, 0, 0)
    assert summary(bring(chain, FileKind.NETWORK, lines)) == (2, 2, 0, 2, 0)
    with chain.transaction() as tx:
        nodes = network_views.nodes(tx, ["PAR", "NTE"])
    assert nodes["PAR"].name == "Paris Bastille"
    assert nodes["PAR"].handling_cents == 240
    assert nodes["PAR"].hours == PARIS.hours
    assert (nodes["PAR"].street, nodes["PAR"].address_more) == ("4 rue de Lappe", "Bâtiment C")
    assert nodes["NTE"].longitude == -1.55


@pytest.mark.parametrize(
    ("because", "line", "told"),
    [
        ("where it says nothing it lies where its postcode does", "NTE;44000;;", (47.2, -1.6)),
        ("what it says is so", "NTE;44000;47,21;-1,55", (47.21, -1.55)),
        ("one that stays keeps its place", "PAR;75011;;", (48.86, 2.38)),
        ("one that moves lies there", "PAR;44000;;", (47.2, -1.6)),
        ("near is not there", "NTE;44999;;", "unknown-place"),
        ("half a point is none", "NTE;44000;47,21;", "half-a-point"),
    ],
)
def test_a_node_lies_where_its_line_or_its_postcode_says(chain, because, line, told):
    asked(chain, "insert into postcode (country, code, town, latitude, longitude, population)"
          " values ('FR', '44000', 'Nantes', 47.2, -1.6, 1) returning 1")  # fmt: skip
    code, postcode, *point = line.split(";")
    lines = [
        "code;name;kind;country;town;postcode;latitude;longitude",
        ";".join([code, "Shop", "store", "FR", "Town", postcode, *point]),
    ]
    found = bring(chain, FileKind.NETWORK, lines)
    if isinstance(told, str):
        assert pointers(found) == [("line 2, column latitude", told)], because
        return
    assert pointers(found) == [], because
    with chain.transaction() as tx:
        node = network_views.nodes(tx, [code])[code]
    assert (node.latitude, node.longitude) == pytest.approx(told), because


def test_a_departure_of_an_unknown_service_is_a_fault(chain):
    lines = [
        "code,name,kind,country,postcode,town,latitude,longitude,departures",
        "NTE,Nantes,store,FR,44000,Nantes,47.21,-1.55,owl mon 16:00",
    ]
    assert pointers(bring(chain, FileKind.NETWORK, lines)) == [
        ("line 2, column departures", "unknown-service")
    ]


STOCK = ["sku,node,quantity", "A1,PAR,48", "A2,PAR,0", "A1,LYS,7"]


def test_stock_is_counted_and_the_same_file_changes_nothing(chain):
    assert summary(bring(chain, FileKind.STOCK, STOCK)) == (3, 3, 2, 1, 0)
    asked(chain, "update balance set quantity = 40 where quantity = 48 returning 1")
    assert summary(bring(chain, FileKind.STOCK, STOCK)) == (3, 3, 0, 3, 0)
    shuffled = [STOCK[0], *reversed(STOCK[1:])]
    assert summary(bring(chain, FileKind.STOCK, shuffled)) == (3, 3, 0, 3, 0)
    assert asked(chain, "select quantity from balance where (sku, node) = ('A1', 'PAR')"
                 " and state = 'available'") == [(40,)]  # fmt: skip


def test_a_count_of_another_day_is_another_count(chain):
    header = "sku,node,quantity,counted_at"
    assert bring(chain, FileKind.STOCK, [header, "A1,PAR,48,2026-11-01T09:00:00Z"]).written == 1
    assert bring(chain, FileKind.STOCK, [header, "A1,PAR,40,2026-11-02T09:00:00Z"]).written == 1
    assert bring(chain, FileKind.STOCK, [header, "A1,PAR,48,2026-11-03T09:00:00Z"]).written == 1
    assert (
        bring(chain, FileKind.STOCK, [header, "A1,PAR,40,2026-11-02T10:00:00+01:00"]).written == 0
    )


@pytest.mark.parametrize(
    ("because", "line", "faults"),
    [
        ("negative", "A1,PAR,-1", [("line 3, column quantity", "out-of-range")]),
        ("huge", "A1,PAR,1000000001", [("line 3, column quantity", "out-of-range")]),
        ("absurd", f"A1,PAR,{'9' * 40}", [("line 3, column quantity", "malformed")]),
        ("separators", 'A1,PAR,"1,234"', [("line 3, column quantity", "ambiguous-number")]),
        (
            "nobody knows them",
            "XX,YY,1",
            [("line 3, column node", "unknown-node"), ("line 3, column sku", "unknown-sku")],
        ),
        ("twice", "A2,LYS,1", [
            ("line 2, column sku", "given-twice"), ("line 3, column sku", "given-twice"),
        ]),
    ],
)  # fmt: skip
def test_stock_that_cannot_be(chain, because, line, faults):
    report = bring(chain, FileKind.STOCK, ["sku,node,quantity", "A2,LYS,3", line])
    assert pointers(report) == faults, because
    assert asked(chain, "select count(*) from movement") == [(0,)]


def test_a_count_of_tomorrow_is_refused_at_its_line(chain):
    report = bring(
        chain,
        FileKind.STOCK,
        ["sku,node,quantity,counted_at", "A1,PAR,1,2190-01-01T00:00:00Z", "A2,PAR,1,"],
        keep_good=True,
    )
    assert pointers(report) == [("line 2", "from-the-future")]
    assert report.written == 1


def test_stock_counts_only_where_its_sender_may(chain):
    report = bring(chain, FileKind.STOCK, STOCK, nodes=["PAR"], keep_good=True)
    assert pointers(report) == [("line 4, column node", "out-of-reach")]
    assert summary(report) == (3, 2, 1, 1, 1)


ORDERS = [
    "order,channel,customer,placed_at,postcode,town,latitude,longitude,recipient,sku,quantity,price",
    "1,web,C1,2026-11-27T08:26:00Z,69003,Lyon,45.76,4.86,Camille,A1,6,2.55",
    "1,web,C1,2026-11-27T08:26:00Z,69003,Lyon,45.76,4.86,Camille,A2,1,3.39",
    "2,web,C2,2026-11-27T09:26:00+01:00,75011,Paris,48.86,2.38,,A2,1,3.39",
]


def test_orders_come_in_once(chain):
    assert summary(bring(chain, FileKind.ORDERS, ORDERS)) == (3, 3, 3, 0, 0)
    assert summary(bring(chain, FileKind.ORDERS, ORDERS)) == (3, 3, 0, 3, 0)
    assert asked(chain, "select count(*), sum(quantity) from order_line") == [(3, 8)]


def test_an_order_taken_before_with_other_content_is_a_fault(chain):
    bring(chain, FileKind.ORDERS, ORDERS)
    changed = [*ORDERS[:3], ORDERS[3].replace("A2,1,", "A2,2,")]
    report = bring(chain, FileKind.ORDERS, changed)
    assert pointers(report) == [("line 4", "id-reused")]
    assert report.written == 0


def test_an_order_with_an_unknown_sku_is_left_out_whole(chain):
    lines = [*ORDERS, "3,webb,C3,2026-11-27T08:26:00Z,69003,Lyon,45.76,4.86,,A2,1,1",
             ORDERS[1].replace(",A1,", ",XX,")]  # fmt: skip
    report = bring(chain, FileKind.ORDERS, lines, keep_good=True)
    assert pointers(report) == [
        ("line 2", "order-incomplete"),
        ("line 3", "order-incomplete"),
        ("line 5, column channel", "unknown-channel"),
        ("line 6, column sku", "unknown-sku"),
    ]
    assert asked(chain, "select id from customer_order") == [("2",)]


def test_progress_is_told_in_lines(chain):
    told = []
    bring(chain, FileKind.STOCK, STOCK, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (3, 3)]


def exported(db, kind, form=ExportForm.CSV, nodes=None):
    with db.transaction() as tx:
        return b"".join(exports.chunks(tx, kind, form, nodes))


@pytest.mark.parametrize("form", [ExportForm.CSV, ExportForm.PARQUET])
def test_what_was_taken_out_comes_in_again_without_change(chain, form):
    catalog_line = ["code,name,price,gtins", "A2,\"=cmd|' /C calc'!A0\",12.5,96385074 x6"]
    bring(chain, FileKind.CATALOG, catalog_line)
    bring(chain, FileKind.STOCK, STOCK)
    for kind, back in [
        (ExportKind.SKUS, FileKind.CATALOG),
        (ExportKind.NODES, FileKind.NETWORK),
        (ExportKind.STOCK, FileKind.STOCK),
    ]:
        report = bring(chain, back, exported(chain, kind, form))
        assert report.read == 2, kind
        assert summary(report) == (2, 2, 0, 2, 0), kind


def test_no_spreadsheet_runs_what_we_wrote(chain):
    bring(chain, FileKind.CATALOG, ["code,name", '-A3,"=1+1"', "A4,@SUM(A1)", "A5,a=b"])
    text = exported(chain, ExportKind.SKUS).decode()
    assert "\r\n'-A3,'=1+1,0,0,0,0,0,false,false,0.00," in text
    assert "\r\nA4,'@SUM(A1)," in text
    assert "\r\nA5,a=b," in text


NAMES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40
).filter(lambda name: name == name.strip())


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(NAMES, min_size=1, max_size=5), st.sampled_from([ExportForm.CSV, ExportForm.PARQUET])
)
def test_any_name_survives_the_way_out_and_in(chain, names, form):
    skus = [Sku(code=f"N{place}", name=name) for place, name in enumerate(names)]
    chain.run(lambda tx: catalog.save(tx, skus, actor="system:test", now=NOW))
    report = bring(chain, FileKind.CATALOG, exported(chain, ExportKind.SKUS, form))
    assert (report.written, report.fault_count) == (0, 0), [one.says.en for one in report.faults]


def test_exports_show_what_their_asker_may_see(chain):
    bring(chain, FileKind.STOCK, STOCK)
    bring(chain, FileKind.ORDERS, ORDERS)
    balances = exported(chain, ExportKind.BALANCES, nodes=["LYS"]).decode()
    assert "LYS" in balances
    assert "PAR" not in balances
    movements = pl.read_parquet(
        io.BytesIO(exported(chain, ExportKind.MOVEMENTS, ExportForm.PARQUET, nodes=["LYS"]))
    )
    assert set(movements["source_node"]) == {"LYS"}
    assert movements.schema["happened_at"] == pl.Datetime("us", "UTC")
    assert b"A2" in exported(chain, ExportKind.ORDERS)


def test_an_empty_export_is_a_header(db):
    assert exported(db, ExportKind.STOCK) == b"sku,node,quantity\r\n"
    assert (
        pl.read_parquet(io.BytesIO(exported(db, ExportKind.ORDERS, ExportForm.PARQUET))).height == 0
    )


def test_a_hundred_thousand_skus(db, capsys):
    lines = [f"SKU{number},Thing number {number},{number % 90}.50,350" for number in range(100_000)]
    content = "\n".join(["code,name,price,weight_g", *lines]).encode()
    started = time.monotonic()
    report = bring(db, FileKind.CATALOG, content)
    took_s = time.monotonic() - started
    assert summary(report) == (100_000, 100_000, 100_000, 0, 0)
    with capsys.disabled():
        print(f"\ncatalog import: {100_000 / took_s:,.0f} lines/s")  # noqa: T201 - a rate to look at
