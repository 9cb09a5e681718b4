"""A first look at a file: what it seems to hold, and what its columns are to us."""

import pytest

from noria.connectors.files import look_rules, sheets
from noria.connectors.files.actions import import_file
from noria.connectors.files.columns import SPECS
from noria.connectors.files.look_model import Because, ColumnsOtherwise
from noria.connectors.files.look_words import WORDS
from noria.connectors.files.model import FileKind

K = FileKind


def look(text, kind=None):
    known = sorted({column for spec in SPECS.values() for column in spec.names})
    return look_rules.look(sheets.sheet(text.encode(), "file", known=known), kind)


@pytest.mark.parametrize(
    ("because", "text", "kind", "columns"),
    [
        ("our own names", "code,name\nA,Mug\n", K.CATALOG, ["code", "name"]),
        (
            "a till's words in French, with accents and signs",
            "Réf. article;Désignation;Prix d'achat;Code-barres\nA1;Bol;2,50;4006381333931\n",
            K.CATALOG,
            ["code", "name", "cost", "gtins"],
        ),
        (
            "a shop's words in English",
            "Item Code,Store,Qty,Remarks\nA1,LYS,4,fine\n",
            K.STOCK,
            ["sku", "node", "quantity", None],
        ),
        (
            "a word whose cells cannot be read so is another column",
            "sku,name,prix\nA1,Mug,see list\nA2,Cup,see list\n",
            K.CATALOG,
            ["code", "name", None],
        ),
        (
            "barcodes are known by their check digits, whatever they are called",
            "code,name,Zahl\nA1,Mug,4006381333931\nA2,Cup,4006381333948\n",
            K.CATALOG,
            ["code", "name", "gtins"],
        ),
        (
            "nearly our name",
            "code,name,wieght_g\nA1,Mug,300\n",
            K.CATALOG,
            ["code", "name", "weight_g"],
        ),
        (
            "two columns that are called alike: the stronger claim has it",
            "sku,code,name\nX,A1,Mug\n",
            K.CATALOG,
            [None, "code", "name"],
        ),
        (
            "the words of an order",
            (
                "Order Number,Source,Client,Order date,CP,Ville,SKU,Qté\n"
                "1,web,c1,2026-11-27T09:30:00+01:00,75001,Paris,A1,2\n"
            ),
            K.ORDERS,
            ["order", "channel", "customer", "placed_at", "postcode", "town", "sku", "quantity"],
        ),
    ],
)
def test_columns_are_recognised(because, text, kind, columns):
    found = look(text)
    assert found.kind is kind, because
    assert [one.column for one in found.columns] == columns, because
    assert found.missing == [], because


def test_a_file_is_what_most_of_its_columns_are_of_though_something_is_missing():
    found = look("Code;Nom;Type;Code postal;Pays\nLYS;Lyon;store;69002;FR\n")
    assert found.kind is K.NETWORK
    assert found.missing == ["town"]


def test_what_nobody_recognised_is_said():
    found = look("Zeug,Ding\nA,B\n", K.STOCK)
    assert [one.because for one in found.columns] == [None, None]
    assert found.missing == ["sku", "node", "quantity"]
    assert found.rows == [["A", "B"]]
    assert found.kinds[0] is not None


def test_why_a_column_is_what_it_is():
    found = look("code,Désignation,wieght_g,x\nA1,Bol,3,4006381333931\n")
    assert [one.because for one in found.columns] == [
        Because.NAMED,
        Because.WORD,
        Because.NEAR,
        Because.CELLS,
    ]


def test_words_are_of_columns_that_there_are():
    for kind, columns in WORDS.items():
        assert columns.keys() <= set(SPECS[kind].names), kind


def lines(text, columns):
    sheet = look_rules.renamed(sheets.sheet(text.encode(), "file"), columns, name="file")
    return sheet.header, [list(cells) for _, cells in sheet.records]


@pytest.mark.parametrize(
    ("because", "text", "columns", "header", "records"),
    [
        ("another name", "a,b\n1,2\n", ["sku", "node"], ("sku", "node"), [["1", "2"]]),
        ("left out", "a,b\n1,2\n", ["", "node"], ("node",), [["2"]]),
        ("too long a line stays so", "a,b\n1,2,3\n", ["", "node"], ("node",), [["2", "3"]]),
        ("too short a line stays so", "a,b\n1\n", ["sku", "node"], ("sku", "node"), [["1"]]),
    ],
)
def test_columns_are_renamed(because, text, columns, header, records):
    assert lines(text, columns) == (header, records), because


def test_columns_that_are_not_as_many_are_refused():
    with pytest.raises(ColumnsOtherwise):
        lines("a,b\n1,2\n", ["sku"])


def test_a_file_is_brought_in_under_the_columns_that_somebody_chose(db):
    text = "Ware,Name,Notiz\nA1,Mug,blue\nA2,Cup,\n"
    report = import_file(
        db, K.CATALOG, text.encode(), actor="system:test", columns=["code", "name", ""]
    )
    assert (report.written, report.fault_count) == (2, 0)
    with db.transaction() as tx:
        assert tx.execute("select code, name from sku order by 1").fetchall() == [
            ("A1", "Mug"),
            ("A2", "Cup"),
        ]
