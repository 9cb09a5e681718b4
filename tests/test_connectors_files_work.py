"""Where things lie, and boxes, as files: in, out, and what is wrong with a line."""

import pytest

import world
from noria.connectors.files.actions import import_file
from noria.connectors.files.exports import chunks
from noria.connectors.files.model import ExportForm, ExportKind, FileKind
from noria.fulfilment import pack_views
from noria.work import views
from world import ACTOR

LOCATIONS = ("node,location,aisle,bay,level,skus", "PAR,A-1,1,2,0,mug; cup", "PAR,A-2,1,3,,")
BOXES = (
    "node,box,length_mm,width_mm,height_mm,tare_g",
    "PAR,S,200,100,100,80",
    "LYS,S,200,100,90,80",
)


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        world.build(tx)
    return db


def bring(db, kind, lines, **more):
    return import_file(db, kind, "\n".join(lines).encode(), actor=ACTOR, **more)


def summary(report):
    return report.read, report.good, report.written, report.unchanged, report.fault_count


def taken_out(db, kind, nodes=None):
    with db.transaction() as tx:
        return b"".join(chunks(tx, kind, ExportForm.CSV, nodes)).decode().splitlines()


def test_they_come_in_once_change_and_go_out(shop):
    for kind, out, lines in (
        (FileKind.LOCATIONS, ExportKind.LOCATIONS, LOCATIONS),
        (FileKind.BOXES, ExportKind.BOXES, BOXES),
    ):
        assert summary(bring(shop, kind, lines)) == (2, 2, 2, 0, 0)
        assert summary(bring(shop, kind, lines)) == (2, 2, 0, 2, 0)
        assert summary(bring(shop, kind, taken_out(shop, out))) == (2, 2, 0, 2, 0)
    moved = [LOCATIONS[0], "PAR,A-1,9,2,0,cup"]
    assert summary(bring(shop, FileKind.LOCATIONS, moved)) == (1, 1, 1, 0, 0)
    with shop.transaction() as tx:
        [one] = views.locations(tx, "PAR", sku="cup")
        assert (one.aisle, one.skus) == (9, ("cup",))
        assert views.locations(tx, "PAR", sku="mug") == []
        assert [box.volume for box in pack_views.node_boxes(tx, "LYS")] == [1_800_000]
    assert len(taken_out(shop, ExportKind.BOXES, ["LYS"])) == 2


FAULTY = [
    ("a node that is not known", FileKind.BOXES, [*BOXES, "X,S,1,1,1,1"], {(4, "unknown-node")}),
    (
        "a SKU that is not known",
        FileKind.LOCATIONS,
        [*LOCATIONS, "PAR,A-3,1,1,0,vase"],
        {(4, "unknown-sku")},
    ),
    ("a box without room", FileKind.BOXES, [*BOXES, "PAR,X,0,1,1,1"], {(4, "out-of-range")}),
    (
        "a location twice",
        FileKind.LOCATIONS,
        [*LOCATIONS, LOCATIONS[1]],
        {(2, "given-twice"), (4, "given-twice")},
    ),
]


@pytest.mark.parametrize(("because", "kind", "lines", "faults"), FAULTY)
def test_a_faulty_line_keeps_the_file_out(shop, because, kind, lines, faults):
    report = bring(shop, kind, lines)
    assert {(one.line, one.code) for one in report.faults} == faults, because
    assert report.written == 0


def test_a_file_reaches_its_own_nodes_only(shop):
    report = bring(shop, FileKind.BOXES, BOXES, nodes=frozenset({"PAR"}))
    assert [(one.line, one.code) for one in report.faults] == [(3, "out-of-reach")]
