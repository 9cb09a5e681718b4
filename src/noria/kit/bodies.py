"""How a request is read at the door: strictly, once, and with a pointer to what is wrong."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from anyio import to_thread
from litestar import Request
from litestar.enums import ParamType, RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, ParameterKwarg
from litestar.typing import FieldDefinition
from msgspec import Struct

from noria.kit.errors import Fault, Invalid
from noria.kit.problems import MalformedJson, UnknownParameter, UnsupportedMediaType, fault

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
LARGE_BODY_BYTES = 65_536
"""From here on a body is read in a thread, so that the others do not wait for it."""

FAR_DATE = re.compile(rb'"(?!19|20|21)\d{4}-\d\d-\d\d|\\u003[0-9]')
"""What a date outside of those years looks like, or one that hides behind escapes."""


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is decoded straight into the type that the handler asks for."""

    async def json(self) -> Any:
        field = self.route_handler.parsed_data_field
        assert field is not None
        body = await self.body()
        shape = field.annotation
        if len(body) < LARGE_BODY_BYTES:
            return read(body, shape)
        return await to_thread.run_sync(read, body, shape)


class Known(Struct, frozen=True):
    """A query parameter that a handler takes: may it be repeated, and is any text allowed?"""

    is_list: bool
    is_text: bool


FOR_PEOPLE = "for_people"


async def check(request: Request[Any, Any, Any]) -> None:
    """Refuse parameters that the handler does not know, and bodies that are not JSON.

    A page for people passes over what it does not know: mails and networks add words to links.
    """
    handler = request.route_handler
    if not handler.opt.get(FOR_PEOPLE):
        _check_parameters(request, known_parameters(handler))
    field = handler.parsed_data_field
    if field is not None and takes_json(field):
        _check_media_type(request.headers.get("content-type", ""))
        if not await request.body():
            raise MalformedJson(faults=[Fault("", "the body is empty", "required")])


def _check_parameters(request: Request[Any, Any, Any], known: Mapping[str, Known]) -> None:
    given = request.query_params
    if strangers := sorted(given.keys() - known.keys()):
        raise UnknownParameter(
            names=", ".join(strangers),
            known=", ".join(sorted(known)) or "-",
            faults=[Fault(f"/{name}", "not a parameter", "unknown-field") for name in strangers],
        )
    faults = [
        Fault(f"/{name}", "must not contain NUL")
        for name, value in [*given.multi_items(), *request.path_params.items()]
        if "\0" in str(value)
    ]
    for name in set(given):
        values = given.getall(name)
        if len(values) > 1 and not known[name].is_list:
            faults.append(Fault(f"/{name}", "may be there once only"))
        if not known[name].is_text and any(value.lower() == "null" for value in values):
            faults.append(Fault(f"/{name}", "null is no value: leave the parameter out"))
    if faults:
        raise Invalid(faults=faults)


@lru_cache(4096)
def known_parameters(handler: HTTPRouteHandler) -> Mapping[str, Known]:
    """The query parameters that a handler takes."""
    return {
        kwarg.name or name: Known(is_list=_is(field, list), is_text=_is(field, str))
        for name, field in handler.parsed_fn_signature.parameters.items()
        if isinstance(kwarg := field.kwarg_definition, ParameterKwarg)
        and kwarg.param_type == ParamType.QUERY
        and not field.is_di_field
    }


def _is(field: FieldDefinition, kind: type) -> bool:
    """Whether a value of the field, or of a list of them, may be of that kind."""
    return field.is_subclass_of(kind) or any(_is(inner, kind) for inner in field.inner_types)


def takes_json(field: FieldDefinition) -> bool:
    kwarg = field.kwarg_definition
    return not isinstance(kwarg, BodyKwarg) or kwarg.media_type == RequestEncodingType.JSON


def _check_media_type(given: str) -> None:
    media, _, options = given.lower().partition(";")
    media = media.strip()
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', options)
    is_json = not media or media == "application/json" or media.endswith("+json")
    if not is_json or (charset and charset[1] not in {"utf-8", "utf8"}):
        raise UnsupportedMediaType(given=given[:100])


def read(body: bytes, shape: Any) -> Any:
    """`body` as `shape`, or a refusal that says where it differs.

    Raises:
        MalformedJson: it is no JSON, not UTF-8, nested too deep, has a key twice, or a NUL.
        Invalid: it is JSON of another shape, or has a date that no business has.
    """
    try:
        value = _decoder(shape).decode(body)
    except msgspec.ValidationError as problem:
        raise Invalid(faults=[fault(str(problem))]) from None
    except UnicodeDecodeError:
        raise MalformedJson(faults=[Fault("", "the body is not UTF-8")]) from None
    except msgspec.DecodeError as problem:
        raise MalformedJson(faults=[Fault("", str(problem))]) from None
    except RecursionError:
        raise MalformedJson(faults=[Fault("", "the body is nested too deep")]) from None
    _check_keys(body)
    if b"\\u0000" in body:
        _check_nul(value)
    if _has_dates(shape) and FAR_DATE.search(body):
        _check_dates(value)
    return value


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@cache
def _has_dates(shape: Any) -> bool:
    """Whether a date may be anywhere in a value of that shape; in doubt, yes."""
    try:
        schema = msgspec.json.schema(shape)
    except TypeError:
        return True
    return b'"format":"date' in msgspec.json.encode(schema)


def _check_keys(body: bytes) -> None:
    try:
        KEYS.decode(body.decode())
    except (ValueError, RecursionError) as problem:
        raise MalformedJson(faults=[Fault("", str(problem))]) from None


def _object(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twice)} is there twice in one object")


KEYS = json.JSONDecoder(object_pairs_hook=_object)
"""What looks at every object of a body; made once, for making it costs more than a small body."""


def _check_nul(value: Any) -> None:
    faults = [
        Fault(pointer, "must not contain NUL")
        for pointer, leaf in _leaves(msgspec.to_builtins(value))
        if isinstance(leaf, str) and "\0" in leaf
    ]
    if faults:
        raise MalformedJson(faults=faults[:100])


def _check_dates(value: Any) -> None:
    words = f"expected a date between {EARLIEST_YEAR} and {LATEST_YEAR}"
    faults = [
        Fault(pointer, words)
        for pointer, leaf in _leaves(msgspec.to_builtins(value, builtin_types=(datetime, date)))
        if isinstance(leaf, date) and not EARLIEST_YEAR <= leaf.year <= LATEST_YEAR
    ]
    if faults:
        raise Invalid(faults=faults[:100])


def _leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that holds no others, and every key of an object, with its JSON pointer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield pointer, name
            yield from _leaves(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{pointer}/{index}")
    else:
        yield pointer, value
