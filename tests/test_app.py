"""The door itself: what is read, what is refused and how, and what every answer carries."""

import io
import json
import logging
import re

import msgspec
import psycopg
import pytest
import structlog
from litestar.testing import TestClient

from caller import calling, database
from noria.app import create_app
from noria.kit import bodies, logs, problems
from noria.kit.auth import Permission
from noria.kit.config import load
from noria.kit.db import Database
from noria.kit.docs import every_refusal
from noria.kit.http import PROBLEM_TYPE

SKU = {"code": "MUG", "name": "Mug"}
MOVEMENT = {
    "kind": "received",
    "node": "PAR",
    "cause": "till:1",
    "happened_at": "2026-01-01T00:00:00Z",
    "moves": [{"sku": "MUG", "quantity": 1, "source": "outside", "target": "available"}],
}


@pytest.fixture
def client(db):
    with calling(db) as client:
        yield client


@pytest.fixture(scope="module")
def refused_client(server, template):
    """One for all the requests that leave nothing behind."""
    with database(server, template) as db, calling(db) as client:
        yield client


def changed(**fields):
    return msgspec.json.encode(SKU | fields)


@pytest.mark.parametrize(
    ("because", "body", "status", "code", "pointer"),
    [
        ("no JSON", b"{", 400, "malformed-json", ""),
        ("nothing at all", b"", 400, "malformed-json", ""),
        ("more than one value", b'{"code":"MUG","name":"a"} 1', 400, "malformed-json", ""),
        ("a byte order mark", b"\xef\xbb\xbf{}", 400, "malformed-json", ""),
        ("not UTF-8", b'{"code":"MUG","name":"caf\xe9"}', 400, "malformed-json", ""),
        ("half a surrogate pair", b'{"code":"MUG","name":"\\ud800"}', 400, "malformed-json", ""),
        ("a raw NUL", b'{"code":"MUG","name":"\x00"}', 400, "malformed-json", ""),
        ("a NUL in disguise", changed(name="a\0b"), 400, "malformed-json", "/name"),
        (
            "a key twice",
            b'{"code":"MUG","name":"a","name":"b"}',
            400,
            "malformed-json",
            "",
        ),
        ("no number", b'{"code":"MUG","name":"a","weight_g":NaN}', 400, "malformed-json", ""),
        ("too large a number", changed(weight_g=10**30), 400, "invalid", "/weight_g"),
        (
            "a number without end",
            b'{"code":"MUG","name":"a","weight_g":' + b"9" * 9000 + b"}",
            400,
            "invalid",
            "/weight_g",
        ),
        ("nested too deep", b'{"code":' + b"[" * 9000, 400, "invalid", "/code"),
        ("nested too deep elsewhere", b"[" * 200_000, 400, "invalid", ""),
        ("negative", changed(weight_g=-1), 400, "invalid", "/weight_g"),
        ("a fraction", changed(weight_g=1.5), 400, "invalid", "/weight_g"),
        ("digits as a string", changed(weight_g="1"), 400, "invalid", "/weight_g"),
        ("an unknown field", changed(colour="red"), 400, "invalid", "/colour"),
        ("a field is missing", b'{"code":"MUG"}', 400, "invalid", "/name"),
        ("a list", b"[]", 400, "invalid", ""),
        (
            "deep inside",
            changed(barcodes=[{"gtin": "04006381333931"}, {"gtin": "x"}]),
            400,
            "invalid",
            "/barcodes/1/gtin",
        ),
        ("another address", changed(code="CUP"), 400, "invalid", "/code"),
    ],
)  # fmt: skip
def test_bodies_that_are_refused(refused_client, because, body, status, code, pointer):
    answer = refused_client.put("/v1/skus/MUG", content=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), because
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer], because
    assert answer.headers["content-type"] == PROBLEM_TYPE
    assert refused_client.get("/v1/skus/MUG").status_code == 404, "nothing is half applied"


@pytest.mark.parametrize(
    ("because", "instant"),
    [
        ("without zone", "2026-01-01T00:00:00"),
        ("before PostgreSQL's first Python date", "0001-01-01T00:00:00+14:00"),
        ("after the last one", "9999-12-31T23:59:59-12:00"),
        ("no business was then", "1066-10-14T00:00:00Z"),
        ("a number", 1_767_225_600),
        ("no such day", "2026-02-30T00:00:00Z"),
    ],
)
def test_instants_that_are_refused(refused_client, because, instant):
    answer = refused_client.put("/v1/movements/m-1", json=MOVEMENT | {"happened_at": instant})
    assert answer.status_code == 400, because
    assert answer.json()["errors"][0]["pointer"] == "/happened_at", because


