"""The nouns of absolute writes: what is sellable on a shelf, and what somebody says it is."""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import LARGEST_QUANTITY, Code

Units = Annotated[int, Meta(ge=0, le=LARGEST_QUANTITY, description="Sellable units.", examples=[7])]
Version = Annotated[int, Meta(ge=0, description="The version that was read, as its ETag says it.")]


class LevelKind(Enum):
    """Why the book is changed: somebody looked, or somebody knows that it is wrong."""

    COUNTED = "counted"
    CORRECTED = "corrected"


class Level(Struct, frozen=True, kw_only=True):
    """Sellable units of a SKU at a node. Any change gives another version; never stocked is 0."""

    sku: str
    node: str
    quantity: int
    version: int


class LevelWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make it `quantity`, if it is still what the sender believed: a value, a version, or both."""

    id: Code
    sku: Code
    node: Code
    quantity: Units
    believed: Units | None = None
    version: Version | None = None
    kind: LevelKind = LevelKind.COUNTED
    reason: Annotated[str, Meta(max_length=500)] = ""


class LevelWritten(Struct, frozen=True, kw_only=True):
    """What the level is now, and by how many units that changed the book."""

    id: str
    sku: str
    node: str
    quantity: int
    version: int
    change: int


class StaleLevel(Refusal):
    code = "stale-level"
    kind = Kind.STALE
    says = Text(
        "{sku} at {node} is {quantity} now (version {version}), not what you believed.",
        "{sku} à {node}\u202f: il y en a {quantity} (version {version}), non ce que vous croyiez.",
    )
    do = Text(
        "Look again, then send what you see with this value or version and a new id.",
        "Regardez à nouveau, puis envoyez ce que vous voyez avec cette valeur ou cette version.",
    )


class BeliefMissing(Refusal):
    code = "belief-missing"
    kind = Kind.PRECONDITION_MISSING
    says = Text(
        "It is not said which value or version this replaces.",
        "Il n'est pas dit quelle valeur ou quelle version cela remplace.",
    )
    do = Text(
        "Send `believed`, `version`, or the ETag of the level as If-Match.",
        "Envoyez `believed`, `version`, ou l'ETag du niveau dans If-Match.",
    )
