"""Replies as trees: JSON into structs that ignore what they do not know, XML without namespaces."""

from collections.abc import Iterator
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec

from noria.connectors.carriers.model import NotUnderstood

Shape = TypeVar("Shape")


def from_json(body: bytes, shape: type[Shape]) -> Shape:
    """The reply as `shape`; what it has beyond that is left alone.

    Raises:
        NotUnderstood: it is no JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise NotUnderstood(f"not the JSON that was expected: {problem}") from None


def from_xml(body: bytes) -> "Tree":
    """The reply as a tree. Documents that define entities are not read at all.

    Raises:
        NotUnderstood: it is no XML, or has a document type.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise NotUnderstood("XML with a document type is not read")
    try:
        return Tree(ET.fromstring(body))  # noqa: S314 - no entities: see above
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise NotUnderstood(f"no XML: {problem}") from None


class Tree:
    """An element, asked by local names: carriers change prefixes, and mean the same."""

    def __init__(self, element: ET.Element) -> None:
        self._element = element

    def every(self, name: str) -> Iterator["Tree"]:
        """All elements of that name below this one, in their order."""
        for element in self._element.iter():
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


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
