"""The columns of where things lie in a node, and of the boxes that it packs in."""

from noria.connectors.files.cell_lists import CODES
from noria.connectors.files.cells import CODE, whole
from noria.connectors.files.model import Column, FileKind, Shape, Spec
from noria.fulfilment.pack_model import Box
from noria.work.model import Location


def _column(
    field: str, shape: Shape, meaning: str, example: str, *, default: object = None, name: str = ""
) -> Column:
    assert field in {*Location.__struct_fields__, *Box.__struct_fields__}
    return Column(
        name=name or field,
        field=field,
        shape=shape,
        meaning=meaning,
        example=example,
        is_required=default is None,
        default=default,
    )


SIDE = whole(1, 10_000)
LOCATIONS = Spec(
    kind=FileKind.LOCATIONS,
    about="One line a location of a node, with the SKUs that lie there and no others.",
    key=("node", "location"),
    columns=(
        _column("node", CODE, "A node of the network.", "LYS1"),
        _column("code", CODE, "What stands on the shelf.", "A-12-3", name="location"),
        _column("aisle", whole(0, 10_000), "Aisles stand side by side; 0 is the entrance.", "3"),
        _column("bay", whole(0, 10_000), "Counted from the front of the aisle.", "12"),
        _column("level", whole(0, 100), "0 is the floor.", "1", default=0),
        _column("skus", CODES, "What lies there; empty: nothing.", "85123A; 22423", default=()),
    ),
)
BOXES = Spec(
    kind=FileKind.BOXES,
    about="One line a box that a node packs in; sides are those inside.",
    key=("node", "box"),
    columns=(
        _column("node", CODE, "A node of the network.", "LYS1"),
        _column("code", CODE, "What it is called there.", "M", name="box"),
        _column("length_mm", SIDE, "Inside.", "300"),
        _column("width_mm", SIDE, "Inside.", "200"),
        _column("height_mm", SIDE, "Inside.", "150"),
        _column("tare_g", whole(0, 100_000), "What it weighs empty.", "140", default=0),
        _column("max_weight_g", whole(1, 1_000_000), "With all in it.", "15000", default=30_000),
    ),
)
