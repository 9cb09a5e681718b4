"""Files at the door: sent in, done by the worker, their faults read back, and files taken out."""

import datetime as dt

import pytest
from litestar.testing import TestClient

from caller import application
from noria.app import create_app
from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.connectors.files import jobs as file_jobs
from noria.connectors.files import store
from noria.connectors.files.api import READS, WRITES
from noria.connectors.files.model import ExportKind, FileKind
from noria.kit import clock, jobs
from noria.kit.auth import SYSTEM, Permission
from noria.kit.config import load
from noria.kit.jobs_run import run
from noria.network import actions as network
from noria.network.model import Node, NodeKind
from noria.people import actions as people
from noria.people.model import KeyWish

P = Permission
NOW = dt.datetime(2026, 11, 27, 9, tzinfo=dt.UTC)
CATALOG = b"code,name\nA1,Mug\nA2,\nA3\n"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def client(db):
    with (
        application(db) as app,
        TestClient(app, base_url="https://testserver.local") as client,
    ):
        yield client


@pytest.fixture
def come_as(client, db):
    """Come with a key of these permissions, at these nodes."""

    def come(*permissions, nodes=None):
        wish = KeyWish(name="Files", permissions=permissions, nodes=nodes)
        made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
        client.headers["Authorization"] = f"Bearer {made.token}"
        return client

    return come


@pytest.fixture
def chain(db):
    def make(tx):
        catalog.save(tx, [Sku(code="A1", name="Mug")], actor="system:test", now=NOW)
        network.save_nodes(
            tx,
            [
                Node(
                    code=code,
                    name=code,
                    kind=NodeKind.STORE,
                    country="FR",
                    postcode="75011",
                    town="Paris",
                    latitude=48.86,
                    longitude=2.38,
                )
                for code in ("LYS", "PAR")
            ],
            actor="system:test",
            now=NOW,
        )

    db.run(make)


