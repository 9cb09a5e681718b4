"""The OpenAPI 3.1 description, made of the handlers: their types, docstrings and permissions."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg, PathParameter
from litestar.routes import HTTPRoute
from litestar.types.builtin_types import NoneType
from litestar.typing import FieldDefinition
from litestar.utils.helpers import unwrap_partial
from msgspec import Struct

from noria.kit.auth import Permission
from noria.kit.http import PROBLEM_TYPE, PROBLEMS, Problem
from noria.kit.schemas import Json, Shapes

ABOUT = """\
One stock, one promise, one loop: order management and inventory for retailers.

Every error is `application/problem+json` with a stable `code`, a sentence in English or French
(Accept-Language), and what to do; /docs/problems lists them all. Ids are the caller's: the same
id with the same content is answered the same, with other content it is refused. Where there is no
id of yours, `Idempotency-Key` does the same for 30 days.
"""

SCHEMES: Json = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `Authorization: Bearer noria_…`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-noria_session",
        "description": "A log-in. What changes something needs the header X-CSRF-Token beside it.",
    },
}
HEADERS: dict[str, Json] = {
    "If-Match": {
        "description": "The ETag of the version that is changed; none to create.",
        "schema": {"type": "string", "examples": ['"3"']},
    },
    "If-None-Match": {
        "description": "The ETag of the version at hand; if nothing changed, the answer is 304.",
        "schema": {"type": "string", "examples": ['"3"']},
    },
    "Idempotency-Key": {
        "description": "An id of yours for this request: sent again, it is not done again.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "examples": ["7f9c24e8"]},
    },
}


class Operation(Struct, frozen=True, kw_only=True):
    """One handler at one address."""

    path: str
    method: str
    handler: HTTPRouteHandler

    @property
    def body(self) -> FieldDefinition | None:
        return self.handler.parsed_data_field

    @property
    def answer(self) -> Any:
        """The type of a good answer; None where it has no body."""
        returned = self.handler.parsed_fn_signature.return_type
        if returned.is_subclass_of(Response):
            returned = returned.inner_types[0] if returned.inner_types else _NOTHING
        return None if returned.annotation in {None, NoneType} else returned.annotation

    @property
    def words(self) -> tuple[str, str]:
        """What it does, in one sentence, and what else there is to say."""
        words = cleandoc(unwrap_partial(self.handler.fn).__doc__ or self.handler.handler_name)
        summary, _, rest = words.partition("\n\n")
        return summary.replace("\n", " "), rest

    @property
    def permission(self) -> Permission | None:
        found: Permission | None = self.handler.opt.get("permission")
        return found

    @property
    def is_public(self) -> bool:
        return bool(self.handler.opt.get("public"))

    @property
    def has_version(self) -> bool:
        return bool(self.handler.opt.get("has_version"))

    def parameters(self) -> Iterator[tuple[str, ParameterKwarg, FieldDefinition]]:
        """Each parameter's name for the outside, where it goes, and its definition."""
        for name, field in self.handler.parsed_fn_signature.parameters.items():
            kwarg = field.kwarg_definition
            if f"{{{name}}}" in self.path and not isinstance(kwarg, PathParameter):
                kwarg = PathParameter()
            if isinstance(kwarg, ParameterKwarg) and not field.is_di_field:
                yield kwarg.name or name, kwarg, field


_NOTHING = FieldDefinition.from_annotation(None)


def operations(app: Litestar) -> list[Operation]:
    """Every operation that the world may use, by address and method."""
    found = [
        Operation(path=route.path_format, method=method, handler=handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS"})
        if handler.resolve_include_in_schema()
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def document(app: Litestar) -> Json:
    """The whole description."""
    every = operations(app)
    shapes = _shapes(every)
    paths: dict[str, Json] = {}
    for one in every:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, shapes)
    tags = sorted({tag for one in every for tag in one.handler.resolve_tags()})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Noria",
            "version": version("noria"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shapes.components.items())),
            "securitySchemes": SCHEMES,
        },
    }


def _shapes(every: Sequence[Operation]) -> Shapes:
    """The types of all that operations read and answer."""
    shapes = Shapes()
    shapes.add(Problem, "")
    for one in every:
        tag = one.handler.resolve_tags()[0]
        if one.body:
            shapes.add(one.body.annotation, tag)
        if one.answer not in {None, bytes}:
            shapes.add(one.answer, tag)
        for _, _, field in one.parameters():
            shapes.add(_parameter_type(one, field.name), tag)
    return shapes


