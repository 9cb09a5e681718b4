"""Replies as trees, JSON and XML alike: what is missing or of another kind than usual is empty.

Carriers leave fields out, send null, a number for a text, one object where a list of them is usual.
None of that makes the rest of a reply less true, so a tree is asked for what it has.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from noria.connectors.carriers.model import NotUnderstood

OLD_ENCODING = "cp1252"
"""What western European systems write that do not write UTF-8."""


def from_json(body: bytes) -> "Record":
    """The reply as a tree.

    Raises:
        NotUnderstood: it is no JSON, or neither an object nor a list.
    """
    try:
        said = json.loads(_decoded(body), strict=False)
    except (ValueError, RecursionError) as problem:
        raise NotUnderstood(f"not the JSON that was expected: {problem}") from None
    if not isinstance(said, dict | list):
        raise NotUnderstood("not the JSON that was expected: neither an object nor a list")
    return Record(said)


def from_xml(body: bytes) -> "Tree":
    """The reply as a tree. Documents that define entities are not read at all.

    Raises:
        NotUnderstood: it is no XML, or has a document type.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise NotUnderstood("XML with a document type is not read")
    try:
        return Tree(_parsed(body))
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise NotUnderstood(f"no XML: {problem}") from None


class Record:
    """A part of a JSON document, asked by names, in whatever case they are written."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def every(self, *path: str) -> Iterator["Record"]:
        """All that stands at the end of a path, one by one; what stands alone is a list of one."""
        found = self.first(*path)
        for value in _listed(found._value) if found else ():  # noqa: SLF001 - its own kind
            yield Record(value)

    def first(self, *path: str) -> "Record | None":
        """What stands at the end of a path, through the first of each list."""
        at: Any = self._value
        for name in path:
            at = Record(at)._at(name)  # noqa: SLF001 - its own kind
        return None if at is None else Record(at)

    def text(self, *path: str) -> str:
        """The text, the number or the yes or no there, as text."""
        found = self.first(*path)
        value = found._value if found else None  # noqa: SLF001 - its own kind
        if isinstance(value, bool):
            return str(value).lower()
        return str(value).strip() if isinstance(value, str | int | float) else ""

    def has(self, name: str) -> bool:
        """Whether something stands under that name."""
        return self._at(name) is not None

    def _at(self, name: str) -> Any:
        one = next(iter(_listed(self._value)), None)
        if not isinstance(one, dict):
            return None
        if name in one:
            return one[name]
        return next((value for key, value in one.items() if key.lower() == name.lower()), None)


class Tree:
    """An element, asked by local names: carriers change prefixes, and mean the same."""

    def __init__(self, element: ET.Element) -> None:
        self._element = element

    def every(self, *path: str) -> Iterator["Tree"]:
        """All elements of the last name below the first ones, in their order."""
        *way, name = path
        found = self.first(*way)
        for element in found._element.iter() if found else ():  # noqa: SLF001 - its own kind
            if element is not self._element and _local(element) == name:
                yield Tree(element)

    def first(self, *path: str) -> "Tree | None":
        """The first element found by going down these names, each anywhere below the last."""
        found: Tree | None = self
        for name in path:
            found = next(found.every(name), None) if found else None
        return found

    def text(self, *path: str) -> str:
        """The text of the first element on that path, or none."""
        found = self.first(*path)
        return (found._element.text or "").strip() if found else ""  # noqa: SLF001 - its own kind


def _listed(value: Any) -> list[Any]:
    """What is there, as a list without blanks."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if one is not None]


def _decoded(body: bytes) -> str:
    is_wide = body[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        return body.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        return body.decode(OLD_ENCODING, "replace")


def _parsed(body: bytes) -> ET.Element:
    """The document; one whose letters are not what it says they are is read as they are."""
    text = body.strip()
    try:
        return ET.fromstring(text)  # noqa: S314 - no entities: see above
    except ET.ParseError:
        try:
            text.decode()
        except UnicodeDecodeError:
            return ET.fromstring(text.decode(OLD_ENCODING, "replace"))  # noqa: S314 - as before
        raise


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
