"""The description of the API: complete, exemplary, and true under thousands of odd requests."""

import os
from pathlib import Path

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from caller import calling, database
from noria.app import create_app
from noria.kit.config import load
from noria.kit.docs import downgraded, every_refusal, markdown
from noria.kit.openapi import document, operations

EXAMPLES = int(os.environ.get("NORIA_TEST_FUZZ_EXAMPLES", "2"))
"""How many odd requests each operation gets; 500 takes a coffee break and finds more."""

ENDLESS = "/v1/events/stream"


@pytest.fixture(scope="module")
def app():
    return create_app(load({}))


@pytest.fixture(scope="module")
def description(app):
    return document(app)


def test_every_operation_has_a_sentence_a_tag_and_a_key(app, description):
    ids = []
    for one in operations(app):
        said = description["paths"][one.path][one.method.lower()]
        assert said["summary"][0].isupper(), f"{one.path} needs a docstring"
        assert said["tags"], one.path
        assert bool(said["security"]) is not one.is_public
        assert one.is_public or said.get("x-permission") or one.handler.opt["permission"] is None
        ids.append(said["operationId"])
    assert sorted(ids) == sorted(set(ids))


def test_every_body_has_an_example_that_is_read(app, description):
    for one in operations(app):
        if one.body is None:
            continue
        said = description["paths"][one.path][one.method.lower()]
        example = said["requestBody"]["content"]["application/json"]["example"]
        msgspec.json.decode(msgspec.json.encode(example), type=one.body.annotation)


def test_every_answer_has_an_example_that_is_one(app, description):
    for one in operations(app):
        answer = one.answer
        if answer in {None, bytes}:
            continue
        said = description["paths"][one.path][one.method.lower()]
        (content,) = said["responses"][str(one.handler.status_code)]["content"].values()
        msgspec.json.decode(msgspec.json.encode(content["example"]), type=answer)


def test_it_is_openapi(description):
    schemathesis.openapi.from_dict(description).validate()


def test_every_reference_leads_somewhere(description):
    components = description["components"]["schemas"]
    for reference in references(description):
        assert reference.removeprefix("#/components/schemas/") in components
    assert all("signature" not in name for name in components)


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_refusal_speaks_both_languages():
    for refusal in every_refusal():
        for text in (refusal.says, refusal.do):
            assert text.en.strip()
            assert text.fr.strip()
            assert text.en != text.fr, refusal.code


def test_the_older_description_has_no_word_of_the_newer(description):
    older = downgraded(description)
    schemathesis.openapi.from_dict(older).validate()
    assert older["openapi"] == "3.0.3"
    text = msgspec.json.encode(older).decode()
    for word in ('"const"', '"type":"null"', '"examples":['):
        assert word not in text
    assert description["openapi"] == "3.1.0", "the original is left alone"


def test_docs_api_md_is_what_the_handlers_say(app):
    """After a change: python -m noria.app > docs/api.md."""
    assert Path("docs/api.md").read_text() == markdown(app)


@pytest.fixture(scope="module")
def served(server, template):
    """The whole application with something under the code that all examples name."""
    with database(server, template) as db, calling(db) as client:
        code = "85123A"
        client.put(f"/v1/skus/{code}", json={"code": code, "name": "Heart"})
        client.put(f"/v1/channels/{code}", json={"name": "Web"})
        service = {"code": code, "carrier": "Poste", "name": "Home", "rates": []}
        assert client.put(f"/v1/services/{code}", json=service).status_code == 200
        yield client


api = schemathesis.openapi.from_dict(document(create_app(load({}))))


@api.exclude(path=ENDLESS).parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_odd_requests_never_break_it(case, served):
    """No 5xx, no status or type that is not declared, every answer of the shape it promises."""
    case.call_and_validate(
        app=served.app,
        headers={"Authorization": served.headers["Authorization"]},
        checks=[
            not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
            checks.negative_data_rejection,
        ],
    )
