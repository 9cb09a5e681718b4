"""What a scan means, asked at the door."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.catalog import gs1_actions
from noria.catalog.gs1_model import Meaning
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.http import Door, posts

ScannedCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="As it was read: a GS1 element string, a Digital Link, an EAN, UPC or ITF-14.",
        examples=["0104006381333931"],
    ),
]


class AskMeaning(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: ScannedCode


@posts("/scan-meanings", Permission.CATALOG_READ)
def post_meaning(data: JSONBody[AskMeaning], door: NamedDependency[Door]) -> Meaning:
    """What a scanned code means: a SKU and units of it, a lot, an expiry, a serial, or a box."""
    return door.read(lambda tx: gs1_actions.meaning(tx, data.code, today=clock.now(tx).date()))


routes = [post_meaning]
