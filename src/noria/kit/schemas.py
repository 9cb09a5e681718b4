"""JSON schemas of types, each struct under one name, and examples that they allow."""

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec.inspect import (
    CollectionType,
    DateTimeType,
    DictType,
    Metadata,
    StructType,
    TupleType,
    Type,
    UnionType,
)

Json = dict[str, Any]

REFERENCE = "#/components/schemas/"
BY_FORMAT = {
    "date-time": "2026-11-27T09:30:00+01:00",
    "date": "2026-11-27",
    "time": "17:00:00Z",
    "partial-time": "17:00:00",
}


class Shapes:
    """The JSON schemas of types; structs and enums are components that they refer to."""

    def __init__(self) -> None:
        self.components: dict[str, Json] = {}
        self._schemas: dict[str, Json] = {}

    def add(self, shape: Any, tag: str) -> None:
        """Two rooms may use one name for two things: the second one's gets its `tag` before it."""
        if repr(shape) in self._schemas:
            return
        (schema,), parts = msgspec.json.schema_components(
            [shape], ref_template=REFERENCE + "{name}"
        )
        for struct, properties in _described(shape, parts):
            _say_instants(struct, properties)
            _say_what_is_left_out(struct, properties)
        names = {name: re.sub(r"\W+", "_", name).strip("_") for name in parts}
        while clashes := [name for name in parts if self._clashes(names, name, parts[name])]:
            names |= {name: f"{tag.capitalize()}{names[name]}" for name in clashes}
        self._schemas[repr(shape)] = _renamed(schema, names)
        for name, part in parts.items():
            self.components[names[name]] = _component(part, names)

    def _clashes(self, names: Mapping[str, str], name: str, part: Json) -> bool:
        known = self.components.get(names[name])
        return known is not None and known != _component(part, names)

    def of(self, shape: Any) -> Json:
        """The schema of a type that was added."""
        found: Json = self._schemas[repr(shape)]
        return found

    def example(self, schema: Mapping[str, Any]) -> Any:
        """A value that the schema allows, made of the examples that its parts give."""
        if "examples" in schema:
            return schema["examples"][0]
        if "$ref" in schema:
            return self.example(self.components[schema["$ref"].removeprefix(REFERENCE)])
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        return self._example_of_type(schema)

    def _example_of_type(self, schema: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - a table
        match schema.get("type"):
            case _ if "enum" in schema:
                return schema["enum"][0]
            case "object":
                parts = schema.get("properties", {})
                return {name: self.example(part) for name, part in parts.items()}
            case "array" if "prefixItems" in schema:
                return [self.example(part) for part in schema["prefixItems"]]
            case "array":
                return [self.example(schema["items"])] if schema.get("items") else []
            case "string":
                return _string(schema)
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return schema.get("default", True)
            case _:
                return {}


def _string(schema: Mapping[str, Any]) -> str:
    default: str = schema.get("default") or "text"[: schema.get("maxLength", 4)]
    return BY_FORMAT.get(schema.get("format", ""), default)


def _number(schema: Mapping[str, Any]) -> float:
    default: float | None = schema.get("default")
    return max(int(schema.get("minimum", 1)), 1) if default is None else default


def _say_instants(struct: StructType, properties: Json) -> None:
    """Give instants their format; msgspec gives it only where a type asks for a zone.

    Everything that we answer has one: `timestamptz` is read in UTC.
    """
    for field in struct.fields:
        if any(isinstance(kind, DateTimeType) for kind in _unwrapped(field.type)):
            said = properties[field.encode_name]
            for part in said.get("anyOf", [said]):
                if part.get("type") == "string":
                    part["format"] = "date-time"


def _say_what_is_left_out(struct: StructType, properties: Json) -> None:
    """A field with a default reads as one that is always there; where defaults are not sent, not.

    What is left out is what it usually is: for a reader of types, it may be missing.
    """
    plain = getattr(struct.cls, "__origin__", struct.cls)
    if plain.__struct_config__.omit_defaults:
        for said in properties.values():
            said.pop("default", None)


def _described(shape: Any, parts: Mapping[str, Json]) -> Iterator[tuple[StructType, Json]]:
    """Every struct that a type is made of, with what is said of its fields."""
    by_title = {
        part["title"]: part["properties"] for part in parts.values() if "properties" in part
    }
    for struct in _structs(msgspec.inspect.type_info(shape), set()):
        yield struct, by_title.get(_title(struct.cls), {})


def _title(struct: Any) -> str:
    """What msgspec calls a struct: `Page[Sku]`."""
    origin = getattr(struct, "__origin__", None)
    if origin is None:
        return str(struct.__name__)
    inner = ", ".join(getattr(part, "__name__", repr(part)) for part in struct.__args__)
    return f"{origin.__name__}[{inner}]"


def _structs(kind: Type, seen: set[Any]) -> Iterator[StructType]:
    """Every struct that a type is made of."""
    for one in _unwrapped(kind):
        if isinstance(one, StructType) and one.cls not in seen:
            seen.add(one.cls)
            yield one
            for field in one.fields:
                yield from _structs(field.type, seen)


def _unwrapped(kind: Type) -> Iterator[Type]:
    """The types that a value, or what it holds, may be of."""
    match kind:
        case Metadata():
            yield from _unwrapped(kind.type)
        case CollectionType():
            yield from _unwrapped(kind.item_type)
        case DictType():
            yield from _unwrapped(kind.value_type)
        case UnionType():
            for one in kind.types:
                yield from _unwrapped(one)
        case TupleType():
            for one in kind.item_types:
                yield from _unwrapped(one)
        case _:
            yield kind


def _component(part: Json, names: Mapping[str, str]) -> Json:
    renamed: Json = _renamed(part, names)
    return renamed | {"description": cleandoc(part.get("description", ""))}


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """The schema with references to what its components are called here.

    Of an object of any content it is said that it may have some: else types made of it have none.
    """
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = {
        key: REFERENCE + names[value.removeprefix(REFERENCE)]
        if key == "$ref"
        else _renamed(value, names)
        for key, value in schema.items()
    }
    is_any_object = schema.get("type") == "object" and not schema.keys() & {
        "properties",
        "additionalProperties",
    }
    return renamed | ({"additionalProperties": {}} if is_any_object else {})
