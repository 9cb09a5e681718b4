"""Carriers' maps and prices as files: in whole or not at all, and out as they came in."""

from datetime import UTC, datetime

import pytest

from noria.connectors.files.actions import import_file
from noria.connectors.files.exports import chunks
from noria.connectors.files.model import ExportForm, ExportKind, FileKind
from noria.network import actions as network
from noria.network import tariff_views
from noria.network.model import Service

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ZONINGS = (
    "zoning,name,zone,country,prefix,max_km",
    "POST-2026,Post,FRANCE,FR,,",
    "POST-2026,Post,CORSICA,FR,20,",
    "POST-2026,Post,NEAR,FR,,100",
)
HEAD = "tariff,service,zoning,valid_from,volume_divisor,surcharges,zone,transit_days,max_weight_g,price"
ISLAND = '"island always CORSICA 3.50; fuel always * 12.5%; large bulky * 10"'
TARIFFS = (
    HEAD,
    f"HOME-2026,HOME,POST-2026,2026-01-01,5000,{ISLAND},FRANCE,2,1000,4.95",
    f"HOME-2026,HOME,POST-2026,2026-01-01,5000,{ISLAND},FRANCE,2,30000,9.90",
    f"HOME-2026,HOME,POST-2026,2026-01-01,5000,{ISLAND},CORSICA,4,30000,12.00",
)


@pytest.fixture
def carriers(db):
    service = Service(code="HOME", carrier="Post", name="Home")
    db.run(lambda tx: network.save_services(tx, [service], actor="system:test", now=NOW))
    return db


def bring(db, kind, lines, **more):
    return import_file(db, kind, "\n".join(lines).encode(), actor="person:ada", **more)


def summary(report):
    return report.read, report.good, report.written, report.unchanged, report.fault_count


def taken_out(db, kind):
    with db.transaction() as tx:
        return b"".join(chunks(tx, kind, ExportForm.CSV, None))


def test_maps_and_prices_come_in_once_and_go_out_as_they_came(carriers):
    assert summary(bring(carriers, FileKind.ZONINGS, ZONINGS)) == (3, 3, 3, 0, 0)
    assert summary(bring(carriers, FileKind.TARIFFS, TARIFFS)) == (3, 3, 3, 0, 0)
    assert summary(bring(carriers, FileKind.ZONINGS, ZONINGS)) == (3, 3, 0, 3, 0)
    assert summary(bring(carriers, FileKind.TARIFFS, TARIFFS)) == (3, 3, 0, 3, 0)
    with carriers.transaction() as tx:
        kept = tariff_views.tariff(tx, "HOME-2026")
        assert [zone.transit_days for zone in kept.zones] == [4, 2]
        assert {one.code: (one.cents, one.basis_points) for one in kept.surcharges} == {
            "island": (350, 0), "fuel": (0, 1250), "large": (1000, 0),
        }  # fmt: skip
    for exported, kind, lines in (
        (ExportKind.ZONINGS, FileKind.ZONINGS, 3),
        (ExportKind.TARIFFS, FileKind.TARIFFS, 3),
    ):
        out = taken_out(carriers, exported).decode().splitlines()
        assert summary(bring(carriers, kind, out)) == (lines, lines, 0, lines, 0)


@pytest.mark.parametrize(
    ("because", "lines", "faults"),
    [
        ("other content under a known code", [*TARIFFS[:3], TARIFFS[3].replace("12.00", "13.00")],
         ["tariff-fixed"] * 3),
        ("two services in one tariff", [HEAD, *(
            line.replace("HOME-2026", "T2") for line in TARIFFS[1:3]),
            TARIFFS[3].replace("HOME-2026", "T2").replace(",HOME,", ",EXPRESS,")],
         ["differs-within"]),
        ("two speeds of a zone", [HEAD, TARIFFS[1].replace("HOME-2026", "T2"),
            TARIFFS[2].replace("HOME-2026", "T2").replace("FRANCE,2", "FRANCE,3")],
         ["differs-within"]),
        ("a price twice", [HEAD, *[TARIFFS[1].replace("HOME-2026", "T2")] * 2],
         ["given-twice"] * 2),
        ("a map that is not there", [HEAD, TARIFFS[1].replace("HOME-2026", "T2").replace(
            "POST-2026", "MOON")], ["unknown-zoning"]),
        ("a zone that the map does not have", [HEAD, TARIFFS[1].replace("HOME-2026", "T2").replace(
            "FRANCE", "MARS")], ["zone-unknown"]),
        ("a surcharge that cannot be read", [HEAD, TARIFFS[1].replace("HOME-2026", "T2").replace(
            "always * 12.5%", "sometimes 12.5%")], ["malformed"]),
    ],
)  # fmt: skip
def test_prices_that_cannot_be_keep_the_file_out(carriers, because, lines, faults):
    bring(carriers, FileKind.ZONINGS, ZONINGS)
    bring(carriers, FileKind.TARIFFS, TARIFFS)
    report = bring(carriers, FileKind.TARIFFS, lines)
    assert [one.code for one in report.faults] == faults, because
    assert report.written == 0
    with carriers.transaction() as tx:
        assert tariff_views.tariff(tx, "T2") is None, because
