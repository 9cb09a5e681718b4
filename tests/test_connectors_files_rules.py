"""What a cell may say, what a line may say, and how each mistake is named."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from noria.catalog.model import Barcode, Sku
from noria.connectors.files import rules
from noria.connectors.files.cell_lists import CLOSURES, DEPARTURES, GTINS, HOURS
from noria.connectors.files.cells import CODE, DAY, FLAG, INSTANT, ZONE, cents, degrees, text, whole
from noria.connectors.files.columns import SPECS, column_name
from noria.connectors.files.model import REASONS, CellError, ErrorCell, Faults, FileKind, fault
from noria.connectors.files.sheets import sheet
from noria.kit.errors import Text
from noria.network.model import Closure, Departure, Hours, Node
from noria.orders.model import Destination, NewLine, NewOrder, Recipient

UTC = dt.UTC
NAIVE = dt.datetime(2026, 11, 27, 9, 30)  # noqa: DTZ001 - a spreadsheet knows no zones


@pytest.mark.parametrize(
    ("because", "shape", "cell", "value"),
    [
        ("digits", whole(0, 10**9), "48", 48),
        ("a sign", whole(-5, 5), "-3", -3),
        ("a spreadsheet's number", whole(0, 100), 48.0, 48),
        ("point decimals", cents(10**6), "12.50", 1250),
        ("comma decimals", cents(10**6), "12,5", 1250),
        ("no decimals", cents(10**6), "12", 1200),
        ("three decimals that end in zero are still whole cents", cents(10**6), 0.25, 25),
        ("a spreadsheet's rounding", cents(10**6), 0.1 + 0.2, 30),
        ("a decimal of Parquet", cents(10**6), Decimal("12.50"), 1250),
        ("degrees west", degrees(180), "-4,5", -4.5),
        ("yes", FLAG, "Oui", True),
        ("French Excel's no", FLAG, "FAUX", False),
        ("a spreadsheet's flag", FLAG, True, True),
        ("a number as a code", CODE, 85123, "85123"),
        (
            "summer time",
            INSTANT,
            "2026-07-01T10:00:00+02:00",
            dt.datetime(2026, 7, 1, 8, tzinfo=UTC),
        ),
        ("Z", INSTANT, "2026-07-01 10:00Z", dt.datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("a day", DAY, "2028-02-29", dt.date(2028, 2, 29)),
        ("a spreadsheet's day", DAY, dt.datetime(2026, 2, 3), dt.date(2026, 2, 3)),  # noqa: DTZ001
        ("a zone", ZONE, "Europe/Paris", "Europe/Paris"),
        (
            "hours of several days",
            HOURS,
            "mon-tue 9:00-12:30; sat 10:00 - 18:00",
            (
                Hours(weekday=0, opens=dt.time(9), closes=dt.time(12, 30)),
                Hours(weekday=1, opens=dt.time(9), closes=dt.time(12, 30)),
                Hours(weekday=5, opens=dt.time(10), closes=dt.time(18)),
            ),
        ),
        ("a trailing semicolon", HOURS, "; ", ()),
        (
            "a reason with a semicolon of its own",
            CLOSURES,
            r"2026-12-25 Noël\; fermé; 2027-01-01 a\\b",
            (
                Closure(day=dt.date(2026, 12, 25), reason="Noël; fermé"),
                Closure(day=dt.date(2027, 1, 1), reason="a\\b"),
            ),
        ),
        (
            "a departure",
            DEPARTURES,
            "home_std fri 16:30",
            (Departure(service="home_std", weekday=4, cut_off=dt.time(16, 30)),),
        ),
        (
            "GTINs of all lengths, padded",
            GTINS,
            "4006381333931; 96385074 x 6",
            (Barcode(gtin="04006381333931"), Barcode(gtin="00000096385074", units=6)),
        ),
        (
            "a GTIN as a spreadsheet's number",
            GTINS,
            4006381333931,
            (Barcode(gtin="04006381333931"),),
        ),
    ],
)
def test_cells_that_are_read(because, shape, cell, value):
    assert shape.read(cell) == value, because


@pytest.mark.parametrize(
    ("because", "shape", "cell", "code"),
    [
        ("thousands are not guessed", whole(0, 10**9), "1,234", "ambiguous-number"),
        ("nor with a space", whole(0, 10**9), "1 234", "ambiguous-number"),
        ("nor with a narrow one", whole(0, 10**9), "1\u202f234", "ambiguous-number"),
        ("an amount of 1.234 is a thousand or one", cents(10**9), "1.234", "ambiguous-number"),
        ("also if its decimals are zero", cents(10**9), "1.500", "ambiguous-number"),
        ("both separators", cents(10**9), "1,234.50", "ambiguous-number"),
        ("decimals of a count", whole(0, 100), "12.5", "malformed"),
        ("words", whole(0, 100), "many", "malformed"),
        ("negative", whole(0, 100), "-1", "out-of-range"),
        ("huge", whole(0, 100), "101", "out-of-range"),
        ("absurd", whole(0, 100), "9" * 30, "malformed"),
        ("not a number", cents(100), float("nan"), "out-of-range"),
        ("endless", degrees(90), float("inf"), "out-of-range"),
        ("negative money", cents(10**6), "-0.01", "out-of-range"),
        ("half a cent", cents(10**6), 0.125, "ambiguous-number"),
        ("beyond the pole", degrees(90), "91", "out-of-range"),
        ("other digits", whole(0, 100), "٣", "malformed"),
        ("maybe", FLAG, "maybe", "malformed"),
        ("a blank in a code", CODE, "85 123", "malformed"),
        ("a code that became a date", CODE, dt.date(2026, 3, 1), "date-instead"),
        ("an error", text(10), ErrorCell(), "error-cell"),
        ("too long", text(3), "abcd", "malformed"),
        ("no zone", INSTANT, "2026-07-01T10:00:00", "no-zone"),
        ("a spreadsheet's instant", INSTANT, NAIVE, "no-zone"),
        ("a day is no instant", INSTANT, "2026-07-01", "malformed"),
        ("before there were orders", INSTANT, "0001-01-01T00:00:00+14:00", "out-of-range"),
        ("no such day", DAY, "2026-02-30", "malformed"),
        ("an hour is no day", DAY, NAIVE, "malformed"),
        ("no such zone", ZONE, "Europe/Lyon", "malformed"),
        ("hours that end first", HOURS, "mon 19:00-09:00", "malformed"),
        ("no such weekday", HOURS, "lun 09:00-19:00", "malformed"),
        ("no such hour", HOURS, "mon 09:00-25:00", "malformed"),
        ("a week has an end", HOURS, "sat-mon 09:00-19:00", "malformed"),
        ("a mistyped GTIN", GTINS, "4006381333932", "bad-gtin"),
        ("a shortened GTIN", GTINS, "4,00638E+12", "shortened-number"),
        ("a GTIN of eleven digits", GTINS, "40063813339", "malformed"),
        ("an empty pack", GTINS, "4006381333931 x0", "malformed"),
    ],
)
def test_cells_that_are_refused(because, shape, cell, code):
    with pytest.raises(CellError) as raised:
        shape.read(cell)
    assert raised.value.code == code, because
    assert fault(1, "x", raised.value.code, **raised.value.details).told("fr").message


def built(kind, *lines):
    faults = Faults()
    items, read = rules.items(
        sheet("\n".join(lines).encode(), known=SPECS[kind].names), SPECS[kind], faults
    )
    return items, [(one.pointer, one.code) for one in faults.sorted()], read


CATALOG_HEADERS = [
    ("an unknown name", "code,name,wieght_g", [("line 1, column wieght_g", "unknown-column")]),
    ("one twice", "code,name,Name", [("line 1, column name", "column-twice")]),
    ("one missing", "code,price", [("line 1, column name", "column-missing")]),
    ("one without a name", "code,,name", [("line 1", "unnamed-column")]),
]


@pytest.mark.parametrize(("because", "header", "faults"), CATALOG_HEADERS)
def test_a_wrong_header_is_named_and_no_line_is_read(because, header, faults):
    assert built(FileKind.CATALOG, header, "A1,Mug,3") == ([], faults, 0), because


def test_the_nearest_column_is_suggested():
    faults = Faults()
    rules.items(sheet(b"code,name,wieght_g\n"), SPECS[FileKind.CATALOG], faults)
    assert "did you mean “weight_g”?" in faults.kept[0].says.en


def test_a_header_alone_is_an_empty_file_without_fault():
    assert built(FileKind.CATALOG, "code,name") == ([], [], 0)


def test_headers_are_read_as_people_write_them():
    assert [column_name(cell) for cell in ("Weight (g)", " weight-g ", "WEIGHT_G")] == [
        "weight_g"
    ] * 3


def test_each_line_is_judged_for_itself():
    items, faults, read = built(
        FileKind.CATALOG,
        "code,name,price,gtins",
        "A1,Mug,2.50,",
        "A2,Cup,2.50,,",
        "A3,Jug",
        ",Pot,1 000.5,",
        "A5,Pan,-3,4006381333932",
    )
    assert [item.lines for item in items] == [(2,)]
    assert faults == [
        ("line 3", "too-many-columns"),
        ("line 4", "too-few-columns"),
        ("line 5, column code", "missing"),
        ("line 5, column price", "ambiguous-number"),
        ("line 6, column gtins", "bad-gtin"),
        ("line 6, column price", "out-of-range"),
    ]
    assert read == 5


def test_a_key_given_twice_is_a_fault_of_both_lines():
    items, faults, _ = built(FileKind.CATALOG, "code,name", "A1,Mug", "A2,Cup", "A1,Jug", "A1,Jar")
    assert [item.lines for item in items] == [(3,)]
    assert faults == [(f"line {line}, column code", "given-twice") for line in (2, 4, 5)]


def test_a_barcode_of_two_skus_is_a_fault_of_both_lines():
    items, faults, _ = built(
        FileKind.CATALOG, "code,name,gtins", "A1,Mug,4006381333931", "A2,Cup,04006381333931 x6"
    )
    assert items == []
    assert faults == [(f"line {line}, column gtins", "given-twice") for line in (2, 3)]


def test_an_empty_cell_is_the_default_and_an_absent_column_is_what_we_know():
    known = Sku(code="A1", name="Mug", weight_g=350, cost_cents=100)
    (item,), _, _ = built(FileKind.CATALOG, "code,name,weight_g", "A1,Mug,")
    assert rules.merged_sku(known, item.value) == Sku(code="A1", name="Mug", cost_cents=100)


ORDER = "order,channel,customer,placed_at,postcode,town,recipient,email,sku,quantity,price"
PLACED = dt.datetime(2011, 11, 1, 8, 26, tzinfo=UTC)


def test_the_lines_of_an_order_are_gathered():
    items, faults, _ = built(
        FileKind.ORDERS,
        ORDER,
        "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,Camille,c@example.org,A1,6,2.55",
        "2,web,C2,2011-11-01T09:26:00+01:00,75011,Paris,,,A1,1,2.55",
        '1,web,C1,2011-11-01T09:26:00+01:00,69003,Lyon,Camille,c@example.org,A2,1,"3,39"',
    )
    assert faults == []
    assert [item.lines for item in items] == [(2, 4), (3,)]
    assert items[0].value == NewOrder(
        id="1",
        channel="web",
        customer="C1",
        placed_at=PLACED,
        destination=Destination(postcode="69003", town="Lyon"),
        recipient=Recipient(name="Camille", email="c@example.org"),
        lines=(
            NewLine(sku="A1", quantity=6, price_cents=255),
            NewLine(sku="A2", quantity=1, price_cents=339),
        ),
    )
    assert items[1].value.recipient is None


@pytest.mark.parametrize(
    ("because", "second", "faults"),
    [
        (
            "another town",
            "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon 3e,,,A2,1,1",
            [("line 2", "order-incomplete"), ("line 3, column town", "differs-from")],
        ),
        (
            "a faulty quantity",
            "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,,A2,0,1",
            [("line 2", "order-incomplete"), ("line 3, column quantity", "out-of-range")],
        ),
        (
            "too many columns",
            "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,,A2,1,1,5",
            [("line 2", "order-incomplete"), ("line 3", "too-many-columns")],
        ),
        (
            "the same SKU again",
            "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,,A1,1,1",
            [("line 2, column sku", "given-twice"), ("line 3, column sku", "given-twice")],
        ),
        (
            "an e-mail of nobody",
            "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,c@example.org,A2,1,1",
            [
                ("line 2", "order-incomplete"),
                ("line 3, column email", "differs-from"),
                ("line 3, column recipient", "missing"),
            ],
        ),
    ],
)
def test_an_order_is_taken_whole_or_not_at_all(because, second, faults):
    first = "1,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,,A1,6,2.55"
    other = "2,web,C1,2011-11-01T08:26:00Z,69003,Lyon,,,A1,6,2.55"
    items, found, _ = built(FileKind.ORDERS, ORDER, first, second, other)
    assert [item.value.id for item in items] == ["2"], because
    assert found == faults, because


def test_faults_are_kept_up_to_a_thousand_and_all_counted():
    faults = Faults()
    for line in range(1500):
        faults.add(fault(line, "", "missing"))
    assert (len(faults.kept), faults.count, len(faults.lines)) == (1000, 1500, 1500)


def test_a_sentence_never_repeats_a_whole_cell():
    told = fault(1, "x", "malformed", value="é\n" * 5000, allowed_en="a", allowed_fr="a")
    assert len(told.says.en) < 200
    assert "\n" not in told.says.en


def test_every_reason_is_written_in_both_languages():
    for code, reason in REASONS.items():
        assert isinstance(reason, Text), code
        for mark in ":;?!":
            assert f" {mark}" not in reason.fr.replace("\u202f", "_"), code


@pytest.mark.parametrize("kind", list(FileKind))
def test_every_example_can_be_read(kind):
    for column in SPECS[kind].columns:
        value = column.shape.read(column.example)
        assert column.shape.read(column.shape.write(value)) == value, column.name


@pytest.mark.parametrize(("kind", "struct"), [(FileKind.CATALOG, Sku), (FileKind.NETWORK, Node)])
def test_what_the_examples_build_is_what_the_api_takes(kind, struct):
    values = {column.field: column.shape.read(column.example) for column in SPECS[kind].columns}
    assert set(values) == set(struct.__struct_fields__)
    whole_struct = struct(**values)
    assert msgspec.convert(msgspec.to_builtins(whole_struct), struct) == whole_struct