def test_a_far_date_cannot_hide_behind_escapes(refused_client):
    body = json.dumps(MOVEMENT).replace("2026-01", "\\u0031066-01").replace("31066", "3166")
    answer = refused_client.put(
        "/v1/movements/m-1", content=body.replace("\\u00313166", "\\u0031866")
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/happened_at"


@pytest.mark.parametrize(
    ("because", "media_type", "status"),
    [
        ("a form", "application/x-www-form-urlencoded", 415),
        ("text", "text/plain", 415),
        ("another encoding", "application/json; charset=latin-1", 415),
        ("JSON", "application/json", 200),
        ("JSON, said twice", "application/json; charset=UTF-8", 200),
        ("a kind of JSON", "application/merge-patch+json", 200),
    ],
)
def test_media_types(refused_client, because, media_type, status):
    answer = refused_client.put(
        "/v1/skus/MUG", content=changed(), headers={"Content-Type": media_type}
    )
    assert answer.status_code == status, because


@pytest.mark.parametrize(
    ("because", "query", "code", "pointer"),
    [
        ("misspelt", "?limits=3", "unknown-parameter", "/limits"),
        ("no number", "?limit=x", "invalid", "/limit"),
        ("too few", "?limit=0", "invalid", "/limit"),
        ("too many", "?limit=1001", "invalid", "/limit"),
        ("a cursor of nobody", "?cursor=abc", "invalid", "/cursor"),
        ("a cursor of another list", "?cursor=WyJhIiwiYiJd", "invalid", "/cursor"),
        ("a NUL", "?q=%00", "invalid", "/q"),
        ("null is no number", "?limit=null", "invalid", "/limit"),
        ("twice", "?limit=1&limit=2", "invalid", "/limit"),
    ],
)
def test_parameters_that_are_refused(refused_client, because, query, code, pointer):
    answer = refused_client.get(f"/v1/skus{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code), because
    assert problem["errors"][0]["pointer"] == pointer, because


def test_a_nul_in_the_address_is_refused(refused_client):
    assert refused_client.get("/v1/postcodes/FR/%00").status_code == 400
    assert refused_client.get("/v1/skus/a%20b").json()["errors"][0]["pointer"] == "/sku"


def test_a_body_over_the_limit(db):
    with calling(db, NORIA_BODY_LIMIT_BYTES="2048") as client:
        answer = client.put("/v1/skus/MUG", content=changed(name="x" * 3000))
        assert answer.status_code == 413
        assert "2048" in answer.json()["detail"]
        streamed = client.put("/v1/skus/MUG", content=(b"x" * 100 for _ in range(100)))
        assert streamed.status_code == 413, "also when no length was announced"


def test_addresses_and_methods(refused_client):
    assert refused_client.get("/v1/nothing").json()["code"] == "unknown-address"
    wrong = refused_client.delete("/v1/skus/MUG")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "GET, OPTIONS, PUT, HEAD"
    methods = refused_client.options("/v1/skus/MUG")
    assert (methods.status_code, methods.headers["allow"]) == (204, wrong.headers["allow"])
    assert refused_client.options("/v1/nothing").status_code == 404


def test_head_is_get_without_body(client):
    client.put("/v1/skus/MUG", content=changed())
    get, head = client.get("/v1/skus/MUG"), client.head("/v1/skus/MUG")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]
    assert client.head("/v1/skus/CUP").status_code == 404


def test_a_bug_is_a_sentence_and_a_log_line_never_a_trace(db, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("noria.catalog.views.search", broken)
    seen = io.StringIO()
    logs.start(load({}), seen)
    with calling(db) as client:
        answer = client.get("/v1/skus", headers={"X-Request-Id": "ask-7"})
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "secret" not in answer.text
    lines = [json.loads(line) for line in seen.getvalue().splitlines()]
    (failed,) = [line for line in lines if line["event"] == "request failed"]
    assert failed["request_id"] == answer.json()["request_id"] == "ask-7"
    assert "ZeroDivisionError: secret detail" in failed["exception"]


def test_values_that_only_postgresql_refuses_are_still_a_4xx(db, monkeypatch):
    def overflow(tx, *_, **__):
        tx.execute("select %s::int", [10**12])

    monkeypatch.setattr("noria.catalog.views.search", overflow)
    with calling(db) as client:
        answer = client.get("/v1/skus")
    assert (answer.status_code, answer.json()["code"]) == (400, "value-out-of-range")


@pytest.mark.parametrize(
    ("because", "given", "kept"),
    [
        ("plain", "order-7.a_b", True),
        ("too long", "x" * 65, False),
        ("markup", "<b>", False),
        ("a second line", "a b", False),
    ],
)
def test_request_ids(refused_client, because, given, kept):
    answer = refused_client.get("/v1/nothing", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept, because
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.5", "fr"),
        ("fr;q=0.5, en-GB;q=0.9", "en"),
        ("de, *;q=0.1", "en"),
        ("fr;q=x", "en"),
        ("FR;q=0.8,en;q=0", "fr"),
    ],
)
def test_preferred_language(accepted, language):
    assert problems.preferred(accepted) == language


def test_problems_speak_french(refused_client):
    answer = refused_client.get("/v1/skus/CUP", headers={"Accept-Language": "fr"})
    assert answer.json()["detail"] == "Il n'existe pas de SKU «\u202fCUP\u202f»."


def test_nobody_is_told_how_to_come_in(db):
    with TestClient(create_app(load({}), db)) as client:
        answer = client.get("/v1/skus")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_no_database_is_503_with_a_time_to_come_back(server):
    away = psycopg.conninfo.make_conninfo(server, port="1", host="127.0.0.1")
    gone = Database(away, wait_s=0.1)
    try:
        with TestClient(create_app(load({}), gone), raise_server_exceptions=False) as client:
            assert client.get("/healthz").status_code == 200, "the process lives"
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["code"]) == (503, "unavailable")
            assert ready.headers["retry-after"] == "2"
            assert "noria_up 0.0" in client.get("/metrics").text
            assert client.get("/docs").status_code == 200
    finally:
        gone.close()