def work(db, answer):
    """Do the job that an answer names, as the worker would; what became of it."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == answer.json()["job"]
    job_id = answer.json()["id"]
    run(db, job_id, lambda: False)
    with db.transaction() as tx:
        return jobs.job(tx, job_id)


def code(answer):
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    return answer.status_code, answer.json()["code"]


def count(db, query):
    with db.transaction() as tx:
        return tx.execute(query).fetchone()[0]


def test_a_file_is_brought_in_and_its_faults_read_back(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/imports/catalog", content=CATALOG, headers=CSV)
    job = work(db, answer)
    assert job.state is jobs.JobState.DONE
    assert job.result == {
        "kind": "catalog",
        "is_preview": False,
        "read": 3,
        "good": 1,
        "written": 0,
        "unchanged": 0,
        "fault_count": 2,
        "new": 0,
        "examples": [],
    }
    first = client.get(answer.json()["outcome"], params={"limit": 1}).json()
    assert first["items"][0]["pointer"] == "line 3, column name"
    rest = client.get(
        answer.json()["outcome"],
        params={"cursor": first["next"]},
        headers={"Accept-Language": "fr"},
    ).json()
    assert rest == {
        "items": [
            {
                "pointer": "line 4",
                "message": "Cette ligne a 1 colonnes, l'en-tête 2.",
                "code": "too-few-columns",
            }
        ],
        "next": None,
    }
    assert count(db, "select count(*) from upload") == 0
    assert count(db, "select count(*) from sku") == 0


def test_a_file_is_looked_at_and_comes_in_under_the_columns_it_has(come_as, db, chain):
    """Locations come by the door as well; what the look proposes is what the import is told."""
    client = come_as(P.IMPORT, P.FULFILMENT_MANAGE, P.CATALOG_WRITE)
    sent = "Réf;Libellé;Notes\nB1;Bol;x\n".encode()
    seen = client.post("/v1/import-looks", content=sent, headers=CSV).json()
    assert (seen["kind"], seen["missing"]) == ("catalog", [])
    chosen = [("as", column["column"] or "") for column in seen["columns"]]
    answer = client.post("/v1/imports/catalog", content=sent, headers=CSV, params=chosen)
    assert work(db, answer).result["written"] == 1
    few = client.post("/v1/imports/catalog", content=sent, headers=CSV, params=chosen[:1])
    assert "columns-otherwise" in str(work(db, few).error)
    shelves = b"node,location,aisle,bay,skus\nLYS,A-1,1,1,A1\n"
    answer = client.post("/v1/imports/locations", content=shelves, headers=CSV)
    assert work(db, answer).result["written"] == 1


def test_faults_are_a_file_too(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/imports/catalog", content=b"code,name\n=A1,Mug\n", headers=CSV)
    work(db, answer)
    told = client.get(f"{answer.json()['outcome']}/file")
    assert told.headers["content-disposition"].startswith("attachment; ")
    header, line = told.text.splitlines()
    assert header == "line,column,fault,code"
    assert line.startswith("2,code,")
    assert line.endswith(",malformed")


def test_what_was_sent_in_is_listed_for_its_sender_or_who_may_import_everywhere(come_as, db, chain):
    client = come_as(P.IMPORT, P.STOCK_WRITE, nodes=["PAR"])
    sent = b"sku,node,quantity\nA1,PAR,3\n"
    job = work(db, client.post("/v1/imports/stock?name=shelf.csv", content=sent, headers=CSV))
    (own,) = client.get("/v1/imports").json()["items"]
    assert (own["name"], own["summary"]["written"]) == ("shelf.csv", 1)
    come_as(P.IMPORT, P.STOCK_WRITE, nodes=["LYS"])
    assert client.get("/v1/imports").json()["items"] == []
    come_as(P.IMPORT, P.CATALOG_WRITE)
    client.post("/v1/imports/catalog", content=CATALOG, headers=CSV)
    first = client.get("/v1/imports", params={"limit": 1}).json()
    assert first["items"][0]["finished_at"] is None
    rest = client.get("/v1/imports", params={"cursor": first["next"]}).json()
    assert [one["id"] for one in rest["items"]] == [job.id]


def test_every_kind_of_file_may_be_sent_and_every_table_taken_out(come_as, db):
    client = come_as(P.IMPORT, P.EXPORT, *{*WRITES.values(), *READS.values()})
    for kind in FileKind:
        job = work(db, client.post(f"/v1/imports/{kind.value}", content=b"nothing", headers=CSV))
        assert job.error is not None, kind
        assert job.error.code == "wrong-delimiter", kind
    for table in ExportKind:
        answer = client.post(f"/v1/exports/{table.value}")
        assert work(db, answer).state is jobs.JobState.DONE, table
        assert client.get(answer.json()["outcome"]).status_code == 200, table


def test_keep_good_and_an_idempotency_key(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    ask = {"content": CATALOG, "headers": CSV | {"Idempotency-Key": "monday"}}
    first = client.post("/v1/imports/catalog?keep_good=true", **ask)
    again = client.post("/v1/imports/catalog?keep_good=true", **ask)
    assert again.json() == first.json()
    assert code(client.post("/v1/imports/catalog", **ask)) == (409, "id-reused")
    assert work(db, first).result["written"] == 1
    assert count(db, "select count(*) from file_import") == 1


def test_a_file_that_is_no_table_fails_its_job_with_a_reason(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/imports/catalog", content=b"code:name\n", headers=CSV)
    job = work(db, answer)
    assert (job.state, job.error.code) == (jobs.JobState.FAILED, "wrong-delimiter")
    faults = client.get(answer.json()["outcome"]).json()["items"]
    assert [(one["pointer"], one["code"]) for one in faults] == [("file", "wrong-delimiter")]
    assert count(db, "select count(*) from upload") == 0


def test_a_worker_that_died_after_writing_finds_what_it_wrote(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/imports/catalog", content=b"code,name\nA1,Mug\n", headers=CSV)
    job = work(db, answer)
    with db.transaction() as tx:
        progress = jobs.Progress(db, jobs.job(tx, job.id), None, lambda: False)
    assert file_jobs.run_import(progress).written == 1
    assert count(db, "select max(version) from sku") == 1


def test_a_cancelled_import_writes_nothing(come_as, db):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/imports/catalog", content=b"code,name\nA1,Mug\n", headers=CSV)
    with db.transaction() as tx:
        jobs.cancel(tx, answer.json()["id"], asked_by="person:ada")
    assert work(db, answer).state is jobs.JobState.CANCELLED
    assert count(db, "select count(*) from sku") == 0


@pytest.mark.parametrize(
    ("because", "permissions", "nodes", "kind", "expected"),
    [
        ("no import at all", [P.CATALOG_WRITE], None, "catalog", (403, "forbidden")),
        ("import, but no right to write it", [P.IMPORT], None, "catalog", (403, "forbidden")),
        ("nor the right to write stock", [P.IMPORT], None, "stock", (403, "forbidden")),
        ("nor to take orders", [P.IMPORT], None, "orders", (403, "forbidden")),
        ("the catalog is everybody's", [P.IMPORT, P.CATALOG_WRITE], ["PAR"], "catalog",
         (403, "forbidden")),
        ("no such kind", [P.IMPORT, P.CATALOG_WRITE], None, "recipes", (400, "invalid")),
    ],
)  # fmt: skip
def test_who_may_not_bring_in_what(come_as, db, chain, because, permissions, nodes, kind, expected):
    client = come_as(*permissions, nodes=nodes)
    answer = client.post(f"/v1/imports/{kind}", content=CATALOG, headers=CSV)
    assert code(answer) == expected, because
    assert count(db, "select count(*) from file_import") == 0


def test_stock_is_counted_where_the_sender_may(come_as, db, chain):
    client = come_as(P.IMPORT, P.STOCK_WRITE, nodes=["PAR"])
    stock = b"sku,node,quantity\nA1,PAR,3\nA1,LYS,4\n"
    answer = client.post("/v1/imports/stock?keep_good=true", content=stock, headers=CSV)
    assert work(db, answer).result["written"] == 1
    faults = client.get(answer.json()["outcome"]).json()["items"]
    assert [one["code"] for one in faults] == ["out-of-reach"]


def test_others_do_not_see_what_was_sent_or_taken_out(come_as, db, chain):
    client = come_as(P.IMPORT, P.CATALOG_WRITE, P.EXPORT, P.STOCK_READ)
    sent = client.post("/v1/imports/catalog", content=CATALOG, headers=CSV)
    taken = client.post("/v1/exports/stock")
    work(db, sent)
    work(db, taken)
    client = come_as(P.IMPORT, P.EXPORT, nodes=["PAR"])
    assert code(client.get(sent.json()["outcome"])) == (403, "forbidden")
    assert code(client.get(taken.json()["outcome"])) == (403, "forbidden")


@pytest.mark.parametrize("type_sent", ["application/json", "multipart/form-data; boundary=x", ""])
def test_other_types_of_body_are_refused(come_as, type_sent):
    client = come_as(P.IMPORT, P.CATALOG_WRITE)
    answer = client.post(
        "/v1/imports/catalog", content=CATALOG, headers={"Content-Type": type_sent}
    )
    assert code(answer) == (415, "not-a-table-type")


def test_a_file_over_the_limit(db, come_as):
    come_as(P.IMPORT, P.CATALOG_WRITE)
    app = create_app(load({"NORIA_BODY_LIMIT_BYTES": "1024"}), db)
    with TestClient(app, base_url="https://testserver.local") as client:
        wish = KeyWish(name="Files", permissions=(P.IMPORT, P.CATALOG_WRITE), nodes=None)
        made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
        headers = CSV | {"Authorization": f"Bearer {made.token}"}
        answer = client.post("/v1/imports/catalog", content=b"x" * 1025, headers=headers)
    assert code(answer) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("form", "type_sent"),
    [("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")],
)
def test_a_file_is_taken_out_and_comes_in_again(come_as, db, chain, form, type_sent):
    client = come_as(P.EXPORT, P.CATALOG_READ, P.IMPORT, P.CATALOG_WRITE)
    answer = client.post("/v1/exports/skus", params={"form": form})
    assert code(client.get(answer.json()["outcome"])) == (409, "export-not-ready")
    job = work(db, answer)
    taken = client.get(answer.json()["outcome"])
    assert taken.status_code == 200
    assert taken.headers["content-type"].startswith(type_sent)
    assert taken.headers["content-disposition"] == f'attachment; filename="noria-skus.{form}"'
    assert job.result == {"bytes": len(taken.content)}
    back = client.post(
        "/v1/imports/catalog", content=taken.content, headers={"Content-Type": type_sent}
    )
    assert work(db, back).result == {
        "kind": "catalog",
        "is_preview": False,
        "read": 1,
        "good": 1,
        "written": 0,
        "unchanged": 1,
        "fault_count": 0,
        "new": 0,
        "examples": [],
    }


def test_a_large_file_goes_out_in_pieces(come_as, db, chain, monkeypatch):
    monkeypatch.setattr("noria.connectors.files.exports.CHUNK_BYTES", 100)
    skus = [Sku(code=f"N{number:03}", name="é" * 50) for number in range(200)]
    db.run(lambda tx: catalog.save(tx, skus, actor="system:test", now=NOW))
    client = come_as(P.EXPORT, P.CATALOG_READ)
    answer = client.post("/v1/exports/skus")
    work(db, answer)
    assert count(db, "select count(*) from export_chunk") > 50
    assert len(client.get(answer.json()["outcome"]).content.decode().splitlines()) == 202


def test_an_export_holds_the_nodes_that_its_asker_reaches(come_as, db, chain):
    client = come_as(P.IMPORT, P.STOCK_WRITE)
    stock = b"sku,node,quantity\nA1,PAR,3\nA1,LYS,4\n"
    work(db, client.post("/v1/imports/stock", content=stock, headers=CSV))
    client = come_as(P.EXPORT, P.STOCK_READ, nodes=["LYS"])
    answer = client.post("/v1/exports/stock")
    work(db, answer)
    assert client.get(answer.json()["outcome"]).text == "sku,node,quantity\r\nA1,LYS,4\r\n"


@pytest.mark.parametrize("address", ["/v1/imports/nothing/faults", "/v1/exports/nothing/file"])
def test_what_was_never_sent_is_not_found(come_as, address):
    client = come_as(P.IMPORT, P.EXPORT)
    assert code(client.get(address)) == (404, "not-found")


def test_old_files_are_forgotten(come_as, db, chain):
    client = come_as(P.IMPORT, P.CATALOG_WRITE, P.EXPORT, P.CATALOG_READ)
    work(db, client.post("/v1/imports/catalog", content=CATALOG, headers=CSV))
    work(db, client.post("/v1/exports/skus"))
    file_jobs.forget(db)
    assert count(db, "select count(*) from export_chunk") == 1
    with db.transaction() as tx:
        tx.execute("update file_import set asked_at = now() - %s", [store.IMPORTS_KEPT])
        tx.execute("update file_export set asked_at = now() - %s", [store.EXPORTS_KEPT])
    file_jobs.forget(db)
    assert count(db, "select count(*) from export_chunk") == 0
    assert count(db, "select count(*) from import_fault") == 0
