"""What a server answers to each question of the tower is what the tower's pages read.

Every address that the pages ask is asked of a small retailer's year; the answers are written down,
the compiler holds each of them against the types that are made from the API's description, and the
pages' own functions reckon with them.
"""

import importlib
import re
import shutil
import sys
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient

from caller import application, database
from noria.kit.openapi import document, operations
from noria.lab import tower_questions, year
from noria.lab.bench_tower import filled_in
from noria.lab.year_model import Size

WEB = Path(__file__).parents[1] / "web"
FOLDER = WEB / ".answers"
ASKED = re.compile(r'api\s*\.GET\(\s*"([^"]+)"')
SMALL = Size(orders=400, open=60, skus=60, nodes=40, nodes_of_a_sku=4)
EMPTY = {
    "/v1/atp/narrowed": "each of its nodes promises and sends what it has",
    "/v1/tariffs": "prices of carriers are read from files",
    "/v1/zonings": "and so are their zones",
    "/v1/orders/{order_id}/sendable-messages": "nobody is told of an order twice",
}
"""Lists of which a small retailer's year has nothing, each with why."""


@pytest.fixture(scope="module")
def retailer(server, template):
    """A year of a retailer in small: every table that the tower reads has rows."""
    with database(server, template) as db:
        assert list(year.fill(db, SMALL))
        assert list(year.fill(db, SMALL)) == [], "what is there is not poured in twice"
        yield db


@pytest.fixture(scope="module")
def answered(retailer):
    """What was answered to every question, by the address as the API's description writes it."""
    with (
        application(retailer) as app,
        TestClient(app, base_url="https://testserver.local") as client,
    ):
        body = {"email": year.EVERYWHERE, "password": year.PASSWORD}
        assert client.post("/v1/sessions", json=body).status_code == 201
        paths = sorted({one.path for one in operations(app)}, key=lambda path: path.count("{"))
        found, refused = {}, []
        for question in tower_questions.QUESTIONS:
            address = filled_in(question, tower_questions.words(SMALL, 0))
            answer = client.get(address)
            if answer.status_code != 200:
                refused.append(f"{address}: {answer.text}")
                continue
            found.setdefault(path_of(address, paths), []).append(few(answer.json()))
        assert refused == []
        yield found, document(app)


def path_of(address, paths):
    """The described path of an address; one that says more of it comes before one that says less."""
    where = address.partition("?")[0]
    return next(path for path in paths if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", path), where))


def few(answer):
    """A page with a few of its items: enough to be read, and little to be compiled."""
    if isinstance(answer, dict) and isinstance(answer.get("items"), list):
        return answer | {"items": answer["items"][:3]}
    return answer


def asked_by_pages():
    sources = [
        path.read_text() for path in (WEB / "src").rglob("*.ts*") if ".test." not in path.name
    ]
    return {path for source in sources for path in ASKED.findall(source)}


def test_every_question_of_the_pages_is_asked_and_measured(answered):
    found, _ = answered
    assert len(asked_by_pages()) > 80
    assert asked_by_pages() - found.keys() == set(), "add it to noria.lab.tower_questions"


def test_every_list_has_something_to_read(answered):
    found, _ = answered
    empty = {
        path
        for path, bodies in found.items()
        if not any(body["items"] for body in bodies if isinstance(body, dict) and "items" in body)
        and any(isinstance(body, dict) and "items" in body for body in bodies)
    }
    assert empty == EMPTY.keys()


@pytest.fixture
def build():
    sys.path.insert(0, str(WEB))
    build = importlib.import_module("build")

    yield build
    sys.path.remove(str(WEB))


def test_the_pages_read_what_is_answered(answered, build):
    found, description = answered
    node = build.find_node() if (WEB / "node_modules").exists() else None
    if node is None:
        pytest.skip("no Node.js here: the pages were not tried on what the server answers")
    FOLDER.mkdir(exist_ok=True)
    try:
        write(found)
        (WEB / ".openapi.json").write_bytes(msgspec.json.encode(description))
        types = ("openapi-typescript", ".openapi.json", "-o", "src/api/schema.d.ts")
        assert build.run(node, *types, is_quiet=True)
        assert build.run(node, "tsc", "--noEmit", "-p", ".answers"), "a type is not what is said"
        assert build.run(node, "vitest", "run", "src/api/answers.test.ts", is_quiet=True)
    finally:
        shutil.rmtree(FOLDER)


def write(found):
    said = msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
    (FOLDER / "answers.ts").write_text(
        'import type { Answers } from "../src/api/answers";\n\n'
        f"export const answers: Answers = {said};\n"
    )
    (FOLDER / "tsconfig.json").write_text(
        '{ "extends": "../tsconfig.json", "include": ["answers.ts"] }\n'
    )