def test_not_ready_until_migrated(db):
    with calling(db) as client:
        assert client.get("/readyz").status_code == 200
        with db.transaction() as tx:
            tx.execute("delete from migration where number = (select max(number) from migration)")
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "not-ready")


def test_pages_link_to_the_next_one_with_the_same_filters(client):
    for code in ("A1", "A2", "A3", "B1"):
        client.put(f"/v1/skus/{code}", json={"code": code, "name": "Mug"})
    seen, address = [], "/v1/skus?q=a&limit=2"
    while address:
        answer = client.get(address)
        seen += [sku["code"] for sku in answer.json()["items"]]
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
        address = f"/v1/skus{link[1]}" if link else ""
    assert seen == ["A1", "A2", "A3"]


def test_etag_and_if_match(client):
    first = client.put("/v1/skus/MUG", json=SKU)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    again = client.put("/v1/skus/MUG", json=SKU)
    assert (again.status_code, again.headers["etag"]) == (200, '"1"'), "sent twice is sent once"
    other = SKU | {"name": "Cup"}
    assert client.put("/v1/skus/MUG", json=other).json()["code"] == "if-match-missing"
    stale = client.put("/v1/skus/MUG", json=other, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    second = client.put("/v1/skus/MUG", json=other, headers={"If-Match": '"1"'})
    assert (second.status_code, second.headers["etag"]) == (200, '"2"')
    retried = client.put("/v1/skus/MUG", json=other, headers={"If-Match": '"1"'})
    assert (retried.status_code, retried.headers["etag"]) == (200, '"2"'), "the answer was lost"
    absent = client.put(
        "/v1/skus/CUP", json={"code": "CUP", "name": "C"}, headers={"If-Match": '"1"'}
    )
    assert absent.status_code == 412
    known = client.get("/v1/skus/MUG", headers={"If-None-Match": '"1", "2"'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", '"2"')
    assert client.get("/v1/skus/MUG", headers={"If-None-Match": '"1"'}).status_code == 200


def test_idempotency_keys(client):
    client.put("/v1/skus/MUG", json=SKU)
    client.put("/v1/channels/web", json={"name": "Web"})
    address, headers = "/v1/channels/web/exclusions/MUG", {"Idempotency-Key": "k1"}
    first = client.put(address, json={"reason": "fragile"}, headers=headers)
    assert client.put(address, json={"reason": "fragile"}, headers=headers).json() == first.json()
    reused = client.put(address, json={"reason": "heavy"}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (409, "id-reused")
    bad = client.put(address, json={"reason": "x"}, headers={"Idempotency-Key": "k" * 256})
    assert bad.json()["errors"][0]["pointer"] == "/Idempotency-Key"


def test_every_answer_protects_itself(refused_client):
    for address in ("/v1/skus", "/v1/nothing", "/docs", "/healthz"):
        answer = refused_client.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["server"] == "noria", "what runs here, in which version, is nobody's"
        assert "access-control-allow-origin" not in answer.headers
    assert refused_client.get("/v1/skus").headers["cache-control"] == "private, no-cache"


def test_the_access_log_says_who_asked_what(db):
    seen = io.StringIO()
    logs.start(load({}), seen)
    with calling(db) as client:
        client.get("/v1/skus/MUG?", headers={"X-Request-Id": "ask-8"})
        client.head("/v1/nothing")
    structlog.get_logger("noria.test").info("alone")
    logging.getLogger("other").warning("from another library")
    lines = [json.loads(line) for line in seen.getvalue().splitlines()]
    asked = next(line for line in lines if line.get("request_id") == "ask-8")
    assert (asked["route"], asked["method"], asked["status"]) == ("/v1/skus/{sku}", "GET", 404)
    assert asked["actor"].startswith("key:")
    assert asked["ms"] >= 0
    strange = next(line for line in lines if line.get("route") == "(none)")
    assert strange["method"] == "HEAD"
    assert lines[-2]["event"] == "alone"
    assert "request_id" not in lines[-2]
    assert lines[-1]["event"] == "from another library"


def test_logs_for_people():
    seen = io.StringIO()
    logs.start(load({"NORIA_LOG_FORMAT": "text", "NORIA_LOG_LEVEL": "warning"}), seen)
    structlog.get_logger("noria.test").info("too little")
    structlog.get_logger("noria.test").warning("enough")
    assert "too little" not in seen.getvalue()
    assert "enough" in seen.getvalue()


def test_metrics(client):
    client.get("/v1/skus/MUG")
    assert client.request("BREW", "/v1/skus").status_code == 405
    text = client.get("/metrics").text
    assert "BREW" not in text, "a visitor must not be able to make up labels"
    assert 'noria_http_requests_total{method="GET",route="/v1/skus/{sku}",status="404"}' in text
    assert 'noria_http_request_seconds_bucket{le="0.1",method="GET",route="/v1/skus/{sku}"}' in text
    for name in (
        "noria_pool_size",
        "noria_build_info",
        "noria_events_written",
        "noria_webhook_backlog",
        "noria_events_undecided",
        "noria_up 1.0",
    ):
        assert name in text


def test_the_clock(client, db):
    assert client.get("/v1/clock").json()["is_driven"] is False
    later = {"at": "2027-01-01T00:00:00Z"}
    assert client.put("/v1/clock", json=later).json()["code"] == "clock-not-driven"
    with db.transaction() as tx:
        tx.execute("insert into driven_clock (at) values ('2026-12-31T00:00:00Z')")
    assert client.put("/v1/clock", json=later).json() == later | {"is_driven": True}
    back = client.put("/v1/clock", json={"at": "2026-01-01T00:00:00Z"})
    assert (back.status_code, back.json()["code"]) == (409, "clock-backwards")


def test_the_clock_is_not_for_everybody(db):
    with calling(db, Permission.STOCK_WRITE) as client:
        assert client.get("/v1/clock").status_code == 200
        assert client.put("/v1/clock", json={"at": "2027-01-01T00:00:00Z"}).status_code == 403


def test_documentation_needs_no_other_server(refused_client):
    page = refused_client.get("/docs").text
    assert not re.search(r"https?://", page)
    for address in re.findall(r'(?:src|href)="(/docs/assets/[^"]+)"', page):
        asset = refused_client.get(address)
        assert asset.status_code == 200, address
        assert asset.content
    assert refused_client.get("/docs/assets/index.html").status_code == 404
    assert refused_client.get("/docs/assets/..%2Fpyproject.toml").status_code == 404
    refusals = refused_client.get("/docs/problems").text
    for refusal in every_refusal():
        assert f'id="{refusal.code}"' in refusals


def test_pointers():
    assert problems.pointer("$.lines[3].quantity") == "/lines/3/quantity"
    assert problems.pointer("$") == ""


def test_large_bodies_are_read_as_strictly(client):
    many = [{"code": f"S{number}", "name": "x" * 90} for number in range(900)]
    assert len(msgspec.json.encode(many)) > bodies.LARGE_BODY_BYTES
    fine = client.post("/v1/skus/batch", json={"items": many})
    assert {item["status"] for item in fine.json()["items"]} == {200}
    many[700]["weight_g"] = "1"
    bad = client.post("/v1/skus/batch", json={"items": many})
    assert bad.json()["errors"][0]["pointer"] == "/items/700/weight_g"