def _parameter_type(one: Operation, name: str) -> Any:
    return one.handler.signature_model.__annotations__[name]


def _operation(one: Operation, shapes: Shapes) -> Json:
    summary, rest = one.words
    said: Json = {
        "operationId": one.handler.handler_name,
        "summary": summary.rstrip("."),
        "tags": one.handler.resolve_tags(),
        "parameters": [*_parameters(one, shapes), *_headers(one)],
        "responses": _responses(one, shapes),
        "security": [] if one.is_public else [{"key": []}, {"session": []}],
    }
    if rest:
        said["description"] = rest
    if one.permission is not None:
        said["x-permission"] = one.permission.value
    if one.body is not None:
        schema = shapes.of(one.body.annotation)
        example = one.handler.opt.get("example") or shapes.example(schema)
        content = {"application/json": {"schema": schema, "example": example}}
        said["requestBody"] = {"required": True, "content": content}
    elif media := one.handler.opt.get("media"):
        binary = {"schema": {"type": "string", "format": "binary"}}
        said["requestBody"] = {"required": True, "content": dict.fromkeys(media, binary)}
    return said


def _parameters(one: Operation, shapes: Shapes) -> Iterator[Json]:
    for name, kwarg, field in one.parameters():
        schema = _without_null(shapes.of(_parameter_type(one, field.name)))
        if isinstance(field.default, str | int) and field.default != "":
            schema["default"] = field.default
        said: Json = {"name": name, "in": kwarg.param_type.value, "schema": schema}
        if kwarg.description:
            said["description"] = kwarg.description
        if said["in"] == "path" or not field.has_default:
            said["required"] = True
        yield said


def _without_null(schema: Json) -> Json:
    """What a parameter may be; null is to leave it out."""
    schema = {key: value for key, value in schema.items() if key != "description"}
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    inner = {"anyOf": kinds} if len(kinds) > 1 else dict(*kinds)
    inner.pop("description", None)
    return schema | inner


def _headers(one: Operation) -> Iterator[Json]:
    names = ["Idempotency-Key"] if one.method in {"POST", "PUT"} and not one.is_public else []
    if one.has_version:
        names.append("If-None-Match" if one.method == "GET" else "If-Match")
    for name in names:
        yield {"name": name, "in": "header"} | HEADERS[name]


def _responses(one: Operation, shapes: Shapes) -> Json:
    good: Json = {"description": "Done."}
    if one.answer is not None:
        schema = {"type": "string"} if one.answer is bytes else shapes.of(one.answer)
        media = one.handler.media_type
        content: Json = {"schema": schema}
        if one.answer is not bytes:
            content["example"] = shapes.example(schema)
        kind = str(getattr(media, "value", media)) if media else "application/json"
        good["content"] = {kind: content}
    if one.has_version:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    said = {str(one.handler.status_code): good} | _others(one)
    if one.has_version and one.method == "GET":
        said["304"] = {"description": "It is still the version named by If-None-Match."}
    problem = {PROBLEM_TYPE: {"schema": shapes.of(Problem)}}
    for status in _statuses(one):
        said[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return dict(sorted(said.items()))


def _others(one: Operation) -> Json:
    """Good answers that the handler declares itself: streams, files, accepted jobs."""
    declared = one.handler.responses or {}
    return {
        str(status): {
            "description": spec.description,
            "content": {str(spec.media_type): {"schema": {"type": "string"}}},
        }
        for status, spec in declared.items()
        if status not in PROBLEMS
    }


def _statuses(one: Operation) -> list[int]:
    """The problems that can come of this operation."""
    statuses = {400, 500, 503}
    if not one.is_public:
        statuses |= {401, 403, 429}
    if "{" in one.path:
        statuses |= {404, 409, 422}
    if one.method != "GET":
        statuses |= {401, 404, 409, 422, 429}
    if one.body is not None or "media" in one.handler.opt:
        statuses |= {413, 415}
    if one.has_version and one.method != "GET":
        statuses |= {412, 428}
    return sorted(statuses)
